//! The arguments of a call as they are typed, checked before anything is sent.

use super::outcome::{MISSING_ARGUMENT, PARAMETERS, UNKNOWN_METHOD, ended};
use crate::docs;
use anyhow::{Context, Result};
use guestlist_client::Arguments;
use guestlist_methods::{Entry, find};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::{
    collections::HashSet,
    fmt, fs,
    io::{self, Read},
};

/// Reads `--parameters` and `key=value`; the latter win. What is given twice in the same way is a mistake,
/// of which nobody would learn if the last one won.
pub(super) fn read(json: Option<&str>, pairs: &[String]) -> Result<Arguments> {
    let mut fields = match json {
        Some(json) => object(json)?,
        None => Map::new(),
    };
    let mut given = HashSet::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(ended(PARAMETERS, format!("`{pair}` is not key=value")));
        };
        if !given.insert(key) {
            let twice = format!("`{key}` is given twice; a list has commas: {key}=ONE,TWO");
            return Err(ended(PARAMETERS, twice));
        }
        fields.insert(key.to_owned(), value.into());
    }
    if fields.contains_key("token") {
        return Err(ended(
            PARAMETERS,
            "a token is not given as an argument, where others can see it: set GUESTLIST_TOKEN or \
             SLACK_TOKEN, or name a file with --token-file",
        ));
    }
    Ok(Arguments::from(fields))
}

fn object(given: &str) -> Result<Map<String, Value>> {
    let (text, whence) = match given.strip_prefix('@') {
        Some(file) => {
            let text = fs::read_to_string(file);
            let text = text.with_context(|| format!("{file} cannot be read"));
            (
                text.map_err(|error| ended(PARAMETERS, format!("{error:#}")))?,
                file,
            )
        }
        None if given == "-" => {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .context("stdin cannot be read")?;
            (text, "stdin")
        }
        None => (given.to_owned(), "--parameters"),
    };
    let text = without_mark(&text);
    let bad = |why: String| ended(PARAMETERS, format!("{whence}: {why}"));
    match serde_json::from_str(text) {
        Ok(Value::Object(_)) => {
            if let Some((number, sent)) = changed_number(text) {
                return Err(bad(format!(
                    "the number {number} would be sent as {sent}: quote it, \"{number}\""
                )));
            }
            let Fields(fields) = serde_json::from_str(text).map_err(|e| bad(e.to_string()))?;
            Ok(fields)
        }
        Ok(other) => Err(ended(
            PARAMETERS,
            format!(
                "{whence}: a JSON object is needed, and this is {}",
                kind(&other)
            ),
        )),
        Err(error) => Err(ended(PARAMETERS, format!("{whence}: not JSON: {error}"))),
    }
}

/// A text without the byte order mark that some editors put before it.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The fields of an object, each given once.
struct Fields(Map<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields(Map::new()))
    }
}

impl<'de> Visitor<'de> for Fields {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if self.0.contains_key(&key) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            self.0.insert(key, value);
        }
        Ok(self)
    }
}

/// The first number in a JSON text that would be sent differently, as a timestamp that ends in 0 or a large
/// id, and how.
fn changed_number(json: &str) -> Option<(&str, String)> {
    let is_part =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.');
    let mut rest = json;
    while let Some(letter) = rest.chars().next() {
        if letter == '"' {
            rest = after_text(rest);
        } else if letter == '-' || letter.is_ascii_digit() {
            let (number, behind) = rest.split_at(rest.find(|l| !is_part(l)).unwrap_or(rest.len()));
            rest = behind;
            let read: Value = serde_json::from_str(number).ok()?;
            let sent = read.to_string();
            if sent != number {
                return Some((number, sent));
            }
        } else {
            rest = &rest[letter.len_utf8()..];
        }
    }
    None
}

/// What follows the text that begins here.
fn after_text(json: &str) -> &str {
    let mut letters = json.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return &json[at + 1..],
            '\\' => {
                letters.next();
            }
            _ => {}
        }
    }
    ""
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The method's page, if there is one. What is not in the catalogue may exist elsewhere; what cannot be
/// a name does not.
pub(super) fn method(name: &str) -> Result<Option<&'static Entry>> {
    let entry = find(name);
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if entry.is_none() && !(name.contains('.') && name.split('.').all(word)) {
        return Err(ended(UNKNOWN_METHOD, docs::unknown(name)));
    }
    Ok(entry)
}

/// Fails when an argument that the method needs is not there.
pub(super) fn check(entry: &Entry, arguments: &Arguments) -> Result<()> {
    let is_there = |name: &str| arguments.get(name).is_some();
    let missing: Vec<_> = entry
        .spec
        .args
        .iter()
        .filter(|arg| arg.required && !is_there(arg.name) && !arg.also.is_some_and(is_there))
        .map(|arg| format!("`{}` ({}, as {})", arg.name, arg.kind, arg.example))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(ended(
        MISSING_ARGUMENT,
        format!(
            "{} needs {}; nothing was sent",
            entry.spec.name,
            missing.join(" and ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Ended;

    fn end<T: fmt::Debug>(result: Result<T>) -> (u8, String) {
        let error = result.unwrap_err();
        let ended: &Ended = error.downcast_ref().unwrap();
        (ended.code, ended.said.clone())
    }

    #[test]
    fn both_spellings_add_up() {
        let pairs = ["users=U1,U2".to_owned(), "channel=C=2".to_owned()];
        let read = read(Some(r#"{"channel":"C1","force":true}"#), &pairs).unwrap();
        assert_eq!(read.form(), "channel=C%3D2&force=true&users=U1%2CU2");
    }

    #[test]
    fn what_cannot_be_read_says_what_and_where() {
        for (json, pairs, words) in [
            (
                Some("{\"a\":1,}"),
                vec![],
                "--parameters: not JSON: trailing comma at line 1 column 8",
            ),
            (
                Some("[1]"),
                vec![],
                "--parameters: a JSON object is needed, and this is a list",
            ),
            (Some("@no/such/file"), vec![], "no/such/file cannot be read"),
            (None, vec!["channel"], "`channel` is not key=value"),
            (None, vec!["=x"], "`=x` is not key=value"),
            (
                None,
                vec!["users=U1", "force=true", "users=U2"],
                "`users` is given twice; a list has commas: users=ONE,TWO",
            ),
            (
                Some(r#"{"users":"U1","a":{},"users":"U2"}"#),
                vec![],
                "--parameters: `users` is given twice at line 1",
            ),
            (
                Some(r#"{"a":"\"1.0","ts":1796009508.498560}"#),
                vec![],
                "--parameters: the number 1796009508.498560 would be sent as 1796009508.49856: quote it, \"1796009508.498560\"",
            ),
            (
                Some(r#"{"a":[{"b":123456789012345678901234567890}]}"#),
                vec![],
                "--parameters: the number 123456789012345678901234567890 would be sent as 1.2345678901234568e",
            ),
            (
                None,
                vec!["token=xoxb-1"],
                "a token is not given as an argument",
            ),
        ] {
            let pairs: Vec<_> = pairs.into_iter().map(str::to_owned).collect();
            let (code, said) = end(read(json, &pairs));
            assert_eq!(code, PARAMETERS);
            assert!(said.starts_with(words), "{said}");
            assert!(!said.contains("xoxb-1"));
        }
    }

    #[test]
    fn numbers_that_stay_as_they_are_are_sent() {
        let json =
            r#"{"a": 0, "b": -7, "c": [1.5, 18446744073709551615], "d": "1.0 \\", "e-1.0": true}"#;
        assert!(read(Some(json), &[]).is_ok());
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_it() {
        let read = read(Some("\u{feff}{\"a\": 1}"), &[]).unwrap();
        assert_eq!(read.form(), "a=1");
    }

    #[test]
    fn what_is_missing_is_named() {
        let invite = method("conversations.invite").unwrap().unwrap();
        let given = |names: &[&str]| Arguments::from_iter(names.iter().map(|name| (*name, "x")));
        assert!(check(invite, &given(&["channel", "users"])).is_ok());
        assert!(
            check(invite, &given(&["channel", "user"])).is_ok(),
            "as it is spelled elsewhere"
        );
        let (code, said) = end(check(invite, &given(&["force"])));
        assert_eq!(code, MISSING_ARGUMENT);
        assert!(
            said.contains("`channel` (channel, as C1234567890) and `users`"),
            "{said}"
        );

        assert!(
            method("views.publish").unwrap().is_none(),
            "others may have it"
        );
        for name in ["conversationsinvite", "a..b", "a/b.c", ""] {
            let (code, said) = end(method(name).map(|_| ()));
            assert_eq!(code, UNKNOWN_METHOD, "{said}");
        }
    }
}

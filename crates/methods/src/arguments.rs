//! What a call brought, by name, and Slack's habits of writing values.
//! <https://docs.slack.dev/apis/web-api/>

use crate::{contract::BadArguments, limits::Limits};
use guestlist_domain::{Facts, Timestamp};
use serde_json::Value;
use std::{
    borrow::Cow,
    str::FromStr,
    sync::{Arc, OnceLock},
};

/// Where a call that is refused leaves the facts it was decided by, for whoever asks why.
pub type KeptFacts = Arc<OnceLock<Box<Facts>>>;

/// The arguments of a call, decoded, and the limits they are read under. Among several of one
/// name the last counts; JSON `null` is as good as absent.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    given: Vec<(String, Value)>,
    limits: Limits,
    keeps_facts: bool,
    kept_facts: OnceLock<KeptFacts>,
}

impl Arguments {
    /// None yet, to be read under these limits.
    pub fn under(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The limits they are read under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks for the facts by which the call is refused, should it be.
    pub fn keep_facts(&mut self) {
        self.keeps_facts = true;
    }

    /// Where a page that decides leaves them, if they are asked for.
    pub fn facts_to_keep(&self) -> Option<KeptFacts> {
        self.keeps_facts
            .then(|| self.kept_facts.get_or_init(KeptFacts::default).clone())
    }

    /// Those facts, once the call was refused.
    pub fn kept_facts(&self) -> Option<&Facts> {
        let kept = self.kept_facts.get()?;
        kept.get().map(|facts| &**facts)
    }

    /// Takes them out to be kept elsewhere; nothing if there are none.
    pub fn take_facts(&mut self) -> Option<KeptFacts> {
        self.kept_facts.take().filter(|kept| kept.get().is_some())
    }

    /// Puts facts back that were kept elsewhere.
    pub fn put_facts(&mut self, facts: KeptFacts) {
        self.kept_facts = facts.into();
    }

    /// Takes the arguments out. The limits and the facts that were kept stay.
    pub fn take(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.given)
    }

    /// Adds an argument; it wins over an earlier one of the same name.
    pub fn push(&mut self, name: String, value: Value) {
        self.given.push((name, value));
    }

    /// How many there are, repetitions counted.
    pub fn len(&self) -> usize {
        self.given.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Every argument in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.given
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    /// The value of an argument.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.given
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// An argument as text: a string as it is, anything else as its JSON.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|value| match value {
            Value::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        })
    }

    /// A text that must be there, though it may be empty.
    pub fn required<E>(&self, name: &'static str) -> Result<Cow<'_, str>, BadArguments<E>> {
        self.text(name)
            .ok_or_else(|| BadArguments::Missing(vec![name]))
    }

    /// An id that must be there. `None` when what is there is no id of the kind: the method
    /// then answers with its code for an unknown one.
    pub fn required_id<T: FromStr, E>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, BadArguments<E>> {
        self.required(name).map(|text| text.trim().parse().ok())
    }

    /// An id that may be left out; empty counts as left out. `Some(None)` when what is there is
    /// no id of the kind.
    pub fn id<T: FromStr>(&self, name: &str) -> Option<Option<T>> {
        self.text(name)
            .filter(|text| !text.trim().is_empty())
            .map(|text| text.trim().parse().ok())
    }

    /// A boolean: `1 0 true false` in any case, or JSON's. Absent or empty is `false`.
    pub fn flag<E>(&self, name: &'static str) -> Result<bool, BadArguments<E>> {
        let Some(text) = self.text(name) else {
            return Ok(false);
        };
        read_flag(&text).ok_or_else(|| BadArguments::Invalid(name, "must be a boolean".to_owned()))
    }

    /// A whole number. Absent or empty is `None`.
    pub fn integer<E>(&self, name: &'static str) -> Result<Option<i64>, BadArguments<E>> {
        match self.text(name).as_deref().map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(BadArguments::Invalid(name, "must be an integer".to_owned())),
            },
        }
    }

    /// A message's timestamp. `Some(None)` when what is there is none.
    pub fn timestamp(&self, name: &str) -> Option<Option<Timestamp>> {
        self.text(name)
            .filter(|text| !text.trim().is_empty())
            .map(|text| Timestamp::parse_ts(text.trim()))
    }

    /// A list: text with commas, a JSON array, or a JSON array as text. Spaces around entries are
    /// dropped, empty entries and repetitions too. `None` when absent.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let entries = match self.get(name)? {
            Value::Array(entries) => entries.iter().map(plain).collect(),
            Value::String(text) if text.trim_start().starts_with('[') => {
                match serde_json::from_str::<Vec<Value>>(text) {
                    Ok(entries) => entries.iter().map(plain).collect(),
                    Err(_) => split(text),
                }
            }
            Value::String(text) => split(text),
            other => vec![plain(other)],
        };
        let named = entries
            .into_iter()
            .map(|entry| match entry.trim() {
                trimmed if trimmed.len() == entry.len() => entry,
                trimmed => trimmed.to_owned(),
            })
            .filter(|entry| !entry.is_empty());
        let mut list: Vec<String> = named.collect();
        // Most lists have one entry.
        if list.len() > 1 {
            let mut seen = std::collections::HashSet::with_capacity(list.len());
            list.retain(|entry| seen.insert(entry.clone()));
        }
        Some(list)
    }

    /// An argument that is JSON on the wire (`blocks`), as JSON text: given as such, or as text
    /// that holds it. `Err` when the text does not parse.
    pub fn json(&self, name: &str) -> Option<Result<Value, serde_json::Error>> {
        match self.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(serde_json::from_str(text)),
            other => Some(Ok(other.clone())),
        }
    }
}

/// A boolean as text: `1 0 true false` in any case, and nothing for `false`. `None` when it is none.
pub fn read_flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" | "" => Some(false),
        _ => None,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// For tests and for clients.
impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Arguments {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self {
            given: pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(value: Value) -> Arguments {
        Arguments::from_iter([("x", value)])
    }

    #[test]
    fn lists_in_every_spelling() {
        for (given, expected) in [
            (json!("U1,U2"), vec!["U1", "U2"]),
            (json!(" U1 , U2,,U1"), vec!["U1", "U2"]),
            (json!(["U1", "U2"]), vec!["U1", "U2"]),
            (json!("[\"U1\", \"U2\"]"), vec!["U1", "U2"]),
            (json!("[U1"), vec!["[U1"]),
            (json!(""), vec![]),
            (json!([]), vec![]),
            (json!(7), vec!["7"]),
        ] {
            assert_eq!(one(given.clone()).list("x").unwrap(), expected, "{given}");
        }
        assert_eq!(one(Value::Null).list("x"), None);
    }

    #[test]
    fn booleans_in_every_spelling() {
        for (given, expected) in [
            (json!("1"), Some(true)),
            (json!("TRUE"), Some(true)),
            (json!(true), Some(true)),
            (json!(1), Some(true)),
            (json!("0"), Some(false)),
            (json!("False"), Some(false)),
            (json!(false), Some(false)),
            (json!(""), Some(false)),
            (json!(null), Some(false)),
            (json!("yes"), None),
            (json!(2), None),
        ] {
            assert_eq!(one(given.clone()).flag::<()>("x").ok(), expected, "{given}");
        }
    }

    #[test]
    fn the_last_of_a_name_counts() {
        let given = Arguments::from_iter([("x", "1"), ("x", "2")]);
        assert_eq!(given.text("x").unwrap(), "2");
        assert_eq!(
            given.required::<()>("y").unwrap_err(),
            BadArguments::Missing(vec!["y"])
        );
    }
}

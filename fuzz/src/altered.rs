//! Input that is nearly right: a good document with some values put in, taken out and moved.
//! From bytes alone a fuzzer seldom comes to what is checked only where all the rest is right.

use crate::first_line;
use serde_json::Value;

/// Alters a document. Each line of the script alters one thing: a byte says what is done, two
/// bytes which value of the document it is done to, and what is left of the line is the new value,
/// as JSON or, where it is none, as text; or, in two bytes, whose value it gets.
pub(crate) fn altered(mut document: Value, mut script: &[u8]) -> Value {
    for _ in 0..16 {
        let (line, rest) = first_line(script);
        let [what, high, low, value @ ..] = line else {
            break;
        };
        let place = usize::from(u16::from_be_bytes([*high, *low]));
        alter(&mut document, *what, place, value);
        script = rest;
    }
    document
}

fn alter(document: &mut Value, what: u8, place: usize, value: &[u8]) {
    let new = || {
        serde_json::from_slice(value)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(value).into_owned()))
    };
    let count = count(document);
    let other = value
        .first_chunk()
        .map(|bytes| usize::from(u16::from_be_bytes(*bytes)));
    let other = other.and_then(|place| nth(document, &mut (place % count)).cloned());
    let Some(target) = nth_mut(document, &mut (place % count)) else {
        return;
    };
    match (what % 4, target) {
        (0, Value::Array(values)) if !values.is_empty() => {
            values.remove(value.len() % values.len());
        }
        (0, Value::Object(values)) if !values.is_empty() => {
            let key = values.keys().nth(value.len() % values.len()).cloned();
            values.remove(&key.unwrap_or_default());
        }
        (1, Value::Array(values)) => values.extend(other),
        (1, Value::Object(values)) => {
            let (key, told) = first_word(value);
            let told = serde_json::from_slice(told).unwrap_or_default();
            values.insert(String::from_utf8_lossy(key).into_owned(), told);
        }
        (2, target) => *target = other.unwrap_or_default(),
        (_, target) => *target = new(),
    }
}

fn first_word(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b' ') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, b""),
    }
}

/// How many values a document has, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(values) => values.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(values) => values.iter().find_map(|value| nth(value, left)),
        Value::Object(values) => values.values().find_map(|value| nth(value, left)),
        _ => None,
    }
}

fn nth_mut<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| nth_mut(value, left)),
        Value::Object(values) => values.values_mut().find_map(|value| nth_mut(value, left)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn alterations() {
        let document = json!({"a": [1, "x"], "b": {"c": null}});
        for (script, expected) in [
            (&b""[..], document.clone()),
            (b"\x03\0\x02[2]", json!({"a": [[2], "x"], "b": {"c": null}})),
            (
                b"\x03\0\x02U0\n\x03\0\x05\x31",
                json!({"a": ["U0", "x"], "b": {"c": 1}}),
            ),
            (b"\x00\0\x01?", json!({"a": [1], "b": {"c": null}})),
            (b"\x00\0\x00", json!({"b": {"c": null}})),
            (
                b"\x01\0\x04d 7",
                json!({"a": [1, "x"], "b": {"c": null, "d": 7}}),
            ),
            (
                b"\x01\0\x01\0\x03",
                json!({"a": [1, "x", "x"], "b": {"c": null}}),
            ),
            (
                b"\x02\0\x05\0\x01",
                json!({"a": [1, "x"], "b": {"c": [1, "x"]}}),
            ),
            (b"\x03\0", document.clone()),
        ] {
            assert_eq!(altered(document.clone(), script), expected, "{script:?}");
        }
    }
}

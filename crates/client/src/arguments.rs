//! Arguments of a call, and how they travel.

use serde::Serialize;
use serde_json::{Map, Value};

/// The arguments of a call by name: what is given by hand, what comes from JSON, and what typed
/// arguments turn into.
///
/// ```
/// use guestlist_client::Arguments;
/// let mut arguments = Arguments::new();
/// arguments.set("channel", "C0WELCOME");
/// arguments.set("users", vec!["U0BEN", "U0DANA"]);
/// assert_eq!(arguments.form(), "channel=C0WELCOME&users=U0BEN%2CU0DANA");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields of typed arguments. What does not serialize to an object has none.
    pub fn of(arguments: &impl Serialize) -> Self {
        match serde_json::to_value(arguments) {
            Ok(Value::Object(fields)) => Self(fields),
            _ => Self::default(),
        }
    }

    /// Sets one, in place of the one of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// One of them; JSON `null` is none.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// One of them as it travels.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        text(self.get(name)?)
    }

    /// The entries of a list: of an array, or of a text with commas.
    pub fn list(&self, name: &str) -> Vec<String> {
        let entries = match self.get(name) {
            Some(Value::Array(entries)) => entries.iter().filter_map(text).collect(),
            Some(other) => text(other)
                .unwrap_or_default()
                .split(',')
                .map(str::to_owned)
                .collect(),
            None => Vec::new(),
        };
        let trimmed = entries.iter().map(|entry| entry.trim().to_owned());
        trimmed.filter(|entry| !entry.is_empty()).collect()
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// As the body of a form: lists of plain values with commas, other structures as JSON text,
    /// nothing for `null`.
    pub fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if let Some(value) = text(value) {
                form.append_pair(name, &value);
            }
        }
        form.finish()
    }
}

fn text(value: &Value) -> Option<String> {
    let plain = |value: &Value| !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null);
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(entries) if entries.iter().all(plain) => {
            let entries: Vec<_> = entries.iter().filter_map(text).collect();
            Some(entries.join(","))
        }
        other => Some(other.to_string()),
    }
}

impl From<Map<String, Value>> for Arguments {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl<N: Into<String>, V: Into<Value>> FromIterator<(N, V)> for Arguments {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_travel_as_text() {
        for (value, expected) in [
            (json!("a b&c"), "x=a+b%26c"),
            (json!(["U1", "U2"]), "x=U1%2CU2"),
            (json!([]), "x="),
            (json!(true), "x=true"),
            (json!(7), "x=7"),
            (json!(null), ""),
            (json!({"a": 1}), "x=%7B%22a%22%3A1%7D"),
            (
                json!([{"type": "section"}]),
                "x=%5B%7B%22type%22%3A%22section%22%7D%5D",
            ),
        ] {
            let arguments = Arguments::from_iter([("x", value.clone())]);
            assert_eq!(arguments.form(), expected, "{value}");
        }
    }

    #[test]
    fn lists_are_read_in_both_spellings() {
        let arguments =
            Arguments::from_iter([("a", json!(" U1, ,U2")), ("b", json!(["U1", "U2"]))]);
        assert_eq!(arguments.list("a"), ["U1", "U2"]);
        assert_eq!(arguments.list("b"), ["U1", "U2"]);
        assert!(arguments.list("c").is_empty());
    }
}

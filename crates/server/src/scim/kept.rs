//! What is kept of a body for whoever asks why.

use crate::{record::Asked, why};
use serde_json::Value;

/// Takes up a body, unless it is large or has a password in it.
pub(super) fn body(asked: &mut Asked, body: &[u8]) {
    if body.len() > why::LARGE {
        asked.left_out = Some(why::TOO_LARGE);
        return;
    }
    match serde_json::from_slice(body) {
        Ok(body) if says_password(&body) => asked.left_out = Some(why::HELD_SECRETS),
        Ok(body) => asked.arguments.push("body".to_owned(), body),
        // What it was meant to say cannot be told from it, a password among it.
        Err(_) => {}
    }
}

/// Whether a password may be in a body: as an attribute, or by a path to it.
fn says_password(value: &Value) -> bool {
    let is = |text: &str| text.to_ascii_lowercase().contains("password");
    match value {
        Value::String(text) => is(text),
        Value::Array(values) => values.iter().any(says_password),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| is(name) || says_password(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_is_kept_unless_it_is_large_or_has_a_password() {
        let long = json!({"title": "x".repeat(why::LARGE)});
        for (given, kept, left_out) in [
            (json!({"userName": "nia"}), true, None),
            (
                json!({"userName": "nia", "Password": "s3cret"}),
                false,
                Some(why::HELD_SECRETS),
            ),
            (
                json!({"Operations": [{"op": "replace", "path": "password", "value": "s3cret"}]}),
                false,
                Some(why::HELD_SECRETS),
            ),
            (
                json!({"Operations": [{"op": "add", "value": {"password": "s3cret"}}]}),
                false,
                Some(why::HELD_SECRETS),
            ),
            (long, false, Some(why::TOO_LARGE)),
        ] {
            let mut asked = Asked::default();
            body(&mut asked, given.to_string().as_bytes());
            assert_eq!(asked.arguments.get("body"), kept.then_some(&given));
            assert_eq!(asked.left_out, left_out);
        }
        // Escaped it is one all the same, and what is no JSON is not looked through.
        let mut asked = Asked::default();
        body(&mut asked, br#"{"p\u0061ssword": "s3cret"}"#);
        assert_eq!(asked.left_out, Some(why::HELD_SECRETS));
        let mut asked = Asked::default();
        body(&mut asked, br#"{"password": "s3cret""#);
        assert!(asked.arguments.is_empty());
    }
}

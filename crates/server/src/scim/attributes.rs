//! Bodies: attributes by the names that they have here, whatever case they were written in.

use super::{
    problem::{Code, Problem},
    version::{EXTENSIONS, Version},
};
use serde_json::{Map, Value, json};

/// An object of a body.
pub(super) type Object = Map<String, Value>;

/// Names of attributes, at any depth.
const NAMES: [&str; 63] = [
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "nickName",
    "name",
    "displayName",
    "profileUrl",
    "title",
    "timezone",
    "userType",
    "preferredLanguage",
    "locale",
    "active",
    "password",
    "emails",
    "photos",
    "addresses",
    "phoneNumbers",
    "roles",
    "groups",
    "members",
    NOT_KEPT[0],
    NOT_KEPT[1],
    NOT_KEPT[2],
    "givenName",
    "familyName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "formatted",
    "value",
    "type",
    "primary",
    "display",
    "$ref",
    "operation",
    "attributes",
    "streetAddress",
    "locality",
    "region",
    "postalCode",
    "country",
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
    "manager",
    "managerId",
    "expiration",
    "channels",
    "startDate",
    "Operations",
    "op",
    "path",
    EXTENSIONS[0][0],
    EXTENSIONS[0][1],
    EXTENSIONS[0][2],
    EXTENSIONS[1][0],
    EXTENSIONS[1][1],
    EXTENSIONS[1][2],
];

/// Attributes of people that there are in RFC 7643, and of which nothing is kept.
pub(super) const NOT_KEPT: [&str; 3] = ["ims", "entitlements", "x509Certificates"];

/// Attributes with several values, how many of them are kept, and what is kept of each beside its `type`.
const LISTS: [(&str, usize, &[&str]); 5] = [
    ("emails", 2, &["value"]),
    ("photos", 1, &["value"]),
    (
        "addresses",
        1,
        &[
            "streetAddress",
            "locality",
            "region",
            "postalCode",
            "country",
        ],
    ),
    ("phoneNumbers", 2, &["value"]),
    ("roles", 1, &["value"]),
];

/// The most values of an attribute that are looked at.
const MAX_VALUES: usize = 100;

/// How many values of an attribute are kept, if it has several.
pub(super) fn kept(name: &str) -> Option<usize> {
    let found = LISTS.iter().find(|(list, ..)| *list == name);
    found.map(|(_, most, _)| *most)
}

/// What is kept of each value of an attribute that has several, beside its `type`.
pub(super) fn fields(name: &str) -> &'static [&'static str] {
    let found = LISTS.iter().find(|(list, ..)| *list == name);
    found.map_or(&[], |(.., fields)| *fields)
}

/// Whether one of several values says something that is kept. Of what type it is says nothing by itself.
pub(super) fn says(name: &str, value: &Object) -> bool {
    fields(name).iter().any(|field| match value.get(*field) {
        None => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    })
}

/// The name of an attribute here.
pub(super) fn name(given: &str) -> Option<&'static str> {
    NAMES
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(given))
}

/// A body: an object, its attributes by their names here. What is `null` is not there.
pub(super) fn body(version: Version, bytes: &[u8], schema: &str) -> Result<Object, Problem> {
    let syntax = |message: String| Problem::new(Code::InvalidSyntax, message);
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| syntax(format!("the body is no JSON: {error}")))?;
    let Value::Object(body) = named(value) else {
        return Err(syntax("the body is an object".to_owned()));
    };
    if let Some(schemas) = body.get("schemas") {
        let is_it = |one: &Value| {
            let one = one.as_str();
            one.is_some_and(|one| one.eq_ignore_ascii_case(schema))
        };
        let all = schemas.as_array();
        // `slack_sdk` puts the list that it was told into a list of its own.
        let has =
            |one: &Value| is_it(one) || one.as_array().is_some_and(|all| all.iter().any(is_it));
        if !all.is_some_and(|all| all.iter().any(has)) {
            let message = format!(
                "`schemas` of a body below /scim/{}/ is a list with `{schema}` in it",
                version.name()
            );
            return Err(Problem::new(Code::MissingSchemaElement, message));
        }
    }
    Ok(body)
}

/// A value, all attributes in it by their names here.
pub(super) fn named(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let pairs = object.into_iter().filter(|(_, value)| !value.is_null());
            let pairs = pairs.map(|(key, value)| {
                let key = name(&key).map_or(key, str::to_owned);
                (key, named(value))
            });
            Value::Object(pairs.collect())
        }
        Value::Array(list) => {
            let list = list.into_iter().filter(|value| !value.is_null());
            Value::Array(list.map(named).collect())
        }
        other => other,
    }
}

/// A text, trimmed; empty is none.
pub(super) fn text(object: &Object, key: &str, path: &str) -> Result<Option<String>, Problem> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            Ok((!text.is_empty()).then(|| text.to_owned()))
        }
        Some(other) => Err(wrong(path, "a text", other)),
    }
}

/// Whether it is so. Some identity providers write it as a text.
pub(super) fn truth(object: &Object, key: &str, path: &str) -> Result<Option<bool>, Problem> {
    match object.get(key) {
        None => Ok(None),
        Some(Value::Bool(truth)) => Ok(Some(*truth)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(other) => Err(wrong(path, "true or false", other)),
    }
}

/// Whether one of several values is the primary one.
pub(super) fn is_primary(value: &Value) -> bool {
    let object = value.as_object();
    let said = object.and_then(|object| truth(object, "primary", "primary").ok());
    said.flatten() == Some(true)
}

/// A manager as it is written here. Some identity providers give the id alone, or as `value`, or in a list of one.
pub(super) fn manager(given: &Value) -> Value {
    let given = match given {
        Value::Array(list) if list.len() == 1 => &list[0],
        given => given,
    };
    let id = match given {
        Value::String(_) => Some(given),
        given if given.get("managerId").is_none() => given.get("value"),
        _ => None,
    };
    match id {
        Some(id) => json!({"managerId": id}),
        None => given.clone(),
    }
}

/// An object.
pub(super) fn object<'a>(from: &'a Object, key: &str) -> Result<Option<&'a Object>, Problem> {
    match from.get(key) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => Err(wrong(key, "an object", other)),
    }
}

/// The values of an attribute that has several, the primary one first. One alone may be given without a list.
pub(super) fn list<'a>(from: &'a Object, key: &str) -> Result<Vec<&'a Object>, Problem> {
    let values = match from.get(key) {
        None => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        Some(other) => return Err(wrong(key, "a list of objects", other)),
    };
    if values.len() > MAX_VALUES {
        let message = format!("`{key}` has at most {MAX_VALUES} values");
        return Err(Problem::value(message));
    }
    let mut objects = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Object(object) => objects.push(object),
            other => return Err(wrong(key, "a list of objects", other)),
        }
    }
    let mut primary = None;
    for (at, object) in objects.iter().enumerate() {
        if truth(object, "primary", &format!("{key}.primary"))? == Some(true)
            && primary.replace(at).is_some()
        {
            return Err(Problem::value(format!("`{key}`: only one is primary")));
        }
    }
    if let Some(at) = primary {
        objects[..=at].rotate_right(1);
    }
    Ok(objects)
}

fn wrong(path: &str, expected: &str, found: &Value) -> Problem {
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Problem::value(format!("`{path}` is {expected}, not {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_one_name() {
        let given = json!({
            "USERNAME": "a", "Emails": [{"VALUE": "x", "shoe": null}, null], "title": null, "Shoe": 1,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"employeenumber": "7"},
        });
        let expected = json!({
            "userName": "a", "emails": [{"value": "x"}], "Shoe": 1,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "7"},
        });
        assert_eq!(named(given), expected);
    }

    #[test]
    fn what_a_body_must_be() {
        let schema = Version::Two.user();
        for (bytes, code) in [
            (&b""[..], Code::InvalidSyntax),
            (b"{", Code::InvalidSyntax),
            (b"[]", Code::InvalidSyntax),
            (b"\xff", Code::InvalidSyntax),
            (br#"{"schemas": "x"}"#, Code::MissingSchemaElement),
            (br#"{"schemas": []}"#, Code::MissingSchemaElement),
            (br#"{"schemas": [7]}"#, Code::MissingSchemaElement),
        ] {
            let read = body(Version::Two, bytes, schema);
            assert_eq!(read.map_err(|problem| problem.code), Err(code));
        }
        assert!(body(Version::Two, b"{}", schema).is_ok());
        for schemas in [json!([schema]), json!([["x", schema]])] {
            let bytes = json!({"schemas": schemas}).to_string();
            assert!(
                body(Version::Two, bytes.as_bytes(), schema).is_ok(),
                "{bytes}"
            );
        }
    }

    #[test]
    fn the_primary_value_comes_first() {
        let given = |value: Value| named(json!({"emails": value}));
        let values = |given: &Value| {
            let found = list(given.as_object().unwrap(), "emails")?;
            Ok::<_, Problem>(
                found
                    .iter()
                    .map(|one| one["value"].clone())
                    .collect::<Vec<_>>(),
            )
        };
        let three = given(json!([{"value": 1}, {"value": 2}, {"value": 3, "primary": "True"}]));
        assert_eq!(values(&three).unwrap(), [3, 1, 2]);
        assert_eq!(values(&given(json!({"value": 1}))).unwrap(), [1]);
        for wrong in [
            json!("x"),
            json!(["x"]),
            json!([{"primary": true}, {"primary": true}]),
            json!([{"primary": 1}]),
            json!(vec![json!({}); MAX_VALUES + 1]),
        ] {
            let told = values(&given(wrong.clone())).map_err(|problem| problem.code);
            assert_eq!(told, Err(Code::InvalidValue), "{wrong}");
        }
    }
}

//! Attributes that have several values: which of them are another, come and go.

use super::{Path, Verb, bad, within};
use crate::scim::{
    attributes::{Object, is_primary, says, truth},
    filter::{Comparison, Filter},
    problem::{Code, Problem},
};
use guestlist_domain::invitation::address;
use serde_json::{Value, json};

/// Does something to an attribute with several values.
pub(super) fn values(
    said: &mut Object,
    verb: Verb,
    path: &Path,
    value: Option<&Value>,
    most: usize,
) -> Result<(), Problem> {
    let key = path.attribute;
    let mut list = match said.remove(key) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    settle(key, &mut list, most);
    match (&path.filter, path.within.as_slice()) {
        (None, []) => match value {
            None => list.clear(),
            // A list that is said whole is as in a whole body.
            Some(given) if verb == Verb::Replace => {
                list = several(given).into_iter().cloned().collect();
                if !list.iter().all(Value::is_object) {
                    return Err(no_object());
                }
            }
            Some(given) => {
                for new in several(given) {
                    join(key, &mut list, new, most)?;
                }
            }
        },
        (None, _) => return Err(bad(&path.text)),
        (Some(filter), rest) => {
            let found = |one: &Value| {
                let of = |key: &str| match &one[key] {
                    Value::String(text) => vec![text.to_lowercase()],
                    Value::Bool(truth) => vec![truth.to_string()],
                    _ => Vec::new(),
                };
                filter.matches(&of)
            };
            // What an only address is for was never said: it is the one that is meant.
            if let [one] = list.as_mut_slice()
                && matches!(key, "emails" | "addresses")
                && value.is_some()
                && one.get("type").is_none()
                && made_of(filter) == Some(json!({"type": "work"}))
            {
                one["type"] = "work".into();
            }
            if value.is_none() && rest.is_empty() {
                list.retain(|one| !found(one));
            } else if let Some(first) = list.iter().position(found) {
                let which: Vec<_> = list.iter().map(found).collect();
                for (one, _) in list.iter_mut().zip(which).filter(|(_, is_it)| *is_it) {
                    set(one, rest, value)?;
                }
                lead(&mut list, first, rest, value)?;
            } else if let Some(value) = value {
                // Some identity providers say so what is new.
                let mut new = made_of(filter).ok_or_else(|| {
                    let message = format!("`path`: `{}` finds nothing", path.text.escape_debug());
                    Problem::new(Code::NoTarget, message)
                })?;
                set(&mut new, rest, Some(value))?;
                join(key, &mut list, &new, most)?;
            }
        }
    }
    if !list.is_empty() {
        said.insert(key.to_owned(), Value::Array(list));
    }
    Ok(())
}

/// Values as they are kept: what says nothing has no place, and one is primary. So an operation finds what it would find
/// if the one before it had come by itself.
fn settle(key: &str, list: &mut Vec<Value>, most: usize) {
    list.retain(|one| one.as_object().is_some_and(|one| says(key, one)));
    match list.iter().position(is_primary) {
        Some(at) => list[..=at].rotate_right(1),
        None => {
            if let Some(first) = list.first_mut() {
                first["primary"] = true.into();
            }
        }
    }
    list.truncate(most);
}

pub(super) fn several(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

fn set(one: &mut Value, rest: &[String], value: Option<&Value>) -> Result<(), Problem> {
    if rest.is_empty() && value.is_some_and(|value| !value.is_object()) {
        return Err(no_object());
    }
    let mut holder = Object::new();
    holder.insert("value".to_owned(), one.take());
    within(&mut holder, "value", rest, value);
    *one = holder.remove("value").unwrap_or_else(|| json!({}));
    Ok(())
}

fn no_object() -> Problem {
    Problem::value("what has several values is a list of objects")
}

/// Of values one is primary: the one that was just said to be, if one was.
fn lead(
    list: &mut [Value],
    which: usize,
    rest: &[String],
    value: Option<&Value>,
) -> Result<(), Problem> {
    let said = match (rest, value) {
        ([key], Some(value)) if key == "primary" => Some(value),
        ([], Some(value)) => value.get("primary"),
        _ => None,
    };
    let said = said.map(|said| Object::from_iter([("primary".to_owned(), said.clone())]));
    let says = match said {
        Some(said) => truth(&said, "primary", "primary")? == Some(true),
        None => false,
    };
    for (_, one) in list
        .iter_mut()
        .enumerate()
        .filter(|(at, _)| says && *at != which)
    {
        one["primary"] = false.into();
    }
    Ok(())
}

/// Whether two values of a list are the same: addresses are in any case.
fn is_same(key: &str, one: &Value, other: &Value) -> bool {
    let texts = (one["value"].as_str(), other["value"].as_str());
    let (Some(one), Some(other)) = texts else {
        return false;
    };
    let read = |text: &str| match key {
        "emails" => address(text),
        _ => None,
    };
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

/// What would be found by a filter that says what something is.
fn made_of(filter: &Filter) -> Option<Value> {
    match filter {
        Filter::One {
            attribute,
            comparison: Comparison::Equal,
            text,
            ..
        } => match (attribute.as_str(), text.to_lowercase().as_str()) {
            ("primary", "true") => Some(json!({"primary": true})),
            ("primary", _) => None,
            (key, _) => Some(json!({key: text})),
        },
        _ => None,
    }
}

/// Adds a value that says something, in the place of the same if that is there. The oldest that is not primary makes
/// room.
fn join(key: &str, list: &mut Vec<Value>, new: &Value, most: usize) -> Result<(), Problem> {
    let Value::Object(object) = new else {
        return Err(no_object());
    };
    let leads = truth(object, "primary", "primary")? == Some(true);
    if !says(key, object) {
        return Ok(());
    }
    settle(key, list, most);
    for one in list.iter_mut().filter(|_| leads) {
        one["primary"] = false.into();
    }
    match list.iter().position(|one| is_same(key, one, new)) {
        Some(at) => {
            if let Value::Object(known) = &mut list[at] {
                known.extend(object.clone());
            }
        }
        None => list.push(new.clone()),
    }
    while list.len() > most {
        let spare = list.iter().position(|one| !is_primary(one) || most == 1);
        list.remove(spare.unwrap_or(0));
    }
    Ok(())
}

/// Which values go: those of the same `value`, or of what has none all that are as it is said.
pub(super) fn going<'a>(
    key: &'a str,
    said: &'a Value,
) -> Result<impl Fn(&Value) -> bool + 'a, Problem> {
    let about = |(name, _): &(&String, &Value)| !matches!(name.as_str(), "operation" | "primary");
    let said_of: Vec<_> = said
        .as_object()
        .into_iter()
        .flatten()
        .filter(about)
        .collect();
    if said_of.is_empty() {
        let message = format!("`{key}`: which value goes is said by its `value`");
        return Err(Problem::value(message));
    }
    let named = said.get("value").is_some();
    Ok(move |one: &Value| match named {
        true => is_same(key, one, said),
        false => said_of
            .iter()
            .all(|(name, value)| one.get(*name) == Some(value)),
    })
}

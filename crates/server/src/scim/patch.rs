//! Changing a part: operations of version 2, and bodies of version 1 that say only what is another.

mod values;

use super::{
    attributes::{self, NOT_KEPT, Object, kept, name},
    filter::Filter,
    problem::{Code, Problem},
    version::{EXTENSIONS, Version, after},
};
use serde_json::{Value, json};
use values::{going, several, values};

/// The most operations of a body.
const MAX_OPERATIONS: usize = 1000;
/// How deep names are within an attribute: a manager's id in the extension.
const MAX_DEPTH: usize = 2;
/// What values of a list are found by.
const OF_VALUES: [&str; 4] = ["value", "type", "primary", "display"];
/// What nobody changes.
const FIXED: [&str; 4] = ["id", "meta", "groups", "schemas"];

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operation {
    pub(super) verb: Verb,
    /// Where; absent for an object that says it.
    pub(super) path: Option<Path>,
    pub(super) value: Option<Value>,
}

/// Where something is another: `name.givenName`, `emails[type eq "work"].value`, or an extension's name and attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// An attribute or an extension.
    pub(super) attribute: &'static str,
    /// Which of its values.
    pub(super) filter: Option<Filter>,
    /// What of it: names within names.
    pub(super) within: Vec<String>,
    text: String,
}

impl Path {
    /// Reads a path; `None` of what is no attribute here.
    pub(super) fn read(text: &str) -> Result<Option<Self>, Problem> {
        let told = text.to_owned();
        let text = Version::bare(text.trim());
        for urn in EXTENSIONS.into_iter().flatten() {
            let Some(rest) = after(text, urn) else {
                continue;
            };
            let within = match rest.strip_prefix([':', '.']) {
                None if rest.is_empty() => Vec::new(),
                None => continue,
                Some(rest) => match names(rest) {
                    Some(names) => names,
                    None => return Ok(None),
                },
            };
            return Ok(Some(Self {
                attribute: urn,
                filter: None,
                within,
                text: told,
            }));
        }
        let (head, filter, rest) = match text.split_once('[') {
            None => match text.split_once('.') {
                Some((head, rest)) => (head, None, rest),
                None => (text, None, ""),
            },
            Some((head, rest)) => {
                let Some((filter, rest)) = rest.rsplit_once(']') else {
                    return Err(bad(text));
                };
                let filter = Filter::read(filter, &OF_VALUES)
                    .map_err(|problem| Problem::new(Code::InvalidPath, problem.message))?;
                let rest = match rest.strip_prefix('.') {
                    Some(rest) => rest,
                    None if rest.is_empty() => rest,
                    None => return Err(bad(text)),
                };
                (head, Some(filter), rest)
            }
        };
        let Some(attribute) = name(head) else {
            return Ok(None);
        };
        let within = match rest {
            "" => Vec::new(),
            rest => match names(rest) {
                Some(names) => names,
                None => return Ok(None),
            },
        };
        Ok(Some(Self {
            attribute,
            filter,
            within,
            text: told,
        }))
    }
}

/// Names within names, as deep as they go here.
fn names(text: &str) -> Option<Vec<String>> {
    let names = text.split('.').take(MAX_DEPTH + 1);
    let names: Option<Vec<_>> = names.map(|part| name(part).map(str::to_owned)).collect();
    names.filter(|names| names.len() <= MAX_DEPTH)
}

fn bad(path: &str) -> Problem {
    let message = format!("`path`: `{}` leads to no attribute", path.escape_debug());
    Problem::new(Code::InvalidPath, message)
}

/// The operations of a body of version 2.
pub(super) fn operations(body: &Object) -> Result<Vec<Operation>, Problem> {
    let syntax = |message: String| Problem::new(Code::InvalidSyntax, message);
    let Some(Value::Array(list)) = body.get("Operations") else {
        return Err(syntax("`Operations` is a list".to_owned()));
    };
    if list.is_empty() || list.len() > MAX_OPERATIONS {
        return Err(syntax(format!(
            "`Operations` is a list of 1 to {MAX_OPERATIONS}"
        )));
    }
    let mut operations = Vec::with_capacity(list.len());
    for (at, one) in list.iter().enumerate() {
        let here = format!("`Operations[{at}]`");
        let Value::Object(one) = one else {
            return Err(syntax(format!("{here} is an object")));
        };
        let verb = one.get("op").and_then(Value::as_str);
        let verb = match verb.map(str::to_ascii_lowercase).as_deref() {
            Some("add") => Verb::Add,
            Some("replace") => Verb::Replace,
            Some("remove") => Verb::Remove,
            _ => return Err(syntax(format!("{here}.op is add, remove or replace"))),
        };
        let path = match one.get("path") {
            None => None,
            Some(Value::String(text)) => {
                let path = Path::read(text)?.ok_or_else(|| bad(text))?;
                if FIXED.contains(&path.attribute) {
                    let message = format!("{here}: `{}` stays as it is", path.attribute);
                    return Err(Problem::new(Code::Immutable, message));
                }
                Some(path)
            }
            Some(_) => return Err(syntax(format!("{here}.path is a text"))),
        };
        let value = one.get("value").cloned();
        match (&path, &value, verb) {
            (None, _, Verb::Remove) => {
                let message = format!("{here}: what to remove is said by `path`");
                return Err(Problem::new(Code::NoTarget, message));
            }
            (None, Some(Value::Object(_)), _) | (Some(_), Some(_), _) => {}
            (Some(_), None, Verb::Remove | Verb::Replace) => {}
            _ => {
                return Err(syntax(format!(
                    "{here}.value is needed, without a path an object"
                )));
            }
        }
        operations.push(Operation { verb, path, value });
    }
    Ok(operations)
}

/// Does to what is said of somebody what an operation says.
pub(super) fn apply(said: &mut Object, operation: &Operation) -> Result<(), Problem> {
    let Operation { verb, path, value } = operation;
    match (path, value) {
        (Some(path), value) => one(said, *verb, path, value.as_ref()),
        (None, Some(Value::Object(object))) => {
            for (key, value) in object {
                // What is no attribute here is passed over, as in any body.
                if let Some(path) = Path::read(key)?
                    && !FIXED.contains(&path.attribute)
                {
                    one(said, *verb, &path, Some(value))?;
                }
            }
            Ok(())
        }
        (None, _) => Ok(()),
    }
}

fn one(said: &mut Object, verb: Verb, path: &Path, value: Option<&Value>) -> Result<(), Problem> {
    // What is replaced by nothing is removed.
    let value = value.filter(|value| !value.is_null() && verb != Verb::Remove);
    match kept(path.attribute) {
        None if NOT_KEPT.contains(&path.attribute) => Ok(()),
        Some(most) => values(said, verb, path, value, most),
        None if path.filter.is_some() => Err(bad(&path.text)),
        None => {
            match managed(path, value) {
                Some((rest, value)) => within(said, path.attribute, &rest, value.as_ref()),
                None => within(said, path.attribute, &path.within, value),
            }
            Ok(())
        }
    }
}

/// Where a manager's id is, and what is to be there, as they are written here: else the id that was known would stay
/// beside the new one.
fn managed(path: &Path, value: Option<&Value>) -> Option<(Vec<String>, Option<Value>)> {
    let is_of = |urns: &[&str; 3]| urns[0] == path.attribute;
    if !EXTENSIONS.iter().any(is_of) {
        return None;
    }
    let names: Vec<_> = path.within.iter().map(String::as_str).collect();
    match (names.as_slice(), value) {
        ([], Some(value)) => {
            let mut value = value.clone();
            if let Some(manager) = value.get_mut("manager") {
                *manager = attributes::manager(manager);
            }
            Some((Vec::new(), Some(value)))
        }
        (["manager"], Some(value)) => Some((path.within.clone(), Some(attributes::manager(value)))),
        (["manager", "value"], value) => {
            let rest = ["manager", "managerId"].map(str::to_owned);
            Some((rest.into(), value.cloned()))
        }
        _ => None,
    }
}

/// Sets or takes out what is at a name, or at a name within it.
fn within(object: &mut Object, key: &str, rest: &[String], value: Option<&Value>) {
    match (rest.split_first(), value) {
        (Some((next, rest)), Some(_)) => {
            let inner = object.entry(key).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Value::Object(inner) = inner {
                within(inner, next, rest, value);
            }
        }
        (Some((next, rest)), None) => {
            if let Some(Value::Object(inner)) = object.get_mut(key) {
                within(inner, next, rest, None);
            }
        }
        (None, None) => {
            object.remove(key);
        }
        (None, Some(Value::Object(new))) => {
            let inner = object.entry(key).or_insert_with(|| json!({}));
            match inner {
                // An object says what it says; the rest of what was there stays.
                Value::Object(inner) => inner.extend(new.clone()),
                other => *other = Value::Object(new.clone()),
            }
        }
        (None, Some(value)) => {
            object.insert(key.to_owned(), value.clone());
        }
    }
}

/// Does to what is said of somebody what a body of version 1 says: other values, values that go (`operation`), and
/// attributes that are cleared (`meta.attributes`).
pub(super) fn merge(said: &mut Object, body: &Object) -> Result<(), Problem> {
    let cleared = body.get("meta").and_then(|meta| meta.get("attributes"));
    for text in cleared.and_then(Value::as_array).into_iter().flatten() {
        let Some(text) = text.as_str() else {
            return Err(Problem::value("`meta.attributes` is a list of texts"));
        };
        let path = Path::read(text)?.ok_or_else(|| bad(text))?;
        if FIXED.contains(&path.attribute) {
            let message = format!("`meta.attributes`: `{}` stays as it is", path.attribute);
            return Err(Problem::new(Code::Immutable, message));
        }
        one(said, Verb::Remove, &path, None)?;
    }
    for (key, value) in body {
        let Some(path) = Path::read(key)?.filter(|path| !FIXED.contains(&path.attribute)) else {
            continue;
        };
        if kept(path.attribute).is_none() {
            one(said, Verb::Add, &path, Some(value))?;
            continue;
        }
        for value in several(value) {
            if value["operation"]
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case("delete"))
            {
                if let Some(Value::Array(list)) = said.get_mut(path.attribute) {
                    let goes = going(path.attribute, value)?;
                    list.retain(|one| !goes(one));
                }
            } else {
                one(said, Verb::Add, &path, Some(value))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! A group as SCIM shows it, and what a body says that is to be another about it.

use super::{
    attributes::{Object, text},
    filter::Filter,
    patch::{Operation, Path, Verb},
    problem::{Code, Problem},
    version::Version,
};
use guestlist_domain::{
    UserId, Usergroup,
    usergroup::{
        MAX_MEMBERS,
        provision::{Edit, Named},
    },
};
use guestlist_store::world::time_text;
use serde_json::{Value, json};

/// A group as it is shown, with who is in it and what they are called.
pub(super) fn show(
    version: Version,
    site: &str,
    group: &Usergroup,
    members: &[(UserId, String)],
) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|(id, name)| json!({"value": id, "display": name}))
        .collect();
    json!({
        "schemas": [version.group()],
        "id": group.id,
        "displayName": group.name,
        "members": members,
        "meta": {
            "created": time_text(group.created),
            "location": format!("{site}/scim/{}/Groups/{}", version.name(), group.id),
        },
    })
}

/// The name and the members that a whole group is said to have.
pub(super) fn read(body: &Object) -> Result<(String, Vec<Named>), Problem> {
    let name = name(body)?.ok_or_else(nameless)?;
    Ok((name, body.get("members").map_or(Ok(Vec::new()), people)?))
}

fn nameless() -> Problem {
    Problem::new(Code::MissingSchemaElement, "`displayName` is needed")
}

fn name(body: &Object) -> Result<Option<String>, Problem> {
    let name = text(body, "displayName", "displayName")?;
    if name.iter().any(|name| name.contains(char::is_control)) {
        let message = "`displayName`: a character in it cannot be seen";
        return Err(Problem::value(message));
    }
    Ok(name)
}

/// People who are named: a list of objects, or one of them.
fn people(value: &Value) -> Result<Vec<Named>, Problem> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if list.len() > MAX_MEMBERS {
        let message = format!("`members`: a group has at most {MAX_MEMBERS}");
        return Err(Problem::new(Code::GroupMemberMaxExceeded, message));
    }
    let one = |one: &Value| {
        let id = match one {
            Value::String(id) => Some(id.as_str()),
            one => one["value"].as_str(),
        };
        let Some(id) = id else {
            return Err(Problem::value(
                "`members` is a list of objects, each with the id of somebody as its `value`",
            ));
        };
        Ok(id.parse().map_err(|_| id.chars().take(100).collect()))
    };
    list.iter().map(one).collect()
}

/// What operations of version 2 say.
pub(super) fn edits(operations: &[Operation]) -> Result<Vec<Edit>, Problem> {
    let mut edits = Vec::new();
    for Operation { verb, path, value } in operations {
        match (path, value) {
            // Some identity providers give groups an id of theirs, too, which is not kept.
            (Some(path), _) if path.attribute == "externalId" => {}
            (Some(path), value) => edits.push(edit(*verb, path, value.as_ref())?),
            (None, Some(Value::Object(object))) => {
                for (key, value) in object {
                    if let Some(path) = Path::read(key)?
                        && matches!(path.attribute, "displayName" | "members")
                    {
                        edits.push(edit(*verb, &path, Some(value))?);
                    }
                }
            }
            (None, _) => {}
        }
    }
    Ok(edits)
}

fn edit(verb: Verb, path: &Path, value: Option<&Value>) -> Result<Edit, Problem> {
    let nowhere = || {
        let message =
            "`path`: of a group it leads to displayName, members or members[value eq \"ID\"]";
        Err(Problem::new(Code::InvalidPath, message))
    };
    if !path.within.is_empty() {
        return nowhere();
    }
    let value = value.filter(|value| !value.is_null());
    match (path.attribute, &path.filter, verb, value) {
        ("displayName", None, Verb::Add | Verb::Replace, Some(value)) => {
            let pair = ("displayName".to_owned(), value.clone());
            let name = name(&Object::from_iter([pair]))?;
            Ok(Edit::Name(name.ok_or_else(nameless)?))
        }
        ("displayName", None, ..) => Err(nameless()),
        ("members", None, Verb::Add, Some(value)) => Ok(Edit::Add(people(value)?)),
        ("members", None, Verb::Replace, Some(value)) => Ok(Edit::Set(people(value)?)),
        ("members", None, Verb::Remove, Some(value)) => Ok(Edit::Remove(people(value)?)),
        ("members", None, _, None) => Ok(Edit::Set(Vec::new())),
        ("members", Some(filter), Verb::Remove, _) => match named(filter) {
            Some(people) => Ok(Edit::Remove(people)),
            None => nowhere(),
        },
        ("members", Some(filter), Verb::Add, None | Some(_)) => match named(filter) {
            Some(people) => Ok(Edit::Add(people)),
            None => nowhere(),
        },
        _ => nowhere(),
    }
}

/// Who is found by a filter that says who they are.
fn named(filter: &Filter) -> Option<Vec<Named>> {
    let (Filter::Any(_) | Filter::One { .. }) = filter else {
        return None;
    };
    let ids = filter.equals(&["value"])?.into_iter();
    let ids = ids.map(str::to_uppercase);
    Some(ids.map(|id| id.parse().map_err(|_| id)).collect())
}

/// What a body of version 1 says: another name, who comes, and who goes (`operation`).
pub(super) fn parts(body: &Object) -> Result<Vec<Edit>, Problem> {
    let mut edits: Vec<_> = name(body)?.into_iter().map(Edit::Name).collect();
    let cleared = body
        .get("meta")
        .and_then(|meta| meta["attributes"].as_array());
    for text in cleared.into_iter().flatten() {
        match text.as_str() {
            Some(text) if text.eq_ignore_ascii_case("members") => edits.push(Edit::Set(Vec::new())),
            Some(text) if text.eq_ignore_ascii_case("displayName") => return Err(nameless()),
            _ => {
                let message = "`meta.attributes`: of a group it is a list of texts, in which `members` can be";
                return Err(Problem::new(Code::InvalidPath, message));
            }
        }
    }
    let members = match body.get("members") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let goes = |one: &&Value| {
        let operation = one["operation"].as_str();
        operation.is_some_and(|text| text.eq_ignore_ascii_case("delete"))
    };
    let (gone, come): (Vec<&Value>, Vec<&Value>) = members.iter().partition(goes);
    for (list, edit) in [(gone, Edit::Remove as fn(_) -> _), (come, Edit::Add)] {
        if !list.is_empty() {
            let list = list.into_iter().cloned().collect();
            edits.push(edit(people(&Value::Array(list))?));
        }
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::{attributes, patch};

    fn of(operations: Value) -> Result<Vec<Edit>, Code> {
        let body = attributes::named(json!({"Operations": operations}));
        let read = patch::operations(body.as_object().unwrap()).and_then(|read| edits(&read));
        read.map_err(|problem| problem.code)
    }

    fn id(text: &str) -> Named {
        text.parse().map_err(|_| text.to_owned())
    }

    #[test]
    fn operations_become_edits() {
        let (ada, ben) = (id("U0ADA"), id("U0BEN"));
        let all = || vec![ada.clone(), ben.clone()];
        for (operation, expected) in [
            (
                json!({"op": "add", "path": "members", "value": [{"value": "U0ADA"}, {"value": "U0BEN"}]}),
                Edit::Add(all()),
            ),
            (
                json!({"op": "Add", "path": "members", "value": {"value": "U0ADA"}}),
                Edit::Add(vec![ada.clone()]),
            ),
            (
                json!({"op": "replace", "path": "members", "value": [{"value": "U0ADA"}]}),
                Edit::Set(vec![ada.clone()]),
            ),
            (
                json!({"op": "remove", "path": "members"}),
                Edit::Set(vec![]),
            ),
            (
                json!({"op": "Remove", "path": "members", "value": [{"value": "U0ADA"}]}),
                Edit::Remove(vec![ada.clone()]),
            ),
            (
                json!({"op": "remove", "path": "members[value eq \"U0ADA\"]"}),
                Edit::Remove(vec![ada.clone()]),
            ),
            (
                json!({"op": "remove", "path": "members[value eq \"U0ADA\" or value eq \"u0ben\"]"}),
                Edit::Remove(all()),
            ),
            (
                json!({"op": "replace", "path": "displayName", "value": "Crew"}),
                Edit::Name("Crew".to_owned()),
            ),
            (
                json!({"op": "replace", "value": {"id": "S1", "displayName": "Crew"}}),
                Edit::Name("Crew".to_owned()),
            ),
            (
                json!({"op": "add", "value": {"members": [{"value": "nobody"}]}}),
                Edit::Add(vec![id("nobody")]),
            ),
        ] {
            assert_eq!(of(json!([operation])), Ok(vec![expected]), "{operation}");
        }
    }

    #[test]
    fn what_is_not_kept_of_groups_is_passed_over() {
        let operations = json!([
            {"op": "add", "path": "externalId", "value": "g1"},
            {"op": "replace", "path": "displayName", "value": "Crew"},
        ]);
        assert_eq!(of(operations), Ok(vec![Edit::Name("Crew".to_owned())]));
    }

    #[test]
    fn what_cannot_be_done_to_a_group_is_told() {
        for (operation, code) in [
            (
                json!({"op": "remove", "path": "displayName"}),
                Code::MissingSchemaElement,
            ),
            (
                json!({"op": "replace", "path": "displayName", "value": ""}),
                Code::MissingSchemaElement,
            ),
            (
                json!({"op": "replace", "path": "displayName", "value": 7}),
                Code::InvalidValue,
            ),
            (
                json!({"op": "replace", "path": "displayName", "value": "a\u{0}b"}),
                Code::InvalidValue,
            ),
            (
                json!({"op": "add", "path": "members", "value": [{"id": "U0ADA"}]}),
                Code::InvalidValue,
            ),
            (
                json!({"op": "add", "path": "title", "value": "x"}),
                Code::InvalidPath,
            ),
            (
                json!({"op": "remove", "path": "members[display co \"a\"]"}),
                Code::InvalidPath,
            ),
            (
                json!({"op": "remove", "path": "members[value eq \"U0ADA\" and display pr]"}),
                Code::InvalidPath,
            ),
            (
                json!({"op": "remove", "path": "members[value eq"}),
                Code::InvalidPath,
            ),
            (
                json!({"op": "replace", "path": "members.value", "value": "U0ADA"}),
                Code::InvalidPath,
            ),
            (
                json!({"op": "replace", "path": "id", "value": "S1"}),
                Code::Immutable,
            ),
            (json!({"op": "remove"}), Code::NoTarget),
            (
                json!({"op": "move", "path": "members"}),
                Code::InvalidSyntax,
            ),
            (json!({"op": "add", "path": "members"}), Code::InvalidSyntax),
            (json!({"op": "add", "value": "x"}), Code::InvalidSyntax),
            (
                json!({"op": "add", "path": 7, "value": "x"}),
                Code::InvalidSyntax,
            ),
            (json!("add"), Code::InvalidSyntax),
        ] {
            assert_eq!(of(json!([operation])), Err(code), "{operation}");
        }
        assert_eq!(of(json!([])), Err(Code::InvalidSyntax));
        assert_eq!(of(json!("x")), Err(Code::InvalidSyntax));
        let many = vec![json!({"op": "remove", "path": "members"}); 1001];
        assert_eq!(of(json!(many)), Err(Code::InvalidSyntax));
    }

    #[test]
    fn version_one_says_who_comes_and_goes() {
        let body = json!({"displayName": "Crew", "members": [
            {"value": "U0ADA"}, {"value": "U0BEN", "operation": "delete"},
        ]});
        let told = parts(body.as_object().unwrap()).unwrap();
        let expected = [
            Edit::Name("Crew".to_owned()),
            Edit::Remove(vec![id("U0BEN")]),
            Edit::Add(vec![id("U0ADA")]),
        ];
        assert_eq!(told, expected);
        let cleared = json!({"meta": {"attributes": ["members"]}});
        let told = parts(cleared.as_object().unwrap()).unwrap();
        assert_eq!(told, [Edit::Set(Vec::new())]);
        for (attribute, code) in [
            (json!("displayName"), Code::MissingSchemaElement),
            (json!("title"), Code::InvalidPath),
            (json!(7), Code::InvalidPath),
        ] {
            let body = json!({"meta": {"attributes": [attribute]}});
            let told = parts(body.as_object().unwrap()).unwrap_err();
            assert_eq!(told.code, code);
        }
    }
}

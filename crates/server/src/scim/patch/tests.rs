use super::*;
use crate::scim::attributes;

fn object(value: Value) -> Object {
    match attributes::named(value) {
        Value::Object(object) => object,
        other => panic!("{other}"),
    }
}

fn said() -> Object {
    object(json!({
        "userName": "ada", "title": "Founder",
        "name": {"givenName": "Ada", "familyName": "Park"},
        "emails": [
            {"value": "ada@acme.test", "type": "work", "primary": true},
            {"value": "ada@home.test", "type": "home", "primary": false},
        ],
        "roles": [{"value": "lead", "primary": true}],
    }))
}

/// What becomes of what was said.
fn patched(operations: Value) -> Result<Value, Code> {
    let mut said = said();
    let body = object(json!({"Operations": operations}));
    let read = super::operations(&body).map_err(|problem| problem.code)?;
    for operation in &read {
        apply(&mut said, operation).map_err(|problem| problem.code)?;
    }
    Ok(Value::Object(said))
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[test]
fn operations_change_parts() {
    for (operation, key, expected) in [
        (
            json!({"op": "replace", "path": "title", "value": "CEO"}),
            "title",
            json!("CEO"),
        ),
        (
            json!({"op": "Add", "path": "TITLE", "value": "CEO"}),
            "title",
            json!("CEO"),
        ),
        (
            json!({"op": "remove", "path": "title"}),
            "title",
            Value::Null,
        ),
        (
            json!({"op": "replace", "path": "title", "value": null}),
            "title",
            Value::Null,
        ),
        (
            json!({"op": "replace", "value": {"title": "CEO", "shoe": 43, "id": "U1"}}),
            "title",
            json!("CEO"),
        ),
        (
            json!({"op": "replace", "path": "name.familyName", "value": "Lane"}),
            "name",
            json!({"givenName": "Ada", "familyName": "Lane"}),
        ),
        (
            json!({"op": "replace", "value": {"name.familyName": "Lane"}}),
            "name",
            json!({"givenName": "Ada", "familyName": "Lane"}),
        ),
        (
            json!({"op": "replace", "path": "name", "value": {"familyName": "Lane"}}),
            "name",
            json!({"givenName": "Ada", "familyName": "Lane"}),
        ),
        (
            json!({"op": "remove", "path": "name.familyName"}),
            "name",
            json!({"givenName": "Ada"}),
        ),
        (
            json!({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": "CEO"}),
            "title",
            json!("CEO"),
        ),
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R&D"}),
            ENTERPRISE,
            json!({"department": "R&D"}),
        ),
        (
            json!({"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "U1"}),
            ENTERPRISE,
            json!({"manager": {"managerId": "U1"}}),
        ),
        (
            json!({"op": "add", "value": {ENTERPRISE: {"department": "R&D"}}}),
            ENTERPRISE,
            json!({"department": "R&D"}),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@acme.test"}),
            "emails",
            json!([
                {"value": "a@acme.test", "type": "work", "primary": true},
                {"value": "ada@home.test", "type": "home", "primary": false},
            ]),
        ),
        (
            json!({"op": "remove", "path": "emails[type eq \"home\"]"}),
            "emails",
            json!([{"value": "ada@acme.test", "type": "work", "primary": true}]),
        ),
        (
            json!({"op": "remove", "path": "emails"}),
            "emails",
            Value::Null,
        ),
        (
            json!({"op": "replace", "path": "emails", "value": [{"value": "a@acme.test"}]}),
            "emails",
            json!([{"value": "a@acme.test"}]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
            "emails",
            json!([
                {"value": "ada@acme.test", "type": "work", "primary": false},
                {"value": "ada@home.test", "type": "home", "primary": true},
            ]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"].primary", "value": true}),
            "emails",
            said()["emails"].clone(),
        ),
        // The oldest that is not primary makes room.
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "x@acme.test"}]}),
            "emails",
            json!([
                {"value": "ada@acme.test", "type": "work", "primary": true},
                {"value": "x@acme.test"},
            ]),
        ),
        (
            json!({"op": "add", "path": "emails", "value": {"value": "x@acme.test", "primary": true}}),
            "emails",
            json!([
                {"value": "ada@home.test", "type": "home", "primary": false},
                {"value": "x@acme.test", "primary": true},
            ]),
        ),
        (
            json!({"op": "add", "path": "roles", "value": [{"value": "boss"}]}),
            "roles",
            json!([{"value": "boss"}]),
        ),
        // Addresses are the same in any case, and true may be a text.
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "ADA@acme.test"}]}),
            "emails",
            json!([
                {"value": "ADA@acme.test", "type": "work", "primary": true},
                {"value": "ada@home.test", "type": "home", "primary": false},
            ]),
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": "True"}),
            "emails",
            json!([
                {"value": "ada@acme.test", "type": "work", "primary": false},
                {"value": "ada@home.test", "type": "home", "primary": "True"},
            ]),
        ),
        (
            json!({"op": "add", "path": "emails", "value": [
                {"value": "x@acme.test", "primary": "True"}, {"value": "y@acme.test"},
            ]}),
            "emails",
            json!([{"value": "x@acme.test", "primary": "True"}, {"value": "y@acme.test"}]),
        ),
        // What RFC 7643 has and nothing here keeps is passed over.
        (
            json!({"op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "1 Road"}),
            "addresses",
            Value::Null,
        ),
        (
            json!({"op": "add", "path": "ims[type eq \"aim\"].value", "value": "ada"}),
            "ims",
            Value::Null,
        ),
        (
            json!({"op": "replace", "path": "entitlements", "value": [{"value": "x"}]}),
            "entitlements",
            Value::Null,
        ),
        // What is not found and says what it is, is made.
        (
            json!({"op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"}),
            "phoneNumbers",
            json!([{"type": "work", "value": "1"}]),
        ),
        (
            json!({"op": "remove", "path": "phoneNumbers[type eq \"work\"]"}),
            "phoneNumbers",
            Value::Null,
        ),
    ] {
        let patched = patched(json!([operation])).unwrap();
        assert_eq!(patched[key], expected, "{operation}");
    }
}

#[test]
fn a_manager_takes_the_place_of_the_one_before() {
    let other = json!({"managerId": "U2"});
    for operation in [
        json!({"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "U2"}),
        json!({"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "U2"}}),
        json!({"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": [{"value": "U2"}]}),
        json!({"op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "U2"}),
        json!({"op": "replace", "path": ENTERPRISE, "value": {"manager": {"value": "U2"}}}),
        json!({"op": "add", "value": {ENTERPRISE: {"manager": ["U2"]}}}),
    ] {
        let mut said = said();
        said.insert(
            ENTERPRISE.to_owned(),
            json!({"division": "d", "manager": {"managerId": "U1"}}),
        );
        let body = object(json!({"Operations": [operation]}));
        for operation in &operations(&body).unwrap() {
            apply(&mut said, operation).unwrap();
        }
        assert_eq!(said[ENTERPRISE]["manager"], other, "{body:?}");
        assert_eq!(said[ENTERPRISE]["division"], "d");
    }
}

#[test]
fn an_only_address_of_no_kind_is_that_for_work() {
    let set = |path: &str, value: &str| {
        object(json!({"Operations": [{"op": "replace", "path": path, "value": value}]}))
    };
    let home = json!({"value": "a@home.test", "type": "home"});
    let work = "emails[type eq \"work\"].value";
    for (emails, path, expected) in [
        (
            json!([{"value": "a@acme.test"}]),
            work,
            json!([{"value": "b@acme.test", "type": "work", "primary": true}]),
        ),
        (
            json!([home]),
            work,
            json!([
                {"value": "a@home.test", "type": "home", "primary": true},
                {"value": "b@acme.test", "type": "work"},
            ]),
        ),
        (
            json!([{"value": "a@acme.test"}]),
            "emails[type eq \"home\"].value",
            json!([
                {"value": "a@acme.test", "primary": true}, {"value": "b@acme.test", "type": "home"},
            ]),
        ),
    ] {
        let mut said = said();
        said.insert("emails".to_owned(), emails);
        for operation in &operations(&set(path, "b@acme.test")).unwrap() {
            apply(&mut said, operation).unwrap();
        }
        assert_eq!(said["emails"], expected, "{path}");
    }
}

#[test]
fn what_leads_nowhere_is_told() {
    // What goes deep must not fill the stack.
    let deep = |path: String| json!({"op": "replace", "path": path, "value": "x"});
    let deep_name = deep(vec!["name"; 100_000].join("."));
    let deep_schema = deep("urn:ietf:params:scim:schemas:core:2.0:User:".repeat(100_000));
    let deep_brackets = deep(format!("emails[{}]", "(".repeat(1000)));
    for (operation, code) in [
        (
            json!({"op": "replace", "path": "shoe", "value": 43}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "name.shoe", "value": 43}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "", "value": 43}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails.value", "value": "x"}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails[shoe eq 4].value", "value": "x"}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"]value", "value": "x"}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"", "value": "x"}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "title[type eq \"work\"]", "value": "x"}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": format!("{ENTERPRISE}:shoe"), "value": 1}),
            Code::InvalidPath,
        ),
        (
            json!({"op": "replace", "path": "emails[type co \"x\"].value", "value": "x"}),
            Code::NoTarget,
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"]", "value": "x"}),
            Code::InvalidValue,
        ),
        (
            json!({"op": "add", "path": "emails", "value": "x"}),
            Code::InvalidValue,
        ),
        (
            json!({"op": "add", "path": "emails", "value": [{"value": "x", "primary": 1}]}),
            Code::InvalidValue,
        ),
        (
            json!({"op": "replace", "path": "groups", "value": []}),
            Code::Immutable,
        ),
        (
            json!({"op": "replace", "path": "meta.created", "value": "x"}),
            Code::InvalidPath,
        ),
        (json!({"op": "remove"}), Code::NoTarget),
        (deep_name, Code::InvalidPath),
        (deep_schema, Code::InvalidPath),
        (deep_brackets, Code::InvalidPath),
    ] {
        assert_eq!(patched(json!([operation])), Err(code), "{operation}");
    }
}

#[test]
fn of_version_one_a_body_says_what_is_another() {
    for (body, key, expected) in [
        (json!({"title": "CEO"}), "title", json!("CEO")),
        (
            json!({"meta": {"attributes": ["title"]}}),
            "title",
            Value::Null,
        ),
        (
            json!({"meta": {"attributes": ["name.familyName"]}, "name": {"givenName": "Adele"}}),
            "name",
            json!({"givenName": "Adele"}),
        ),
        (
            json!({"emails": [{"value": "ada@home.test", "operation": "delete"}]}),
            "emails",
            json!([{"value": "ada@acme.test", "type": "work", "primary": true}]),
        ),
        (
            json!({"emails": [{"value": "ADA@home.test", "operation": "Delete"}]}),
            "emails",
            json!([{"value": "ada@acme.test", "type": "work", "primary": true}]),
        ),
        (
            json!({"emails": [{"type": "home", "operation": "delete"}]}),
            "emails",
            json!([{"value": "ada@acme.test", "type": "work", "primary": true}]),
        ),
        (
            json!({"emails": [{"value": "x@acme.test", "primary": true}]}),
            "emails",
            json!([
                {"value": "ada@home.test", "type": "home", "primary": false},
                {"value": "x@acme.test", "primary": true},
            ]),
        ),
        (
            json!({"emails": [{"value": "ada@home.test", "type": "other"}]}),
            "emails",
            json!([
                {"value": "ada@acme.test", "type": "work", "primary": true},
                {"value": "ada@home.test", "type": "other", "primary": false},
            ]),
        ),
    ] {
        let mut said = said();
        merge(&mut said, &object(body.clone())).unwrap();
        assert_eq!(
            said.get(key).cloned().unwrap_or_default(),
            expected,
            "{body}"
        );
    }
    for (body, code) in [
        (json!({"meta": {"attributes": [7]}}), Code::InvalidValue),
        (json!({"meta": {"attributes": ["shoe"]}}), Code::InvalidPath),
        (json!({"meta": {"attributes": ["id"]}}), Code::Immutable),
        (json!({"emails": ["x"]}), Code::InvalidValue),
        (
            json!({"emails": [{"operation": "delete"}]}),
            Code::InvalidValue,
        ),
    ] {
        let told = merge(&mut said(), &object(body.clone())).unwrap_err();
        assert_eq!(told.code, code, "{body}");
    }
}

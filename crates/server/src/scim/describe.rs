//! What there is: the service, kinds of resources, and their schemas.

use super::{
    attributes,
    list::{self, MAX_COUNT},
    problem::{Code, Problem},
    version::Version,
};
use serde_json::{Value, json};

/// What of SCIM is there.
pub(super) fn config(version: Version) -> Value {
    let mut config = json!({
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A user token of an admin or owner with the scope admin",
            "specUrl": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": MAX_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "xmlDataFormat": {"supported": false},
    });
    config["schemas"] = match version {
        Version::One => json!([version.user()]),
        Version::Two => json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]),
    };
    config
}

/// The kinds of resources, of version 2.
pub(super) fn types(site: &str) -> Value {
    let version = Version::Two;
    let one = |name: &str, endpoint: &str, schema: &str, extensions: &[&str]| {
        let extensions: Vec<_> = extensions
            .iter()
            .map(|schema| json!({"schema": schema, "required": false}))
            .collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": endpoint,
            "description": format!("{name} Resource"),
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": {
                "location": format!("{site}/scim/v2/ResourceTypes/{name}"),
                "resourceType": "ResourceType",
            },
        })
    };
    let extensions = [version.enterprise(), version.guest(), version.profile()];
    let resources = vec![
        one("User", "/Users", version.user(), &extensions),
        one("Group", "/Groups", version.group(), &[]),
    ];
    list::list(version, 1, resources.len(), resources)
}

/// All schemas, or one by its name: `Users`, `Groups`, or what it is called in bodies.
pub(super) fn schemas(version: Version, name: Option<&str>, site: &str) -> Result<Value, Problem> {
    let all = vec![
        schema(version, site, "Users", version.user(), users(version)),
        schema(version, site, "Groups", version.group(), groups()),
    ];
    let Some(name) = name else {
        return Ok(list::list(version, 1, all.len(), all));
    };
    let is_it = |schema: &Value| {
        let path = schema["meta"]["location"].as_str().unwrap_or_default();
        path.ends_with(&format!("/{name}")) || schema["id"] == name
    };
    all.into_iter().find(is_it).ok_or_else(|| {
        let message = "the schemas are Users and Groups";
        Problem::new(Code::BadEndpoint, message)
    })
}

fn schema(version: Version, site: &str, name: &str, id: &str, attributes: Vec<Value>) -> Value {
    let mut told = json!({
        "id": id,
        "name": name.trim_end_matches('s'),
        "attributes": attributes,
        "meta": {"location": format!("{site}/scim/{}/Schemas/{name}", version.name())},
    });
    told["schemas"] = match version {
        Version::One => json!([version.user()]),
        Version::Two => json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]),
    };
    told
}

/// An attribute: a text, unless it says something else.
fn attribute(name: &str, more: Value) -> Value {
    let mut told = json!({
        "name": name,
        "type": "string",
        "multiValued": false,
        "required": false,
        "caseExact": false,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    });
    if let (Value::Object(told), Value::Object(more)) = (&mut told, more) {
        told.extend(more);
    }
    told
}

fn texts(names: &[&str]) -> Vec<Value> {
    names
        .iter()
        .map(|name| attribute(name, json!({})))
        .collect()
}

fn complex(name: &str, parts: Vec<Value>) -> Value {
    attribute(name, json!({"type": "complex", "subAttributes": parts}))
}

/// An attribute with several values, each with these texts.
fn several(name: &str, parts: &[&str]) -> Value {
    let mut parts = texts(parts);
    parts.push(attribute("primary", json!({"type": "boolean"})));
    attribute(
        name,
        json!({"type": "complex", "multiValued": true, "subAttributes": parts}),
    )
}

fn read_only(mut attribute: Value) -> Value {
    attribute["mutability"] = "readOnly".into();
    attribute
}

fn users(version: Version) -> Vec<Value> {
    let pairs = |name: &str| {
        let parts = texts(&["value", "display"]);
        read_only(attribute(
            name,
            json!({"type": "complex", "multiValued": true, "subAttributes": parts}),
        ))
    };
    let list = |name: &str| several(name, &[attributes::fields(name), &["type"]].concat());
    let mut enterprise = texts(&[
        "employeeNumber",
        "costCenter",
        "organization",
        "division",
        "department",
    ]);
    enterprise.push(complex("manager", texts(&["managerId"])));
    let mut guest = texts(&["type", "expiration"]);
    guest.push(pairs("channels"));
    let mut all = vec![
        read_only(attribute(
            "id",
            json!({"caseExact": true, "returned": "always"}),
        )),
        attribute(
            "externalId",
            json!({"caseExact": true, "mutability": "immutable"}),
        ),
        attribute(
            "userName",
            json!({"required": true, "uniqueness": "server"}),
        ),
    ];
    all.extend(texts(&[
        "nickName",
        "displayName",
        "profileUrl",
        "title",
        "timezone",
        "userType",
        "preferredLanguage",
        "locale",
    ]));
    all.extend([
        complex(
            "name",
            texts(&["givenName", "familyName", "honorificPrefix"]),
        ),
        attribute("active", json!({"type": "boolean"})),
        attribute(
            "password",
            json!({"mutability": "writeOnly", "returned": "never"}),
        ),
        list("emails"),
        list("photos"),
        list("addresses"),
        list("phoneNumbers"),
        list("roles"),
        pairs("groups"),
        complex(version.enterprise(), enterprise),
        complex(version.guest(), guest),
        complex(version.profile(), texts(&["startDate"])),
    ]);
    all
}

fn groups() -> Vec<Value> {
    let members = json!({
        "type": "complex", "multiValued": true, "subAttributes": texts(&["value", "display"]),
    });
    vec![
        read_only(attribute(
            "id",
            json!({"caseExact": true, "returned": "always"}),
        )),
        attribute(
            "displayName",
            json!({"required": true, "uniqueness": "server"}),
        ),
        attribute("members", members),
    ]
}

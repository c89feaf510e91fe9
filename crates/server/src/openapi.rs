//! The API as an OpenAPI 3.1 document, made of the pages.
//! <https://spec.openapis.org/oas/v3.1.1>

use bytes::Bytes;
use guestlist_methods::{
    Arg, CATALOGUE, Entry,
    common::{Common, Warning},
    contract::{ErrorDoc, documented},
};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The document as it is served: made once, and from then on the same bytes for everybody.
pub(crate) fn text() -> Bytes {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| openapi().to_string().into());
    TEXT.clone()
}

/// The document of everything that is served below `/api/`.
pub fn openapi() -> Value {
    let paths: Map<_, _> = CATALOGUE
        .iter()
        .map(|entry| (format!("/api/{}", entry.spec.name), path(entry)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "guestlist",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Slack's invitation API from a server of your own. Refusals are answers with status 200 and `ok: false`.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A bot's or a person's token."},
            },
            "schemas": {
                "Refusal": refusal_schema(),
                "ResponseMetadata": metadata_schema(),
            },
            "headers": headers(),
            "examples": documented::<Common>()
                .iter()
                .map(|doc| (doc.code.to_owned(), example(doc)))
                .collect::<Map<_, _>>(),
            "responses": responses(),
        },
    })
}

/// Those of failures, and one of each method.
fn responses() -> Map<String, Value> {
    let failed = ["internal_error", "fatal_error"];
    let failures = [
        (
            "RateLimited",
            failure(
                "More calls than the method's tier lets through.",
                &["ratelimited"],
                true,
            ),
        ),
        ("Failed", failure("Something failed here.", &failed, false)),
        (
            "Unavailable",
            failure(
                "The service is not available for now.",
                &["service_unavailable"],
                false,
            ),
        ),
    ];
    let methods = CATALOGUE
        .iter()
        .map(|entry| (entry.spec.name, answers(entry)));
    let all = failures.into_iter().chain(methods);
    all.map(|(name, response)| (name.to_owned(), response))
        .collect()
}

fn path(entry: &Entry) -> Value {
    let args = entry.spec.args;
    let needed = args.iter().any(|arg| arg.required);
    let parameters: Vec<_> = args.iter().map(parameter).collect();
    let form = schema(args, false);
    let mut get = operation(entry, "get");
    get["parameters"] = parameters.into();
    let mut post = operation(entry, "post");
    if !args.is_empty() {
        post["requestBody"] = json!({
            "required": needed,
            "description": "A body wins over the query, where arguments may stand as well.",
            "content": {
                "application/x-www-form-urlencoded": {"schema": form},
                "multipart/form-data": {"schema": form},
                "application/json": {"schema": schema(args, true)},
            },
        });
    }
    json!({"get": get, "post": post})
}

fn operation(entry: &Entry, verb: &str) -> Value {
    let spec = entry.spec;
    let family = spec.name.split('.').next().unwrap_or_default();
    let mut operation = json!({
        "operationId": format!("{}_{verb}", spec.name.replace('.', "_")),
        "summary": spec.about,
        "description": description(entry),
        "tags": [family],
        "externalDocs": {"url": spec.url()},
        "responses": {
            "200": {"$ref": format!("#/components/responses/{}", spec.name)},
            "429": {"$ref": "#/components/responses/RateLimited"},
            "500": {"$ref": "#/components/responses/Failed"},
            "503": {"$ref": "#/components/responses/Unavailable"},
        },
    });
    if !entry.needs_token {
        operation["security"] = json!([]);
    }
    operation
}

/// What has no place of its own in OpenAPI: the limit, and scopes by token.
fn description(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut text = format!("{} calls a minute.", spec.tier.per_minute());
    for (token, scopes) in [("Bots", spec.scopes.bot), ("People", spec.scopes.user)] {
        let scopes = scopes.every();
        if !scopes.is_empty() {
            text.push_str(&format!(" {token} need one of: {}.", scopes.join(", ")));
        }
    }
    text
}

fn parameter(arg: &Arg) -> Value {
    json!({
        "name": arg.name,
        "in": "query",
        "required": arg.required,
        "description": arg.about,
        "schema": value(arg, false),
        "example": arg_example(arg, false),
    })
}

/// The arguments as one object, in a form or in JSON.
fn schema(args: &[Arg], in_json: bool) -> Value {
    let property = |arg: &Arg| {
        let mut property = value(arg, in_json);
        property["description"] = arg.about.into();
        property["examples"] = json!([arg_example(arg, in_json)]);
        (arg.name.to_owned(), property)
    };
    let required: Vec<_> = args
        .iter()
        .filter(|arg| arg.required)
        .map(|arg| arg.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": args.iter().map(property).collect::<Map<_, _>>(),
    });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// What an argument holds. JSON has types of its own where forms have text.
fn value(arg: &Arg, in_json: bool) -> Value {
    match (arg.kind, in_json) {
        ("boolean", _) => json!({"type": "boolean"}),
        ("integer", _) => json!({"type": "integer"}),
        ("users" | "channels", true) => {
            json!({"type": ["string", "array"], "items": {"type": "string"}})
        }
        ("json", true) => json!({"type": ["string", "object", "array"]}),
        _ => json!({"type": "string"}),
    }
}

fn arg_example(arg: &Arg, in_json: bool) -> Value {
    let typed = matches!(arg.kind, "boolean" | "integer") || (in_json && arg.kind == "json");
    typed
        .then(|| serde_json::from_str(arg.example).ok())
        .flatten()
        .unwrap_or_else(|| arg.example.into())
}

/// Status 200: what was asked for, or a refusal.
fn answers(entry: &Entry) -> Value {
    let spec = entry.spec;
    let own = (entry.errors)();
    let mut examples = Map::new();
    examples.insert(
        "ok".to_owned(),
        json!({"summary": "It succeeded.", "value": parsed(spec.success)}),
    );
    for doc in &own {
        examples.insert(doc.code.to_owned(), example(doc));
    }
    for doc in documented::<Common>() {
        let reference = format!("#/components/examples/{}", doc.code);
        examples
            .entry(doc.code.to_owned())
            .or_insert_with(|| json!({"$ref": reference}));
    }
    json!({
        "description": "What was asked for, or a refusal with its code.",
        "headers": answer_headers(),
        "content": {"application/json": {
            "schema": {"oneOf": [success_schema(entry), refusal_of(entry, &own)]},
            "examples": examples,
        }},
    })
}

/// The keys of a typical answer, with their types. There may be others.
fn success_schema(entry: &Entry) -> Value {
    let mut properties = Map::new();
    let typical = parsed(entry.spec.success);
    for (key, value) in typical.as_object().into_iter().flatten() {
        let kind = match value {
            // Told where there is nothing to tell, as `null` or as an object that is empty.
            _ if key == "errors" => json!({"type": ["object", "array"]}),
            Value::Null => json!({}),
            Value::Bool(_) => json!({"type": "boolean"}),
            Value::Number(_) => json!({"type": "number"}),
            Value::String(_) => json!({"type": "string"}),
            Value::Array(_) => json!({"type": "array"}),
            Value::Object(_) => json!({"type": "object"}),
        };
        properties.insert(key.clone(), kind);
    }
    properties.insert("ok".to_owned(), json!({"const": true}));
    add_envelope(&mut properties, entry);
    json!({"type": "object", "required": ["ok"], "properties": properties})
}

/// A refusal with one of the method's codes.
fn refusal_of(entry: &Entry, own: &[ErrorDoc]) -> Value {
    // `api.test` answers with whatever code it is given.
    if entry.spec.name == "api.test" {
        return json!({"$ref": "#/components/schemas/Refusal"});
    }
    let mut codes: Vec<_> = own.iter().map(|doc| doc.code).collect();
    for doc in documented::<Common>() {
        if !codes.contains(&doc.code) {
            codes.push(doc.code);
        }
    }
    json!({"allOf": [
        {"$ref": "#/components/schemas/Refusal"},
        {"properties": {"error": {"enum": codes}}},
    ]})
}

fn add_envelope(properties: &mut Map<String, Value>, entry: &Entry) {
    let own = entry
        .spec
        .warnings
        .iter()
        .map(|(code, about)| format!("`{code}`: {about}"));
    let common = documented::<Warning>();
    let common = common
        .iter()
        .map(|doc| format!("`{}`: {}", doc.code, doc.sentence));
    let codes: Vec<_> = own.chain(common).collect();
    let about = format!("Codes with commas between. {}", codes.join(" "));
    properties.insert(
        "warning".to_owned(),
        json!({"type": "string", "description": about}),
    );
    properties.insert(
        "response_metadata".to_owned(),
        json!({"$ref": "#/components/schemas/ResponseMetadata"}),
    );
}

fn refusal_schema() -> Value {
    json!({
        "type": "object",
        "required": ["ok", "error"],
        "properties": {
            "ok": {"const": false},
            "error": {"type": "string"},
            "needed": {"type": "string", "description": "With `missing_scope`: the scopes of which one is needed, with commas between."},
            "provided": {"type": "string", "description": "With `missing_scope`: the scopes that the token holds."},
            "arg": {"type": "string", "description": "With `missing_argument`: the argument that is missing."},
            "errors": {
                "type": "array",
                "description": "Who could not be served, and why.",
                "items": {
                    "type": "object",
                    "required": ["ok", "error"],
                    "properties": {
                        "user": {"type": "string"},
                        "ok": {"const": false},
                        "error": {"type": "string"},
                    },
                },
            },
            "warning": {"type": "string", "description": "Codes with commas between."},
            "response_metadata": {"$ref": "#/components/schemas/ResponseMetadata"},
        },
    })
}

fn metadata_schema() -> Value {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "properties": {
            "next_cursor": {"type": "string", "description": "Where the next page starts; empty at the end."},
            "warnings": texts,
            "messages": texts,
        },
    })
}

/// Status 429, 500 or 503.
fn failure(about: &str, codes: &[&str], retry_after: bool) -> Value {
    let mut headers = answer_headers();
    if retry_after {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    let examples: Map<_, _> = codes
        .iter()
        .map(|code| {
            let reference = format!("#/components/examples/{code}");
            ((*code).to_owned(), json!({"$ref": reference}))
        })
        .collect();
    json!({
        "description": about,
        "headers": headers,
        "content": {"application/json": {
            "schema": {"allOf": [
                {"$ref": "#/components/schemas/Refusal"},
                {"properties": {"error": {"enum": codes}}},
            ]},
            "examples": examples,
        }},
    })
}

fn example(doc: &ErrorDoc) -> Value {
    let about = match (doc.state, doc.never) {
        (Some(state), _) => format!("Here: {state}."),
        (None, Some(never)) => format!("Never here: {never}."),
        (None, None) => String::new(),
    };
    json!({
        "summary": doc.sentence,
        "description": about,
        "value": {"ok": false, "error": doc.code},
    })
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Headers that are told of: name, whether every answer has it, schema, sentence.
fn told_headers() -> [(&'static str, bool, Value, &'static str); 8] {
    let text = || json!({"type": "string"});
    [
        (
            "x-slack-req-id",
            true,
            json!({"type": "string", "pattern": "^[0-9a-f]{32}$"}),
            "Names the call; `guestlist why` takes it.",
        ),
        ("x-slack-unique-id", true, text(), "Names the call, too."),
        (
            "x-oauth-scopes",
            false,
            text(),
            "What the token holds, with commas between.",
        ),
        (
            "x-accepted-oauth-scopes",
            false,
            text(),
            "What the method accepts, with commas between.",
        ),
        (
            "access-control-allow-origin",
            true,
            json!({"const": "*"}),
            "Pages of every site may call.",
        ),
        (
            "cache-control",
            true,
            json!({"const": "private, no-cache, no-store, must-revalidate"}),
            "No answer is to be kept.",
        ),
        (
            "vary",
            true,
            json!({"const": "Accept-Encoding"}),
            "Answers are packed for who asks for it.",
        ),
        (
            "Retry-After",
            false,
            json!({"type": "integer", "minimum": 1}),
            "Seconds after which the next call is let through.",
        ),
    ]
}

fn headers() -> Map<String, Value> {
    told_headers()
        .into_iter()
        .map(|(name, required, schema, about)| {
            (
                name.to_owned(),
                json!({"description": about, "required": required, "schema": schema}),
            )
        })
        .collect()
}

fn answer_headers() -> Value {
    let names = told_headers().map(|(name, ..)| name);
    let names = names.into_iter().filter(|name| *name != "Retry-After");
    names
        .map(|name| {
            (
                name.to_owned(),
                json!({"$ref": format!("#/components/headers/{name}")}),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_made_once() {
        let (first, again) = (text(), text());
        assert_eq!(first.as_ptr(), again.as_ptr());
        let read: Value = serde_json::from_slice(&first).unwrap();
        assert_eq!(read, openapi());
    }

    /// Every reference of the document leads somewhere in it.
    fn check_references(value: &Value, whole: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    let pointer = to.strip_prefix('#').expect("a reference into the document");
                    assert!(whole.pointer(pointer).is_some(), "{to} leads nowhere");
                }
                fields
                    .values()
                    .for_each(|value| check_references(value, whole));
            }
            Value::Array(values) => values
                .iter()
                .for_each(|value| check_references(value, whole)),
            _ => {}
        }
    }

    #[test]
    fn every_method_every_argument_and_every_code_is_in_it() {
        let whole = openapi();
        check_references(&whole, &whole);
        for entry in CATALOGUE {
            let spec = entry.spec;
            let path = &whole["paths"][format!("/api/{}", spec.name)];
            for verb in ["get", "post"] {
                let reference = path[verb]["responses"]["200"]["$ref"].as_str().unwrap();
                let answers = whole.pointer(reference.trim_start_matches('#')).unwrap();
                let answers = &answers["content"]["application/json"];
                for doc in (entry.errors)().iter().chain(&documented::<Common>()) {
                    let example = &answers["examples"][doc.code];
                    let example = example["$ref"].as_str().map_or(example, |to| {
                        whole.pointer(to.trim_start_matches('#')).unwrap()
                    });
                    assert_eq!(example["value"]["error"], doc.code, "{}", spec.name);
                    assert!(
                        example["summary"].is_string(),
                        "{}: {}",
                        spec.name,
                        doc.code
                    );
                }
            }
            for arg in spec.args {
                let query = path["get"]["parameters"].as_array().unwrap();
                let found = query
                    .iter()
                    .find(|found| found["name"] == arg.name)
                    .unwrap();
                assert_eq!(found["required"], arg.required);
                for kind in [
                    "application/x-www-form-urlencoded",
                    "multipart/form-data",
                    "application/json",
                ] {
                    let schema = &path["post"]["requestBody"]["content"][kind]["schema"];
                    let property = &schema["properties"][arg.name];
                    assert_eq!(property["description"], arg.about, "{} {kind}", spec.name);
                }
            }
        }
    }
}

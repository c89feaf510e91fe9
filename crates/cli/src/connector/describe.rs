//! `guestlist connector describe`: the page of an action, as automation platforms have it.

use super::{
    args::PageFormat,
    outcome::{UNKNOWN_METHOD, ended},
};
use crate::{docs, output};
use anyhow::Result;
use guestlist_methods::{
    Verb,
    catalogue::{Entry, find},
    contract::Arg,
};
use serde_json::{Map, Value, json};

pub(super) fn describe(method: &str, format: PageFormat) -> Result<()> {
    let Some(entry) = find(method) else {
        return Err(ended(UNKNOWN_METHOD, docs::unknown(method)));
    };
    match format {
        PageFormat::Markdown => output::print(&markdown(entry)?),
        PageFormat::JsonSchema => output::print_json(&schema(entry)),
    }
}

/// Every header of an answer, with a value as guestlist gives it.
pub(super) fn headers(entry: &Entry) -> Map<String, Value> {
    let mut accepted = entry.spec.scopes.bot.every();
    accepted.extend(entry.spec.scopes.user.every());
    let mut scopes: Vec<&str> = Vec::new();
    for scope in accepted {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let scopes = scopes.join(",");
    let headers = [
        ("date", "Fri, 16 Dec 2022 15:14:14 GMT"),
        ("server", "guestlist"),
        (
            "x-powered-by",
            concat!("guestlist/", env!("CARGO_PKG_VERSION")),
        ),
        ("access-control-allow-origin", "*"),
        ("referrer-policy", "no-referrer"),
        ("x-slack-backend", "g"),
        ("x-slack-unique-id", "Y5yLRuVNB3Xwd5FZ_yyS"),
        (
            "strict-transport-security",
            "max-age=31536000; includeSubDomains; preload",
        ),
        (
            "access-control-allow-headers",
            "slack-route, x-slack-version-ts, x-b3-traceid, x-b3-spanid, x-b3-parentspanid, x-b3-sampled, x-b3-flags",
        ),
        (
            "access-control-expose-headers",
            "x-slack-req-id, retry-after",
        ),
        ("x-oauth-scopes", scopes.as_str()),
        ("x-accepted-oauth-scopes", scopes.as_str()),
        ("expires", "Mon, 26 Jul 1997 05:00:00 GMT"),
        (
            "cache-control",
            "private, no-cache, no-store, must-revalidate",
        ),
        ("pragma", "no-cache"),
        ("x-xss-protection", "0"),
        ("x-content-type-options", "nosniff"),
        ("x-slack-req-id", "23e173442e8a78215a550dfd2e459573"),
        ("vary", "Accept-Encoding"),
        ("content-encoding", "gzip"),
        ("content-length", "57"),
        ("content-type", "application/json; charset=utf-8"),
        ("x-envoy-upstream-service-time", "1"),
        ("x-backend", "guestlist"),
        ("x-server", "guestlist"),
        ("x-slack-shared-secret-outcome", "no-match"),
        ("via", "guestlist"),
        ("x-edge-backend", "guestlist"),
        ("x-slack-edge-shared-secret-outcome", "no-match"),
    ];
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// `Conversations Invite`
fn title(name: &str) -> String {
    let mut title = String::new();
    let mut begins = true;
    for letter in name.chars() {
        if letter == '.' {
            begins = true;
            continue;
        }
        if begins || letter.is_ascii_uppercase() {
            if !title.is_empty() {
                title.push(' ');
            }
            title.push(letter.to_ascii_uppercase());
        } else {
            title.push(letter);
        }
        begins = false;
    }
    title
}

fn verb(entry: &Entry) -> &'static str {
    match entry.spec.verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    }
}

/// The inputs: each argument, and the other names that are understood.
fn inputs(entry: &Entry) -> impl Iterator<Item = (&'static str, &'static Arg)> {
    let args = entry.spec.args.iter();
    args.flat_map(|arg| {
        [Some(arg.name), arg.also]
            .into_iter()
            .flatten()
            .map(move |name| (name, arg))
    })
}

fn input_type(arg: &Arg) -> &'static str {
    match arg.kind {
        "boolean" => "boolean",
        "integer" => "number",
        _ => "string",
    }
}

/// What an input may be. Lists and structures are understood as JSON, too, not only as text.
fn input_schema(arg: &Arg) -> Value {
    match arg.kind {
        "users" | "emails" | "teams" | "channels" => {
            json!({"type": ["string", "array"], "items": {"type": "string"}})
        }
        "json" => json!({"type": ["string", "object", "array"]}),
        _ => json!({"type": input_type(arg)}),
    }
}

/// The example of an input, of the type that the input has.
fn input_example(arg: &Arg) -> Value {
    match input_type(arg) {
        "string" => arg.example.into(),
        _ => example(arg.example),
    }
}

fn value_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) | Value::Null => "string",
    }
}

fn example(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// What an exchange has beside what each has, and when.
const NOT_ALWAYS: [(&str, &str); 2] = [
    (
        "text_body",
        "Only where the body is no JSON object with `ok`.",
    ),
    (
        "method",
        "Only where another method was called, to learn what became of an invitation.",
    ),
];

fn exchange(entry: &Entry, body: Value) -> Value {
    json!([{
        "status_code": 200,
        "response_headers": headers(entry),
        "reason": "OK",
        "json_body": body,
    }])
}

/// What both examples show of the body: the refusal's keys, then the success's.
fn body(entry: &Entry) -> Map<String, Value> {
    let mut body = Map::new();
    for text in [entry.spec.failure, entry.spec.success] {
        if let Value::Object(fields) = example(text) {
            for (name, value) in fields {
                body.entry(name).or_insert(value);
            }
        }
    }
    body
}

fn markdown(entry: &Entry) -> Result<String> {
    let spec = entry.spec;
    let mut text = format!(
        "# {}\n\n**Description**: {}\n\n## Endpoint\n\n- **URL:** `api/{}`\n- **Method:** `{}`\n## Inputs\n\n",
        title(spec.name),
        spec.about,
        spec.name,
        verb(entry)
    );
    let required = |yes: bool| if yes { " – Required" } else { "" };
    let any = spec.args.iter().any(|arg| arg.required);
    text.push_str(&format!("- **parameters** (object){}\n", required(any)));
    for (name, arg) in inputs(entry) {
        let needed = arg.required && arg.also.is_none();
        text.push_str(&format!(
            "  - **{name}** ({}){}\n",
            input_type(arg),
            required(needed)
        ));
    }
    let refused = exchange(entry, example(spec.failure));
    let succeeded = exchange(entry, example(spec.success));
    text.push_str(&format!(
        "## Output\n\n### Example\n\n```json\n{}\n```\n",
        serde_json::to_string_pretty(&refused)?
    ));
    text.push_str(&format!(
        "### Example of success\n\n```json\n{}\n```\n",
        serde_json::to_string_pretty(&succeeded)?
    ));
    text.push_str(
        "### Output Parameters\n\n- **status_code** (number)\n- **reason** (string)\n- **json_body** (object)\n",
    );
    parameters(&mut text, &body(entry), 1);
    for (name, about) in NOT_ALWAYS {
        text.push_str(&format!("- **{name}** (string) – {about}\n"));
    }
    text.push_str("## Response Headers\n\n| Header | Type |\n|--------|------|\n");
    for name in headers(entry).keys() {
        text.push_str(&format!("| {name} | string |\n"));
    }
    Ok(text)
}

fn parameters(text: &mut String, fields: &Map<String, Value>, depth: usize) {
    for (name, value) in fields {
        let indent = "  ".repeat(depth);
        text.push_str(&format!("{indent}- **{name}** ({})\n", value_type(value)));
        match value {
            Value::Object(fields) => parameters(text, fields, depth + 1),
            Value::Array(rows) => {
                if let Some(Value::Object(fields)) = rows.first() {
                    parameters(text, fields, depth + 1);
                }
            }
            _ => {}
        }
    }
}

fn schema(entry: &Entry) -> Value {
    let spec = entry.spec;
    let property = |(name, arg): (&str, &Arg)| {
        let about = if name == arg.name {
            arg.about.to_owned()
        } else {
            format!("Another name of `{}`.", arg.name)
        };
        let mut property = input_schema(arg);
        property["description"] = about.into();
        property["examples"] = json!([input_example(arg)]);
        (name.to_owned(), property)
    };
    let required: Vec<_> = spec.args.iter().filter(|arg| arg.required).collect();
    let always: Vec<_> = required
        .iter()
        .filter(|arg| arg.also.is_none())
        .map(|arg| arg.name)
        .collect();
    let either: Vec<_> = required
        .iter()
        .filter_map(|arg| Some((arg.name, arg.also?)))
        .map(|(name, also)| json!({"anyOf": [{"required": [name]}, {"required": [also]}]}))
        .collect();
    let mut parameters = json!({
        "type": "object",
        "properties": inputs(entry).map(property).collect::<Map<_, _>>(),
        "required": always,
    });
    if !either.is_empty() {
        parameters["allOf"] = either.into();
    }
    let header = |name: &String| (name.clone(), json!({"type": "string"}));
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title(spec.name),
        "description": spec.about,
        "endpoint": {"url": format!("api/{}", spec.name), "method": verb(entry)},
        "type": "object",
        "properties": {
            "input": {
                "type": "object",
                "properties": {"parameters": parameters},
                "required": if required.is_empty() { json!([]) } else { json!(["parameters"]) },
            },
            "output": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "status_code": {"type": "integer"},
                        "response_headers": {
                            "type": "object",
                            "properties": headers(entry).keys().map(header).collect::<Map<_, _>>(),
                            "additionalProperties": {"type": "string"},
                        },
                        "reason": {"type": "string"},
                        "json_body": {
                            "type": ["object", "null"],
                            "properties": shapes(&body(entry)),
                            "required": ["ok"],
                        },
                    },
                    "required": ["status_code", "response_headers", "reason", "json_body"],
                },
                "examples": [exchange(entry, example(spec.failure)), exchange(entry, example(spec.success))],
            },
        },
    });
    let output = &mut schema["properties"]["output"]["items"]["properties"];
    for (name, about) in NOT_ALWAYS {
        output[name] = json!({"type": "string", "description": about});
    }
    schema
}

fn shapes(fields: &Map<String, Value>) -> Map<String, Value> {
    let shape = |(name, value): (&String, &Value)| {
        let shape = match value {
            Value::Object(fields) => json!({"type": "object", "properties": shapes(fields)}),
            Value::Null => json!({}),
            value => json!({"type": value_type(value)}),
        };
        (name.clone(), shape)
    };
    fields.iter().map(shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_methods::CATALOGUE;

    #[test]
    fn titles_are_words() {
        for (name, expected) in [
            ("conversations.invite", "Conversations Invite"),
            ("users.lookupByEmail", "Users Lookup By Email"),
            ("conversations.inviteShared", "Conversations Invite Shared"),
        ] {
            assert_eq!(title(name), expected);
        }
    }

    #[test]
    fn the_page_of_an_invitation() {
        let page = markdown(find("conversations.invite").unwrap()).unwrap();
        let (before, rest) = page.split_once("```json\n").unwrap();
        assert_eq!(
            before,
            "# Conversations Invite\n\n\
             **Description**: Invites people, up to 1,000 in one call, to a public or private channel that the caller is in.\n\n\
             ## Endpoint\n\n\
             - **URL:** `api/conversations.invite`\n\
             - **Method:** `POST`\n\
             ## Inputs\n\n\
             - **parameters** (object) – Required\n  \
               - **channel** (string) – Required\n  \
               - **users** (string)\n  \
               - **user** (string)\n  \
               - **force** (boolean)\n\
             ## Output\n\n### Example\n\n"
        );
        let (example, rest) = rest.split_once("\n```\n").unwrap();
        let example: Value = serde_json::from_str(example).unwrap();
        let fields: Vec<_> = example[0].as_object().unwrap().keys().collect();
        assert_eq!(
            fields,
            ["status_code", "response_headers", "reason", "json_body"]
        );
        assert_eq!(
            example[0]["response_headers"].as_object().unwrap().len(),
            29
        );
        assert_eq!(example[0]["json_body"]["error"], "user_not_found");
        let (_, output) = rest.split_once("### Output Parameters\n\n").unwrap();
        assert!(
            output.starts_with(
                "- **status_code** (number)\n- **reason** (string)\n- **json_body** (object)\n  \
                   - **ok** (boolean)\n  - **error** (string)\n"
            ),
            "{output}"
        );
        assert!(output.contains(
            "\n- **text_body** (string) – Only where the body is no JSON object with `ok`.\n\
             - **method** (string) – Only where another method was called, to learn what became of an invitation.\n\
             ## Response Headers\n\n| Header | Type |\n|--------|------|\n| date | string |\n| server | string |\n"
        ));
        assert_eq!(output.matches(" | string |\n").count(), 29);
    }

    #[test]
    fn inputs_are_what_the_method_understands() {
        let properties = |method: &str| {
            let schema = schema(find(method).unwrap());
            schema["properties"]["input"]["properties"]["parameters"]["properties"].clone()
        };
        let invite = properties("conversations.invite");
        assert_eq!(invite["force"]["examples"], json!([true]));
        for name in ["users", "user"] {
            assert_eq!(invite[name]["type"], json!(["string", "array"]), "{name}");
            assert_eq!(invite[name]["items"], json!({"type": "string"}));
        }
        let shared = properties("conversations.inviteShared");
        assert_eq!(shared["external_limited"]["examples"], json!([false]));
        assert_eq!(properties("users.list")["limit"]["type"], json!("number"));
    }

    #[test]
    fn outputs_are_what_a_call_prints() {
        let schema = schema(find("conversations.invite").unwrap());
        let exchange = &schema["properties"]["output"]["items"];
        let properties: Vec<_> = exchange["properties"].as_object().unwrap().keys().collect();
        let always = exchange["required"].as_array().unwrap().iter();
        let mut all: Vec<_> = always.map(|name| name.as_str().unwrap()).collect();
        all.extend(["text_body", "method"]);
        assert_eq!(properties, all);
    }

    #[test]
    fn a_link_to_accept_by_is_on_the_page() {
        let page = markdown(find("conversations.inviteShared").unwrap()).unwrap();
        let (_, output) = page.split_once("### Output Parameters").unwrap();
        for name in ["url", "conf_code"] {
            assert!(
                output.contains(&format!("  - **{name}** (string)\n")),
                "{output}"
            );
        }
    }

    #[test]
    fn every_method_has_both_pages() {
        for entry in CATALOGUE {
            let page = markdown(entry).unwrap();
            assert!(page.starts_with(&format!("# {}\n", title(entry.spec.name))));
            let schema = schema(entry);
            let properties =
                &schema["properties"]["input"]["properties"]["parameters"]["properties"];
            let properties = properties.as_object().unwrap();
            assert_eq!(properties.len(), inputs(entry).count());
            for (name, property) in properties {
                let example = &property["examples"][0];
                let types = property["type"].clone();
                let types = match types {
                    Value::Array(types) => types,
                    one => vec![one],
                };
                assert!(
                    !example.is_null() && types.contains(&value_type(example).into()),
                    "{} {name}: {property}",
                    entry.spec.name
                );
            }
        }
    }
}

//! What a view consists of, as an app defines it.
//! <https://docs.slack.dev/reference/views>

#[cfg(feature = "server")]
use super::element::is_known;
use crate::{arguments::Arguments, contract::BadArguments};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes of a view, as JSON.
pub const MOST_BYTES: usize = 250_000;
/// The most blocks of a view.
const MOST_BLOCKS: usize = 100;
/// The most characters of a title, and of what its buttons say.
const MOST_TITLE: usize = 24;
/// The most characters of what an app has a view carry.
const MOST_METADATA: usize = 3000;
/// The most characters of a name that an app gives a view.
const MOST_NAME: usize = 255;

/// The kinds of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A window that has to be closed.
    Modal,
}

/// A view as an app defines it. What is left out has its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// What kind of view it is.
    #[serde(rename = "type")]
    pub surface: Surface,
    /// What it is called: a text object.
    #[serde(default)]
    pub title: Value,
    /// What it consists of: an array.
    pub blocks: Value,
    /// What its button to close it says: a text object, or nothing.
    #[serde(default)]
    pub close: Value,
    /// What its button to submit it says: a text object, or nothing.
    #[serde(default)]
    pub submit: Value,
    /// What the app has it carry.
    #[serde(default)]
    pub private_metadata: String,
    /// How the app knows views of this sort.
    #[serde(default)]
    pub callback_id: String,
    /// How the app knows this view.
    #[serde(default)]
    pub external_id: String,
    /// Closing it closes those below it.
    #[serde(default)]
    pub clear_on_close: bool,
    /// The app hears that it was closed.
    #[serde(default)]
    pub notify_on_close: bool,
}

/// Why a view is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoView {
    /// It has too many bytes.
    TooLarge,
    /// This part of it holds what it cannot hold.
    Invalid(&'static str, String),
}

impl Definition {
    /// Reads the view of a call.
    pub fn given<E>(given: &Arguments, too_large: E) -> Result<Self, BadArguments<E>> {
        let view = match given.json("view") {
            None | Some(Ok(Value::Null)) => return Err(BadArguments::Missing(vec!["view"])),
            Some(Ok(view)) => view,
            Some(Err(error)) => {
                let why = format!("must be a JSON object: {error}");
                return Err(BadArguments::Invalid("view", why));
            }
        };
        Self::read(view).map_err(|no| match no {
            NoView::TooLarge => BadArguments::Refused(too_large),
            NoView::Invalid(at, why) => BadArguments::Invalid(at, why),
        })
    }

    /// Reads a view, and checks it.
    pub fn read(view: Value) -> Result<Self, NoView> {
        let no = |at, why: &str| Err(NoView::Invalid(at, why.to_owned()));
        if !view.is_object() {
            return no("view", "must be a JSON object");
        }
        if view.to_string().len() > MOST_BYTES {
            return Err(NoView::TooLarge);
        }
        match view["type"].as_str() {
            Some("modal") => {}
            Some(_) => return no("view/type", "must be `modal`"),
            None => return no("view", "missing required field: type"),
        }
        for (at, key, most) in [
            ("view/private_metadata", "private_metadata", MOST_METADATA),
            ("view/callback_id", "callback_id", MOST_NAME),
            ("view/external_id", "external_id", MOST_NAME),
        ] {
            match &view[key] {
                Value::Null => {}
                Value::String(text) if text.chars().count() <= most => {}
                Value::String(_) => {
                    return no(at, &format!("must be less than {} characters", most + 1));
                }
                _ => return no(at, "must be a string"),
            }
        }
        for (at, key) in [
            ("view/clear_on_close", "clear_on_close"),
            ("view/notify_on_close", "notify_on_close"),
        ] {
            if !view[key].is_null() && !view[key].is_boolean() {
                return no(at, "must be a boolean");
            }
        }
        if view["title"].is_null() {
            return no("view", "missing required field: title");
        }
        let texts = [
            ("view/title", "title"),
            ("view/submit", "submit"),
            ("view/close", "close"),
        ];
        for (at, key) in texts {
            label(at, &view[key])?;
        }
        let has_inputs = blocks(&view["blocks"])?;
        if has_inputs && view["submit"].is_null() {
            return no(
                "view",
                "missing required field: submit, since there are inputs",
            );
        }
        let Value::Object(mut fields) = view else {
            return no("view", "must be a JSON object");
        };
        // What is null is not given.
        fields.retain(|_, value| !value.is_null());
        serde_json::from_value(Value::Object(fields))
            .map_err(|error| NoView::Invalid("view", error.to_string()))
    }
}

/// What a title or a button says.
fn label(at: &'static str, text: &Value) -> Result<(), NoView> {
    let no = |why: String| Err(NoView::Invalid(at, why));
    if text.is_null() {
        return Ok(());
    }
    let Some(words) = text["text"]
        .as_str()
        .filter(|_| text["type"] == "plain_text")
    else {
        return no("must be a text object of type `plain_text`".to_owned());
    };
    match words.chars().count() {
        0 => no("must be more than 0 characters".to_owned()),
        long if long > MOST_TITLE => no(format!("must be less than {} characters", MOST_TITLE + 1)),
        _ => Ok(()),
    }
}

/// Checks blocks; whether there are inputs among them.
fn blocks(blocks: &Value) -> Result<bool, NoView> {
    let no = |why: String| Err(NoView::Invalid("view/blocks", why));
    let list = match blocks {
        Value::Array(list) => list,
        Value::Null => return no("missing required field: blocks".to_owned()),
        _ => return no("must be an array".to_owned()),
    };
    if list.len() > MOST_BLOCKS {
        return no(format!("no more than {MOST_BLOCKS} items allowed"));
    }
    let mut names = Vec::new();
    for (i, block) in list.iter().enumerate() {
        let kind = block["type"].as_str().unwrap_or_default();
        if kind.is_empty() {
            return no(format!("{i}: must be a block, an object with a `type`"));
        }
        if kind == "input" && !block["element"].is_object() {
            return no(format!("{i}: missing required field: element"));
        }
        if kind == "input" && !block["label"].is_object() {
            return no(format!("{i}: missing required field: label"));
        }
        // Which there are is the server's to know.
        #[cfg(feature = "server")]
        if let Some(element) = unknown_element(block) {
            return no(format!("{i}: unsupported type of element: {element}"));
        }
        match &block["block_id"] {
            Value::Null => {}
            Value::String(name) if name.chars().count() > MOST_NAME => {
                return no(format!(
                    "{i}: `block_id` has at most {MOST_NAME} characters"
                ));
            }
            Value::String(name) if names.contains(&name) => {
                return no(format!("{i}: `block_id` {name} already exists"));
            }
            Value::String(name) => names.push(name),
            _ => return no(format!("{i}: `block_id` must be a string")),
        }
        if let Some(name) = repeated_action(block) {
            return no(format!("{i}: `action_id` {name} already exists"));
        }
    }
    Ok(list.iter().any(|block| block["type"] == "input"))
}

/// An `action_id` that two elements of a block have: what is chosen in them could not be told apart.
fn repeated_action(block: &Value) -> Option<&str> {
    let elements = block["elements"].as_array().into_iter().flatten();
    let mut names: Vec<&str> = elements
        .filter_map(|element| element["action_id"].as_str())
        .collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map(|pair| pair[0])
}

/// The type of an element that is none in its block.
#[cfg(feature = "server")]
fn unknown_element(block: &Value) -> Option<&Value> {
    let elements = match block["type"].as_str() {
        Some("actions") => block["elements"].as_array().map(Vec::as_slice),
        Some("section") => block.get("accessory").map(std::slice::from_ref),
        Some("input") => block.get("element").map(std::slice::from_ref),
        _ => None,
    };
    let is_image = |element: &Value| block["type"] == "section" && element["type"] == "image";
    let mut elements = elements.into_iter().flatten();
    let unknown = elements.find(|element| !is_known(element) && !is_image(element));
    unknown.map(|element| &element["type"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn modal(change: impl FnOnce(&mut Value)) -> Value {
        let mut view = json!({
            "type": "modal",
            "title": {"type": "plain_text", "text": "Guests"},
            "submit": {"type": "plain_text", "text": "Invite"},
            "blocks": [{"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"},
                "element": {"type": "users_select", "action_id": "guest"}}],
            "close": null,
        });
        change(&mut view);
        view
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let view = Definition::read(modal(|_| ())).unwrap();
        assert_eq!(
            (view.close, view.private_metadata.as_str()),
            (Value::Null, "")
        );
        assert!(!view.notify_on_close);
    }

    #[cfg(feature = "server")]
    #[test]
    fn an_element_is_of_a_type_that_there_is() {
        let block = |block: Value| Definition::read(modal(|view| view["blocks"] = json!([block])));
        let label = json!({"type": "plain_text", "text": "Who"});
        for kind in ["external_select", "file_input", "plain_text_input"] {
            let input = json!({"type": "input", "label": label, "element": {"type": kind}});
            assert!(block(input).is_ok(), "{kind}");
        }
        let image =
            json!({"type": "image", "image_url": "https://acme.test/a.png", "alt_text": "a"});
        let section = json!({"type": "section", "text": label, "accessory": image});
        assert!(block(section).is_ok());
        for (wrong, kind) in [
            (
                json!({"type": "actions", "elements": [{"type": "button"}, image]}),
                "\"image\"",
            ),
            (
                json!({"type": "input", "label": label, "element": {"type": "select"}}),
                "\"select\"",
            ),
            (json!({"type": "section", "accessory": {}}), "null"),
        ] {
            let why = format!("0: unsupported type of element: {kind}");
            assert_eq!(block(wrong), Err(NoView::Invalid("view/blocks", why)));
        }
    }

    #[test]
    fn a_view_that_cannot_be_shown_says_why() {
        type Change = fn(&mut Value);
        let rows: [(Change, &str, &str); 18] = [
            (|v| *v = json!([]), "view", "must be a JSON object"),
            (
                |v| v["type"] = Value::Null,
                "view",
                "missing required field: type",
            ),
            (
                |v| v["type"] = json!("window"),
                "view/type",
                "must be `modal`",
            ),
            (
                |v| v["title"] = Value::Null,
                "view",
                "missing required field: title",
            ),
            (
                |v| v["title"] = json!("Guests"),
                "view/title",
                "must be a text object",
            ),
            (
                |v| v["title"]["text"] = json!(""),
                "view/title",
                "must be more than 0",
            ),
            (
                |v| v["title"]["text"] = json!("é".repeat(25)),
                "view/title",
                "must be less than 25 characters",
            ),
            (
                |v| v["close"] = json!({"type": "mrkdwn", "text": "x"}),
                "view/close",
                "must be a text object",
            ),
            (
                |v| v["submit"] = Value::Null,
                "view",
                "missing required field: submit",
            ),
            (
                |v| {
                    let button = json!({"type": "button", "action_id": "a"});
                    v["blocks"] = json!([{"type": "actions", "elements": [button, button]}]);
                },
                "view/blocks",
                "0: `action_id` a already exists",
            ),
            (
                |v| v["blocks"] = Value::Null,
                "view/blocks",
                "missing required field: blocks",
            ),
            (
                |v| v["blocks"] = json!({}),
                "view/blocks",
                "must be an array",
            ),
            (
                |v| v["blocks"] = vec![json!({"type": "divider"}); 101].into(),
                "view/blocks",
                "no more than 100 items",
            ),
            (
                |v| v["blocks"] = json!([7]),
                "view/blocks",
                "0: must be a block",
            ),
            (
                |v| v["blocks"] = json!([v["blocks"][0], v["blocks"][0]]),
                "view/blocks",
                "1: `block_id` who already exists",
            ),
            (
                |v| v["private_metadata"] = json!("x".repeat(3001)),
                "view/private_metadata",
                "must be less than 3001",
            ),
            (
                |v| v["callback_id"] = json!(7),
                "view/callback_id",
                "must be a string",
            ),
            (
                |v| v["notify_on_close"] = json!("yes"),
                "view/notify_on_close",
                "must be a boolean",
            ),
        ];
        for (change, at, begins) in rows {
            match Definition::read(modal(change)) {
                Err(NoView::Invalid(there, why)) => {
                    assert!(there == at && why.starts_with(begins), "{there}: {why}");
                }
                other => panic!("{at}, {begins}: {other:?}"),
            }
        }
        let large = modal(|view| view["blocks"][0]["hint"] = json!("x".repeat(MOST_BYTES)));
        assert_eq!(Definition::read(large), Err(NoView::TooLarge));
    }
}

//! What a view consists of, as an app defines it.
//! <https://docs.slack.dev/reference/views>

use super::check;
use crate::{
    arguments::Arguments,
    contract::{BadArguments, Fault},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most bytes of a view, as JSON.
pub const MOST_BYTES: usize = 250_000;
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
    /// These parts of it hold what they cannot hold.
    Invalid(Vec<Fault>),
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
            NoView::Invalid(faults) => BadArguments::Within(faults),
        })
    }

    /// Reads a view, and checks it.
    pub fn read(view: Value) -> Result<Self, NoView> {
        let no = |why: &str| {
            let (at, why) = ("view".to_owned(), why.to_owned());
            Err(NoView::Invalid(vec![Fault { at, why }]))
        };
        if !view.is_object() {
            return no("must be a JSON object");
        }
        if view.to_string().len() > MOST_BYTES {
            return Err(NoView::TooLarge);
        }
        let faults = check::view(&view);
        if !faults.is_empty() {
            return Err(NoView::Invalid(faults));
        }
        let Value::Object(mut fields) = view else {
            return no("must be a JSON object");
        };
        // What is null is not given.
        fields.retain(|_, value| !value.is_null());
        serde_json::from_value(Value::Object(fields)).or_else(|error| no(&error.to_string()))
    }
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

    #[test]
    fn what_cannot_be_shown_is_no_view() {
        let fault = |why: &str| {
            let (at, why) = ("view".to_owned(), why.to_owned());
            Err(NoView::Invalid(vec![Fault { at, why }]))
        };
        for (view, why) in [
            (json!([]), "must be a JSON object"),
            (
                modal(|view| view["title"] = Value::Null),
                "missing required field: title",
            ),
        ] {
            assert_eq!(Definition::read(view), fault(why));
        }
        let large = modal(|view| view["blocks"][0]["hint"] = json!("x".repeat(MOST_BYTES)));
        assert_eq!(Definition::read(large), Err(NoView::TooLarge));
    }
}

//! What is said: the arguments that make up a message, read and checked.

#[cfg(feature = "server")]
use crate::views::element;
use crate::{arguments::Arguments, contract::BadArguments};
use guestlist_domain::Timestamp;
#[cfg(feature = "server")]
use guestlist_domain::{Caller, TokenKind};
use serde_json::Value;

/// The most characters of a text; what is over is cut off.
const MOST_TEXT: usize = 40_000;
/// The most characters of a text in Markdown.
const MOST_MARKDOWN: usize = 12_000;
/// The most blocks.
const MOST_BLOCKS: usize = 50;
/// The most attachments.
const MOST_ATTACHMENTS: usize = 100;
/// The most characters of blocks or attachments, as JSON. Slack gives no figure; it is ours.
const MOST_JSON: usize = 100_000;
/// The most characters of metadata, as JSON. Slack gives no figure; it is ours.
const MOST_METADATA: usize = 8_000;

/// A method's codes for content that is none.
pub(super) struct Invalid<E> {
    pub(super) markdown_text_conflict: E,
    pub(super) blocks_format: E,
    pub(super) blocks: E,
    pub(super) blocks_too_long: E,
    /// Without one, they are an invalid argument.
    pub(super) attachments: Option<E>,
    pub(super) too_many_attachments: E,
    pub(super) attachments_too_long: E,
}

/// What was given of a message's content; what is JSON, as JSON text. An empty array was given, and is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The words, in either markup.
    pub text: Option<String>,
    /// A JSON array, in which blocks and elements have ids.
    pub blocks: Option<Option<String>>,
    /// A JSON array.
    pub attachments: Option<Option<String>>,
}

impl Content {
    /// Reads the content of a call.
    pub(super) fn read<E: Copy>(
        given: &Arguments,
        invalid: &Invalid<E>,
    ) -> Result<Self, BadArguments<E>> {
        let words = |name| given.text(name).filter(|text| !text.trim().is_empty());
        let (text, markdown) = (words("text"), words("markdown_text"));
        let blocks = blocks(given, invalid)?;
        let attachments = attachments(given, invalid)?;
        let is_more = text.is_some() || matches!(blocks, Some(Some(_)));
        if markdown.is_some() && is_more {
            return Err(BadArguments::Refused(invalid.markdown_text_conflict));
        }
        if markdown
            .as_ref()
            .is_some_and(|text| text.chars().count() > MOST_MARKDOWN)
        {
            return Err(BadArguments::Invalid(
                "markdown_text",
                format!("must have at most {MOST_MARKDOWN} characters"),
            ));
        }
        Ok(Self {
            text: text.or(markdown).map(|text| text.into_owned()),
            blocks,
            attachments,
        })
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let none = |given: &Option<Option<String>>| !matches!(given, Some(Some(_)));
        self.text.is_none() && none(&self.blocks) && none(&self.attachments)
    }

    /// Cuts words off that are too many; whether there were.
    pub(super) fn cut(&mut self) -> bool {
        let Some(text) = &mut self.text else {
            return false;
        };
        let cut = text.char_indices().nth(MOST_TEXT).map(|(at, _)| at);
        if let Some(at) = cut {
            text.truncate(at);
        }
        cut.is_some()
    }
}

fn blocks<E: Copy>(
    given: &Arguments,
    invalid: &Invalid<E>,
) -> Result<Option<Option<String>>, BadArguments<E>> {
    let refuse = |no| Err(BadArguments::Refused(no));
    let blocks = match given.json("blocks") {
        None | Some(Ok(Value::Null)) => return Ok(None),
        Some(Ok(Value::Array(blocks))) => blocks,
        Some(_) => return refuse(invalid.blocks_format),
    };
    let is_block = |block: &Value| block["type"].as_str().is_some_and(|kind| !kind.is_empty());
    if blocks.len() > MOST_BLOCKS || !blocks.iter().all(is_block) {
        return refuse(invalid.blocks);
    }
    let blocks = short(blocks, invalid.blocks_too_long)?;
    // Where all see the same ids, what a history shows is what a press names. How they are made is the server's to know.
    #[cfg(feature = "server")]
    let blocks = blocks.map(|blocks| element::named(&blocks));
    Ok(Some(blocks))
}

fn attachments<E: Copy>(
    given: &Arguments,
    invalid: &Invalid<E>,
) -> Result<Option<Option<String>>, BadArguments<E>> {
    let attachments = match given.json("attachments") {
        // The documentation allows a boolean and does not say what for.
        None | Some(Ok(Value::Null | Value::Bool(_))) => return Ok(None),
        Some(Ok(Value::Array(attachments))) if attachments.iter().all(Value::is_object) => {
            attachments
        }
        Some(_) => {
            return Err(match invalid.attachments {
                Some(no) => BadArguments::Refused(no),
                None => BadArguments::Invalid(
                    "attachments",
                    "must be a JSON array of objects".to_owned(),
                ),
            });
        }
    };
    if attachments.len() > MOST_ATTACHMENTS {
        return Err(BadArguments::Refused(invalid.too_many_attachments));
    }
    short(attachments, invalid.attachments_too_long).map(Some)
}

/// An array as JSON text; an empty one is as good as none.
fn short<E>(array: Vec<Value>, too_long: E) -> Result<Option<String>, BadArguments<E>> {
    if array.is_empty() {
        return Ok(None);
    }
    let text = Value::Array(array).to_string();
    if text.chars().count() > MOST_JSON {
        Err(BadArguments::Refused(too_long))
    } else {
        Ok(Some(text))
    }
}

/// Which message it replies to.
pub(super) fn thread<E>(given: &Arguments) -> Result<Option<Timestamp>, BadArguments<E>> {
    match given.timestamp("thread_ts") {
        Some(None) => Err(BadArguments::Invalid(
            "thread_ts",
            "must be a message's ts".to_owned(),
        )),
        given => Ok(given.flatten()),
    }
}

/// The scope that lets an app write under another name. Without it the name is ignored, as Slack does.
#[cfg(feature = "server")]
pub(crate) const CUSTOMIZE_SCOPE: &str = "chat:write.customize";

/// The name to write under, for bots that may choose one; classic ones may.
#[cfg(feature = "server")]
pub(super) fn chosen_name(caller: &Caller, username: Option<&String>) -> Option<String> {
    let token = &caller.token;
    let may = token.kind == TokenKind::LegacyBot || token.scopes.holds(CUSTOMIZE_SCOPE);
    username.filter(|_| caller.is_bot() && may).cloned()
}

/// The name that is asked for.
pub(super) fn username(given: &Arguments) -> Option<String> {
    let name = given.text("username");
    let name = name.filter(|name| !name.trim().is_empty());
    name.map(|name| name.into_owned())
}

/// A method's codes for metadata that is none.
pub(super) struct InvalidMetadata<E> {
    pub(super) format: E,
    pub(super) schema: E,
    pub(super) too_large: E,
}

/// The JSON object that is a message's metadata, as JSON text. An empty one was given, and is nothing.
pub(super) fn metadata<E>(
    given: &Arguments,
    invalid: InvalidMetadata<E>,
) -> Result<Option<Option<String>>, BadArguments<E>> {
    let refuse = |no| Err(BadArguments::Refused(no));
    let metadata = match given.json("metadata") {
        None | Some(Ok(Value::Null)) => return Ok(None),
        Some(Ok(Value::Object(empty))) if empty.is_empty() => return Ok(Some(None)),
        Some(Ok(metadata @ Value::Object(_))) => metadata,
        Some(_) => return refuse(invalid.format),
    };
    let is_event = metadata["event_type"].is_string() && metadata["event_payload"].is_object();
    if !is_event && !metadata["entities"].is_array() {
        return refuse(invalid.schema);
    }
    let text = metadata.to_string();
    if text.chars().count() > MOST_METADATA {
        refuse(invalid.too_large)
    } else {
        Ok(Some(Some(text)))
    }
}

//! What is said: the arguments that make up a message, read and checked.

use super::Error;
use crate::{arguments::Arguments, contract::BadArguments};
use serde_json::Value;

/// The most characters of a text; what is over is cut off.
pub const MOST_TEXT: usize = 40_000;
/// The most characters of a text in Markdown.
pub const MOST_MARKDOWN: usize = 12_000;
/// The most blocks.
pub const MOST_BLOCKS: usize = 50;
/// The most attachments.
pub const MOST_ATTACHMENTS: usize = 100;
/// The most characters of blocks or attachments, as JSON. Slack gives no figure; it is ours.
pub const MOST_JSON: usize = 100_000;
/// The most characters of metadata, as JSON. Slack gives no figure; it is ours.
pub const MOST_METADATA: usize = 8_000;

/// A message's content; what is JSON is kept as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The words; may be empty where there is something else.
    pub text: String,
    /// Whether the words were cut off.
    pub truncated: bool,
    /// A JSON array.
    pub blocks: Option<String>,
    /// A JSON array.
    pub attachments: Option<String>,
    /// A JSON object.
    pub metadata: Option<String>,
}

/// Reads the content of a call.
pub(super) fn read(given: &Arguments) -> Result<Content, BadArguments<Error>> {
    let words = |name| given.text(name).filter(|text| !text.trim().is_empty());
    let (text, markdown) = (words("text"), words("markdown_text"));
    let (blocks, attachments, metadata) = (blocks(given)?, attachments(given)?, metadata(given)?);
    if markdown.is_some() && (text.is_some() || blocks.is_some()) {
        return Err(BadArguments::Refused(Error::MarkdownTextConflict));
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
    let text = text.or(markdown).unwrap_or_default();
    if text.is_empty() && blocks.is_none() && attachments.is_none() {
        return Err(BadArguments::Refused(Error::NoText));
    }
    let cut = text.char_indices().nth(MOST_TEXT).map(|(at, _)| at);
    let text = text[..cut.unwrap_or(text.len())].to_owned();
    Ok(Content {
        text,
        truncated: cut.is_some(),
        blocks,
        attachments,
        metadata,
    })
}

fn blocks(given: &Arguments) -> Result<Option<String>, BadArguments<Error>> {
    let refuse = |no| Err(BadArguments::Refused(no));
    let blocks = match given.json("blocks") {
        None | Some(Ok(Value::Null)) => return Ok(None),
        Some(Ok(Value::Array(blocks))) => blocks,
        Some(_) => return refuse(Error::InvalidBlocksFormat),
    };
    let is_block = |block: &Value| block["type"].as_str().is_some_and(|kind| !kind.is_empty());
    if blocks.len() > MOST_BLOCKS || !blocks.iter().all(is_block) {
        return refuse(Error::InvalidBlocks);
    }
    short(blocks, Error::MsgBlocksTooLong)
}

fn attachments(given: &Arguments) -> Result<Option<String>, BadArguments<Error>> {
    let attachments = match given.json("attachments") {
        // The documentation allows a boolean and does not say what for.
        None | Some(Ok(Value::Null | Value::Bool(_))) => return Ok(None),
        Some(Ok(Value::Array(attachments))) if attachments.iter().all(Value::is_object) => {
            attachments
        }
        Some(_) => {
            return Err(BadArguments::Invalid(
                "attachments",
                "must be a JSON array of objects".to_owned(),
            ));
        }
    };
    if attachments.len() > MOST_ATTACHMENTS {
        return Err(BadArguments::Refused(Error::TooManyAttachments));
    }
    short(attachments, Error::AttachmentPayloadLimitExceeded)
}

/// An array as JSON text; an empty one is as good as none.
fn short(array: Vec<Value>, too_long: Error) -> Result<Option<String>, BadArguments<Error>> {
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

fn metadata(given: &Arguments) -> Result<Option<String>, BadArguments<Error>> {
    let refuse = |no| Err(BadArguments::Refused(no));
    let metadata = match given.json("metadata") {
        None | Some(Ok(Value::Null)) => return Ok(None),
        Some(Ok(metadata @ Value::Object(_))) => metadata,
        Some(_) => return refuse(Error::InvalidMetadataFormat),
    };
    let is_event = metadata["event_type"].is_string() && metadata["event_payload"].is_object();
    if !is_event && !metadata["entities"].is_array() {
        return refuse(Error::InvalidMetadataSchema);
    }
    let text = metadata.to_string();
    if text.chars().count() > MOST_METADATA {
        refuse(Error::MetadataTooLarge)
    } else {
        Ok(Some(text))
    }
}

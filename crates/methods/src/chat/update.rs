//! `chat.update`: changes a message.
//! <https://docs.slack.dev/reference/methods/chat.update>

use super::content::{self, Content, Invalid, InvalidMetadata};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Scopes, Timestamp};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Update {}

/// The most characters of a text.
const MOST_TEXT: usize = 4_000;

const UNUSED: &str = "Understood, and without effect here.";

impl Contract for Update {
    const SPEC: Spec = Spec {
        name: "chat.update",
        about: "Changes a message of the caller's own. Of words, blocks, attachments and metadata, what is not given stays.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes::all(&["chat:write"]),
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The conversation, by its id.",
            ),
            Arg::required(
                "ts",
                "timestamp",
                "1405894322.002768",
                "The message, by its `ts`.",
            ),
            Arg::optional(
                "text",
                "string",
                "Welcome, everybody!",
                "The words, up to 4,000 characters.",
            ),
            Arg::optional(
                "blocks",
                "json",
                "[{\"type\": \"divider\"}]",
                "A JSON array of up to 50 blocks; an empty one takes them away.",
            ),
            Arg::optional(
                "attachments",
                "json",
                "[{\"text\": \"More\"}]",
                "A JSON array of up to 100 attachments; an empty one takes them away.",
            ),
            Arg::optional(
                "markdown_text",
                "string",
                "**Welcome!**",
                "The words in Markdown, up to 12,000 characters, instead of `text` and `blocks`.",
            ),
            Arg::optional(
                "metadata",
                "json",
                "{\"event_type\": \"greeted\", \"event_payload\": {}}",
                "A JSON object with `event_type` and `event_payload`, or with `entities`; an empty one takes it away.",
            ),
            Arg::optional(
                "reply_broadcast",
                "boolean",
                "true",
                "Tells a reply to the whole channel from now on; alone, without new content. Default `false`.",
            ),
            Arg::optional(
                "as_user",
                "boolean",
                "true",
                "An older way to say whose message it is; tokens say it by themselves.",
            ),
            Arg::optional("file_ids", "array", "F013GKY52QK", UNUSED),
            Arg::optional("link_names", "boolean", "true", UNUSED),
            Arg::optional("parse", "string", "none", UNUSED),
            Arg::optional(
                "unfurled_attachments",
                "json",
                "[{\"text\": \"More\"}]",
                UNUSED,
            ),
        ],
        success: r#"{"ok": true, "channel": "C123ABC456", "ts": "1401383885.000061", "text": "Updated text you carefully authored", "message": {"text": "Updated text you carefully authored", "user": "U34567890"}}"#,
        failure: r#"{"ok": false, "error": "cant_update_message"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let ts = given
            .required("ts")
            .map(|_| given.timestamp("ts").flatten())?;
        let content = Content::read(
            given,
            &Invalid {
                markdown_text_conflict: Error::MarkdownTextConflict,
                blocks_format: Error::InvalidBlocksFormat,
                blocks: Error::InvalidBlocks,
                blocks_too_long: Error::InvalidBlocks,
                attachments: Some(Error::InvalidAttachments),
                too_many_attachments: Error::TooManyAttachments,
                attachments_too_long: Error::InvalidAttachments,
            },
        )?;
        let metadata = content::metadata(
            given,
            InvalidMetadata {
                format: Error::InvalidMetadataFormat,
                schema: Error::InvalidMetadataSchema,
                too_large: Error::MetadataTooLarge,
            },
        )?;
        let text = given.text("text");
        if text.is_some_and(|text| text.chars().count() > MOST_TEXT) {
            return Err(BadArguments::Refused(Error::MsgTooLong));
        }
        let broadcast = given.flag("reply_broadcast")?;
        let says_nothing = content == Content::default();
        if says_nothing && !broadcast {
            return Err(BadArguments::Refused(Error::NoText));
        }
        Ok(Args {
            channel,
            ts,
            content,
            metadata,
            broadcast,
            as_user: given.flag("as_user")?,
        })
    }
}

/// What to say where instead.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The message; `None` when none is named.
    pub ts: Option<Timestamp>,
    /// What it says from now on, where it was given.
    pub content: Content,
    /// Its metadata, where it was given: a JSON object, or none any more.
    pub metadata: Option<Option<String>>,
    /// Whether a reply is told to the whole channel from now on.
    pub broadcast: bool,
    /// The older way to say whose message it is.
    pub as_user: bool,
}

/// The message.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Where it stands.
    pub channel: ChannelId,
    /// Which it is there.
    pub ts: String,
    /// Its words.
    pub text: String,
    /// As history shows it, and who wrote it.
    pub message: Value,
}

/// Why it says what it said.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    /// Workspace tokens have no user whose message it could be.
    #[strum(props(state = "`as_user` and a `workspace` token"))]
    AsUserNotSupported,
    /// Files of this type are not shared.
    #[strum(props(never = "there are no files here"))]
    BlockedFileType,
    /// Rich text is not replaced by blocks of other kinds alone.
    #[strum(props(state = "`blocks` without `rich_text` for a message whose blocks have some"))]
    BlockMismatch,
    /// This cannot be told to the whole channel.
    #[strum(props(
        state = "`reply_broadcast` for a message that answers none, or that is told to the channel already"
    ))]
    CantBroadcastMessage,
    /// The caller may not change this message.
    #[strum(props(
        state = "somebody else's message, that somebody came, left or changed the channel, or what a frozen copy shows"
    ))]
    CantUpdateMessage,
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a private conversation the caller is not in"))]
    ChannelNotFound,
    /// It is too late to change the message.
    #[strum(props(never = "no workspace here limits how long messages may be changed"))]
    EditWindowClosed,
    /// The conversation is being moved.
    #[strum(props(state = "a channel with `migrating: true`"))]
    ExternalChannelMigrating,
    /// The file to share is deleted.
    #[strum(props(never = "there are no files here"))]
    FileDeleted,
    /// The file is deleted.
    #[strum(props(never = "there are no files here"))]
    FileIsDeleted,
    /// There is no such file.
    #[strum(props(never = "there are no files here"))]
    FileNotFound,
    /// The file is shared as often as it may be.
    #[strum(props(never = "there are no files here"))]
    FileShareLimitReached,
    /// The attachments are none, or too long.
    #[strum(props(
        state = "`attachments` that are no JSON array of objects, or of over 100,000 characters"
    ))]
    InvalidAttachments,
    /// A block is none, or there are too many, or they are too long.
    #[strum(props(
        state = "a block that is no object with a `type`, 51 blocks, or over 100,000 characters of them"
    ))]
    InvalidBlocks,
    /// The blocks are no JSON array.
    #[strum(props(state = "`blocks` that do not parse, or are an object"))]
    InvalidBlocksFormat,
    /// The metadata is no JSON object.
    #[strum(props(state = "`metadata` that does not parse, or is an array"))]
    InvalidMetadataFormat,
    /// The metadata lacks what metadata consists of.
    #[strum(props(
        state = "`metadata` without an `event_type`, an `event_payload` object, or `entities`"
    ))]
    InvalidMetadataSchema,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsInactive,
    /// Markdown goes neither with text nor with blocks.
    #[strum(props(state = "`markdown_text` beside `text` or `blocks`"))]
    MarkdownTextConflict,
    /// More files than may be shared.
    #[strum(props(never = "there are no files here"))]
    MaxFileSharingExceeded,
    /// The workspace has said as much as its plan lets it.
    #[strum(props(never = "no plan here limits how much is said"))]
    MessageLimitExceeded,
    /// There is no such message, or it is deleted.
    #[strum(props(
        state = "a `ts` that is none, one of no message in the channel, or a tombstone's"
    ))]
    MessageNotFound,
    /// Only apps attach metadata.
    #[strum(props(state = "`metadata` and a token that belongs to no app"))]
    MetadataMustBeSentFromApp,
    /// The metadata is too long.
    #[strum(props(state = "`metadata` of over 8,000 characters"))]
    MetadataTooLarge,
    /// The text is too long.
    #[strum(props(state = "a `text` of over 4,000 characters"))]
    MsgTooLong,
    /// A reply is either told to the whole channel or given other content.
    #[strum(props(state = "`reply_broadcast` for a reply, and content beside it"))]
    NoDualBroadcastContentUpdate,
    /// There is nothing to say.
    #[strum(props(
        state = "neither words nor blocks nor attachments, or nothing but empty ones for a message that has no more"
    ))]
    NoText,
    /// The caller may not share files in this channel.
    #[strum(props(never = "there are no files here"))]
    PostingToChannelDenied,
    /// Files of this type are not shared with other organisations.
    #[strum(props(never = "there are no files here"))]
    SlackConnectBlockedFileType,
    /// Canvases are not shared with other organisations.
    #[strum(props(never = "there are no canvases here"))]
    SlackConnectCanvasSharingBlocked,
    /// Clips are not shared with other organisations.
    #[strum(props(never = "there are no clips here"))]
    SlackConnectClipSharingBlocked,
    /// Files are not shared with other organisations.
    #[strum(props(never = "there are no files here"))]
    SlackConnectFileLinkSharingBlocked,
    /// Files are not uploaded to where other organisations are.
    #[strum(props(never = "there are no files here"))]
    SlackConnectFileUploadSharingBlocked,
    /// The message is still being written.
    #[strum(props(never = "no message here is written bit by bit"))]
    StreamingStateConflict,
    /// The message's workspace is not there.
    #[strum(props(never = "a channel goes with its workspace, and is not found then"))]
    TeamNotFound,
    /// More than 100 attachments.
    #[strum(props(state = "101 attachments"))]
    TooManyAttachments,
    /// Files could not be shared.
    #[strum(props(never = "there are no files here"))]
    UnableToShareFiles,
    /// Something went wrong inside.
    #[strum(props(never = "what goes wrong inside has codes that all methods share"))]
    UpdateFailed,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server;

#[cfg(all(test, feature = "server"))]
mod tests;

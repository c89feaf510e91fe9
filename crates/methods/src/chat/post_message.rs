//! `chat.postMessage`: writes in a conversation.
//! <https://docs.slack.dev/reference/methods/chat.postMessage>

use super::content::{self, Content, Invalid, InvalidMetadata};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Scopes, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum PostMessage {}

/// Lets bots write in public channels they are not in.
pub const PUBLIC_SCOPE: &str = "chat:write.public";

const METADATA: InvalidMetadata<Error> = InvalidMetadata {
    format: Error::InvalidMetadataFormat,
    schema: Error::InvalidMetadataSchema,
    too_large: Error::MetadataTooLarge,
};

const UNUSED: &str = "Understood, and without effect here.";

impl Contract for PostMessage {
    const SPEC: Spec = Spec {
        name: "chat.postMessage",
        about: "Writes a message in a channel or DM that the caller is in. Bots with `chat:write.public` need not be in a public channel.",
        verb: Verb::Post,
        json: true,
        tier: Tier::PerChannel(60),
        scopes: Scopes::all(&["chat:write"]),
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "Where to: a conversation's id, a channel's name with or without `#`, or a user's id for the DM with them, which is made if need be.",
            ),
            Arg::optional(
                "text",
                "string",
                "Welcome!",
                "The words; with `blocks` or `attachments`, what notifications show. What is over 40,000 characters is cut off.",
            ),
            Arg::optional(
                "blocks",
                "json",
                "[{\"type\": \"divider\"}]",
                "A JSON array of up to 50 blocks, kept as it is given; blocks and elements without ids are given some.",
            ),
            Arg::optional(
                "attachments",
                "json",
                "[{\"text\": \"More\"}]",
                "A JSON array of up to 100 attachments, kept as it is given.",
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
                "A JSON object with `event_type` and `event_payload`, or with `entities`.",
            ),
            Arg::optional(
                "thread_ts",
                "timestamp",
                "1503435956.000247",
                "The `ts` of the message to reply to.",
            ),
            Arg::optional(
                "username",
                "string",
                "Greeter",
                "The name to write under, for bots with `chat:write.customize`; of others it is ignored.",
            ),
            Arg::optional(
                "as_user",
                "boolean",
                "true",
                "An older way to say whom to write as; tokens say it by themselves.",
            ),
            Arg::optional(
                "reply_broadcast",
                "boolean",
                "true",
                "A reply is told to the whole channel as well. Default `false`.",
            ),
            Arg::optional("icon_emoji", "string", ":wave:", UNUSED),
            Arg::optional("icon_url", "string", "https://example.com/wave.png", UNUSED),
            Arg::optional("link_names", "boolean", "true", UNUSED),
            Arg::optional("mrkdwn", "boolean", "false", UNUSED),
            Arg::optional("parse", "string", "full", UNUSED),
            Arg::optional("unfurl_links", "boolean", "true", UNUSED),
            Arg::optional("unfurl_media", "boolean", "false", UNUSED),
            Arg::optional(
                "current_draft_last_updated_ts",
                "string",
                "1524523204.000192",
                UNUSED,
            ),
        ],
        success: r#"{"ok": true, "channel": "C123ABC456", "ts": "1503435956.000247", "message": {"type": "message", "subtype": "bot_message", "ts": "1503435956.000247", "text": "Here's a message for you", "username": "ecto1", "bot_id": "B123ABC456"}}"#,
        failure: r#"{"ok": false, "error": "too_many_attachments"}"#,
        warnings: &[(
            "message_truncated",
            "The text was too long and was cut off.",
        )],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let to = To::read(given.required("channel")?.trim());
        let thread_ts = content::thread(given)?;
        let username = content::username(given);
        let invalid = Invalid {
            markdown_text_conflict: Error::MarkdownTextConflict,
            blocks_format: Error::InvalidBlocksFormat,
            blocks: Error::InvalidBlocks,
            blocks_too_long: Error::MsgBlocksTooLong,
            attachments: None,
            too_many_attachments: Error::TooManyAttachments,
            attachments_too_long: Error::AttachmentPayloadLimitExceeded,
        };
        let mut content = Content::read(given, &invalid)?;
        // Here metadata that lacks everything lacks what it consists of.
        let metadata = content::metadata(given, METADATA)?;
        if metadata == Some(None) {
            return Err(BadArguments::Refused(Error::InvalidMetadataSchema));
        }
        if content.is_empty() {
            return Err(BadArguments::Refused(Error::NoText));
        }
        Ok(Args {
            to,
            truncated: content.cut(),
            content,
            metadata: metadata.flatten(),
            thread_ts,
            broadcast: given.flag("reply_broadcast")?,
            username,
            as_user: given.flag("as_user")?,
        })
    }
}

/// What to write where.
#[derive(Clone, Debug)]
pub struct Args {
    /// Where.
    pub to: To,
    /// What.
    pub content: Content,
    /// Whether words were cut off.
    pub truncated: bool,
    /// Its metadata, a JSON object.
    pub metadata: Option<String>,
    /// The message it replies to.
    pub thread_ts: Option<Timestamp>,
    /// Whether a reply is told to the whole channel as well.
    pub broadcast: bool,
    /// The name to write under.
    pub username: Option<String>,
    /// The older way to say whom to write as.
    pub as_user: bool,
}

/// How the conversation is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// By its id.
    Channel(ChannelId),
    /// By whom the caller talks to in it.
    Person(UserId),
    /// By its name.
    Name(String),
    /// Not at all.
    Nowhere,
}

impl To {
    pub(super) fn read(text: &str) -> Self {
        if let Ok(channel) = text.parse() {
            return Self::Channel(channel);
        }
        if let Ok(user) = text.parse() {
            return Self::Person(user);
        }
        match text.strip_prefix('#').unwrap_or(text) {
            // No name begins so, and the handles of DMs do.
            name if name.is_empty() || name.starts_with('@') => Self::Nowhere,
            name => Self::Name(name.to_owned()),
        }
    }
}

/// The message.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Where it stands.
    pub channel: ChannelId,
    /// Which it is there.
    pub ts: String,
    /// As history shows it, and who wrote it.
    pub message: Value,
}

/// Why nothing was written.
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
    /// The person may not use this app.
    #[strum(props(never = "apps here are for everybody of the workspace"))]
    AppAccessRestricted,
    /// Workspace tokens have no user to write as.
    #[strum(props(state = "`as_user` and a `workspace` token"))]
    AsUserNotSupported,
    /// There is no such conversation for the caller.
    #[strum(props(
        state = "an unknown id or name, a private channel the caller is not in, or a user who cannot be written to"
    ))]
    ChannelNotFound,
    /// The draft is deleted.
    #[strum(props(never = "there are no drafts here"))]
    DraftAlreadyDeleted,
    /// The draft is sent.
    #[strum(props(never = "there are no drafts here"))]
    DraftAlreadySent,
    /// The draft has changed since.
    #[strum(props(never = "there are no drafts here"))]
    DraftHasConflict,
    /// There is no such draft.
    #[strum(props(never = "there are no drafts here"))]
    DraftNotFound,
    /// The `client_msg_id` was used in a conversation that is not there.
    #[strum(props(
        never = "the argument is that of Slack's own clients and is not understood here"
    ))]
    DuplicateChannelNotFound,
    /// No message was sent with this `client_msg_id`.
    #[strum(props(
        never = "the argument is that of Slack's own clients and is not understood here"
    ))]
    DuplicateMessageNotFound,
    /// A block is none, or there are too many.
    #[strum(props(state = "a block that is no object with a `type`, or 51 blocks"))]
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
    IsArchived,
    /// Markdown goes neither with text nor with blocks.
    #[strum(props(state = "`markdown_text` beside `text` or `blocks`"))]
    MarkdownTextConflict,
    /// The workspace has said as much as its plan lets it.
    #[strum(props(never = "no plan here limits how much is said"))]
    MessageLimitExceeded,
    /// The app has no place for messages.
    #[strum(props(never = "apps here have no home to switch messages off in"))]
    MessagesTabDisabled,
    /// Only apps attach metadata.
    #[strum(props(state = "`metadata` and a token that belongs to no app"))]
    MetadataMustBeSentFromApp,
    /// The metadata is too long.
    #[strum(props(state = "`metadata` of over 8,000 characters"))]
    MetadataTooLarge,
    /// The blocks are too long.
    #[strum(props(state = "`blocks` of over 100,000 characters"))]
    MsgBlocksTooLong,
    /// There is nothing to say.
    #[strum(props(state = "neither words nor blocks nor attachments"))]
    NoText,
    /// The caller is not in the channel.
    #[strum(props(
        state = "a public channel the caller is not in, unless a bot holds `chat:write.public`"
    ))]
    NotInChannel,
    /// The app writes too much.
    #[strum(props(never = "too many calls answer `ratelimited`, as with any method"))]
    RateLimited,
    /// The workspace does not let the caller write.
    #[strum(props(
        never = "no setting of a workspace here keeps anybody from writing; a read-only channel has a code of its own"
    ))]
    RestrictedAction,
    /// The channel has no threads.
    #[strum(props(never = "every channel here has threads"))]
    RestrictedActionNonThreadableChannel,
    /// Only admins write in this channel.
    #[strum(props(state = "a channel with `read_only: true` and a caller who is no admin"))]
    RestrictedActionReadOnlyChannel,
    /// The thread is closed.
    #[strum(props(never = "threads here are never locked"))]
    RestrictedActionThreadLocked,
    /// Only replies are written in this channel.
    #[strum(props(never = "no channel here is for replies only"))]
    RestrictedActionThreadOnlyChannel,
    /// The caller may not write for that person.
    #[strum(props(never = "nobody writes for somebody else here"))]
    SendOnBehalfNotAllowed,
    /// Canvases are not shared with other organisations.
    #[strum(props(never = "there are no canvases here"))]
    SlackConnectCanvasSharingBlocked,
    /// Files are not shared with other organisations.
    #[strum(props(never = "there are no files here"))]
    SlackConnectFileLinkSharingBlocked,
    /// Lists are not shared with other organisations.
    #[strum(props(never = "there are no lists here"))]
    SlackConnectListsSharingBlocked,
    /// A name is not enough to say which workspace's channel it is.
    #[strum(props(state = "an `org` token and a channel's name"))]
    TeamNotFound,
    /// More than 100 attachments.
    #[strum(props(state = "101 attachments"))]
    TooManyAttachments,
    /// More than 10 contact cards.
    #[strum(props(never = "there are no contact cards here"))]
    TooManyContactCards,
    /// What is replied to takes no replies.
    #[strum(props(never = "what a reply answers to is not looked up"))]
    CannotReplyToMessage,
    /// A file lacks what is needed to share it.
    #[strum(props(never = "there are no files here"))]
    MissingFileData,
    /// The attachments are too long.
    #[strum(props(state = "`attachments` of over 100,000 characters"))]
    AttachmentPayloadLimitExceeded,
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

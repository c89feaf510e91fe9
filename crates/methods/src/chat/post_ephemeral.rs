//! `chat.postEphemeral`: shows one person a message.
//! <https://docs.slack.dev/reference/methods/chat.postEphemeral>
//!
//! At Slack such a message is in that person's client until it is closed. Here nobody has a client, and no method tells
//! of it: it is in the journal, for whoever wants to know what an app said to whom.

use super::{
    content::{Content, Invalid, thread, username},
    post_message::To,
};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{Scopes, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum PostEphemeral {}

/// The most characters of a text.
const MOST_TEXT: usize = 40_000;

const UNUSED: &str = "Understood, and without effect here.";

impl Contract for PostEphemeral {
    const SPEC: Spec = Spec {
        name: "chat.postEphemeral",
        about: "Shows a message to one member of a channel or DM that the caller is in. No history has it, and no app is told; `guestlist journal` has it.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Four,
        scopes: Scopes::all(&["chat:write"]),
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The conversation, by its id, or a channel by its name with or without `#`.",
            ),
            Arg::required("user", "user", "U0BPQUNTA", "Who is shown it."),
            Arg::optional(
                "text",
                "string",
                "Hello world",
                "The words, up to 40,000 characters.",
            ),
            Arg::optional(
                "blocks",
                "json",
                "[{\"type\": \"divider\"}]",
                "A JSON array of up to 50 blocks.",
            ),
            Arg::optional(
                "attachments",
                "json",
                "[{\"text\": \"More\"}]",
                "A JSON array of up to 100 attachments, without blocks in them.",
            ),
            Arg::optional(
                "markdown_text",
                "string",
                "**Welcome!**",
                "The words in Markdown, up to 12,000 characters, instead of `text` and `blocks`.",
            ),
            Arg::optional(
                "thread_ts",
                "timestamp",
                "1234567890.123456",
                "The `ts` of the message in whose thread it is shown.",
            ),
            Arg::optional(
                "username",
                "string",
                "Greeter",
                "The name to show it under, for bots with `chat:write.customize`; of others it is ignored.",
            ),
            Arg::optional("as_user", "boolean", "true", UNUSED),
            Arg::optional("icon_emoji", "string", ":wave:", UNUSED),
            Arg::optional("icon_url", "string", "https://example.com/wave.png", UNUSED),
            Arg::optional("link_names", "boolean", "true", UNUSED),
            Arg::optional("metadata", "json", "{}", UNUSED),
            Arg::optional("parse", "string", "full", UNUSED),
        ],
        success: r#"{"ok": true, "message_ts": "1502210682.580145"}"#,
        failure: r#"{"ok": false, "error": "user_not_in_channel"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let to = To::read(given.required("channel")?.trim());
        let user = given.required_id("user")?;
        given.flag("as_user")?;
        given.flag("link_names")?;
        let thread_ts = thread(given)?;
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
        let attachments = match given.json("attachments") {
            Some(Ok(Value::Array(attachments))) => attachments,
            _ => Vec::new(),
        };
        if attachments.iter().any(|one| one.get("blocks").is_some()) {
            return Err(BadArguments::Refused(Error::InvalidAttachments));
        }
        let length = content.text.as_ref().map(|text| text.chars().count());
        if length.is_some_and(|length| length > MOST_TEXT) {
            return Err(BadArguments::Refused(Error::MsgTooLong));
        }
        if content.is_empty() {
            return Err(BadArguments::Refused(Error::NoText));
        }
        Ok(Args {
            to,
            user,
            content,
            thread_ts,
            username: username(given),
        })
    }
}

/// What to show whom, and where.
#[derive(Clone, Debug)]
pub struct Args {
    /// Where; somebody's id is no conversation's.
    pub to: To,
    /// Who is shown it; `None` when what was given is no user's id.
    pub user: Option<UserId>,
    /// What.
    pub content: Content,
    /// In which thread.
    pub thread_ts: Option<Timestamp>,
    /// Under which name.
    pub username: Option<String>,
}

/// That it was shown.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// When; no message of the conversation has this `ts`.
    pub message_ts: String,
}

/// Why nothing was shown.
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
    /// There is no such conversation for the caller.
    #[strum(props(
        state = "an unknown id or name, or a private conversation the caller is not in"
    ))]
    ChannelNotFound,
    /// A block is none, or there are too many, or they are too long.
    #[strum(props(
        state = "a block that is no object with a `type`, 51 blocks, or over 100,000 characters of them"
    ))]
    InvalidBlocks,
    /// The blocks are no JSON array.
    #[strum(props(state = "`blocks` that do not parse, or are an object"))]
    InvalidBlocksFormat,
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
    /// The text is too long.
    #[strum(props(state = "a `text` of over 40,000 characters"))]
    MsgTooLong,
    /// There is nothing to say.
    #[strum(props(state = "neither words nor blocks nor attachments"))]
    NoText,
    /// The caller may not write in the channel.
    #[strum(props(state = "a channel with `read_only: true` and a caller who is no admin"))]
    RestrictedAction,
    /// More than 100 attachments.
    #[strum(props(state = "101 attachments"))]
    TooManyAttachments,
    /// Whoever is to be shown it is not in the channel.
    #[strum(props(state = "a `user` who is unknown, removed, or not in the channel"))]
    UserNotInChannel,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The attachments are none, have blocks in them, or are too long.
    #[strum(props(
        state = "`attachments` that are no JSON array of objects, with `blocks` in one, or of over 100,000 characters"
    ))]
    InvalidAttachments,
    /// What is replied to takes no replies.
    #[strum(props(never = "what a reply answers to is not looked up"))]
    CannotReplyToMessage,
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
mod server {
    use super::{Args, Error, PostEphemeral, Reply};
    use crate::chat::content::chosen_name;
    use crate::{
        chat::{everywhere, post_message::To},
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{
        Change, Facts, Key, Message, Moment, Plan, Stop, Timestamp, TokenKind, Watch, act,
        message::{Text, What},
        mrkdwn,
    };
    use std::sync::Arc;

    impl Write for PostEphemeral {
        /// When it was shown.
        type Outcome = Timestamp;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let people = [Some(ask.caller.id()), ask.args.user].into_iter().flatten();
            match &ask.args.to {
                To::Channel(id) => {
                    let places = people.map(|user| Key::Member(*id, user));
                    std::iter::once(Key::Channel(*id)).chain(places).collect()
                }
                To::Name(name) => vec![Key::Handle(ask.caller.team(), name.clone())],
                To::Person(_) | To::Nowhere => Vec::new(),
            }
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Timestamp>, Stop<Error>> {
            let (caller, args) = (&ask.caller, &ask.args);
            let channel = match &args.to {
                To::Channel(id) => Some(*id),
                // A name does not say which workspace's channel it is.
                To::Name(_) if caller.token.kind == TokenKind::Org => None,
                To::Name(name) => facts.handle(caller.team(), name)?,
                To::Person(_) | To::Nowhere => None,
            };
            let terms = act::Terms {
                archived: Some(Error::IsArchived),
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
                ..everywhere(&PostEphemeral::SPEC.scopes, Error::ChannelNotFound)
            };
            let channel = act::on(facts, caller, channel, terms)?.channel;
            let refuse = |no| Err(Stop::Refused(no));
            if channel.read_only && !caller.user.is_admin() {
                return refuse(Error::RestrictedAction);
            }
            let Some(to) = args.user else {
                return refuse(Error::UserNotInChannel);
            };
            let is_inside = facts.membership(channel.id, to)?.is_some();
            if !is_inside || facts.standing(to)?.is_none_or(|user| user.removed) {
                return refuse(Error::UserNotInChannel);
            }
            let ts = moment.tick();
            let bot = caller.user.bot.map(|bot| bot.id);
            let text = Text {
                text: mrkdwn::escape(args.content.text.as_deref().unwrap_or_default()),
                bot,
                username: chosen_name(caller, args.username.as_ref()),
                thread_ts: args.thread_ts,
                blocks: args.content.blocks.clone().flatten(),
                attachments: args.content.attachments.clone().flatten(),
                ..Text::default()
            };
            let message = Message {
                ts,
                user: caller.id(),
                what: What::Text(Box::new(text)),
            };
            let shown = Change::Shown {
                channel: channel.id,
                to,
                message: Arc::new(message),
            };
            Ok(Plan {
                changes: vec![shown],
                outcome: ts,
            })
        }

        fn reply(_ask: &Ask<Args>, ts: Timestamp) -> Result<Good<Reply>, Refused<Error>> {
            let message_ts = ts.ts();
            Ok(Reply { message_ts }.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

//! `conversations.replies`: a message and what was said in answer to it, oldest first.
//! <https://docs.slack.dev/reference/methods/conversations.replies>

use super::{
    messages::{Invalid, Which},
    scopes,
};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Replies {}

impl Contract for Replies {
    const SPEC: Spec = Spec {
        name: "conversations.replies",
        about: "Tells a thread: a message and the replies to it, oldest first, page by page.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: scopes::HISTORY,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The conversation."),
            Arg::required(
                "ts",
                "timestamp",
                "1482960137.003543",
                "The `ts` of the message that was answered, or of one of the replies.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "bmV4dF90czoxNDg0Njc4MjkwNTE3MDkx",
                "Where to go on: the `next_cursor` of the page before. Default is the message itself.",
            ),
            Arg::optional(
                "include_all_metadata",
                "boolean",
                "true",
                "Tell each message's metadata. Default `false`.",
            ),
            Arg::optional(
                "inclusive",
                "boolean",
                "true",
                "Messages at `oldest` and `latest` belong to the answer. Default `false`.",
            ),
            Arg::optional(
                "latest",
                "timestamp",
                "1484678597.521003",
                "Only messages before this. Default is no end.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most messages on the page, up to 1,000. Default 1,000.",
            ),
            Arg::optional(
                "metadata_keys_to_include",
                "json",
                "[\"task_created\"]",
                "Tell metadata of these event types, a JSON array of strings. Default is none.",
            ),
            Arg::optional(
                "oldest",
                "timestamp",
                "1482960000.000000",
                "Only messages after this. Default 0.",
            ),
        ],
        success: r#"{"ok": true, "messages": [{"type": "message", "user": "U061F7AUR", "text": "island", "thread_ts": "1482960137.003543", "reply_count": 1, "subscribed": false, "ts": "1482960137.003543"}, {"type": "message", "user": "U061F7AUR", "text": "one island", "thread_ts": "1482960137.003543", "parent_user_id": "U061F7AUR", "ts": "1483037603.017503"}], "has_more": false}"#,
        failure: r#"{"ok": false, "error": "thread_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let invalid = Invalid {
            oldest: Error::InvalidTsOldest,
            latest: Error::InvalidTsLatest,
            metadata: Error::InvalidMetadataFilterKeys,
            cursor: Error::InvalidCursor,
        };
        Ok(Args {
            channel: given.required_id("channel")?,
            ts: given
                .required("ts")
                .map(|_| given.timestamp("ts").flatten())?,
            which: Which::read(given, DEFAULT_LIMIT, invalid)?,
        })
    }
}

const DEFAULT_LIMIT: usize = 1000;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// A message of the thread; `None` when none is named.
    pub ts: Option<Timestamp>,
    /// Which messages.
    pub which: Which,
}

/// A page of messages.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Oldest first: on the first page the message that was answered before the replies.
    pub messages: Vec<Value>,
    /// Whether there are later ones within the ends.
    pub has_more: bool,
}

/// Why they are not told.
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
    /// There is no such conversation for the caller; of public channels bots read those they are in.
    #[strum(props(
        state = "an unknown id, a private conversation the caller is not in, or a bot's token and a public channel the bot is not in"
    ))]
    ChannelNotFound,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a message's time"))]
    InvalidCursor,
    /// The event types of metadata cannot be read.
    #[strum(props(state = "a `metadata_keys_to_include` that is no JSON array of strings"))]
    InvalidMetadataFilterKeys,
    /// The later end is no timestamp.
    #[strum(props(state = "a `latest` that is not seconds with up to six decimals"))]
    InvalidTsLatest,
    /// The earlier end is no timestamp.
    #[strum(props(state = "an `oldest` that is not seconds with up to six decimals"))]
    InvalidTsOldest,
    /// There is no such message, or it is one that nobody can answer.
    #[strum(props(
        state = "a `ts` that is none, one of no message in the channel, or of somebody's coming or going"
    ))]
    ThreadNotFound,
    /// The kind of conversation has no threads.
    #[strum(props(never = "every kind of conversation here has threads"))]
    MethodNotSupportedForChannelType,
    /// The comments of a list's record cannot be read.
    #[strum(props(never = "there are no lists here"))]
    ListRecordCommentFetchFailed,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Replies, Reply};
    use crate::{
        contract::Contract,
        conversations::messages::{self, CURSOR},
        handle::{Ask, Good, Read},
        paging::cursor,
    };
    use guestlist_domain::{Channel, Message, Timestamp, see};
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for Replies {
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let which = &args.which;
            let seen = reader.look(|facts| see::channel(facts, caller, args.channel))?;
            let Some(seen) = seen.filter(|seen| !caller.is_bot() || seen.is_member()) else {
                return Err(Failure::Refused(Error::ChannelNotFound));
            };
            caller
                .scope_for(&Replies::SPEC.scopes, seen.kind())
                .map_err(Failure::Scope)?;
            let channel = &seen.channel;
            let Some(parent) = parent(reader, channel, args.ts)? else {
                return Err(Failure::Refused(Error::ThreadNotFound));
            };
            let threads = reader.threads(channel, (parent.ts, parent.ts))?;
            let thread = threads.get(&parent.ts);
            let (first, last) = which.ends();
            let (messages, next) = which.page.fill(
                reader,
                |reader, from, limit| {
                    let first = from.map_or(first, |from| from.max(first));
                    let within = (Timestamp(first), Timestamp(last));
                    let mut found = reader.replies(channel, parent.ts, within, limit)?;
                    // Further pages begin after it.
                    if from.is_none() && (first..=last).contains(&parent.ts.0) {
                        found.insert(0, parent.clone());
                        found.truncate(limit);
                    }
                    let rows = found.into_iter().map(|message| (message.ts.0, message));
                    Ok::<_, Failure<Error>>(rows.collect())
                },
                |reader, message| {
                    let above = (message.ts != parent.ts).then_some(&parent);
                    let told =
                        messages::tell(reader, channel, &message, (above, thread), &which.metadata);
                    Ok(Some(told?))
                },
            )?;
            let reply = Reply {
                messages,
                has_more: next.is_some(),
            };
            Ok(Good::from(reply).page(next.map(|ts| cursor(CURSOR, ts))))
        }
    }

    /// The message at the top of the thread to which one belongs.
    fn parent(
        reader: &Reader,
        channel: &Channel,
        ts: Option<Timestamp>,
    ) -> Result<Option<Message>, StoreError> {
        let Some(ts) = ts else { return Ok(None) };
        let Some(named) = reader.message(channel, ts)? else {
            return Ok(None);
        };
        let top = match named.answers() {
            Some(parent) => reader.message(channel, parent)?,
            None => Some(named),
        };
        Ok(top.filter(Message::can_be_answered))
    }
}

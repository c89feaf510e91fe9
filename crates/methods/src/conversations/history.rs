//! `conversations.history`: what was said in a conversation, newest first.
//! <https://docs.slack.dev/reference/methods/conversations.history>

use super::{
    messages::{Invalid, Which},
    scopes,
};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum History {}

impl Contract for History {
    const SPEC: Spec = Spec {
        name: "conversations.history",
        about: "Tells a conversation's messages, newest first, page by page; replies in threads are not among them.",
        verb: Verb::Get,
        json: true,
        tier: Tier::Three,
        scopes: scopes::HISTORY,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The conversation."),
            Arg::optional(
                "cursor",
                "cursor",
                "bmV4dF90czoxNTEyMDg1ODYxMDAwNTQz",
                "Where to go on: the `next_cursor` of the page before. Default is the newest message.",
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
                "1512085950.000216",
                "Only messages before this. Default is no end.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most messages on the page, up to 1,000. Default 100.",
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
                "1512085000.000000",
                "Only messages after this. Default 0.",
            ),
        ],
        success: r#"{"ok": true, "messages": [{"type": "message", "user": "U123ABC456", "text": "What, you want to smell my shoes better?", "ts": "1512104434.000490"}], "has_more": true, "pin_count": 0, "channel_actions_ts": null, "channel_actions_count": 0, "response_metadata": {"next_cursor": "bmV4dF90czoxNTEyMDg1ODYxMDAwNTQz"}}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
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
            which: Which::read(given, DEFAULT_LIMIT, invalid)?,
        })
    }
}

const DEFAULT_LIMIT: usize = 100;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// Which messages.
    pub which: Which,
}

/// A page of messages.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The later end, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// The earlier end, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<String>,
    /// Newest first.
    pub messages: Vec<Value>,
    /// Whether there are older ones within the ends.
    pub has_more: bool,
    /// How many are pinned: nothing can be pinned here.
    pub pin_count: u32,
    /// Always null.
    pub channel_actions_ts: Option<()>,
    /// Always 0.
    pub channel_actions_count: u32,
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
    /// The channel is open to few, and the caller is not among them.
    #[strum(props(
        never = "access lists here keep people from acting on a channel, not from reading it"
    ))]
    ChannelIsLimitedAccess,
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a private conversation the caller is not in"))]
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
    /// The calling bot is not in the channel; people may read public channels they are not in.
    #[strum(props(state = "a bot's token and a public channel the bot is not in"))]
    NotInChannel,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, History, Reply};
    use crate::{
        contract::Contract,
        conversations::messages::{self, CURSOR, Metadata},
        handle::{Ask, Good, Read},
        paging::cursor,
    };
    use guestlist_domain::{Channel, Message, Timestamp, see};
    use guestlist_store::{Failure, Reader, Thread};
    use serde_json::Value;
    use std::collections::HashMap;

    impl Read for History {
        /// Replies are read past, however many lie between two messages.
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let which = &args.which;
            let Some(seen) = reader.look(|facts| see::channel(facts, caller, args.channel))? else {
                return Err(Failure::Refused(Error::ChannelNotFound));
            };
            caller
                .scope_for(&History::SPEC.scopes, seen.kind())
                .map_err(Failure::Scope)?;
            if caller.is_bot() && !seen.is_member() {
                return Err(Failure::Refused(Error::NotInChannel));
            }
            let (first, last) = which.ends();
            let channel = &seen.channel;
            let (messages, next) = which.page.fill(
                reader,
                |reader, from, limit| {
                    let to = Timestamp(from.map_or(last, |from| from.min(last)));
                    let found = reader.history(channel, Timestamp(first), to, true, limit)?;
                    let ends = found.last().zip(found.first());
                    let mut threads = match ends {
                        Some((first, last)) => reader.threads(channel, (first.ts, last.ts))?,
                        None => HashMap::new(),
                    };
                    let rows = found.into_iter().map(|message| {
                        let thread = threads.remove(&message.ts);
                        (message.ts.0, (message, thread))
                    });
                    Ok::<_, Failure<Error>>(rows.collect())
                },
                |reader, (message, thread)| {
                    if message.is_aside() {
                        return Ok(None);
                    }
                    let message = (&message, thread.as_ref());
                    tell(reader, channel, message, &which.metadata).map(Some)
                },
            )?;
            let reply = Reply {
                latest: which.latest.map(Timestamp::ts),
                oldest: which.oldest.map(Timestamp::ts),
                messages,
                has_more: next.is_some(),
                pin_count: 0,
                channel_actions_ts: None,
                channel_actions_count: 0,
            };
            Ok(Good::from(reply).page(next.map(|ts| cursor(CURSOR, ts))))
        }
    }

    /// A message among the channel's own. A reply that was told to all of it has what it answers with it.
    fn tell(
        reader: &mut Reader,
        channel: &Channel,
        (message, thread): (&Message, Option<&Thread>),
        metadata: &Metadata,
    ) -> Result<Value, Failure<Error>> {
        let parent = match message.answers() {
            Some(parent) => reader.message(channel, parent)?,
            None => None,
        };
        let around = (parent.as_ref(), thread);
        let mut told = messages::tell(reader, channel, message, around, metadata)?;
        if let Some(parent) = parent {
            let threads = reader.threads(channel, (parent.ts, parent.ts))?;
            let around = (None, threads.get(&parent.ts));
            told["root"] = messages::tell(reader, channel, &parent, around, metadata)?;
        }
        Ok(told)
    }
}

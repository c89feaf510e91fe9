//! `chat.delete`: deletes a message.
//! <https://docs.slack.dev/reference/methods/chat.delete>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Scopes, Timestamp};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Delete {}

impl Contract for Delete {
    const SPEC: Spec = Spec {
        name: "chat.delete",
        about: "Deletes a message of the caller's own; admins delete those of others of their organisation in channels. Where a message was answered, a tombstone is left.",
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
                "as_user",
                "boolean",
                "true",
                "An older way to say whose message it is; tokens say it by themselves. Without effect here.",
            ),
        ],
        success: r#"{"ok": true, "channel": "C123ABC456", "ts": "1401383885.000061"}"#,
        failure: r#"{"ok": false, "error": "message_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        // It must be a boolean where it is given, and says nothing.
        given.flag("as_user")?;
        Ok(Args {
            channel: given.required_id("channel")?,
            ts: given
                .required("ts")
                .map(|_| given.timestamp("ts").flatten())?,
        })
    }
}

/// What to delete.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The message; `None` when none is named.
    pub ts: Option<Timestamp>,
}

/// What was deleted.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Where it stood.
    pub channel: ChannelId,
    /// Which it was there.
    pub ts: String,
}

/// Why it is still there.
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
    /// The caller may not delete this message.
    #[strum(props(
        state = "somebody else's message, unless an admin's token names one of the organisation's in a channel; that somebody came, left or changed the channel; what a frozen copy shows; a reply that was answered itself; a channel with `archived: true`"
    ))]
    CantDeleteMessage,
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a private conversation the caller is not in"))]
    ChannelNotFound,
    /// There is no such message, or it is deleted.
    #[strum(props(
        state = "a `ts` that is none, one of no message in the channel, or a tombstone's"
    ))]
    MessageNotFound,
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
    use super::{Args, Delete, Error, Reply};
    use crate::{
        chat::{everywhere, message_keys},
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{
        ChannelId, Facts, Key, Moment, Plan, Stop, Timestamp, Watch, act,
        written::{self, Refusal},
    };

    impl Write for Delete {
        /// Where it stood, and which it was.
        type Outcome = (ChannelId, Timestamp);
        const REREADS: bool = true;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            message_keys(ask.args.channel, ask.args.ts, ask.caller.id())
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Self::Outcome>, Stop<Error>> {
            let (caller, args) = (&ask.caller, &ask.args);
            let terms = act::Terms {
                archived: Some(Error::CantDeleteMessage),
                ekm_suspended: Some(Error::EkmAccessDenied),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
                ..everywhere(&Delete::SPEC.scopes, Error::ChannelNotFound)
            };
            let seen = act::on(facts, caller, args.channel, terms)?;
            let change =
                written::delete(facts, caller, &seen, args.ts, moment).map_err(|stop| {
                    stop.map(|refusal| match refusal {
                        Refusal::NotFound => Error::MessageNotFound,
                        Refusal::NotYours => Error::CantDeleteMessage,
                    })
                })?;
            Ok(Plan {
                changes: vec![change],
                outcome: (seen.channel.id, args.ts.unwrap_or_default()),
            })
        }

        fn reply(
            _ask: &Ask<Args>,
            (channel, ts): Self::Outcome,
        ) -> Result<Good<Reply>, Refused<Error>> {
            let ts = ts.ts();
            Ok(Reply { channel, ts }.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

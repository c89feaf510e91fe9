//! `conversations.open`: opens a DM or a group DM, making it if need be.
//! <https://docs.slack.dev/reference/methods/conversations.open>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::{ByKind, ChannelId, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Open {}

const USER: ByKind = ByKind {
    public: &["channels:write"],
    private: &["groups:write"],
    im: &["im:write"],
    mpim: &["mpim:write"],
};

impl Contract for Open {
    const SPEC: Spec = Spec {
        name: "conversations.open",
        about: "Opens the DM with somebody or the group DM with several people, and makes it where there is none.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind {
                public: &["channels:manage"],
                ..USER
            },
            user: USER,
        },
        args: &[
            Arg::optional(
                "channel",
                "channel",
                "D1234567890",
                "The DM or group DM to open again. Counts before `users`.",
            ),
            Arg::optional(
                "users",
                "users",
                "U1234567890,U2345678901",
                "Whom to talk to: one for a DM, up to 8 for a group DM, the caller not counted. A person's own id alone is the DM with themselves.",
            ),
            Arg::optional(
                "return_im",
                "boolean",
                "true",
                "Tell everything about the conversation rather than its id. Default `false`.",
            ),
            Arg::optional(
                "prevent_creation",
                "boolean",
                "true",
                "Only look whether there is one, do not make it. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "no_op": true, "already_open": true, "channel": {"id": "D069C7QFK", "created": 1460147748, "is_im": true, "is_org_shared": false, "user": "U069C7QF3", "last_read": "0000000000.000000", "latest": null, "unread_count": 0, "unread_count_display": 0, "is_open": true, "priority": 0}}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[
            ("no_op", "Nothing was done; said by the key `no_op`."),
            (
                "already_open",
                "The conversation was open before; said by the key `already_open`.",
            ),
        ],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let (whole, may_make) = (given.flag("return_im")?, !given.flag("prevent_creation")?);
        if let Some(channel) = given.id("channel") {
            return Ok(Args {
                which: Which::Channel(channel),
                whole,
                may_make,
            });
        }
        let users = given
            .list("users")
            .ok_or(BadArguments::Refused(Error::UsersListNotSupplied))?;
        let users: Option<Vec<UserId>> = users.iter().map(|user| user.parse().ok()).collect();
        let users = users.ok_or(BadArguments::Refused(Error::UserNotFound))?;
        if users.is_empty() {
            return Err(BadArguments::Refused(Error::NotEnoughUsers));
        }
        Ok(Args {
            which: Which::Users(users),
            whole,
            may_make,
        })
    }
}

/// What to open, and how.
#[derive(Clone, Debug)]
pub struct Args {
    /// What.
    pub which: Which,
    /// Tell everything about it.
    pub whole: bool,
    /// Make it where there is none.
    pub may_make: bool,
}

/// How the conversation is named.
#[derive(Clone, Debug)]
pub enum Which {
    /// By its id; `None` when what was given is no conversation's id.
    Channel(Option<ChannelId>),
    /// By its people, at least one, each once; the caller may be among them.
    Users(Vec<UserId>),
}

/// The conversation.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// `true` when nothing was done; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_op: Option<bool>,
    /// `true` when it was open before; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_open: Option<bool>,
    /// The conversation.
    pub channel: Told,
}

/// What is told of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// Its id.
    Id {
        /// The id.
        id: ChannelId,
    },
    /// All, with `return_im`.
    Whole(Conversation),
}

/// Why it is not open.
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
    /// There is no such conversation for the caller, or none yet.
    #[strum(props(
        state = "an unknown id or a DM between others as `channel`; `prevent_creation` and people without a DM"
    ))]
    ChannelNotFound,
    /// These people may not talk to each other, or those of other organisations are in no channel together.
    #[strum(props(
        state = "two `users` whom a barrier separates; two of other organisations who have no channel in common"
    ))]
    InvalidUserCombination,
    /// Channels are not opened but joined.
    #[strum(props(state = "a public or private channel as `channel`"))]
    MethodNotSupportedForChannelType,
    /// There is nobody to talk to.
    #[strum(props(state = "an empty `users`, or a bot's own id alone"))]
    NotEnoughUsers,
    /// More people than a group DM can have.
    #[strum(props(state = "9 others in `users`"))]
    TooManyUsers,
    /// Somebody is no longer a member.
    #[strum(props(state = "a person with `status: removed`"))]
    UserDisabled,
    /// There is no such user for the caller.
    #[strum(props(
        state = "an unknown id, another kind of id, or somebody of another organisation who is in no channel with the caller"
    ))]
    UserNotFound,
    /// The caller may not see somebody.
    #[strum(props(
        state = "somebody whom a barrier separates from the caller, or of another workspace of the organisation"
    ))]
    UserNotVisible,
    /// Neither people nor a conversation were named.
    #[strum(props(state = "neither `users` nor `channel`"))]
    UsersListNotSupplied,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Open, Reply, Told, Which};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Tell, Write},
        objects::Conversation,
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, UserId, Watch, act,
        dm::{self, Refusal},
        see::Seen,
    };
    use guestlist_store::{Reader, StoreError};

    /// The conversation, and whether it was open before.
    pub struct Outcome(Seen, bool);

    fn others(ask: &Ask<Args>, users: &[UserId]) -> Vec<UserId> {
        users
            .iter()
            .copied()
            .filter(|user| *user != ask.caller.id())
            .collect()
    }

    impl Write for Open {
        type Outcome = Outcome;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            match &ask.args.which {
                Which::Channel(Some(channel)) => vec![
                    Key::Channel(*channel),
                    Key::Member(*channel, ask.caller.id()),
                ],
                Which::Channel(None) => Vec::new(),
                Which::Users(users) => dm::needs(&ask.caller, &others(ask, users)),
            }
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Outcome>, Stop<Error>> {
            let (caller, scopes) = (&ask.caller, &Open::SPEC.scopes);
            let opened = match &ask.args.which {
                Which::Channel(channel) => {
                    let terms = act::Terms {
                        scopes,
                        kinds: act::DMS,
                        not_found: Error::ChannelNotFound,
                        wrong_kind: Error::MethodNotSupportedForChannelType,
                        archived: None,
                        migrating: None,
                        ekm_suspended: None,
                        outsider: None,
                        not_listed: None,
                        not_granted: None,
                    };
                    dm::resume(caller, act::on(facts, caller, *channel, terms)?, moment)
                }
                Which::Users(users) => {
                    let others = others(ask, users);
                    if others.len() > dm::MOST_OTHERS {
                        return Err(Stop::Refused(Error::TooManyUsers));
                    }
                    caller
                        .scope_for(scopes, dm::kind(&others))
                        .map_err(Stop::Scope)?;
                    dm::open(facts, caller, &others, ask.args.may_make, moment)
                        .map_err(|stop| stop.map(Error::from))?
                        .ok_or(Stop::Refused(Error::ChannelNotFound))?
                }
            };
            let was_open = opened.changes.is_empty();
            Ok(Plan {
                changes: opened.changes,
                outcome: Outcome(opened.seen, was_open),
            })
        }

        fn reply(
            ask: &Ask<Args>,
            Outcome(seen, was_open): Outcome,
        ) -> Result<Good<Reply>, Refused<Error>> {
            let told = was_open.then_some(true);
            let channel = if ask.args.whole {
                Told::Whole(Conversation::whole(&seen, ask.caller.id()))
            } else {
                Told::Id {
                    id: seen.channel.id,
                }
            };
            Ok(Reply {
                no_op: told,
                already_open: told,
                channel,
            }
            .into())
        }
    }

    impl Tell for Open {
        fn tells(ask: &Ask<Args>) -> bool {
            ask.args.whole
        }

        fn tell(
            _ask: &Ask<Args>,
            reply: &mut Reply,
            reader: &mut Reader,
        ) -> Result<(), StoreError> {
            if let Told::Whole(conversation) = &mut reply.channel {
                conversation.complete(reader)?;
            }
            Ok(())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Oneself => Self::NotEnoughUsers,
                Refusal::UserNotFound => Self::UserNotFound,
                Refusal::UserDisabled => Self::UserDisabled,
                Refusal::UserNotVisible => Self::UserNotVisible,
                Refusal::Combination => Self::InvalidUserCombination,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

//! `channels.leave`: takes the caller out of a public channel.
//! <https://docs.slack.dev/reference/methods/channels.leave>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    conversations::leave::{Args, Reply},
};
use guestlist_domain::Caller;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Leave {}

impl Contract for Leave {
    const SPEC: Spec = Spec {
        name: "channels.leave",
        about: "Takes the caller out of a public channel. Retired: `conversations.leave` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: super::WRITE,
        args: &[Arg::required(
            "channel",
            "channel",
            "C1234567890",
            "The public channel to leave.",
        )],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "cant_leave_general"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn closed_to(caller: &Caller) -> Option<Error> {
        caller.user.guest.map(|_| Error::UserIsRestricted)
    }

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
        })
    }
}

/// Why the caller is still in it.
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
    /// There is no such public channel for the caller.
    #[strum(props(state = "an unknown id, a private channel or a DM"))]
    ChannelNotFound,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// Nobody leaves a channel in which everybody is.
    #[strum(props(state = "the general channel, or one with `mandatory: true`"))]
    CantLeaveGeneral,
    /// Guests may not call this method.
    #[strum(props(state = "a guest's token"))]
    UserIsRestricted,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Leave, Reply};
    use crate::{
        channels::is_public,
        conversations::leave,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch};

    impl Write for Leave {
        type Outcome = bool;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            leave::Leave::needs(ask)
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<bool>, Stop<Error>> {
            if !is_public(facts, &ask.caller, ask.args.channel)? {
                return Err(Stop::Refused(Error::ChannelNotFound));
            }
            leave::Leave::decide(facts, ask, moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(ask: &Ask<Args>, not_in: bool) -> Result<Good<Reply>, Refused<Error>> {
            leave::Leave::reply(ask, not_in).map_err(|refused| Error::from(refused.error).into())
        }
    }

    impl From<leave::Error> for Error {
        fn from(newer: leave::Error) -> Self {
            match newer {
                leave::Error::CantLeaveGeneral => Self::CantLeaveGeneral,
                // The last two are said of other conversations than public channels.
                leave::Error::ChannelNotFound
                | leave::Error::LastMember
                | leave::Error::MethodNotSupportedForChannelType => Self::ChannelNotFound,
                leave::Error::IsArchived => Self::IsArchived,
                leave::Error::UserIsRestricted => Self::UserIsRestricted,
            }
        }
    }
}

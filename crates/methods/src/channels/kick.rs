//! `channels.kick`: takes somebody else out of a public channel.
//! <https://docs.slack.dev/reference/methods/channels.kick>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    conversations::kick::Args,
};
use guestlist_domain::Caller;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Kick {}

impl Contract for Kick {
    const SPEC: Spec = Spec {
        name: "channels.kick",
        about: "Takes somebody out of a public channel that the caller is in. Retired: `conversations.kick` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: super::WRITE,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The public channel."),
            Arg::required("user", "user", "W1234567890", "Who is to go."),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "not_in_channel"}"#,
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
            user: given.required_id("user")?,
        })
    }
}

/// Nothing.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why they are still in it.
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
    /// There is no such user.
    #[strum(props(
        state = "an unknown id, another kind of id, or somebody of an organisation that has nothing to do with the caller's"
    ))]
    UserNotFound,
    /// Who wants to go has a method of their own.
    #[strum(props(state = "the caller's own id as `user`"))]
    CantKickSelf,
    /// They are not in the channel, or the caller is not.
    #[strum(props(state = "a `user` who is not a member, or a channel the caller is not in"))]
    NotInChannel,
    /// Nobody is taken out of the general channel.
    #[strum(props(state = "a channel with `general: true`"))]
    CantKickFromGeneral,
    /// They have to be in this channel, or are not the caller's to take out.
    #[strum(props(
        state = "a channel with `mandatory: true`; a caller of a connected workspace and somebody of another organisation"
    ))]
    RestrictedAction,
    /// Guests may not call this method.
    #[strum(props(state = "a guest's token"))]
    UserIsRestricted,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Kick, Reply};
    use crate::{
        channels::is_public,
        conversations::kick,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch};

    impl Write for Kick {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            kick::Kick::needs(ask)
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            if !is_public(facts, &ask.caller, ask.args.channel)? {
                return Err(Stop::Refused(Error::ChannelNotFound));
            }
            kick::Kick::decide(facts, ask, moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl From<kick::Error> for Error {
        fn from(newer: kick::Error) -> Self {
            match newer {
                kick::Error::CantKickFromGeneral => Self::CantKickFromGeneral,
                kick::Error::CantKickSelf => Self::CantKickSelf,
                // The second is said of other conversations than public channels.
                kick::Error::ChannelNotFound | kick::Error::MethodNotSupportedForChannelType => {
                    Self::ChannelNotFound
                }
                kick::Error::NotInChannel => Self::NotInChannel,
                kick::Error::UserNotFound => Self::UserNotFound,
                kick::Error::EkmAccessDenied => Self::EkmAccessDenied,
                kick::Error::AccessDenied => Self::AccessDenied,
                // Workspace tokens are bots', and do not come here.
                kick::Error::NotSupported
                | kick::Error::RestrictedAction
                | kick::Error::NoPermission => Self::RestrictedAction,
            }
        }
    }
}

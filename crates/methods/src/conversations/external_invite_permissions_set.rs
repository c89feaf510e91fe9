//! `conversations.externalInvitePermissions.set`: lets a partner do more or less in a channel.
//! <https://docs.slack.dev/reference/methods/conversations.externalInvitePermissions.set>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Scopes, connect::Party};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ExternalInvitePermissionsSet {}

impl Contract for ExternalInvitePermissionsSet {
    const SPEC: Spec = Spec {
        name: "conversations.externalInvitePermissions.set",
        about: "Lets a partner of a connected channel post only, or invite and change its side of the channel as well.",
        verb: Verb::Post,
        json: false,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The channel."),
            Arg::required(
                "target_team",
                "team",
                "T1234567890",
                "The partner: its workspace or organisation.",
            ),
            Arg::required(
                "action",
                "string",
                "upgrade",
                "`upgrade` to let it invite, `downgrade` to let it post only.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let target = given.required_id("target_team")?;
        let external_limited = match given.required("action")?.trim() {
            "upgrade" => false,
            "downgrade" => true,
            _ => return Err(BadArguments::Refused(Error::InvalidAction)),
        };
        Ok(Args {
            channel,
            target,
            external_limited,
        })
    }
}

/// What whom is let do where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The partner; `None` when what was given names none.
    pub target: Option<Party>,
    /// It may post only.
    pub external_limited: bool,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why it stays as it is.
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
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, a private channel the caller is not in, or a DM"))]
    ChannelNotFound,
    /// A partner's rights in this channel cannot be changed.
    #[strum(props(state = "a channel with `legacy_shared: true` or `shareable: false`"))]
    NotSupported,
    /// The caller may not change it.
    #[strum(props(
        state = "a guest's token; `connect: {manage: …}` that excludes the caller; a caller whose organisation is not the host"
    ))]
    RestrictedAction,
    /// The party named takes no part in the channel.
    #[strum(props(state = "a `target_team` that is not connected to the channel"))]
    InvalidTargetTeam,
    /// It can only be let do more or less.
    #[strum(props(state = "an `action` other than `upgrade` and `downgrade`"))]
    InvalidAction,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, ExternalInvitePermissionsSet, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::rights::{self, Refusal},
    };

    impl Write for ExternalInvitePermissionsSet {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let keys = |id| [Key::Channel(id), Key::Member(id, ask.caller.id())];
            ask.args.channel.into_iter().flat_map(keys).collect()
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let Args {
                channel,
                target,
                external_limited,
            } = ask.args;
            rights::set(
                facts,
                &ask.caller,
                channel,
                target,
                external_limited,
                moment,
            )
            .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Restricted => Self::RestrictedAction,
                Refusal::ChannelNotFound => Self::ChannelNotFound,
                Refusal::InvalidTarget => Self::InvalidTargetTeam,
                Refusal::NotSupported => Self::NotSupported,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

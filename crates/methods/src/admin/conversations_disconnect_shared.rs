//! `admin.conversations.disconnectShared`: ends a side's part in a connected channel.
//! <https://docs.slack.dev/reference/methods/admin.conversations.disconnectShared>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, ChannelId, Scopes, connect::Party};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ConversationsDisconnectShared {}

impl Contract for ConversationsDisconnectShared {
    const SPEC: Spec = Spec {
        name: "admin.conversations.disconnectShared",
        about: "Ends a workspace's part in a connected channel. If it could do more than post, it keeps an archived copy under a new id.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.conversations:write"]),
        },
        args: &[
            Arg::required(
                "channel_id",
                "channel",
                "C1234567890",
                "The channel, one that the caller's organisation takes part in.",
            ),
            Arg::optional(
                "leaving_team_ids",
                "teams",
                "T1234567890",
                "The one workspace or organisation that goes. Needed where more than two take part; of two it is the one that is not the host.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "no_teams_to_disconnect"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel_id")?;
        let leaving = given.list("leaving_team_ids").unwrap_or_default();
        Ok(Args {
            channel,
            leaving: leaving.iter().map(|text| text.parse().ok()).collect(),
        })
    }
}

/// Who goes from where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Who goes; `None` for what names nobody.
    pub leaving: Vec<Option<Party>>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why it stays connected.
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
    /// The host does not go.
    #[strum(props(state = "the host's workspace or organisation among `leaving_team_ids`"))]
    CannotKickHomeTeam,
    /// Only the host disconnects others.
    #[strum(props(state = "a caller of a partner, and another partner as `leaving_team_ids`"))]
    CannotKickTeam,
    /// There is no such channel in the caller's organisation.
    #[strum(props(state = "an unknown id, or a channel the organisation takes no part in"))]
    ChannelNotFound,
    /// DMs are not connected.
    #[strum(props(state = "a DM or a group DM"))]
    ChannelTypeNotSupported,
    /// Slack Connect is off in the workspace.
    #[strum(props(state = "`connect: {enabled: false}`"))]
    FeatureNotEnabled,
    /// The party named takes no part.
    #[strum(props(state = "a `leaving_team_ids` that is not connected to the channel"))]
    LeavingTeamNotInChannel,
    /// It has to be said who goes, and one party at a time.
    #[strum(props(
        state = "a channel with several partners and no `leaving_team_ids`; two of them"
    ))]
    LeavingTeamRequired,
    /// Nobody takes part but the host.
    #[strum(props(state = "a channel without connections"))]
    NoTeamsToDisconnect,
    /// The caller is no admin.
    #[strum(props(state = "a token of somebody who is neither admin nor owner, a bot's too"))]
    NotAnAdmin,
    /// The caller's workspace belongs to no organisation.
    #[strum(props(state = "a workspace without `enterprise`"))]
    NotAnEnterprise,
    /// The general channel stays.
    #[strum(props(state = "a channel with `general: true`"))]
    NotSupported,
    /// Nobody may disconnect here.
    #[strum(props(state = "`connect: {manage: nobody}`"))]
    RestrictedAction,
    /// A party named is none.
    #[strum(props(state = "an unknown id among `leaving_team_ids`"))]
    TeamNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, ConversationsDisconnectShared, Error, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::sever::{self, Refusal},
    };

    impl Write for ConversationsDisconnectShared {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let me = ask.caller.id();
            let keys = |id| [Key::Channel(id), Key::Member(id, me), Key::Offers(id)];
            ask.args.channel.into_iter().flat_map(keys).collect()
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let Args { channel, leaving } = &ask.args;
            sever::disconnect(facts, &ask.caller, *channel, leaving, moment)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::NotAnEnterprise,
                Refusal::NotAnAdmin => Self::NotAnAdmin,
                Refusal::Off => Self::FeatureNotEnabled,
                Refusal::Restricted => Self::RestrictedAction,
                Refusal::ChannelNotFound => Self::ChannelNotFound,
                Refusal::WrongKind => Self::ChannelTypeNotSupported,
                Refusal::General => Self::NotSupported,
                Refusal::TeamNotFound => Self::TeamNotFound,
                Refusal::NotShared => Self::NoTeamsToDisconnect,
                Refusal::WhichTeam => Self::LeavingTeamRequired,
                Refusal::Host => Self::CannotKickHomeTeam,
                Refusal::NotInChannel => Self::LeavingTeamNotInChannel,
                Refusal::NotHost => Self::CannotKickTeam,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

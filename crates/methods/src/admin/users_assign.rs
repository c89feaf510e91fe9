//! `admin.users.assign`: brings somebody of the organisation into another of its workspaces.
//! <https://docs.slack.dev/reference/methods/admin.users.assign>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, ChannelId, Scopes, TeamId, UserId, user::Guest};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersAssign {}

impl Contract for UsersAssign {
    const SPEC: Spec = Spec {
        name: "admin.users.assign",
        about: "Brings somebody of the caller's organisation into another of its workspaces: into the channels named and, unless they are a guest, into those that everybody is in. Who was removed is back, in this workspace alone.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.users:write"]),
        },
        args: &[
            Arg::required(
                "team_id",
                "team",
                "T12345678",
                "The workspace they come to.",
            ),
            Arg::required("user_id", "user", "W12345678", "Who comes."),
            Arg::optional(
                "is_restricted",
                "boolean",
                "true",
                "Whether they come as a multi-channel guest; default `false`. Who is in other workspaces comes as what they are there.",
            ),
            Arg::optional(
                "is_ultra_restricted",
                "boolean",
                "true",
                "Whether they come as a single-channel guest, which counts more than `is_restricted`; default `false`. Only who is in no other workspace can.",
            ),
            Arg::optional(
                "channel_ids",
                "channels",
                "C123,C3456",
                "The channels they come into: ids with commas between. A guest needs one at least, a single-channel guest one alone.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "user_already_team_member"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channels = given.list("channel_ids").unwrap_or_default();
        let restricted = given.flag("is_restricted")?;
        let guest = match given.flag("is_ultra_restricted")? {
            true => Some(Guest::SingleChannel),
            false => restricted.then_some(Guest::MultiChannel),
        };
        Ok(Args {
            team: given.required_id("team_id")?,
            user: given.required_id("user_id")?,
            channels: channels.iter().map(|text| text.parse().ok()).collect(),
            guest,
        })
    }
}

/// Who comes where, and as what.
#[derive(Clone, Debug)]
pub struct Args {
    /// The workspace; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// Who; `None` when what was given is no user's id.
    pub user: Option<UserId>,
    /// The channels, each once; `None` where what was given is no channel's id.
    pub channels: Vec<Option<ChannelId>>,
    /// As a guest of which kind.
    pub guest: Option<Guest>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody comes.
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
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// They are something else in their other workspaces.
    #[strum(props(
        state = "a guest who is not asked for as one of their kind, or a full member who is; a single-channel guest who is in another workspace"
    ))]
    InvalidRoleForUser,
    /// They cannot come so.
    #[strum(props(
        state = "a guest without channels, or with one that is closed to guests; somebody whose time as a guest is over, or whose address somebody else of the workspace has"
    ))]
    InvitedUserNotCreated,
    /// They are removed, and cannot come back so.
    #[strum(props(
        state = "the same of somebody who is removed; a single-channel guest with several channels"
    ))]
    InvitedUserNotReactivated,
    /// Not all of the channels are the caller's to bring somebody into.
    #[strum(props(
        state = "a channel that is unknown, archived, a DM or not of the workspace; a private one that the caller is not in; one that could not be invited to: by its `access_list`, a partner's with `external_limited`, a barrier"
    ))]
    InvitorCannotSeeChannel,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// The caller's organisation has no such workspace.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
    /// They are in the workspace already.
    #[strum(props(state = "somebody who is in the workspace and not removed"))]
    UserAlreadyTeamMember,
    /// Bots go with their app.
    #[strum(props(state = "a bot's `user_id`"))]
    UserIsBot,
    /// The organisation has nobody of this id.
    #[strum(props(
        state = "an unknown id, somebody of another organisation, or who is invited and has not joined"
    ))]
    UserNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersAssign};
    use crate::handle::{Ask, Good, Refused, Staff, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, TeamId, Watch,
        people::by_admin::assign::{self, Refusal},
    };
    use guestlist_store::{Reader, StoreError};

    impl Write for UsersAssign {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            assign::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            assign::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl Staff for UsersAssign {
        fn welcomed(ask: &Ask<Args>, _reader: &mut Reader) -> Result<Vec<TeamId>, StoreError> {
            let usual = ask.args.guest.is_none() && ask.caller.user.is_admin();
            Ok(ask.args.team.filter(|_| usual).into_iter().collect())
        }
    }

    fn question(ask: &Ask<Args>) -> assign::Ask<'_> {
        assign::Ask {
            caller: &ask.caller,
            team: ask.args.team,
            user: ask.args.user,
            channels: &ask.args.channels,
            guest: ask.args.guest,
            usual: &ask.usual,
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin => Self::NotAnAdmin,
                Refusal::TeamNotFound => Self::TeamNotFound,
                Refusal::UserNotFound => Self::UserNotFound,
                Refusal::Bot => Self::UserIsBot,
                Refusal::AlreadyIn => Self::UserAlreadyTeamMember,
                Refusal::OtherRole => Self::InvalidRoleForUser,
                Refusal::Channels => Self::InvitorCannotSeeChannel,
                Refusal::NotTaken => Self::InvitedUserNotCreated,
                Refusal::NotBack => Self::InvitedUserNotReactivated,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

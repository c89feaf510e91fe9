//! `admin.users.remove`: takes somebody out of a workspace.
//! <https://docs.slack.dev/reference/methods/admin.users.remove>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes, TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersRemove {}

impl Contract for UsersRemove {
    const SPEC: Spec = Spec {
        name: "admin.users.remove",
        about: "Takes somebody out of a workspace of the caller's organisation, and out of the channels that go with it. Who is in no other workspace is removed.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.users:write"]),
        },
        args: &[
            Arg::required("team_id", "team", "T12345678", "The workspace."),
            Arg::required("user_id", "user", "W12345678", "Whom."),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "cannot_modify_primary_owner"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            team: given.required_id("team_id")?,
            user: given.required_id("user_id")?,
        })
    }
}

/// Who is taken out of where.
#[derive(Clone, Debug)]
pub struct Args {
    /// Where; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// Who; `None` when what was given is no user's id.
    pub user: Option<UserId>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody is taken out.
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
    /// The primary owner stays.
    #[strum(props(state = "a user with `role: primary_owner`"))]
    CannotModifyPrimaryOwner,
    /// Bots go with their app.
    #[strum(props(state = "a bot's `user_id`"))]
    FailedToRemoveUserFromWorkspace,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The caller is no admin or owner; or it takes an owner.
    #[strum(props(
        state = "a token of somebody who is neither admin nor owner; an owner as `user_id`, and a caller who is admin but no owner"
    ))]
    InvalidPermissions,
    /// The caller's organisation has no such workspace.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
    /// They are removed already.
    #[strum(props(state = "somebody with `status: removed`, or whose invitation was taken back"))]
    UserAlreadyDeleted,
    /// There is nobody of this id in the workspace.
    #[strum(props(
        state = "an unknown id, somebody of another organisation, or who is in other workspaces than `team_id`"
    ))]
    UserNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersRemove};
    use crate::handle::{Ask, Good, Refused, Staff, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, UserId, Watch,
        connect::Party,
        people::by_admin::{self, Refusal},
    };

    impl Write for UsersRemove {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            by_admin::needs_to_remove(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            by_admin::remove(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl Staff for UsersRemove {
        fn left(ask: &Ask<Args>) -> Option<UserId> {
            ask.args.user
        }
    }

    fn question(ask: &Ask<Args>) -> by_admin::Ask<'_> {
        by_admin::Ask {
            caller: &ask.caller,
            place: ask.args.team.map(Party::Team),
            user: ask.args.user,
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin | Refusal::OwnersOnly => Self::InvalidPermissions,
                Refusal::NoSuchPlace => Self::TeamNotFound,
                Refusal::UserNotFound => Self::UserNotFound,
                Refusal::NoMember => Self::FailedToRemoveUserFromWorkspace,
                Refusal::Removed => Self::UserAlreadyDeleted,
                Refusal::PrimaryOwner => Self::CannotModifyPrimaryOwner,
                // Who goes is asked neither.
                Refusal::SeveralWorkspaces { .. } | Refusal::NotTaken => {
                    Self::FailedToRemoveUserFromWorkspace
                }
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

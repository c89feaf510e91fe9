//! `admin.users.setRegular`: makes a guest, an admin or an owner a regular member.
//! <https://docs.slack.dev/reference/methods/admin.users.setRegular>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes, UserId, connect::Party};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersSetRegular {}

impl Contract for UsersSetRegular {
    const SPEC: Spec = Spec {
        name: "admin.users.setRegular",
        about: "Makes a guest, an admin or an owner of the caller's organisation a regular member. Who was a guest comes into the channels that everybody is in.",
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
                "A workspace they are in, or the organisation, which it has to be where they are in several.",
            ),
            Arg::required(
                "user_id",
                "user",
                "W12345678",
                "Who becomes a regular member.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "cannot_set_this_guest_to_regular_at_team_level"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            place: given.required_id("team_id")?,
            user: given.required_id("user_id")?,
        })
    }
}

/// Who becomes a regular member where.
#[derive(Clone, Debug)]
pub struct Args {
    /// Where; `None` when what was given is no id of a workspace or organisation.
    pub place: Option<Party>,
    /// Who; `None` when what was given is no user's id.
    pub user: Option<UserId>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody becomes a regular member.
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
    /// The primary owner stays that.
    #[strum(props(state = "a user with `role: primary_owner`"))]
    CannotModifyPrimaryOwner,
    /// An admin or owner would become less in workspaces that were not named.
    #[strum(props(
        state = "an admin or owner of several workspaces, who has one role in all of them, and one of these as `team_id`"
    ))]
    CannotSetOrgAdminToRegularAtWorkspaceLevel,
    /// A guest would be none any more in workspaces that were not named.
    #[strum(props(state = "a guest of several workspaces, and one of these as `team_id`"))]
    CannotSetThisGuestToRegularAtTeamLevel,
    /// They cannot become a regular member as they are.
    #[strum(props(
        state = "somebody who is removed, or whose time as a guest is over; whose workspace is not in use"
    ))]
    FailedToSetUserToRegular,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// Bots are no members, and only owners make owners less.
    #[strum(props(
        state = "a bot's `user_id`; an owner as `user_id`, and a caller who is admin but no owner"
    ))]
    InvalidRoleForUser,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// The caller's organisation is another, and has no such workspace.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
    /// There is nobody of this id.
    #[strum(props(
        state = "an unknown id, somebody of another organisation, or of other workspaces than `team_id`"
    ))]
    UserNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersSetRegular};
    use crate::handle::{Ask, Good, Refused, Staff, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, TeamId, Watch,
        people::by_admin::{self, Refusal},
    };
    use guestlist_store::{Reader, StoreError};

    impl Write for UsersSetRegular {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let mut needs = by_admin::needs(&question(ask));
            needs.extend(ask.usual.iter().copied().map(Key::Channel));
            needs
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            by_admin::set_regular(facts, &question(ask), &ask.usual, moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl Staff for UsersSetRegular {
        /// Those of a guest, who may be none any more.
        fn welcomed(ask: &Ask<Args>, reader: &mut Reader) -> Result<Vec<TeamId>, StoreError> {
            let Some(id) = ask.args.user.filter(|_| ask.caller.user.is_admin()) else {
                return Ok(Vec::new());
            };
            let guest = reader.user(id)?.filter(|user| user.guest.is_some());
            Ok(guest.map_or_else(Vec::new, |user| user.all_teams().collect()))
        }
    }

    fn question(ask: &Ask<Args>) -> by_admin::Ask<'_> {
        by_admin::Ask {
            caller: &ask.caller,
            place: ask.args.place,
            user: ask.args.user,
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin => Self::NotAnAdmin,
                Refusal::NoSuchPlace => Self::TeamNotFound,
                Refusal::UserNotFound => Self::UserNotFound,
                Refusal::NoMember | Refusal::OwnersOnly => Self::InvalidRoleForUser,
                Refusal::Removed | Refusal::NotTaken => Self::FailedToSetUserToRegular,
                Refusal::PrimaryOwner => Self::CannotModifyPrimaryOwner,
                Refusal::SeveralWorkspaces { guest: true } => {
                    Self::CannotSetThisGuestToRegularAtTeamLevel
                }
                Refusal::SeveralWorkspaces { guest: false } => {
                    Self::CannotSetOrgAdminToRegularAtWorkspaceLevel
                }
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

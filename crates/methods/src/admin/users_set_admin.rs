//! `admin.users.setAdmin`: makes a member, or an owner, an admin.
//! <https://docs.slack.dev/reference/methods/admin.users.setAdmin>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes, UserId, connect::Party};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersSetAdmin {}

impl Contract for UsersSetAdmin {
    const SPEC: Spec = Spec {
        name: "admin.users.setAdmin",
        about: "Makes a full member, or an owner, of the caller's organisation an admin.",
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
            Arg::required("user_id", "user", "W12345678", "Who becomes an admin."),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "invalid_role_for_user"}"#,
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

/// Who becomes an admin where.
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

/// Why nobody becomes an admin.
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
    /// They cannot become an admin as they are.
    #[strum(props(state = "somebody who is removed; whose workspace is not in use"))]
    FailedToSetUserToAdmin,
    /// They would become an admin in workspaces that were not named.
    #[strum(props(
        state = "a user of several workspaces, who has one role in all of them, and one of these as `team_id`"
    ))]
    FailedToSetAdminOnWorkspaces,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// Only owners make owners less.
    #[strum(props(state = "an owner as `user_id`, and a caller who is admin but no owner"))]
    InvalidPermissions,
    /// Guests and bots become no admins.
    #[strum(props(state = "a user with `guest`, or a bot's"))]
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
    use super::{Args, Error, Reply, UsersSetAdmin};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        people::by_admin::{self, Refusal},
    };

    impl Write for UsersSetAdmin {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            by_admin::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            by_admin::set_admin(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
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
                Refusal::NoMember => Self::InvalidRoleForUser,
                Refusal::Removed | Refusal::NotTaken => Self::FailedToSetUserToAdmin,
                Refusal::PrimaryOwner => Self::CannotModifyPrimaryOwner,
                Refusal::OwnersOnly => Self::InvalidPermissions,
                Refusal::SeveralWorkspaces { .. } => Self::FailedToSetAdminOnWorkspaces,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

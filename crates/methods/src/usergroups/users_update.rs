//! `usergroups.users.update`: says who is in a user group.
//! <https://docs.slack.dev/reference/methods/usergroups.users.update>

use super::{WRITE, Which};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UsergroupObject,
};
use guestlist_domain::{TeamId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersUpdate {}

impl Contract for UsersUpdate {
    const SPEC: Spec = Spec {
        name: "usergroups.users.update",
        about: "Says who is in a user group. Whoever is new comes into its default channels; who is not named is in it no more.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: WRITE,
        args: &[
            Arg::required("usergroup", "usergroup", "S0604QSJC", "The group."),
            Arg::required(
                "users",
                "users",
                "U060R4BJ4,U060RNRCZ",
                "Everybody who is in it: up to 1,000 full members of the workspace.",
            ),
            Arg::optional(
                "include_count",
                "boolean",
                "true",
                "Tell how many are in the group. Default `false`.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace. Needed with an organisation-wide token, ignored with any other.",
            ),
        ],
        success: r#"{"ok": true, "usergroup": {"id": "S0615G0KT", "team_id": "T060RNRCH", "is_usergroup": true, "is_subteam": true, "name": "Night Shift", "description": "Whoever is awake when the pager rings", "handle": "night-shift", "is_external": false, "date_create": 1446746793, "date_update": 1447102109, "date_delete": 0, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "", "created_by": "U060RNRCZ", "updated_by": "U060RNRCZ", "deleted_by": null, "prefs": {"channels": [], "groups": []}, "users": ["U060R4BJ4", "U060RNRCZ"], "user_count": 2}}"#,
        failure: r#"{"ok": false, "error": "no_users_provided"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            usergroup: given.required_id("usergroup")?,
            users: (given.list("users").unwrap_or_default().into_iter())
                .map(|text| text.parse().map_err(|_| text))
                .collect(),
            include_count: given.flag("include_count")?,
            team: given.id("team_id").flatten(),
        })
    }
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Args {
    /// The group.
    pub usergroup: Which,
    /// Who is in it: ids, or texts that are none.
    pub users: Vec<Result<UserId, String>>,
    /// Tell how many are in it.
    pub include_count: bool,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The group.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As it is now.
    pub usergroup: UsergroupObject,
}

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
    /// Somebody is of another workspace.
    #[strum(props(state = "a user of another workspace, be it of the organisation"))]
    FailedForSomeUsers,
    /// Somebody is nobody, or cannot be in a group.
    #[strum(props(state = "an unknown id, somebody removed, a bot or a multi-channel guest"))]
    InvalidUsers,
    /// An argument that this token needs is not there; `arg` names it.
    #[strum(props(
        state = "an `org` token and no workspace in `team_id`",
        arg = "team_id"
    ))]
    MissingArgument,
    /// The workspace has no such group.
    #[strum(props(state = "a `usergroup` that is none of the workspace's"))]
    NoSuchSubteam,
    /// Nobody is named.
    #[strum(props(state = "no `users`, or none in it"))]
    NoUsersProvided,
    /// The workspace does not let the caller manage groups.
    #[strum(props(
        state = "a guest's token, or `who_may_manage_usergroups` that excludes the caller"
    ))]
    PermissionDenied,
    /// The workspace pays for no user groups.
    #[strum(props(state = "a workspace with `plan: free`"))]
    PlanUpgradeRequired,
    /// Somebody is a guest of one channel.
    #[strum(props(state = "a single-channel guest"))]
    SingleChannelGuestsCannotBeAdded,
    /// A group has so many people at most.
    #[strum(props(state = "1,001 `users`"))]
    SubteamMaxUsersExceeded,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersUpdate};
    use crate::{
        handle::{Ask, Good, Refused, Write},
        objects::UsergroupObject,
        usergroups::{barred, is_homeless},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Usergroup, Watch,
        usergroup::{self, BadPeople, Unchanged},
    };
    use std::sync::Arc;

    impl Write for UsersUpdate {
        type Outcome = Arc<Usergroup>;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            usergroup::needs(&ask.caller, &ask.args.users)
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Arc<Usergroup>>, Stop<Error>> {
            let Ask { caller, args, .. } = ask;
            if is_homeless(caller, args.team) {
                return Err(Stop::Refused(Error::MissingArgument));
            }
            usergroup::set_users(facts, caller, args.usergroup, &args.users, moment)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(ask: &Ask<Args>, group: Arc<Usergroup>) -> Result<Good<Reply>, Refused<Error>> {
            let usergroup = UsergroupObject::new(&group).users(&group, usize::MAX);
            Ok(Reply {
                usergroup: usergroup.count(&group, ask.args.include_count),
            }
            .into())
        }
    }

    barred!(PlanUpgradeRequired);

    impl From<Unchanged<BadPeople>> for Error {
        fn from(no: Unchanged<BadPeople>) -> Self {
            match no {
                Unchanged::Barred(barred) => barred.into(),
                Unchanged::NoSuchGroup => Self::NoSuchSubteam,
                Unchanged::Wrong(bad) => bad.into(),
            }
        }
    }

    impl From<BadPeople> for Error {
        fn from(bad: BadPeople) -> Self {
            match bad {
                BadPeople::NobodyNamed => Self::NoUsersProvided,
                BadPeople::TooMany => Self::SubteamMaxUsersExceeded,
                BadPeople::Invalid => Self::InvalidUsers,
                BadPeople::SingleChannelGuest => Self::SingleChannelGuestsCannotBeAdded,
                BadPeople::Elsewhere => Self::FailedForSomeUsers,
            }
        }
    }
}

//! `usergroups.disable`: takes a user group out of use.
//! <https://docs.slack.dev/reference/methods/usergroups.disable>

use super::{WRITE, Which};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UsergroupObject,
};
use guestlist_domain::TeamId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Disable {}

impl Contract for Disable {
    const SPEC: Spec = Spec {
        name: "usergroups.disable",
        about: "Takes a user group out of use. Who is in it stays known, for when it is enabled again.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: WRITE,
        args: &[
            Arg::required("usergroup", "usergroup", "S0604QSJC", "The group."),
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
        success: r#"{"ok": true, "usergroup": {"id": "S0615G0KT", "team_id": "T060RNRCH", "is_usergroup": true, "is_subteam": true, "name": "Night Shift", "description": "Whoever is awake when the pager rings", "handle": "night-shift", "is_external": false, "date_create": 1446746793, "date_update": 1446748865, "date_delete": 1446748865, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "", "created_by": "U060RNRCZ", "updated_by": "U060RNRCZ", "deleted_by": "U060RNRCZ", "prefs": {"channels": [], "groups": []}, "users": ["U060RNRCZ"], "user_count": 1}}"#,
        failure: r#"{"ok": false, "error": "no_such_subteam"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            usergroup: given.required_id("usergroup")?,
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
    /// An argument that this token needs is not there.
    #[strum(props(
        never = "a call without `usergroup` is `invalid_arguments`, an organisation-wide token without `team_id` `target_team_must_be_specified_in_org_context`"
    ))]
    MissingArgument,
    /// The workspace has no such group.
    #[strum(props(state = "a `usergroup` that is none of the workspace's"))]
    NoSuchSubteam,
    /// The workspace does not let the caller manage groups.
    #[strum(props(
        state = "a guest's token, or `who_may_manage_usergroups` that excludes the caller"
    ))]
    PermissionDenied,
    /// The workspace pays for no user groups.
    #[strum(props(state = "a workspace with `plan: free`"))]
    PlanUpgradeRequired,
    /// An organisation-wide token has to name a workspace.
    #[strum(props(state = "an `org` token and no workspace in `team_id`"))]
    TargetTeamMustBeSpecifiedInOrgContext,
    /// The organisation has no such workspace.
    #[strum(props(
        never = "a `team_id` elsewhere is `team_access_not_granted`, before the method is asked"
    ))]
    TargetTeamNotOnOrg,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Disable, Error, Reply};
    use crate::{
        handle::{Ask, Good, Refused, Write},
        objects::UsergroupObject,
        usergroups::{barred, is_homeless},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Usergroup, Watch,
        usergroup::{self, Unchanged},
    };
    use std::{convert::Infallible, sync::Arc};

    impl Write for Disable {
        type Outcome = Arc<Usergroup>;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            usergroup::needs(&ask.caller, &[])
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Arc<Usergroup>>, Stop<Error>> {
            let Ask { caller, args, .. } = ask;
            if is_homeless(caller, args.team) {
                return Err(Stop::Refused(Error::TargetTeamMustBeSpecifiedInOrgContext));
            }
            usergroup::set_enabled(facts, caller, args.usergroup, false, moment)
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

    impl From<Unchanged<Infallible>> for Error {
        fn from(no: Unchanged<Infallible>) -> Self {
            match no {
                Unchanged::Barred(barred) => barred.into(),
                Unchanged::NoSuchGroup => Self::NoSuchSubteam,
                Unchanged::Wrong(never) => match never {},
            }
        }
    }
}

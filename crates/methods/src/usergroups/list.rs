//! `usergroups.list`: the user groups of a workspace.
//! <https://docs.slack.dev/reference/methods/usergroups.list>

use super::READ;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UsergroupObject,
};
use guestlist_domain::TeamId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum List {}

impl Contract for List {
    const SPEC: Spec = Spec {
        name: "usergroups.list",
        about: "Lists the user groups of the caller's workspace, by their ids.",
        verb: Verb::Get,
        json: true,
        tier: Tier::Two,
        scopes: READ,
        args: &[
            Arg::optional(
                "include_count",
                "boolean",
                "true",
                "Tell how many are in each. Default `false`.",
            ),
            Arg::optional(
                "include_disabled",
                "boolean",
                "true",
                "Disabled groups, too. Default `false`.",
            ),
            Arg::optional(
                "include_users",
                "boolean",
                "true",
                "Tell who is in each. Default `false`.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace. Needed with an organisation-wide token, ignored with any other.",
            ),
        ],
        success: r#"{"ok": true, "usergroups": [{"id": "S0615G0KT", "team_id": "T060RNRCH", "is_usergroup": true, "is_subteam": true, "name": "Night Shift", "description": "Whoever is awake when the pager rings", "handle": "night-shift", "is_external": false, "date_create": 1446746793, "date_update": 1446746793, "date_delete": 0, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "", "created_by": "U060RNRCZ", "updated_by": "U060RNRCZ", "deleted_by": null, "prefs": {"channels": [], "groups": []}, "users": ["U060RNRCZ"], "user_count": 1}]}"#,
        failure: r#"{"ok": false, "error": "plan_upgrade_required"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            include_count: given.flag("include_count")?,
            include_disabled: given.flag("include_disabled")?,
            include_users: given.flag("include_users")?,
            team: given.id("team_id").flatten(),
        })
    }
}

/// Which groups, and what of them.
#[derive(Clone, Debug)]
pub struct Args {
    /// Tell how many are in each.
    pub include_count: bool,
    /// Disabled ones, too.
    pub include_disabled: bool,
    /// Tell who is in each.
    pub include_users: bool,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The groups.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub usergroups: Vec<UsergroupObject>,
}

/// Why they are not told.

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
    /// The cursor is none that this method gave.
    #[strum(props(never = "all comes at once, and no cursor is asked for"))]
    InvalidCursor,
    /// There is no such workspace.
    #[strum(props(
        never = "a `team_id` elsewhere is `team_access_not_granted`, before the method is asked"
    ))]
    InvalidTeam,
    /// An argument that this token needs is not there; `arg` names it.
    #[strum(props(
        state = "an `org` token and no workspace in `team_id`",
        arg = "team_id"
    ))]
    MissingArgument,
    /// The workspace pays for no user groups.
    #[strum(props(state = "a workspace with `plan: free`"))]
    PlanUpgradeRequired,
    /// Nobody of a group was found.
    #[strum(props(never = "whoever is in a group is there"))]
    UsersNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, List, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::UsergroupObject,
        usergroups::{is_homeless, is_paid},
    };
    use guestlist_domain::Usergroup;
    use guestlist_store::{Failure, Reader};

    impl Read for List {
        // Each group with a thousand people is read whole.
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            if is_homeless(caller, args.team) {
                return Err(Failure::Refused(Error::MissingArgument));
            }
            if !is_paid(caller) {
                return Err(Failure::Refused(Error::PlanUpgradeRequired));
            }
            let groups = reader.usergroups(caller.team())?;
            let asked = |group: &&Usergroup| args.include_disabled || group.disabled.is_none();
            let usergroups = groups.iter().filter(asked).map(|group| {
                let told = UsergroupObject::new(group).count(group, args.include_count);
                match args.include_users {
                    true => told.users(group, usize::MAX),
                    false => told,
                }
            });
            Ok(Reply {
                usergroups: usergroups.collect(),
            }
            .into())
        }
    }
}

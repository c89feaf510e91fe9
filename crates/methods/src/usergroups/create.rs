//! `usergroups.create`: makes a user group.
//! <https://docs.slack.dev/reference/methods/usergroups.create>

use super::{WRITE, channels};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UsergroupObject,
};
use guestlist_domain::{TeamId, usergroup::About};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Create {}

impl Contract for Create {
    const SPEC: Spec = Spec {
        name: "usergroups.create",
        about: "Makes a user group, with nobody in it.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: WRITE,
        args: &[
            Arg::required(
                "name",
                "string",
                "Night Shift",
                "Its name: up to 80 characters, unique among the groups of the workspace.",
            ),
            Arg::optional(
                "handle",
                "string",
                "night-shift",
                "What it is mentioned by: lower-case letters, digits, `-` and `_`. No group, channel or person may have it. Made from the name when left out.",
            ),
            Arg::optional(
                "description",
                "string",
                "Whoever is awake when the pager rings",
                "What it is for: up to 140 characters.",
            ),
            Arg::optional(
                "channels",
                "channels",
                "C1234567890,C2345678901",
                "Its default channels, up to 20: whoever comes into the group comes into these. Those that the caller sees.",
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
        success: r#"{"ok": true, "usergroup": {"id": "S0615G0KT", "team_id": "T060RNRCH", "is_usergroup": true, "is_subteam": true, "name": "Night Shift", "description": "Whoever is awake when the pager rings", "handle": "night-shift", "is_external": false, "date_create": 1446746793, "date_update": 1446746793, "date_delete": 0, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "", "created_by": "U060RNRCZ", "updated_by": "U060RNRCZ", "deleted_by": null, "prefs": {"channels": [], "groups": []}, "users": [], "user_count": 0}}"#,
        failure: r#"{"ok": false, "error": "name_already_exists"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let is_given = |text: &std::borrow::Cow<'_, str>| !text.is_empty();
        Ok(Args {
            about: About {
                name: given.text("name").map(Into::into),
                handle: given.text("handle").filter(is_given).map(Into::into),
                description: given.text("description").map(Into::into),
                channels: channels(given),
            },
            include_count: given.flag("include_count")?,
            team: given.id("team_id").flatten(),
        })
    }
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Args {
    /// What there is to say of it.
    pub about: About,
    /// Tell how many are in it.
    pub include_count: bool,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The group.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As it was made.
    pub usergroup: UsergroupObject,
}

/// Why none is made.

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
    /// The handle has characters that handles do not have, or none at all.
    #[strum(props(state = "a `handle` like `On Call`, or a `name` like `!!` and no `handle`"))]
    BadHandle,
    /// The description is longer than 140 characters.
    #[strum(props(state = "a `description` of 141 characters"))]
    DescriptionTooLong,
    /// The handle means something else in a message.
    #[strum(props(state = "`channel`, `everyone`, `group`, `here` or `slackbot` as `handle`"))]
    ForbiddenHandle,
    /// A group, a channel or a person of the workspace has the handle.
    #[strum(props(state = "the handle of another group, the name of a channel or that of a user"))]
    HandleAlreadyExists,
    /// Something named is no channel that people can be brought into.
    #[strum(props(state = "a channel that is archived, or that the caller does not see"))]
    InvalidChannelProvided,
    /// Something named is no private channel of old that people can be brought into.
    #[strum(props(state = "the same of an id that begins with `G`"))]
    InvalidGroupProvided,
    /// An argument that this token needs is not there.
    #[strum(props(
        never = "a call without `name` is `missing_subteam_name`, an organisation-wide token without `team_id` `target_team_must_be_specified_in_org_context`"
    ))]
    MissingArgument,
    /// The name is empty.
    #[strum(props(state = "no `name`, or an empty one"))]
    MissingSubteamName,
    /// Another group of the workspace has the name.
    #[strum(props(state = "the name of another group, in whatever case"))]
    NameAlreadyExists,
    /// The name is longer than 80 characters.
    #[strum(props(state = "a `name` of 81 characters"))]
    NameTooLong,
    /// The workspace pays for no user groups; an older code for it.
    #[strum(props(never = "a workspace that pays nothing is told `plan_upgrade_required`"))]
    PaidTeamsOnly,
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
    /// A group has so many default channels at most.
    #[strum(props(state = "21 `channels`"))]
    TooManyLinkedChannels,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Create, Error, Reply};
    use crate::{
        handle::{Ask, Good, Refused, Write},
        objects::UsergroupObject,
        usergroups::{barred, is_homeless},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Usergroup, Watch,
        usergroup::{self, BadAbout, NotMade},
    };
    use std::sync::Arc;

    impl Write for Create {
        type Outcome = Arc<Usergroup>;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            usergroup::needs_of(&ask.caller, &ask.args.about)
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
            usergroup::create(facts, caller, &args.about, moment)
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

    impl From<NotMade> for Error {
        fn from(no: NotMade) -> Self {
            match no {
                NotMade::Barred(barred) => barred.into(),
                NotMade::Wrong(bad) => bad.into(),
            }
        }
    }

    impl From<BadAbout> for Error {
        fn from(bad: BadAbout) -> Self {
            match bad {
                BadAbout::NameMissing => Self::MissingSubteamName,
                BadAbout::NameTooLong => Self::NameTooLong,
                BadAbout::NameTaken => Self::NameAlreadyExists,
                BadAbout::DescriptionTooLong => Self::DescriptionTooLong,
                BadAbout::BadHandle => Self::BadHandle,
                BadAbout::ForbiddenHandle => Self::ForbiddenHandle,
                BadAbout::HandleTaken => Self::HandleAlreadyExists,
                BadAbout::TooManyChannels => Self::TooManyLinkedChannels,
                BadAbout::InvalidChannel => Self::InvalidChannelProvided,
                BadAbout::InvalidGroup => Self::InvalidGroupProvided,
            }
        }
    }
}

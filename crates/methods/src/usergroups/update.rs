//! `usergroups.update`: changes a user group.
//! <https://docs.slack.dev/reference/methods/usergroups.update>

use super::{WRITE, Which, channels};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UsergroupObject,
};
use guestlist_domain::{TeamId, usergroup::About};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Update {}

impl Contract for Update {
    const SPEC: Spec = Spec {
        name: "usergroups.update",
        about: "Changes a user group. Whoever is in it comes into channels that are new among its default ones.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: WRITE,
        args: &[
            Arg::required("usergroup", "usergroup", "S0604QSJC", "The group."),
            Arg::optional(
                "name",
                "string",
                "Night Shift",
                "Its name: up to 80 characters, unique among the groups of the workspace.",
            ),
            Arg::optional(
                "handle",
                "string",
                "night-shift",
                "What it is mentioned by: lower-case letters, digits, `-` and `_`. No group, channel or person may have it.",
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
                "Its default channels, up to 20: all of them, also those it has already. Those that the caller sees.",
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
        success: r#"{"ok": true, "usergroup": {"id": "S0615G0KT", "team_id": "T060RNRCH", "is_usergroup": true, "is_subteam": true, "name": "Night Shift", "description": "Whoever is awake when the pager rings", "handle": "night-shift", "is_external": false, "date_create": 1446746793, "date_update": 1446747767, "date_delete": 0, "auto_type": null, "auto_provision": false, "enterprise_subteam_id": "", "created_by": "U060RNRCZ", "updated_by": "U060RNRCZ", "deleted_by": null, "prefs": {"channels": [], "groups": []}, "users": ["U060RNRCZ"], "user_count": 1}}"#,
        failure: r#"{"ok": false, "error": "no_such_subteam"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            usergroup: given.required_id("usergroup")?,
            about: About {
                name: given.text("name").map(Into::into),
                handle: given.text("handle").map(Into::into),
                description: given.text("description").map(Into::into),
                channels: channels(given),
            },
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
    /// What is another now.
    pub about: About,
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
    /// An argument that this token needs is not there; `arg` names it.
    #[strum(props(
        state = "an `org` token and no workspace in `team_id`",
        arg = "team_id"
    ))]
    MissingArgument,
    /// The name is empty.
    #[strum(props(state = "an empty `name`"))]
    MissingSubteamName,
    /// Another group of the workspace has the name.
    #[strum(props(state = "the name of another group, in whatever case"))]
    NameAlreadyExists,
    /// The name is longer than 80 characters.
    #[strum(props(state = "a `name` of 81 characters"))]
    NameTooLong,
    /// The workspace has no such group.
    #[strum(props(state = "a `usergroup` that is none of the workspace's"))]
    NoSuchSubteam,
    /// The workspace pays for no user groups.
    #[strum(props(state = "a workspace with `plan: free`"))]
    PaidTeamsOnly,
    /// The workspace does not let the caller manage groups.
    #[strum(props(
        state = "a guest's token, or `who_may_manage_usergroups` that excludes the caller"
    ))]
    PermissionDenied,
    /// A group has so many default channels at most.
    #[strum(props(state = "21 `channels`"))]
    TooManyLinkedChannels,
    /// Somebody of the group would be in more channels than they can be.
    #[strum(props(never = "how many channels people are in has no limit here"))]
    UserChannelLimitExceeded,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, Update};
    use crate::{
        handle::{Ask, Good, Refused, Write},
        objects::UsergroupObject,
        usergroups::{barred, is_homeless},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Usergroup, Watch,
        usergroup::{self, BadAbout, Unchanged},
    };
    use std::sync::Arc;

    impl Write for Update {
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
                return Err(Stop::Refused(Error::MissingArgument));
            }
            usergroup::update(facts, caller, args.usergroup, &args.about, moment)
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

    barred!(PaidTeamsOnly);

    impl From<Unchanged<BadAbout>> for Error {
        fn from(no: Unchanged<BadAbout>) -> Self {
            match no {
                Unchanged::Barred(barred) => barred.into(),
                Unchanged::NoSuchGroup => Self::NoSuchSubteam,
                Unchanged::Wrong(bad) => bad.into(),
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

//! `channels.join`: brings the caller into the public channel of a name, which is made if need be.
//! <https://docs.slack.dev/reference/methods/channels.join>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::LegacyChannel,
};
use guestlist_domain::{Caller, TeamId, name::BadName};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Join {}

impl Contract for Join {
    const SPEC: Spec = Spec {
        name: "channels.join",
        about: "Brings the caller into the public channel of a name, and makes it if there is none. Retired: `conversations.join` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: super::WRITE,
        args: &[
            Arg::required(
                "name",
                "string",
                "#general",
                "The channel's name, with or without `#`. What is no name is repaired, unless `validate`.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace. Needed with an organisation-wide token, ignored with any other.",
            ),
            Arg::optional(
                "validate",
                "boolean",
                "true",
                "Refuse a name that is none instead of repairing it. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "already_in_channel": true, "channel": {"id": "C1H9RESGL", "name": "busting", "is_channel": true, "created": 1466025154, "creator": "U0G9QF9C6", "is_archived": false, "is_general": false, "name_normalized": "busting", "is_shared": false, "is_org_shared": false, "is_member": true, "is_private": false, "is_mpim": false, "members": ["U0G9QF9C6", "U1QNSQB9U"], "topic": {"value": "Spiritual containment", "creator": "U0G9QF9C6", "last_set": 1503435128}, "purpose": {"value": "Discuss busting ghosts", "creator": "U0G9QF9C6", "last_set": 1503435128}, "previous_names": ["dusting"]}}"#,
        failure: r#"{"ok": false, "error": "is_archived"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn closed_to(caller: &Caller) -> Option<Error> {
        caller.user.guest.map(|_| Error::UserIsRestricted)
    }

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            name: super::create::read_name(given)?,
            team: given.id("team_id").flatten(),
        })
    }
}

/// What to join.
#[derive(Clone, Debug)]
pub struct Args {
    /// Its name, a valid one.
    pub name: String,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The channel, and whether there was nothing to do.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// `true` when the caller was in it before; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_in_channel: Option<bool>,
    /// As the caller, now a member, sees it.
    pub channel: LegacyChannel,
}

/// Why the caller is not in it.
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
    /// There is no such channel.
    #[strum(props(never = "a channel that is not there is made"))]
    ChannelNotFound,
    /// A channel of this name is hidden from the caller or private: none can be made.
    #[strum(props(state = "the name of a private channel of the workspace"))]
    NameTaken,
    /// The caller may not join this channel.
    #[strum(props(state = "a channel with as many members as its `member_limit`"))]
    RestrictedAction,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// The name is longer than 80 characters.
    #[strum(props(state = "a `name` of 81 characters, with `validate`"))]
    InvalidNameMaxlength,
    /// The name is made of nothing but `-` and `_`.
    #[strum(props(state = "a `name` like `--`, or one of which nothing else is left, as `!!`"))]
    InvalidNamePunctuation,
    /// The name is empty.
    #[strum(props(state = "an empty `name`"))]
    InvalidNameRequired,
    /// The name has characters, upper case among them, that names do not have.
    #[strum(props(state = "a `name` like `Ops`, with `validate`"))]
    InvalidNameSpecials,
    /// The name is no channel's name.
    #[strum(props(never = "each fault a name can have here has a code of its own"))]
    InvalidName,
    /// The name is empty; an older code for it.
    #[strum(props(never = "an empty name answers `invalid_name_required`"))]
    NoChannel,
    /// An argument that this token needs is not there.
    #[strum(props(
        state = "a person's `org` token and no workspace in `team_id`",
        arg = "team_id"
    ))]
    MissingArgument,
    /// Guests may not call this method.
    #[strum(props(state = "a guest's token"))]
    UserIsRestricted,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(
        state = "an `access_list` without the caller, or a barrier between the caller and somebody in the channel"
    ))]
    AccessDenied,
}

impl Code for Error {}

impl From<BadName> for Error {
    fn from(bad: BadName) -> Self {
        match bad {
            BadName::Required => Self::InvalidNameRequired,
            BadName::TooLong => Self::InvalidNameMaxlength,
            BadName::Specials => Self::InvalidNameSpecials,
            BadName::Punctuation => Self::InvalidNamePunctuation,
        }
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Join, Reply};
    use crate::{
        channels::is_public,
        conversations::{create, join},
        handle::{Ask, Good, Refused, Tell, Write},
        objects::LegacyChannel,
    };
    use guestlist_domain::{ChannelKind, Facts, Key, Moment, Plan, Stop, Watch};
    use guestlist_store::{Reader, StoreError};

    impl Write for Join {
        type Outcome = join::Outcome;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            vec![Key::Handle(ask.caller.team(), ask.args.name.clone())]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<join::Outcome>, Stop<Error>> {
            let (caller, name) = (&ask.caller, &ask.args.name);
            if caller.token.is_org_wide() && ask.args.team.is_none() {
                return Err(Stop::Refused(Error::MissingArgument));
            }
            let found = facts.handle(caller.team(), name)?;
            if found.is_none() {
                let args = create::Args {
                    name: name.clone(),
                    kind: ChannelKind::Public,
                    team: ask.args.team,
                };
                let newer = ask.with(args);
                let made = create::Create::decide(facts, &newer, moment, watch)
                    .map_err(|stop| stop.map(Error::from))?;
                return Ok(Plan {
                    changes: made.changes,
                    outcome: join::Outcome(made.outcome, false),
                });
            }
            if !is_public(facts, caller, found)? {
                return Err(Stop::Refused(Error::NameTaken));
            }
            let newer = ask.with(join::Args { channel: found });
            join::Join::decide(facts, &newer, moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(
            _ask: &Ask<Args>,
            join::Outcome(seen, was_in): join::Outcome,
        ) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                already_in_channel: was_in.then_some(true),
                channel: LegacyChannel::channel(seen),
            }
            .into())
        }
    }

    impl Tell for Join {
        fn tell(ask: &Ask<Args>, reply: &mut Reply, reader: &mut Reader) -> Result<(), StoreError> {
            reply.channel.complete(ask.caller.id(), reader)
        }
    }

    impl From<join::Error> for Error {
        fn from(newer: join::Error) -> Self {
            match newer {
                // Only public channels that the caller sees come to this rule.
                join::Error::ChannelNotFound | join::Error::MethodNotSupportedForChannelType => {
                    Self::ChannelNotFound
                }
                join::Error::IsArchived => Self::IsArchived,
                join::Error::EkmAccessDenied => Self::EkmAccessDenied,
                join::Error::AccessDenied | join::Error::ChannelIsLimitedAccess => {
                    Self::AccessDenied
                }
                // Workspace tokens are bots', and do not come here.
                join::Error::TooManyMembers | join::Error::NoPermission => Self::RestrictedAction,
            }
        }
    }

    impl From<create::Error> for Error {
        fn from(newer: create::Error) -> Self {
            match newer {
                create::Error::CannotCreateChannel
                | create::Error::RestrictedAction
                | create::Error::CanvasDisabledUserTeam => Self::RestrictedAction,
                create::Error::InvalidName => Self::InvalidName,
                create::Error::InvalidNameMaxlength => Self::InvalidNameMaxlength,
                create::Error::InvalidNamePunctuation => Self::InvalidNamePunctuation,
                create::Error::InvalidNameRequired => Self::InvalidNameRequired,
                create::Error::InvalidNameSpecials => Self::InvalidNameSpecials,
                create::Error::MissingArgument => Self::MissingArgument,
                create::Error::NameTaken => Self::NameTaken,
                create::Error::NoChannel => Self::NoChannel,
                create::Error::EkmAccessDenied => Self::EkmAccessDenied,
            }
        }
    }
}

//! `channels.create`: makes a public channel.
//! <https://docs.slack.dev/reference/methods/channels.create>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::LegacyChannel,
};
use guestlist_domain::{
    Caller, TeamId,
    name::{self, BadName},
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Create {}

impl Contract for Create {
    const SPEC: Spec = Spec {
        name: "channels.create",
        about: "Makes a public channel, with the caller as its first member. Retired: `conversations.create` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: super::WRITE,
        args: &[
            Arg::required(
                "name",
                "string",
                "mychannel",
                "Its name: up to 80 lower-case letters, digits, `-` and `_`. Another is repaired, unless `validate`.",
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
        success: r#"{"ok": true, "channel": {"id": "C0DEL09A5", "name": "endeavor", "is_channel": true, "created": 1502833204, "creator": "U061F7AUR", "is_member": true, "last_read": "0000000000.000000", "latest": null, "unread_count": 0, "unread_count_display": 0, "members": ["U061F7AUR"], "previous_names": []}}"#,
        failure: r#"{"ok": false, "error": "name_taken"}"#,
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
            name: read_name(given)?,
            team: given.id("team_id").flatten(),
        })
    }
}

/// A channel's name as the family takes it: repaired where it is none, refused with `validate`.
pub(super) fn read_name<E: From<BadName>>(given: &Arguments) -> Result<String, BadArguments<E>> {
    let mut name = given.required("name")?.into_owned();
    if !given.flag("validate")? {
        name = name::repaired(&name);
    }
    name::check(&name).map_err(|bad| BadArguments::Refused(bad.into()))?;
    Ok(name)
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Args {
    /// Its name, a valid one.
    pub name: String,
    /// The workspace, for organisation-wide tokens.
    pub team: Option<TeamId>,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As its maker sees it.
    pub channel: LegacyChannel,
}

/// Why none was made.
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
    /// The workspace has a channel of this name, archived or hidden perhaps.
    #[strum(props(state = "the name of another channel of the workspace"))]
    NameTaken,
    /// The caller may not make channels.
    #[strum(props(
        never = "guests are answered `user_is_restricted`, and no setting here keeps others from making channels"
    ))]
    RestrictedAction,
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
    use super::{Args, Create, Error, Reply};
    use crate::{
        conversations::create,
        handle::{Ask, Good, Refused, Write},
        objects::LegacyChannel,
    };
    use guestlist_domain::{ChannelKind, Facts, Key, Moment, Plan, Stop, Watch, see::Seen};

    impl Write for Create {
        type Outcome = Seen;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            vec![Key::Handle(ask.caller.team(), ask.args.name.clone())]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Seen>, Stop<Error>> {
            let args = create::Args {
                name: ask.args.name.clone(),
                kind: ChannelKind::Public,
                team: ask.args.team,
            };
            let newer = ask.with(args);
            create::Create::decide(facts, &newer, moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(ask: &Ask<Args>, seen: Seen) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                channel: LegacyChannel::channel(seen).untouched(ask.caller.id()),
            }
            .into())
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

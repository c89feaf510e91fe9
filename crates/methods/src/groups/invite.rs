//! `groups.invite`: invites somebody to a private channel.
//! <https://docs.slack.dev/reference/methods/groups.invite>
//!
//! The private twin of `channels.invite`, with two habits of its own: the answer is `group`, and
//! inviting a member succeeds, with `already_in_group`.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::LegacyChannel,
};
use guestlist_domain::{ByKind, Caller, ChannelId, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Invite {}

impl Contract for Invite {
    const SPEC: Spec = Spec {
        name: "groups.invite",
        about: "Invites somebody to a private channel that the caller is in. Retired: `conversations.invite` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind {
                private: &["groups:write"],
                ..ByKind::NONE
            },
        },
        args: &[
            Arg::required(
                "channel",
                "channel",
                "G1234567890",
                "The private channel to invite to.",
            ),
            Arg::required("user", "user", "W1234567890", "Whom to invite, one person."),
        ],
        success: r#"{"ok": true, "group": {"id": "G1H9RESGL", "name": "busting", "is_group": true, "is_open": true, "created": 1466025154, "creator": "U0G9QF9C6", "is_archived": false, "name_normalized": "busting", "is_mpim": false, "last_read": "1503435939.000101", "latest": null, "unread_count": 0, "unread_count_display": 0, "members": ["U0G9QF9C6", "U1QNSQB9U"]}}"#,
        failure: r#"{"ok": false, "error": "cant_invite"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn closed_to(caller: &Caller) -> Option<Error> {
        caller
            .user
            .is_single_channel_guest()
            .then_some(Error::UserIsUltraRestricted)
    }

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let user = given.required("user")?;
        Ok(Args {
            channel,
            user: user.trim().parse().map_err(|_| user.into_owned()),
        })
    }
}

/// Whom to invite where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Whom; what is no user's id as the text it came as.
    pub user: Result<UserId, String>,
}

/// The channel, and whether there was nothing to do.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// `true` when they were in it before; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_in_group: Option<bool>,
    /// As the caller sees it, with its members.
    pub group: LegacyChannel,
}

/// Why they were not invited.
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
    /// There is no such private channel for the caller.
    #[strum(props(
        state = "an unknown id, a private channel the caller is not in, a public one, or a DM"
    ))]
    ChannelNotFound,
    /// There is no such user for the caller.
    #[strum(props(state = "an unknown id, a stranger's, or a person with `status: removed`"))]
    UserNotFound,
    /// The caller cannot invite themselves.
    #[strum(props(state = "the caller's own id as `user`"))]
    CantInviteSelf,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// The user cannot be invited to this channel.
    #[strum(props(
        state = "Slackbot; whatever `conversations.invite` has another code for: barriers, apps kept out, people of another workspace or organisation, guests kept out, access lists, channels being moved"
    ))]
    CantInvite,
    /// The invited single-channel guest has a channel already.
    #[strum(props(state = "a guest of kind `single_channel` who is in a channel"))]
    UraMaxChannels,
    /// The conversation is a group DM.
    #[strum(props(state = "a group DM that the caller is in"))]
    InvalidForIsMpim,
    /// The caller may not add people to this channel.
    #[strum(props(state = "`who_may_invite: admins` and a caller who is none"))]
    NoPermission,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// Single-channel guests may not call this method.
    #[strum(props(state = "a token of a guest of kind `single_channel`"))]
    UserIsUltraRestricted,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Invite, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Tell, Write},
        objects::LegacyChannel,
    };
    use guestlist_domain::{
        ChannelKind, Facts, Key, Moment, Plan, Stop, Watch,
        invite::{self, ChannelRefusal, Outcome, PersonRefusal},
        see,
        trail::{Told, demand},
    };
    use guestlist_store::{Reader, StoreError};

    impl Write for Invite {
        type Outcome = Outcome;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            invite::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Outcome>, Stop<Error>> {
            let seen = see::channel(facts, &ask.caller, ask.args.channel)?;
            let group_dm = seen.is_some_and(|seen| seen.kind() == ChannelKind::Mpim);
            demand(watch, !group_dm, Error::InvalidForIsMpim, &|| {
                Told::new(
                    "it is no group DM",
                    format!("a group DM: {group_dm}"),
                    "open another one with conversations.open and all of them",
                )
            })
            .map_err(Stop::Refused)?;
            invite::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn has_refusals(outcome: &Outcome) -> bool {
            !outcome.failed.is_empty()
        }

        fn reply(_ask: &Ask<Args>, outcome: Outcome) -> Result<Good<Reply>, Refused<Error>> {
            let already_in_group = match outcome.failed.first() {
                None => None,
                Some((_, PersonRefusal::AlreadyInChannel)) => Some(true),
                Some((_, why)) => return Err(code(*why).into()),
            };
            Ok(Reply {
                already_in_group,
                group: LegacyChannel::group(outcome.seen),
            }
            .into())
        }
    }

    impl Tell for Invite {
        fn tell(ask: &Ask<Args>, reply: &mut Reply, reader: &mut Reader) -> Result<(), StoreError> {
            reply.group.complete(ask.caller.id(), reader)
        }
    }

    fn question(ask: &Ask<Args>) -> invite::Ask<'_> {
        invite::Ask {
            caller: &ask.caller,
            channel: ask.args.channel,
            kinds: &[ChannelKind::Private],
            people: std::slice::from_ref(&ask.args.user),
            force: false,
            scopes: &Invite::SPEC.scopes,
        }
    }

    impl From<ChannelRefusal> for Error {
        fn from(refusal: ChannelRefusal) -> Self {
            match refusal {
                // Who is not in a private channel does not know of it.
                ChannelRefusal::ChannelNotFound
                | ChannelRefusal::WrongKind
                | ChannelRefusal::NotInChannel => Self::ChannelNotFound,
                ChannelRefusal::IsArchived => Self::IsArchived,
                ChannelRefusal::EkmSuspended => Self::EkmAccessDenied,
                ChannelRefusal::NoPermission => Self::NoPermission,
                ChannelRefusal::Migrating | ChannelRefusal::AccessDenied => Self::CantInvite,
            }
        }
    }

    fn code(refusal: PersonRefusal) -> Error {
        match refusal {
            PersonRefusal::UserNotFound | PersonRefusal::Removed => Error::UserNotFound,
            PersonRefusal::Oneself => Error::CantInviteSelf,
            PersonRefusal::GuestHasChannel => Error::UraMaxChannels,
            // `already_in_channel` is no refusal here, and never comes to this.
            PersonRefusal::AlreadyInChannel
            | PersonRefusal::CantInvite
            | PersonRefusal::AppCannotJoin
            | PersonRefusal::OrgUserNotInTeam
            | PersonRefusal::CantSeeChannel
            | PersonRefusal::GuestKeptOut
            | PersonRefusal::NoExternalPermission => Error::CantInvite,
        }
    }
}

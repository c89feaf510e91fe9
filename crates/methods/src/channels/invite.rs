//! `channels.invite`: invites somebody to a public channel.
//! <https://docs.slack.dev/reference/methods/channels.invite>
//!
//! The rule is that of `conversations.invite`. What this page has no code for is `cant_invite`.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::LegacyChannel,
};
use guestlist_domain::{Caller, ChannelId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Invite {}

impl Contract for Invite {
    const SPEC: Spec = Spec {
        name: "channels.invite",
        about: "Invites somebody to a public channel that the caller is in. Retired: `conversations.invite` took over.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: super::WRITE,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The public channel to invite to.",
            ),
            Arg::required("user", "user", "W1234567890", "Whom to invite, one person."),
        ],
        success: r#"{"ok": true, "channel": {"id": "C1H9RESGL", "name": "busting", "is_channel": true, "created": 1466025154, "creator": "U0G9QF9C6", "is_archived": false, "is_general": false, "name_normalized": "busting", "is_shared": false, "is_org_shared": false, "is_member": true, "is_private": false, "is_mpim": false, "last_read": "1503435939.000101", "latest": {"type": "message", "subtype": "channel_join", "ts": "1503435956.000247", "user": "U1QNSQB9U", "text": "<@U1QNSQB9U> has joined the channel"}, "unread_count": 1, "unread_count_display": 0, "members": ["U0G9QF9C6", "U1QNSQB9U"], "topic": {"value": "Spiritual containment", "creator": "U0G9QF9C6", "last_set": 1503435128}, "purpose": {"value": "Discuss busting ghosts", "creator": "U0G9QF9C6", "last_set": 1503435128}, "previous_names": ["dusting"]}}"#,
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

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees it, with its members.
    pub channel: LegacyChannel,
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
    /// There is no such public channel for the caller.
    #[strum(props(state = "an unknown id, a private channel or a DM"))]
    ChannelNotFound,
    /// There is no such user for the caller.
    #[strum(props(state = "an unknown id, a stranger's, or a person with `status: removed`"))]
    UserNotFound,
    /// The caller cannot invite themselves.
    #[strum(props(state = "the caller's own id as `user`"))]
    CantInviteSelf,
    /// The caller is not in the channel.
    #[strum(props(state = "a channel the caller is not in"))]
    NotInChannel,
    /// The user is in the channel already.
    #[strum(props(state = "a member of the channel as `user`"))]
    AlreadyInChannel,
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
    /// The conversation is no public channel.
    #[strum(props(
        never = "the page that guestlist follows is older than this code, and has `channel_not_found` for it"
    ))]
    MethodNotSupportedForChannelType,
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
            invite::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn has_refusals(outcome: &Outcome) -> bool {
            !outcome.failed.is_empty()
        }

        fn reply(_ask: &Ask<Args>, outcome: Outcome) -> Result<Good<Reply>, Refused<Error>> {
            match outcome.failed.first() {
                Some((_, why)) => Err(Error::from(*why).into()),
                None => Ok(Reply {
                    channel: LegacyChannel::channel(outcome.seen),
                }
                .into()),
            }
        }
    }

    impl Tell for Invite {
        fn tell(ask: &Ask<Args>, reply: &mut Reply, reader: &mut Reader) -> Result<(), StoreError> {
            reply.channel.complete(ask.caller.id(), reader)
        }
    }

    fn question(ask: &Ask<Args>) -> invite::Ask<'_> {
        invite::Ask {
            caller: &ask.caller,
            channel: ask.args.channel,
            kinds: &[ChannelKind::Public],
            people: std::slice::from_ref(&ask.args.user),
            force: false,
            scopes: &Invite::SPEC.scopes,
        }
    }

    impl From<ChannelRefusal> for Error {
        fn from(refusal: ChannelRefusal) -> Self {
            match refusal {
                ChannelRefusal::ChannelNotFound | ChannelRefusal::WrongKind => {
                    Self::ChannelNotFound
                }
                ChannelRefusal::IsArchived => Self::IsArchived,
                ChannelRefusal::EkmSuspended => Self::EkmAccessDenied,
                ChannelRefusal::NotInChannel => Self::NotInChannel,
                ChannelRefusal::NoPermission => Self::NoPermission,
                ChannelRefusal::Migrating | ChannelRefusal::AccessDenied => Self::CantInvite,
            }
        }
    }

    impl From<PersonRefusal> for Error {
        fn from(refusal: PersonRefusal) -> Self {
            match refusal {
                PersonRefusal::UserNotFound | PersonRefusal::Removed => Self::UserNotFound,
                PersonRefusal::Oneself => Self::CantInviteSelf,
                PersonRefusal::AlreadyInChannel => Self::AlreadyInChannel,
                PersonRefusal::GuestHasChannel => Self::UraMaxChannels,
                PersonRefusal::CantInvite
                | PersonRefusal::AppCannotJoin
                | PersonRefusal::OrgUserNotInTeam
                | PersonRefusal::CantSeeChannel
                | PersonRefusal::GuestKeptOut
                | PersonRefusal::NoExternalPermission => Self::CantInvite,
            }
        }
    }
}

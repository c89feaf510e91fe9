//! `conversations.invite`: invites people to a channel.
//! <https://docs.slack.dev/reference/methods/conversations.invite>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::{Caller, ChannelId, UserId};
use serde::Serialize;
use serde_json::Value;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Invite {}

impl Contract for Invite {
    const SPEC: Spec = Spec {
        name: "conversations.invite",
        about: "Invites people, up to 1,000 in one call, to a public or private channel that the caller is in.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: scopes::INVITE,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The public or private channel to invite to.",
            ),
            Arg::required(
                "users",
                "users",
                "U1234567890,U2345678901",
                "The people: ids with commas between, 1 to 1,000 or as many as the setting `users_per_invite` allows. `user` is understood too.",
            )
            .also("user"),
            Arg::optional(
                "force",
                "boolean",
                "true",
                "Invite whom it can and leave the others out, instead of inviting nobody when one fails. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C012AB3CD", "name": "general", "is_channel": true, "is_member": true, "is_private": false}}"#,
        failure: r#"{"ok": false, "error": "user_not_found", "errors": [{"user": "U111111", "ok": false, "error": "user_not_found"}, {"user": "U222222", "ok": false, "error": "cant_invite_self"}]}"#,
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
        let users = given
            .list("users")
            .or_else(|| given.list("user"))
            .unwrap_or_default();
        let force = given.flag("force")?;
        if users.is_empty() {
            return Err(BadArguments::Refused(Error::NoUser));
        }
        if users.len() > given.limits().users_per_invite {
            return Err(BadArguments::Refused(Error::TooManyUsers));
        }
        let users = users
            .into_iter()
            .map(|text| text.parse().map_err(|_| text))
            .collect();
        Ok(Args {
            channel,
            users,
            force,
        })
    }
}

/// Whom to invite where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The people, each once; what is no user's id as the text it came as.
    pub users: Vec<Result<UserId, String>>,
    /// Leave out who cannot be invited.
    pub force: bool,
}

/// The channel, and whom `force` left out.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The channel as the caller sees it.
    pub channel: Conversation,
    /// Who was left out and why; only with `force`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Value>,
}

/// Why nobody, or not everybody, was invited.
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
    /// The invited user is in the channel already.
    #[strum(props(state = "a member of the channel among `users`"))]
    AlreadyInChannel,
    /// The invited app may not be in this channel.
    #[strum(props(state = "a bot among `users` and a channel with `apps_allowed: false`"))]
    AppCannotJoinChannel,
    /// The user cannot be invited to this channel.
    #[strum(props(
        state = "Slackbot, or a user whom a barrier separates from somebody in the channel"
    ))]
    CantInvite,
    /// The caller cannot invite themselves.
    #[strum(props(state = "the caller's own id among `users`"))]
    CantInviteSelf,
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// The channel is shared with none of the invited user's workspaces.
    #[strum(props(
        state = "a multi-workspace channel and somebody of the organisation in none of its workspaces"
    ))]
    InviteeCantSeeChannel,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// The invited user is in the organisation, not in this workspace.
    #[strum(props(
        state = "a channel of one workspace and somebody of another workspace of its organisation"
    ))]
    OrgUserNotInTeam,
    /// This kind of conversation cannot be invited to.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// The caller may not add people to this channel.
    #[strum(props(
        state = "`who_may_invite: admins` and a caller who is none; a workspace token not granted the channel"
    ))]
    NoPermission,
    /// The caller may not bring that external person into the channel.
    #[strum(props(
        state = "a caller on a post-only side; somebody of a connected organisation and `invite_external_people` that excludes the caller"
    ))]
    NoExternalInvitePermission,
    /// Nobody to invite was named.
    #[strum(props(state = "`users` absent, empty or null"))]
    NoUser,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The invited single-channel guest has a channel already.
    #[strum(props(state = "a guest of kind `single_channel` who is in a channel"))]
    UraMaxChannels,
    /// The invited guest is kept out of this channel.
    #[strum(props(
        state = "a guest and a channel that is general, mandatory, org-wide or has `guests_allowed: false`"
    ))]
    UserIsRestricted,
    /// There is no such user for the caller.
    #[strum(props(state = "an unknown id, a stranger's, or a person with `status: removed`"))]
    UserNotFound,
    /// The Slack Connect channel is being moved.
    #[strum(props(state = "a channel with `migrating: true`"))]
    ExternalChannelMigrating,
    /// More people than one call may invite.
    #[strum(props(
        state = "more ids in `users` than the setting `users_per_invite` allows, 1,000 unless set"
    ))]
    TooManyUsers,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
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
        handle::{Ask, Good, Refused, Write, person_errors},
        objects::Conversation,
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch, act,
        invite::{self, ChannelRefusal, Outcome, PersonRefusal},
    };

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

        fn reply(ask: &Ask<Args>, outcome: Outcome) -> Result<Good<Reply>, Refused<Error>> {
            let errors = (!outcome.failed.is_empty()).then(|| {
                person_errors(
                    outcome
                        .failed
                        .iter()
                        .map(|(user, why)| (user.as_str(), Error::from(*why).into())),
                )
            });
            match outcome.failed.first() {
                Some((_, why)) if !outcome.ok => {
                    Err(Refused::from(Error::from(*why)).with("errors", errors.unwrap_or_default()))
                }
                _ => Ok(Reply {
                    channel: Conversation::whole(&outcome.seen, ask.caller.id()),
                    errors,
                }
                .into()),
            }
        }
    }

    fn question(ask: &Ask<Args>) -> invite::Ask<'_> {
        let Args {
            channel,
            users,
            force,
        } = &ask.args;
        let scopes = &Invite::SPEC.scopes;
        invite::Ask {
            caller: &ask.caller,
            channel: *channel,
            kinds: act::CHANNELS,
            people: users,
            force: *force,
            scopes,
        }
    }

    impl From<ChannelRefusal> for Error {
        fn from(refusal: ChannelRefusal) -> Self {
            match refusal {
                ChannelRefusal::ChannelNotFound => Self::ChannelNotFound,
                ChannelRefusal::WrongKind => Self::MethodNotSupportedForChannelType,
                ChannelRefusal::IsArchived => Self::IsArchived,
                ChannelRefusal::Migrating => Self::ExternalChannelMigrating,
                ChannelRefusal::EkmSuspended => Self::EkmAccessDenied,
                ChannelRefusal::NotInChannel => Self::NotInChannel,
                ChannelRefusal::AccessDenied => Self::AccessDenied,
                ChannelRefusal::NoPermission => Self::NoPermission,
            }
        }
    }

    impl From<PersonRefusal> for Error {
        fn from(refusal: PersonRefusal) -> Self {
            match refusal {
                PersonRefusal::UserNotFound | PersonRefusal::Removed => Self::UserNotFound,
                PersonRefusal::Oneself => Self::CantInviteSelf,
                PersonRefusal::AlreadyInChannel => Self::AlreadyInChannel,
                PersonRefusal::CantInvite => Self::CantInvite,
                PersonRefusal::AppCannotJoin => Self::AppCannotJoinChannel,
                PersonRefusal::OrgUserNotInTeam => Self::OrgUserNotInTeam,
                PersonRefusal::CantSeeChannel => Self::InviteeCantSeeChannel,
                PersonRefusal::GuestKeptOut => Self::UserIsRestricted,
                PersonRefusal::GuestHasChannel => Self::UraMaxChannels,
                PersonRefusal::NoExternalPermission => Self::NoExternalInvitePermission,
            }
        }
    }
}

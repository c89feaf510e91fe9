//! `conversations.inviteShared`: invites somebody of another organisation to a channel.
//! <https://docs.slack.dev/reference/methods/conversations.inviteShared>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, InvitationId, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum InviteShared {}

impl Contract for InviteShared {
    const SPEC: Spec = Spec {
        name: "conversations.inviteShared",
        about: "Invites a person or a bot of another organisation to a channel that the caller is in. Accepting it makes the channel a connected one.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:write"]),
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The public or private channel, one of the caller's own organisation.",
            ),
            Arg::optional(
                "emails",
                "emails",
                "gil@globex.example.com",
                "The address to send the invitation to. One address, unless `user_ids` is given.",
            ),
            Arg::optional(
                "user_ids",
                "users",
                "U1234567890",
                "Whom to invite: one user, whose organisation shares a channel with the caller's already.",
            ),
            Arg::optional(
                "external_limited",
                "boolean",
                "false",
                "Let the other side post only. Default `true`. With `false` the answer shows the link, too (`url`, `conf_code`).",
            ),
            Arg::optional(
                "message",
                "string",
                "Come and see",
                "Words that go with it, at most 560 characters and no links. `custom_message` is understood too.",
            ),
        ],
        success: r#"{"ok": true, "invite_id": "I02UKAJ6RJA", "is_legacy_shared_channel": false, "url": "https://guestlist.example.com/share/zt-1a2b3c4d5e", "conf_code": "204-117"}"#,
        failure: r#"{"ok": false, "error": "recipients_not_specified"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let emails = given.list("emails").unwrap_or_default();
        let users = given.list("user_ids").unwrap_or_default();
        if users.len() > 1 {
            let why = "one user can be invited at a time".to_owned();
            return Err(BadArguments::Invalid("user_ids", why));
        }
        if !emails.is_empty() && !users.is_empty() {
            let why = "either `emails` or `user_ids` is given".to_owned();
            return Err(BadArguments::Invalid("user_ids", why));
        }
        let limited = given.text("external_limited");
        let external_limited = match limited.as_deref().map(str::trim) {
            None | Some("") => true,
            Some(_) => given.flag("external_limited")?,
        };
        let message = given.text("message").or(given.text("custom_message"));
        Ok(Args {
            channel,
            emails,
            user: users.first().map(|text| text.parse().ok()),
            external_limited,
            message: message
                .filter(|text| !text.trim().is_empty())
                .map(|text| text.into_owned()),
        })
    }
}

/// Whom to invite where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Addresses.
    pub emails: Vec<String>,
    /// The user; the inner `None` when what was given is no user's id.
    pub user: Option<Option<UserId>>,
    /// The other side may post only.
    pub external_limited: bool,
    /// Words that go with it.
    pub message: Option<String>,
}

/// The invitation.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Its id. Where invitations are reviewed before they are sent it is that of the request;
    /// where the recipient holds an open one, that one's.
    pub invite_id: InvitationId,
    /// The channel is shared in the old way.
    pub is_legacy_shared_channel: bool,
    /// The page that accepts it; not for sides that may post only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The code that goes with the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conf_code: Option<String>,
}

/// Why nobody was invited.
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
    #[strum(props(state = "a member of the channel, by id or by address"))]
    AlreadyInChannel,
    /// Several workspaces of the organisation have the channel.
    #[strum(props(state = "a channel with further `workspaces`, or an `org_wide` one"))]
    CannotShareCrossWorkspaceChannel,
    /// The channel is one that everybody must be in.
    #[strum(props(state = "a channel with `general: true` or `mandatory: true`"))]
    CannotShareMandatoryChannel,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    ChannelArchived,
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// As many organisations are in the channel as may be.
    #[strum(props(
        state = "a channel with as many organisations, the host included, as its `connection_limit`, or 250"
    ))]
    ConnectionLimitExceeded,
    /// There would be too many organisations, were all open invitations accepted.
    #[strum(props(state = "connections and open invitations that together come to the limit"))]
    ConnectionLimitExceededPending,
    /// DMs are not shared.
    #[strum(props(state = "a DM or a group DM"))]
    InvalidChannelType,
    /// What was given is no address.
    #[strum(props(state = "an entry of `emails` that is not written name@domain"))]
    InvalidEmail,
    /// Among the invitations that are there, something stands in the way.
    #[strum(props(
        state = "the recipient has accepted one to the channel, which waits for approval"
    ))]
    InviteLookupError,
    /// The invitation cannot be made.
    #[strum(props(
        state = "the recipient's workspace is deleted, migrating, or has `connect: {enabled: false}`"
    ))]
    InviteNotFound,
    /// A channel shared in the old way takes no third organisation.
    #[strum(props(state = "a channel with `legacy_shared: true` and a connection"))]
    LegacyConnectionLimitExceeded,
    /// As many people are in the channel as may be.
    #[strum(props(state = "a channel with as many members as its `member_limit`"))]
    MemberLimitExceeded,
    /// There are more than 560 characters of words.
    #[strum(props(state = "a `message` of more than 560 characters"))]
    MessageTooLong,
    /// Slack Connect is off in the caller's workspace.
    #[strum(props(state = "`connect: {enabled: false}`"))]
    NotAllowedForGridWorkspace,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The channel belongs to another organisation.
    #[strum(props(state = "a caller of a connected workspace"))]
    NotOwner,
    /// The caller's workspace pays nothing.
    #[strum(props(state = "a workspace with `plan: free`"))]
    NotPaid,
    /// The channel cannot be shared.
    #[strum(props(state = "a channel with `shareable: false` or `migrating: true`"))]
    NotSupported,
    /// The caller has sent too many by e-mail in this hour.
    #[strum(props(
        state = "as many by e-mail, by this sender and in this hour of the clock, as `email_quota_per_hour`"
    ))]
    Ratelimit,
    /// Bots have to say whom to invite.
    #[strum(props(state = "a bot's token, and neither `emails` nor `user_ids`"))]
    RecipientsNotSpecified,
    /// The caller may not send this kind of invitation, or named nobody.
    #[strum(props(
        state = "`send_post_only` or `send_full` that excludes the caller; a person's token, and neither `emails` nor `user_ids`"
    ))]
    RestrictedAction,
    /// One address can be invited at a time.
    #[strum(props(state = "two `emails`"))]
    TooManyEmails,
    /// The words have a link among them.
    #[strum(props(state = "a `message` with `://`, `www.` or `mailto:`"))]
    UrlInMessage,
    /// There is no such user for the caller.
    #[strum(props(
        state = "an unknown id, a removed user, somebody of the caller's own organisation, or of one that shares no channel with it; an address that only people of the caller's own organisation have"
    ))]
    UserNotFound,
    /// The caller may not bring external people.
    #[strum(props(state = "`invite_external_people` that excludes the caller"))]
    NoExternalInvitePermission,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// Guests invite nobody from outside.
    #[strum(props(state = "a guest's token"))]
    UserIsRestricted,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, InviteShared, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::{
            send::{self, Outcome, Refusal},
            shape::share_url,
        },
        invitation::State,
    };

    impl Write for InviteShared {
        type Outcome = Outcome;
        const DRAWS: bool = true;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            send::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Outcome>, Stop<Error>> {
            send::decide(facts, &question(ask), moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(ask: &Ask<Args>, outcome: Outcome) -> Result<Good<Reply>, Refused<Error>> {
            let invitation = outcome.invitation;
            let told = !invitation.external_limited && invitation.state != State::Requested;
            let link = invitation.link.as_deref().filter(|_| told);
            Ok(Reply {
                invite_id: invitation.id,
                is_legacy_shared_channel: outcome.legacy,
                url: link.map(|link| share_url(&ask.around.site, link)),
                conf_code: invitation.conf_code.clone().filter(|_| told),
            }
            .into())
        }
    }

    fn question(ask: &Ask<Args>) -> send::Ask<'_> {
        let args = &ask.args;
        send::Ask {
            caller: &ask.caller,
            channel: args.channel,
            emails: &args.emails,
            user: args.user,
            external_limited: args.external_limited,
            message: args.message.as_deref(),
            edge: ask.edge(),
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Guest => Self::UserIsRestricted,
                Refusal::NotPaid => Self::NotPaid,
                Refusal::Off => Self::NotAllowedForGridWorkspace,
                Refusal::ChannelNotFound => Self::ChannelNotFound,
                Refusal::WrongKind => Self::InvalidChannelType,
                Refusal::Archived => Self::ChannelArchived,
                Refusal::NotInChannel => Self::NotInChannel,
                Refusal::NoPermission => Self::NoPermission,
                Refusal::AccessDenied => Self::AccessDenied,
                Refusal::EkmSuspended => Self::EkmAccessDenied,
                Refusal::Mandatory => Self::CannotShareMandatoryChannel,
                Refusal::CrossWorkspace => Self::CannotShareCrossWorkspaceChannel,
                Refusal::NotSupported => Self::NotSupported,
                Refusal::NotOwner => Self::NotOwner,
                Refusal::LegacyLimit => Self::LegacyConnectionLimitExceeded,
                Refusal::ConnectionLimit => Self::ConnectionLimitExceeded,
                Refusal::PendingLimit => Self::ConnectionLimitExceededPending,
                Refusal::MemberLimit => Self::MemberLimitExceeded,
                Refusal::NoRecipient => Self::RecipientsNotSpecified,
                Refusal::Restricted => Self::RestrictedAction,
                Refusal::TooManyEmails => Self::TooManyEmails,
                Refusal::InvalidEmail => Self::InvalidEmail,
                Refusal::MessageTooLong => Self::MessageTooLong,
                Refusal::UrlInMessage => Self::UrlInMessage,
                Refusal::NoExternalPermission => Self::NoExternalInvitePermission,
                Refusal::UserNotFound => Self::UserNotFound,
                Refusal::AlreadyInChannel => Self::AlreadyInChannel,
                Refusal::Quota => Self::Ratelimit,
                Refusal::Awaiting => Self::InviteLookupError,
                Refusal::RecipientOut => Self::InviteNotFound,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

//! `conversations.requestSharedInvite.approve`: lets an invitation be sent.
//! <https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.approve>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{
    InvitationId, Scopes,
    connect::request::{Changed, Words},
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum RequestSharedInviteApprove {}

impl Contract for RequestSharedInviteApprove {
    const SPEC: Spec = Spec {
        name: "conversations.requestSharedInvite.approve",
        about: "Lets an invitation be sent that somebody of the caller's organisation asked to send.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::required("invite_id", "invitation", "I012345ABCD", "The request."),
            Arg::optional(
                "channel_id",
                "channel",
                "C1234567890",
                "Another channel to invite to, one that the inviter can see. A channel's id as `team_id` is understood too.",
            ),
            Arg::optional(
                "is_external_limited",
                "boolean",
                "true",
                "Whether the other side may post only. Default is what was asked for.",
            ),
            Arg::optional(
                "message",
                "json",
                r#"{"text": "hello", "is_override": true}"#,
                "Words to go with it: instead of the inviter's with `is_override`, after them without. Both keys are needed.",
            ),
        ],
        success: r#"{"ok": true, "invite_id": "I012345ABCD"}"#,
        failure: r#"{"ok": false, "error": "restricted_action"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let invitation = given.required_id("invite_id")?;
        let limited = given.text("is_external_limited");
        let external_limited = match limited.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(_) => Some(given.flag("is_external_limited")?),
        };
        // One official client sends the channel under the name `team_id`.
        let misnamed = given.id("team_id").filter(Option::is_some);
        let channel = given.id("channel_id").or(misnamed);
        let words = match given.json("message") {
            None => None,
            Some(value) => Some(words(value.ok().as_ref()).ok_or_else(|| {
                let why = r#"must be an object with `text` and `is_override`"#.to_owned();
                BadArguments::Invalid("message", why)
            })?),
        };
        Ok(Args {
            invitation,
            changed: Changed {
                external_limited,
                channel,
                words,
            },
        })
    }
}

fn words(value: Option<&serde_json::Value>) -> Option<Words> {
    let value = value?;
    Some(Words {
        text: value.get("text")?.as_str()?.to_owned(),
        instead: value.get("is_override")?.as_bool()?,
    })
}

/// Which request, and what is changed about it.
#[derive(Clone, Debug)]
pub struct Args {
    /// The request; `None` when what was given is no invitation's id.
    pub invitation: Option<InvitationId>,
    /// What is changed.
    pub changed: Changed,
}

/// The invitation.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Its id, which was the request's.
    pub invite_id: InvitationId,
    /// The page that accepts it; not for sides that may post only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The code that goes with the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation_code: Option<String>,
}

/// Why it is not sent.
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
    /// There is no such request in the caller's organisation.
    #[strum(props(
        state = "an unknown id; an invitation that never was a request; another organisation's"
    ))]
    InviteNotFound,
    /// The request was approved.
    #[strum(props(state = "a request that was let be sent, whatever became of it"))]
    InviteAlreadyApproved,
    /// The request was denied.
    #[strum(props(state = "a request with `state: request_denied`"))]
    InviteAlreadyDenied,
    /// The request has lapsed.
    #[strum(props(state = "a request that nobody answered for 14 days"))]
    InviteExpired,
    /// The channel is gone, or the inviter cannot see it.
    #[strum(props(
        state = "a channel that is archived or that the inviter cannot see; a `channel_id` that is none of the workspace"
    ))]
    ChannelNotFound,
    /// Whoever asked is gone.
    #[strum(props(state = "an inviter with `status: removed`"))]
    UserNotFound,
    /// The workspace that asked is gone.
    #[strum(props(
        never = "it is of the caller's own organisation, and a request found tells that it is there"
    ))]
    TeamNotFound,
    /// The caller may not approve requests, or the inviter may not send such an invitation.
    #[strum(props(
        state = "a guest's token; `connect: {manage: …}` that excludes the caller; `send_full` or `send_post_only` that excludes the inviter; an inviter who is a guest by now; a workspace that has `plan: free` or `connect: {enabled: false}` by now"
    ))]
    RestrictedAction,
    /// The channel may not be shared, or not by whoever asked, it has room for nobody else, or the recipient holds an invitation to it.
    #[strum(props(
        state = "a channel of which `conversations.inviteShared` answers its inviter `not_supported`, `cannot_share_mandatory_channel`, `cannot_share_cross_workspace_channel`, `access_denied`, `ekm_access_denied` or that a limit is exceeded; `invite_external_people` that excludes the inviter; a `channel_id` to which the recipient holds an open invitation"
    ))]
    NoExternalInvitePermission,
    /// There are more than 560 characters of words.
    #[strum(props(state = "words of more than 560 characters, together with the inviter's"))]
    MessageTooLong,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, RequestSharedInviteApprove};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Invitation, Key, Moment, Plan, Stop, Watch,
        connect::{
            Actor,
            request::{self, Refusal},
            shape::share_url,
        },
    };
    use std::sync::Arc;

    impl Write for RequestSharedInviteApprove {
        type Outcome = Arc<Invitation>;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            ask.args
                .invitation
                .map(Key::Invitation)
                .into_iter()
                .collect()
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Self::Outcome>, Stop<Error>> {
            let (who, args) = (Actor::from(ask.caller.as_ref()), &ask.args);
            let (id, changed) = (args.invitation, &args.changed);
            request::approve(facts, &who, id, changed, ask.edge(), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn reply(ask: &Ask<Args>, sent: Self::Outcome) -> Result<Good<Reply>, Refused<Error>> {
            let told = !sent.external_limited;
            let link = sent.link.as_deref().filter(|_| told);
            Ok(Reply {
                invite_id: sent.id,
                url: link.map(|link| share_url(&ask.around.site, link)),
                confirmation_code: sent.conf_code.clone().filter(|_| told),
            }
            .into())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Restricted | Refusal::NotPermitted => Self::RestrictedAction,
                Refusal::NotFound => Self::InviteNotFound,
                Refusal::Approved => Self::InviteAlreadyApproved,
                Refusal::Denied => Self::InviteAlreadyDenied,
                Refusal::Expired => Self::InviteExpired,
                Refusal::NoInviter => Self::UserNotFound,
                Refusal::NoChannel => Self::ChannelNotFound,
                Refusal::NotShareable => Self::NoExternalInvitePermission,
                Refusal::MessageTooLong => Self::MessageTooLong,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

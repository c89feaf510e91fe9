//! `conversations.requestSharedInvite.deny`: does not let an invitation be sent.
//! <https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.deny>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{InvitationId, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum RequestSharedInviteDeny {}

impl Contract for RequestSharedInviteDeny {
    const SPEC: Spec = Spec {
        name: "conversations.requestSharedInvite.deny",
        about: "Does not let an invitation be sent that somebody of the caller's organisation asked to send. Slackbot tells them.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::required("invite_id", "invitation", "I012345ABCD", "The request."),
            Arg::optional(
                "message",
                "string",
                "Not them",
                "Why, at most 560 characters.",
            ),
        ],
        success: r#"{"ok": true, "invite_id": "I012345ABCD"}"#,
        failure: r#"{"ok": false, "error": "invite_already_denied"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            invitation: given.required_id("invite_id")?,
            message: given.text("message").map(|text| text.into_owned()),
        })
    }
}

/// Which request, and why not.
#[derive(Clone, Debug)]
pub struct Args {
    /// The request; `None` when what was given is no invitation's id.
    pub invitation: Option<InvitationId>,
    /// Why.
    pub message: Option<String>,
}

/// The request.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Its id.
    pub invite_id: InvitationId,
}

/// Why it stands.
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
    /// Whoever asked is gone.
    #[strum(props(state = "an inviter with `status: removed`"))]
    UserNotFound,
    /// The workspace that asked is gone.
    #[strum(props(
        never = "it is of the caller's own organisation, and a request found tells that it is there"
    ))]
    TeamNotFound,
    /// The caller may not deny requests.
    #[strum(props(state = "a guest's token; `connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// There are more than 560 characters of words.
    #[strum(props(state = "words of more than 560 characters"))]
    MessageTooLong,
    /// The channel is gone.
    #[strum(props(
        never = "channels are archived, never deleted, and a request to an archived one can be denied"
    ))]
    ChannelNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, RequestSharedInviteDeny};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, InvitationId, Key, Moment, Plan, Stop, Watch,
        connect::{
            Actor,
            request::{self, Refusal},
        },
    };

    impl Write for RequestSharedInviteDeny {
        type Outcome = InvitationId;

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
        ) -> Result<Plan<InvitationId>, Stop<Error>> {
            let (who, args) = (Actor::from(ask.caller.as_ref()), &ask.args);
            let words = args.message.as_deref();
            let plan = request::deny(facts, &who, args.invitation, words, moment, watch)
                .map_err(|stop| stop.map(Error::from))?;
            Ok(Plan {
                changes: plan.changes,
                outcome: plan.outcome.id,
            })
        }

        fn reply(_ask: &Ask<Args>, invite_id: InvitationId) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply { invite_id }.into())
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
                Refusal::MessageTooLong => Self::MessageTooLong,
                // Denying asks nothing of the channel.
                Refusal::NoChannel | Refusal::NotShareable => Self::ChannelNotFound,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

//! `conversations.declineSharedInvite`: does not approve an acceptance, for one side.
//! <https://docs.slack.dev/reference/methods/conversations.declineSharedInvite>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{InvitationId, Scopes, connect::Party};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum DeclineSharedInvite {}

impl Contract for DeclineSharedInvite {
    const SPEC: Spec = Spec {
        name: "conversations.declineSharedInvite",
        about: "Ends an invitation that was accepted, for the caller's side, instead of approving the acceptance.",
        verb: Verb::Get,
        json: true,
        tier: Tier::Three,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::required("invite_id", "invitation", "I02UKAJ6RJA", "The invitation."),
            Arg::optional(
                "target_team",
                "team",
                "T1234567890",
                "The workspace or organisation that accepted. The inviting side has to name it.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "missing_target_team"}"#,
        warnings: &[],
    };
    const READS: bool = false;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            invitation: given.required_id("invite_id")?,
            target: given.id("target_team"),
        })
    }
}

/// Which invitation, and who the other party is.
#[derive(Clone, Debug)]
pub struct Args {
    /// The invitation; `None` when what was given is no invitation's id.
    pub invitation: Option<InvitationId>,
    /// The other party; the inner `None` when what was given names none.
    pub target: Option<Option<Party>>,
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nothing came of it.
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
    /// The acceptance is no longer open.
    #[strum(props(
        state = "an acceptance that was declined or has expired, or that led to a connection"
    ))]
    ApprovalInactive,
    /// Nobody has accepted, or not the party named.
    #[strum(props(state = "an invitation that nobody accepted; a `target_team` that did not"))]
    ApprovalNotFound,
    /// The invitation is no longer open.
    #[strum(props(
        state = "an invitation that was revoked or declined or has expired before anybody accepted, or a request that was denied"
    ))]
    InactiveInvite,
    /// There is no such invitation for the caller's organisation.
    #[strum(props(state = "an unknown id, or one between other organisations"))]
    InviteNotFound,
    /// The inviting side has to name the other party.
    #[strum(props(state = "a caller of the inviting organisation, and no `target_team`"))]
    MissingTargetTeam,
    /// The caller's workspace invites and pays nothing.
    #[strum(props(state = "an inviting workspace with `plan: free`"))]
    NotPaid,
    /// The caller may not decline.
    #[strum(props(state = "a guest's token; `connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, DeclineSharedInvite, Error, Reply};
    use crate::handle::{Ask, Good, Refused, Write};
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        connect::{
            Actor,
            review::{self, Refusal},
        },
    };

    impl Write for DeclineSharedInvite {
        type Outcome = ();

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
        ) -> Result<Plan<()>, Stop<Error>> {
            let question = review::Ask {
                who: &Actor::from(ask.caller.as_ref()),
                invitation: ask.args.invitation,
                target: ask.args.target,
                site: &ask.around.site,
            };
            review::decline(facts, &question, moment, watch).map_err(|stop| stop.map(Error::from))
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Restricted => Self::RestrictedAction,
                Refusal::InvalidLink | Refusal::NotFound => Self::InviteNotFound,
                Refusal::NotPaid => Self::NotPaid,
                Refusal::Inactive => Self::InactiveInvite,
                Refusal::NoTarget => Self::MissingTargetTeam,
                // Declining asks nothing of the channel, and a side that has approved may think again.
                Refusal::NoAcceptance | Refusal::Said | Refusal::NoChannel | Refusal::Migrating => {
                    Self::ApprovalNotFound
                }
                Refusal::Over | Refusal::Done => Self::ApprovalInactive,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;

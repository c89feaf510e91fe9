//! `admin.inviteRequests.approve`: an admin lets somebody be invited whom a member asked for.
//! <https://docs.slack.dev/reference/methods/admin.inviteRequests.approve>

use super::invite_requests::{DECIDING, Deciding};
use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum InviteRequestsApprove {}

impl Contract for InviteRequestsApprove {
    const SPEC: Spec = Spec {
        name: "admin.inviteRequests.approve",
        about: "Approves a request to invite somebody into a workspace of the caller's organisation: they are invited as those who asked for it wished.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.invites:write"]),
        },
        args: DECIDING,
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "already_processed"}"#,
        warnings: &[],
    };
    type Args = Deciding;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Deciding, BadArguments<Error>> {
        Deciding::read(given)
    }
}

/// Nothing but `ok`.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody is invited.
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
    /// The request was approved or denied before.
    #[strum(props(state = "a request of `approved.list` or `denied.list`"))]
    AlreadyProcessed,
    /// The person cannot be invited as the request says, or not any more; the request is pending still.
    #[strum(props(
        state = "the address of somebody who is in the workspace, is invited or was removed meanwhile; a channel that is archived or closed to guests by now; a guest whose time would be over"
    ))]
    FailedToSendInvite,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The workspace has no such request.
    #[strum(props(state = "an id of nothing, or of a request of another workspace"))]
    InvalidRequest,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// There is no such workspace in the caller's organisation.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Deciding, Error, InviteRequestsApprove, Reply};
    use crate::{
        admin::invite_requests::{needs, question},
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        invite_request::{self, NotApproved, Undecided},
    };

    impl Write for InviteRequestsApprove {
        type Outcome = ();
        const DRAWS: bool = true;

        fn needs(ask: &Ask<Deciding>) -> Vec<Key> {
            needs(ask)
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Deciding>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let plan = invite_request::approve(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))?;
            Ok(Plan {
                changes: plan.changes,
                outcome: (),
            })
        }

        fn reply(_ask: &Ask<Deciding>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }

    impl From<NotApproved> for Error {
        fn from(refusal: NotApproved) -> Self {
            match refusal {
                NotApproved::Undecided(why) => match why {
                    Undecided::NotAnEnterprise => Self::FeatureNotEnabled,
                    Undecided::NotAnAdmin => Self::NotAnAdmin,
                    Undecided::TeamNotFound => Self::TeamNotFound,
                    Undecided::NoSuchRequest => Self::InvalidRequest,
                    Undecided::AlreadyProcessed => Self::AlreadyProcessed,
                },
                NotApproved::NotSent(_) => Self::FailedToSendInvite,
            }
        }
    }
}

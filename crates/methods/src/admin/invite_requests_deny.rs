//! `admin.inviteRequests.deny`: an admin lets nobody be invited whom a member asked for.
//! <https://docs.slack.dev/reference/methods/admin.inviteRequests.deny>

use super::invite_requests::{DECIDING, Deciding};
use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum InviteRequestsDeny {}

impl Contract for InviteRequestsDeny {
    const SPEC: Spec = Spec {
        name: "admin.inviteRequests.deny",
        about: "Denies a request to invite somebody into a workspace of the caller's organisation.",
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

/// Why nothing is denied.
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
    use super::{Deciding, Error, InviteRequestsDeny, Reply};
    use crate::{
        admin::invite_requests::{needs, question},
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        invite_request::{self, Undecided},
    };

    impl Write for InviteRequestsDeny {
        type Outcome = ();

        fn needs(ask: &Ask<Deciding>) -> Vec<Key> {
            needs(ask)
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Deciding>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let plan = invite_request::deny(facts, &question(ask), moment, watch)
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

    impl From<Undecided> for Error {
        fn from(refusal: Undecided) -> Self {
            match refusal {
                Undecided::NotAnEnterprise => Self::FeatureNotEnabled,
                Undecided::NotAnAdmin => Self::NotAnAdmin,
                Undecided::TeamNotFound => Self::TeamNotFound,
                Undecided::NoSuchRequest => Self::InvalidRequest,
                Undecided::AlreadyProcessed => Self::AlreadyProcessed,
            }
        }
    }
}

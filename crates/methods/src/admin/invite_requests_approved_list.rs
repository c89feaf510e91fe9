//! `admin.inviteRequests.approved.list`: which requests to invite people into a workspace were approved, and the invitations they came to.
//! <https://docs.slack.dev/reference/methods/admin.inviteRequests.approved.list>

use super::invite_requests::{LISTING, Listing};
use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::invite_request::{DecidedBy, InviteObject, InviteRequestObject},
};
use guestlist_domain::{ByKind, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum InviteRequestsApprovedList {}

impl Contract for InviteRequestsApprovedList {
    const SPEC: Spec = Spec {
        name: "admin.inviteRequests.approved.list",
        about: "Lists the requests to invite people into a workspace of the caller's organisation that were approved, with the invitations that went out, page by page.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.invites:read"]),
        },
        args: LISTING,
        success: r#"{"ok": true, "approved_requests": [{"invite_request": {"id": "Ir558ULC1J", "email": "foobar@example.com", "date_created": 1619700970, "requester_ids": ["U558ULC10"], "channel_ids": ["C558ULC19", "C558ULC0W"], "invite_type": "full_member", "real_name": null, "date_expire": null, "request_reason": null}, "approved_by": {"actor_id": "U0AC3DMKT", "actor_type": "user"}, "invite": {"id": "INKPK5TK4", "inviter_id": "U558ULC10", "email": "foobar@example.com", "date_created": 1619701000, "date_resent": null, "is_bouncing": false, "invite_preferences": {"is_restricted": false, "is_ultra_restricted": false, "date_expire": null, "channel_ids": ["C558ULC19", "C558ULC0W"], "is_domain_matched": false, "real_name": null}}}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "not_an_admin"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Listing;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Listing, BadArguments<Error>> {
        Listing::read(given)
    }
}

/// A page of requests.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub approved_requests: Vec<Row>,
}

/// A request that was approved.
#[derive(Debug, Serialize)]
pub struct Row {
    invite_request: InviteRequestObject,
    approved_by: DecidedBy,
    invite: InviteObject,
}

/// Why none are listed.
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
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
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
    use super::{Error, InviteRequestsApprovedList, Listing, Reply, Row};
    use crate::{
        admin::invite_requests::{Unlisted, list},
        handle::{Ask, Good, Read},
        objects::invite_request::{DecidedBy, InviteObject, InviteRequestObject},
    };
    use guestlist_domain::{
        InviteRequest, Workspace,
        invite_request::{Approval, Stage, State},
        mail,
    };
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for InviteRequestsApprovedList {
        fn is_long(args: &Listing) -> bool {
            args.page.limit > 300
        }

        fn answer(ask: &Ask<Listing>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let (found, workspace, next) = list(ask, Stage::Approved, reader)?;
            let mut approved_requests = Vec::new();
            for one in &found {
                if let State::Approved(approval) = &one.state {
                    approved_requests.push(row(one, approval, &workspace, reader)?);
                }
            }
            Ok(Good::from(Reply { approved_requests }).page(next))
        }
    }

    /// What became of the invitation since tell whoever is invited, and its letter.
    fn row(
        request: &InviteRequest,
        approval: &Approval,
        workspace: &Workspace,
        reader: &mut Reader,
    ) -> Result<Row, StoreError> {
        let user = reader.user(approval.user)?;
        let invited = user.as_ref().and_then(|user| user.invited.as_ref());
        let resent = invited.map(|invited| invited.at);
        let letter = match approval.letter {
            Some(letter) => reader.mail(letter)?,
            None => None,
        };
        let is_bouncing = letter.is_some_and(|(_, letter)| letter.state == mail::State::Dead);
        Ok(Row {
            invite_request: InviteRequestObject::new(request),
            approved_by: DecidedBy::user(approval.by),
            invite: InviteObject::new(
                request,
                approval,
                workspace,
                resent.filter(|at| *at > approval.at),
                is_bouncing,
            ),
        })
    }

    impl From<Unlisted> for Error {
        fn from(refusal: Unlisted) -> Self {
            match refusal {
                Unlisted::NotAnEnterprise => Self::FeatureNotEnabled,
                Unlisted::NotAnAdmin => Self::NotAnAdmin,
                Unlisted::TeamNotFound => Self::TeamNotFound,
            }
        }
    }
}

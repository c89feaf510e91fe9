//! Requests to invite people.

use super::{texts, unless};
use crate::world::{check::time_text, document};
use guestlist_domain::{
    InviteRequest, Timestamp,
    invite_request::{Approval, State},
};

pub(super) fn invite_request(from: &InviteRequest, created: Timestamp) -> document::InviteRequest {
    let (approved, denied) = match &from.state {
        State::Pending => (None, None),
        State::Approved(approval) => (Some(approved(from, approval)), None),
        State::Denied { by, at } => {
            let denied = document::Denied {
                by: by.to_string(),
                at: unless(*at, from.created),
            };
            (None, Some(denied))
        }
    };
    document::InviteRequest {
        id: Some(from.id.to_string()),
        email: from.email.clone(),
        requesters: texts(&from.requesters),
        channels: texts(&from.channels),
        guest: from.guest,
        real_name: from.real_name.clone(),
        expires: from.expires.map(time_text),
        reason: from.reason.clone(),
        created: unless(from.created, created),
        approved,
        denied,
    }
}

fn approved(from: &InviteRequest, approval: &Approval) -> document::Approved {
    let by_first = from.requesters.first() == Some(&approval.inviter);
    document::Approved {
        by: approval.by.to_string(),
        at: unless(approval.at, from.created),
        invite: Some(approval.invite.to_string()),
        inviter: (!by_first).then(|| approval.inviter.to_string()),
        user: approval.user.to_string(),
    }
}

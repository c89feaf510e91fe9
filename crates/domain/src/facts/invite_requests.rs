//! What is known of requests to invite people.

use super::{Facts, Key, Map, Missing, look};
use crate::{
    id::{InviteRequestId, TeamId},
    invite_request::InviteRequest,
};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Known {
    requests: Map<InviteRequestId, Option<Arc<InviteRequest>>>,
    /// Which one for an address is pending.
    pending: Map<(TeamId, String), Option<InviteRequestId>>,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::InviteRequest(_, id) => self.requests.contains_key(id),
            Key::Requested(team, email) => self.pending.contains_key(&(*team, email.clone())),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.requests.len() + self.pending.len()
    }
}

impl Facts {
    /// A request of a workspace, whatever became of it.
    pub fn invite_request(
        &self,
        team: TeamId,
        id: InviteRequestId,
    ) -> Result<Option<&Arc<InviteRequest>>, Missing> {
        let known = look(&self.invite_requests.requests, &id, self.complete, || {
            Key::InviteRequest(team, id)
        })?;
        Ok(known.filter(|one| one.team == team))
    }

    /// The request of a workspace for an address that is pending.
    pub fn requested(&self, team: TeamId, email: &str) -> Result<Option<InviteRequestId>, Missing> {
        match self.invite_requests.pending.get(&(team, email.to_owned())) {
            Some(known) => Ok(*known),
            None if self.complete => Ok(None),
            None => Err(Missing(Key::Requested(team, email.to_owned()))),
        }
    }

    /// Loads a request, or that there is none.
    pub fn put_invite_request(&mut self, id: InviteRequestId, request: Option<Arc<InviteRequest>>) {
        self.invite_requests.requests.insert(id, request);
    }

    /// Loads which request for an address is pending, or that none is.
    pub fn put_requested(&mut self, team: TeamId, email: &str, pending: Option<InviteRequestId>) {
        self.invite_requests
            .pending
            .insert((team, email.to_owned()), pending);
    }

    /// Makes the facts show a request as it is now. One for an address is pending at most.
    pub(super) fn apply_invite_request(&mut self, request: &Arc<InviteRequest>) {
        let pending = request.state.is_pending().then_some(request.id);
        self.put_requested(request.team, &request.email, pending);
        self.put_invite_request(request.id, Some(request.clone()));
    }
}

//! What workspaces that were added leave in the tables.

use super::{Home, Homes, Rows};
use crate::{
    error::StoreError,
    sql::Connection,
    tables::{put_enterprise, put_workspace},
};
use guestlist_domain::{Change, Enterprise, EnterpriseId, Seed, TeamId, Workspace};
use std::{collections::BTreeMap, sync::Arc};

/// Rows that nothing else leaves.
#[derive(Default)]
pub(super) struct Added {
    enterprises: BTreeMap<EnterpriseId, Enterprise>,
    workspaces: BTreeMap<TeamId, Workspace>,
}

impl Added {
    /// How many are still to be written.
    pub(super) fn len(&self) -> usize {
        self.enterprises.len() + self.workspaces.len()
    }

    /// What is gone again is not written any more.
    pub(super) fn remove(&mut self, workspaces: &[TeamId], enterprises: &[EnterpriseId]) {
        self.workspaces.retain(|id, _| !workspaces.contains(id));
        self.enterprises.retain(|id, _| !enterprises.contains(id));
    }

    /// Writes one, if there is one left.
    pub(super) fn write_one(&mut self, db: &Connection) -> Result<bool, StoreError> {
        if let Some((_, enterprise)) = self.enterprises.pop_first() {
            put_enterprise(db, &enterprise)?;
        } else if let Some((_, workspace)) = self.workspaces.pop_first() {
            put_workspace(db, &workspace)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

impl Rows {
    pub(super) fn add_seed(&mut self, homes: &mut Homes, seed: &Seed) {
        self.spread_joined();
        let enterprises = seed.enterprises.iter().map(|one| (one.id, one.clone()));
        self.added.enterprises.extend(enterprises);
        let workspaces = seed.workspaces.iter().map(|one| (one.id, one.clone()));
        self.added.workspaces.extend(workspaces);
        for user in &seed.users {
            let user = Arc::new(user.clone());
            self.access.add(&Change::UserMade { user });
        }
        for app in &seed.apps {
            let app = Arc::new(app.clone());
            self.access.add(&Change::AppMade { app });
        }
        for channel in &seed.channels {
            let (team, is_dm) = (channel.team.key(), channel.kind.is_dm());
            homes.0.insert(channel.id, Home { team, is_dm });
            self.channels.insert(channel.id, Arc::new(channel.clone()));
        }
        for (team, channel, user, place) in &seed.members {
            let key = (team.key(), channel.key(), user.key());
            self.members.push((key, Some(*place)));
            self.marks.extend(place.mark.map(|mark| (key, mark)));
        }
        for (team, channel, message) in &seed.messages {
            let key = (team.key(), channel.key(), message.ts.0);
            self.messages.push((key, message.into()));
        }
        for request in &seed.invite_requests {
            self.requests.insert(request.id, Arc::new(request.clone()));
        }
        for group in &seed.usergroups {
            self.erased.remove(&group.id);
            self.usergroups.insert(group.id, Arc::new(group.clone()));
        }
        for token in &seed.tokens {
            self.tokens.insert(token.hash, Arc::new(token.clone()));
        }
        for (team, invitation) in &seed.invitations {
            let invitation = Arc::new(invitation.clone());
            self.connect.add_invitation(*team, invitation);
        }
    }
}

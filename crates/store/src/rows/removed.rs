//! Workspaces that were taken out.

use super::Rows;
use crate::{error::StoreError, sql::Connection, tables::removal};
use guestlist_domain::{EnterpriseId, TeamId};
use std::collections::BTreeSet;

/// What is taken out before anything else is written: whatever has been left there since came after.
#[derive(Default)]
pub(super) struct Removed {
    workspaces: BTreeSet<TeamId>,
    enterprises: BTreeSet<EnterpriseId>,
}

impl Removed {
    /// How many are still to be taken out.
    pub(super) fn len(&self) -> usize {
        self.workspaces.len() + self.enterprises.len()
    }

    /// Takes one out, if there is one left.
    pub(super) fn write_one(&mut self, db: &Connection) -> Result<bool, StoreError> {
        if let Some(team) = self.workspaces.pop_first() {
            removal::remove_workspace(db, team)?;
        } else if let Some(enterprise) = self.enterprises.pop_first() {
            removal::remove_enterprise(db, enterprise)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

impl Rows {
    /// What was left there before is not written any more.
    pub(super) fn remove(&mut self, workspaces: &[TeamId], enterprises: &[EnterpriseId]) {
        self.spread_joined();
        let gone = |team: i64| workspaces.iter().any(|one| one.key() == team);
        self.channels.retain(|_, one| !gone(one.team.key()));
        self.members.retain(|((team, ..), _)| !gone(*team));
        self.closed.retain(|(team, ..), _| !gone(*team));
        self.marks.retain(|(team, ..), _| !gone(*team));
        self.messages.retain(|((team, ..), _)| !gone(*team));
        self.reworded.remove(gone);
        self.tokens.retain(|_, one| !gone(one.team.key()));
        self.revoked.retain(|_, team| !gone(team.key()));
        self.requests.retain(|_, one| !gone(one.team.key()));
        self.usergroups.retain(|_, one| !gone(one.team.key()));
        self.erased.retain(|_, team| !gone(team.key()));
        self.added.remove(workspaces, enterprises);
        self.access.remove(workspaces);
        self.connect.remove(workspaces);
        self.removed.workspaces.extend(workspaces);
        self.removed.enterprises.extend(enterprises);
    }
}

//! What somebody who follows a link may see.

use super::Choice;
use crate::page::people::{People, people};
use guestlist_domain::{
    Channel, Invitation, TeamId, User, Workspace,
    connect::accept::free_name,
    invitation::{Recipient, State},
    workspace::Status,
};
use guestlist_store::{Reader, StoreError};
use std::sync::Arc;

/// An invitation, all that its page tells, and who may answer it.
pub(super) struct Seen {
    pub(super) invitation: Arc<Invitation>,
    pub(super) state: State,
    pub(super) channel: Arc<Channel>,
    /// Whose channel it is.
    pub(super) host: Arc<Workspace>,
    pub(super) inviter: Option<Arc<User>>,
    /// Whom it is for, where that is somebody known.
    pub(super) recipient: Option<Arc<User>>,
    /// Where it was accepted.
    pub(super) accepted: Option<Arc<Workspace>>,
    /// Who has yet to approve.
    pub(super) awaiting: Vec<Arc<Workspace>>,
    /// Where it can be accepted; the one that is chosen, and who can be chosen there.
    pub(super) workspaces: Vec<Workspace>,
    pub(super) chosen: Option<Chosen>,
}

/// A workspace that could accept.
pub(super) struct Chosen {
    pub(super) workspace: Workspace,
    pub(super) people: People,
    /// A name for the channel that is free there.
    pub(super) name: String,
    /// As which workspace their organisation takes part in the channel already.
    pub(super) connected: Option<Arc<Workspace>>,
}

impl Seen {
    /// Finds what a link leads to. Requests are not sent yet: their link leads nowhere.
    pub(super) fn find(
        reader: &mut Reader,
        code: &str,
        choice: &Choice,
    ) -> Result<Option<Self>, StoreError> {
        let Some((host, invitation)) = reader.linked(code)? else {
            return Ok(None);
        };
        let channel = reader.look(|facts| Ok(facts.channel(invitation.channel)?.cloned()))?;
        let host = reader.workspace(host)?;
        let (Some(channel), Some(host)) = (channel, host) else {
            return Ok(None);
        };
        let now = reader.now();
        let state = invitation.state_at(now);
        let request = invitation.reviewer.is_none() && invitation.requested;
        if matches!(state, State::Requested | State::RequestDenied) || request {
            return Ok(None);
        }
        let inviter = reader.user(invitation.inviter)?;
        let recipient = match &invitation.to {
            Recipient::User(user) => reader.user(*user)?,
            Recipient::Email(_) => None,
        };
        let mut seen = Self {
            state,
            channel,
            host,
            inviter,
            recipient,
            accepted: None,
            awaiting: Vec::new(),
            workspaces: Vec::new(),
            chosen: None,
            invitation,
        };
        if let Some(acceptance) = seen.invitation.acceptance.clone() {
            seen.accepted = reader.workspace(acceptance.workspace)?;
            for side in acceptance.awaiting {
                seen.awaiting.extend(reader.workspace(side)?);
            }
        }
        if seen.is_open() {
            seen.workspaces = seen.homes(reader)?;
            seen.chosen = seen.choose(reader, choice)?;
        }
        Ok(Some(seen))
    }

    /// The id of the workspace that is chosen, as the form gives it back.
    pub(super) fn shown(&self) -> String {
        let chosen = self.chosen.as_ref();
        chosen.map_or_else(String::new, |chosen| chosen.workspace.id.to_string())
    }

    /// The workspaces of those whom it is meant for.
    fn homes(&self, reader: &mut Reader) -> Result<Vec<Workspace>, StoreError> {
        let mut homes: Vec<TeamId> = Vec::new();
        match (&self.invitation.to, &self.recipient) {
            (Recipient::Email(address), _) => {
                for id in reader.people_at(&self.host.realm, address)? {
                    homes.extend(reader.user(id)?.iter().flat_map(|user| teams(user)));
                }
            }
            (Recipient::User(_), Some(user)) => homes.extend(teams(user)),
            (Recipient::User(_), None) => {}
        }
        let mut all = reader.workspaces()?;
        let orgs: Vec<_> = all
            .iter()
            .filter(|workspace| homes.contains(&workspace.id))
            .filter_map(|workspace| workspace.enterprise)
            .collect();
        let by_person = self.recipient.is_some();
        all.retain(|workspace| {
            // Somebody who is invited by their id may be spoken for by all of their organisation.
            let theirs = homes.contains(&workspace.id)
                || by_person && workspace.enterprise.is_some_and(|org| orgs.contains(&org));
            theirs && !workspace.is_with(&self.host) && workspace.status == Status::Active
        });
        Ok(all)
    }

    fn choose(&self, reader: &mut Reader, choice: &Choice) -> Result<Option<Chosen>, StoreError> {
        let home = self.recipient.as_ref().map(|user| user.team);
        let is = |team: Option<TeamId>| {
            let mut all = self.workspaces.iter();
            all.find(|workspace| Some(workspace.id) == team)
        };
        let Some(workspace) = is(choice.team)
            .or(is(home))
            .or(self.workspaces.first())
            .cloned()
        else {
            return Ok(None);
        };
        let team = workspace.id;
        let find = choice.find.to_lowercase();
        let people = people(reader, &[team], &find, |user, _| {
            match &self.invitation.to {
                Recipient::Email(address) => !user.removed && user.email.as_ref() == Some(address),
                Recipient::User(to) => {
                    !user.removed && (user.id == *to || user.bot.is_none() && user.guest.is_none())
                }
            }
        })?;
        let name =
            reader.look(|facts| free_name(facts, team, &self.channel.name, self.channel.id))?;
        let connected = self.connection(reader, &workspace)?;
        Ok(Some(Chosen {
            workspace,
            people,
            name,
            connected,
        }))
    }

    /// As which workspace an organisation takes part already.
    fn connection(
        &self,
        reader: &mut Reader,
        of: &Workspace,
    ) -> Result<Option<Arc<Workspace>>, StoreError> {
        for side in &self.channel.connections {
            let there = reader.workspace(side.workspace)?;
            if let Some(there) = there.filter(|one| one.is_with(of)) {
                return Ok(Some(there));
            }
        }
        Ok(None)
    }

    /// Whether somebody can answer it now: what the rules refuse to everybody is not asked.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Sent && !self.channel.archived && !self.channel.unshareable
    }

    /// Who invites, by name.
    pub(super) fn inviter(&self) -> &str {
        self.inviter
            .as_ref()
            .map_or("Somebody", |inviter| inviter.full_name())
    }

    /// Whom it is for, in words.
    pub(super) fn recipient(&self) -> &str {
        match (&self.invitation.to, &self.recipient) {
            (Recipient::Email(address), _) => address,
            (Recipient::User(_), Some(user)) => user.full_name(),
            (Recipient::User(_), None) => "somebody who is gone",
        }
    }
}

/// The workspaces that somebody is in.
fn teams(user: &User) -> impl Iterator<Item = TeamId> {
    std::iter::once(user.team).chain(user.teams.iter().copied())
}

//! The audit log of an organisation: which change of the journal is which entry of it, and what the entry says.
//! <https://docs.slack.dev/admins/audit-logs-api>
//!
//! Entries are derived, as events are ([`event`](crate::event)): nothing is kept for them. What was done, by whom,
//! to what and when comes from the change and never differs. What people, channels, workspaces and apps are called,
//! who is a guest when they join a channel, and who takes part in it, is told as it is when it is asked.

mod action;
mod of_channel;
mod of_user;
mod shape;

pub use action::{Action, GROUPS};
pub use of_channel::{Foretold, foretold};
pub use shape::{AppSeen, ChannelSeen, Details, Entity, Names, Person, Profile};

use crate::{
    change::{self, Change},
    event::Position,
    facts::{Facts, Missing},
    id::{EnterpriseId, TeamId, UserId},
    time::Timestamp,
    token::{Token, TokenKind},
};
use std::sync::Arc;

/// Whose log it is.
#[derive(Clone, Debug)]
pub struct Log {
    /// The organisation.
    pub org: EnterpriseId,
    /// Its workspaces.
    pub workspaces: Vec<TeamId>,
    /// When the organisation was added: what was done before was done in another of the same id.
    pub since: Timestamp,
}

impl Log {
    /// Whether a workspace is one of the organisation's.
    pub fn has(&self, team: TeamId) -> bool {
        self.workspaces.contains(&team)
    }

    fn has_any(&self, mut teams: impl Iterator<Item = TeamId>) -> bool {
        teams.any(|team| self.has(team))
    }

    /// Whether nothing before a change can be the organisation's: it came with it, or an earlier one of the same
    /// id went.
    pub fn begins_with(&self, change: &Change) -> bool {
        match change {
            Change::Added { seed } => seed.enterprises.iter().any(|one| one.id == self.org),
            Change::Removed { enterprises, .. } => enterprises.contains(&self.org),
            _ => false,
        }
    }
}

/// Which entry it is: the same whenever it is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryId {
    /// The change it comes from.
    pub at: Position,
    /// Its number among the entries of the change, in the order in which they happened, those that other
    /// organisations are told alone counted.
    pub part: u32,
}

impl EntryId {
    /// The id as a UUID of version 8 (RFC 9562): 48 bits are the time in milliseconds, as in version 7, then come 32
    /// bits of the journal's row, whose number has no more within a millisecond, 26 of the change and 16 of the part.
    /// Parts beyond those go on where the next change's would be: only what adds workspaces has so many, and it is
    /// alone in its row.
    pub fn uuid(self, when: Timestamp) -> String {
        let bits = |number: i64, count: u32| {
            u128::from(u64::try_from(number).unwrap_or_default()) & ((1 << count) - 1)
        };
        let change = i64::from(self.at.change) << 16;
        let place = bits(self.at.seq, 32) << 42 | bits(change + i64::from(self.part), 42);
        let (high, low) = (place >> 62, place & ((1 << 62) - 1));
        let id = bits(when.millis(), 48) << 80 | 0x8 << 76 | high << 64 | 0b10 << 62 | low;
        let text = format!("{id:032x}");
        let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &text[range]);
        format!("{a}-{b}-{c}-{d}-{e}")
    }
}

/// Who is told to have done it, who is nobody's: the control interface, or what happens by itself.
const NOBODY: &str = "USLACKUSER";

/// An entry of an audit log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which.
    pub id: EntryId,
    /// What was done.
    pub action: Action,
    /// Who did it; of joining and leaving who is in the channel now, or is no more.
    pub actor: Person,
    /// To what.
    pub entity: Entity,
    /// The workspace of the organisation in which it was done.
    pub location: Names<TeamId>,
    /// Through which app.
    pub app: Option<AppSeen>,
    /// What else is to be said of it.
    pub details: Details,
}

/// What an entry is, before it has a place.
struct Said {
    action: Action,
    actor: Person,
    entity: Entity,
    details: Details,
    location: TeamId,
}

/// A change, with what stands around it.
struct Here<'a> {
    facts: &'a Facts,
    log: &'a Log,
    /// The call's changes, and for whom it was.
    call: &'a change::Entry,
}

impl Here<'_> {
    /// Who did it.
    fn actor(&self) -> Result<Person, Missing> {
        match self.call.by.user {
            Some(user) => self.person(user),
            None => Ok(Person::placeholder(NOBODY)),
        }
    }

    /// Somebody, as the organisation sees them: of other organisations' people the address is not told.
    fn person(&self, id: UserId) -> Result<Person, Missing> {
        let Some(user) = self.facts.user(id)? else {
            return Ok(Person::placeholder(&id.to_string()));
        };
        Ok(Person::new(user, self.log.has(user.team)))
    }

    /// Whether somebody is of the organisation.
    fn is_ours(&self, id: UserId) -> Result<bool, Missing> {
        let user = self.facts.user(id)?;
        Ok(user.is_some_and(|user| self.log.has(user.team)))
    }

    /// Where it was done: where it was asked for if that is ours, or else in `ours`.
    fn location(&self, ours: TeamId) -> TeamId {
        let asked = self.call.by.team;
        if self.log.has(asked) { asked } else { ours }
    }

    fn app(&self) -> Result<Option<AppSeen>, Missing> {
        let ours = self.log.has(self.call.by.team);
        let Some(id) = self.call.by.app.filter(|_| ours) else {
            return Ok(None);
        };
        let app = self.facts.app(id)?;
        Ok(app.map(|app| AppSeen::new(app)))
    }
}

/// The entries of a log that a change comes to, the first of `call`'s changes that they follow from being `index`,
/// which stands at `at`. In the order in which they happened.
pub fn of_change(
    facts: &Facts,
    log: &Log,
    call: &change::Entry,
    index: usize,
    at: Position,
) -> Result<Vec<Entry>, Missing> {
    let Some(change) = call.changes.get(index) else {
        return Ok(Vec::new());
    };
    let here = Here { facts, log, call };
    let numbered = |said: Vec<Said>| (0..).zip(said).collect();
    // Each with its number.
    let said: Vec<(u32, Said)> = match change {
        Change::Joined { .. }
        | Change::Left { .. }
        | Change::Created { .. }
        | Change::Edited { .. }
        | Change::Invitation { .. }
        | Change::Shared { .. }
        | Change::Severed { .. } => numbered(here.of_channel(change)?),
        Change::UserMade { .. } | Change::UserEdited { .. } | Change::Assigned { .. } => {
            numbered(here.of_user(change)?)
        }
        Change::TokenMade { token } | Change::TokenEdited { token } => {
            numbered(here.consented(index, token)?.into_iter().collect())
        }
        Change::Uninstalled {
            app, team, user, ..
        } if log.has(*team) => {
            let action = match user {
                Some(_) => Action::OrgAppUninstalled,
                None => Action::AppUninstalled,
            };
            let entity = here.app_entity(*app)?;
            numbered(vec![here.said(action, entity, *team)?])
        }
        Change::TeamAccess {
            app,
            granted,
            teams,
            ..
        } => {
            let action = match granted {
                true => Action::OrgAppWorkspaceAdded,
                false => Action::OrgAppWorkspaceRemoved,
            };
            let ours = (0..).zip(teams).filter(|(_, team)| log.has(**team));
            let told = ours.map(|(part, team)| {
                let entity = here.app_entity(*app)?;
                let said = here.said(action, entity, *team)?;
                let location = *team;
                Ok((part, Said { location, ..said }))
            });
            told.collect::<Result<_, _>>()?
        }
        Change::Added { seed } => {
            let all = (0..).zip(&seed.workspaces);
            let ours = all.filter(|(_, one)| one.enterprise == Some(log.org));
            let told = ours.map(|(part, one)| {
                let entity = Entity::Workspace(Names::of(one));
                let said = here.said(Action::WorkspaceCreated, entity, one.id)?;
                Ok((part, said))
            });
            told.collect::<Result<_, _>>()?
        }
        // No action is documented for these, or they show in other entries.
        Change::Uninstalled { .. }
        | Change::Removed { .. }
        | Change::Unassigned { .. }
        | Change::Dropped { .. }
        | Change::Posted { .. }
        | Change::Shown { .. }
        | Change::Reworded { .. }
        | Change::Deleted { .. }
        | Change::DmClosed { .. }
        | Change::Marked { .. }
        | Change::TokenRevoked { .. }
        | Change::CodeMade { .. }
        | Change::CodeUsed { .. }
        | Change::Raised { .. }
        | Change::Mail { .. }
        | Change::UsergroupMade { .. }
        | Change::UsergroupEdited { .. }
        | Change::UsergroupErased { .. }
        | Change::InviteRequest { .. }
        | Change::AppMade { .. }
        | Change::AppEdited { .. }
        | Change::Deauthorized { .. } => Vec::new(),
    };
    let placed = said.into_iter().map(|(part, said)| {
        Ok(Entry {
            id: EntryId { at, part },
            action: said.action,
            actor: said.actor,
            entity: said.entity,
            location: here.names(said.location)?,
            app: here.app()?,
            details: said.details,
        })
    });
    placed.collect()
}

impl Here<'_> {
    /// That whoever asked did it to something, in a workspace of ours.
    fn said(&self, action: Action, entity: Entity, ours: TeamId) -> Result<Said, Missing> {
        Ok(Said {
            action,
            actor: self.actor()?,
            entity,
            details: Details::default(),
            location: self.location(ours),
        })
    }

    fn names(&self, team: TeamId) -> Result<Names<TeamId>, Missing> {
        let workspace = self.facts.workspace(team)?;
        Ok(workspace.map_or(Names::bare(team), |one| Names::of(one)))
    }

    fn app_entity(&self, app: crate::AppId) -> Result<Entity, Missing> {
        let known = self.facts.app(app)?;
        Ok(Entity::App(
            known.map_or(AppSeen::bare(app), |app| AppSeen::new(app)),
        ))
    }

    /// What exchanging somebody's consent for tokens comes to: told once, by the first token that it makes, or that
    /// holds more by it.
    fn consented(&self, index: usize, token: &Arc<Token>) -> Result<Option<Said>, Missing> {
        let changes = &self.call.changes;
        let by_consent = changes
            .iter()
            .any(|change| matches!(change, Change::CodeUsed { .. }));
        let (Some(app), true) = (token.app, by_consent && self.log.has(token.team)) else {
            return Ok(None);
        };
        let is_access = |token: &Token| !token.kind.is_refresh();
        let expands =
            |change: &Change| matches!(change, Change::TokenEdited { token } if is_access(token));
        let installs =
            |change: &Change| matches!(change, Change::TokenMade { token } if is_access(token));
        let (action, first) = match changes.iter().position(expands) {
            Some(first) => (Action::AppScopesExpanded, Some(first)),
            None => (
                match token.is_org_wide() {
                    true => Action::OrgAppInstalled,
                    false => Action::AppInstalled,
                },
                changes.iter().position(installs),
            ),
        };
        if first != Some(index) {
            return Ok(None);
        }
        let mut details = Details {
            installer_user_id: self.call.by.user,
            ..Details::default()
        };
        for change in changes {
            let (Change::TokenMade { token } | Change::TokenEdited { token }) = change else {
                continue;
            };
            let holder = token.user.map(|user| self.facts.user(user)).transpose()?;
            let is_bot = holder.flatten().is_some_and(|user| user.bot.is_some());
            let scopes = match (token.kind.as_written(is_bot), action) {
                (TokenKind::Bot, _) => &mut details.bot_scopes,
                (TokenKind::User, Action::AppScopesExpanded) => &mut details.new_scopes,
                (TokenKind::User, _) => &mut details.scopes,
                _ => continue,
            };
            *scopes = token.scopes.iter().map(str::to_owned).collect();
        }
        let entity = self.app_entity(app)?;
        let said = self.said(action, entity, token.team)?;
        Ok(Some(Said { details, ..said }))
    }
}

#[cfg(test)]
mod tests;

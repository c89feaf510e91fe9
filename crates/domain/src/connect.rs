//! Slack Connect: a channel that workspaces of several organisations share, from the request to
//! send an invitation to the end of the connection.
//!
//! ```text
//! request ─approve─► sent ─accept─► pending approval ─approve─► connected ─► disconnected
//!    └─deny            ├─ decline            ├─ decline
//!                      ├─ revoke             └─ 14 days
//!                      └─ 14 days
//! ```
//!
//! Each arrow is one rule here, and comes to one plan: the invitation as it is then, what it does
//! to the channel, and the events that apps are told, together or not at all. Each rule looks at
//! the state at the time it is asked ([`Invitation::state_at`]), so of two that exclude each other
//! the second is refused.
//! <https://docs.slack.dev/apis/slack-connect/>

pub mod accept;
pub mod due;
pub mod event;
mod notice;
pub mod request;
pub mod review;
pub mod rights;
pub mod send;
pub mod sever;
pub mod shape;

#[cfg(test)]
mod tests;

use crate::{
    caller::Caller,
    change::Change,
    channel::Channel,
    facts::{Facts, Missing},
    id::{EnterpriseId, TeamId, UserId},
    invitation::{Invitation, Sharing, Step},
    see,
    time::Timestamp,
    token::TokenKind,
    user::User,
    workspace::{Status, Who, Workspace},
};
use std::{str::FromStr, sync::Arc};

/// The most characters of the words that go with an invitation.
pub const MOST_MESSAGE: usize = 560;
/// The most organisations in a channel, its host among them, unless the channel says otherwise.
pub const MOST_ORGANISATIONS: u32 = 250;

/// What a rule is handed that makes something new or speaks of this server.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'a> {
    /// Random bytes, drawn beforehand.
    pub chance: [u8; 16],
    /// Where this server is reached, as `http://127.0.0.1:3999`.
    pub site: &'a str,
    /// Letters are sent; else they are kept here.
    pub post: bool,
}

/// What a call keeps to hand it to its rules as an [`Edge`].
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// As [`Edge::chance`]; zeros where the rules make nothing new.
    pub chance: [u8; 16],
    /// As [`Edge::site`].
    pub site: Arc<str>,
    /// As [`Edge::post`].
    pub post: bool,
}

impl Around {
    /// What rules are handed.
    pub fn edge(&self) -> Edge<'_> {
        Edge {
            chance: self.chance,
            site: &self.site,
            post: self.post,
        }
    }
}

/// Somebody who acts for their workspace.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Who.
    pub user: Arc<User>,
    /// For which workspace. What is another's of the same organisation is not theirs to answer.
    pub workspace: Arc<Workspace>,
    /// By a token that is good for some channels alone.
    pub is_bound: bool,
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self {
            user: caller.user.clone(),
            workspace: caller.workspace.clone(),
            is_bound: caller.token.kind == TokenKind::Workspace,
        }
    }
}

impl Actor {
    fn both(&self) -> (TeamId, UserId) {
        (self.workspace.id, self.user.id)
    }

    /// Whether they may approve, decline, list and end what their workspace shares: guests never, nor by a
    /// token for some channels, people as its setting says, apps unless nobody may.
    pub fn may_manage(&self) -> bool {
        let who = self.workspace.connect.manage;
        if self.user.guest.is_some() || self.is_bound {
            return false;
        }
        if self.user.bot.is_some() {
            who != Who::Nobody
        } else {
            who.allows(self.user.is_admin())
        }
    }
}

/// One party to a connection, as calls name it: a workspace or an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A workspace.
    Team(TeamId),
    /// An organisation.
    Org(EnterpriseId),
}

impl FromStr for Party {
    type Err = crate::id::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self::Team)
            .or_else(|_| text.parse().map(Self::Org))
    }
}

impl Party {
    /// The organisation of a workspace, or the workspace if it is of none.
    pub fn of(workspace: &Workspace) -> Self {
        workspace
            .enterprise
            .map_or(Self::Team(workspace.id), Self::Org)
    }

    /// Whether a workspace is the party, or belongs to it.
    pub fn is(self, facts: &Facts, team: TeamId) -> Result<bool, Missing> {
        Ok(match self {
            Self::Team(id) => id == team,
            Self::Org(org) => facts
                .workspace(team)?
                .is_some_and(|workspace| workspace.enterprise == Some(org)),
        })
    }
}

/// Whether a workspace can take part in Slack Connect now.
fn takes_part(workspace: &Workspace) -> bool {
    workspace.connect.enabled && !matches!(workspace.status, Status::Deleted | Status::Migrating)
}

/// Whether `team` belongs to the organisation of `workspace`.
fn is_ours(facts: &Facts, workspace: &Workspace, team: TeamId) -> Result<bool, Missing> {
    see::same_org(facts, workspace, team)
}

/// Whether two workspaces have nothing in common: no organisation, no realm, in which invitations reach people, and
/// no channel. What is a stranger's is to a caller as if it were not there.
pub(crate) fn is_stranger(
    facts: &Facts,
    workspace: &Workspace,
    other: TeamId,
) -> Result<bool, Missing> {
    if is_ours(facts, workspace, other)? || realm(facts, other)? == workspace.realm {
        return Ok(false);
    }
    Ok(facts.links(workspace.id, other)?.is_empty())
}

/// The realm of a workspace.
fn realm(facts: &Facts, team: TeamId) -> Result<&str, Missing> {
    Ok(facts.workspace(team)?.map_or("", |host| &*host.realm))
}

/// Who reads mail at an address, as far as a channel of `host` can tell: nobody of another realm.
fn people_at(facts: &Facts, host: TeamId, address: &str) -> Result<Vec<UserId>, Missing> {
    facts.people_at(realm(facts, host)?, address)
}

/// Whether somebody is among those.
fn reads_at(facts: &Facts, host: TeamId, who: &Actor, address: &str) -> Result<bool, Missing> {
    let is_theirs = who.user.email.as_deref() == Some(address);
    Ok(is_theirs && realm(facts, host)? == who.workspace.realm)
}

/// The workspace of `workspace`'s organisation that takes part in a channel as a partner.
fn our_connection(
    facts: &Facts,
    workspace: &Workspace,
    channel: &Channel,
) -> Result<Option<TeamId>, Missing> {
    for side in &channel.connections {
        if is_ours(facts, workspace, side.workspace)? {
            return Ok(Some(side.workspace));
        }
    }
    Ok(None)
}

/// How many organisations a channel may have, its host among them.
fn most_organisations(channel: &Channel) -> usize {
    let most = match channel.connection_limit {
        0 => MOST_ORGANISATIONS,
        limit => limit,
    };
    most as usize
}

/// An invitation's next step, as a change.
fn step(team: TeamId, step: Step, invitation: Invitation) -> (Arc<Invitation>, Change) {
    let invitation = Arc::new(invitation);
    let change = Change::Invitation {
        team,
        step,
        invitation: invitation.clone(),
    };
    (invitation, change)
}

/// A change of who shares a channel.
pub(crate) fn shared(
    channel: &Channel,
    step: Sharing,
    with: TeamId,
    now: Timestamp,
    edit: impl FnOnce(&mut Channel),
) -> (Arc<Channel>, Change) {
    let mut channel = channel.clone();
    edit(&mut channel);
    channel.updated = channel.updated.max(now);
    let channel = Arc::new(channel);
    let change = Change::Shared {
        channel: channel.clone(),
        step,
        with,
    };
    (channel, change)
}

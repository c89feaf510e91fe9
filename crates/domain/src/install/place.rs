//! Where an app is installed: in a workspace, or for a whole organisation.

use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::{AppId, EnterpriseId, TeamId, UserId},
    time::{Moment, Timestamp},
    token::{Token, TokenKind},
    user::User,
    workspace::Workspace,
};
use std::sync::Arc;

/// Where an app is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a workspace.
    Workspace(TeamId),
    /// For an organisation: in those workspaces of it that the app is added to.
    Organisation(EnterpriseId),
}

/// Where an app acts by a token.
pub fn place_of(facts: &Facts, token: &Token) -> Result<Place, Missing> {
    let workspace = facts.workspace(token.team)?;
    let org = workspace.and_then(|one| one.enterprise);
    Ok(match org.filter(|_| token.is_org_wide()) {
        Some(org) => Place::Organisation(org),
        None => Place::Workspace(token.team),
    })
}

/// The tokens by which an app acts somewhere, with those that renew them: none of them revoked. Those of the app
/// itself are not among them, nor are in a workspace those that it has for the organisation.
pub fn fellows(facts: &Facts, app: AppId, place: Place) -> Result<Vec<&Arc<Token>>, Missing> {
    let mut found = Vec::new();
    match place {
        Place::Workspace(team) => {
            let is_meant =
                |one: &&Arc<Token>| !one.is_org_wide() && one.kind != TokenKind::AppLevel;
            found.extend(facts.tokens_of(app, team)?.into_iter().filter(is_meant));
        }
        Place::Organisation(org) => {
            for token in facts.org_tokens_of(app)? {
                let workspace = facts.workspace(token.team)?;
                if workspace.is_some_and(|one| one.enterprise == Some(org)) {
                    found.push(token);
                }
            }
        }
    }
    Ok(found)
}

/// Whether an app is installed for the organisation of a workspace.
pub(super) fn is_org_installed(
    facts: &Facts,
    app: AppId,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<bool, Missing> {
    let Some(org) = workspace.enterprise else {
        return Ok(false);
    };
    let tokens = fellows(facts, app, Place::Organisation(org))?;
    Ok(tokens
        .iter()
        .any(|token| token.expires_at.is_none_or(|at| at > now)))
}

/// The workspaces that an app was added to, in the order of their ids; of a workspace's own installation none.
pub(super) fn granted_to(facts: &Facts, app: AppId, place: Place) -> Result<Vec<TeamId>, Missing> {
    let Place::Organisation(_) = place else {
        return Ok(Vec::new());
    };
    let tokens = fellows(facts, app, place)?;
    let mut teams: Vec<TeamId> = tokens
        .iter()
        .flat_map(|token| token.workspaces.iter().copied())
        .collect();
    teams.sort_unstable();
    teams.dedup();
    Ok(teams)
}

/// The bot user that an app acts as in all of an organisation.
pub(super) fn bot_of(
    facts: &Facts,
    app: AppId,
    org: EnterpriseId,
) -> Result<Option<UserId>, Missing> {
    for token in fellows(facts, app, Place::Organisation(org))? {
        if let Some(user) = token.user
            && facts.user(user)?.is_some_and(|user| user.bot.is_some())
        {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

/// A bot is in these workspaces, too. One that is back is in no others beside the one that it belongs to first.
pub(super) fn bring(bot: &User, teams: &[TeamId], is_back: bool, moment: &Moment) -> Vec<Change> {
    let mut user = bot.clone();
    user.updated = moment.now();
    let mut changes = Vec::new();
    for team in bot.teams.iter().filter(|_| is_back) {
        if !teams.contains(team) {
            user.teams.retain(|one| one != team);
            let (user, team) = (Arc::new(user.clone()), *team);
            changes.push(Change::Unassigned { user, team });
        }
    }
    for team in teams {
        if !user.is_in(*team) {
            user.teams.push(*team);
            let (user, team) = (Arc::new(user.clone()), *team);
            changes.push(Change::Assigned { user, team });
        }
    }
    changes
}

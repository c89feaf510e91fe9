//! Where an app is installed: in a workspace, or for a whole organisation.

use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::{AppId, EnterpriseId, TeamId, UserId},
    time::{Moment, Timestamp},
    token::{Token, TokenKind},
    user::User,
    workspace::{App, Status, Workspace},
};
use std::{collections::BTreeSet, sync::Arc};

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

/// Those of [`fellows`] that are good for something: not expired, of somebody who is not removed, made in a workspace
/// that is not deleted.
pub fn living(
    facts: &Facts,
    app: AppId,
    place: Place,
    now: Timestamp,
) -> Result<Vec<&Arc<Token>>, Missing> {
    let mut found = Vec::new();
    for token in fellows(facts, app, place)? {
        if token.expires_at.is_some_and(|at| at <= now) {
            continue;
        }
        let holder = token.user.map(|user| facts.standing(user)).transpose()?;
        let workspace = facts.workspace(token.team)?;
        if holder.flatten().is_some_and(|holder| !holder.removed)
            && workspace.is_some_and(|one| one.status != Status::Deleted)
        {
            found.push(token);
        }
    }
    Ok(found)
}

/// Whether an app is installed for the organisation of a workspace. One that is not ready for organisations never is,
/// whichever tokens it was given by hand.
pub(super) fn is_org_installed(
    facts: &Facts,
    app: &App,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<bool, Missing> {
    match workspace.enterprise.filter(|_| app.oauth.org_deploy) {
        Some(org) => Ok(!living(facts, app.id, Place::Organisation(org), now)?.is_empty()),
        None => Ok(false),
    }
}

/// The workspaces that an app was added to, in the order of their ids; of a workspace's own installation none.
pub(super) fn granted_to(
    facts: &Facts,
    app: AppId,
    place: Place,
    now: Timestamp,
) -> Result<Vec<TeamId>, Missing> {
    match place {
        Place::Workspace(_) => Ok(Vec::new()),
        Place::Organisation(_) => Ok(listed(&living(facts, app, place, now)?)),
    }
}

/// The workspaces that some organisation-wide tokens are granted, in the order of their ids.
pub fn listed(tokens: &[&Arc<Token>]) -> Vec<TeamId> {
    let teams = tokens.iter().flat_map(|token| &token.workspaces).copied();
    BTreeSet::from_iter(teams).into_iter().collect()
}

/// The first of some tokens that a bot acts by.
pub(super) fn of_bot<'f>(
    facts: &Facts,
    tokens: &[&'f Arc<Token>],
) -> Result<Option<&'f Arc<Token>>, Missing> {
    for token in tokens {
        if let Some(user) = token.user
            && facts.standing(user)?.is_some_and(|user| user.bot)
        {
            return Ok(Some(token));
        }
    }
    Ok(None)
}

/// The bot user that an app acts as in all of an organisation.
pub(super) fn bot_of(
    facts: &Facts,
    app: AppId,
    org: EnterpriseId,
) -> Result<Option<UserId>, Missing> {
    let tokens = fellows(facts, app, Place::Organisation(org))?;
    Ok(of_bot(facts, &tokens)?.and_then(|token| token.user))
}

/// Where a bot of an organisation may be in channels, which is in its first workspace in any case: in those that the
/// app was added to, and in that one if the app has tokens of that workspace's own for it.
pub(super) fn acts_in(
    facts: &Facts,
    app: AppId,
    bot: &User,
    granted: &[TeamId],
) -> Result<Vec<TeamId>, Missing> {
    let own = fellows(facts, app, Place::Workspace(bot.team))?;
    let has_own = own.iter().any(|token| token.user == Some(bot.id));
    let own = has_own.then_some(bot.team);
    Ok(granted.iter().copied().chain(own).collect())
}

/// A bot is in these workspaces, too.
pub(super) fn bring(bot: &User, teams: &[TeamId], moment: &Moment) -> Vec<Change> {
    let mut user = bot.clone();
    user.updated = moment.now();
    let mut changes = Vec::new();
    for team in teams {
        if !user.is_in(*team) {
            user.teams.push(*team);
            let (user, team) = (Arc::new(user.clone()), *team);
            changes.push(Change::Assigned { user, team });
        }
    }
    changes
}

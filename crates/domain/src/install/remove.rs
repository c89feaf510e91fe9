//! The way back: an app may act for somebody no more, or is gone from a workspace.

use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::{AppId, TeamId, UserId},
    people,
    time::Moment,
    token::{Token, TokenKind},
};
use std::sync::Arc;

/// What an app may do in a workspace comes to an end: its tokens, save those of the app itself
/// across workspaces, and its bot user's membership.
pub fn uninstall(
    facts: &Facts,
    app: AppId,
    team: TeamId,
    moment: &mut Moment,
) -> Result<Vec<Change>, Missing> {
    let tokens = grants(facts, app, team)?;
    let mut changes: Vec<Change> = tokens.iter().map(|token| dead(token)).collect();
    let mut holders: Vec<UserId> = tokens.iter().filter_map(|token| token.user).collect();
    holders.sort();
    holders.dedup();
    for holder in holders {
        deauthorize(facts, &mut changes, app, team, holder, moment)?;
    }
    if let Some(bot) = facts.bot_of(app, team)? {
        leave(facts, &mut changes, bot, moment)?;
    }
    changes.push(Change::Uninstalled {
        app,
        team,
        ts: moment.tick(),
    });
    Ok(changes)
}

/// What `auth.revoke` comes to. Of an app with token rotation it is the token alone. Of another
/// app it is all that was allowed by the same consent: a bot is gone from the workspace with its
/// last token, and so is an app that has no other token left.
pub fn revoke(facts: &Facts, token: &Token, moment: &mut Moment) -> Result<Vec<Change>, Missing> {
    let (Some(app), Some(holder)) = (token.app, token.user) else {
        return Ok(vec![dead(token)]);
    };
    let rotates = facts.app(app)?.is_some_and(|app| app.oauth.token_rotation);
    if rotates || token.kind == TokenKind::Workspace {
        return Ok(vec![dead(token)]);
    }
    let team = token.team;
    let (ended, left): (Vec<_>, Vec<_>) = grants(facts, app, team)?
        .into_iter()
        .partition(|other| other.user == Some(holder));
    if left.is_empty() {
        return uninstall(facts, app, team, moment);
    }
    let mut changes: Vec<Change> = ended.into_iter().map(|token| dead(token)).collect();
    deauthorize(facts, &mut changes, app, team, holder, moment)?;
    Ok(changes)
}

/// The tokens by which an app acts in a workspace.
fn grants(facts: &Facts, app: AppId, team: TeamId) -> Result<Vec<&Arc<Token>>, Missing> {
    let mut tokens = facts.tokens_of(app, team)?;
    tokens.retain(|token| token.kind != TokenKind::AppLevel);
    Ok(tokens)
}

fn dead(token: &Token) -> Change {
    Change::TokenRevoked {
        team: token.team,
        hash: token.hash,
    }
}

fn deauthorize(
    facts: &Facts,
    changes: &mut Vec<Change>,
    app: AppId,
    team: TeamId,
    user: UserId,
    moment: &mut Moment,
) -> Result<(), Missing> {
    let bot = facts.user(user)?.is_some_and(|user| user.bot.is_some());
    changes.push(Change::Deauthorized {
        app,
        team,
        user,
        bot,
        ts: moment.tick(),
    });
    if bot {
        leave(facts, changes, user, moment)?;
    }
    Ok(())
}

/// A bot is gone from its workspace, and so out of its channels; once is enough.
fn leave(
    facts: &Facts,
    changes: &mut Vec<Change>,
    bot: UserId,
    moment: &Moment,
) -> Result<(), Missing> {
    let left =
        |change: &Change| matches!(change, Change::UserEdited { user, .. } if user.id == bot);
    if !changes.iter().any(left) {
        changes.extend(people::leave(facts, bot, moment)?);
    }
    Ok(())
}

//! What happens to apps.

use super::{
    Event, Happened, Hearers, Position, Through,
    here::{aside, is_bot, organisation},
};
use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::UserId,
};

/// The event of a change to where an app is installed, or for whom it acts.
pub(super) fn of_change(
    facts: &Facts,
    at: Position,
    change: &Change,
) -> Result<Option<Event>, Missing> {
    let everywhere = |user: UserId| {
        Ok(Through {
            user,
            bot: is_bot(facts, user)?,
            org_wide: true,
        })
    };
    let (app, team, ts) = match change {
        Change::Deauthorized { app, team, ts, .. }
        | Change::Uninstalled { app, team, ts, .. }
        | Change::TeamAccess { app, team, ts, .. } => (*app, *team, *ts),
        _ => return Ok(None),
    };
    let (what, through) = match change {
        Change::Deauthorized {
            user,
            bot,
            org_wide,
            ..
        } => {
            let (user, bot, org_wide) = (*user, *bot, *org_wide);
            let through = Through {
                user,
                bot,
                org_wide,
            };
            (Happened::TokensRevoked { user, bot }, Some(through))
        }
        Change::TeamAccess {
            user,
            granted,
            teams,
            ..
        } => {
            let teams = teams.clone();
            let what = match granted {
                true => Happened::AccessGranted { teams },
                false => Happened::AccessRevoked { teams },
            };
            (what, Some(everywhere(*user)?))
        }
        // Of a workspace the envelope's own says which; of an organisation an authorization does.
        Change::Uninstalled { user, .. } => {
            (Happened::Uninstalled, user.map(everywhere).transpose()?)
        }
        _ => return Ok(None),
    };
    let hearers = Hearers::App { app, team, through };
    Ok(Some(Event {
        enterprise: organisation(facts, team)?,
        ..aside(at, ts, what, hearers)
    }))
}

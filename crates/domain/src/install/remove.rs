//! The way back: an app may act for somebody no more, or is gone from a workspace or an organisation.

use super::place::{Place, fellows, granted_to, of_bot, place_of};
use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::{AppId, TeamId, UserId},
    people,
    time::Moment,
    token::{Token, TokenKind},
};

/// What an app may do somewhere comes to an end: its tokens, save those of the app itself
/// across workspaces, and its bot user's membership.
pub fn uninstall(
    facts: &Facts,
    app: AppId,
    place: Place,
    moment: &mut Moment,
) -> Result<Vec<Change>, Missing> {
    let mut end = Ending::new(facts, app, place);
    let tokens = fellows(facts, app, place)?;
    end.changes.extend(tokens.iter().map(|token| dead(token)));
    // A user with the workspace in which the tokens were made.
    let mut holders: Vec<(UserId, TeamId)> = tokens
        .iter()
        .filter_map(|token| Some((token.user?, token.team)))
        .collect();
    holders.sort();
    holders.dedup_by_key(|(user, _)| *user);
    for (holder, team) in &holders {
        end.deauthorize(*holder, *team, moment)?;
    }
    let (team, user) = match place {
        Place::Workspace(team) => {
            if let Some(bot) = facts.bot_of(app, team)? {
                end.leave(bot, moment)?;
            }
            (team, None)
        }
        Place::Organisation(_) => {
            let first = of_bot(facts, &tokens)?.or(tokens.first().copied());
            // Without a token it is not there.
            let Some(token) = first else {
                return Ok(end.changes);
            };
            (token.team, token.user)
        }
    };
    end.changes.push(Change::Uninstalled {
        app,
        team,
        user,
        ts: moment.tick(),
    });
    Ok(end.changes)
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
    let place = place_of(facts, token)?;
    let (ended, left): (Vec<_>, Vec<_>) = fellows(facts, app, place)?
        .into_iter()
        .partition(|other| other.user == Some(holder));
    if left.is_empty() {
        return uninstall(facts, app, place, moment);
    }
    let mut end = Ending::new(facts, app, place);
    end.changes
        .extend(ended.into_iter().map(|token| dead(token)));
    end.deauthorize(holder, token.team, moment)?;
    Ok(end.changes)
}

fn dead(token: &Token) -> Change {
    Change::TokenRevoked {
        team: token.team,
        hash: token.hash,
    }
}

/// The end of an installation, in the making.
struct Ending<'f> {
    facts: &'f Facts,
    app: AppId,
    place: Place,
    changes: Vec<Change>,
}

impl<'f> Ending<'f> {
    fn new(facts: &'f Facts, app: AppId, place: Place) -> Self {
        Self {
            facts,
            app,
            place,
            changes: Vec::new(),
        }
    }

    fn deauthorize(
        &mut self,
        user: UserId,
        team: TeamId,
        moment: &mut Moment,
    ) -> Result<(), Missing> {
        let bot = self.facts.standing(user)?.is_some_and(|user| user.bot);
        self.changes.push(Change::Deauthorized {
            app: self.app,
            team,
            user,
            bot,
            org_wide: matches!(self.place, Place::Organisation(_)),
            ts: moment.tick(),
        });
        if bot {
            self.leave(user, moment)?;
        }
        Ok(())
    }

    /// A bot is gone from its workspaces, and so out of its channels; once is enough. One that the app acts as by
    /// another installation, its own of the workspace or that of the organisation, stays where that one is.
    fn leave(&mut self, bot: UserId, moment: &Moment) -> Result<(), Missing> {
        let left = |change: &Change| match change {
            Change::UserEdited { user, .. } | Change::Unassigned { user, .. } => user.id == bot,
            Change::Dropped { user, .. } => *user == bot,
            _ => false,
        };
        if self.changes.iter().any(left) {
            return Ok(());
        }
        let Some(user) = self.facts.user(bot)? else {
            return Ok(());
        };
        let home = self.facts.workspace(user.team)?;
        let other = match (self.place, home.and_then(|home| home.enterprise)) {
            (Place::Organisation(_), _) => Some(Place::Workspace(user.team)),
            (Place::Workspace(_), org) => org.map(Place::Organisation),
        };
        let others = match other {
            Some(place) => fellows(self.facts, self.app, place)?,
            None => Vec::new(),
        };
        let stays = others.iter().any(|token| token.user == Some(bot));
        self.changes.extend(match (stays, self.place, other) {
            // It belongs to its first workspace still, but is in no channels there for nothing.
            (true, Place::Workspace(_), Some(org)) => {
                let granted = granted_to(self.facts, self.app, org, moment.now())?;
                people::withdraw(self.facts, user, &[], &granted, moment)?
            }
            (true, Place::Organisation(_), _) => {
                people::withdraw(self.facts, user, &user.teams, &[user.team], moment)?
            }
            _ => people::leave(self.facts, bot, moment)?,
        });
        Ok(())
    }
}

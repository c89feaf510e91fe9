//! An app that is installed for an organisation is added to workspaces of it, and taken out of them.

use super::place::{Place, bring, fellows, granted_to};
use crate::{
    change::{Change, Plan},
    facts::{Facts, Missing, Stop},
    id::{AppId, EnterpriseId, TeamId, UserId},
    people,
    time::Moment,
    token::Token,
    user::User,
    workspace::Status,
};
use std::{collections::BTreeSet, sync::Arc};

/// Where an app is now that is installed for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The organisation.
    pub organisation: EnterpriseId,
    /// The workspaces of it that the app is added to, in the order of their ids.
    pub workspaces: Vec<TeamId>,
    /// Those among what was asked for to which it was added, or out of which it was taken, by this.
    pub changed: Vec<TeamId>,
}

/// Why an app cannot be added to workspaces, nor taken out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotGrantable {
    /// There is no such app.
    AppNotFound,
    /// None is named.
    Empty,
    /// There is no such workspace, or it is not in use.
    TeamNotFound(TeamId),
    /// The workspace is of no organisation.
    NoOrganisation(TeamId),
    /// Two workspaces that are not of one organisation.
    Apart(TeamId, TeamId),
    /// The app is not installed for this organisation.
    NotInstalled(EnterpriseId),
}

/// Adds an app to workspaces: its tokens for their organisation are good in them, and its bot is there.
pub fn grant(
    facts: &Facts,
    app: AppId,
    teams: &[TeamId],
    moment: &mut Moment,
) -> Result<Plan<Access>, Stop<NotGrantable>> {
    for team in teams {
        let workspace = facts.workspace(*team)?;
        if workspace.is_none_or(|one| one.status != Status::Active) {
            return Err(Stop::Refused(NotGrantable::TeamNotFound(*team)));
        }
    }
    let mut change = Changing::of(facts, app, teams)?;
    change.edit(|has| has.extend(teams));
    for bot in change.bots()? {
        change
            .changes
            .extend(bring(&bot, &change.asked, false, moment));
    }
    change.finish(true, moment)
}

/// Takes an app out of workspaces: its tokens for their organisation are good there no more, and its bot is gone
/// from them and from their channels.
pub fn ungrant(
    facts: &Facts,
    app: AppId,
    teams: &[TeamId],
    moment: &mut Moment,
) -> Result<Plan<Access>, Stop<NotGrantable>> {
    let mut change = Changing::of(facts, app, teams)?;
    change.edit(|has| has.retain(|team| !teams.contains(team)));
    for bot in change.bots()? {
        // It is still in its first workspace, but in channels there only while it is good for something.
        let own = fellows(facts, app, Place::Workspace(bot.team))?;
        let has_own = own.iter().any(|token| token.user == Some(bot.id));
        let left = change
            .after
            .iter()
            .copied()
            .chain(has_own.then_some(bot.team));
        let left: Vec<TeamId> = left.collect();
        let gone = people::withdraw(facts, &bot, &change.asked, &left, moment)?;
        change.changes.extend(gone);
    }
    change.finish(false, moment)
}

/// What becomes of an installation, in the making.
struct Changing<'f> {
    facts: &'f Facts,
    app: AppId,
    org: EnterpriseId,
    /// Those that are asked for, each once.
    asked: Vec<TeamId>,
    tokens: Vec<&'f Arc<Token>>,
    before: Vec<TeamId>,
    after: Vec<TeamId>,
    changes: Vec<Change>,
}

impl<'f> Changing<'f> {
    fn of(facts: &'f Facts, app: AppId, teams: &[TeamId]) -> Result<Self, Stop<NotGrantable>> {
        use NotGrantable as No;
        let no = |why| Err(Stop::Refused(why));
        if facts.app(app)?.is_none() {
            return no(No::AppNotFound);
        }
        let asked: Vec<TeamId> = BTreeSet::from_iter(teams.iter().copied())
            .into_iter()
            .collect();
        let mut orgs = Vec::new();
        for team in &asked {
            let Some(workspace) = facts.workspace(*team)? else {
                return no(No::TeamNotFound(*team));
            };
            let Some(org) = workspace.enterprise else {
                return no(No::NoOrganisation(*team));
            };
            orgs.push((org, *team));
        }
        let Some((org, first)) = orgs.first().copied() else {
            return no(No::Empty);
        };
        if let Some((_, other)) = orgs.iter().find(|(other, _)| *other != org) {
            return no(No::Apart(first, *other));
        }
        let place = Place::Organisation(org);
        let tokens = fellows(facts, app, place)?;
        if tokens.is_empty() {
            return no(No::NotInstalled(org));
        }
        let before = granted_to(facts, app, place)?;
        Ok(Self {
            facts,
            app,
            org,
            asked,
            tokens,
            after: before.clone(),
            before,
            changes: Vec::new(),
        })
    }

    /// Every token is good in these workspaces now.
    fn edit(&mut self, change: impl Fn(&mut BTreeSet<TeamId>)) {
        let changed = |teams: &[TeamId]| -> Vec<TeamId> {
            let mut has = BTreeSet::from_iter(teams.iter().copied());
            change(&mut has);
            has.into_iter().collect()
        };
        self.after = changed(&self.before);
        for token in &self.tokens {
            let workspaces = changed(&token.workspaces);
            if BTreeSet::from_iter(&workspaces) != BTreeSet::from_iter(&token.workspaces) {
                self.changes.push(Change::TokenEdited {
                    token: Arc::new(Token {
                        workspaces,
                        ..Token::clone(token)
                    }),
                });
            }
        }
    }

    /// The bots that it acts as, gone ones left out.
    fn bots(&self) -> Result<Vec<Arc<User>>, Missing> {
        let users: BTreeSet<UserId> = self.tokens.iter().filter_map(|one| one.user).collect();
        let mut bots = Vec::new();
        for user in users {
            let user = self.facts.user(user)?;
            bots.extend(
                user.filter(|user| user.bot.is_some() && !user.removed)
                    .cloned(),
            );
        }
        Ok(bots)
    }

    fn finish(
        mut self,
        granted: bool,
        moment: &mut Moment,
    ) -> Result<Plan<Access>, Stop<NotGrantable>> {
        let was = |team: &TeamId| self.before.contains(team);
        let changed: Vec<TeamId> = self
            .asked
            .iter()
            .copied()
            .filter(|team| was(team) != granted)
            .collect();
        let bots = self.bots()?;
        let is_bot = |token: &&&Arc<Token>| bots.iter().any(|bot| token.user == Some(bot.id));
        let speaks = self.tokens.iter().find(is_bot).or(self.tokens.first());
        if let Some(token) = speaks
            && let Some(user) = token.user
            && !changed.is_empty()
        {
            self.changes.push(Change::TeamAccess {
                app: self.app,
                team: token.team,
                user,
                granted,
                teams: changed.clone(),
                ts: moment.tick(),
            });
        }
        Ok(Plan {
            changes: self.changes,
            outcome: Access {
                organisation: self.org,
                workspaces: self.after,
                changed,
            },
        })
    }
}

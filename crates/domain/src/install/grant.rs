//! An app that is installed for an organisation is added to workspaces of it, and taken out of them.

use super::place::{Place, acts_in, bring, fellows, listed, living, of_bot};
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
    let mut change = Changing::of(facts, app, teams, moment)?;
    change.edit(|has| has.extend(teams));
    for bot in change.bots()? {
        change.changes.extend(bring(&bot, &change.asked, moment));
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
    let mut change = Changing::of(facts, app, teams, moment)?;
    change.edit(|has| has.retain(|team| !teams.contains(team)));
    for bot in change.bots()? {
        // It is still in its first workspace, but in channels there only while it is good for something.
        let left = acts_in(facts, app, &bot, &change.after)?;
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
    /// All, those that are good for nothing, too.
    tokens: Vec<&'f Arc<Token>>,
    living: Vec<&'f Arc<Token>>,
    after: Vec<TeamId>,
    changes: Vec<Change>,
}

impl<'f> Changing<'f> {
    fn of(
        facts: &'f Facts,
        app: AppId,
        teams: &[TeamId],
        moment: &Moment,
    ) -> Result<Self, Stop<NotGrantable>> {
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
        let living = living(facts, app, place, moment.now())?;
        if living.is_empty() {
            return no(No::NotInstalled(org));
        }
        Ok(Self {
            facts,
            app,
            org,
            asked,
            tokens,
            living,
            after: Vec::new(),
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
        self.after = changed(&listed(&self.living));
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
            let standing = self.facts.standing(user)?;
            if standing.is_some_and(|user| user.bot && !user.removed) {
                bots.extend(self.facts.user(user)?.cloned());
            }
        }
        Ok(bots)
    }

    fn finish(
        mut self,
        granted: bool,
        moment: &mut Moment,
    ) -> Result<Plan<Access>, Stop<NotGrantable>> {
        // Tokens that were made by hand need not be good in the same workspaces.
        let has_changed = |team: &TeamId| {
            let was = |token: &&Arc<Token>| token.workspaces.contains(team);
            self.living.iter().any(|token| was(token) != granted)
        };
        let asked = self.asked.iter().copied();
        let changed: Vec<TeamId> = asked.filter(has_changed).collect();
        let speaks = of_bot(self.facts, &self.living)?.or(self.living.first().copied());
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

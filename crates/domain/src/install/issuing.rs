//! The making of tokens, and of the bot user that goes with them.

use super::{
    Code, Granted, Issued, Mint, NotGranted, Place, Secret,
    place::{self, bring},
};
use crate::{
    change::{Change, Plan},
    facts::{Facts, Missing, Stop},
    id::{TeamId, UserId},
    name, people,
    scope::ScopeSet,
    time::{Moment, Timestamp},
    token::{Token, TokenKind},
    user::{Bot, User},
    workspace::{App, Status, Workspace},
};
use std::sync::Arc;

/// How long a token of an app with token rotation lives.
const ACCESS_LIVES: i64 = 12 * 60 * 60 * 1_000_000;
/// How long a refresh token lives that was got without the app's secret.
const PUBLIC_REFRESH_LIVES: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// A plan in the making.
pub(super) struct Issuing<'a> {
    app: &'a Arc<App>,
    place: Place,
    /// The workspace in which the next tokens are made.
    pub(super) team: TeamId,
    /// The workspaces that an organisation-wide token is good for.
    granted: Vec<TeamId>,
    /// Without the app's secret.
    public: bool,
    mint: Mint<'a>,
    pub(super) changes: Vec<Change>,
    issued: Vec<Issued>,
}

impl<'a> Issuing<'a> {
    pub(super) fn new(
        app: &'a Arc<App>,
        place: Place,
        team: TeamId,
        granted: Vec<TeamId>,
        public: bool,
        mint: Mint<'a>,
    ) -> Self {
        Self {
            app,
            place,
            team,
            granted,
            public,
            mint,
            changes: Vec::new(),
            issued: Vec::new(),
        }
    }

    /// The app's user where it is installed: there already, back again, or new. It joins no channel. That of an
    /// organisation is in each workspace that the app was added to, and belongs first to the one where it was made.
    /// One that is back, or that the organisation had no living token for, is in no others.
    pub(super) fn bot_user(
        &mut self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<UserId, Stop<NotGranted>> {
        let (mut known, mut has_token) = (None, true);
        if let Place::Organisation(org) = self.place {
            let living = place::living(facts, self.app.id, self.place, moment.now())?;
            has_token = place::of_bot(facts, &living)?.is_some();
            known = place::bot_of(facts, self.app.id, org)?;
            let home = known.map(|id| facts.user(id)).transpose()?.flatten();
            let home = facts.workspace(home.map_or(self.app.team, |user| user.team))?;
            // In one that is not in use the tokens would be good for nothing.
            let fits =
                |one: &&Arc<Workspace>| one.enterprise == Some(org) && one.status == Status::Active;
            self.team = home.filter(fits).map_or(self.team, |home| home.id);
        }
        known = known.or(self.app.bot_user.filter(|_| self.app.team == self.team));
        let known = match known {
            Some(id) => Some(id),
            None => facts.bot_of(self.app.id, self.team)?,
        };
        if let Some(user) = known.map(|id| facts.user(id)).transpose()?.flatten() {
            let before = user.clone();
            let mut user = User::clone(user);
            let is_back = user.removed || !has_token;
            if user.removed {
                user.removed = false;
                user.updated = moment.now();
                self.changes.push(Change::UserEdited {
                    user: Arc::new(user.clone()),
                    before: Some(before),
                });
            }
            if is_back {
                let (others, left) = self.left_behind(facts, &user)?;
                let gone = people::withdraw(facts, &user, &others, &left, moment)?;
                self.changes.extend(gone);
                user.teams.retain(|team| !others.contains(team));
            }
            self.changes.extend(bring(&user, &self.granted, moment));
            return Ok(user.id);
        }
        let shown = match self.app.oauth.bot_name.as_str() {
            "" => &self.app.name,
            name => name,
        };
        let (id, bot) = (moment.user_id(), moment.bot_id());
        let mut user = User::new(id, self.team, &handle(shown));
        user.real_name = shown.to_owned();
        user.updated = moment.now();
        user.bot = Some(Bot {
            id: bot,
            app: Some(self.app.id),
        });
        self.changes.push(Change::UserMade {
            user: Arc::new(user.clone()),
        });
        self.changes.extend(bring(&user, &self.granted, moment));
        if self.app.team == self.team {
            self.changes.push(Change::AppEdited {
                app: Arc::new(App {
                    bot_user: Some(id),
                    bot: Some(bot),
                    ..App::clone(self.app)
                }),
            });
        }
        Ok(id)
    }

    /// The workspaces that a bot is in which the app was not added to, and those in whose channels it may be.
    fn left_behind(
        &self,
        facts: &Facts,
        bot: &User,
    ) -> Result<(Vec<TeamId>, Vec<TeamId>), Missing> {
        let is_other = |team: &TeamId| !self.granted.contains(team);
        let others = bot.teams.iter().copied().filter(is_other).collect();
        let mut left = place::acts_in(facts, self.app.id, bot, &self.granted)?;
        if let Place::Workspace(team) = self.place {
            left.push(team);
        }
        Ok((others, left))
    }

    /// Makes tokens after somebody's consent. What they consented to before stays allowed: tokens
    /// that are out hold from now on what the new ones hold.
    pub(super) fn issue(
        &mut self,
        facts: &Facts,
        kind: TokenKind,
        holder: UserId,
        asked: &ScopeSet,
        moment: &mut Moment,
    ) -> Result<(), Stop<NotGranted>> {
        let held = self.held(facts, kind, holder)?;
        let scopes = held
            .iter()
            .fold(asked.clone(), |all, token| all.union(&token.scopes));
        for token in held.iter().filter(|token| token.scopes != scopes) {
            self.changes.push(Change::TokenEdited {
                token: Arc::new(Token {
                    scopes: scopes.clone(),
                    ..Token::clone(token)
                }),
            });
        }
        if self.app.oauth.token_rotation {
            return self.renew(facts, kind, holder, &scopes, moment);
        }
        let secret = Secret::Access {
            kind,
            rotating: false,
        };
        self.make(kind, holder, &scopes, secret, None);
        self.issued.push(Issued {
            kind,
            user: holder,
            scopes,
            rotating: false,
        });
        Ok(())
    }

    /// Makes a token that lives for twelve hours and one that renews it. Two tokens are alive at
    /// most: the newest of those there were, and the new one.
    pub(super) fn renew(
        &mut self,
        facts: &Facts,
        kind: TokenKind,
        holder: UserId,
        scopes: &ScopeSet,
        moment: &mut Moment,
    ) -> Result<(), Stop<NotGranted>> {
        let now = moment.now();
        let held = self.held(facts, kind, holder)?;
        let (mut old, spent): (Vec<_>, Vec<_>) =
            held.into_iter().partition(|token| !token.kind.is_refresh());
        // One that never expires was made before there was rotation.
        old.sort_by_key(|token| token.expires_at);
        old.pop();
        let spent = spent
            .into_iter()
            .filter(|token| token.expires_at.is_some_and(|at| at <= now));
        for token in old.into_iter().chain(spent) {
            self.changes.push(Change::TokenRevoked {
                team: token.team,
                hash: token.hash,
            });
        }
        let secret = Secret::Access {
            kind,
            rotating: true,
        };
        // A tick, so that of two tokens one is the newer.
        let dies = Timestamp(moment.tick().0 + ACCESS_LIVES);
        self.make(kind, holder, scopes, secret, Some(dies));
        let dies = self.public.then(|| Timestamp(now.0 + PUBLIC_REFRESH_LIVES));
        let secret = Secret::Refresh(kind);
        self.make(TokenKind::Refresh, holder, scopes, secret, dies);
        self.issued.push(Issued {
            kind,
            user: holder,
            scopes: scopes.clone(),
            rotating: true,
        });
        Ok(())
    }

    /// The tokens somebody's consent was answered with so far, and what renews them.
    fn held<'f>(
        &self,
        facts: &'f Facts,
        kind: TokenKind,
        holder: UserId,
    ) -> Result<Vec<&'f Arc<Token>>, Stop<NotGranted>> {
        let mut tokens = place::fellows(facts, self.app.id, self.place)?;
        tokens.retain(|token| {
            let of_kind = token.kind == kind || token.is_org_wide() || token.kind.is_refresh();
            token.user == Some(holder) && of_kind
        });
        Ok(tokens)
    }

    fn make(
        &mut self,
        kind: TokenKind,
        user: UserId,
        scopes: &ScopeSet,
        secret: Secret,
        expires_at: Option<Timestamp>,
    ) {
        let kind = match (self.place, kind) {
            (Place::Workspace(_), kind) => kind,
            (Place::Organisation(_), TokenKind::Refresh) => TokenKind::OrgRefresh,
            (Place::Organisation(_), _) => TokenKind::Org,
        };
        self.changes.push(Change::TokenMade {
            token: Arc::new(Token {
                hash: (self.mint)(secret),
                team: self.team,
                kind,
                app: Some(self.app.id),
                user: Some(user),
                scopes: scopes.clone(),
                expires_at,
                revoked: false,
                workspaces: self.granted.clone(),
                channels: Vec::new(),
            }),
        });
    }

    pub(super) fn finish(
        self,
        facts: &Facts,
        workspace: &Arc<Workspace>,
        code: Option<&Arc<Code>>,
    ) -> Result<Plan<Granted>, Stop<NotGranted>> {
        let enterprise = match workspace.enterprise {
            Some(id) => facts.enterprise(id)?.cloned(),
            None => None,
        };
        Ok(Plan {
            changes: self.changes,
            outcome: Granted {
                app: self.app.id,
                workspace: workspace.clone(),
                enterprise,
                org_wide: matches!(self.place, Place::Organisation(_)),
                user: code.map(|code| code.user),
                issued: self.issued,
            },
        })
    }
}

/// A handle out of a name that people read: small letters, digits, `-`, `_`, `.`.
fn handle(name: &str) -> String {
    let plain = |c: char| if name::is_of_handle(c) { c } else { '_' };
    let handle: String = name.to_lowercase().chars().map(plain).take(80).collect();
    match handle.trim_matches('_') {
        "" => "app".to_owned(),
        handle => handle.to_owned(),
    }
}

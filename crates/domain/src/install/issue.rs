//! Tokens for a code, for a refresh token, for a token that lives for ever.

use super::Code;
use crate::{
    change::{Change, Plan},
    facts::{Facts, Stop},
    id::{AppId, TeamId, UserId},
    scope::ScopeSet,
    time::{Moment, Timestamp},
    token::{Token, TokenHash, TokenKind},
    user::{Bot, User},
    workspace::{App, Enterprise, Status, Workspace},
};
use std::sync::Arc;

/// How long a token of an app with token rotation lives.
const ACCESS_LIVES: i64 = 12 * 60 * 60 * 1_000_000;
/// How long a refresh token lives that was got without the app's secret.
const PUBLIC_REFRESH_LIVES: i64 = 30 * 24 * 60 * 60 * 1_000_000;
/// How long a refresh token that was used can be used again, should the answer have been lost.
const GRACE: i64 = 60 * 1_000_000;

/// A text that only the app will know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A token of this kind.
    Access {
        /// What it stands for.
        kind: TokenKind,
        /// Whether it is renewed.
        rotating: bool,
    },
    /// What renews a token of this kind.
    Refresh(TokenKind),
}

/// Makes the hash of a secret out of what was drawn before the call.
pub type Mint<'a> = &'a dyn Fn(Secret) -> TokenHash;

/// What an app shows for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Its client id.
    pub client_id: String,
    /// The secret it shows.
    pub secret: Option<String>,
    /// The SHA-256 of the verifier it shows.
    pub verifier: Option<TokenHash>,
}

/// Why there are no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotGranted {
    /// No app has this client id.
    InvalidClientId,
    /// Not the app's secret, or none.
    BadClientSecret,
    /// Unknown, of another app, used, or too old; or the person is gone by now.
    InvalidCode,
    /// Not the `redirect_uri` that the code was asked for with.
    BadRedirectUri,
    /// The app may not use PKCE.
    PkceNotAllowed,
    /// Not the verifier whose challenge came with the request, or one without a challenge.
    InvalidCodeVerifier,
    /// Unknown, of another app, used before, revoked, or expired.
    InvalidRefreshToken,
    /// The app's tokens do not expire.
    RotationNotEnabled,
    /// The token expires already, or is of a kind that cannot be renewed.
    InvalidToken,
    /// The token was exchanged before.
    AlreadyExchanged,
    /// The token is another app's.
    OtherApp,
}

/// Tokens made for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// A bot's or a person's.
    pub kind: TokenKind,
    /// Whom they act as.
    pub user: UserId,
    /// What they may do.
    pub scopes: ScopeSet,
    /// Whether there is a refresh token, too.
    pub rotating: bool,
}

/// What an app was granted.
#[derive(Clone, Debug, PartialEq)]
pub struct Granted {
    /// The app.
    pub app: AppId,
    /// Where.
    pub workspace: Arc<Workspace>,
    /// The workspace's organisation.
    pub enterprise: Option<Arc<Enterprise>>,
    /// Who consented; absent when tokens were renewed.
    pub user: Option<UserId>,
    /// In the order made: the bot's before the person's.
    pub issued: Vec<Issued>,
}

/// The app that shows its client id, and whether it showed its secret, too. One that may use PKCE
/// need not, and then has to prove itself otherwise.
pub fn prove<'f>(
    facts: &'f Facts,
    proof: &Proof,
) -> Result<(&'f Arc<App>, bool), Stop<NotGranted>> {
    let no = |why| Err(Stop::Refused(why));
    let Some(id) = facts.client(&proof.client_id)? else {
        return no(NotGranted::InvalidClientId);
    };
    let Some(app) = facts.app(id)? else {
        return no(NotGranted::InvalidClientId);
    };
    match (&proof.secret, &app.client_secret) {
        (Some(shown), Some(own)) if same(shown, own) => Ok((app, true)),
        (Some(_), _) => no(NotGranted::BadClientSecret),
        (None, _) if proof.verifier.is_some() && !app.oauth.pkce => no(NotGranted::PkceNotAllowed),
        (None, _) if app.oauth.pkce => Ok((app, false)),
        (None, _) => no(NotGranted::BadClientSecret),
    }
}

/// Compares secrets in a time that tells nothing but their length.
fn same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}

/// Exchanges a code for tokens, and gives the app a bot user where it asks for one.
pub fn exchange(
    facts: &Facts,
    proof: &Proof,
    code: TokenHash,
    redirect_uri: Option<&str>,
    mint: Mint<'_>,
    moment: &mut Moment,
) -> Result<Plan<Granted>, Stop<NotGranted>> {
    let no = |why| Err(Stop::Refused(why));
    let (app, proven) = prove(facts, proof)?;
    let Some(code) = facts.code(code)? else {
        return no(NotGranted::InvalidCode);
    };
    if code.app != app.id || code.used || code.expires_at <= moment.now() {
        return no(NotGranted::InvalidCode);
    }
    if redirect_uri != code.redirect_uri.as_deref() {
        return no(NotGranted::BadRedirectUri);
    }
    match (code.challenge, proof.verifier) {
        (None, Some(_)) if !app.oauth.pkce => return no(NotGranted::PkceNotAllowed),
        (None, None) if !proven => return no(NotGranted::BadClientSecret),
        (challenge, verifier) if challenge != verifier => {
            return no(NotGranted::InvalidCodeVerifier);
        }
        _ => {}
    }
    let Some(workspace) = facts.workspace(code.team)? else {
        return no(NotGranted::InvalidCode);
    };
    let for_admins = super::are_for_admins(&code.bot_scopes, &code.user_scopes);
    let may = |user: &User| super::can_install(user, code.team) && (user.is_admin() || !for_admins);
    let consenting = facts.user(code.user)?;
    if workspace.status != Status::Active || !consenting.is_some_and(|user| may(user)) {
        return no(NotGranted::InvalidCode);
    }

    let mut plan = Issuing::new(app, code.team, !proven, mint);
    plan.changes.push(Change::CodeUsed { hash: code.hash });
    if !code.bot_scopes.is_empty() {
        let bot = plan.bot_user(facts, moment)?;
        plan.issue(facts, TokenKind::Bot, bot, &code.bot_scopes, moment)?;
    }
    if !code.user_scopes.is_empty() {
        plan.issue(facts, TokenKind::User, code.user, &code.user_scopes, moment)?;
    }
    plan.finish(facts, workspace, Some(code))
}

/// Renews tokens.
pub fn refresh(
    facts: &Facts,
    proof: &Proof,
    shown: TokenHash,
    mint: Mint<'_>,
    moment: &mut Moment,
) -> Result<Plan<Granted>, Stop<NotGranted>> {
    let no = |why| Err(Stop::Refused(why));
    let (app, proven) = prove(facts, proof)?;
    // Found by its hash, whichever workspace it belongs to.
    let Some(old) = facts.token(app.team, shown)? else {
        return no(NotGranted::InvalidRefreshToken);
    };
    let team = old.team;
    if old.app != Some(app.id) || old.revoked {
        return no(NotGranted::InvalidRefreshToken);
    }
    let expired = old.expires_at.is_some_and(|at| at <= moment.now());
    let (TokenKind::Refresh, false, Some(holder)) = (old.kind, expired, old.user) else {
        return no(NotGranted::InvalidRefreshToken);
    };
    // One that does not expire was got with the app's secret: who lacks that has it from somewhere else.
    if !proven && old.expires_at.is_none() {
        return no(NotGranted::BadClientSecret);
    }
    let workspace = facts.workspace(team)?;
    let user = facts.user(holder)?;
    let (Some(workspace), Some(user)) = (workspace, user) else {
        return no(NotGranted::InvalidRefreshToken);
    };
    let gone = user.removed || !old.is_good_in(user.all_teams());
    if gone || workspace.status != Status::Active {
        return no(NotGranted::InvalidRefreshToken);
    }
    let kind = match user.bot {
        Some(_) => TokenKind::Bot,
        None => TokenKind::User,
    };
    let mut plan = Issuing::new(app, team, !proven, mint);
    let dies = Timestamp(moment.now().0 + GRACE);
    let dies = old.expires_at.map_or(dies, |at| at.min(dies));
    if old.expires_at != Some(dies) {
        plan.changes.push(Change::TokenEdited {
            token: Arc::new(Token {
                expires_at: Some(dies),
                ..Token::clone(old)
            }),
        });
    }
    plan.renew(facts, kind, holder, &old.scopes, moment)?;
    plan.finish(facts, workspace, None)
}

/// Exchanges a token that lives for ever for one that is renewed. The old one dies when that is
/// renewed for the first time.
pub fn renewable(
    facts: &Facts,
    proof: &Proof,
    token: &Token,
    mint: Mint<'_>,
    moment: &mut Moment,
) -> Result<Plan<Granted>, Stop<NotGranted>> {
    let no = |why| Err(Stop::Refused(why));
    let (app, proven) = prove(facts, proof)?;
    if !proven {
        return no(NotGranted::BadClientSecret);
    }
    if !app.oauth.token_rotation {
        return no(NotGranted::RotationNotEnabled);
    }
    let (TokenKind::Bot | TokenKind::User, Some(holder)) = (token.kind, token.user) else {
        return no(NotGranted::InvalidToken);
    };
    if token.app != Some(app.id) || token.expires_at.is_some() {
        return no(NotGranted::InvalidToken);
    }
    let tokens = facts.tokens_of(app.id, token.team)?;
    if tokens
        .iter()
        .any(|other| other.kind == TokenKind::Refresh && other.user == Some(holder))
    {
        return no(NotGranted::AlreadyExchanged);
    }
    let Some(workspace) = facts.workspace(token.team)? else {
        return no(NotGranted::InvalidToken);
    };
    let mut plan = Issuing::new(app, token.team, false, mint);
    plan.renew(facts, token.kind, holder, &token.scopes, moment)?;
    plan.finish(facts, workspace, None)
}

/// A plan in the making.
struct Issuing<'a> {
    app: &'a Arc<App>,
    team: TeamId,
    /// Without the app's secret.
    public: bool,
    mint: Mint<'a>,
    changes: Vec<Change>,
    issued: Vec<Issued>,
}

impl<'a> Issuing<'a> {
    fn new(app: &'a Arc<App>, team: TeamId, public: bool, mint: Mint<'a>) -> Self {
        Self {
            app,
            team,
            public,
            mint,
            changes: Vec::new(),
            issued: Vec::new(),
        }
    }

    /// The app's user in the workspace: there already, back again, or new. It joins no channel.
    fn bot_user(&mut self, facts: &Facts, moment: &mut Moment) -> Result<UserId, Stop<NotGranted>> {
        let known = match self.app.bot_user.filter(|_| self.app.team == self.team) {
            Some(id) => Some(id),
            None => facts.bot_of(self.app.id, self.team)?,
        };
        if let Some(user) = known.map(|id| facts.user(id)).transpose()?.flatten() {
            if user.removed {
                self.changes.push(Change::UserEdited {
                    user: Arc::new(User {
                        removed: false,
                        updated: moment.now(),
                        ..User::clone(user)
                    }),
                    before: Some(user.clone()),
                });
            }
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
            user: Arc::new(user),
        });
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

    /// Makes tokens after somebody's consent. What they consented to before stays allowed: tokens
    /// that are out hold from now on what the new ones hold.
    fn issue(
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
    fn renew(
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
            held.into_iter().partition(|token| token.kind == kind);
        // One that never expires was made before there was rotation.
        old.sort_by_key(|token| token.expires_at);
        old.pop();
        let spent = spent
            .into_iter()
            .filter(|token| token.expires_at.is_some_and(|at| at <= now));
        for token in old.into_iter().chain(spent) {
            self.changes.push(Change::TokenRevoked {
                team: self.team,
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
        let mut tokens = facts.tokens_of(self.app.id, self.team)?;
        tokens.retain(|token| {
            token.user == Some(holder) && (token.kind == kind || token.kind == TokenKind::Refresh)
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
                workspaces: Vec::new(),
                channels: Vec::new(),
            }),
        });
    }

    fn finish(
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
                user: code.map(|code| code.user),
                issued: self.issued,
            },
        })
    }
}

/// A handle out of a name that people read: small letters, digits, `-`, `_`, `.`.
fn handle(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = |c: char| if fits(c) { c } else { '_' };
    let handle: String = name.to_lowercase().chars().map(plain).take(80).collect();
    match handle.trim_matches('_') {
        "" => "app".to_owned(),
        handle => handle.to_owned(),
    }
}

//! Tokens for a code, for a refresh token, for a token that lives for ever.

use super::{
    Place,
    issuing::Issuing,
    place::{fellows, granted_to, is_org_installed, place_of},
};
use crate::{
    change::{Change, Plan},
    facts::{Facts, Stop},
    id::{AppId, UserId},
    scope::ScopeSet,
    time::{Moment, Timestamp},
    token::{Token, TokenHash, TokenKind},
    user::User,
    workspace::{App, Enterprise, Status, Workspace},
};
use std::sync::Arc;

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
    /// The app is installed for the workspace's whole organisation.
    OrgInstalled,
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
    /// Where; of an organisation the workspace in which the tokens were made.
    pub workspace: Arc<Workspace>,
    /// The workspace's organisation.
    pub enterprise: Option<Arc<Enterprise>>,
    /// In all of the organisation.
    pub org_wide: bool,
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
    let for_admins =
        code.organisation.is_some() || super::are_for_admins(&code.bot_scopes, &code.user_scopes);
    let may = |user: &User| super::can_install(user, code.team) && (user.is_admin() || !for_admins);
    let consenting = facts.user(code.user)?;
    if workspace.status != Status::Active || !consenting.is_some_and(|user| may(user)) {
        return no(NotGranted::InvalidCode);
    }
    let place = match code.organisation {
        Some(org) if workspace.enterprise == Some(org) => Place::Organisation(org),
        Some(_) => return no(NotGranted::InvalidCode),
        None if is_org_installed(facts, app, workspace, moment.now())? => {
            return no(NotGranted::OrgInstalled);
        }
        None => Place::Workspace(code.team),
    };

    let granted = granted_to(facts, app.id, place, moment.now())?;
    let mut plan = Issuing::new(app, place, code.team, granted, !proven, mint);
    plan.changes.push(Change::CodeUsed { hash: code.hash });
    if !code.bot_scopes.is_empty() {
        let bot = plan.bot_user(facts, moment)?;
        plan.issue(facts, TokenKind::Bot, bot, &code.bot_scopes, moment)?;
    }
    if !code.user_scopes.is_empty() {
        plan.team = code.team;
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
    let (true, false, Some(holder)) = (old.kind.is_refresh(), expired, old.user) else {
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
    let place = place_of(facts, old)?;
    let granted = old.workspaces.clone();
    let mut plan = Issuing::new(app, place, team, granted, !proven, mint);
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
    // The caller's is as it was when the call came. By now it may be revoked, or good in fewer workspaces.
    let Some(token) = facts.token(token.team, token.hash)? else {
        return no(NotGranted::InvalidToken);
    };
    if token.revoked {
        return no(NotGranted::InvalidToken);
    }
    let (TokenKind::Bot | TokenKind::User | TokenKind::Org, Some(holder)) =
        (token.kind, token.user)
    else {
        return no(NotGranted::InvalidToken);
    };
    if token.app != Some(app.id) || token.expires_at.is_some() {
        return no(NotGranted::InvalidToken);
    }
    let place = place_of(facts, token)?;
    let tokens = fellows(facts, app.id, place)?;
    if tokens
        .iter()
        .any(|other| other.kind.is_refresh() && other.user == Some(holder))
    {
        return no(NotGranted::AlreadyExchanged);
    }
    let kind = match facts.user(holder)?.is_some_and(|user| user.bot.is_some()) {
        true => TokenKind::Bot,
        false => TokenKind::User,
    };
    let Some(workspace) = facts.workspace(token.team)? else {
        return no(NotGranted::InvalidToken);
    };
    let granted = token.workspaces.clone();
    let mut plan = Issuing::new(app, place, token.team, granted, false, mint);
    plan.renew(facts, kind, holder, &token.scopes, moment)?;
    plan.finish(facts, workspace, None)
}

//! Installing an app: from a person's consent over a code to tokens, and back.
//!
//! - [`Request`]: what an app may ask a person for.
//! - [`consent`]: the person agrees, and a [`Code`] is made.
//! - [`exchange`]: the code becomes tokens, and the app has a bot user.
//! - [`refresh`] and [`renewable`]: tokens that live for twelve hours.
//! - [`revoke`] and [`uninstall`]: the way back.
//!
//! An app is installed in a workspace or for an organisation ([`Place`]), and then added to workspaces of it:
//! [`grant`] and [`ungrant`].

mod exchange;
mod grant;
mod issuing;
mod place;
mod redirect;
mod remove;
#[cfg(test)]
mod tests;

pub use exchange::{
    Granted, Issued, Mint, NotGranted, Proof, Secret, exchange, prove, refresh, renewable,
};
pub use grant::{Access, NotGrantable, grant, ungrant};
pub use place::{Place, fellows, listed, living, place_of};
pub use redirect::{covers, registrable};
pub use remove::{revoke, uninstall};

use crate::{
    change::{Change, Plan},
    facts::{Facts, Stop},
    id::{AppId, EnterpriseId, TeamId, UserId},
    scope::ScopeSet,
    time::{Moment, Timestamp},
    token::TokenHash,
    user::User,
    workspace::{App, Status},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long a code can be exchanged.
pub const CODE_LIVES: i64 = 10 * 60 * 1_000_000;

/// What a person consented to, until the app fetches its tokens for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What is left of its text.
    pub hash: TokenHash,
    /// The app.
    pub app: AppId,
    /// Where it is installed; for an organisation, the workspace of whoever consented.
    pub team: TeamId,
    /// The organisation for which it is installed; absent when it is in the workspace alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<EnterpriseId>,
    /// Who consented.
    pub user: UserId,
    /// What the bot user will be allowed.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub bot_scopes: ScopeSet,
    /// What the person lets the app do in their name.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub user_scopes: ScopeSet,
    /// `redirect_uri` as the app gave it; then it has to give it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// The SHA-256 of the verifier that the app will show (PKCE).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<TokenHash>,
    /// From then on it is good for nothing.
    pub expires_at: Timestamp,
    /// It was exchanged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// What an app asks a person for, found to be in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// For the bot user.
    pub bot_scopes: ScopeSet,
    /// In the person's name.
    pub user_scopes: ScopeSet,
    /// Where the person is sent with the answer.
    pub send_to: String,
    /// `redirect_uri` as the app gave it.
    pub redirect_uri: Option<String>,
    /// The SHA-256 of the verifier that the app will show.
    pub challenge: Option<TokenHash>,
}

/// Why nobody is asked for their consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// `bad_redirect_uri`: not one of the app's redirect URLs, nor below one; or there is none.
    BadRedirectUri,
    /// `invalid_scope`: not written like a scope, or the app's manifest does not have it.
    InvalidScope(String),
    /// `no_scopes`: nothing is asked for.
    NoScopes,
    /// `pkce_not_allowed`: a challenge from an app whose manifest does not have `pkce_enabled`.
    PkceNotAllowed,
    /// `invalid_scope`: bot scopes for an app of the desktop, which cannot keep a bot's token.
    BotOnDesktop,
}

impl Request {
    /// Checks what an app asks for.
    pub fn new(
        app: &App,
        bot_scopes: ScopeSet,
        user_scopes: ScopeSet,
        redirect_uri: Option<String>,
        challenge: Option<TokenHash>,
    ) -> Result<Self, NotAsked> {
        let oauth = &app.oauth;
        let send_to = match &redirect_uri {
            Some(uri) => oauth
                .redirect_urls
                .iter()
                .any(|url| covers(url, uri, oauth.pkce))
                .then(|| uri.clone()),
            None => oauth.redirect_urls.first().cloned(),
        };
        let send_to = send_to.ok_or(NotAsked::BadRedirectUri)?;
        for (asked, listed) in [
            (&bot_scopes, &oauth.bot_scopes),
            (&user_scopes, &oauth.user_scopes),
        ] {
            // A manifest without scopes leaves them to the link.
            let open = oauth.bot_scopes.is_empty() && oauth.user_scopes.is_empty();
            let fits = |scope: &&str| ScopeSet::is_scope(scope) && (open || listed.holds(scope));
            if let Some(scope) = asked.iter().find(|scope| !fits(scope)) {
                return Err(NotAsked::InvalidScope(scope.to_owned()));
            }
        }
        if bot_scopes.is_empty() && user_scopes.is_empty() {
            return Err(NotAsked::NoScopes);
        }
        if challenge.is_some() && !oauth.pkce {
            return Err(NotAsked::PkceNotAllowed);
        }
        if !redirect::is_web(&send_to) && !bot_scopes.is_empty() {
            return Err(NotAsked::BotOnDesktop);
        }
        Ok(Self {
            bot_scopes,
            user_scopes,
            send_to,
            redirect_uri,
            challenge,
        })
    }

    /// Whether only owners and admins can consent.
    pub fn is_for_admins(&self) -> bool {
        are_for_admins(&self.bot_scopes, &self.user_scopes)
    }
}

/// Why a person's consent is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no such app any more.
    AppNotFound,
    /// The workspace is none, or is not in use.
    TeamNotFound,
    /// `invalid_team_for_non_distributed_app`: the app is not for other workspaces.
    InvalidTeam,
    /// They are no member of the workspace: a stranger, removed, a guest, a bot.
    UserNotFound,
    /// The app asks for what only owners and admins can give it, or is to be there for their organisation.
    NotAdmin,
    /// The organisation is none, or not the person's.
    OrganisationNotFound,
    /// `org_deploy_enabled` is not set: the app is for single workspaces.
    NotOrgReady,
    /// `cannot_install_an_org_installed_app`: the app is there for the workspace's organisation already.
    OrgInstalled,
}

/// Whether somebody can install apps in a workspace: full members who are people.
pub fn can_install(user: &User, team: TeamId) -> bool {
    user.is_in(team) && !user.removed && user.guest.is_none() && user.bot.is_none()
}

/// Whether scopes are given by owners and admins alone: those that manage Slack Connect or the workspace.
/// <https://docs.slack.dev/reference/slack-connect-api-reference>
pub fn are_for_admins(bot_scopes: &ScopeSet, user_scopes: &ScopeSet) -> bool {
    let manages =
        |scope: &str| scope == "conversations.connect:manage" || scope.starts_with("admin");
    bot_scopes.iter().chain(user_scopes.iter()).any(manages)
}

/// Takes a person's consent: a code, which the app has ten minutes to exchange.
pub fn consent(
    facts: &Facts,
    app: AppId,
    place: Place,
    user: UserId,
    request: &Request,
    hash: TokenHash,
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<NotTaken>> {
    let no = |why| Err(Stop::Refused(why));
    let Some(app) = facts.app(app)? else {
        return no(NotTaken::AppNotFound);
    };
    let person = facts.user(user)?;
    let team = match place {
        Place::Workspace(team) => team,
        Place::Organisation(_) if !app.oauth.org_deploy => return no(NotTaken::NotOrgReady),
        Place::Organisation(org) if facts.enterprise(org)?.is_none() => {
            return no(NotTaken::OrganisationNotFound);
        }
        // What an organisation has is kept with a workspace: that of the person.
        Place::Organisation(_) => match person {
            Some(person) => person.team,
            None => return no(NotTaken::UserNotFound),
        },
    };
    let workspace = facts.workspace(team)?;
    let Some(workspace) = workspace.filter(|one| one.status == Status::Active) else {
        return no(NotTaken::TeamNotFound);
    };
    let organisation = match place {
        Place::Workspace(_) => None,
        Place::Organisation(org) if workspace.enterprise == Some(org) => Some(org),
        Place::Organisation(_) => return no(NotTaken::OrganisationNotFound),
    };
    // Workspaces of another realm are strangers to the app's.
    let home = facts.workspace(app.team)?;
    if home.is_some_and(|home| home.realm != workspace.realm) {
        return no(NotTaken::TeamNotFound);
    }
    let is_own = match organisation {
        None => app.team == team,
        Some(org) => home.is_some_and(|home| home.enterprise == Some(org)),
    };
    if app.oauth.undistributed && !is_own {
        return no(NotTaken::InvalidTeam);
    }
    let Some(person) = person.filter(|user| can_install(user, team)) else {
        return no(NotTaken::UserNotFound);
    };
    if !person.is_admin() && (organisation.is_some() || request.is_for_admins()) {
        return no(NotTaken::NotAdmin);
    }
    if organisation.is_none() && place::is_org_installed(facts, app, workspace, moment.now())? {
        return no(NotTaken::OrgInstalled);
    }
    let code = Code {
        hash,
        app: app.id,
        team,
        organisation,
        user,
        bot_scopes: request.bot_scopes.clone(),
        user_scopes: request.user_scopes.clone(),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge,
        expires_at: Timestamp(moment.now().0 + CODE_LIVES),
        used: false,
    };
    Ok(Plan {
        changes: vec![Change::CodeMade {
            code: Arc::new(code),
        }],
        outcome: (),
    })
}

//! What a link to the page asks for, and why it may not be shown.

use crate::page::NoForm;
use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use guestlist_domain::{
    App, ScopeSet, TokenHash,
    install::{self, NotAsked, NotTaken},
};

/// The arguments of the page and of its form, as they were given. Of several of one name the first
/// counts.
#[derive(Debug, Default)]
pub(super) struct Ask {
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) user_scope: String,
    pub(super) redirect_uri: Option<String>,
    pub(super) state: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) code_challenge_method: Option<String>,
    /// The workspace chosen, or the organisation.
    pub(super) team: Option<String>,
    /// The one that the form was shown for.
    pub(super) shown: String,
    /// A part of a name that is looked for.
    pub(super) find: String,
    /// Who is chosen.
    pub(super) user: String,
    pub(super) decision: String,
    pub(super) seal: String,
}

impl Ask {
    /// Reads a query or a form.
    pub(super) fn read(form: &[u8]) -> Self {
        let given: Vec<_> = form_urlencoded::parse(form).collect();
        let text = |name: &str| {
            let found = given.iter().find(|(given, _)| given == name);
            found.map(|(_, value)| value.clone().into_owned())
        };
        let filled = |name: &str| text(name).filter(|text| !text.is_empty());
        Self {
            client_id: text("client_id").unwrap_or_default(),
            scope: text("scope").unwrap_or_default(),
            user_scope: text("user_scope").unwrap_or_default(),
            redirect_uri: filled("redirect_uri"),
            // One that is empty comes back, too.
            state: text("state"),
            code_challenge: filled("code_challenge"),
            code_challenge_method: filled("code_challenge_method"),
            team: filled("team"),
            shown: text("shown").unwrap_or_default(),
            find: text("find").unwrap_or_default(),
            user: text("user").unwrap_or_default(),
            decision: text("decision").unwrap_or_default(),
            seal: text("seal").unwrap_or_default(),
        }
    }

    /// What the link said, by name: all but what is chosen on the page.
    pub(super) fn link(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("client_id", Some(self.client_id.as_str())),
            ("scope", Some(self.scope.as_str())),
            ("user_scope", Some(self.user_scope.as_str())),
            ("redirect_uri", self.redirect_uri.as_deref()),
            ("state", self.state.as_deref()),
            ("code_challenge", self.code_challenge.as_deref()),
            (
                "code_challenge_method",
                self.code_challenge_method.as_deref(),
            ),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }

    /// What the seal is on of a form that is shown for a workspace or an organisation.
    pub(super) fn sealed<'a>(&'a self, shown: &'a str) -> impl Iterator<Item = &'a str> {
        let link = self.link().flat_map(|(name, value)| [name, value]);
        link.chain(["shown", shown])
    }

    /// Checks it against what the app may ask for.
    pub(super) fn request(&self, app: &App) -> Result<install::Request, Refused> {
        let challenge = match (&self.code_challenge, self.code_challenge_method.as_deref()) {
            (None, None) => None,
            (Some(challenge), Some("S256")) => Some(sha256(challenge).ok_or(Refused::Challenge)?),
            _ => return Err(Refused::Challenge),
        };
        let request = install::Request::new(
            app,
            scopes(&self.scope),
            scopes(&self.user_scope),
            self.redirect_uri.clone(),
            challenge,
        )?;
        Ok(request)
    }
}

fn scopes(text: &str) -> ScopeSet {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect::<Vec<_>>().into()
}

fn sha256(challenge: &str) -> Option<TokenHash> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(challenge).ok()?;
    bytes.try_into().ok().map(TokenHash)
}

/// Why nobody is asked, or an answer is not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    InvalidClientId,
    NotAsked(NotAsked),
    Challenge,
    InvalidTeam,
    TeamOfUndistributed,
    NoMember,
    NotAdmin,
    NotOrgReady,
    OrgInstalled,
    /// It comes from elsewhere.
    Foreign,
    /// The form was not made by this server.
    Stale,
    Unreadable,
    Unavailable,
    Failed,
}

impl From<NotAsked> for Refused {
    fn from(why: NotAsked) -> Self {
        Self::NotAsked(why)
    }
}

impl From<NoForm> for Refused {
    fn from(why: NoForm) -> Self {
        match why {
            NoForm::Foreign => Self::Foreign,
            NoForm::Unreadable => Self::Unreadable,
        }
    }
}

impl From<NotTaken> for Refused {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::AppNotFound => Self::InvalidClientId,
            NotTaken::TeamNotFound | NotTaken::OrganisationNotFound => Self::InvalidTeam,
            NotTaken::NotOrgReady => Self::NotOrgReady,
            NotTaken::OrgInstalled => Self::OrgInstalled,
            NotTaken::InvalidTeam => Self::TeamOfUndistributed,
            NotTaken::UserNotFound => Self::NoMember,
            NotTaken::NotAdmin => Self::NotAdmin,
        }
    }
}

impl Refused {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Foreign | Self::Stale => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// The code, as documented where there is one, and what it means.
    pub(crate) fn told(&self) -> (&'static str, String) {
        let (code, why) = match self {
            Self::InvalidClientId => ("invalid_client_id", "No app has this client id."),
            Self::NotAsked(NotAsked::BadRedirectUri) => (
                "bad_redirect_uri",
                "The redirect_uri is neither one of the app's redirect URLs nor below one of them, or the app has none.",
            ),
            Self::NotAsked(NotAsked::InvalidScope(scope)) => {
                return (
                    "invalid_scope",
                    format!(
                        "The app's manifest does not have the scope “{scope}”, or it is no scope."
                    ),
                );
            }
            Self::NotAsked(NotAsked::NoScopes) => (
                "no_scopes",
                "The link asks for nothing: it has neither scope nor user_scope.",
            ),
            Self::NotAsked(NotAsked::PkceNotAllowed) => (
                "pkce_not_allowed",
                "The link has a code_challenge, and the app's manifest does not have pkce_enabled.",
            ),
            Self::NotAsked(NotAsked::BotOnDesktop) => (
                "invalid_scope",
                "An app that is sent its code on the desktop gets no bot scopes.",
            ),
            Self::Challenge => (
                "invalid_code_challenge",
                "A code_challenge is the SHA-256 of the verifier in URL-safe Base64, and its code_challenge_method is S256.",
            ),
            Self::InvalidTeam => (
                "invalid_team",
                "There is no such workspace or organisation, or no app can be installed in it.",
            ),
            Self::NotAdmin => (
                "restricted_action",
                "It takes an owner or an admin to allow what the app asks for, or to have it for the whole organisation.",
            ),
            Self::NotOrgReady => (
                "org_deploy_not_enabled",
                "The app's manifest does not have org_deploy_enabled: it can be installed in single workspaces only.",
            ),
            Self::OrgInstalled => (
                "cannot_install_an_org_installed_app",
                "The app is installed for the workspace's whole organisation already: it is added to the workspace instead.",
            ),
            Self::TeamOfUndistributed => (
                "invalid_team_for_non_distributed_app",
                "The app is not distributed: it can be installed in its own workspace or its organisation only.",
            ),
            Self::NoMember => (
                "invalid_user",
                "Only a full member of the workspace, no guest, no bot and nobody who was removed, can install an app.",
            ),
            Self::Foreign => (
                "forbidden_origin",
                "This comes from a page of another site, or by a name that is not this machine's.",
            ),
            Self::Stale => (
                "stale_form",
                "The form is not one that this server shows now. Go back, reload the page, and choose again.",
            ),
            Self::Unreadable => ("invalid_form_data", "The form cannot be read."),
            Self::Unavailable => (
                "service_unavailable",
                "The server is not available for now.",
            ),
            Self::Failed => ("internal_error", "Something failed here."),
        };
        (code, why.to_owned())
    }
}

//! Apps: made from a manifest, and listed.

use super::Problem;
use crate::install;
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, App, AppId, Change, Facts, Moment, Plan, Stop, TeamId, UserId, install::Place,
    interactivity::Interactivity, workspace::Events,
};
use guestlist_store::{
    Decide, Store,
    world::{AppManifest, manifest},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// What a new app is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// Its manifest: YAML or JSON, as text.
    pub manifest: String,
    /// How problems call the manifest.
    #[serde(default = "file")]
    pub file: String,
    /// The workspace that lists it; not needed where there is one workspace only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// It can be installed in that workspace only.
    #[serde(default)]
    pub undistributed: bool,
}

/// An app's next manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextManifest {
    /// The whole of it: YAML or JSON, as text.
    pub manifest: String,
    /// How problems call it.
    #[serde(default = "file")]
    pub file: String,
}

fn file() -> String {
    "manifest".to_owned()
}

/// An app as it is told: all but its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppView {
    /// Its id.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// The workspace that lists it.
    pub workspace: TeamId,
    /// Its client id, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Its bot user in that workspace, once it is installed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_user: Option<UserId>,
    /// What its bot may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bot_scopes: Vec<String>,
    /// What it may ask of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_scopes: Vec<String>,
    /// Where it may have codes sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_urls: Vec<String>,
    /// Which events it gets, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// What people do with it: slash commands, and where it is told.
    #[serde(default, skip_serializing_if = "Interactivity::is_empty")]
    pub interactivity: Interactivity,
    /// An operator holds them back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// When it was cut off because it failed too often, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
}

impl AppView {
    pub(super) fn new(app: &App) -> Self {
        Self {
            app_id: app.id,
            name: app.name.clone(),
            workspace: app.team,
            client_id: app.client_id.clone(),
            bot_user: app.bot_user,
            bot_scopes: app.oauth.bot_scopes.clone().into(),
            user_scopes: app.oauth.user_scopes.clone().into(),
            redirect_urls: app.oauth.redirect_urls.clone(),
            events: app.events.clone(),
            interactivity: app.interactivity.clone(),
            paused: false,
            disabled: None,
        }
    }
}

/// An app just made. Its secrets are told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeApp {
    /// Proves that the app is itself.
    pub client_secret: String,
    /// Signs what is sent to it.
    pub signing_secret: String,
    /// The rest.
    #[serde(flatten)]
    pub view: AppView,
}

/// The apps that these workspaces list; every app where none is named.
pub async fn list_apps(
    store: &Store,
    workspaces: BTreeSet<TeamId>,
) -> Result<Vec<AppView>, Problem> {
    let apps = store.read_long(move |reader| {
        if workspaces.is_empty() {
            return reader.apps();
        }
        let each = workspaces.iter().map(|team| reader.apps_in(*team));
        Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
    });
    let apps = apps.await?;
    Ok(apps.iter().map(AppView::new).collect())
}

fn read_manifest(file: &str, text: &str) -> Result<AppManifest, Problem> {
    manifest(file, text)
        .map_err(|problems| Problem::invalid("invalid_manifest", problems.to_string()))
}

/// Makes an app.
pub async fn create_app(store: &Store, ask: NewApp) -> Result<MadeApp, Problem> {
    let read = read_manifest(&ask.file, &ask.manifest)?;
    let team = match ask.workspace {
        Some(team) => team,
        None => {
            let workspaces = store.read_long(|reader| reader.workspaces()).await?;
            match workspaces.as_slice() {
                [one] => one.id,
                _ => {
                    let message = "there are several workspaces: say which one lists the app";
                    return Err(Problem::invalid("workspace_required", message));
                }
            }
        }
    };
    let drawn = store.draw().map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            format!("no randomness: {error}"),
        )
    })?;
    let secret = |what: &str| drawn.hex(what)[..32].to_owned();
    let app = store
        .write(Arc::new(Make {
            team,
            manifest: read,
            undistributed: ask.undistributed,
            client_secret: secret("client secret"),
            signing_secret: secret("signing secret"),
        }))
        .await?;
    Ok(MadeApp {
        client_secret: app.client_secret.clone().unwrap_or_default(),
        signing_secret: app.signing_secret.clone().unwrap_or_default(),
        view: AppView::new(&app),
    })
}

/// The making of an app, as the store decides it.
struct Make {
    team: TeamId,
    manifest: AppManifest,
    undistributed: bool,
    client_secret: String,
    signing_secret: String,
}

impl Decide for Make {
    type Outcome = Arc<App>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Arc<App>>, Stop<Problem>> {
        if facts.workspace(self.team)?.is_none() {
            let message = format!("there is no workspace {}", self.team);
            let problem = Problem::invalid("workspace_not_found", message);
            return Err(Stop::Refused(problem));
        }
        let AppManifest {
            name,
            mut oauth,
            events,
            interactivity,
            allowed_addresses,
        } = self.manifest.clone();
        oauth.undistributed = self.undistributed;
        // Two ticks, which no other app has.
        let client_id = format!("{}.{}", moment.tick().0, moment.tick().0);
        let app = Arc::new(App {
            id: moment.app_id(),
            team: self.team,
            name,
            created: moment.now(),
            bot_user: None,
            bot: None,
            signing_secret: Some(self.signing_secret.clone()),
            client_id: Some(client_id),
            client_secret: Some(self.client_secret.clone()),
            allowed_addresses,
            events,
            oauth,
            interactivity,
        });
        Ok(Plan {
            changes: vec![Change::AppMade { app: app.clone() }],
            outcome: app,
        })
    }
}

/// Gives an app another manifest. Its secrets, its tokens and its bot user stay as they are.
pub async fn update_app(store: &Store, app: AppId, ask: NextManifest) -> Result<AppView, Problem> {
    let manifest = read_manifest(&ask.file, &ask.manifest)?;
    let known = store.read(|reader| reader.app(app)).await?;
    let team = known.ok_or_else(|| no_app(app))?.team;
    let remake = Remake {
        app,
        team,
        manifest,
    };
    let app = store.write(Arc::new(remake)).await?;
    Ok(AppView::new(&app))
}

/// Another manifest of an app, as the store decides it.
struct Remake {
    app: AppId,
    team: TeamId,
    manifest: AppManifest,
}

impl Decide for Remake {
    type Outcome = Arc<App>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor {
            app: Some(self.app),
            ..Actor::nobody(self.team)
        }
    }

    fn decide(&self, facts: &Facts, _: &mut Moment) -> Result<Plan<Arc<App>>, Stop<Problem>> {
        let known = facts.app(self.app)?;
        let Some(before) = known.filter(|app| app.team == self.team) else {
            return Err(Stop::Refused(no_app(self.app)));
        };
        let AppManifest {
            name,
            mut oauth,
            events,
            interactivity,
            allowed_addresses,
        } = self.manifest.clone();
        oauth.undistributed = before.oauth.undistributed;
        let app = Arc::new(App {
            name,
            oauth,
            events,
            interactivity,
            allowed_addresses,
            ..App::clone(before)
        });
        let changes = match app == *before {
            true => Vec::new(),
            false => vec![Change::AppEdited { app: app.clone() }],
        };
        Ok(Plan {
            changes,
            outcome: app,
        })
    }
}

/// The app that a path names.
pub(super) fn app_id(text: &str) -> Result<AppId, Problem> {
    text.parse().map_err(|error| {
        let message = format!("`{text}`: {error}");
        Problem::new(StatusCode::NOT_FOUND, "app_not_found", message)
    })
}

pub(super) fn no_app(id: AppId) -> Problem {
    let message = format!("there is no app {id}");
    Problem::new(StatusCode::NOT_FOUND, "app_not_found", message)
}

/// Somebody's answer to an app's link to `/oauth/v2/authorize`, without the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consenting {
    /// The link, whole or from its `?` on.
    pub link: String,
    /// Who answers.
    pub user: UserId,
    /// Where the app is let in; their own workspace when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// The app is let into all of the organisation of their own workspace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub org: bool,
    /// They do not let it in.
    #[serde(default)]
    pub cancel: bool,
}

/// Where the page sends a browser next.
#[derive(Debug, Serialize, Deserialize)]
pub struct Consented {
    /// The app's redirect URL, with `code` or `error`, and `state`.
    pub location: String,
}

/// Lets an app into a workspace or an organisation, or does not.
pub async fn install_app(store: &Store, ask: Consenting) -> Result<Consented, Problem> {
    let query = ask.link.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let known = store.read(|reader| reader.user(ask.user)).await?;
    let known = known.ok_or_else(|| {
        let message = format!("there is no user {}", ask.user);
        Problem::invalid("user_not_found", message)
    })?;
    let place = match (ask.workspace, ask.org) {
        (Some(_), true) => {
            let message = "`org` is for all of an organisation: leave `workspace` out";
            return Err(Problem::invalid("invalid_request", message));
        }
        (None, true) => {
            let home = store.read(|reader| reader.workspace(known.team)).await?;
            let org = home.and_then(|home| home.enterprise);
            Place::Organisation(org.ok_or_else(|| {
                let message = format!(
                    "{}, where {} is, is of no organisation",
                    known.team, known.id
                );
                Problem::invalid("no_organisation", message)
            })?)
        }
        (team, false) => Place::Workspace(team.unwrap_or(known.team)),
    };
    let answered = install::answer_link(store, query, (place, ask.user), !ask.cancel).await;
    let location = answered.map_err(|refused| {
        let (code, message) = refused.told();
        Problem::new(refused.status(), code, message)
    })?;
    Ok(Consented { location })
}

//! `guestlist app`.

use crate::{
    args::{CreateAppArgs, GrantAppArgs, InstallAppArgs},
    config::Config,
    data::Data,
    output::{note, notes, print, print_json, table},
};
use anyhow::{Context, Result};
use guestlist_domain::TeamId;
use guestlist_methods::doubts;
use guestlist_server::control::{
    self, AccessView, AppView, Consented, Consenting, Granting, MadeApp, NewApp,
};
use serde::Deserialize;
use serde_json::json;

pub(crate) async fn create(config: &Config, args: &CreateAppArgs) -> Result<()> {
    let file = args.manifest.display().to_string();
    let manifest = std::fs::read_to_string(&args.manifest)
        .with_context(|| format!("{file}: cannot be read"))?;
    let ask = NewApp {
        manifest,
        file,
        workspace: args.workspace,
        undistributed: args.undistributed,
    };
    let data = Data::open(config).await?;
    let made = match &data {
        Data::Ours(store) => control::create_app(store, ask).await?,
        Data::Theirs(server) => server.post::<MadeApp>("/apps", &ask).await?,
    };
    data.close().await;
    if args.json {
        return print_json(&made);
    }
    let view = &made.view;
    let scopes = view.bot_scopes.iter().chain(&view.user_scopes);
    let events = view.events.iter().flat_map(|events| &events.subscribe);
    notes(&doubts::scopes(scopes.map(String::as_str)));
    notes(&doubts::events(events.map(String::as_str)));
    note(&format!(
        "made the app {} in {}; this is the only time its secrets are shown:",
        view.name, view.workspace
    ));
    print(&format!(
        "app_id {}\nclient_id {}\nclient_secret {}\nsigning_secret {}\n",
        view.app_id,
        view.client_id.as_deref().unwrap_or_default(),
        made.client_secret,
        made.signing_secret
    ))
}

pub(crate) async fn install(config: &Config, args: InstallAppArgs) -> Result<()> {
    let ask = Consenting {
        link: args.link,
        user: args.user,
        workspace: args.workspace,
        org: args.org,
        cancel: args.cancel,
    };
    let data = Data::open(config).await?;
    let done: Consented = match &data {
        Data::Ours(store) => control::install_app(store, ask).await?,
        Data::Theirs(server) => server.post("/apps/install", &ask).await?,
    };
    data.close().await;
    match args.json {
        true => print_json(&done),
        false => print(&format!("{}\n", done.location)),
    }
}

/// Adds an app to workspaces of the organisation that it is installed for; takes it out unless `granted`.
pub(crate) async fn grant(config: &Config, args: GrantAppArgs, granted: bool) -> Result<()> {
    let (app, workspaces) = (args.app, args.workspaces);
    let ask = Granting { workspaces };
    let data = Data::open(config).await?;
    let done: AccessView = match &data {
        Data::Ours(store) => control::change_access(store, app, ask, granted).await?,
        Data::Theirs(server) => {
            let deed = if granted { "grant" } else { "ungrant" };
            server.post(&format!("/apps/{app}/{deed}"), &ask).await?
        }
    };
    data.close().await;
    if args.json {
        return print_json(&done);
    }
    let listed = |teams: &[TeamId]| {
        let teams: Vec<_> = teams.iter().map(ToString::to_string).collect();
        match teams.is_empty() {
            true => "no workspaces".to_owned(),
            false => teams.join(", "),
        }
    };
    let deed = match granted {
        true => "added to",
        false => "taken out of",
    };
    print(&format!(
        "{app} was {deed} {}; in {} it is in {}\n",
        listed(&done.changed),
        done.organisation,
        listed(&done.workspaces)
    ))
}

#[derive(Deserialize)]
struct Listed {
    apps: Vec<AppView>,
}

pub(crate) async fn list(config: &Config, as_json: bool) -> Result<()> {
    let data = Data::open(config).await?;
    let apps = match &data {
        Data::Ours(store) => control::list_apps(store).await?,
        Data::Theirs(server) => server.get::<Listed>("/apps").await?.apps,
    };
    data.close().await;
    if as_json {
        return print_json(&json!({"apps": apps}));
    }
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let rows: Vec<_> = apps
        .into_iter()
        .map(|app| {
            vec![
                app.workspace.to_string(),
                app.app_id.to_string(),
                app.name,
                or_dash(app.client_id),
                or_dash(app.bot_user.map(|user| user.to_string())),
                or_dash(app.redirect_urls.into_iter().next()),
            ]
        })
        .collect();
    print(&table(
        &["WORKSPACE", "APP", "NAME", "CLIENT", "BOT", "REDIRECT"],
        &rows,
    ))
}

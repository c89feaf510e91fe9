//! `guestlist app`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{note, notes, print, print_json, print_list},
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use guestlist_domain::{AppId, TeamId, UserId};
use guestlist_methods::doubts;
use guestlist_server::control::{
    self, AccessView, AppView, Consented, Consenting, Granting, MadeApp, NewApp, NextManifest,
};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Make an app from its manifest, and print its ids and secrets, which are told this once
    ///
    /// The app is in no workspace yet: it is installed at /oauth/v2/authorize of the server.
    Create(CreateAppArgs),
    /// Give an app another manifest
    ///
    /// Its secrets, its tokens and its bot user stay as they are; what the manifest leaves out it has no more.
    Update(UpdateAppArgs),
    /// List apps
    List {
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Answer an app's link to /oauth/v2/authorize as somebody, and print where a browser would be sent
    Install(InstallAppArgs),
    /// Add an app that is installed for an organisation to workspaces of it
    ///
    /// Its tokens are good in them from the next call on, its bot user is there, and it is told (team_access_granted).
    Grant(GrantAppArgs),
    /// Take an app that is installed for an organisation out of workspaces again
    Ungrant(GrantAppArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist app grant A0D8S4K2Q1Z T0ACME,T0WEST")]
pub(crate) struct GrantAppArgs {
    /// The app
    #[arg(value_name = "A…")]
    pub(crate) app: AppId,
    /// The workspaces, separated by commas; all of one organisation
    #[arg(value_name = "T…,T…", required = true, value_delimiter = ',')]
    pub(crate) workspaces: Vec<TeamId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: curl -s \"$(guestlist app install 'http://127.0.0.1:3999/oauth/v2/authorize?client_id=CLIENT_ID&scope=chat:write' --as U0ADA)\""
)]
pub(crate) struct InstallAppArgs {
    /// The link, as the app has it
    #[arg(value_name = "URL")]
    pub(crate) link: String,
    /// Who lets it in, U…
    #[arg(long = "as", value_name = "ID")]
    pub(crate) user: UserId,
    /// Where [default: their own workspace]
    #[arg(long, value_name = "T…")]
    pub(crate) workspace: Option<TeamId>,
    /// For all of their organisation
    #[arg(long, conflicts_with = "workspace")]
    pub(crate) org: bool,
    /// They do not let it in
    #[arg(long)]
    pub(crate) cancel: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist app create --manifest manifest.yaml")]
pub(crate) struct CreateAppArgs {
    /// The manifest, YAML or JSON, as Slack's app configuration has it
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: PathBuf,
    /// The workspace that lists it [default: the only one]
    #[arg(long, value_name = "T…")]
    pub(crate) workspace: Option<TeamId>,
    /// It can be installed in that workspace only
    #[arg(long)]
    pub(crate) undistributed: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The app, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist app update A0GREET --manifest manifest.yaml")]
pub(crate) struct UpdateAppArgs {
    /// The app
    #[arg(value_name = "A…")]
    pub(crate) app: AppId,
    /// The manifest, YAML or JSON, as Slack's app configuration has it
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The app, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a file says, and how it is called.
fn read_manifest(path: &Path) -> Result<(String, String)> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("{file}: cannot be read"))?;
    Ok((text, file))
}

/// What a manifest asks for and does not get here.
fn doubt(view: &AppView) {
    let scopes = view.bot_scopes.iter().chain(&view.user_scopes);
    let events = view.events.iter().flat_map(|events| &events.subscribe);
    notes(&doubts::scopes(scopes.map(String::as_str)));
    notes(&doubts::events(events.map(String::as_str)));
    let listens = view.events.as_ref();
    notes(
        listens
            .and_then(|events| doubts::untold(view.app_id, events))
            .as_slice(),
    );
}

pub(crate) async fn update(config: &Config, args: &UpdateAppArgs) -> Result<()> {
    let (manifest, file) = read_manifest(&args.manifest)?;
    let ask = NextManifest { manifest, file };
    let data = Data::open(config).await?;
    let app = match &data {
        Data::Ours(store) => control::update_app(store, args.app, ask).await?,
        Data::Theirs(server) => {
            let path = format!("/apps/{}/manifest", args.app);
            server.post::<AppView>(&path, &ask).await?
        }
    };
    data.close().await;
    if args.json {
        return print_json(&app);
    }
    doubt(&app);
    note(&format!(
        "{} of {} has this manifest now",
        app.name, app.workspace
    ));
    Ok(())
}

pub(crate) async fn create(config: &Config, args: &CreateAppArgs) -> Result<()> {
    let (manifest, file) = read_manifest(&args.manifest)?;
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
    doubt(view);
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
        Data::Ours(store) => control::list_apps(store, BTreeSet::new()).await?,
        Data::Theirs(server) => server.get::<Listed>("/apps").await?.apps,
    };
    data.close().await;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let heads = ["WORKSPACE", "APP", "NAME", "CLIENT", "BOT", "REDIRECT"];
    print_list(as_json, "apps", &apps, &heads, |app| {
        vec![
            app.workspace.to_string(),
            app.app_id.to_string(),
            app.name.clone(),
            or_dash(app.client_id.clone()),
            or_dash(app.bot_user.map(|user| user.to_string())),
            or_dash(app.redirect_urls.first().cloned()),
        ]
    })
}

//! `guestlist world`, and filling an empty store.

mod source;

use source::called;
pub(crate) use source::{Source, fill, fill_with_sample};

use crate::{
    args::DataArgs,
    config::Config,
    data::{Data, hold},
    exit::Told,
    output::{note, notes, print, print_json, print_list, table},
};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use guestlist_domain::{Seed, TeamId};
use guestlist_server::control::{
    self, Added, AddedToken, Ids, RemoveWorkspaces, RemovedWorkspaces, WorkspaceView,
};
use guestlist_store::{
    Clock,
    world::{NewToken, Problems, slack_export::Note},
};
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub(crate) enum WorldCommand {
    /// Check a world file; whatever is wrong is told with line and field
    Check {
        /// The world file or Slack export (.zip); `-` for a world file that comes by stdin
        file: PathBuf,
        /// What was found, or what is wrong, as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fill an empty store from a world file or a Slack export (.zip)
    ///
    /// All of it or nothing. Texts of tokens that had to be made are printed to stdout, once.
    Import(ImportArgs),
    /// Add the workspaces of a world file to a store that holds others
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds. Nothing
    /// in the file may be there already; with --new-ids it is copied under ids of its own, so that the same
    /// file can be added any number of times. Texts of tokens are printed to stdout.
    Add {
        /// The world file; `-` for one that comes by stdin
        file: PathBuf,
        /// Make all ids, client ids and tokens anew
        #[arg(long)]
        new_ids: bool,
        #[command(flatten)]
        data: DataArgs,
        /// What was added as JSON: workspaces, apps, tokens, the new ids
        #[arg(long)]
        json: bool,
    },
    /// List the workspaces of a store
    List {
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take workspaces out of a store, with all that is in them
    ///
    /// Works on a store that no server holds, and through the server on one that a server holds. Workspaces that
    /// share an organisation, a channel, an invitation or an app with others can only go together with those:
    /// name them, too, or say `--tied`.
    /// The journal keeps what was done there.
    Remove {
        /// Their ids
        #[arg(required = true, value_name = "WORKSPACE")]
        workspaces: Vec<TeamId>,
        /// Those that share something with them as well, and those that share something with these
        #[arg(long)]
        tied: bool,
        /// Go on where one is not there: it may have been taken out before
        #[arg(long)]
        missing_ok: bool,
        #[command(flatten)]
        data: DataArgs,
        /// What was taken out as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a store as a world file; tokens are written as hashes
    Export {
        #[command(flatten)]
        data: DataArgs,
        /// Where to, as a file that its owner alone can read; stdout when left out, or `-`
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Only this workspace; may be given several times
        #[arg(long, value_name = "ID")]
        workspace: Vec<TeamId>,
        /// As JSON, which is as good a world file
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of world files
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The world file or Slack export (.zip); `-` for a world file that comes by stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// The name of an export's workspace [default: that in the archive's name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The sub-domain of an export's workspace [default: made of its name]
    #[arg(long)]
    pub(crate) domain: Option<String>,
    /// What was loaded, and tokens that were made, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `guestlist world check`.
pub(crate) fn check(file: &Path, as_json: bool) -> Result<()> {
    let name = called(file);
    match Source::file(file).and_then(|source| source.read_at(Clock::default().now(), None)) {
        Ok(world) if as_json => print_json(
            &json!({"ok": true, "file": name, "found": counts(&world.seed), "notes": in_full(&world.notes)}),
        ),
        Ok(world) => {
            notes(&world.notes);
            print(&format!("{name}: {}\n", summary(&world.seed)))
        }
        Err(error) if as_json => {
            print_json(&json!({"ok": false, "file": name, "problems": problems(&error)}))?;
            Err(Told.into())
        }
        Err(error) => Err(error),
    }
}

fn problems(error: &anyhow::Error) -> Vec<Value> {
    match error.downcast_ref::<Problems>() {
        None => vec![json!({"line": null, "path": "", "message": format!("{error:#}")})],
        Some(told) => {
            let problems = told.problems.iter();
            problems.map(|problem| json!({"line": problem.line, "path": problem.path, "message": problem.what})).collect()
        }
    }
}

/// Notes for programs, which want to know of everybody.
fn in_full(notes: &[Note]) -> Vec<String> {
    notes.iter().map(Note::in_full).collect()
}

/// What there is, by name.
fn counts(seed: &Seed) -> Value {
    json!({
        "workspaces": seed.workspaces.len(),
        "users": seed.users.len(),
        "channels": seed.channels.len(),
        "members": seed.members.len(),
        "messages": seed.messages.len(),
        "invitations": seed.invitations.len(),
        "usergroups": seed.usergroups.len(),
        "invite_requests": seed.invite_requests.len(),
        "apps": seed.apps.len(),
        "tokens": seed.tokens.len(),
    })
}

fn summary(seed: &Seed) -> String {
    let counted = counts(seed);
    let counted = counted.as_object().into_iter().flatten();
    counted
        .map(|(name, count)| format!("{name} {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `guestlist world import`.
pub(crate) fn import(args: &ImportArgs, config: &Config) -> Result<()> {
    let (file, as_json) = (&args.file, args.json);
    let mut source = Source::file(file)?;
    source.call(args.name.clone(), args.domain.clone())?;
    let elsewhere = config.store.value.clone();
    let held = |path: &Path| crate::wait(async { Ok(hold(path, elsewhere).await?) });
    let (held, world) = fill(config, &source, held)?;
    let place = held.place();
    let name = called(file);
    let Some(world) = world else {
        note(&format!(
            "{place} holds {name} already; nothing changed. Tokens are shown once: `guestlist token create` makes more"
        ));
        return if as_json {
            print_json(&json!({"loaded": false, "tokens": []}))
        } else {
            Ok(())
        };
    };
    notes(&world.notes);
    note(&format!(
        "{place} holds {name} now: {}",
        summary(&world.seed)
    ));
    if as_json {
        let tokens: Vec<_> = world.made.iter().map(token_json).collect();
        let found = counts(&world.seed);
        return print_json(
            &json!({"loaded": true, "found": found, "notes": in_full(&world.notes), "tokens": tokens}),
        );
    }
    note(&match held.elsewhere() {
        Some(_) => "Serve it: guestlist serve --store, with the same address".to_owned(),
        None => format!("Serve it: guestlist serve --data '{place}'"),
    });
    if world.made.is_empty() {
        return Ok(());
    }
    note("These tokens were made; this is the only time they are shown:");
    print(&token_table(&world.made))
}

fn token_json(token: &NewToken) -> Value {
    let NewToken {
        text,
        kind,
        user,
        app,
        team,
    } = token;
    json!({"token": text, "kind": kind, "workspace": team, "user": user, "app": app})
}

/// Tokens with their texts, for whoever is to use them.
pub(crate) fn token_table(tokens: &[NewToken]) -> String {
    let id = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
    let row = |token: &NewToken| {
        vec![
            token.text.clone(),
            token.kind.name().to_owned(),
            token.team.to_string(),
            id(token.user.map(|user| user.to_string())),
            id(token.app.map(|app| app.to_string())),
        ]
    };
    table(
        &["TOKEN", "KIND", "WORKSPACE", "USER", "APP"],
        &tokens.iter().map(row).collect::<Vec<_>>(),
    )
}

/// `guestlist world add`.
pub(crate) async fn add(config: &Config, file: &Path, new_ids: bool, as_json: bool) -> Result<()> {
    let ids = if new_ids { Ids::New } else { Ids::Kept };
    let source = Source::file(file)?;
    // What is wrong with it is told by its name, and by its lines.
    let world = source.read(config)?;
    let text = source.into_text()?;
    let data = Data::open(config).await?;
    let added = match &data {
        Data::Ours(store) => control::add_world(store, text, ids).await?,
        Data::Theirs(server) => {
            let path = match ids {
                Ids::Kept => "/world",
                Ids::New => "/world?ids=new",
            };
            server.post_text::<Added>(path, text).await?
        }
    };
    data.close().await;
    notes(&world.notes);
    if as_json {
        return print_json(&added);
    }
    let ids = |ids: &[TeamId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    note(&format!(
        "added {}: {}",
        ids(&added.workspaces).join(", "),
        summary(&world.seed)
    ));
    if added.tokens.is_empty() {
        return Ok(());
    }
    note("The texts of its tokens, which are kept nowhere:");
    let tokens: Vec<_> = added.tokens.into_iter().map(new_token).collect();
    print(&token_table(&tokens))
}

/// `guestlist world list`.
pub(crate) async fn list(config: &Config, as_json: bool) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Listed {
        workspaces: Vec<WorkspaceView>,
    }
    let data = Data::open(config).await?;
    let all = match &data {
        Data::Ours(store) => control::list_workspaces(store).await?,
        Data::Theirs(server) => server.get::<Listed>("/workspaces").await?.workspaces,
    };
    data.close().await;
    let row = |one: &WorkspaceView| {
        vec![
            one.workspace.to_string(),
            one.enterprise
                .map_or_else(|| "-".to_owned(), |org| org.to_string()),
            one.domain.clone(),
            one.name.clone(),
        ]
    };
    let heads = ["WORKSPACE", "ORGANISATION", "DOMAIN", "NAME"];
    print_list(as_json, "workspaces", &all, &heads, row)
}

/// `guestlist world remove`.
pub(crate) async fn remove(config: &Config, ask: RemoveWorkspaces, as_json: bool) -> Result<()> {
    let data = Data::open(config).await?;
    let removed = match &data {
        Data::Ours(store) => control::remove_workspaces(store, ask).await?,
        Data::Theirs(server) => server.post("/world/remove", &ask).await?,
    };
    data.close().await;
    if as_json {
        return print_json(&removed);
    }
    let RemovedWorkspaces {
        workspaces,
        missing,
    } = removed;
    for (what, which) in [("removed", workspaces), ("not there:", missing)] {
        if !which.is_empty() {
            let ids: Vec<_> = which.iter().map(TeamId::to_string).collect();
            note(&format!("{what} {}", ids.join(", ")));
        }
    }
    Ok(())
}

fn new_token(token: AddedToken) -> NewToken {
    NewToken {
        text: token.token,
        kind: token.kind,
        user: token.user,
        app: token.app,
        team: token.workspace,
    }
}

/// `guestlist world export`.
pub(crate) async fn export(
    config: &Config,
    output: Option<&Path>,
    workspaces: Vec<TeamId>,
    as_json: bool,
) -> Result<()> {
    let data = Data::open(config).await?;
    let text = match &data {
        Data::Ours(store) => control::export(store, workspaces, as_json).await?,
        Data::Theirs(server) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for workspace in workspaces {
                query.append_pair("workspace", &workspace.to_string());
            }
            server
                .text(
                    &format!("/world?{}", query.finish()),
                    if as_json {
                        "application/json"
                    } else {
                        "application/yaml"
                    },
                )
                .await?
        }
    };
    data.close().await;
    match output {
        Some(path) if path != Path::new("-") => put(path, &text),
        _ => print(&text),
    }
}

/// Writes a world, which has names, addresses, and secrets of apps: a file is its owner's alone, whoever could read
/// the one that was there. What is there and is no file (a device, a pipe) is written into and stays what it is.
fn put(path: &Path, text: &str) -> Result<()> {
    let written = match fs::metadata(path) {
        // By the name of what a link leads to: the link stays.
        Ok(there) if there.is_file() => {
            fs::canonicalize(path).and_then(|file| replace(&file, text))
        }
        // Of a link that leads nowhere this tells that; nothing is made behind it.
        Ok(_) => write_into(path, text),
        Err(_) if path.is_symlink() => write_into(path, text),
        Err(_) => replace(path, text),
    };
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

fn write_into(path: &Path, text: &str) -> io::Result<()> {
    let mut there = OpenOptions::new().write(true).open(path)?;
    there.write_all(text.as_bytes())
}

/// Written aside first: a full disk does not cost the file that was there.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = Path::new(&aside);
    // Left by one that was killed; anything else of that name is somebody's.
    if aside.symlink_metadata().is_ok_and(|left| left.is_file()) {
        fs::remove_file(aside)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options
        .open(aside)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", aside.display())))?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| fs::rename(aside, path));
    if written.is_err() {
        let _ = fs::remove_file(aside);
    }
    written
}

/// `guestlist world schema`.
pub(crate) fn schema() -> Result<()> {
    print_json(&guestlist_store::world::schema())
}

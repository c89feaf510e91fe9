//! The step `sdk`: the official clients, unmodified, live through stories against the real server,
//! and install apps into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use crate::place::{self, Scratch};
use crate::server::{Launch, Running};
use crate::shell::need;
use crate::tools::{npm, venv};
use crate::world;

const PEOPLE: usize = 1050;
/// One story takes a few seconds. A client that retries a broken answer for minutes is stopped.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn run(binary: &Path) -> Result<()> {
    for program in ["python3", "node", "npm"] {
        need(
            program,
            "no official Slack client was run against the server",
        )?;
    }
    let python = python()?;
    let node = node()?;
    let scratch = Scratch::new("sdk")?;
    let outcome = stories(binary, &python, &node, &scratch);
    scratch.close(outcome)
}

fn stories(binary: &Path, python: &Path, node: &Path, scratch: &Scratch) -> Result<()> {
    let world = scratch.join("world.yaml");
    fs::write(&world, world::yaml(PEOPLE, 0))?;
    let launch = Launch {
        binary,
        data: scratch.join("data"),
        log: scratch.join("server.log"),
        // Three stories of one app, each of which turns 150 pages in a second.
        rate_limits: "10",
    };
    let server = launch.start(Some(&world))?;

    let people: Vec<_> = (0..PEOPLE).map(world::person).collect();
    let facts = json!({
        "url": format!("http://{}/api/", server.address),
        "bot": world::BOT,
        "bot_token": world::BOT_TOKEN,
        "owner": world::OWNER,
        "owner_token": world::OWNER_TOKEN,
        "narrow_token": world::NARROW_TOKEN,
        "people": people,
        "general": world::GENERAL,
        "apps": world::INSTALLABLE
            .map(|(id, secret)| json!({"client_id": id, "client_secret": secret})),
        "redirect_uri": world::REDIRECT_URI,
        "scratch": scratch.join(""),
    });
    let facts_file = scratch.join("facts.json");
    fs::write(&facts_file, facts.to_string())?;

    let story = place::root().join("tests/sdk/story.py");
    for kind in ["sync", "async"] {
        told(Command::new(python).arg(&story).arg(kind).arg(&facts_file))
            .with_context(|| format!("the Python story, {kind}"))?;
    }
    told(
        Command::new("node")
            .arg(node.join("story.mjs"))
            .arg(&facts_file),
    )
    .context("the Node story")?;

    // Last, since what is installed has a bot among the people whom the stories count.
    let install = place::root().join("tests/sdk/install.py");
    told(Command::new(python).arg(&install).arg(&facts_file))
        .context("an installation with the Python client")?;
    told(
        Command::new("node")
            .arg(node.join("install.mjs"))
            .arg(&facts_file),
    )
    .context("an installation with the Node client")?;
    server.stop()?;
    connected(binary, python, node, scratch)?;
    requested(binary, python, node, scratch)?;
    provisioned(binary, python, scratch)?;
    exported(binary, python, scratch)
}

/// The story of a channel that two organisations share, in a world of its own, and what its audit logs tell of it.
fn connected(binary: &Path, python: &Path, node: &Path, scratch: &Scratch) -> Result<()> {
    let launch = Launch {
        binary,
        data: scratch.join("connect"),
        log: scratch.join("connect.log"),
        rate_limits: "off",
    };
    let world = place::root().join("tests/sdk/connect.yaml");
    let server = launch.start(Some(&world))?;
    let url = format!("http://{}/api/", server.address);
    let story = place::root().join("tests/sdk/connect.py");
    for kind in ["sync", "async"] {
        told(Command::new(python).arg(&story).arg(kind).arg(&url))
            .with_context(|| format!("the Python story of Slack Connect, {kind}"))?;
    }
    told(Command::new("node").arg(node.join("connect.mjs")).arg(&url))
        .context("the Node story of Slack Connect")?;
    let story = place::root().join("tests/sdk/audit.py");
    for kind in ["sync", "async"] {
        told(Command::new(python).arg(&story).arg(kind).arg(&url))
            .with_context(|| format!("the Python story of the audit logs, {kind}"))?;
    }
    server.stop()
}

/// The story of requests to invite people, in a world of its own.
fn requested(binary: &Path, python: &Path, node: &Path, scratch: &Scratch) -> Result<()> {
    let launch = Launch {
        binary,
        data: scratch.join("requests"),
        log: scratch.join("requests.log"),
        rate_limits: "off",
    };
    let world = place::root().join("tests/sdk/invite_requests.yaml");
    let server = launch.start(Some(&world))?;
    let url = format!("http://{}/api/", server.address);
    let story = place::root().join("tests/sdk/invite_requests.py");
    for kind in ["sync", "async"] {
        told(Command::new(python).arg(&story).arg(kind).arg(&url))
            .with_context(|| format!("the Python story of requests to invite, {kind}"))?;
    }
    told(
        Command::new("node")
            .arg(node.join("invite_requests.mjs"))
            .arg(&url),
    )
    .context("the Node story of requests to invite")?;
    server.stop()
}

/// The story of an identity provider, in a world of its own. The Node client has nothing for it.
fn provisioned(binary: &Path, python: &Path, scratch: &Scratch) -> Result<()> {
    let launch = Launch {
        binary,
        data: scratch.join("scim"),
        log: scratch.join("scim.log"),
        rate_limits: "off",
    };
    let world = place::root().join("tests/sdk/scim.yaml");
    let server = launch.start(Some(&world))?;
    let address = format!("http://{}", server.address);
    let story = place::root().join("tests/sdk/scim.py");
    for kind in ["sync", "async"] {
        told(Command::new(python).arg(&story).arg(kind).arg(&address))
            .with_context(|| format!("the Python story of SCIM, {kind}"))?;
    }
    server.stop()
}

/// An export, as whoever looks at one with Python reads it.
fn exported(binary: &Path, python: &Path, scratch: &Scratch) -> Result<()> {
    let data = scratch.join("export");
    let world = |deed: &str| {
        let mut command = Command::new(binary);
        command.args(["world", deed, "--data"]).arg(&data);
        command
    };
    told(world("import").arg(place::root().join("tests/sdk/export.yaml")))?;
    let (yaml, json) = (scratch.join("export.yaml"), scratch.join("export.json"));
    told(world("export").arg("--output").arg(&yaml))?;
    told(world("export").arg("--json").arg("--output").arg(&json))?;
    let script = place::root().join("tests/sdk/export.py");
    told(Command::new(python).arg(&script).arg(&yaml).arg(&json)).context("an export in Python")
}

fn told(command: &mut Command) -> Result<()> {
    Running::spawn(command)?.finish(PATIENCE)
}

fn python() -> Result<PathBuf> {
    venv("sdk", &place::root().join("tests/sdk/requirements.txt"))
}

fn node() -> Result<PathBuf> {
    let from = place::root().join("tests/sdk/node");
    node_home(
        "sdk",
        &from,
        &[
            "story.mjs",
            "install.mjs",
            "connect.mjs",
            "invite_requests.mjs",
        ],
    )
}

/// A folder with Node stories and the modules they need, outside of the checkout's own files.
pub(crate) fn node_home(name: &str, from: &Path, stories: &[&str]) -> Result<PathBuf> {
    let home = place::target()?.join(name).join("node");
    npm(from, &home)?;
    for story in stories {
        place::copy(&from.join(story), &home.join(story))?;
    }
    Ok(home)
}

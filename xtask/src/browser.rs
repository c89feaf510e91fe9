//! The step `browser`: real Chromium and the official Node client live through the story of a shared
//! channel, from the letter on, against the real server and a real mail server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::place::{self, Scratch};
use crate::sdk::node_home;
use crate::server::{Launch, Running};
use crate::shell::{self, Absent, need};

/// Names under which Chromium is found, the one that was asked for before others.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const CONTROL_TOKEN: &str = "control-token-of-the-story";
const MAIL_USER: &str = "post@guestlist";
const MAIL_PASSWORD: &str = "s:e@cret";
/// The story takes less than a minute.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn run(binary: &Path) -> Result<()> {
    const WITHOUT: &str = "the pages were not looked at in a browser";
    for program in ["node", "npm"] {
        need(program, WITHOUT)?;
    }
    let chromium = chromium()?;
    let from = place::root().join("tests/browser");
    let node = node_home("browser", &from, &["story.mjs"])?;
    let scratch = Scratch::new("browser")?;
    let outcome = story(binary, &chromium, &node, &scratch);
    scratch.close(outcome)
}

fn story(binary: &Path, chromium: &Path, node: &Path, scratch: &Scratch) -> Result<()> {
    let pictures = place::target()?.join("browser").join("pictures");
    let server_file = scratch.join("server.json");
    let facts = json!({
        "server": server_file,
        "pictures": pictures,
        "chromium": chromium,
        "mail_user": MAIL_USER,
        "mail_password": MAIL_PASSWORD,
    });
    let facts_file = scratch.join("facts.json");
    fs::write(&facts_file, facts.to_string())?;
    let story = Running::spawn(
        Command::new("node")
            .arg(node.join("story.mjs"))
            .arg(&facts_file),
    )?;
    let first = match story.line(PATIENCE) {
        Ok(Some(line)) => line,
        _ => bail!("the story ended before its mail server listened"),
    };
    let port = first.strip_prefix("mail server on port ");
    let port = port.with_context(|| format!("the story said {first:?}"))?;

    let launch = Launch {
        binary,
        data: scratch.join("data"),
        log: scratch.join("server.log"),
        rate_limits: "off",
    };
    let smtp = format!("smtp://post%40guestlist:s%3Ae%40cret@127.0.0.1:{port}");
    let settings = [
        ("GUESTLIST_SMTP", smtp.as_str()),
        (
            "GUESTLIST_MAIL_FROM",
            "Guestlist <invitations@guestlist.test>",
        ),
        ("GUESTLIST_CONTROL_TOKEN", CONTROL_TOKEN),
    ];
    let world = place::root().join("tests/browser/world.yaml");
    let server = launch.start_with(&world, &settings)?;
    let site = format!("http://{}", server.address);
    let told = json!({"site": site, "control_token": CONTROL_TOKEN});
    // Under its name only when it is whole: the story waits for the name.
    let aside = scratch.join("server.new");
    fs::write(&aside, told.to_string())?;
    fs::rename(&aside, &server_file)?;
    story.finish(PATIENCE).context("the story in the browser")?;
    println!("the pictures are in {}", pictures.display());
    server.stop()
}

/// Chromium: the one of the machine, or in CI one that is installed for it.
fn chromium() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if env::var_os("CI").is_some() && need("apt-get", "").is_ok() {
        shell::run(Command::new("apt-get").args(["update", "-qq"]))?;
        shell::run(
            Command::new("apt-get")
                .args([
                    "install",
                    "-y",
                    "-qq",
                    "--no-install-recommends",
                    "chromium",
                    "fonts-dejavu-core",
                ])
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(Stdio::null()),
        )?;
        return find().context("Chromium was installed and is not found");
    }
    bail!(Absent::because(
        "Chromium is not installed (CHROMIUM names it where it is not in PATH): the pages were not \
         looked at in a browser"
            .to_owned()
    ))
}

fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = env::var_os("PATH")?;
    let folders: Vec<_> = env::split_paths(&path).collect();
    let all = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|program| program.is_file())
}

//! The step `apps`: every client of docs/clients.md invites, and an app written with each Bolt lives
//! through one story, over HTTP and in Socket Mode.

#[cfg(test)]
mod docs;
mod kit;
mod story;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::place::{self, Scratch};
use crate::server::{Launch, Running, Server};
use crate::shell::Absent;
use kit::Kit;
use story::Transport;

/// The greeter's bot, and a person of the workspace it is installed in.
const BOT_TOKEN: &str = "xoxb-greeter";
const USER_TOKEN: &str = "xoxp-ada";
/// Where the clients invite.
const CHANNEL: &str = "C0CLIENTS";
/// How long one client may take for its three calls.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(binary: &Path) -> Result<()> {
    // All that can be tested here is, and what was not is told at the end.
    let (mut kits, mut absent) = (Vec::new(), Vec::new());
    for install in kit::ALL {
        match install() {
            Ok(kit) => kits.push(kit),
            Err(error) if error.is::<Absent>() => absent.push(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    let scratch = Scratch::new("apps")?;
    let outcome = clients(binary, &kits, &scratch).and_then(|()| greeters(binary, &kits, &scratch));
    scratch.close(outcome)?;
    if !absent.is_empty() {
        bail!(Absent::because(absent.join("; ")));
    }
    Ok(())
}

fn clients(binary: &Path, kits: &[Kit], scratch: &Scratch) -> Result<()> {
    let server = launch(binary, scratch, "clients")
        .start(Some(&place::root().join("tests/apps/world.yaml")))?;
    for (n, kit) in kits.iter().enumerate() {
        invited(kit, &server, n + 1).with_context(|| format!("the client of {}", kit.name))?;
    }
    server.stop()
}

fn greeters(binary: &Path, kits: &[Kit], scratch: &Scratch) -> Result<()> {
    let mut twice = 0;
    for kit in kits.iter().filter(|kit| kit.greeter.is_some()) {
        for transport in [Transport::Http, Transport::Socket] {
            let name = format!("{}, {transport}", kit.name);
            twice += story::lived(kit, transport, &launch(binary, scratch, &name), scratch)
                .with_context(|| name)?;
        }
    }
    // Each story holds its app still while it is told things and the server dies.
    ensure!(
        twice > 0 || kits.iter().all(|kit| kit.greeter.is_none()),
        "in no story an event came twice, so that no two ids could be compared"
    );
    Ok(())
}

fn launch<'a>(binary: &'a Path, scratch: &Scratch, name: &str) -> Launch<'a> {
    let name = name.replace(", ", "-").replace(' ', "-");
    Launch {
        binary,
        data: scratch.join(&name),
        log: scratch.join(&format!("{name}.log")),
        // Nobody waits in a story.
        rate_limits: "off",
    }
}

/// A client invites the `n`th person and an address of its own, and what it says is so.
fn invited(kit: &Kit, server: &Server, n: usize) -> Result<()> {
    let user = format!("U0P{n}");
    let email = format!("client{n}@partner.test");
    let mut command = kit.invite.command();
    command
        .args([CHANNEL, &user, &email])
        .env("SLACK_API_URL", format!("http://{}/api/", server.address))
        .env("SLACK_BOT_TOKEN", BOT_TOKEN);
    let mut said = String::new();
    Running::spawn(&mut command)?.finish_heard(PATIENCE, |line| said += &(line + "\n"))?;

    let mut client = Client::connect(&server.address, BOT_TOKEN)?;
    let members = client.ask("conversations.members", &[("channel", CHANNEL)])?;
    let is_in = members["members"]
        .as_array()
        .is_some_and(|members| members.contains(&Value::from(user.as_str())));
    ensure!(is_in, "{user} is not in {CHANNEL}; it said\n{said}");
    let open = client.ask("conversations.listConnectInvites", &[])?;
    let invitation = open["invites"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["invite"]["recipient_email"] == email.as_str());
    let invitation = invitation.and_then(|one| one["invite"]["id"].as_str());
    let invitation = invitation.with_context(|| format!("nobody invited {email}: {open}"))?;
    for told in [CHANNEL, "already_in_channel", invitation] {
        ensure!(
            said.contains(told),
            "nothing of {told} in what it said:\n{said}"
        );
    }
    println!("{}: invited, was refused, and shared a channel", kit.name);
    Ok(())
}

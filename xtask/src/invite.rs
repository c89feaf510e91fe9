//! The step `invite`: `guestlist invite` brings a long list in, whatever is killed on the way.
//!
//! The command is killed twice and started again, the server is killed twice under it and started
//! again where it was. At the end everybody is in, each came in once, nobody is told to have been in who
//! was not, and whoever an answer was known of was never sent for again.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::place::Scratch;
use crate::server::{Launch, Server};
use crate::world;

/// In the channel before.
const EARLY: usize = 10;
/// Nobody has these ids, or the person is removed.
const UNKNOWN: usize = 15;
const REMOVED: usize = 15;
/// The list is invited in so many calls.
const BATCHES: usize = 20;
/// The refusals that these come to.
const REFUSAL: &str = "user_not_found";

pub(crate) fn run(binary: &Path, people: u32) -> Result<()> {
    let scratch = Scratch::new("invite")?;
    let outcome = story(binary, people as usize, &scratch);
    scratch.close(outcome)
}

fn removed(n: usize) -> String {
    format!("U0GONE{n:05}")
}

fn unknown(n: usize) -> String {
    format!("U0NEVER{n:04}")
}

fn story(binary: &Path, people: usize, scratch: &Scratch) -> Result<()> {
    let begin = Instant::now();
    let mut yaml = world::yaml(people, 1);
    for n in 0..REMOVED {
        let id = removed(n);
        let _ = writeln!(yaml, "      - {{id: {id}, name: gone{n}, status: removed}}");
    }
    let world_file = scratch.join("world.yaml");
    fs::write(&world_file, yaml)?;
    let launch = Launch {
        binary,
        data: scratch.join("data"),
        log: scratch.join("server.log"),
        rate_limits: "documented",
    };
    let server = launch.start(Some(&world_file))?;
    let early: Vec<_> = (0..EARLY).map(world::person).collect();
    let (channel, early) = (world::channel(0), early.join(","));
    client(&server)?.ask(
        "conversations.invite",
        &[("channel", &channel), ("users", &early)],
    )?;

    let job = Job {
        binary,
        list: scratch.join("list.csv"),
        journal: scratch.join("journal"),
        report: scratch.join("report.json"),
        address: server.address.clone(),
        batch: people.div_ceil(BATCHES),
    };
    job.write_list(people)?;
    let server = job.killed_on_the_way(&launch, server)?;
    let report = fs::read_to_string(&job.report)?;
    let report = serde_json::from_str(&report).context("the report is not JSON")?;
    told(&report, people)?;
    happened(&mut client(&server)?, &channel, people)?;
    remembered(&scratch.join("journal-kept"))?;
    server.stop()?;
    println!(
        "{people} people invited, the command killed twice and the server twice: \
         nobody missed, nobody twice, in {:.1} s",
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

fn client(server: &Server) -> Result<Client> {
    Client::connect(&server.address, world::BOT_TOKEN)
}

/// The command and its files.
struct Job<'a> {
    binary: &'a Path,
    list: PathBuf,
    journal: PathBuf,
    report: PathBuf,
    address: String,
    batch: usize,
}

impl Job<'_> {
    /// Every other one by name, the rest by id; who is refused stands in between.
    fn write_list(&self, people: usize) -> Result<()> {
        let mut list = "name,id\n".to_owned();
        let apart = people / (UNKNOWN + REMOVED).max(1);
        let mut odd = (0..UNKNOWN).map(unknown).chain((0..REMOVED).map(removed));
        for n in 0..people {
            let _ = match n % 2 {
                0 => writeln!(list, "person{n},"),
                _ => writeln!(list, ",{}", world::person(n)),
            };
            if n % apart.max(1) == 0
                && let Some(id) = odd.next()
            {
                let _ = writeln!(list, ",{id}");
            }
        }
        for id in odd {
            let _ = writeln!(list, ",{id}");
        }
        Ok(fs::write(&self.list, list)?)
    }

    fn start(&self) -> Result<Inviting> {
        let mut command = Command::new(self.binary);
        command
            .args([
                "invite",
                "--format",
                "json",
                "--batch",
                &self.batch.to_string(),
            ])
            .args(["--channel", &world::channel(0), "--from"])
            .arg(&self.list)
            .arg("--journal")
            .arg(&self.journal)
            .env("GUESTLIST_BASE_URL", format!("http://{}/api", self.address))
            .env("GUESTLIST_TOKEN", world::BOT_TOKEN)
            .stdin(Stdio::null())
            .stdout(File::create(&self.report)?)
            .stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start the command")?;
        let stderr = child.stderr.take().context("the child has no stderr")?;
        Ok(Inviting {
            child,
            said: BufReader::new(stderr),
            last: String::new(),
        })
    }

    /// A quarter of the list for each kill, more or less: whatever is under way then is lost.
    fn killed_on_the_way(&self, launch: &Launch, server: Server) -> Result<Server> {
        let quarter = BATCHES / 5;
        let mut inviting = self.start()?;
        inviting.batches(quarter)?;
        inviting.kill()?;
        let kept = self.journal.with_file_name("journal-kept");
        // The command removes its journal when all is done; this name stays.
        fs::hard_link(&self.journal, &kept).context("there is no journal after the first kill")?;

        let mut inviting = self.start()?;
        inviting.batches(quarter)?;
        server.kill()?;
        let server = launch.restart(&self.address)?;
        inviting.batches(quarter)?;
        inviting.kill()?;

        let mut inviting = self.start()?;
        inviting.batches(2)?;
        server.kill()?;
        let server = launch.restart(&self.address)?;
        let code = inviting.finish()?;
        // Some were refused.
        ensure!(code == Some(4), "the command ended with {code:?}");
        Ok(server)
    }
}

/// The command at work.
struct Inviting {
    child: Child,
    said: BufReader<ChildStderr>,
    last: String,
}

impl Inviting {
    /// Waits until so many more calls were answered.
    fn batches(&mut self, mut more: usize) -> Result<()> {
        while more > 0 {
            self.last.clear();
            let read = self.said.read_line(&mut self.last)?;
            ensure!(read > 0, "the command ended before it was killed");
            more -= usize::from(self.last.contains(" done, "));
            ensure!(
                !self.last.starts_with("guestlist: "),
                "the command failed: {}",
                self.last
            );
        }
        println!("  {}", self.last.trim_end());
        Ok(())
    }

    /// `kill -9`
    fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn finish(mut self) -> Result<Option<i32>> {
        let mut rest = String::new();
        self.said.read_to_string(&mut rest)?;
        for line in rest.lines().rev().take(1) {
            println!("  {line}");
        }
        Ok(self.child.wait()?.code())
    }
}

impl Drop for Inviting {
    fn drop(&mut self) {
        // Both fail on a child that has ended already, which is the usual case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The report has a line for each, and the right one.
fn told(report: &Value, people: usize) -> Result<()> {
    let lines = report["people"]
        .as_array()
        .context("the report names nobody")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut outcomes: HashMap<String, (String, String)> = HashMap::new();
    for line in lines {
        let outcome = (text(&line["outcome"]), text(&line["code"]));
        let twice = outcomes.insert(text(&line["id"]), outcome);
        ensure!(twice.is_none(), "told twice: {line}");
    }
    let is = |id: &str, outcome: &str, code: &str| {
        let told = outcomes.get(id);
        let told = told.with_context(|| format!("{id} is not in the report"))?;
        ensure!(
            told.0 == outcome && told.1 == code,
            "{id}: {told:?} instead of {outcome} {code}"
        );
        Ok(())
    };
    for n in 0..people {
        is(
            &world::person(n),
            if n < EARLY { "already_in" } else { "added" },
            "",
        )?;
    }
    for id in (0..UNKNOWN).map(unknown).chain((0..REMOVED).map(removed)) {
        is(&id, "refused", REFUSAL)?;
    }
    ensure!(
        lines.len() == people + UNKNOWN + REMOVED,
        "{} lines",
        lines.len()
    );
    Ok(())
}

/// Everybody is in, and each came in once.
fn happened(client: &mut Client, channel: &str, people: usize) -> Result<()> {
    let mut members: HashSet<String> = HashSet::new();
    all(
        client,
        "conversations.members",
        channel,
        "members",
        |member| {
            members.insert(member.as_str().unwrap_or_default().to_owned());
        },
    )?;
    let mut joined: HashMap<String, usize> = HashMap::new();
    all(
        client,
        "conversations.history",
        channel,
        "messages",
        |message| {
            if message["subtype"] == "channel_join" {
                let user = message["user"].as_str().unwrap_or_default();
                *joined.entry(user.to_owned()).or_default() += 1;
            }
        },
    )?;
    for id in (0..people).map(world::person) {
        ensure!(members.contains(&id), "{id} was missed");
        ensure!(
            joined.get(&id) == Some(&1),
            "{id} came in {:?} times",
            joined.get(&id)
        );
    }
    // The bot is the one other member.
    ensure!(members.len() == people + 1, "{} members", members.len());
    Ok(())
}

fn all(
    client: &mut Client,
    method: &str,
    channel: &str,
    of: &str,
    mut each: impl FnMut(&Value),
) -> Result<()> {
    let mut cursor = String::new();
    loop {
        let page = [
            ("channel", channel),
            ("limit", "1000"),
            ("cursor", cursor.as_str()),
        ];
        let answer = client.ask(method, if cursor.is_empty() { &page[..2] } else { &page })?;
        answer[of]
            .as_array()
            .context("no page")?
            .iter()
            .for_each(&mut each);
        cursor = answer["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if cursor.is_empty() {
            return Ok(());
        }
    }
}

/// Of whom an answer was known, refused or added, was not sent for again, over all three runs.
fn remembered(journal: &Path) -> Result<()> {
    let mut known: HashSet<String> = HashSet::new();
    let text = fs::read_to_string(journal)?;
    let mut calls = 0;
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).context("a line of the journal is torn")?;
        for id in line["sent"].as_array().into_iter().flatten() {
            let id = id.as_str().unwrap_or_default();
            ensure!(!known.contains(id), "{id} was sent for again");
        }
        calls += usize::from(line["sent"].is_array());
        for pair in line["came"].as_array().into_iter().flatten() {
            let id = pair[0].as_str().unwrap_or_default();
            ensure!(known.insert(id.to_owned()), "{id} has two answers");
        }
    }
    ensure!(calls >= BATCHES, "only {calls} calls are in the journal");
    Ok(())
}

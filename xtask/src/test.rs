//! The steps of `cargo xtask test`, in order, and the account of them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;

use crate::shell::{self, Absent, cargo};
use crate::{
    apps, browser, crash, deny, faults, fuzz, invite, ledger, openapi, place, postgres, redis, sdk,
};

/// How many calls there are for each fault.
const CALLS_A_FAULT: usize = 200;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What CI runs (the default)
    #[arg(long, conflicts_with = "long")]
    short: bool,
    /// Ten times the kills and the fuzzing, and many more cases of every property
    #[arg(long)]
    long: bool,
    /// How often the step `crash` kills the server [default: 200, with --long 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    kills: Option<u32>,
    /// How many people the step `invite` invites [default: 2000, with --long 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..))]
    people: Option<u32>,
    /// How often something breaks in the step `faults`, on each store [default: 20, with --long 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    faults: Option<u32>,
    /// Draw the faults of the step `faults` from this number, which a run has told [default: another each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Run the steps `sdk`, `apps`, `browser`, `openapi`, `crash`, `faults` and `invite` on this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Run only these steps
    #[arg(value_enum, value_name = "STEP")]
    steps: Vec<Step>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Formatting
    Fmt,
    /// Lints, each an error
    Clippy,
    /// The documentation builds without a warning
    Doc,
    /// Licences, duplicates, banned crates
    Deny,
    /// All Rust tests, and whether they saw what the ledger says
    Rust,
    /// The tests that know a store, on PostgreSQL
    Postgres,
    /// Calls that several servers count together, on Redis
    Redis,
    /// Hostile input, made up for a moment
    Fuzz,
    /// The official Slack clients against the real server
    Sdk,
    /// Apps written with Bolt for JavaScript, Python and Java, and clients in six languages
    Apps,
    /// Letters and pages in real Chromium, and the whole story of a shared channel
    Browser,
    /// The OpenAPI document is valid and every generated call is answered as it says
    Openapi,
    /// kill -9 under load loses nothing
    Crash,
    /// Nodes, database, connections, clocks and disk break under load, and every answer was true
    Faults,
    /// A long list is invited, the server and the command killed on the way
    Invite,
}

impl Args {
    fn perform(&self, step: Step) -> Result<()> {
        match step {
            Step::Fmt => shell::run(cargo().args(["fmt", "--all", "--check"])),
            Step::Clippy => {
                let clippy = |what: &[&str]| {
                    let mut clippy = cargo();
                    clippy.arg("clippy").args(what);
                    shell::run(clippy.args(["--", "-D", "warnings"]))
                };
                clippy(&["--workspace", "--all-targets", "--all-features"])?;
                // What can be left out is.
                clippy(&["--package", "guestlist-cli", "--no-default-features"])?;
                clippy(&["--package", "guestlist-client"])
            }
            Step::Doc => shell::run(
                cargo()
                    .args(["doc", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            ),
            Step::Deny => deny::run(),
            Step::Rust => {
                let mut tests = cargo();
                tests.args(["test", "--workspace", "--all-features"]);
                if self.long {
                    tests.env("PROPTEST_CASES", "10000");
                }
                let notes = ledger::Notes::start(&mut tests)?;
                shell::run(&mut tests)?;
                notes.compare()
            }
            Step::Postgres => postgres::run(),
            Step::Redis => redis::run(),
            Step::Fuzz => fuzz::each(if self.long { 80 } else { 8 }),
            Step::Sdk => sdk::run(&self.binary()?),
            Step::Apps => apps::run(&self.binary()?),
            Step::Browser => browser::run(&self.binary()?),
            Step::Openapi => openapi::run(&self.binary()?),
            Step::Crash => {
                let usual = if self.long { 2000 } else { 200 };
                crash::run(&self.binary()?, self.kills.unwrap_or(usual))
            }
            Step::Faults => {
                let usual = if self.long { 60 } else { 20 };
                let faults = self.faults.unwrap_or(usual) as usize;
                let calls = faults * CALLS_A_FAULT;
                faults::run(&self.binary()?, faults::Form { calls, faults }, self.seed)
            }
            Step::Invite => {
                let usual = if self.long { 10_000 } else { 2000 };
                invite::run(&self.binary()?, self.people.unwrap_or(usual))
            }
        }
    }

    fn binary(&self) -> Result<PathBuf> {
        match &self.binary {
            Some(binary) => Ok(binary.canonicalize()?),
            None => place::release_binary(),
        }
    }
}

/// Runs every step that was asked for, also after one has failed.
pub(crate) fn run(args: &Args) -> ExitCode {
    // A run that CI calls green must have checked everything.
    let may_skip = std::env::var_os("CI").is_none();
    let wanted = |step: &&Step| args.steps.is_empty() || args.steps.contains(step);
    let (mut passed, mut failed, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    let start = Instant::now();
    for step in Step::value_variants().iter().filter(wanted) {
        let name = step.to_possible_value().expect("every step has a name");
        let headline = format!(
            "{}: {}",
            name.get_name(),
            name.get_help().cloned().unwrap_or_default()
        );
        println!("\n━━━ {headline} ━━━");
        let start = Instant::now();
        let outcome = args.perform(*step);
        let took = seconds(start.elapsed());
        let name = name.get_name().to_owned();
        match outcome {
            Ok(()) => {
                println!("━━━ {name} passed in {took}");
                passed.push(name);
            }
            Err(error) if may_skip && error.is::<Absent>() => {
                println!("━━━ {name} NOT RUN: {error:#}");
                skipped.push(name);
            }
            Err(error) => {
                println!("error: {error:#}");
                println!("━━━ {name} FAILED after {took}");
                failed.push(name);
            }
        }
    }
    println!("\n━━━ all done in {}", seconds(start.elapsed()));
    for (what, steps) in [("NOT RUN", &skipped), ("FAILED", &failed)] {
        if !steps.is_empty() {
            println!("{what}: {}", steps.join(", "));
        }
    }
    let not_run = if skipped.is_empty() {
        String::new()
    } else {
        format!(", {} not run", skipped.len())
    };
    println!("{} passed, {} failed{not_run}", passed.len(), failed.len());
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

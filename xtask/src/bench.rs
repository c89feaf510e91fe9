//! `cargo xtask bench`: what the release server costs, in one table.
//!
//! **What is measured.** Everything that a program sees over HTTP on the loopback
//! interface, durable answers included: throughput and latency of single invitations at
//! 1 to 256 connections, `auth.test`, reads, calls with many people, large channels and
//! workspaces, the time to the first answer, resident memory.
//!
//! **How to read it.** Generator and server share the cores of one machine, and its
//! speed swings by a factor of two and more. Calls per second are therefore worth little
//! by themselves; *ratios* are worth something, because both sides of a ratio are
//! measured in turn in the same run, round by round. A row's ratio is the median of its
//! rounds' ratios, with the least and the greatest beside it.
//!
//! - `× floor`: product calls/s over the floor's at as many connections. The floor (the
//!   server's example `floor`) sends an answer of the same size through the same HTTP
//!   stack without reading or storing anything; 1.00 would be a store that costs nothing.
//! - `× cost at …`, `× 1 person`: time per call relative to the row named; 1.00 means
//!   that the larger case costs nothing more.
//! - `by CPU`: the floor's server CPU per call over the product's. Where the cores are the
//!   limit, the generator's own cost stands on both sides of `× floor` and draws it
//!   towards 1; this share is free of that, and blind to waiting for the disk.
//! - `gen s`, `server s`: CPU seconds, user and system, inside the measured time; after
//!   the `+` what the server still did when the last answer was out (the next cell waits
//!   for it). `cores` is the sum without the `+` as a share of all cores, `others` what everything
//!   else on the machine took of them. `gen µs` and `srv µs` are per call, the latter with
//!   what was put off.
//!
//! Every answer is checked; one refusal fails the run. A missed goal does not: it is
//! printed, and a person decides. `docs/benchmark.md` describes each row.

mod data;
mod deliveries;
mod load;
mod pool;
mod process;
mod remember;
mod report;
mod shares;
mod sizes;
mod start;
mod transaction;
mod wire;
mod world;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::json;
use tokio::runtime::Runtime;

use data::Database;
use load::{Calls, Cell, Expect, Until, WARM};
use process::{Server, Target, command, file_system};
use report::{Row, thousands};

/// Measure the release server against the floor and print one table.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the table to this file as JSON, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Seconds per cell [default: 3, with --quick 0.5]
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// Measure stores in this database, postgres://user:password@host/database; `postgres` starts one for the run
    #[arg(long, value_name = "ADDRESS")]
    store: Option<String>,
    /// Interleaved rounds [default: 3, with --quick 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,
    /// Only these sections
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<Section>,
    /// Only these numbers of connections in the section `invite`
    #[arg(long, value_name = "N", num_args = 1..)]
    connections: Vec<usize>,
    /// Short cells and worlds a tenth of the size: shows that everything runs, not how fast
    #[arg(long)]
    quick: bool,
    /// Measure this `guestlist` instead of building one
    #[arg(long, value_name = "FILE")]
    guestlist: Option<PathBuf>,
    /// Compare with this floor instead of building one
    #[arg(long, value_name = "FILE")]
    floor: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    #[value(name = "auth.test")]
    Auth,
    Invite,
    Reads,
    Many,
    Channel,
    Workspace,
    Remember,
    Deliveries,
    Start,
    Memory,
}

impl Section {
    /// Whether it makes no sense, or nothing new, on a database.
    fn is_embedded(self) -> bool {
        matches!(self, Self::Deliveries | Self::Start | Self::Memory)
    }
}

pub(crate) fn run(args: Args) -> Result<()> {
    if let Some(seconds) = args.seconds {
        ensure!(
            (0.1..=600.0).contains(&seconds),
            "--seconds must be 0.1 to 600"
        );
    }
    if args.store.is_some()
        && let Some(section) = args.only.iter().find(|section| section.is_embedded())
    {
        bail!("--store: section {section:?} is of the embedded store alone");
    }
    let root = root()?;
    let release = target(&root).join("release");
    if cfg!(debug_assertions) {
        // `cargo xtask` is built for quick compiling. A slow generator would take its
        // time from the server's cores, so the work is handed to a release build of it.
        build(&root, &["-p", "xtask"])?;
        let status = Command::new(release.join("xtask"))
            .args(std::env::args_os().skip(1))
            .status();
        ensure!(status?.success(), "the benchmark failed");
        return Ok(());
    }
    let guestlist = match &args.guestlist {
        Some(path) => path.canonicalize().context("--guestlist")?,
        None => {
            build(&root, &["-p", "guestlist-cli"])?;
            release.join("guestlist")
        }
    };
    let floor = match &args.floor {
        Some(path) => path.canonicalize().context("--floor")?,
        None => {
            build(&root, &["-p", "guestlist-server", "--example", "floor"])?;
            release.join("examples").join("floor")
        }
    };
    let place = WorkDir::new(&target(&root).join("bench"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let database = args
        .store
        .map(|store| Database::open(&store, &place, &runtime))
        .transpose()?;
    let mut bench = Bench {
        runtime,
        database,
        guestlist,
        floor,
        dir: place.0.clone(),
        seconds: Duration::from_secs_f64(args.seconds.unwrap_or(if args.quick {
            0.5
        } else {
            3.0
        })),
        rounds: usize::from(args.rounds.unwrap_or(if args.quick { 1 } else { 3 })),
        quick: args.quick,
        only: args.only,
        connections: args.connections,
        rows: Vec::new(),
        notes: Vec::new(),
    };
    bench.sections()?;
    bench.report(args.json.as_deref())
}

/// A section: measures, and adds its rows.
type Measure = fn(&mut Bench) -> Result<()>;

/// What all sections share.
struct Bench {
    runtime: Runtime,
    /// Where stores are, if not in files.
    database: Option<Database>,
    guestlist: PathBuf,
    floor: PathBuf,
    dir: PathBuf,
    seconds: Duration,
    rounds: usize,
    quick: bool,
    only: Vec<Section>,
    connections: Vec<usize>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Bench {
    fn sections(&mut self) -> Result<()> {
        if [Section::Auth, Section::Invite, Section::Reads]
            .iter()
            .any(|&part| self.wants(part))
        {
            shares::run(self)?;
        }
        let others: [(Section, Measure); 7] = [
            (Section::Many, sizes::many),
            (Section::Channel, sizes::channel),
            (Section::Workspace, sizes::workspace),
            (Section::Remember, remember::run),
            (Section::Deliveries, deliveries::run),
            (Section::Start, start::first_answer),
            (Section::Memory, start::memory),
        ];
        for (section, measure) in others {
            if self.wants(section) {
                measure(self).with_context(|| format!("in section {section:?}"))?;
            }
        }
        Ok(())
    }

    fn wants(&self, section: Section) -> bool {
        let usual = [
            Section::Auth,
            Section::Invite,
            Section::Reads,
            Section::Many,
        ];
        match self.only.as_slice() {
            [] => self.database.is_none() || usual.contains(&section),
            only => only.contains(&section),
        }
    }

    /// The size of a world, smaller with `--quick`.
    fn size(&self, full: u32, quick: u32) -> u32 {
        if self.quick { quick } else { full }
    }

    /// Pairs that `cells` cells a round could use up at a rate no machine of today reaches.
    fn pairs(&self, cells: usize) -> u64 {
        const RATE: f64 = 150_000.0;
        let seconds = (self.seconds + WARM).as_secs_f64();
        (seconds * RATE) as u64 * (self.rounds * cells) as u64
    }

    fn floor(&self, bytes: usize) -> Result<Server> {
        let mut floor = command(&self.floor, &self.dir);
        floor.args(["--listen", "127.0.0.1:0", "--bytes", &bytes.to_string()]);
        Server::start(floor, self.dir.join("floor.log"))
    }

    /// Measures one cell of the product into its row.
    fn cell(&self, server: &Server, round: usize, calls: &Calls, row: &mut Row) -> Result<Cell> {
        self.cell_of(&[server], round, calls, row)
    }

    /// The same of several nodes, among which connections are shared out.
    fn cell_of(
        &self,
        nodes: &[&Server],
        round: usize,
        calls: &Calls,
        row: &mut Row,
    ) -> Result<Cell> {
        self.measure(&self.target(nodes)?, round, calls, Expect::Ok, row)
    }

    /// The same of a floor that answers `bytes` bytes.
    fn cell_floor(
        &self,
        server: &Server,
        round: usize,
        calls: &Calls,
        bytes: usize,
        row: &mut Row,
    ) -> Result<Cell> {
        let target = self.target(&[server])?;
        self.measure(&target, round, calls, Expect::Bytes(bytes), row)
    }

    fn measure(
        &self,
        target: &Target,
        round: usize,
        calls: &Calls,
        expect: Expect,
        row: &mut Row,
    ) -> Result<Cell> {
        let connections = row.connections.unwrap_or(1);
        let until = Until::Elapsed(self.seconds);
        let cell = load::run(&self.runtime, target, connections, calls, (expect, until))
            .with_context(|| format!("{} at {connections} connections", row.name))?;
        self.took(round, &cell, row);
        Ok(cell)
    }

    /// Adds a cell to its row, and tells.
    fn took(&self, round: usize, cell: &Cell, row: &mut Row) {
        row.add(cell);
        self.say(format_args!(
            "round {}: {} at {}: {} calls/s",
            round + 1,
            row.name,
            row.connections.unwrap_or(1),
            thousands(cell.rate())
        ));
    }

    fn note(&mut self, note: String) {
        self.say(format_args!("{note}"));
        self.notes.push(note);
    }

    /// Progress, on stderr: stdout holds the table alone.
    fn say(&self, what: std::fmt::Arguments<'_>) {
        eprintln!("bench: {what}");
    }

    fn report(mut self, json_file: Option<&Path>) -> Result<()> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.quick {
            self.rows.iter_mut().for_each(Row::without_goals);
        }
        self.notes
            .splice(0..0, report::generator_statement(&self.rows, cores));
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let cpu = cpu
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .unwrap_or("unknown");
        let machine = json!({
            "cores": cores,
            "cpu": cpu.trim_start_matches(['\t', ' ', ':']),
            "kernel": read("/proc/sys/kernel/osrelease").trim(),
            "file_system": file_system(&self.dir),
        });
        let mut out = std::io::stdout().lock();
        write!(out, "{}", report::table(&self.rows, cores))?;
        writeln!(
            out,
            "\n{cores} cores, file system {}; {} rounds of {} s a cell{}.",
            machine["file_system"].as_str().unwrap_or("unknown"),
            self.rounds,
            self.seconds.as_secs_f64(),
            if self.quick {
                ", --quick: figures mean little"
            } else {
                ""
            },
        )?;
        for note in &self.notes {
            writeln!(out, "{note}")?;
        }
        if let Some(path) = json_file {
            let all = json!({
                "machine": machine,
                "settings": {
                    "seconds": self.seconds.as_secs_f64(), "rounds": self.rounds, "quick": self.quick,
                },
                "rows": report::json(&self.rows, cores),
                "notes": self.notes,
            });
            let text = serde_json::to_string_pretty(&all)? + "\n";
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The directory of one run, on the disk that holds the build, removed at the end.
struct WorkDir(PathBuf);

impl WorkDir {
    fn new(parent: &Path) -> Result<Self> {
        fs::create_dir_all(parent)?;
        let parent = parent.canonicalize()?;
        let kind = file_system(&parent);
        if kind == "tmpfs" || kind == "ramfs" {
            bail!(
                "{} is in memory ({kind}): durable answers need a disk",
                parent.display()
            );
        }
        // A run that was interrupted could not clean up; its process is gone by now.
        for left in fs::read_dir(&parent)?.flatten() {
            let name = left.file_name();
            let pid = name.to_str().and_then(|name| name.strip_prefix("run-"));
            if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                fs::remove_dir_all(left.path())?;
            }
        }
        let dir = parent.join(format!("run-{}", std::process::id()));
        fs::create_dir(&dir)?;
        Ok(Self(dir))
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn root() -> Result<PathBuf> {
    // At run time first: a built xtask may have moved together with its checkout.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let own = own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    own.parent()
        .map(Path::to_path_buf)
        .context("xtask lies in no workspace")
}

/// Cargo reads a relative `CARGO_TARGET_DIR` from the caller's directory, so it is made absolute here.
fn target(root: &Path) -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let set = set.map(|path| std::path::absolute(&path).unwrap_or(path));
    set.unwrap_or_else(|| root.join("target"))
}

fn build(root: &Path, what: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--release"])
        .args(what)
        .current_dir(root);
    build.env("CARGO_TARGET_DIR", target(root));
    let status = build.status().context("cannot run cargo")?;
    ensure!(status.success(), "{build:?} failed");
    Ok(())
}

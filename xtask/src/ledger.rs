//! `cargo xtask ledger`: what the tests saw answered, as `docs/ledger/seen.tsv`, and the document
//! made of it.
//!
//! Tests note each answer that they have checked (`tests/seen.rs`). What is committed is compared
//! with the notes of a whole run, so that no line can outlive its test.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::place;
use crate::shell::{self, cargo};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write docs/ledger/seen.tsv and docs/ledger.md instead of comparing
    #[arg(long)]
    write: bool,
}

const HEAD: &str =
    "# What the tests saw answered: method, code, test. Written by `cargo xtask ledger --write`.\n";

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut tests = cargo();
    tests.args(["test", "--all-features"]);
    tests.args(["-p", "guestlist-methods", "-p", "guestlist-server"]);
    let notes = Notes::start(&mut tests)?;
    shell::run(&mut tests)?;
    if !args.write {
        notes.compare()?;
        return document(false);
    }
    fs::write(seen_file(), notes.text()?)?;
    document(true)
}

fn seen_file() -> PathBuf {
    place::root().join("docs/ledger/seen.tsv")
}

/// What `guestlist ledger` prints, compared with or written to the document.
fn document(write: bool) -> Result<()> {
    let mut ledger = cargo();
    ledger.args(["run", "--quiet", "--package", "guestlist-cli", "--"]);
    let printed = shell::output(ledger.args(["ledger", "--markdown"]))?;
    let file = place::root().join("docs/ledger.md");
    if write {
        return fs::write(&file, printed).context("cannot write docs/ledger.md");
    }
    ensure!(
        fs::read_to_string(&file)? == printed,
        "docs/ledger.md is not current: `cargo xtask ledger --write`"
    );
    Ok(())
}

/// The notes of one run of tests.
pub(crate) struct Notes {
    file: PathBuf,
}

impl Notes {
    /// Has the tests that this command runs take notes.
    pub(crate) fn start(tests: &mut Command) -> Result<Self> {
        let folder = place::target()?.join("xtask");
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("seen-{}.tsv", std::process::id()));
        fs::write(&file, "")?;
        tests.env("GUESTLIST_SEEN", &file);
        Ok(Self { file })
    }

    /// One line per method and code, with one of the tests that saw it: from outside if there is
    /// such a test, else the first by name.
    fn text(&self) -> Result<String> {
        let notes = fs::read_to_string(&self.file)?;
        let mut tests: BTreeMap<&str, &str> = BTreeMap::new();
        for line in notes.lines() {
            let (pair, test) = line.rsplit_once('\t').context("a note of another shape")?;
            let rank = |test: &str| (!test.starts_with("server "), test.to_owned());
            let best = tests.entry(pair).or_insert(test);
            if rank(test) < rank(best) {
                *best = test;
            }
        }
        let lines = tests.iter().map(|(pair, test)| format!("{pair}\t{test}\n"));
        Ok(HEAD.to_owned() + &lines.collect::<String>())
    }

    /// Compares the notes of a whole run with what is committed.
    pub(crate) fn compare(self) -> Result<()> {
        let saw = self.text()?;
        let committed = fs::read_to_string(seen_file())?;
        let only = |a: &str, b: &str| {
            let lines = a
                .lines()
                .filter(|line| b.lines().all(|other| other != *line));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let (gone, new) = (only(&committed, &saw), only(&saw, &committed));
        ensure!(
            gone.is_empty() && new.is_empty(),
            "docs/ledger/seen.tsv is not what the tests saw; `cargo xtask ledger --write` after a \
             look at the difference\nnot seen:\n  {}\nnot written:\n  {}",
            gone.join("\n  "),
            new.join("\n  ")
        );
        fs::remove_file(self.file)?;
        Ok(())
    }
}

//! Running other programs.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::place;

/// The cargo that runs this task, started in the checkout.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(place::root());
    command
}

/// Shows the command, runs it with our own output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    ensure!(status.success(), "`{line}` failed ({status})");
    Ok(())
}

/// Runs the command silently and returns what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{line}`"))?;
    ensure!(
        output.status.success(),
        "`{line}` failed ({})",
        output.status
    );
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` did not write text"))
}

/// Something this machine lacks: a step that meets it is skipped, except in CI.
#[derive(Debug)]
pub(crate) struct Absent(String);

impl Absent {
    pub(crate) fn because(why: String) -> Self {
        Self(why)
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Absent {}

/// Fails with [`Absent`] unless the program is installed.
pub(crate) fn need(program: &str, without: &str) -> Result<()> {
    need_by(program, "--version", without)
}

/// The same for a program that tells its version otherwise.
pub(crate) fn need_by(program: &str, version: &str, without: &str) -> Result<()> {
    let answer = Command::new(program).arg(version).output();
    if answer.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    bail!(Absent(format!("`{program}` is not installed: {without}")))
}

/// Installs a package of Debian's, if we may; fails with [`Absent`] and what it means otherwise.
pub(crate) fn install(package: &str, without: &str) -> Result<()> {
    if !is_root()? || need("apt-get", without).is_err() {
        bail!(Absent(without.to_owned()));
    }
    println!("Installing {package} with apt-get.");
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", package]);
    // So that no service of it is started: what is needed of it is started here.
    install.env("RUNLEVEL", "1");
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

pub(crate) fn is_root() -> Result<bool> {
    let id = output(Command::new("id").arg("-u"))?;
    Ok(id.trim() == "0")
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

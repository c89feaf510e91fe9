//! What tests need beside Rust, in the build folder: tools that cargo builds, and packages of Python
//! and Node. Each is installed once, in one version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{place, shell};

/// The program of a crate, in this version.
///
/// Built from source into the build folder, once, so that a clean machine needs nothing beside
/// Rust, and so that it is this version wherever it runs. Unoptimised it is there in a third of
/// the time (a minute or two on two cores), and what we ask of it is little.
pub(crate) fn installed(name: &str, version: &str) -> Result<PathBuf> {
    let tools = place::target()?.join("tools");
    let home = tools.join(format!("{name}-{version}"));
    let program = home
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    println!("Building {name} {version}; this is done once and takes a minute or two.");
    let build = tools.join("build");
    shell::run(
        shell::cargo()
            .args(["install", "--quiet", "--locked", name, "--version", version])
            .args(["--debug", "--no-track", "--root"])
            .arg(&home)
            .arg("--target-dir")
            .arg(&build)
            .env("CARGO_PROFILE_DEV_DEBUG", "0"),
    )?;
    fs::remove_dir_all(&build)?;
    Ok(program)
}

/// The Python of an environment of its own that holds what the file asks for.
pub(crate) fn venv(name: &str, wanted: &PathBuf) -> Result<PathBuf> {
    let home = place::target()?.join(name).join("venv");
    let python = home.join("bin").join("python");
    cached(&home, "python3", &[wanted], || {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        shell::run(
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "-r",
                ])
                .arg(wanted),
        )
    })?;
    Ok(python)
}

/// The modules that the lock file in `from` names, in `home`.
pub(crate) fn npm(from: &Path, home: &Path) -> Result<()> {
    let wanted = ["package.json", "package-lock.json", ".npmrc"];
    let files = wanted.map(|name| from.join(name));
    cached(home, "node", &files.each_ref(), || {
        fs::create_dir_all(home)?;
        for name in wanted {
            place::copy(&from.join(name), &home.join(name))?;
        }
        shell::run(
            Command::new("npm")
                .current_dir(home)
                .args(["ci", "--no-audit", "--no-fund"]),
        )
    })
}

/// Installs into `home`, unless the last installation there had the same wishes and the same `program`.
pub(crate) fn cached(
    home: &Path,
    program: &str,
    wishes: &[&PathBuf],
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let mut state = shell::output(Command::new(program).arg("--version"))?;
    for wish in wishes {
        state +=
            &fs::read_to_string(wish).with_context(|| format!("cannot read {}", wish.display()))?;
    }
    let mark = home.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == state) {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    install()?;
    // Last, so that an installation that broke off is not taken for one.
    fs::write(mark, state)?;
    Ok(())
}

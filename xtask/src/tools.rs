//! Tools that cargo builds for us.

use std::path::PathBuf;

use anyhow::Result;

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
    std::fs::remove_dir_all(&build)?;
    Ok(program)
}

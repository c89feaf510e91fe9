//! The step `deny`: `deny.toml`, read by cargo-deny.

use std::process::Command;

use anyhow::Result;

use crate::{place, shell};

/// Moving on is a change to this line; the tool is built anew when it differs from what is there.
const VERSION: &str = "0.20.2";

pub(crate) fn run() -> Result<()> {
    // Built from source into the build folder, once, so that a clean machine needs nothing beside
    // Rust, and so that it is this version wherever it runs. Unoptimised it is there in a third of
    // the time (a minute or two on two cores) and still reads our few crates in a moment.
    let tools = place::target()?.join("tools");
    let home = tools.join(format!("cargo-deny-{VERSION}"));
    let program = home
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        println!("Building cargo-deny {VERSION}; this is done once and takes a minute or two.");
        let build = tools.join("build");
        shell::run(
            shell::cargo()
                .args([
                    "install",
                    "--quiet",
                    "--locked",
                    "cargo-deny",
                    "--version",
                    VERSION,
                ])
                .args(["--debug", "--no-track", "--root"])
                .arg(&home)
                .arg("--target-dir")
                .arg(&build)
                .env("CARGO_PROFILE_DEV_DEBUG", "0"),
        )?;
        std::fs::remove_dir_all(&build)?;
    }
    println!("Not checked: security advisories (they need the network, and change without us).");
    shell::run(
        Command::new(program)
            .current_dir(place::root())
            .args([
                "--locked",
                "--all-features",
                "check",
                "--hide-inclusion-graph",
            ])
            .args(["licenses", "bans", "sources"]),
    )
}

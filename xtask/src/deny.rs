//! The step `deny`: `deny.toml`, read by cargo-deny.

use std::process::Command;

use anyhow::Result;

use crate::{place, shell, tools};

/// Moving on is a change to this line; the tool is built anew when it differs from what is there.
const VERSION: &str = "0.20.2";

pub(crate) fn run() -> Result<()> {
    let program = tools::installed("cargo-deny", VERSION)?;
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

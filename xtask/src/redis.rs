//! The step `redis`: the tests of a limiter that servers share. Each starts the server it needs, and
//! kills it where that is what it tries.

use std::process::Command;

use anyhow::Result;

use crate::postgres::Cluster;
use crate::shell::{self, cargo};

/// Either will do: they differ in nothing that is used here.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

pub(crate) fn run() -> Result<()> {
    let program = program()?;
    let mut tests = cargo();
    // Built as the step `rust` builds them.
    tests.args(["test", "--workspace", "--all-features"]);
    tests.args(["--test", "api", "--test", "cli", "limiter::"]);
    tests.env("REDIS_FOR_TESTS", program);
    shell::run(&mut tests)?;
    // The same in front of a store that counts itself when it is not told otherwise.
    let cluster = Cluster::passing()?;
    shell::run(tests.env("POSTGRES_FOR_TESTS", cluster.address()))
}

fn program() -> Result<&'static str> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    let lacking = "neither Redis nor Valkey is installed: nothing was tried on them";
    shell::install("redis-server", lacking)?;
    shell::need(PROGRAMS[0], lacking)?;
    Ok(PROGRAMS[0])
}

fn installed() -> Option<&'static str> {
    let answers = |program: &&str| {
        let answer = Command::new(program).arg("--version").output();
        answer.is_ok_and(|output| output.status.success())
    };
    PROGRAMS.into_iter().find(answers)
}

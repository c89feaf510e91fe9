//! The step `openapi`: the document is valid, and schemathesis finds no answer that is not as it says.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::place::{self, Scratch};
use crate::server::{Launch, Running};
use crate::shell::{self, need};
use crate::tools::venv;

/// Calls generated per operation, beside its examples and edge cases.
const EXAMPLES: &str = "10";
/// The same calls in every run.
const SEED: &str = "1";
const PATIENCE: Duration = Duration::from_secs(300);
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";
/// Who calls (tests/openapi/world.yaml), and which paths: the method that ends a token has one to lose.
const RUNS: [(&str, [&str; 2]); 2] = [
    (
        "xoxp-openapi-caller",
        ["--exclude-path", "/api/auth.revoke"],
    ),
    ("xoxp-openapi-lost", ["--include-path", "/api/auth.revoke"]),
];

pub(crate) fn run(binary: &Path) -> Result<()> {
    need("python3", "no generated call was made")?;
    let python = venv(
        "openapi",
        &place::root().join("tests/openapi/requirements.txt"),
    )?;
    let scratch = Scratch::new("openapi")?;
    let outcome = generated(binary, &python, &scratch);
    scratch.close(outcome)
}

fn generated(binary: &Path, python: &Path, scratch: &Scratch) -> Result<()> {
    let document = scratch.join("openapi.json");
    let printed = shell::output(Command::new(binary).arg("openapi"))?;
    fs::write(&document, printed)?;
    shell::run(
        Command::new(python)
            .args(["-m", "openapi_spec_validator"])
            .arg(&document),
    )
    .context("the document is not valid")?;

    let launch = Launch {
        binary,
        data: scratch.join("data"),
        log: scratch.join("server.log"),
        rate_limits: "off",
    };
    let world = place::root().join("tests/openapi/world.yaml");
    let server = launch.start(Some(&world))?;
    for (token, paths) in RUNS {
        let mut calls = Command::new(python.with_file_name("schemathesis"));
        // It keeps what it found in the working directory.
        calls
            .current_dir(scratch.join("."))
            .args(["run", &format!("http://{}/openapi.json", server.address)])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing"])
            .args(["--max-examples", EXAMPLES, "--seed", SEED, "--no-color"])
            .args(paths);
        Running::spawn(&mut calls)?
            .finish(PATIENCE)
            .with_context(|| format!("schemathesis, as {token}"))?;
    }
    server.stop()
}

//! The step `fuzz`, and `cargo xtask fuzz`: hostile input made up by libFuzzer.
//!
//! The targets are in `fuzz/`. An input that breaks one is kept in `target/fuzz/artifacts`, what
//! was found to lead somewhere new in `target/fuzz/corpus`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::shell::{self, Absent};
use crate::{place, tools};

/// Moving on is a change to this line; the tool is built anew when it differs from what is there.
const VERSION: &str = "0.13.2";

/// What no input may need: memory in MiB, the time of one in seconds. The time is generous, since
/// machines are slow and busy; what costs more than it should takes minutes.
const LIMITS: [&str; 2] = ["-rss_limit_mb=512", "-timeout=10"];
/// The longest input that is made up, in bytes.
const LONGEST: &str = "-max_len=16384";

/// Let a fuzzer make up hostile input
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What kind of input
    #[arg(value_enum)]
    target: Target,
    /// Only try these files
    files: Vec<PathBuf>,
    /// How long
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "files")]
    minutes: u32,
    /// Further flags for libFuzzer, such as -minimize_crash=1
    #[arg(last = true, value_name = "FLAG")]
    flags: Vec<OsString>,
}

/// The programs in `fuzz/targets`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Target {
    /// Bodies and queries written as forms, packed ones too
    Form,
    /// Multipart bodies
    Multipart,
    /// JSON bodies
    Json,
    /// The header Content-Type
    ContentTypes,
    /// Names of arguments, however they are written
    Names,
    /// Tokens, in the header and as an argument
    Tokens,
    /// Bodies and filters of SCIM
    Scim,
    /// World files
    World,
    /// Slack exports: the archive and what is in it
    Export,
}

impl Target {
    fn name(self) -> String {
        let value = self.to_possible_value().expect("every target has a name");
        value.get_name().to_owned()
    }

    fn dictionary(self) -> &'static str {
        match self {
            Self::Form | Self::Json | Self::Names => "calls.dict",
            Self::Multipart | Self::ContentTypes | Self::Tokens => "headers.dict",
            Self::Scim => "scim.dict",
            Self::World => "world.dict",
            Self::Export => "export.dict",
        }
    }
}

/// Runs one target as long as it is told, or on the files it is given.
pub(crate) fn run(args: &Args) -> Result<()> {
    let fuzz = Fuzz::build(Some(args.target))?;
    let mut command = if args.files.is_empty() {
        fuzz.command(args.target, args.minutes * 60)?
    } else {
        let mut command = fuzz.program(args.target);
        for file in &args.files {
            command.arg(std::path::absolute(file)?);
        }
        command
    };
    shell::run(command.args(&args.flags))
}

/// Runs every target for so many seconds.
pub(crate) fn each(seconds: u32) -> Result<()> {
    let fuzz = Fuzz::build(None)?;
    let mut broken = Vec::new();
    for target in Target::value_variants() {
        if let Err(error) = fuzz.briefly(*target, seconds) {
            println!("error: {error:#}");
            broken.push(target.name());
        }
    }
    ensure!(broken.is_empty(), "broken: {}", broken.join(", "));
    Ok(())
}

/// Built targets.
struct Fuzz {
    programs: PathBuf,
    /// What is kept from one run to the next.
    kept: PathBuf,
}

impl Fuzz {
    /// Builds one target or all. Fails with [`Absent`] where that is not possible at all.
    fn build(target: Option<Target>) -> Result<Fuzz> {
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
        shell::need(&compiler, "libFuzzer is written in C++ and cannot be built")?;
        let cargo_fuzz = tools::installed("cargo-fuzz", VERSION).map_err(|error| {
            Absent::because(format!(
                "cargo-fuzz {VERSION} cannot be installed: {error:#}"
            ))
        })?;
        let host = host()?;
        let kept = place::target()?.join("fuzz");
        let mut build = Command::new(cargo_fuzz);
        build
            .current_dir(place::root())
            .args([
                "build",
                "--fuzz-dir",
                "fuzz",
                "--target",
                &host,
                "--target-dir",
            ])
            .arg(&kept)
            // Our code has no `unsafe`, and what an address sanitizer would find in others' does
            // not pay for half the speed. Overflows and debug assertions are checked.
            .args(["--sanitizer", "none", "--codegen-units", "16"])
            .args(target.map(Target::name))
            // The release profile is made for a fast server. Here it is built for a minute's run.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_STRIP", "none");
        shell::run(&mut build)?;
        Ok(Fuzz {
            programs: kept.join(host).join("release"),
            kept,
        })
    }

    fn program(&self, target: Target) -> Command {
        let name = format!("{}{}", target.name(), std::env::consts::EXE_SUFFIX);
        Command::new(self.programs.join(name))
    }

    fn folder(&self, kind: &str, target: Target) -> Result<PathBuf> {
        let folder = self.kept.join(kind).join(target.name());
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The target on inputs of its own making.
    fn command(&self, target: Target, seconds: u32) -> Result<Command> {
        let corpus = self.folder("corpus", target)?;
        let artifacts = self.folder("artifacts", target)?;
        let fuzz = place::root().join("fuzz");
        if target == Target::World {
            for world in ["sample.yaml", "tests/every_key.yaml"] {
                let file = place::root().join("crates/store/src/world").join(world);
                place::copy(&file, &corpus.join(file.file_name().unwrap_or_default()))?;
            }
        }
        let flag = |name: &str, path: &Path, end: &str| {
            let mut flag = OsString::from(name);
            flag.push(path);
            flag.push(end);
            flag
        };
        let dictionary = fuzz.join("dictionaries").join(target.dictionary());
        let mut command = self.program(target);
        command
            .arg(corpus)
            .arg(fuzz.join("seeds").join(target.name()))
            .arg(flag("-dict=", &dictionary, ""))
            .arg(flag(
                "-artifact_prefix=",
                &artifacts,
                std::path::MAIN_SEPARATOR_STR,
            ))
            .arg(format!("-max_total_time={seconds}"))
            .args([LONGEST, "-print_final_stats=1"])
            .args(LIMITS);
        Ok(command)
    }

    /// The same with one line to say, unless it fails.
    fn briefly(&self, target: Target, seconds: u32) -> Result<()> {
        let name = target.name();
        let output = self
            .command(target, seconds)?
            .output()
            .with_context(|| format!("cannot start the target {name}"))?;
        // libFuzzer writes to stderr only.
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            let count = told
                .lines()
                .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
                .with_context(|| format!("{name} did not say how much it tried"))?;
            println!("{name}: {} inputs held", count.trim());
            return Ok(());
        }
        // Of the lines before it broke only the last are of use.
        let lines: Vec<&str> = told.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        match lines
            .iter()
            .find_map(|line| line.split_once("Test unit written to "))
        {
            Some((_, file)) => bail!(
                "{name} broke ({}); again with: cargo xtask fuzz {name} {file}",
                output.status
            ),
            None => bail!("{name} ended with {}", output.status),
        }
    }
}

/// The platform that the compiler builds for.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = shell::output(Command::new(rustc).arg("-vV").current_dir(place::root()))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say its host")?.to_owned())
}

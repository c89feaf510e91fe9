//! What a language needs to run its client, and its app.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::place;
use crate::shell::{self, need};
use crate::tools::{cached, npm, venv};

/// A language's programs.
pub(super) struct Kit {
    pub(super) name: &'static str,
    /// Makes three calls with the client alone.
    pub(super) invite: Program,
    /// Is the greeter, with Bolt.
    pub(super) greeter: Option<Program>,
}

/// A program and its first arguments.
pub(super) struct Program(Vec<OsString>);

impl Program {
    fn new<Word: Into<OsString>>(words: impl IntoIterator<Item = Word>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }

    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]);
        command
    }
}

/// Installs each, or finds that something is absent.
pub(super) const ALL: [fn() -> Result<Kit>; 7] = [python, node, java, go, rust, own, curl];

fn sources(language: &str) -> PathBuf {
    place::root().join("tests/apps").join(language)
}

fn home(language: &str) -> Result<PathBuf> {
    Ok(place::target()?.join("apps").join(language))
}

fn python() -> Result<Kit> {
    need("python3", "Bolt for Python was not run")?;
    let from = sources("python");
    let python = venv("apps", &from.join("requirements.txt"))?;
    let program = |name| Program::new([python.clone(), from.join(name)]);
    Ok(Kit {
        name: "Python",
        invite: program("invite.py"),
        greeter: Some(program("app.py")),
    })
}

fn node() -> Result<Kit> {
    for program in ["node", "npm"] {
        need(program, "Bolt for JavaScript was not run")?;
    }
    let (from, home) = (sources("js"), home("js")?);
    npm(&from, &home)?;
    // Modules are looked for beside the file.
    let program = |name| -> Result<Program> {
        let there = home.join(name);
        place::copy(&from.join(name), &there)?;
        Ok(Program::new([PathBuf::from("node"), there]))
    };
    Ok(Kit {
        name: "JavaScript",
        invite: program("invite.mjs")?,
        greeter: Some(program("app.mjs")?),
    })
}

fn java() -> Result<Kit> {
    for program in ["java", "javac", "mvn"] {
        need(program, "Bolt for Java was not run")?;
    }
    let (from, home) = (sources("java"), home("java")?);
    let files = [
        "pom.xml",
        "src/main/java/Greeter.java",
        "src/main/java/Invite.java",
    ];
    let wanted = files.map(|name| from.join(name));
    // Not in the folder that is emptied when a line of the app changes.
    let repository = home.with_file_name("maven");
    cached(&home, "mvn", &wanted.each_ref(), || {
        fs::create_dir_all(home.join("src/main/java"))?;
        for name in files {
            place::copy(&from.join(name), &home.join(name))?;
        }
        let mut local = OsString::from("-Dmaven.repo.local=");
        local.push(&repository);
        shell::run(
            Command::new("mvn")
                .current_dir(&home)
                .args(["--quiet", "--batch-mode"])
                .arg(local)
                .args(["compile", "dependency:copy-dependencies"])
                .arg("-DoutputDirectory=jars"),
        )
    })?;
    let mut classes = home.join("target/classes").into_os_string();
    classes.push(if cfg!(windows) { ";" } else { ":" });
    classes.push(home.join("jars/*"));
    let program = |class: &str| {
        let options = [
            "java",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
        ];
        let mut words: Vec<_> = options.map(OsString::from).into();
        words.extend([classes.clone(), class.into()]);
        Program::new(words)
    };
    Ok(Kit {
        name: "Java",
        invite: program("Invite"),
        greeter: Some(program("Greeter")),
    })
}

fn go() -> Result<Kit> {
    shell::need_by("go", "version", "the Go client was not run")?;
    let home = home("go")?;
    let program = home.join(format!("invite{}", std::env::consts::EXE_SUFFIX));
    shell::run(
        Command::new("go")
            .current_dir(sources("go"))
            .args([
                "build",
                "-mod=readonly",
                "-modcacherw",
                "-buildvcs=false",
                "-o",
            ])
            .args([&program, Path::new(".")])
            .env("GOMODCACHE", home.join("modules"))
            .env("GOCACHE", home.join("cache"))
            .env("GOTOOLCHAIN", "local"),
    )?;
    Ok(Kit {
        name: "Go",
        invite: Program::new([program]),
        greeter: None,
    })
}

fn rust() -> Result<Kit> {
    let home = home("rust")?;
    shell::run(
        shell::cargo()
            .args(["build", "--quiet", "--locked", "--manifest-path"])
            .arg(sources("rust").join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&home),
    )?;
    Ok(Kit {
        name: "slack-morphism",
        invite: Program::new([built(&home, "guestlist-morphism")]),
        greeter: None,
    })
}

fn own() -> Result<Kit> {
    shell::run(shell::cargo().args([
        "build",
        "--quiet",
        "--package",
        "guestlist-client",
        "--example",
        "invite",
    ]))?;
    Ok(Kit {
        name: "guestlist-client",
        invite: Program::new([built(&place::target()?, "examples/invite")]),
        greeter: None,
    })
}

fn built(target: &Path, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    target.join("debug").join(name)
}

fn curl() -> Result<Kit> {
    need("curl", "the calls with curl were not made")?;
    Ok(Kit {
        name: "curl",
        invite: Program::new([PathBuf::from("sh"), sources("curl").join("invite.sh")]),
        greeter: None,
    })
}

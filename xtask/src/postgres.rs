//! The step `postgres`: the tests that know a store, once more on PostgreSQL.
//!
//! They run on a cluster that is made for them, of the programs that are installed, and is gone
//! when they are done. Nothing in it survives a crash of the machine, and so it is fast.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{self, Absent, cargo};

/// The oldest release that the store is meant for.
const OLDEST: u32 = 14;
/// Each test has a schema of its own, and connections for as long as it runs.
const SETTINGS: &str = "
listen_addresses = ''
max_connections = 500
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
deadlock_timeout = 100ms
";

pub(crate) fn run() -> Result<()> {
    let cluster = Cluster::start(SETTINGS, None)?;
    for tests in [
        ["--package", "guestlist-store", "--test", "store"].as_slice(),
        &["--package", "guestlist-methods", "--all-features", "--lib"],
        &["--package", "guestlist-server", "--lib", "--test", "api"],
    ] {
        let mut command = cargo();
        command.arg("test").args(tests);
        shell::run(command.env("POSTGRES_FOR_TESTS", cluster.address()))?;
    }
    Ok(())
}

/// A running cluster. It is stopped and removed with this.
pub(crate) struct Cluster {
    programs: PathBuf,
    /// Its socket and its log.
    folder: PathBuf,
    data: PathBuf,
}

impl Cluster {
    /// Starts one with these lines in its settings; its data are in that folder, or where temporary
    /// files are.
    pub(crate) fn start(settings: &str, data: Option<PathBuf>) -> Result<Self> {
        let programs = programs()?;
        // Short, since a socket's path may have a hundred letters; and where another user may go.
        let name = format!("guestlist-postgres-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let cluster = Self {
            programs,
            data: data.unwrap_or_else(|| folder.join("data")),
            folder,
        };
        cluster.make(settings)?;
        Ok(cluster)
    }

    fn make(&self, settings: &str) -> Result<()> {
        for folder in [&self.folder, &self.data] {
            fs::create_dir_all(folder)?;
            if is_root()? {
                shell::run(Command::new("chown").arg("postgres").arg(folder))?;
            }
        }
        let mut initdb = self.program("initdb")?;
        initdb.args(["--auth=trust", "--username=guestlist", "--encoding=UTF8"]);
        initdb
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&self.data);
        shell::run(initdb.stdout(Stdio::null()))?;
        let settings = format!(
            "{settings}unix_socket_directories = '{}'\n",
            self.folder.display()
        );
        let file = self.data.join("postgresql.conf");
        let written = fs::read_to_string(&file)? + &settings;
        fs::write(&file, written)?;
        let mut start = self.program("pg_ctl")?;
        start
            .args(["--wait", "--silent", "--pgdata"])
            .arg(&self.data);
        start.arg("--log").arg(self.folder.join("log")).arg("start");
        shell::run(start.stdout(Stdio::null()))?;
        let mut create = self.program("createdb")?;
        create.arg("--host").arg(&self.folder);
        shell::run(create.args(["--username", "guestlist", "guestlist"]))
    }

    /// Its first process, the parent of all others.
    pub(crate) fn pid(&self) -> Result<u32> {
        let text = fs::read_to_string(self.data.join("postmaster.pid"))?;
        let first = text.lines().next().context("no process is named")?;
        Ok(first.trim().parse()?)
    }

    /// Where a store in it is.
    pub(crate) fn address(&self) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://guestlist@{host}/guestlist")
    }

    /// One of its programs; the database refuses to be run by root.
    fn program(&self, name: &str) -> Result<Command> {
        let program = self.programs.join(name);
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut stop) = self.program("pg_ctl") {
            stop.args(["--mode=immediate", "--silent", "--pgdata"]);
            let _ = stop.arg(&self.data).arg("stop").status();
        }
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn is_root() -> Result<bool> {
    let id = shell::output(Command::new("id").arg("-u"))?;
    Ok(id.trim() == "0")
}

/// The folder with the newest programs; installs them if they are absent and we may.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed()? {
        return Ok(found);
    }
    let lacking = "PostgreSQL is not installed: nothing was tried on it";
    if !is_root()? || shell::need("apt-get", lacking).is_err() {
        bail!(Absent::because(lacking.to_owned()));
    }
    println!("Installing PostgreSQL with apt-get.");
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends", "postgresql"]);
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    installed()?.context("the package has left no programs in /usr/lib/postgresql")
}

fn installed() -> Result<Option<PathBuf>> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    if let Ok(releases) = fs::read_dir("/usr/lib/postgresql") {
        for release in releases {
            let release = release?;
            let number = release.file_name().to_string_lossy().parse();
            found.extend(
                number
                    .ok()
                    .map(|number| (number, release.path().join("bin"))),
            );
        }
    }
    // Elsewhere than on Debian they are in the path.
    if let Ok(folder) = Command::new("pg_config").arg("--bindir").output() {
        let folder = PathBuf::from(String::from_utf8_lossy(&folder.stdout).trim());
        found.extend(release(&folder).map(|number| (number, folder)));
    }
    found.retain(|(_, folder)| folder.join("initdb").is_file());
    let newest = found.into_iter().max();
    if let Some((number, folder)) = &newest {
        ensure!(
            *number >= OLDEST,
            "{} is PostgreSQL {number}; {OLDEST} or newer is needed",
            folder.display()
        );
    }
    Ok(newest.map(|(_, folder)| folder))
}

/// The release of the programs in a folder, as in `initdb (PostgreSQL) 15.18 (Debian …)`.
fn release(folder: &Path) -> Option<u32> {
    let said = Command::new(folder.join("initdb"))
        .arg("--version")
        .output();
    let said = String::from_utf8(said.ok()?.stdout).ok()?;
    let version = said.split(')').nth(1)?.trim();
    version
        .split(['.', ' ', 'd', 'r', 'b'])
        .next()?
        .parse()
        .ok()
}

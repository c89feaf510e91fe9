//! The step `postgres`: the tests that know a store, once more on PostgreSQL.
//!
//! They run on a cluster that is made for them, of the programs that are installed, and is gone
//! when they are done. Nothing in it survives a crash of the machine, and so it is fast.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::place;
use crate::shell::{self, cargo, is_root};

/// The oldest release that the store is meant for.
const OLDEST: u32 = 14;
/// By the socket whoever is on this machine is let in, by the network only with TLS.
const ACCESS: &str = "
local all all trust
hostssl all all 127.0.0.1/32 trust
";
/// Each of the capabilities that a database may be without.
const LACKING: &str = "advisory_locks,planner_settings,unlogged_tables";
/// Each test has a schema of its own, and connections for as long as it runs.
const SETTINGS: &str = "
max_connections = 1000
fsync = off
full_page_writes = off
autovacuum = off
deadlock_timeout = 100ms
";

pub(crate) fn run() -> Result<()> {
    let cluster = Cluster::passing()?;
    let test = |tests: &[&str]| {
        let mut command = cargo();
        // Built as the step `rust` builds them.
        command.args(["test", "--workspace", "--all-features"]);
        command.args(tests);
        command.env("POSTGRES_FOR_TESTS", cluster.address());
        command.env("POSTGRES_TLS_FOR_TESTS", cluster.encrypted());
        command
    };
    shell::run(&mut test(&["--lib", "--test", "store", "--test", "api"]))?;
    println!("The store's once more, without what databases like PostgreSQL lack.");
    let lacking = format!("{}?without={LACKING}", cluster.address());
    shell::run(test(&["--test", "store"]).env("POSTGRES_FOR_TESTS", lacking))?;
    println!("The API's once more, each server two nodes behind a balancer.");
    shell::run(test(&["--test", "api"]).env("TWO_NODES_FOR_TESTS", "1"))
}

/// A running cluster. It is stopped and removed with this.
pub(crate) struct Cluster {
    programs: PathBuf,
    /// Its socket and its log.
    folder: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Cluster {
    /// One that is as fast as can be: for tests that do not kill it.
    pub(crate) fn passing() -> Result<Self> {
        Self::start(&format!("{SETTINGS}synchronous_commit = off\n"), None)
    }

    /// One that forgets nothing when its processes are killed.
    pub(crate) fn lasting() -> Result<Self> {
        Self::start(&format!("{SETTINGS}synchronous_commit = on\n"), None)
    }

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
            port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
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
        self.write("pg_hba.conf", ACCESS)?;
        // The certificate of all tests, for `localhost` and 127.0.0.1.
        let certs = place::root().join("crates/client/tests/client/certs");
        for file in ["server.pem", "server.key"] {
            self.write(file, &fs::read_to_string(certs.join(file))?)?;
        }
        let written = fs::read_to_string(self.data.join("postgresql.conf"))?;
        let (folder, port) = (self.folder.display(), self.port);
        let settings = format!(
            "{written}{settings}unix_socket_directories = '{folder}'\nlisten_addresses = '127.0.0.1'\nport = {port}\n\
             ssl = on\nssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n"
        );
        self.write("postgresql.conf", &settings)?;
        shell::run(
            self.control("start")?
                .arg("--log")
                .arg(self.folder.join("log")),
        )?;
        let mut create = self.program("createdb")?;
        create.arg("--host").arg(&self.folder);
        create.args(["--port", &self.port.to_string()]);
        shell::run(create.args(["--username", "guestlist", "guestlist"]))
    }

    /// Stops it and starts it again, in a mode that `pg_ctl` knows: `fast` ends every session,
    /// `immediate` kills them and leaves the rest to the recovery at the start.
    pub(crate) fn restart(&self, mode: &str) -> Result<()> {
        let mut stop = self.control("stop")?;
        shell::output(stop.args(["--mode", mode]))?;
        let mut start = self.control("start")?;
        shell::output(start.arg("--log").arg(self.folder.join("log")))?;
        Ok(())
    }

    fn control(&self, deed: &str) -> Result<Command> {
        let mut control = self.program("pg_ctl")?;
        control.args([deed, "--wait", "--silent", "--pgdata"]);
        control.arg(&self.data).stdout(Stdio::null());
        Ok(control)
    }

    /// The socket that it listens on.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{}", self.port))
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
        format!("postgres://guestlist@{host}:{}/guestlist", self.port)
    }

    /// The same by the network, where `sslmode` has to be `verify-full`.
    fn encrypted(&self) -> String {
        format!("postgres://guestlist@127.0.0.1:{}/guestlist", self.port)
    }

    /// Writes a file among its data, for itself alone.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.data.join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        if is_root()? {
            shell::run(Command::new("chown").arg("postgres").arg(&file))?;
        }
        Ok(())
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

/// The folder with the newest programs; installs them if they are absent and we may.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed()? {
        return Ok(found);
    }
    let lacking = "PostgreSQL is not installed: nothing was tried on it";
    shell::install("postgresql", lacking)?;
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

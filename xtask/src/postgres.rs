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
/// Each test has a schema of its own, and connections for as long as it runs.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
ssl = on
max_connections = 500
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
deadlock_timeout = 100ms
";

pub(crate) fn run() -> Result<()> {
    let cluster = Cluster::start()?;
    for tests in [
        ["--package", "guestlist-store", "--test", "store"].as_slice(),
        &["--package", "guestlist-methods", "--all-features", "--lib"],
        &["--package", "guestlist-server", "--lib", "--test", "api"],
    ] {
        let mut command = cargo();
        command.arg("test").args(tests);
        command.env("POSTGRES_FOR_TESTS", cluster.address());
        command.env("POSTGRES_TLS_FOR_TESTS", cluster.encrypted());
        shell::run(&mut command)?;
    }
    Ok(())
}

/// A running cluster. It is stopped and removed with this.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        // Short, since a socket's path may have a hundred letters; and where another user may go.
        let name = format!("guestlist-postgres-{}", std::process::id());
        let cluster = Self {
            programs,
            folder: std::env::temp_dir().join(name),
            port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
        };
        cluster.make()?;
        Ok(cluster)
    }

    fn make(&self) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        if is_root()? {
            shell::run(Command::new("chown").arg("postgres").arg(&self.folder))?;
        }
        let data = self.data();
        let mut initdb = self.program("initdb")?;
        initdb.args(["--auth=trust", "--username=guestlist", "--encoding=UTF8"]);
        initdb
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data);
        shell::run(initdb.stdout(Stdio::null()))?;
        self.write("pg_hba.conf", ACCESS)?;
        // The certificate of all tests, for `localhost` and 127.0.0.1.
        let certs = place::root().join("crates/client/tests/client/certs");
        for file in ["server.pem", "server.key"] {
            self.write(file, &fs::read_to_string(certs.join(file))?)?;
        }
        let settings = fs::read_to_string(data.join("postgresql.conf"))?;
        let (folder, port) = (self.folder.display(), self.port);
        let settings = format!(
            "{settings}{SETTINGS}unix_socket_directories = '{folder}'\nport = {port}\n\
             ssl_cert_file = 'server.pem'\nssl_key_file = 'server.key'\n"
        );
        self.write("postgresql.conf", &settings)?;
        let mut start = self.program("pg_ctl")?;
        start.args(["--wait", "--silent", "--pgdata"]).arg(&data);
        start.arg("--log").arg(self.folder.join("log")).arg("start");
        shell::run(&mut start)?;
        let mut create = self.program("createdb")?;
        create.arg("--host").arg(&self.folder);
        create.args(["--port", &self.port.to_string()]);
        shell::run(create.args(["--username", "guestlist", "guestlist"]))
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
        let file = self.data().join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        if is_root()? {
            shell::run(Command::new("chown").arg("postgres").arg(&file))?;
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
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
            let _ = stop.arg(self.data()).arg("stop").status();
        }
        let _ = fs::remove_dir_all(&self.folder);
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

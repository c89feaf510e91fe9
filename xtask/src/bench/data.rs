//! Where measured servers keep their world: a directory; with `--store` a schema of a database.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::runtime::Runtime;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};

use super::process::{Server, Target, command, finish};
use super::report::thousands;
use super::world::World;
use super::{Bench, WorkDir};
use crate::postgres::Cluster;

/// Durable, as it is installed otherwise. Named here, lest a package's defaults decide.
const SETTINGS: &str = "
max_connections = 300
fsync = on
synchronous_commit = on
";

/// A world that servers can be started on.
pub(crate) struct Data {
    /// The directory of the store or, if that is elsewhere, of a node's own files.
    pub(crate) path: PathBuf,
    /// The schema it is in, and its address.
    schema: Option<(String, String)>,
}

impl Data {
    /// In a directory, whatever `--store` says.
    pub(crate) fn embedded(path: PathBuf) -> Self {
        Self { path, schema: None }
    }

    /// The same world for another node, which has files of its own.
    pub(crate) fn another(&self) -> Self {
        Self {
            path: self.path.with_extension("another"),
            schema: self.schema.clone(),
        }
    }
}

/// The database of `--store`.
pub(crate) struct Database {
    address: String,
    config: Config,
    /// Started for this run, if no address was given.
    cluster: Option<Cluster>,
}

impl Database {
    /// `postgres` starts a cluster on the disk of `place`; anything else is an address.
    pub(crate) fn open(given: &str, place: &WorkDir, runtime: &Runtime) -> Result<Self> {
        let cluster = (given == "postgres")
            .then(|| Cluster::start(SETTINGS, Some(place.0.join("cluster"))))
            .transpose()?;
        let address = cluster
            .as_ref()
            .map_or_else(|| given.to_owned(), Cluster::address);
        let database = Self {
            config: config(&address)?,
            address,
            cluster,
        };
        runtime.block_on(database.connect())?;
        Ok(database)
    }

    /// A connection, carried by the runtime it is made on.
    pub(crate) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(|error| {
            let told = error.as_db_error().map(ToString::to_string);
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let why = told.or(cause).unwrap_or_else(|| error.to_string());
            anyhow!("--store: the database cannot be reached: {why}")
        })?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Its first process, if it is this run's own.
    pub(crate) fn pid(&self) -> Result<Option<u32>> {
        self.cluster.as_ref().map(Cluster::pid).transpose()
    }

    /// The name of a schema that nobody has, and the address of a store in it.
    pub(crate) async fn vacant(&self, name: &str) -> Result<(String, String)> {
        let schema = format!("guestlist_bench_{}", name.replace('-', "_"));
        let there = "select 1 from pg_namespace where nspname = $1";
        let there = self.connect().await?.query_opt(there, &[&schema]).await?;
        ensure!(
            there.is_none(),
            "--store: the database has a schema {schema} already, of another run or of one that was \
             interrupted; if nobody needs it: drop schema {schema} cascade"
        );
        let joint = if self.address.contains('?') { '&' } else { '?' };
        let address = format!("{}{joint}schema={schema}", self.address);
        Ok((schema, address))
    }

    pub(crate) async fn drop_schema(&self, schema: &str) -> Result<()> {
        let drop = format!("drop schema if exists {schema} cascade");
        Ok(self.connect().await?.batch_execute(&drop).await?)
    }
}

fn config(address: &str) -> Result<Config> {
    ensure!(
        address.starts_with("postgres://") || address.starts_with("postgresql://"),
        "--store is `postgres`, or postgres://user:password@host:port/database"
    );
    ensure!(
        !address.contains("schema="),
        "--store: the address names a schema, but every section makes one of its own"
    );
    // The driver's complaint may quote a password.
    let config: Config = address
        .parse()
        .map_err(|_| anyhow!("--store is no address of a PostgreSQL database"))?;
    let here = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    };
    if config.get_ssl_mode() != SslMode::Disable && !config.get_hosts().iter().all(here) {
        bail!(
            "--store: the benchmark speaks to the database without encryption; if that will do on \
             the way there, add sslmode=disable"
        );
    }
    Ok(config)
}

impl Bench {
    /// A store that holds `world`.
    pub(crate) fn import(&mut self, name: &str, world: &World) -> Result<Data> {
        let file = self.dir.join(format!("{name}.json"));
        world.write(&file)?;
        let vacant = |database: &Database| self.runtime.block_on(database.vacant(name));
        let schema = self.database.as_ref().map(vacant).transpose()?;
        let data = Data {
            path: self.dir.join(name),
            schema,
        };
        let mut import = self.on(&data, &["world", "import"]);
        import.arg(&file);
        let took = finish(import, &self.dir.join("import.log"))?.as_secs_f64();
        let channels: u32 = world.channels.iter().map(|group| group.span.count).sum();
        let members: u64 = world
            .channels
            .iter()
            .map(|group| u64::from(group.span.count) * u64::from(group.members + 2))
            .sum();
        self.note(format!(
            "Import of {} users, {} channels, {} memberships: {took:.2} s.",
            thousands(f64::from(world.users)),
            thousands(f64::from(channels)),
            thousands(members as f64),
        ));
        fs::remove_file(file)?;
        Ok(data)
    }

    pub(crate) fn serve(&self, data: &Data, more: &[&str]) -> Result<Server> {
        let mut serve = self.on(data, &["serve"]);
        serve
            .args(["--listen", "127.0.0.1:0"])
            // Calls are counted and none is refused.
            .args(["--rate-limits", "1000000"])
            .args(more);
        Server::start(serve, self.dir.join("serve.log"))
    }

    /// A command of the measured program on a world.
    fn on(&self, data: &Data, words: &[&str]) -> std::process::Command {
        let mut guestlist = command(&self.guestlist, &self.dir);
        guestlist.args(words).arg("--data").arg(&data.path);
        // Not on the command line, which everybody can list: there may be a password in it.
        let address = data.schema.as_ref().map(|(_, address)| address);
        guestlist.envs(address.map(|address| ("GUESTLIST_STORE", address)));
        guestlist
    }

    /// What is measured when these servers are.
    pub(crate) fn target(&self, servers: &[&Server]) -> Result<Target> {
        let database = self.database.as_ref();
        Ok(Target {
            addrs: servers.iter().map(|server| server.addr).collect(),
            servers: servers.iter().map(|server| server.pid()).collect(),
            database: database.map(Database::pid).transpose()?.flatten(),
        })
    }

    pub(crate) fn discard(&self, data: &Data) -> Result<()> {
        if let (Some(database), Some((schema, _))) = (&self.database, &data.schema) {
            self.runtime.block_on(database.drop_schema(schema))?;
        }
        for path in [&data.path, &data.another().path] {
            remove(path)?;
        }
        Ok(())
    }
}

fn remove(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::config;

    #[test]
    fn addresses_are_read_and_refused_in_words() {
        assert!(config("postgres://guestlist@localhost/guestlist").is_ok());
        assert!(config("postgres://guestlist@%2Ftmp%2Fsocket/guestlist").is_ok());
        assert!(config("postgres://guestlist@db.example.com/guestlist?sslmode=disable").is_ok());
        for (address, told) in [
            ("guestlist.db", "--store is `postgres`"),
            ("postgres://a@localhost/b?schema=c", "names a schema"),
            ("postgres://a:secret@localhost:port/b", "is no address"),
            ("postgres://a@db.example.com/b", "without encryption"),
        ] {
            let error = config(address).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

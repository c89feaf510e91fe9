//! A data directory with a world in it, and ways to write into its store.

use guestlist_domain::{Actor, Change, Facts, Key, Moment, Plan, Seed, Stop, TeamId};
use guestlist_store::{
    Clock, Decide, Directory, Failure, Loaded, Postgres, Store, StoreError, load_into, testing,
    world,
};
use std::{fs, path::Path, str::FromStr, sync::Arc};
use tempfile::TempDir;

/// Reads an id, as in `id::<UserId>("U0ADA")`.
pub(crate) fn id<T: FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no id of the kind"))
}

/// The rows of a world file.
pub(crate) fn seed(yaml: &str) -> Seed {
    let now = Clock::default().now();
    let mut drawn = 6;
    let mut draw = || {
        drawn += 1;
        [drawn; 24]
    };
    let loaded = world::read("world.yaml", yaml, now, &mut draw);
    loaded.unwrap_or_else(|problems| panic!("{problems}")).seed
}

/// A data directory that goes when this does.
/// The second is where the store is, if not in it.
pub(crate) struct Home(TempDir, Option<Postgres>);

impl Home {
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap(), testing::elsewhere())
    }

    /// With the store in it, whatever database the tests run on: for what holds of its files.
    pub(crate) fn embedded() -> Self {
        Self(TempDir::new().unwrap(), None)
    }

    /// With the store there.
    pub(crate) fn at(store: Postgres) -> Self {
        Self(TempDir::new().unwrap(), Some(store))
    }

    /// With the sample world.
    pub(crate) fn sample() -> Self {
        Self::empty().with_sample()
    }

    /// The same with the store in it.
    pub(crate) fn embedded_sample() -> Self {
        Self::embedded().with_sample()
    }

    fn with_sample(self) -> Self {
        let sample = self.load(&seed(world::SAMPLE), "sample");
        assert_eq!(sample.unwrap(), Loaded::Now);
        self
    }

    /// It as a place.
    pub(crate) fn place(&self) -> guestlist_store::Place {
        guestlist_store::Place::Directory(self.path().to_owned())
    }

    /// Whether the store is not in it.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.1.is_some()
    }

    /// Where it is then.
    pub(crate) fn elsewhere(&self) -> Postgres {
        self.1.clone().unwrap()
    }

    /// With these files instead of a store that was ever open here.
    pub(crate) fn with_files(database: &[u8], wal: &[u8]) -> Self {
        let home = Self::embedded();
        fs::write(home.database(), database).unwrap();
        fs::write(home.wal(), wal).unwrap();
        home
    }

    /// What a kill would leave: on PostgreSQL all that was committed, which another node may
    /// serve, else the files as they are now. The database first: its pages may be
    /// older than the WAL's, never newer.
    pub(crate) fn killed(&self) -> Self {
        if self.1.is_some() {
            return Self(TempDir::new().unwrap(), self.1.clone());
        }
        let database = fs::read(self.database()).unwrap();
        Self::with_files(&database, &fs::read(self.wal()).unwrap_or_default())
    }

    pub(crate) fn load(&self, seed: &Seed, origin: &str) -> Result<Loaded, StoreError> {
        load_into(&self.hold(), seed, origin, &mut |_, _| {})
    }

    /// Takes hold of it. A program that another test is about to start has every open file of this process for
    /// a moment, a lock that was just let go among them.
    #[expect(
        clippy::disallowed_methods,
        reason = "nothing tells when another process has let go of a lock"
    )]
    pub(crate) fn hold(&self) -> Directory {
        let mut tries = 0;
        let directory = loop {
            match Directory::hold(self.path()) {
                Err(StoreError::Held { .. }) if tries < 100 => {
                    tries += 1;
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                held => break held.unwrap(),
            }
        };
        directory.with_store(self.1.clone())
    }

    pub(crate) fn open(&self) -> Store {
        self.open_by(Clock::default())
    }

    pub(crate) fn open_by(&self, clock: Clock) -> Store {
        Store::open(self.hold(), clock).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn database(&self) -> std::path::PathBuf {
        self.path().join("guestlist.db")
    }

    pub(crate) fn wal(&self) -> std::path::PathBuf {
        self.path().join("guestlist.db-wal")
    }

    /// The database without the store, while the store is closed.
    pub(crate) fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }
}

pub(crate) type Decision<T> = Result<Plan<T>, Stop<&'static str>>;
type Decides<T> = dyn Fn(&Facts, &mut Moment) -> Decision<T> + Send + Sync;

/// A rule made on the spot.
pub(crate) struct Rule<T> {
    team: TeamId,
    needs: Box<dyn Fn() -> Vec<Key> + Send + Sync>,
    decide: Box<Decides<T>>,
}

impl<T> Rule<T> {
    pub(crate) fn new(
        decide: impl Fn(&Facts, &mut Moment) -> Decision<T> + Send + Sync + 'static,
    ) -> Self {
        Self::needing(Vec::new, decide)
    }

    pub(crate) fn needing(
        needs: impl Fn() -> Vec<Key> + Send + Sync + 'static,
        decide: impl Fn(&Facts, &mut Moment) -> Decision<T> + Send + Sync + 'static,
    ) -> Self {
        Self {
            team: id("T0ACME"),
            needs: Box::new(needs),
            decide: Box::new(decide),
        }
    }

    /// The same, asked in another workspace.
    pub(crate) fn of(self, team: TeamId) -> Self {
        Self { team, ..self }
    }
}

impl<T: Send + 'static> Rule<T> {
    pub(crate) async fn ask(self, store: &Store) -> Result<T, Failure<&'static str>> {
        store.write(Arc::new(self)).await
    }
}

impl<T: Send + 'static> Decide for Rule<T> {
    type Outcome = T;
    type Refusal = &'static str;

    fn actor(&self) -> Actor {
        Actor {
            team: self.team,
            user: Some(id("U0ADA")),
            app: None,
        }
    }

    fn needs(&self) -> Vec<Key> {
        (self.needs)()
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Decision<T> {
        (self.decide)(facts, moment)
    }
}

/// Changes without asking anything; returns what was done.
pub(crate) async fn change(
    store: &Store,
    changes: impl Fn(&mut Moment) -> Vec<Change> + Send + Sync + 'static,
) -> Vec<Change> {
    try_change(store, changes).await.unwrap()
}

pub(crate) async fn try_change(
    store: &Store,
    changes: impl Fn(&mut Moment) -> Vec<Change> + Send + Sync + 'static,
) -> Result<Vec<Change>, Failure<&'static str>> {
    let plan = move |_: &Facts, moment: &mut Moment| {
        let changes = changes(moment);
        Ok(Plan {
            outcome: changes.clone(),
            changes,
        })
    };
    Rule::new(plan).ask(store).await
}

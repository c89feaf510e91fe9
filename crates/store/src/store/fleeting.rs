//! What lives for minutes or hours and no journal tells of: what people have under way with apps. The server of a
//! store that nobody shares has it in its memory; nodes on one database have it there
//! (`docs/adr/0054-what-is-under-way-is-no-history.md`).

use super::Store;
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{TeamId, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Something that lives until a time of the world's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleeting {
    /// What it is known by; no other has it.
    pub name: String,
    /// Whose it is, for whoever wants all that somebody has.
    pub owner: String,
    /// The workspace it goes with.
    pub team: TeamId,
    /// From then on it is not there.
    pub until: Timestamp,
    /// What there is to know of it.
    pub doc: String,
    /// How often it was changed.
    version: i64,
}

impl Fleeting {
    /// Something new.
    pub fn new(
        name: String,
        (owner, team): (String, TeamId),
        until: Timestamp,
        doc: String,
    ) -> Self {
        Self {
            name,
            owner,
            team,
            until,
            doc,
            version: 0,
        }
    }
}

/// The most that is kept; beyond that what is there the longest goes. In a world whose clock stands nothing ever ends.
const MOST: usize = 20_000;
/// A database is looked through for more once in so many that a node keeps.
const SWEEP: u32 = 1_000;

/// Of a store that nobody shares, in memory; of one that is, how many this node has kept.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Shelf>, AtomicU32);

/// In memory: by name, and what is looked for otherwise.
#[derive(Default)]
struct Shelf {
    all: HashMap<String, (u64, Fleeting)>,
    by_end: BTreeSet<(Timestamp, String)>,
    by_owner: BTreeSet<(String, String)>,
    by_age: BTreeMap<u64, String>,
    /// How many there ever were.
    count: u64,
}

impl Shelf {
    fn put(&mut self, new: Fleeting) {
        let Fleeting { name, owner, .. } = &new;
        self.count += 1;
        self.by_end.insert((new.until, name.clone()));
        self.by_owner.insert((owner.clone(), name.clone()));
        self.by_age.insert(self.count, name.clone());
        self.all.insert(name.clone(), (self.count, new));
    }

    fn take(&mut self, name: &str) {
        if let Some((number, gone)) = self.all.remove(name) {
            self.by_end.remove(&(gone.until, gone.name.clone()));
            self.by_owner.remove(&(gone.owner, gone.name));
            self.by_age.remove(&number);
        }
    }
}

impl Kept {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps something new, and forgets what is over and what is too much.
    fn keep(&self, new: Fleeting, now: Timestamp) -> bool {
        let mut shelf = self.shelf();
        while let Some((until, name)) = shelf.by_end.first().cloned()
            && until <= now
        {
            shelf.take(&name);
        }
        if shelf.all.contains_key(&new.name) {
            return false;
        }
        shelf.put(new);
        while shelf.all.len() > MOST
            && let Some(oldest) = shelf.by_age.first_key_value().map(|(_, name)| name.clone())
        {
            shelf.take(&oldest);
        }
        true
    }

    fn find(&self, name: &str, now: Timestamp) -> Option<Fleeting> {
        let found = self.shelf().all.get(name).map(|(_, one)| one.clone());
        found.filter(|one| one.until > now)
    }

    fn of(&self, owner: &str, beginning: &str, now: Timestamp) -> Vec<Fleeting> {
        let shelf = self.shelf();
        let from = (owner.to_owned(), beginning.to_owned());
        let names = shelf.by_owner.range(from..);
        names
            .take_while(|(whose, name)| whose == owner && name.starts_with(beginning))
            .filter_map(|(_, name)| shelf.all.get(name))
            .map(|(_, one)| one)
            .filter(|one| one.until > now)
            .cloned()
            .collect()
    }

    fn replace(&self, was: &Fleeting, next: Option<(String, Timestamp)>) -> bool {
        let mut shelf = self.shelf();
        let found = shelf.all.get(&was.name);
        if found.is_none_or(|(_, found)| found.version != was.version) {
            return false;
        }
        let Some((doc, until)) = next else {
            shelf.take(&was.name);
            return true;
        };
        if let Some((_, found)) = shelf.all.get_mut(&was.name) {
            let ended = (found.until, was.name.clone());
            (found.doc, found.until) = (doc, until);
            found.version += 1;
            shelf.by_end.remove(&ended);
            shelf.by_end.insert((until, ended.1));
        }
        true
    }

    fn forget_teams(&self, teams: &[TeamId]) {
        let mut shelf = self.shelf();
        let all = shelf.all.values();
        let gone = all.filter(|(_, one)| teams.contains(&one.team));
        let gone: Vec<_> = gone.map(|(_, one)| one.name.clone()).collect();
        for name in gone {
            shelf.take(&name);
        }
    }

    /// Whether it is time to look for what is too much in a database.
    fn is_due(&self) -> bool {
        self.1.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1
    }
}

impl Store {
    /// Keeps something new. `false` when something of its name is there.
    pub async fn keep_fleeting(&self, new: Fleeting) -> Result<bool, StoreError> {
        let now = self.clock().now();
        match self.is_shared() {
            true => {
                let is_due = self.0.fleeting.is_due();
                let write = |db: &Connection| {
                    if is_due {
                        sweep(db)?;
                    }
                    keep(db, &new, now)
                };
                self.0.write_apart(write).await
            }
            false => Ok(self.0.fleeting.keep(new, now)),
        }
    }

    /// What is known by a name.
    pub async fn fleeting(&self, name: &str) -> Result<Option<Fleeting>, StoreError> {
        let now = self.clock().now();
        match self.is_shared() {
            // No name has what a database cannot look for.
            true if name.contains('\0') => Ok(None),
            true => self.0.write_apart(|db| find(db, name, now)).await,
            false => Ok(self.0.fleeting.find(name, now)),
        }
    }

    /// All that somebody has whose name begins so, by name.
    pub async fn fleeting_of(
        &self,
        owner: &str,
        beginning: &str,
    ) -> Result<Vec<Fleeting>, StoreError> {
        let now = self.clock().now();
        if !self.is_shared() {
            return Ok(self.0.fleeting.of(owner, beginning, now));
        }
        let mut found = self.0.write_apart(|db| of(db, owner, now)).await?;
        found.retain(|one| one.name.starts_with(beginning));
        Ok(found)
    }

    /// Forgets what goes with workspaces that are gone.
    pub async fn forget_fleeting(&self, workspaces: &[TeamId]) -> Result<(), StoreError> {
        if !self.is_shared() {
            self.0.fleeting.forget_teams(workspaces);
            return Ok(());
        }
        let write = |db: &Connection| {
            for team in workspaces {
                db.prepare_cached("delete from fleeting where team = ?1")?
                    .execute(params![team.key()])?;
            }
            Ok(())
        };
        self.0.write_apart(write).await
    }

    /// Gives something that was found other contents and perhaps a longer life, or takes it away (`None`).
    /// `false` when it has changed since, or is gone.
    pub async fn replace_fleeting(
        &self,
        was: &Fleeting,
        next: Option<(String, Timestamp)>,
    ) -> Result<bool, StoreError> {
        if !self.is_shared() {
            return Ok(self.0.fleeting.replace(was, next));
        }
        let write = |db: &Connection| match &next {
            Some((doc, until)) => replace(db, was, doc, *until),
            None => forget(db, was),
        };
        self.0.write_apart(write).await
    }
}

fn keep(db: &Connection, new: &Fleeting, now: Timestamp) -> Result<bool, StoreError> {
    db.prepare_cached("delete from fleeting where until <= ?1")?
        .execute(params![now.0])?;
    let kept: Option<i64> = db
        .prepare_cached(
            "insert into fleeting (name, owner, team, version, until, doc)
             values (?1, ?2, ?3, 0, ?4, ?5) on conflict do nothing returning version",
        )?
        .query_row(
            params![new.name, new.owner, new.team.key(), new.until.0, new.doc],
            |row| row.get(0),
        )
        .optional()?;
    Ok(kept.is_some())
}

/// Of more than there may be those go that are there the longest.
fn sweep(db: &Connection) -> Result<(), StoreError> {
    db.prepare_cached(
        "delete from fleeting where number <=
         (select number from fleeting order by number desc limit 1 offset ?1)",
    )?
    .execute(params![MOST as i64])?;
    Ok(())
}

fn find(db: &Connection, name: &str, now: Timestamp) -> Result<Option<Fleeting>, StoreError> {
    let found = db
        .prepare_cached(
            "select name, owner, team, version, until, doc from fleeting where name = ?1 and until > ?2",
        )?
        .query_row(params![name, now.0], |row| {
            Ok(Fleeting {
                name: row.get(0)?,
                owner: row.get(1)?,
                team: TeamId::from_key(row.get(2)?),
                version: row.get(3)?,
                until: Timestamp(row.get(4)?),
                doc: row.get(5)?,
            })
        });
    Ok(found.optional()?)
}

fn of(db: &Connection, owner: &str, now: Timestamp) -> Result<Vec<Fleeting>, StoreError> {
    let mut select = db.prepare_cached(
        "select name, team, version, until, doc from fleeting where owner = ?1 and until > ?2 order by name",
    )?;
    let mut rows = select.query(params![owner, now.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Fleeting {
            name: row.get(0)?,
            owner: owner.to_owned(),
            team: TeamId::from_key(row.get(1)?),
            version: row.get(2)?,
            until: Timestamp(row.get(3)?),
            doc: row.get(4)?,
        });
    }
    Ok(found)
}

fn replace(
    db: &Connection,
    was: &Fleeting,
    doc: &str,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let replaced: Option<i64> = db
        .prepare_cached(
            "update fleeting set doc = ?3, until = ?4, version = version + 1
             where name = ?1 and version = ?2 returning version",
        )?
        .query_row(params![was.name, was.version, doc, until.0], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(replaced.is_some())
}

fn forget(db: &Connection, was: &Fleeting) -> Result<bool, StoreError> {
    let gone: Option<i64> = db
        .prepare_cached("delete from fleeting where name = ?1 and version = ?2 returning version")?
        .query_row(params![was.name, was.version], |row| row.get(0))
        .optional()?;
    Ok(gone.is_some())
}

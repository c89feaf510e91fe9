//! What lives for minutes or hours and no journal tells of: what people have under way with apps. The server of a
//! store that nobody shares has it in its memory; nodes on one database have it there
//! (`docs/adr/0054-what-is-under-way-is-no-history.md`).

use super::Store;
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Something that lives until a time of the world's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleeting {
    /// What it is known by; no other has it.
    pub name: String,
    /// Whose it is, for whoever wants all that somebody has.
    pub owner: String,
    /// From then on it is not there.
    pub until: Timestamp,
    /// What there is to know of it.
    pub doc: String,
    /// How often it was changed.
    version: i64,
}

impl Fleeting {
    /// Something new.
    pub fn new(name: String, owner: String, until: Timestamp, doc: String) -> Self {
        Self {
            name,
            owner,
            until,
            doc,
            version: 0,
        }
    }
}

/// Of a store that nobody shares, in memory.
#[derive(Default)]
pub(crate) struct Kept(Mutex<BTreeMap<String, Fleeting>>);

impl Kept {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Fleeting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps something new, and forgets what is over.
    fn keep(&self, new: Fleeting, now: Timestamp) -> bool {
        let mut all = self.all();
        all.retain(|_, one| one.until > now);
        let is_new = !all.contains_key(&new.name);
        all.entry(new.name.clone()).or_insert(new);
        is_new
    }

    fn find(&self, name: &str, now: Timestamp) -> Option<Fleeting> {
        let found = self.all().get(name).cloned();
        found.filter(|one| one.until > now)
    }

    fn of(&self, owner: &str, now: Timestamp) -> Vec<Fleeting> {
        let all = self.all();
        let theirs = all.values().filter(|one| one.owner == owner);
        theirs.filter(|one| one.until > now).cloned().collect()
    }

    fn replace(&self, was: &Fleeting, next: Option<(String, Timestamp)>) -> bool {
        let mut all = self.all();
        let found = all.get_mut(&was.name);
        let Some(found) = found.filter(|found| found.version == was.version) else {
            return false;
        };
        match next {
            Some((doc, until)) => {
                (found.doc, found.until) = (doc, until);
                found.version += 1;
            }
            None => {
                all.remove(&was.name);
            }
        }
        true
    }
}

impl Store {
    /// Keeps something new. `false` when something of its name is there.
    pub async fn keep_fleeting(&self, new: Fleeting) -> Result<bool, StoreError> {
        let now = self.clock().now();
        match self.is_shared() {
            true => self.0.write_apart(|db| keep(db, &new, now)).await,
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
        let mut found = match self.is_shared() {
            true => self.0.write_apart(|db| of(db, owner, now)).await?,
            false => self.0.fleeting.of(owner, now),
        };
        found.retain(|one| one.name.starts_with(beginning));
        Ok(found)
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
            "insert into fleeting (name, owner, version, until, doc) values (?1, ?2, 0, ?3, ?4)
             on conflict do nothing returning version",
        )?
        .query_row(params![new.name, new.owner, new.until.0, new.doc], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(kept.is_some())
}

fn find(db: &Connection, name: &str, now: Timestamp) -> Result<Option<Fleeting>, StoreError> {
    let found = db
        .prepare_cached(
            "select name, owner, version, until, doc from fleeting where name = ?1 and until > ?2",
        )?
        .query_row(params![name, now.0], |row| {
            Ok(Fleeting {
                name: row.get(0)?,
                owner: row.get(1)?,
                version: row.get(2)?,
                until: Timestamp(row.get(3)?),
                doc: row.get(4)?,
            })
        });
    Ok(found.optional()?)
}

fn of(db: &Connection, owner: &str, now: Timestamp) -> Result<Vec<Fleeting>, StoreError> {
    let mut select = db.prepare_cached(
        "select name, version, until, doc from fleeting where owner = ?1 and until > ?2 order by name",
    )?;
    let mut rows = select.query(params![owner, now.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Fleeting {
            name: row.get(0)?,
            owner: owner.to_owned(),
            version: row.get(1)?,
            until: Timestamp(row.get(2)?),
            doc: row.get(3)?,
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

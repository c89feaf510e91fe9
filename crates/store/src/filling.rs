//! Filling an empty store, before it is opened for calls.

use crate::{
    backup, directory::Directory, error::StoreError, load, postgres, sql::Connection, sqlite,
    tables,
};
use guestlist_domain::Seed;

/// Fills an empty store in one transaction, before it is opened for calls. All or nothing.
pub fn load_into(
    directory: &Directory,
    seed: &Seed,
    origin: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, StoreError> {
    if let Some(postgres) = directory.elsewhere() {
        let (database, db) = postgres.open()?;
        // Of nodes that start together, one fills it.
        let _filling = postgres::lock_filling(&database, &db)?;
        return fill(&db, seed, origin, progress);
    }
    let path = directory.database();
    if !path.exists() {
        backup::without_deliveries(&path)?;
        sqlite::create(&path, |db| load::load(db, seed, origin, progress))?;
        return Ok(Loaded::Now);
    }
    fill(&sqlite::open_writer(&path)?, seed, origin, progress)
}

fn fill(
    db: &Connection,
    seed: &Seed,
    origin: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Loaded, StoreError> {
    if !load::is_empty(db)? {
        return Ok(match tables::meta(db, "origin")? {
            Some(was) if was == origin => Loaded::AlreadyThere,
            _ => Loaded::OtherThere,
        });
    }
    load::load(db, seed, origin, progress)?;
    if let Some(session) = db.postgres()
        && session.capabilities().planner_settings
    {
        // Else it would plan for empty tables until it looks at them by itself, a minute later.
        session.batch(postgres::ANALYZE)?;
    }
    Ok(Loaded::Now)
}

/// Whether the store in a directory holds no world yet.
pub fn is_empty(directory: &Directory) -> Result<bool, StoreError> {
    if let Some(postgres) = directory.elsewhere() {
        return load::is_empty(&postgres.open()?.1);
    }
    let path = directory.database();
    // Looking must not make it: a new store is made whole, by `load_into` or by opening it.
    Ok(!path.exists() || load::is_empty(&sqlite::open_writer(&path)?)?)
}

/// What came of filling a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It was empty and is filled now.
    Now,
    /// It was filled with the same before; nothing was done.
    AlreadyThere,
    /// It holds something else; nothing was done.
    OtherThere,
}

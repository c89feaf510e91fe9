//! What tests of every crate call and nobody else: on which database they run.

use crate::postgres::Postgres;
use std::{
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

/// Does something to a file of an embedded store, beside whoever has it open.
pub fn in_file(file: &Path, sql: &str) {
    let db = rusqlite::Connection::open(file).unwrap_or_else(|why| panic!("{why}"));
    db.execute_batch(sql).unwrap_or_else(|why| panic!("{why}"));
}

/// Takes the tables away from a store that is open.
pub fn damage(store: &Postgres) {
    store
        .drop_schema()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)));
}

/// Cuts every connection to a store.
pub fn cut(store: &Postgres) {
    store
        .cut()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)));
}

/// How many servers are seen to have a store open.
pub fn servers(store: &Postgres) -> u64 {
    store
        .servers()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)))
}

/// How many connections there are to a store, of all who have it open.
pub fn connections(store: &Postgres) -> i64 {
    store
        .connections()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)))
}

/// Takes from every node the lanes of deliveries and the letters that it has claimed, as if it had been silent for
/// too long.
pub fn lapse(store: &Postgres) {
    store
        .lapse()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)));
}

/// Runs statements beside the store's own.
pub fn beside(store: &Postgres, sql: &str) {
    store
        .beside(sql)
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)));
}

/// How the database goes about each question that a batch of calls asks.
pub fn plans(store: &Postgres) -> Vec<String> {
    store
        .plans()
        .unwrap_or_else(|why| panic!("{}", crate::chain(&why)))
}

/// Whether nodes can see of each other that they are there.
pub fn has_advisory_locks(store: &Postgres) -> bool {
    store.has_advisory_locks()
}

/// The same database, as one that lacks whatever databases like PostgreSQL may lack.
pub fn lacking(store: Postgres) -> Postgres {
    store.lacking()
}

/// A store of its own on the PostgreSQL database that the variable `POSTGRES_FOR_TESTS` names;
/// `None` without it: then tests run on SQLite.
pub fn elsewhere() -> Option<Postgres> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let address = std::env::var("POSTGRES_FOR_TESTS").ok()?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("t_{}_{number}", std::process::id());
    let mark = if address.contains('?') { '&' } else { '?' };
    let store = format!("{address}{mark}schema={schema}").parse();
    Some(store.unwrap_or_else(|why: String| panic!("POSTGRES_FOR_TESTS: {why}")))
}

//! `guestlist store move`: everything a store remembers, into an empty one of the other kind. Rows
//! are copied as they are, in one transaction, and then counted and summed up on both sides.

use crate::{
    backup,
    clock::Clock,
    deliveries,
    directory::Directory,
    error::StoreError,
    journal, load,
    postgres::{self, Database, Postgres},
    sql::{Connection, Row, ToSql, params},
    sqlite,
    store::Store,
    tables,
    writer::in_transaction,
};
use guestlist_domain::Entry;
use rusqlite::types::{FromSql, Value};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Rows read at once.
const PAGE: i64 = 2000;

/// A table: the columns of its key, the others.
struct Table(
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// All but the journal, which the two databases number otherwise, `meta`, and what apps are owed. Codes
/// live for ten minutes, and are copied like the rest.
const TABLES: &[Table] = &[
    Table("enterprise", &["id"], &["doc"]),
    Table(
        "workspace",
        &["team"],
        &["enterprise", "domain", "doc", "realm"],
    ),
    Table(
        "user",
        &["team", "id"],
        &[
            "home", "flags", "name", "email", "bot", "doc", "realm", "leaves",
        ],
    ),
    Table(
        "channel",
        &["team", "id"],
        &["handle", "kind", "archived", "doc", "shared"],
    ),
    Table("channel_share", &["team", "channel"], &["owner", "handle"]),
    Table("channel_past", &["team", "channel"], &["owner"]),
    Table(
        "member",
        &["team", "channel", "user"],
        &["since", "closed", "last_read", "marked"],
    ),
    Table("place", &["user", "channel"], &["team"]),
    Table(
        "message",
        &["team", "channel", "ts"],
        &["doc", "joined", "inviter"],
    ),
    Table("reply", &["team", "channel", "thread", "ts"], &["author"]),
    Table("usergroup", &["team", "id"], &["doc"]),
    Table(
        "invite_request",
        &["team", "id"],
        &["state", "email", "doc"],
    ),
    Table("app", &["team", "id"], &["client", "doc"]),
    Table("token", &["team", "hash"], &["app", "doc"]),
    Table("code", &["hash"], &["expires", "doc"]),
    Table(
        "invitation",
        &["team", "id"],
        &[
            "doc", "channel", "inviter", "made", "mail", "current", "due", "link",
        ],
    ),
    Table("invitation_side", &["team", "id"], &["owner"]),
    Table("outbox", &["team", "ts"], &["name", "audience", "doc"]),
    Table("mail", &["team", "id"], &["address", "state", "due", "doc"]),
];

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a data directory.
    Directory(PathBuf),
    /// In a database.
    Postgres(Box<Postgres>),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Postgres(postgres) => f.write_str(&postgres.place()),
        }
    }
}

/// What one table holds: the number of its rows, and a sum in which each row counts, in whatever
/// order they come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' hashes.
    pub sum: u128,
}

impl Sum {
    fn add(&mut self, hash: Sha256) {
        let hash: [u8; 32] = hash.finalize().into();
        let (half, _) = hash.split_at(16);
        let number = half
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        self.rows += 1;
        self.sum = self.sum.wrapping_add(number);
    }

    fn row(&mut self, values: &[Value]) {
        let mut hash = Sha256::new();
        for value in values {
            let (kind, bytes) = match value {
                Value::Null => (0, Vec::new()),
                Value::Integer(number) => (1, number.to_le_bytes().to_vec()),
                Value::Real(number) => (2, number.to_le_bytes().to_vec()),
                Value::Text(text) => (3, text.clone().into_bytes()),
                Value::Blob(bytes) => (4, bytes.clone()),
            };
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        self.add(hash);
    }

    fn entries(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.add(Sha256::new_with_prefix(tables::to_json(entry)));
        }
    }
}

/// What every table holds, the journal by its entries.
pub type Sums = BTreeMap<&'static str, Sum>;

/// What was moved, and what was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What each table holds on both sides; of the journal, the rows of the new store and the sum of
    /// its entries.
    pub sums: Sums,
    /// Deliveries to apps that wait where the store comes from, and stay there.
    pub owed: u64,
}

/// Copies a store into an empty one, and compares before it commits: all of it or nothing. What apps
/// are owed stays where it is: there, apps are owed what happens from then on.
/// `progress` is told the table, and how many rows of how many are done.
pub async fn move_store(
    from: &Place,
    to: &Place,
    clock: Clock,
    progress: &mut dyn FnMut(&'static str, u64, u64),
) -> Result<Moved, StoreError> {
    let source = Source::open(from, clock).await?;
    source.must_rest()?;
    let owed = source.owed()?;
    let was = source.newest()?;
    source.db.begin_view()?;
    let mut sums = Sums::new();
    let mut fill = |db: &Connection| {
        in_transaction(db, || {
            sums = copy(&source.db, db, progress)?;
            let found = count(db)?;
            let other = |(table, sum): &(&&str, &Sum)| found.get(**table) != Some(*sum);
            if let Some((table, sum)) = sums.iter().find(other) {
                let rows = found.get(table).map_or(0, |found| found.rows);
                return Err(StoreError::NotMoved(format!(
                    "table {table}: {} rows of {from} have become {rows} others",
                    sum.rows
                )));
            }
            source.must_rest()?;
            if source.newest()? != was {
                return Err(StoreError::NotMoved(format!(
                    "{from} was written to meanwhile: stop its servers first"
                )));
            }
            // The sum goes by entries, since a row of one store may become several of the other.
            sums.entry("journal").or_default().rows = rows_of(db, "journal")?;
            Ok(())
        })
    };
    match to {
        Place::Postgres(postgres) => {
            let (database, db) = postgres.open()?;
            let _filling = postgres::lock_filling(&database, &db)?;
            must_be_empty(to, &db)?;
            fill(&db)?;
        }
        Place::Directory(path) => {
            let directory = Directory::hold(path)?;
            let file = directory.database();
            // It tells by a row's number how far the journal was followed, and here rows are numbered anew.
            // An empty store may have one as well.
            backup::without_deliveries(&file)?;
            if file.exists() {
                let db = sqlite::open_writer(&file)?;
                must_be_empty(to, &db)?;
                fill(&db)?;
            } else {
                sqlite::create(&file, fill)?;
            }
        }
    }
    source.db.end_view()?;
    Ok(Moved { sums, owed })
}

/// A store that is read, and held as long as that takes.
struct Source {
    db: Connection,
    /// Where others can write into it, a connection that sees what they do.
    beside: Option<(Arc<Database>, Connection)>,
    /// What holds it, if that is a data directory.
    directory: Option<Directory>,
}

impl Source {
    async fn open(place: &Place, clock: Clock) -> Result<Self, StoreError> {
        match place {
            Place::Postgres(postgres) => {
                if !postgres.has_store()? {
                    return Err(StoreError::NotMoved(format!(
                        "{place}: there is no store here"
                    )));
                }
                let (database, db) = postgres.open()?;
                let beside = database.connect()?;
                Ok(Self {
                    db,
                    beside: Some((database, beside)),
                    directory: None,
                })
            }
            Place::Directory(path) => {
                let directory = Directory::hold(path)?;
                if !directory.database().exists() {
                    return Err(StoreError::NotMoved(format!(
                        "{place}: there is no store here"
                    )));
                }
                // Brings the tables up to the journal.
                Store::open(directory, clock)?.close().await;
                let directory = Directory::hold(path)?;
                Ok(Self {
                    db: sqlite::open_reader(&directory.database())?,
                    beside: None,
                    directory: Some(directory),
                })
            }
        }
    }

    /// How many deliveries to apps wait.
    fn owed(&self) -> Result<u64, StoreError> {
        let found = match &self.directory {
            Some(directory) => {
                deliveries::owing_beside(&Directory::deliveries_beside(&directory.database()))?
            }
            None => Some(deliveries::owing(&self.db)?),
        };
        Ok(found.map_or(0, |(owing, _)| owing.waiting))
    }

    /// Nobody may write there: what servers answer from now on would be in the old store only.
    fn must_rest(&self) -> Result<(), StoreError> {
        let Some((database, db)) = &self.beside else {
            return Ok(());
        };
        match postgres::claims::writers(db)? {
            0 => Ok(()),
            writers => Err(StoreError::Served {
                place: database.place(),
                writers,
            }),
        }
    }

    /// The newest row of a journal that others may write.
    fn newest(&self) -> Result<i64, StoreError> {
        let Some((_, db)) = &self.beside else {
            return Ok(0);
        };
        let newest: Option<i64> =
            db.query_row("select max(turn) from journal", [], |row| row.get(0))?;
        Ok(newest.unwrap_or_default())
    }
}

fn must_be_empty(place: &Place, db: &Connection) -> Result<(), StoreError> {
    if load::is_empty(db)? {
        return Ok(());
    }
    Err(StoreError::NotMoved(format!(
        "{place} holds a world already, and a store is moved into an empty one only"
    )))
}

fn copy(
    from: &Connection,
    to: &Connection,
    progress: &mut dyn FnMut(&'static str, u64, u64),
) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    for table in TABLES {
        let total = rows_of(from, table.0)?;
        let columns = table.columns();
        let places: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        let insert = format!(
            "insert into {} ({}) values ({})",
            table.0,
            columns.join(", "),
            places.join(", ")
        );
        let mut sum = Sum::default();
        let mut insert = to.prepare_cached(&insert)?;
        table.each(from, |values| {
            sum.row(&values);
            let values: Vec<&dyn ToSql> = values.iter().map(|value| value as _).collect();
            insert.execute(&*values)?;
            if sum.rows.is_multiple_of(1000) || sum.rows == total {
                progress(table.0, sum.rows, total);
            }
            Ok(())
        })?;
        sums.insert(table.0, sum);
    }
    let (mut sum, mut number, mut newest) = (Sum::default(), 0, 0);
    let mut written = 0;
    let total = rows_of(from, "journal")?;
    each_of_journal(from, |last, entries| {
        sum.entries(&entries);
        number += 1;
        newest = last.max(newest);
        written = write_journal(to, written, last, &entries)?;
        if number % 1000 == 0 || number as u64 == total {
            progress("journal", number as u64, total);
        }
        Ok(())
    })?;
    sums.insert("journal", sum);
    for key in ["server", "origin", "moved"] {
        if let Some(value) = tables::meta(from, key)? {
            tables::set_meta(to, key, &value)?;
        }
    }
    let loaded = tables::meta(from, "last_tick")?.and_then(|text| text.parse().ok());
    tables::set_meta(
        to,
        "last_tick",
        &newest.max(loaded.unwrap_or(0)).to_string(),
    )?;
    if to.sqlite().is_some() {
        // The tables are as far as the journal already.
        tables::set_meta(to, "folded", &number.to_string())?;
    }
    Ok(sums)
}

/// What a store holds, as [`copy`] tells it.
fn count(db: &Connection) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    for table in TABLES {
        let mut sum = Sum::default();
        table.each(db, |values| {
            sum.row(&values);
            Ok(())
        })?;
        sums.insert(table.0, sum);
    }
    let mut sum = Sum::default();
    each_of_journal(db, |_, entries| {
        sum.entries(&entries);
        Ok(())
    })?;
    sums.insert("journal", sum);
    Ok(sums)
}

fn rows_of(db: &Connection, table: &str) -> Result<u64, StoreError> {
    let sql = format!("select count(*) from {table}");
    let rows: i64 = db.query_row(&sql, [], |row| row.get(0))?;
    Ok(rows.unsigned_abs())
}

impl Table {
    fn columns(&self) -> Vec<&'static str> {
        self.1.iter().chain(self.2).copied().collect()
    }

    /// Each row, page by page in the order of the key.
    fn each(
        &self,
        db: &Connection,
        mut row: impl FnMut(Vec<Value>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let key = self.1.join(", ");
        let places: Vec<_> = (1..=self.1.len()).map(|n| format!("?{n}")).collect();
        let select = format!("select {} from {}", self.columns().join(", "), self.0);
        let first = format!("{select} order by {key} limit {PAGE}");
        let next = format!(
            "{select} where ({key}) > ({}) order by {key} limit {PAGE}",
            places.join(", ")
        );
        let mut after: Option<Vec<Value>> = None;
        loop {
            let sql = if after.is_some() { &next } else { &first };
            let params = after.take().unwrap_or_default();
            let params: Vec<&dyn ToSql> = params.iter().map(|value| value as _).collect();
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(&*params)?;
            let mut read = 0;
            while let Some(found) = rows.next()? {
                let values = values(found, self.1.len() + self.2.len())?;
                read += 1;
                if read == PAGE {
                    after = Some(values[..self.1.len()].to_vec());
                }
                row(values)?;
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

fn values(row: Row<'_>, columns: usize) -> Result<Vec<Value>, StoreError> {
    let mut values = Vec::with_capacity(columns);
    for column in 0..columns {
        let value = Value::column_result(row.get_ref(column)?);
        values.push(value.map_err(crate::sql::Error::from)?);
    }
    Ok(values)
}

/// Each row of the journal, in an order in which none comes before what it depends on.
fn each_of_journal(
    db: &Connection,
    mut row: impl FnMut(i64, Vec<Entry>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let order = if db.sqlite().is_some() { "seq" } else { "turn" };
    let page = format!(
        "select {order}, last, entries from journal where {order} > ?1 order by {order} limit {PAGE}"
    );
    let mut after = 0;
    loop {
        let mut statement = db.prepare_cached(&page)?;
        let mut rows = statement.query([after])?;
        let mut read = 0;
        while let Some(found) = rows.next()? {
            after = found.get(0)?;
            read += 1;
            row(found.get(1)?, journal::unpack(after, found.get_ref(2)?)?)?;
        }
        if read < PAGE {
            return Ok(());
        }
    }
}

/// A row of SQLite's journal becomes one for each run of calls of a workspace; lane 0 is nobody's. Answers with
/// the last number, after this one.
fn write_journal(
    db: &Connection,
    mut number: i64,
    last: i64,
    entries: &[Entry],
) -> Result<i64, StoreError> {
    if db.sqlite().is_some() {
        number += 1;
        db.execute(
            "insert into journal (seq, last, entries) values (?1, ?2, ?3)",
            params![number, last, journal::pack(entries)],
        )?;
        return Ok(number);
    }
    for run in journal::by_workspace(entries) {
        number += 1;
        db.execute(
            postgres::NOTE,
            params![run[0].by.team.key(), 0, number, last, journal::pack(run)],
        )?;
    }
    Ok(number)
}

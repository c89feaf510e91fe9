//! Reading the journal backwards: from a time on, the newest first.
//!
//! Rows are in the order of their numbers. Their newest times never go back in a journal with one writer, so a
//! time is found by halving; among several writers they go back by as much as the clocks of the nodes differ.

use super::{
    Row,
    follow::{self, MOST_BYTES},
};
use crate::{
    error::StoreError,
    postgres::Array,
    sql::{Connection, Row as Found},
};
use guestlist_domain::Timestamp;

/// How far the clocks of nodes may be apart, in microseconds, for times to be found.
const APART: i64 = 60 * 1_000_000;

/// A row of the journal, and when it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Dated {
    /// The row.
    pub row: Row,
    /// Its newest time: never earlier than that of a row before it, but for what clocks of several nodes differ and
    /// for rows of older versions, which have here the time of their newest entry.
    pub at: Timestamp,
}

impl Dated {
    /// Whether all that comes before it is older than a time.
    pub fn is_past(&self, time: Timestamp) -> bool {
        self.at.0 < time.0.saturating_sub(APART)
    }
}

/// The number and the newest time of the newest row up to a number.
fn at_or_before(db: &Connection, seq: i64) -> Result<Option<(i64, i64)>, StoreError> {
    const AT: &str =
        "select turn, last from journal where turn <= ($1::bigint[])[1] order by turn desc limit 1";
    if let Some(session) = db.postgres() {
        let found = session.ask(&session.prepare_own(AT)?, vec![Array::Ints(vec![seq])])?;
        return Ok(found.first().map(|row| (row.get(0), row.get(1))));
    }
    let mut select = db.prepare_cached(
        "select seq, last from journal where seq <= ?1 order by seq desc limit 1",
    )?;
    let mut found = select.query([seq])?;
    match found.next()? {
        Some(row) => Ok(Some((row.get(0)?, row.get(1)?))),
        None => Ok(None),
    }
}

/// The number of a row after which, up to the row `end`, all are later than a time.
pub(crate) fn upto(db: &Connection, end: i64, time: Timestamp) -> Result<Option<i64>, StoreError> {
    let time = time.0.saturating_add(APART);
    let Some((mut high, last)) = at_or_before(db, end)? else {
        return Ok(None);
    };
    if last <= time {
        return Ok(Some(high));
    }
    // Whatever comes before the first row counts as early enough.
    let mut low = 0;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match at_or_before(db, middle)? {
            Some((seq, last)) if last > time => high = seq,
            // Between the row and the middle there is none.
            _ => low = middle,
        }
    }
    Ok((low > 0).then_some(low))
}

/// Some rows up to one, the newest first; none if there are none.
pub(crate) fn rows(db: &Connection, upto: i64) -> Result<Vec<Dated>, StoreError> {
    const ROWS: &str = "select lane, turn, entries, last from journal
        where turn <= ($1::bigint[])[1] order by turn desc limit 64";
    if let Some(session) = db.postgres() {
        let found = session.ask(&session.prepare_own(ROWS)?, vec![Array::Ints(vec![upto])])?;
        let rows = found.iter().map(|row| {
            let found = Found::Postgres(row);
            let (read, _) = follow::read(row.get(0), row.get(1), found, 2)?;
            Ok(dated(read, row.get(3)))
        });
        return rows.collect();
    }
    let mut select = db.prepare_cached(
        "select seq, entries, last from journal where seq <= ?1 order by seq desc",
    )?;
    let mut found = select.query([upto])?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < MOST_BYTES
        && let Some(row) = found.next()?
    {
        let (seq, last) = (row.get(0)?, row.get(2)?);
        let (read, length) = follow::read(0, seq, row, 1)?;
        bytes += length;
        rows.push(dated(read, last));
    }
    Ok(rows)
}

/// Rows that were written before they kept the newest time have the newest tick, and calls need not take one.
fn dated(row: Row, last: i64) -> Dated {
    let at = super::newest(&row.entries, Timestamp(last));
    Dated { row, at }
}

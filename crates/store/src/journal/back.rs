//! Reading the journal backwards: from a time on, the newest first.
//!
//! Rows are in the order of their numbers. Their newest times never go back in a journal with one writer, so a
//! time is found by halving; among several writers they go back by as much as the clocks of the nodes differ.

use super::{Row, follow::MOST_BYTES, unpack};
use crate::{
    error::StoreError,
    postgres::Array,
    sql::{Connection, Row as Found},
};
use guestlist_domain::Timestamp;
use rusqlite::types::ValueRef;

/// How far the clocks of nodes may be apart, in microseconds, for times to be found.
const APART: i64 = 60 * 1_000_000;

/// A row of the journal as it is kept: what is in it costs nothing before somebody asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    lane: i64,
    seq: i64,
    last: i64,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Packed(Vec<u8>),
    /// As older versions wrote it.
    Text(Vec<u8>),
    /// Neither, which no row is.
    Broken,
}

impl Sealed {
    fn new(
        row: Found<'_>,
        (lane, seq, last): (i64, i64, i64),
        column: usize,
    ) -> Result<Self, StoreError> {
        let content = match row.get_ref(column)? {
            ValueRef::Blob(bytes) => Content::Packed(bytes.to_vec()),
            ValueRef::Text(text) => Content::Text(text.to_vec()),
            _ => Content::Broken,
        };
        Ok(Self {
            lane,
            seq,
            last,
            content,
        })
    }

    /// The row's number.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        match &self.content {
            Content::Packed(bytes) | Content::Text(bytes) => bytes.len(),
            Content::Broken => 0,
        }
    }

    /// What is in it. Rows that were written before they kept the newest time have the newest tick, and calls need not
    /// take one.
    pub fn open(&self) -> Result<Dated, StoreError> {
        let content = match &self.content {
            Content::Packed(bytes) => ValueRef::Blob(bytes),
            Content::Text(text) => ValueRef::Text(text),
            Content::Broken => ValueRef::Null,
        };
        let entries = unpack(self.seq, content)?;
        let at = super::newest(&entries, Timestamp(self.last));
        let (lane, seq) = (self.lane, self.seq);
        Ok(Dated {
            row: Row { lane, seq, entries },
            at,
        })
    }
}

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
    /// Whether all that comes before it is older than a time. A row in which nothing was done says nothing: where a
    /// commit was in doubt, older versions wrote one of whichever time.
    pub fn is_past(&self, time: Timestamp) -> bool {
        !self.row.entries.is_empty() && self.at.0 < time.0.saturating_sub(APART)
    }
}

/// The number and the newest time of the newest row up to a number.
fn at_or_before(db: &Connection, seq: i64) -> Result<Option<(i64, i64)>, StoreError> {
    // One in which nothing was done is one byte, whose time may be any.
    const AT: &str = "select turn, last from journal
        where turn <= ($1::bigint[])[1] and entries <> '\\x01'::bytea order by turn desc limit 1";
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
pub(crate) fn rows(db: &Connection, upto: i64) -> Result<Vec<Sealed>, StoreError> {
    // After a megabyte no further row is among them.
    const ROWS: &str = "select lane, turn, entries, last from (
        select *, sum(octet_length(entries)) over (order by turn desc) - octet_length(entries) as before
        from (
          select lane, turn, entries, last from journal
          where turn <= ($1::bigint[])[1] order by turn desc limit 64
        ) newest) rows
      where before < 1048576 order by turn desc";
    if let Some(session) = db.postgres() {
        let found = session.ask(&session.prepare_own(ROWS)?, vec![Array::Ints(vec![upto])])?;
        let rows = found.iter().map(|row| {
            let place = (row.get(0), row.get(1), row.get(3));
            Sealed::new(Found::Postgres(row), place, 2)
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
        let place = (0, row.get(0)?, row.get(2)?);
        let sealed = Sealed::new(row, place, 1)?;
        bytes += sealed.bytes();
        rows.push(sealed);
    }
    Ok(rows)
}

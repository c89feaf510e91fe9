//! Reading the journal, for whoever follows it.

use super::unpack;
use crate::{error::StoreError, sql::Connection};
use guestlist_domain::Entry;
use rusqlite::types::ValueRef;

/// Rows are handed over until this many bytes of them have been read.
const MOST_BYTES: usize = 1 << 16;

/// What shared one commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The row's number: one more than the one before.
    pub seq: i64,
    /// The calls' changes, in order.
    pub entries: Vec<Entry>,
}

/// Rows after `seq`, up to row `logged`, oldest first.
pub(crate) fn after(db: &Connection, seq: i64, logged: i64) -> Result<Vec<Row>, StoreError> {
    let mut select = db.prepare_cached(
        "select seq, entries from journal where seq > ?1 and seq <= ?2 order by seq",
    )?;
    let mut found = select.query([seq, logged])?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < MOST_BYTES
        && let Some(row) = found.next()?
    {
        let seq = row.get(0)?;
        let text = row.get_ref(1)?;
        bytes += match text {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.len(),
            _ => 0,
        };
        let entries = unpack(seq, text)?;
        rows.push(Row { seq, entries });
    }
    Ok(rows)
}

//! Reading the journal, for whoever follows it.

use super::unpack;
use crate::{
    error::StoreError,
    postgres::Array,
    sql::{Connection, Row as Found},
    tables,
};
use guestlist_domain::Entry;
use rusqlite::types::ValueRef;
use std::{collections::BTreeMap, fmt};

/// Rows are handed over until this many bytes of them have been read.
pub(super) const MOST_BYTES: usize = 1 << 16;
/// Of a journal with lanes at most this many at once. It stands in the statement as well.
const MOST_ROWS: usize = 256;

/// What shared one commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which connection wrote it; 0 where there is only one.
    pub lane: i64,
    /// The row's number, larger than that of any row it depends on. Without lanes one more than
    /// the one before.
    pub seq: i64,
    /// The calls' changes, in order.
    pub entries: Vec<Entry>,
}

/// How far a journal has been followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bookmark {
    /// Up to this row of a journal with one writer.
    Row(i64),
    /// Of a journal with many writers, each with a lane, up to a row of each lane.
    Lanes {
        /// Lanes from here on are unread; those before are read to their end, but for
        below: i64,
        /// these, up to the row that is given.
        lanes: BTreeMap<i64, i64>,
    },
}

impl Bookmark {
    /// Goes on by a row.
    pub fn pass(&mut self, row: &Row) {
        match self {
            Self::Row(seq) => *seq = row.seq,
            Self::Lanes { below, lanes } => {
                // Lanes in between may have their first row still to come.
                for lane in *below..=row.lane {
                    lanes.insert(lane, 0);
                }
                *below = (row.lane + 1).max(*below);
                lanes.insert(row.lane, row.seq);
            }
        }
    }

    /// Whether both are places in the same kind of journal.
    pub fn is_alike(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Row(_), Self::Row(_)) | (Self::Lanes { .. }, Self::Lanes { .. })
        )
    }

    /// How many lanes it has to name.
    pub fn lanes(&self) -> usize {
        match self {
            Self::Row(_) => 1,
            Self::Lanes { lanes, .. } => lanes.len(),
        }
    }

    /// Leaves out lanes that were read to their end and get no further row.
    pub(crate) fn trim(&mut self, is_over: impl Fn(i64) -> bool) {
        if let Self::Lanes { lanes, .. } = self {
            lanes.retain(|lane, _| !is_over(*lane));
        }
    }
}

/// `12` is row 12; `<7 4:120 6:98` stands for all lanes below 7, of lane 4 up to row 120, of lane
/// 6 up to row 98.
impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(seq) => seq.fmt(f),
            Self::Lanes { below, lanes } => {
                write!(f, "<{below}")?;
                lanes
                    .iter()
                    .try_for_each(|(lane, row)| write!(f, " {lane}:{row}"))
            }
        }
    }
}

impl std::str::FromStr for Bookmark {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let broken = || StoreError::Corrupt {
            table: "meta",
            row: "followed".to_owned(),
            source: serde::de::Error::custom(format!("`{text}` is no place in a journal")),
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| broken());
        let Some(rest) = text.strip_prefix('<') else {
            return Ok(Self::Row(number(text)?));
        };
        let mut words = rest.split(' ');
        let below = number(words.next().unwrap_or_default())?;
        let mut lanes = BTreeMap::new();
        for word in words {
            let (lane, row) = word.split_once(':').ok_or_else(broken)?;
            lanes.insert(number(lane)?, number(row)?);
        }
        Ok(Self::Lanes { below, lanes })
    }
}

/// The rows of each lane that is named, after one and up to another, and the lanes from `$4` on.
/// One statement sees one state of everything: an effect that it shows has its cause shown, too.
/// After a megabyte no further row is among them.
const ROWS: &str = "
  select lane, turn, entries from (
  select j.lane, j.turn, j.entries,
    sum(octet_length(j.entries)) over (order by j.turn, j.lane) - octet_length(j.entries) as before
  from (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])
    union all
    select lane, 0, 9223372036854775807
    from generate_series(($4::bigint[])[1],
      (select max(lane) from journal where lane >= ($4::bigint[])[1])) as fresh(lane)
  ) as k(lane, after, upto)
  cross join lateral (
    select lane, turn, entries from journal
    where lane = k.lane and turn > k.after and turn <= k.upto
    order by turn limit 256
  ) j
  order by j.turn, j.lane limit 256) rows
  where before < 1048576 order by turn, lane";

/// Where each lane ends, of those that are named and those from `$2` on.
const ENDS: &str = "
  select k.lane, (select max(turn) from journal where lane = k.lane)
  from (
    select * from unnest($1::bigint[])
    union all
    select lane from generate_series(($2::bigint[])[1],
      (select max(lane) from journal where lane >= ($2::bigint[])[1])) as fresh(lane)
  ) as k(lane)";

/// How many rows come after one of each lane.
const BEHIND: &str = "
  select count(*)
  from (
    select * from unnest($1::bigint[], $2::bigint[])
    union all
    select lane, 0 from generate_series(($3::bigint[])[1],
      (select max(lane) from journal where lane >= ($3::bigint[])[1])) as fresh(lane)
  ) as k(lane, after)
  join journal j on j.lane = k.lane and j.turn > k.after";

/// One row of a journal with lanes, by its number alone, which no other has.
const ROW: &str = "select lane, turn, entries from journal where turn = ($1::bigint[])[1]";

/// A row, if there is one of this number.
pub(crate) fn row(db: &Connection, seq: i64) -> Result<Option<Row>, StoreError> {
    if let Some(session) = db.postgres() {
        let found = session.ask(&session.prepare_own(ROW)?, vec![Array::Ints(vec![seq])])?;
        let first = found.first().map(|row| {
            let row = Found::Postgres(row);
            Ok(read(row.get(0)?, row.get(1)?, row, 2)?.0)
        });
        return first.transpose();
    }
    let rows = of_one_writer(db, seq.saturating_sub(1), seq)?;
    Ok(rows.into_iter().next())
}

/// How many rows of lanes come after a bookmark.
pub(crate) fn behind(db: &Connection, mark: &Bookmark) -> Result<i64, StoreError> {
    let (Bookmark::Lanes { below, lanes }, Some(session)) = (mark, db.postgres()) else {
        return Ok(0);
    };
    let (named, after) = (lanes.keys().copied(), lanes.values().copied());
    let params = [named.collect(), after.collect(), vec![*below]].map(Array::Ints);
    let found = session.ask(&session.prepare_own(BEHIND)?, params.into())?;
    Ok(found.first().map_or(0, |row| row.get(0)))
}

/// Rows after a bookmark, in an order in which none comes before what it depends on: some, none
/// if there are no more. With `upto`, no row after that.
pub(crate) fn after(
    db: &Connection,
    mark: &Bookmark,
    upto: Option<&Bookmark>,
) -> Result<Vec<Row>, StoreError> {
    match mark {
        Bookmark::Row(seq) => {
            let upto = match upto {
                Some(Bookmark::Row(upto)) => *upto,
                _ => i64::MAX,
            };
            of_one_writer(db, *seq, upto)
        }
        Bookmark::Lanes { below, lanes } => of_lanes(db, *below, lanes, upto),
    }
}

fn of_one_writer(db: &Connection, seq: i64, upto: i64) -> Result<Vec<Row>, StoreError> {
    let mut select = db.prepare_cached(
        "select seq, entries from journal where seq > ?1 and seq <= ?2 order by seq",
    )?;
    let mut found = select.query([seq, upto])?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < MOST_BYTES
        && let Some(row) = found.next()?
    {
        let row = read(0, row.get(0)?, row, 1)?;
        bytes += row.1;
        rows.push(row.0);
    }
    Ok(rows)
}

fn of_lanes(
    db: &Connection,
    below: i64,
    lanes: &BTreeMap<i64, i64>,
    upto: Option<&Bookmark>,
) -> Result<Vec<Row>, StoreError> {
    let Some(session) = db.postgres() else {
        return Ok(Vec::new());
    };
    let (mut named, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    let mut fresh = below;
    // A lane that the end does not name is read to its end there.
    let end = |lane: &i64| match upto {
        Some(Bookmark::Lanes { lanes, .. }) => lanes.get(lane).copied().unwrap_or(i64::MAX),
        _ => i64::MAX,
    };
    for (lane, row) in lanes {
        named.push(*lane);
        from.push(*row);
        to.push(end(lane));
    }
    if let Some(Bookmark::Lanes { below: upto, .. }) = upto {
        for lane in below..*upto {
            named.push(lane);
            from.push(0);
            to.push(end(&lane));
        }
        fresh = i64::MAX;
    }
    let params = [named, from, to, vec![fresh]].map(Array::Ints);
    let found = session.ask(&session.prepare_own(ROWS)?, params.into())?;
    debug_assert!(found.len() <= MOST_ROWS);
    let rows = found.iter().map(|row| {
        let row = Found::Postgres(row);
        Ok(read(row.get(0)?, row.get(1)?, row, 2)?.0)
    });
    rows.collect()
}

/// A row, and how many bytes it has.
fn read(lane: i64, seq: i64, row: Found<'_>, column: usize) -> Result<(Row, usize), StoreError> {
    let text = row.get_ref(column)?;
    let bytes = match text {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.len(),
        _ => 0,
    };
    let entries = unpack(seq, text)?;
    Ok((Row { lane, seq, entries }, bytes))
}

/// Up to where the tables show what the journal has.
pub(crate) fn shown(db: &Connection, mark: &Bookmark) -> Result<Bookmark, StoreError> {
    let (below, lanes) = match mark {
        Bookmark::Row(_) => return Ok(Bookmark::Row(folded(db)?)),
        Bookmark::Lanes { below, lanes } => (below, lanes),
    };
    let mut shown = mark.clone();
    let Some(session) = db.postgres() else {
        return Ok(shown);
    };
    let params = [lanes.keys().copied().collect(), vec![*below]].map(Array::Ints);
    for row in session.ask(&session.prepare_own(ENDS)?, params.into())? {
        let end: Option<i64> = row.get(1);
        shown.pass(&Row {
            lane: row.get(0),
            seq: end.unwrap_or_default(),
            entries: Vec::new(),
        });
    }
    Ok(shown)
}

/// The newest row that the tables show; without end where they are never behind.
pub(crate) fn folded(db: &Connection) -> Result<i64, StoreError> {
    if db.postgres().is_some() {
        return Ok(i64::MAX);
    }
    let folded = tables::meta(db, "folded")?;
    Ok(folded.and_then(|text| text.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(lane: i64, seq: i64) -> Row {
        Row {
            lane,
            seq,
            entries: Vec::new(),
        }
    }

    #[test]
    fn a_bookmark_names_lanes_whose_rows_may_still_come() {
        let mut mark: Bookmark = "<3".parse().unwrap();
        for (passed, text) in [
            (row(5, 70), "<6 3:0 4:0 5:70"),
            (row(3, 71), "<6 3:71 4:0 5:70"),
            (row(5, 80), "<6 3:71 4:0 5:80"),
            (row(6, 81), "<7 3:71 4:0 5:80 6:81"),
        ] {
            mark.pass(&passed);
            assert_eq!(mark.to_string(), text);
            assert_eq!(text.parse::<Bookmark>().unwrap(), mark);
        }
        mark.trim(|lane| lane < 5);
        assert_eq!(mark.to_string(), "<7 5:80 6:81");
        // What was left out does not come back.
        mark.pass(&row(7, 90));
        assert_eq!(mark.to_string(), "<8 5:80 6:81 7:90");
    }

    #[test]
    fn a_bookmark_of_one_writer_is_a_number() {
        let mut mark: Bookmark = "12".parse().unwrap();
        mark.pass(&row(0, 13));
        assert_eq!((mark.to_string().as_str(), mark.lanes()), ("13", 1));
        for broken in ["", "x", "<", "<x", "<3 4", "<3 4:", "3 4:5"] {
            assert!(broken.parse::<Bookmark>().is_err(), "{broken}");
        }
    }
}

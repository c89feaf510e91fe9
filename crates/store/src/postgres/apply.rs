//! The many kinds of rows, each written with one statement for all of a transaction.

use super::{locks::Array, session::Session};
use crate::{rows::Absent, sql::Result};
use guestlist_domain::facts::Membership;

// Rows that are known not to be there are put without looking for them, which is half the work.
const JOIN: &str = "
  insert into member (team, channel, \"user\", since, closed)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])";
const JOIN_AGAIN: &str = "
  insert into member (team, channel, \"user\", since, closed)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
  on conflict (team, channel, \"user\") do update
  set since = excluded.since, closed = excluded.closed, last_read = null, marked = null";
const LEAVE: &str = "
  delete from member m using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(team, channel, person)
  where m.team = k.team and m.channel = k.channel and m.\"user\" = k.person";
const ARRIVE: &str = "
  insert into place (\"user\", channel, team)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])";
const ARRIVE_AGAIN: &str = "
  insert into place (\"user\", channel, team)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])
  on conflict (\"user\", channel) do update set team = excluded.team";
const DEPART: &str = "
  delete from place p using unnest($1::bigint[], $2::bigint[]) as k(person, channel)
  where p.\"user\" = k.person and p.channel = k.channel";
// A time that is taken is an error and no other row's end: the call is decided anew.
const SAY: &str = "
  insert into message (team, channel, ts, joined, inviter, doc)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])";

const ANSWER: &str = "
  insert into reply (team, channel, thread, ts, author)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
  on conflict (team, channel, thread, ts) do nothing";

// All that people who come in leave, in one statement: what a statement costs by itself is more than
// what its rows do.
const COME: &str = "
  with joined as (
    insert into member (team, channel, \"user\", since, closed)
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
  ), arrived as (
    insert into place (\"user\", channel, team)
    select * from unnest($3::bigint[], $2::bigint[], $1::bigint[])
  ), said as (
    insert into message (team, channel, ts, joined, inviter, doc)
    select * from unnest($6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[])
  )
  insert into journal (team, lane, number, last, entries)
  select k.team, $12::bigint, k.number, $13::bigint, k.entries
  from unnest($14::bigint[], $15::bigint[], $16::bytea[]) as k(team, number, entries) order by k.number";
// Turns are drawn in the order of numbers.
const NOTE: &str = "
  insert into journal (team, lane, number, last, entries)
  select k.team, $1::bigint, k.number, $2::bigint, k.entries
  from unnest($3::bigint[], $4::bigint[], $5::bytea[]) as k(team, number, entries) order by k.number";

/// Rows of the journal, in one lane.
pub(crate) struct Notes {
    pub(crate) lane: i64,
    pub(crate) last: i64,
    pub(crate) rows: Vec<Note>,
}

/// One of them: what was done in a workspace, one call after the other.
pub(crate) struct Note {
    pub(crate) team: i64,
    pub(crate) number: i64,
    pub(crate) entries: Vec<u8>,
}

impl From<Notes> for Vec<Array> {
    fn from(notes: Notes) -> Self {
        let (mut teams, mut numbers, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for note in notes.rows {
            teams.push(note.team);
            numbers.push(note.number);
            entries.push(note.entries);
        }
        let mut params: Self = [notes.lane, notes.last].map(Array::Int).into();
        params.extend([teams, numbers].map(Array::Ints));
        params.push(Array::Blobs(entries));
        params
    }
}

pub(crate) type ByChannel = ((i64, i64, i64), Option<Membership>);
type ByPerson = ((i64, i64), (i64, bool));

/// Writes who is in what, and who is not any more.
pub(crate) fn members(db: &Session, rows: Vec<ByChannel>, absent: &Absent) -> Result<()> {
    let mut here = [const { [const { Vec::new() }; 4] }; 2];
    let mut closed = [const { Vec::new() }; 2];
    let mut gone = [const { Vec::new() }; 3];
    for ((team, channel, user), place) in rows {
        let Some(place) = place else {
            push(&mut gone, [team, channel, user]);
            continue;
        };
        let again = usize::from(!absent.contains(&(channel, user)));
        push(&mut here[again], [team, channel, user, place.since.0]);
        closed[again].push(place.closed);
    }
    for (sql, (keys, closed)) in [JOIN, JOIN_AGAIN]
        .into_iter()
        .zip(here.into_iter().zip(closed))
    {
        let mut params = lists(keys);
        params.push(Array::Bools(closed));
        put(db, sql, params)?;
    }
    put(db, LEAVE, lists(gone))
}

/// Writes the same by person.
pub(crate) fn places(db: &Session, rows: Vec<ByPerson>, absent: &Absent) -> Result<()> {
    let mut here = [const { [const { Vec::new() }; 3] }; 2];
    let mut gone = [const { Vec::new() }; 2];
    for ((user, channel), (team, is_in)) in rows {
        if is_in {
            let again = usize::from(!absent.contains(&(channel, user)));
            push(&mut here[again], [user, channel, team]);
        } else {
            push(&mut gone, [user, channel]);
        }
    }
    for (sql, keys) in [ARRIVE, ARRIVE_AGAIN].into_iter().zip(here) {
        put(db, sql, lists(keys))?;
    }
    put(db, DEPART, lists(gone))
}

fn push<const N: usize>(lists: &mut [Vec<i64>; N], row: [i64; N]) {
    for (list, value) in lists.iter_mut().zip(row) {
        list.push(value);
    }
}

fn lists<const N: usize>(lists: [Vec<i64>; N]) -> Vec<Array> {
    lists.into_iter().map(Array::Ints).collect()
}

/// Tells a statement, unless its lists are empty.
fn put(db: &Session, sql: &'static str, params: Vec<Array>) -> Result<()> {
    if params.iter().all(Array::is_empty) {
        return Ok(());
    }
    db.tell(&db.prepare_own(sql)?, params)
}

/// A message's row.
pub(crate) struct Said {
    pub(crate) key: (i64, i64, i64),
    pub(crate) joined: Option<i64>,
    pub(crate) inviter: Option<i64>,
    pub(crate) doc: String,
}

/// Writes what was said.
pub(crate) fn messages(db: &Session, rows: impl Iterator<Item = Said>) -> Result<()> {
    put(db, SAY, saying(rows))
}

/// Writes below which messages others are answers: workspace, conversation, message, answer, and whose it is.
pub(crate) fn replies(db: &Session, rows: impl Iterator<Item = ([i64; 4], String)>) -> Result<()> {
    let mut keys = [const { Vec::new() }; 4];
    let mut authors = Vec::new();
    for (row, author) in rows {
        push(&mut keys, row);
        authors.push(author);
    }
    let mut params = lists(keys);
    params.push(Array::Texts(authors));
    put(db, ANSWER, params)
}

fn saying(rows: impl Iterator<Item = Said>) -> Vec<Array> {
    let mut keys = [const { Vec::new() }; 3];
    let (mut joined, mut inviters, mut docs) = (Vec::new(), Vec::new(), Vec::new());
    for said in rows {
        push(&mut keys, said.key.into());
        joined.push(said.joined);
        inviters.push(said.inviter);
        docs.push(said.doc);
    }
    let mut params = lists(keys);
    params.extend([
        Array::MaybeInts(joined),
        Array::MaybeInts(inviters),
        Array::Texts(docs),
    ]);
    params
}

/// Writes people who come into conversations that they are in no row of, what is said there, and the
/// journal.
pub(crate) fn come(
    db: &Session,
    people: Vec<ByChannel>,
    said: impl Iterator<Item = Said>,
    notes: Notes,
) -> Result<()> {
    let mut keys = [const { Vec::new() }; 4];
    let mut closed = Vec::new();
    for ((team, channel, user), place) in people {
        if let Some(place) = place {
            push(&mut keys, [team, channel, user, place.since.0]);
            closed.push(place.closed);
        }
    }
    let mut params = lists(keys);
    params.push(Array::Bools(closed));
    params.extend(saying(said));
    params.extend(Vec::from(notes));
    put(db, COME, params)
}

/// Writes the journal alone.
pub(crate) fn note(db: &Session, notes: Notes) -> Result<()> {
    put(db, NOTE, notes.into())
}

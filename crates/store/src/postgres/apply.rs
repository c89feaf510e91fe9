//! The many kinds of rows, each written with one statement for all of a transaction.

use super::{locks::Array, session::Session};
use crate::sql::Result;
use guestlist_domain::facts::Membership;

const JOIN: &str = "
  insert into member (team, channel, \"user\", since, closed)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[])
  on conflict (team, channel, \"user\") do update set since = excluded.since, closed = excluded.closed";
const LEAVE: &str = "
  delete from member m using unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(team, channel, person)
  where m.team = k.team and m.channel = k.channel and m.\"user\" = k.person";
const ARRIVE: &str = "
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

type ByChannel = ((i64, i64, i64), Option<Membership>);
type ByPerson = ((i64, i64), (i64, bool));

/// Writes who is in what, and who is not any more.
pub(crate) fn members(db: &Session, rows: Vec<ByChannel>) -> Result<()> {
    let [mut teams, mut channels, mut users, mut since] = [const { Vec::new() }; 4];
    let mut closed = Vec::new();
    let mut gone = [const { Vec::new() }; 3];
    for ((team, channel, user), place) in rows {
        match place {
            Some(place) => {
                teams.push(team);
                channels.push(channel);
                users.push(user);
                since.push(place.since.0);
                closed.push(place.closed);
            }
            None => {
                gone[0].push(team);
                gone[1].push(channel);
                gone[2].push(user);
            }
        }
    }
    if !teams.is_empty() {
        let mut params = [teams, channels, users, since]
            .map(Array::Ints)
            .into_iter()
            .collect::<Vec<_>>();
        params.push(Array::Bools(closed));
        db.tell(&db.prepare_own(JOIN)?, params)?;
    }
    if !gone[0].is_empty() {
        db.tell(
            &db.prepare_own(LEAVE)?,
            gone.map(Array::Ints).into_iter().collect(),
        )?;
    }
    Ok(())
}

/// Writes the same by person.
pub(crate) fn places(db: &Session, rows: Vec<ByPerson>) -> Result<()> {
    let mut here = [const { Vec::new() }; 3];
    let mut gone = [const { Vec::new() }; 2];
    for ((user, channel), (team, is_in)) in rows {
        if is_in {
            here[0].push(user);
            here[1].push(channel);
            here[2].push(team);
        } else {
            gone[0].push(user);
            gone[1].push(channel);
        }
    }
    if !here[0].is_empty() {
        db.tell(
            &db.prepare_own(ARRIVE)?,
            here.map(Array::Ints).into_iter().collect(),
        )?;
    }
    if !gone[0].is_empty() {
        db.tell(
            &db.prepare_own(DEPART)?,
            gone.map(Array::Ints).into_iter().collect(),
        )?;
    }
    Ok(())
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
    let mut keys = [const { Vec::new() }; 3];
    let (mut joined, mut inviters, mut docs) = (Vec::new(), Vec::new(), Vec::new());
    for said in rows {
        let (team, channel, ts) = said.key;
        keys[0].push(team);
        keys[1].push(channel);
        keys[2].push(ts);
        joined.push(said.joined);
        inviters.push(said.inviter);
        docs.push(said.doc);
    }
    if docs.is_empty() {
        return Ok(());
    }
    let mut params: Vec<_> = keys.map(Array::Ints).into_iter().collect();
    params.extend([
        Array::MaybeInts(joined),
        Array::MaybeInts(inviters),
        Array::Texts(docs),
    ]);
    db.tell(&db.prepare_own(SAY)?, params)
}

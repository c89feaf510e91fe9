//! Which node delivers what. A lane, an app's deliveries of one conversation, is claimed before
//! anything in it is sent, for some seconds by the database's clock; what came of it counts only
//! while the claim is good. Who records what is owed holds the row that says how far that is.
//!
//! Whoever locks several rows locks lanes first, in the order of their keys, then the row that
//! counts changes. See docs/adr/0033.

use super::{Database, LANES, locks::Array, session::Session};
use crate::{
    deliveries::{
        About, Delivery, Lane,
        rows::{COLUMNS, delivery},
    },
    error::StoreError,
    journal::Bookmark,
    sql::{Connection, Error, Result, Row},
};
use guestlist_domain::{AppId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many columns a delivery has.
const DELIVERY: usize = 15;
/// Lanes of the journal that are named without asking which of them are over.
const FEW_LANES: usize = 8;

const FOLLOWED: &str = "select value from meta where key = 'followed' for update";
/// Lanes in which some connection may still write.
pub(super) const ALIVE: &str = "select objid::bigint from pg_locks
  where locktype = 'advisory' and objsubid = 2 and cast(classid as bigint) = LANES
    and database = (select oid from pg_database where datname = current_database())";

/// Something has come to these lanes, and is due. One whose first waits for a later time says so to
/// whoever claims it.
const ARRIVED: &str = "
  insert into delivery_lane (app, channel, due, newest)
  select app, channel, due, nextval('delivery_claim')
  from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(app, channel, due)
  order by app, channel
  on conflict (app, channel) do update
  set newest = excluded.newest, due = least(delivery_lane.due, excluded.due)";
const CHANGES: &str = "
  update meta set value = cast(cast(value as bigint) + ($1::bigint[])[1] as text)
  where key = 'deliveries' returning cast(value as bigint)";

/// The apps with lanes in which something waits, one after the other from the index.
const OWED: &str = "
  with recursive owed(app) as (
    (select app from delivery_lane order by app limit 1)
    union all
    select (select app from delivery_lane where app > owed.app order by app limit 1)
    from owed where owed.app is not null
  )
  select app from owed where app is not null";
const CHANGED: &str = "select cast(value as bigint) from meta where key = 'deliveries'";

/// Of each app so many lanes whose first is due, the longest due first.
const CLAIM: &str = "
  with wanted as (
    select l.app, l.channel
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(app, most, upto)
    cross join lateral (
      select app, channel from delivery_lane
      where app = k.app and due <= k.upto and (lease is null or lease < now())
      order by due limit k.most for update skip locked
    ) l
    where not exists (
      select 1 from delivery_hold h where h.app = k.app and (h.paused or h.disabled is not null))
  )
  update delivery_lane t set claim = nextval('delivery_claim'), lease = now() + interval '6 seconds'
  from wanted where t.app = wanted.app and t.channel = wanted.channel
  returning t.app, t.channel, t.claim";

/// Keeps claims that are still good.
const RENEW: &str = "
  update delivery_lane t set lease = now() + interval '6 seconds'
  from (
    select l.app, l.channel
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(app, channel, claim)
    join delivery_lane l on l.app = k.app and l.channel = k.channel and l.claim = k.claim
    order by l.app, l.channel for update of l
  ) mine
  where t.app = mine.app and t.channel = mine.channel";
const RELEASE: &str = "
  update delivery_lane t set claim = null, lease = null
  from (
    select l.app, l.channel
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as k(app, channel, claim)
    join delivery_lane l on l.app = k.app and l.channel = k.channel and l.claim = k.claim
    order by l.app, l.channel for update of l
  ) mine
  where t.app = mine.app and t.channel = mine.channel";

/// What became of deliveries in lanes whose claims are good; the lanes' rows are locked.
const CONCLUDE: &str = "
  update delivery d set
    state = k.state, attempts = k.attempts, due = k.due, until = k.until,
    reason = nullif(k.reason, ''), status = k.status,
    change = (select cast(value as bigint) from meta where key = 'deliveries') - k.back
  from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
      $6::text[], $7::bigint[], $8::bigint[], $9::bigint[])
    as k(id, state, attempts, due, until, reason, status, back, claim)
  where d.id = k.id and d.state = 0 and exists (
    select 1 from delivery_lane l where l.app = d.app and l.channel = d.channel and l.claim = k.claim)
  returning d.id";

/// One lane in which nothing is due, unless something has come to it since it was looked at.
const EMPTY: &str = "
  delete from delivery_lane
  where app = ($1::bigint[])[1] and channel = ($1::bigint[])[2] and claim = ($1::bigint[])[3]
    and newest = ($1::bigint[])[4]
  returning 1";
const LATER: &str = "
  update delivery_lane set claim = null, lease = null, due = ($1::bigint[])[5]
  where app = ($1::bigint[])[1] and channel = ($1::bigint[])[2] and claim = ($1::bigint[])[3]
    and newest = ($1::bigint[])[4]
  returning 1";

/// A connection for the record. Its commits wait for no disk: what a crash of the database takes
/// away, it takes from the end, and it is derived from the journal again.
pub(crate) fn connect(database: &Database) -> std::result::Result<Connection, StoreError> {
    let db = database.connect()?;
    let session = session(&db)?;
    session.hurry(true);
    session.batch(
        "set synchronous_commit = off; set lock_timeout = '8s'; set idle_in_transaction_session_timeout = '20s'",
    )?;
    Ok(db)
}

/// Whether a connection that may write can be seen by others: its lane is locked.
pub(crate) fn knows_writers(db: &Connection) -> bool {
    let session = db.postgres();
    session.is_some_and(|session| session.capabilities().advisory_locks)
}

/// How many nodes may write into the store, as far as that can be seen: each has a lane.
pub(crate) fn writers(db: &Connection) -> Result<u64> {
    if !knows_writers(db) {
        return Ok(0);
    }
    let alive = ALIVE.replace("LANES", LANES);
    let count = format!("select count(distinct lane) from ({alive}) as alive(lane)");
    let writers: i64 = db.query_row(&count, [], |row| row.get(0))?;
    Ok(writers.unsigned_abs())
}

/// What a node has claimed.
#[derive(Default)]
pub(crate) struct Claims {
    held: HashMap<Lane, Held>,
    /// Lanes of the journal that may get further rows; `None` if that is not known.
    alive: Option<BTreeSet<i64>>,
}

struct Held {
    claim: i64,
    first: Option<Delivery>,
}

/// How much of an app's a node would deliver.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The app.
    pub app: AppId,
    /// So many lanes more.
    pub lanes: usize,
    /// Whose first is due by then.
    pub due: Timestamp,
}

/// How the record that nodes share stands.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The newest change of any delivery.
    pub change: i64,
    /// Apps with lanes in which something waits.
    pub owed: Vec<AppId>,
}

fn session(db: &Connection) -> Result<&Session> {
    let none = || Error::Unreachable("claims are PostgreSQL's".to_owned());
    db.postgres().ok_or_else(none)
}

/// Asks with lists of numbers.
fn ask<const N: usize>(
    db: &Session,
    sql: &'static str,
    params: [Vec<i64>; N],
) -> Result<Vec<tokio_postgres::Row>> {
    let params = params.map(Array::Ints).into();
    db.ask(&db.prepare_own(sql)?, params)
}

/// The lane that two columns name.
fn lane(row: &tokio_postgres::Row, at: usize) -> Lane {
    (
        AppId::from_key(row.get(at)),
        About::from_key(row.get(at + 1)),
    )
}

impl Claims {
    pub(crate) fn enter(&mut self, db: &Connection) -> std::result::Result<Bookmark, StoreError> {
        db.begin()?;
        let text: String = db.query_row(FOLLOWED, [], |row| row.get(0))?;
        let mark: Bookmark = text.parse()?;
        self.alive = None;
        if mark.lanes() > FEW_LANES && knows_writers(db) {
            let mut select = db.prepare_cached(&ALIVE.replace("LANES", LANES))?;
            let alive = select.query_map([], |row| row.get(0))?;
            let alive: BTreeSet<i64> = alive.collect::<Result<_>>()?;
            // Whoever has lane 0 has drawn a lane, perhaps, and not said so yet.
            self.alive = Some(alive).filter(|alive| !alive.contains(&0));
        }
        Ok(mark)
    }

    /// Whether a lane of the journal gets no further row.
    pub(crate) fn is_over(&self, lane: i64) -> bool {
        let alive = self.alive.as_ref();
        alive.is_some_and(|alive| !alive.contains(&lane))
    }

    /// In a transaction: something is due in these lanes, and so many deliveries change. The number
    /// before their changes'.
    pub(crate) fn changes(
        db: &Connection,
        lanes: impl Iterator<Item = (Lane, Timestamp)>,
        count: usize,
    ) -> std::result::Result<i64, StoreError> {
        if count == 0 {
            return Ok(0);
        }
        let session = session(db)?;
        let mut due: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for ((app, about), at) in lanes {
            let first = due.entry((app.key(), about.key())).or_insert(at.0);
            *first = at.0.min(*first);
        }
        if !due.is_empty() {
            let lists = [
                due.keys().map(|(app, _)| *app).collect(),
                due.keys().map(|(_, channel)| *channel).collect(),
                due.into_values().collect(),
            ];
            let lists = lists.map(Array::Ints).into();
            session.tell(&session.prepare_own(ARRIVED)?, lists)?;
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let newest = ask(session, CHANGES, [vec![count]])?;
        let newest: i64 = newest.first().ok_or(Error::NoRow)?.get(0);
        Ok(newest - count)
    }

    pub(crate) fn standing(db: &Connection) -> std::result::Result<Standing, StoreError> {
        let session = session(db)?;
        let change = session.prepare_own(CHANGED)?;
        let owed = session.prepare_own(OWED)?;
        let change = session.question(&change, Vec::<Array>::new());
        let owed = session.question(&owed, Vec::<Array>::new());
        let change = session.answer(change)?;
        let owed = session.answer(owed)?;
        Ok(Standing {
            change: change.first().ok_or(Error::NoRow)?.get(0),
            owed: owed.iter().map(|row| AppId::from_key(row.get(0))).collect(),
        })
    }

    /// Claims lanes, and tells those in which something is due.
    pub(crate) fn claim(
        &mut self,
        db: &Connection,
        room: &[Room],
        now: Timestamp,
    ) -> std::result::Result<Vec<(Lane, Timestamp)>, StoreError> {
        let lists = [
            room.iter().map(|room| room.app.key()).collect(),
            room.iter().map(|room| room.lanes as i64).collect(),
            room.iter().map(|room| room.due.0).collect(),
        ];
        let mut lanes = Vec::new();
        for row in ask(session(db)?, CLAIM, lists)? {
            let (lane, claim) = (lane(&row, 0), row.get(2));
            // One that was held, and lapsed: what is still under way in it no longer counts.
            self.held.insert(lane, Held { claim, first: None });
            lanes.push(lane);
        }
        // Not in the same statement: what it saw may be older than the claim.
        self.look(db, &lanes, now)
    }

    /// Of lanes that are held, when the first is due. Those in which nothing is due are let go.
    pub(crate) fn look(
        &mut self,
        db: &Connection,
        lanes: &[Lane],
        now: Timestamp,
    ) -> std::result::Result<Vec<(Lane, Timestamp)>, StoreError> {
        let session = session(db)?;
        let sql = format!(
            "select d.*, k.app, k.channel, k.newest from (
               select l.app, l.channel, l.newest
               from unnest(cast(?1 as bigint[]), cast(?2 as bigint[]), cast(?3 as bigint[])) as k(app, channel, claim)
               join delivery_lane l on l.app = k.app and l.channel = k.channel and l.claim = k.claim
             ) k left join lateral (
               select {COLUMNS} from delivery
               where state = 0 and app = k.app and channel = k.channel order by id limit 1
             ) d on true"
        );
        let select = session.prepare(&sql)?;
        let mut unseen: BTreeSet<Lane> = lanes.iter().copied().collect();
        let mut due = Vec::new();
        while !unseen.is_empty() {
            let found = session.ask(&select, self.lists(&unseen).map(Array::Ints).into())?;
            let (empty, later) = (session.prepare_own(EMPTY)?, session.prepare_own(LATER)?);
            let mut lost = std::mem::take(&mut unseen);
            let mut asked = Vec::new();
            for row in &found {
                let lane = lane(row, DELIVERY);
                lost.remove(&lane);
                let Some(held) = self.held.get_mut(&lane) else {
                    continue;
                };
                let newest: i64 = row.get(DELIVERY + 2);
                held.first = match row.get::<_, Option<i64>>(0) {
                    Some(_) => Some(delivery(Row::Postgres(row))?),
                    None => None,
                };
                let when = held.first.as_ref().map(|first| first.due);
                if let Some(when) = when.filter(|when| *when <= now) {
                    due.push((lane, when));
                    continue;
                }
                let statement = if when.is_some() { &later } else { &empty };
                let when = when.unwrap_or_default().0;
                let place = vec![lane.0.key(), lane.1.key(), held.claim, newest, when];
                let question = session.question(statement, vec![Array::Ints(place)]);
                asked.push((lane, question));
            }
            for lane in lost {
                self.held.remove(&lane);
            }
            for (lane, question) in asked {
                if session.answer(question)?.is_empty() {
                    // Something has come to it, or it is another's.
                    unseen.insert(lane);
                } else {
                    self.held.remove(&lane);
                }
            }
        }
        Ok(due)
    }

    fn lists<'l>(&self, lanes: impl IntoIterator<Item = &'l Lane>) -> [Vec<i64>; 3] {
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        for lane in lanes {
            if let Some(held) = self.held.get(lane) {
                let [apps, channels, claims] = &mut lists;
                apps.push(lane.0.key());
                channels.push(lane.1.key());
                claims.push(held.claim);
            }
        }
        lists
    }

    /// The first of a lane, if it is held.
    pub(crate) fn first(&self, lane: Lane) -> Option<Delivery> {
        self.held.get(&lane)?.first.clone()
    }

    pub(crate) fn holds(&self, lane: Lane) -> bool {
        self.held.contains_key(&lane)
    }

    /// Whether any node has claimed a lane.
    pub(crate) fn is_claimed(
        db: &Connection,
        (app, about): Lane,
    ) -> std::result::Result<bool, StoreError> {
        let sql =
            "select count(*) from delivery_lane where app = ?1 and channel = ?2 and lease > now()";
        let claims: i64 = db.query_row(sql, [app.key(), about.key()], |row| row.get(0))?;
        Ok(claims > 0)
    }

    pub(crate) fn conclude(
        &mut self,
        db: &Connection,
        deliveries: &[Delivery],
    ) -> std::result::Result<Vec<bool>, StoreError> {
        let session = session(db)?;
        let lane = |delivery: &Delivery| (delivery.owed.app, delivery.owed.about);
        let lanes: BTreeSet<Lane> = deliveries.iter().map(lane).collect();
        let renew = session.prepare_own(RENEW)?;
        let changes = session.prepare_own(CHANGES)?;
        let conclude = session.prepare_own(CONCLUDE)?;
        let ints =
            |value: &dyn Fn(&Delivery) -> i64| Array::Ints(deliveries.iter().map(value).collect());
        let count = deliveries.len() as i64;
        let lists = vec![
            ints(&|delivery| delivery.id),
            ints(&|delivery| delivery.state as i64),
            ints(&|delivery| delivery.attempts.into()),
            ints(&|delivery| delivery.due.0),
            ints(&|delivery| delivery.owed.until.0),
            Array::Texts(
                deliveries
                    .iter()
                    .map(|one| one.reason.clone().unwrap_or_default())
                    .collect(),
            ),
            Array::MaybeInts(
                deliveries
                    .iter()
                    .map(|one| one.status.map(Into::into))
                    .collect(),
            ),
            Array::Ints((0..count).rev().collect()),
            ints(&|delivery| self.held.get(&lane(delivery)).map_or(0, |held| held.claim)),
        ];
        // All of it is one round trip.
        session.begin()?;
        session.tell(&renew, self.lists(&lanes).map(Array::Ints).into())?;
        session.tell(&changes, vec![Array::Ints(vec![count])])?;
        let concluded = session.question(&conclude, lists);
        let done = session.commit().and_then(|()| session.answer(concluded));
        if done.is_err() {
            let _ = session.rollback();
        }
        let done: BTreeSet<i64> = done?.iter().map(|row| row.get(0)).collect();
        Ok(deliveries
            .iter()
            .map(|one| done.contains(&one.id))
            .collect())
    }

    /// Keeps these lanes for some seconds more, if they are held. Others lapse: a failure may have come
    /// between a claim and whoever was to go by it.
    pub(crate) fn renew(
        &mut self,
        db: &Connection,
        lanes: &BTreeSet<Lane>,
    ) -> std::result::Result<(), StoreError> {
        self.held.retain(|lane, _| lanes.contains(lane));
        if !self.held.is_empty() {
            ask(session(db)?, RENEW, self.lists(self.held.keys()))?;
        }
        Ok(())
    }

    /// Lets lanes go: another node may have them.
    pub(crate) fn release(
        &mut self,
        db: &Connection,
        lanes: &[Lane],
    ) -> std::result::Result<(), StoreError> {
        let lists = self.lists(lanes);
        for lane in lanes {
            self.held.remove(lane);
        }
        ask(session(db)?, RELEASE, lists)?;
        Ok(())
    }

    /// Lets everything go.
    pub(crate) fn release_all(&mut self, db: &Connection) -> std::result::Result<(), StoreError> {
        let all: Vec<Lane> = self.held.keys().copied().collect();
        self.release(db, &all)
    }
}

/// Whoever had claimed a lane, or a letter, has it no longer: for tests of what follows.
pub(crate) fn lapse(db: &Connection) -> Result<()> {
    for table in ["delivery_lane", "mail"] {
        let lapsed = format!(
            "update {table} set lease = now() - interval '1 second' where lease is not null"
        );
        db.execute(&lapsed, [])?;
    }
    session(db)?.heard()
}

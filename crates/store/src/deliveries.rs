//! The record of deliveries: which events each app is owed, and what became of them.
//!
//! Beside an embedded store it lies in a file of its own, so that whoever delivers never waits for
//! the writer, nor it for them: docs/adr/0019. On PostgreSQL it is among the store's tables, several
//! nodes share it, and `postgres/claims.rs` says who does what: docs/adr/0033.

use crate::{
    error::StoreError,
    journal::Bookmark,
    postgres::claims::Claims,
    sql::{Connection, OptionalExtension, params},
    sqlite,
    writer::in_transaction,
};
use guestlist_domain::{AppId, ChannelId, TeamId, Timestamp, UserId};
mod limits;
mod numbers;
mod page;
pub(crate) mod rows;
mod share;

use limits::minute;
pub use page::Page;
use rows::{COLUMNS, delivery, first, insert, update};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use crate::postgres::claims::{Room, Standing};

/// Finished deliveries that are kept to be looked at.
const KEPT: i64 = 10_000;

/// Where a delivery is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// To be delivered, at once or later.
    Waiting,
    /// The app has it.
    Delivered,
    /// All attempts failed, or the app wanted no further one.
    Failed,
    /// It could not be delivered while it was worth it.
    Stale,
    /// The app was owed more than it may get within an hour.
    RateLimited,
    /// The app failed so often that it was cut off.
    Disabled,
}

impl State {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Delivered,
        Self::Failed,
        Self::Stale,
        Self::RateLimited,
        Self::Disabled,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::RateLimited => "rate_limited",
            Self::Disabled => "disabled",
        }
    }

    fn from_number(number: i64) -> Self {
        usize::try_from(number)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
            .unwrap_or(Self::Failed)
    }
}

/// What an app is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The app.
    pub app: AppId,
    /// The workspace it hears it in.
    pub team: TeamId,
    /// What it is about.
    pub about: About,
    /// The event's id.
    pub event_id: String,
    /// The event's type.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// After this it is delivered no more.
    pub until: Timestamp,
    /// The body, as it is sent each time.
    pub body: String,
}

/// What a delivery is about. Those about the same reach their app one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// A conversation.
    Channel(ChannelId),
    /// Somebody who comes to a workspace, changes or goes.
    Person(UserId),
    /// The app itself.
    App,
}

impl About {
    /// The conversation, if it is one.
    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::Person(_) | Self::App => None,
        }
    }

    /// A number of its own: of conversations their key, of people the negative of theirs.
    pub(crate) fn key(self) -> i64 {
        match self {
            Self::Channel(channel) => channel.key(),
            Self::Person(user) => -user.key(),
            Self::App => 0,
        }
    }

    pub(crate) fn from_key(key: i64) -> Self {
        match key {
            0 => Self::App,
            1.. => Self::Channel(ChannelId::from_key(key)),
            _ => Self::Person(UserId::from_key(-key)),
        }
    }
}

/// A delivery as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its number, in the order of the journal.
    pub id: i64,
    /// What is owed.
    pub owed: Owed,
    /// Where it is in its life.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Timestamp,
    /// Why the last attempt failed.
    pub reason: Option<String>,
    /// The HTTP status of the last answer.
    pub status: Option<u16>,
    /// Grows whenever any delivery changes.
    pub change: i64,
}

/// Which deliveries to look at. What is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this app.
    pub app: Option<AppId>,
    /// Heard in this workspace.
    pub team: Option<TeamId>,
    /// Of this conversation.
    pub channel: Option<ChannelId>,
    /// Of this type.
    pub kind: Option<String>,
    /// Of this event.
    pub event_id: Option<String>,
    /// In this state.
    pub state: Option<State>,
    /// Changed after this one: then the oldest come first, and otherwise only the newest are found.
    pub since: Option<i64>,
}

/// Why an app's deliveries are held back, or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// An operator holds them.
    pub paused: bool,
    /// When the app was cut off because it failed too often.
    pub disabled: Option<Timestamp>,
}

/// A lane: an app's deliveries about one thing.
pub type Lane = (AppId, About);

/// The record, open. In a store that is not shared, one owner at a time.
pub struct Deliveries {
    db: Connection,
    /// The newest change, where nobody else makes any.
    change: i64,
    /// The newest id there ever was, where the database does not see to that.
    newest: i64,
    counts: Arc<Counts>,
    claims: Option<Claims>,
}

/// How often deliveries came to each state since the start.
#[derive(Debug, Default)]
pub(crate) struct Counts([AtomicU64; State::ALL.len()]);

impl Counts {
    fn add(&self, state: State, number: usize) {
        self.0[state as usize].fetch_add(number as u64, Ordering::Relaxed);
    }

    /// By state; of those that wait, how often one was put off.
    pub(crate) fn counted(&self) -> Vec<(State, u64)> {
        let counts = self.0.iter().map(|count| count.load(Ordering::Relaxed));
        State::ALL.into_iter().zip(counts).collect()
    }
}

/// What waits to be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owing {
    /// How many deliveries.
    pub waiting: u64,
    /// When the event of the oldest happened.
    pub oldest: Option<Timestamp>,
    /// Rows of the journal of which it is not recorded yet what they owe; 0 where nobody subscribes.
    pub lag: i64,
    /// Apps that were cut off, and not let go on since.
    pub disabled: u64,
    /// Apps whose deliveries an operator holds back.
    pub paused: u64,
}

/// What waits, and up to where the journal is followed.
type Stands = (Owing, Option<Bookmark>);

/// As the record of an embedded store shows it now; `None` where there is no record.
pub(crate) fn owing_beside(path: &Path) -> Result<Option<Stands>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    owing(&sqlite::open_reader(path)?).map(Some)
}

/// As a record shows it now; the lag is for others to say.
pub(crate) fn owing(db: &Connection) -> Result<Stands, StoreError> {
    // The index of those that wait has all of this.
    let sql = "select (select count(*) from delivery where state = 0),
      (select at from delivery where id = (select min(id) from delivery where state = 0)),
      (select count(*) from delivery_hold where disabled is not null),
      (select count(*) from delivery_hold where paused)";
    let owing = db.query_row(sql, [], |row| {
        Ok(Owing {
            waiting: row.get::<_, i64>(0)?.unsigned_abs(),
            oldest: row.get::<_, Option<i64>>(1)?.map(Timestamp),
            lag: 0,
            disabled: row.get::<_, i64>(2)?.unsigned_abs(),
            paused: row.get::<_, i64>(3)?.unsigned_abs(),
        })
    })?;
    Ok((owing, followed(db)?))
}

fn followed(db: &Connection) -> Result<Option<Bookmark>, StoreError> {
    let sql = "select cast(value as text) from meta where key = 'followed'";
    let text: Option<String> = db.query_row(sql, [], |row| row.get(0)).optional()?;
    text.map(|text| text.parse()).transpose()
}

impl Deliveries {
    pub(crate) fn open(path: &Path, counts: Arc<Counts>) -> Result<Self, StoreError> {
        let db = sqlite::open_deliveries(path)?;
        let (change, newest) = numbers::newest(&db)?;
        Ok(Self {
            db,
            change,
            newest,
            counts,
            claims: None,
        })
    }

    /// The record that nodes share, by a connection of its own.
    pub(crate) fn share(db: Connection, counts: Arc<Counts>) -> Self {
        Self {
            db,
            change: 0,
            newest: 0,
            counts,
            claims: Some(Claims::default()),
        }
    }

    pub(crate) fn connect(&mut self, db: Connection) {
        self.db = db;
    }

    /// Whether other nodes deliver from the same record.
    pub fn is_shared(&self) -> bool {
        self.claims.is_some()
    }

    /// Whether it has lost its connection; see [`crate::Store::mend`].
    pub fn is_lost(&self) -> bool {
        self.db.is_closed()
    }

    /// Up to where in the journal everything owed is recorded; `None` in a new record.
    pub fn followed(&self) -> Result<Option<Bookmark>, StoreError> {
        followed(&self.db)
    }

    /// Up to where in the journal everything owed is recorded; nobody else records more, until
    /// [`Self::record`] or [`Self::leave`].
    pub fn enter(&mut self) -> Result<Option<Bookmark>, StoreError> {
        match &mut self.claims {
            None => self.followed(),
            Some(claims) => claims.enter(&self.db).map(Some),
        }
    }

    /// Records nothing after all.
    pub fn leave(&mut self) -> Result<(), StoreError> {
        if self.is_shared() && !self.db.is_autocommit() {
            self.db.rollback()?;
        }
        Ok(())
    }

    /// All of the journal that was there when it was entered has been read: lanes that get no
    /// further row need not be named from here on. Whether any was left out.
    pub fn trim_lanes(&self, mark: &mut Bookmark) -> bool {
        let named = mark.lanes();
        if let Some(claims) = &self.claims {
            mark.trim(|lane| claims.is_over(lane));
        }
        mark.lanes() < named
    }

    /// Records what the journal's rows up to `followed` owe to apps: all of it or nothing.
    pub fn record(&mut self, followed: &Bookmark, owed: &[Owed]) -> Result<(), StoreError> {
        let Self {
            db,
            claims,
            change,
            newest,
            ..
        } = self;
        if claims.is_none() {
            db.begin()?;
        }
        let recorded = (|| {
            if claims.is_some() {
                let lanes = owed.iter().map(|one| (one.app, one.about));
                let due = owed.iter().map(|one| one.at);
                *change = Claims::changes(db, lanes.zip(due), owed.len())?;
            }
            for one in owed {
                *change += 1;
                *newest += 1;
                match claims {
                    None => numbers::insert(db, *newest, one, *change)?,
                    Some(_) => insert(db, one, *change)?,
                }
            }
            let place = params![followed.to_string()];
            db.execute(
                "insert or replace into meta (key, value) values ('followed', ?1)",
                place,
            )?;
            Ok(db.commit()?)
        })();
        if recorded.is_err() {
            let _ = db.rollback();
        }
        recorded
    }

    /// Records something owed that is in no journal; once, however often it is told.
    pub fn add(&mut self, owed: &Owed) -> Result<(), StoreError> {
        let lane = (owed.app, owed.about);
        self.newest += 1;
        let (newest, is_shared) = (self.newest, self.is_shared());
        self.changing(&[(lane, owed.at)], 1, |db, change| match is_shared {
            true => insert(db, owed, change),
            false => numbers::insert(db, newest, owed, change),
        })
    }

    /// Does something to deliveries in one transaction: `change` is the number before the first of
    /// `count` new ones. Something is due in these lanes.
    fn changing<T>(
        &mut self,
        lanes: &[(Lane, Timestamp)],
        count: usize,
        work: impl FnOnce(&Connection, i64) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.claims.is_none() {
            let before = self.change;
            self.change += count as i64;
            return work(&self.db, before + 1);
        }
        in_transaction(&self.db, || {
            let before = Claims::changes(&self.db, lanes.iter().copied(), count)?;
            work(&self.db, before + 1)
        })
    }

    /// The lanes in which something waits, and when its first is due.
    pub fn lanes(&self) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        let mut select = self.db.prepare_cached(
            "select d.app, d.channel, d.due from delivery d join
               (select min(id) as id from delivery where state = 0 group by app, channel) first
             on first.id = d.id",
        )?;
        let rows = select.query_map([], |row| {
            let lane = (AppId::from_key(row.get(0)?), About::from_key(row.get(1)?));
            Ok((lane, Timestamp(row.get(2)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every app of which it knows anything but how deliveries ended.
    pub fn apps(&self) -> Result<Vec<AppId>, StoreError> {
        let mut select = self.db.prepare_cached(
            "select app from delivery_hold union select app from delivery_hour
             union select app from delivery where state = 0",
        )?;
        let rows = select.query_map([], |row| Ok(AppId::from_key(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first that waits in a lane.
    pub fn first(&mut self, lane: Lane) -> Result<Option<Delivery>, StoreError> {
        if let Some(claims) = &mut self.claims {
            return Ok(claims.first(lane));
        }
        first(&self.db, lane)
    }

    /// Records what became of deliveries, and tells for each whether that counts: not if meanwhile
    /// another node took the lane over.
    pub fn conclude(&mut self, deliveries: &[Delivery]) -> Result<Vec<bool>, StoreError> {
        let counted = match &mut self.claims {
            Some(claims) => claims.conclude(&self.db, deliveries)?,
            None => {
                for delivery in deliveries {
                    self.change += 1;
                    update(&self.db, delivery, self.change)?;
                }
                vec![true; deliveries.len()]
            }
        };
        for (delivery, counts) in deliveries.iter().zip(&counted) {
            if *counts {
                self.counts.add(delivery.state, 1);
            }
        }
        Ok(counted)
    }

    /// Of lanes that this node delivers, when the first that waits is due, where one does. Where nodes
    /// share the work, lanes in which nothing is due by `now` are given back.
    pub fn look(
        &mut self,
        lanes: &[Lane],
        now: Timestamp,
    ) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        if let Some(claims) = &mut self.claims {
            return claims.look(&self.db, lanes, now);
        }
        let mut found = Vec::new();
        for lane in lanes {
            found.extend(first(&self.db, *lane)?.map(|delivery| (*lane, delivery.due)));
        }
        Ok(found)
    }

    /// Sets deliveries to be tried at their time, as if nobody had tried them before.
    pub fn set_waiting(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let lane = (delivery.owed.app, delivery.owed.about);
        self.changing(&[(lane, delivery.due)], 1, |db, change| {
            update(db, delivery, change)
        })?;
        self.counts.add(State::Waiting, 1);
        Ok(())
    }

    /// Whatever still waits for an app ends in `state`.
    pub fn end_all(&mut self, app: AppId, state: State) -> Result<(), StoreError> {
        let waiting = "select count(*) from delivery where state = 0 and app = ?1";
        let ended: i64 = self.db.query_row(waiting, [app.key()], |row| row.get(0))?;
        self.changing(&[], 1, |db, change| {
            Ok(db.execute(
                "update delivery set state = ?2, change = ?3 where state = 0 and app = ?1",
                params![app.key(), state as i64, change],
            )?)
        })?;
        self.counts.add(state, usize::try_from(ended).unwrap_or(0));
        Ok(())
    }

    /// Forgets what was owed in workspaces that are gone, and all that is known of apps that are.
    pub fn forget(&mut self, workspaces: &[TeamId], apps: &[AppId]) -> Result<(), StoreError> {
        if workspaces.is_empty() && apps.is_empty() {
            return Ok(());
        }
        if !self.is_shared() {
            // An attempt at what is forgotten may be under way.
            numbers::keep(&self.db, self.change, self.newest)?;
        }
        for app in apps {
            if self.is_shared() {
                // Locked before anything else.
                self.db
                    .execute("delete from delivery_lane where app = ?1", [app.key()])?;
            }
            for sql in [
                "delete from delivery where app = ?1",
                "delete from delivery_hold where app = ?1",
                "delete from delivery_hour where app = ?1",
            ] {
                self.db.execute(sql, [app.key()])?;
            }
        }
        for team in workspaces {
            self.db
                .execute("delete from delivery where team = ?1", [team.key()])?;
        }
        Ok(())
    }

    /// Forgets the oldest of the finished ones beyond what is kept, and counts of hours that are over.
    pub fn trim(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.db.execute(
            "delete from delivery where state <> 0 and id <= (select max(id) from delivery) - ?1",
            [KEPT],
        )?;
        let over = minute(now) - 60;
        Ok(self
            .db
            .execute("delete from delivery_hour where minute < ?1", [over])?)
    }

    /// A delivery.
    pub fn get(&self, id: i64) -> Result<Option<Delivery>, StoreError> {
        Ok(self
            .db
            .prepare_cached(&format!("select {COLUMNS} from delivery where id = ?1"))?
            .query_row([id], delivery)
            .optional()?)
    }

    /// Deliveries, at most `limit`.
    pub fn find(&self, filter: &Filter, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let order = if filter.since.is_some() {
            "change"
        } else {
            "id desc"
        };
        let mut select = self.db.prepare_cached(&format!(
            "select {COLUMNS} from delivery
             where (cast(?1 as bigint) is null or app = ?1) and (cast(?2 as bigint) is null or channel = ?2)
               and (cast(?3 as text) is null or type = ?3) and (cast(?4 as text) is null or event_id = ?4)
               and (cast(?5 as bigint) is null or state = ?5) and (cast(?6 as bigint) is null or change > ?6)
               and (cast(?7 as bigint) is null or team = ?7)
             order by {order} limit ?8"
        ))?;
        let rows = select.query_map(
            params![
                filter.app.map(AppId::key),
                filter.channel.map(ChannelId::key),
                filter.kind,
                filter.event_id,
                filter.state.map(|state| state as i64),
                filter.since,
                filter.team.map(TeamId::key),
                i64::try_from(limit).unwrap_or(i64::MAX),
            ],
            delivery,
        )?;
        let mut found: Vec<_> = rows.collect::<Result<_, _>>()?;
        if filter.since.is_none() {
            found.reverse();
        }
        Ok(found)
    }
}

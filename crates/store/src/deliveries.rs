//! The record of deliveries: which events each app is owed, and what became of them.
//!
//! It lies in a file of its own, so that whoever delivers never waits for the writer, nor it for
//! them. See docs/adr/0008.

use crate::{error::StoreError, sqlite};
use guestlist_domain::{AppId, ChannelId, TeamId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

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
    /// The conversation: its deliveries reach the app one after the other.
    pub channel: Option<ChannelId>,
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

/// A lane: an app's deliveries of one conversation.
pub type Lane = (AppId, Option<ChannelId>);

/// The record, open. One owner at a time.
pub struct Deliveries {
    db: Connection,
    change: i64,
    counts: Arc<Counts>,
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
    /// Up to which row of the journal everything owed is recorded; the newest, where nobody subscribes.
    pub followed: i64,
}

/// What waits, as the record shows it now; `None` where there is no record.
pub(crate) fn owing(path: &Path) -> Result<Option<Owing>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let db = sqlite::open_reader(path)?;
    // The index of those that wait has all of this but the last.
    let owing = db.query_row(
        "select (select count(*) from delivery where state = 0),
           (select at from delivery where id = (select min(id) from delivery where state = 0)),
           (select value from meta where key = 'followed')",
        [],
        |row| {
            Ok(Owing {
                waiting: row.get::<_, i64>(0)?.unsigned_abs(),
                oldest: row.get::<_, Option<i64>>(1)?.map(Timestamp),
                followed: row.get::<_, Option<i64>>(2)?.unwrap_or_default(),
            })
        },
    )?;
    Ok(Some(owing))
}

const COLUMNS: &str = "id, app, team, channel, event_id, type, at, state, attempts, due, until, reason, status, change, body";

impl Deliveries {
    pub(crate) fn open(path: &Path, counts: Arc<Counts>) -> Result<Self, StoreError> {
        let db = sqlite::open_deliveries(path)?;
        let change = db.query_row("select coalesce(max(change), 0) from delivery", [], |row| {
            row.get(0)
        })?;
        Ok(Self { db, change, counts })
    }

    /// Up to which row of the journal everything owed is recorded; `None` in a new record.
    pub fn followed(&self) -> Result<Option<i64>, StoreError> {
        Ok(self
            .db
            .prepare_cached("select value from meta where key = 'followed'")?
            .query_row([], |row| row.get(0))
            .optional()?)
    }

    /// Records what the journal's rows up to `followed` owe to apps: all of it or nothing.
    pub fn record(&mut self, followed: i64, owed: &[Owed]) -> Result<(), StoreError> {
        let step = self.db.unchecked_transaction()?;
        for one in owed {
            self.change += 1;
            insert(&step, one, self.change)?;
        }
        step.prepare_cached("insert or replace into meta (key, value) values ('followed', ?1)")?
            .execute([followed])?;
        Ok(step.commit()?)
    }

    /// Records something owed that is in no journal.
    pub fn add(&mut self, owed: &Owed) -> Result<(), StoreError> {
        self.change += 1;
        insert(&self.db, owed, self.change)
    }

    /// The lanes in which something waits, and when its first is due.
    pub fn lanes(&self) -> Result<Vec<(Lane, Timestamp)>, StoreError> {
        let mut select = self.db.prepare_cached(
            "select d.app, d.channel, d.due from delivery d join
               (select min(id) as id from delivery where state = 0 group by app, channel) first
             on first.id = d.id",
        )?;
        let rows = select.query_map([], |row| {
            let lane = (AppId::from_key(row.get(0)?), channel(row.get(1)?));
            Ok((lane, Timestamp(row.get(2)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first that waits in a lane.
    pub fn first(&self, (app, channel): Lane) -> Result<Option<Delivery>, StoreError> {
        Ok(self
            .db
            .prepare_cached(&format!(
                "select {COLUMNS} from delivery where state = 0 and app = ?1 and channel = ?2 order by id limit 1"
            ))?
            .query_row(params![app.key(), channel.map_or(0, ChannelId::key)], delivery)
            .optional()?)
    }

    /// Records what became of a delivery.
    pub fn update(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        self.change += 1;
        self.db
            .prepare_cached(
                "update delivery set state = ?2, attempts = ?3, due = ?4, until = ?5, reason = ?6, status = ?7, change = ?8
                 where id = ?1",
            )?
            .execute(params![
                delivery.id,
                delivery.state as i64,
                delivery.attempts,
                delivery.due.0,
                delivery.owed.until.0,
                delivery.reason,
                delivery.status,
                self.change
            ])?;
        self.counts.add(delivery.state, 1);
        Ok(())
    }

    /// Whatever still waits for an app ends in `state`.
    pub fn end_all(&mut self, app: AppId, state: State) -> Result<(), StoreError> {
        self.change += 1;
        let ended = self
            .db
            .prepare_cached(
                "update delivery set state = ?2, change = ?3 where state = 0 and app = ?1",
            )?
            .execute(params![app.key(), state as i64, self.change])?;
        self.counts.add(state, ended);
        Ok(())
    }

    /// Forgets the oldest of the finished ones beyond what is kept.
    pub fn trim(&mut self) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "delete from delivery where state <> 0 and id <= (select max(id) from delivery) - ?1",
            )?
            .execute([KEPT])?;
        Ok(())
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
             where (:app is null or app = :app) and (:channel is null or channel = :channel)
               and (:type is null or type = :type) and (:event is null or event_id = :event)
               and (:state is null or state = :state) and (:since is null or change > :since)
             order by {order} limit :limit"
        ))?;
        let rows = select.query_map(
            named_params! {
                ":app": filter.app.map(AppId::key),
                ":channel": filter.channel.map(ChannelId::key),
                ":type": filter.kind,
                ":event": filter.event_id,
                ":state": filter.state.map(|state| state as i64),
                ":since": filter.since,
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            },
            delivery,
        )?;
        let mut found: Vec<_> = rows.collect::<Result<_, _>>()?;
        if filter.since.is_none() {
            found.reverse();
        }
        Ok(found)
    }

    /// Whether an app's deliveries are held back.
    pub fn hold(&self, app: AppId) -> Result<Hold, StoreError> {
        Ok(self
            .db
            .prepare_cached("select paused, disabled from app where id = ?1")?
            .query_row([app.key()], |row| {
                let disabled: Option<i64> = row.get(1)?;
                Ok(Hold {
                    paused: row.get(0)?,
                    disabled: disabled.map(Timestamp),
                })
            })
            .optional()?
            .unwrap_or_default())
    }

    /// Holds an app's deliveries back, or lets them go on.
    pub fn set_hold(&mut self, app: AppId, hold: Hold) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "insert or replace into app (id, paused, disabled) values (?1, ?2, ?3)",
            )?
            .execute(params![
                app.key(),
                hold.paused,
                hold.disabled.map(|at| at.0)
            ])?;
        Ok(())
    }
}

fn insert(db: &Connection, owed: &Owed, change: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert into delivery (app, team, channel, event_id, type, at, state, attempts, due, until, change, body)
         values (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        owed.app.key(),
        owed.team.key(),
        owed.channel.map_or(0, ChannelId::key),
        owed.event_id,
        owed.kind,
        owed.at.0,
        owed.until.0,
        change,
        owed.body
    ])?;
    Ok(())
}

fn channel(key: i64) -> Option<ChannelId> {
    (key != 0).then(|| ChannelId::from_key(key))
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        owed: Owed {
            app: AppId::from_key(row.get(1)?),
            team: TeamId::from_key(row.get(2)?),
            channel: channel(row.get(3)?),
            event_id: row.get(4)?,
            kind: row.get(5)?,
            at: Timestamp(row.get(6)?),
            until: Timestamp(row.get(10)?),
            body: row.get(14)?,
        },
        state: State::from_number(row.get(7)?),
        attempts: row.get(8)?,
        due: Timestamp(row.get(9)?),
        reason: row.get(11)?,
        status: row.get(12)?,
        change: row.get(13)?,
    })
}

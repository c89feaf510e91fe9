//! The one writer of this node. Others write as well, so nothing is remembered from one batch to
//! the next: what a decision rests on is locked, loaded, and changed in one transaction.
//!
//! All calls that wait share it: locks and facts in one round trip, what was decided and the
//! commit in another. See docs/adr/0024.

use super::{
    Database, GONE, LANES,
    asking::Asking,
    claims,
    crowd::Crowd,
    load::Loading,
    locks::{self, Locks},
    round::{Aside, Round},
    session::Session,
    tell::{Told, is_dated},
    verdict,
};
use crate::{
    call::{Apart, Message, Move, Waiting},
    clock::Clock,
    error::{StoreError, chain},
    journal, owners,
    progress::{Progress, of_an_app},
    rows::{Absent, Homes},
    sql::{self, Connection, params},
    tables,
};
use guestlist_domain::{Entry, Facts, Key, Moment, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_postgres::error::SqlState;

/// How often a batch is decided before it is given up.
const ATTEMPTS: usize = 8;

/// How often, and how far apart, a database that went away while committing is looked for.
const RETURNS: usize = 50;
const PAUSE: Duration = Duration::from_millis(100);
/// How many bytes what is known of conversations may take.
const HOMES: usize = 4 << 20;
/// What is asked here is known: few rows, each by its whole key. The database believes its statistics
/// instead, and those of a table that was empty a minute ago make it read all of it.
pub(super) const PLANS: &str = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off;
  set enable_bitmapscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off";
/// What makes the database plan for tables as they are.
pub(crate) const ANALYZE: &str = "analyze \"user\", channel, member, place, message, reply";
/// A row of the journal.
pub(crate) const NOTE: &str =
    "insert into journal (team, lane, number, last, entries) values (?1, ?2, ?3, ?4, ?5)";

/// What is counted while it happens.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    conflicts: AtomicU64,
    reconnects: AtomicU64,
}

/// What has happened since the store was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Batches that were decided anew because another node was faster, or its connection lost.
    pub conflicts: u64,
    /// Connections of the writer that were lost.
    pub reconnects: u64,
}

impl Counters {
    pub(crate) fn read(&self) -> Counts {
        Counts {
            conflicts: self.conflicts.load(Ordering::Relaxed),
            reconnects: self.reconnects.load(Ordering::Relaxed),
        }
    }
}

pub(crate) struct Writer {
    database: Arc<Database>,
    /// Absent after it was lost.
    db: Option<Connection>,
    clock: Clock,
    /// The database does not take one statement that writes into several tables.
    apart: bool,
    /// Where conversations are at home, as long as nothing that all nodes remember has changed.
    homes: Homes,
    /// How often that was so.
    heard: u64,
    /// This connection's part of the journal, and how many rows it has written there.
    lane: i64,
    number: i64,
    last: Timestamp,
    counts: Arc<Counters>,
    /// How often workspaces were added or taken out.
    additions: u64,
    /// No connection could be made, and that was told.
    away: bool,
    progress: Arc<Progress>,
    forget_callers: Arc<dyn Fn() + Send + Sync>,
    /// Called when something may be due another time, or a letter has another state.
    news: Arc<dyn Fn() + Send + Sync>,
}

/// What came of an attempt to decide a batch.
enum Tried {
    /// Committed, or nothing was to be done: each call's failure, if it has one.
    Done(Vec<Option<StoreError>>),
    /// To be decided anew.
    Again(StoreError),
    /// Nothing was written.
    Failed(StoreError),
    /// The connection was lost while committing what has a row of this workspace and number in the journal.
    InDoubt(StoreError, (i64, i64), Vec<Option<StoreError>>),
}

impl Writer {
    pub(crate) fn new(
        database: Arc<Database>,
        clock: Clock,
        counts: Arc<Counters>,
        progress: Arc<Progress>,
        forget_callers: Arc<dyn Fn() + Send + Sync>,
        news: Arc<dyn Fn() + Send + Sync>,
    ) -> Result<Self, StoreError> {
        let mut writer = Self {
            database,
            db: None,
            apart: false,
            homes: Homes::default(),
            heard: 0,
            clock,
            lane: 0,
            number: 0,
            last: Timestamp::default(),
            counts,
            additions: 0,
            away: false,
            progress,
            forget_callers,
            news,
        };
        writer.connect()?;
        Ok(writer)
    }

    /// A connection with a lane of its own: what the one before it may still be doing in the
    /// database, it does in another.
    fn connect(&mut self) -> Result<(), StoreError> {
        let db = self.database.connect_here()?;
        if let Some(session) = db.postgres() {
            session.hurry(true);
            // Another node may have stopped in the middle; then this one has to go on.
            session.batch(
                "set lock_timeout = '2s'; set idle_in_transaction_session_timeout = '10s'",
            )?;
            if session.capabilities().planner_settings {
                session.batch(PLANS)?;
            }
        }
        self.lane = lane(&db)?;
        self.number = 0;
        self.clock.set_moved_by(tables::moved(&db)?);
        // Of one conversation the newest is looked up with each batch. These are for the rest.
        let loaded = tables::meta(&db, "last_tick")?.and_then(|text| text.parse().ok());
        let written: Option<i64> = db.query_row(
            "select max(last) from (select last from journal order by turn desc limit 64) as newest",
            [],
            |row| row.get(0),
        )?;
        self.last = self
            .last
            .max(Timestamp(written.max(loaded).unwrap_or_default()));
        self.db = Some(db);
        self.away = false;
        Ok(())
    }

    /// Tells that there is no connection: once, and not again for each batch while it is so.
    fn tell_away(&mut self, error: &StoreError) {
        let why = chain(error);
        match (self.away, error.is_away()) {
            (true, _) => tracing::debug!(error = %why, "there is no connection to write by"),
            (false, true) => tracing::warn!(error = %why, "the database cannot be reached"),
            (false, false) => tracing::warn!(error = %why, "the database cannot be written to"),
        }
        self.away = true;
    }

    /// Answers calls until the store closes.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut crowd = Crowd::default();
        let mut aside = Aside::default();
        loop {
            let first = aside.first(&mut queue);
            if first.is_none() && aside.len() == 0 {
                return;
            }
            if first.is_some() {
                crowd.gather(&queue);
            }
            let round = Round::gather(first, &mut queue, &mut aside);
            let is_closing = round.closing.is_some();
            self.progress.measures.aside(aside.len());
            if round.is_there {
                self.return_if_lost();
            }
            if !round.calls.is_empty() {
                let (many, began) = (round.calls.len(), Instant::now());
                self.batch(round.calls);
                crowd = Crowd::new(many, began.elapsed());
            }
            while let Some(call) = aside.rereading.pop_front() {
                self.progress.measures.aside(aside.len());
                self.batch(vec![call]);
                if !is_closing {
                    break;
                }
            }
            for one in round.moves {
                let moved = self.move_clock(&one);
                let _ = one.to.send(moved);
            }
            while let Some(call) = aside.apart.pop_front() {
                self.progress.measures.aside(aside.len());
                self.decide_apart(call);
                if !is_closing {
                    break;
                }
            }
            if let Some(to) = round.closing {
                drop(self);
                let _ = to.send(());
                return;
            }
        }
    }

    /// Makes a connection if there is none, before there is anything to write: others see by it that the store
    /// is open here.
    fn return_if_lost(&mut self) {
        // Nobody listens to a connection that nothing is asked of.
        let lives = |session: &Session| session.batch("select 1").is_ok();
        let db = self.db.as_ref().and_then(Connection::postgres);
        if !db.is_some_and(lives)
            && let Err(error) = self.connect()
        {
            self.tell_away(&error);
        }
    }

    /// Moves the world's clock, and keeps that.
    fn move_clock(&mut self, one: &Move) -> Result<bool, StoreError> {
        if !self.clock.can_move(one.by) {
            return Ok(false);
        }
        if self.db.as_ref().is_none_or(Connection::is_closed) {
            self.connect()?;
        }
        let Some(db) = &self.db else {
            return Err(StoreError::Unavailable);
        };
        self.clock.set_moved_by(tables::move_by(db, one.by)?);
        Ok(true)
    }

    fn decide_apart(&mut self, call: Box<dyn Waiting>) {
        self.batch(vec![call]);
        // Whatever is there again may be at home elsewhere.
        self.homes = Homes::default();
        self.additions += 1;
        if self.additions >= 4 && self.additions.is_power_of_two() {
            self.take_stock();
        }
    }

    /// Has the database look how large its tables have become, as additions double. What is asked of people and
    /// places goes by whole keys, yet the database chooses an index of a table that it takes for tiny as if all
    /// were alike, until it looks by itself, a minute later.
    fn take_stock(&self) {
        let session = self.db.as_ref().and_then(Connection::postgres);
        if let Some(session) = session.filter(|one| one.capabilities().planner_settings) {
            let looked = session.batch(ANALYZE);
            if let Err(error) = looked {
                tracing::debug!(error = %chain(&error), "the database did not look at its tables");
            }
        }
    }

    /// Decides the calls together; if something is wrong that no new attempt mends, each by itself.
    fn batch(&mut self, mut calls: Vec<Box<dyn Waiting>>) {
        let outcome = self.decide_and_commit(&mut calls);
        let measures = &self.progress.measures;
        measures.newest_tick(self.last);
        if outcome.is_err() {
            measures.commit_failed();
        }
        match outcome {
            Ok(failures) => {
                for (call, failure) in calls.into_iter().zip(failures) {
                    call.answer(failure);
                }
            }
            Err(error @ (StoreError::Unavailable | StoreError::InDoubt(_))) => {
                for call in calls {
                    call.answer(Some(error.again()));
                }
            }
            Err(_) if calls.len() > 1 => {
                for call in calls {
                    self.batch(vec![call]);
                }
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "a call could not be written");
                for call in calls {
                    call.answer(Some(error.again()));
                }
            }
        }
    }

    fn decide_and_commit(
        &mut self,
        calls: &mut [Box<dyn Waiting>],
    ) -> Result<Vec<Option<StoreError>>, StoreError> {
        // What an attempt turns out to need is locked from the beginning, in order, by the next.
        let mut locks = match calls {
            [one] if one.apart().is_some() => Locks::of_additions(),
            _ => Locks::default(),
        };
        let mut given_up = StoreError::Unavailable;
        let began = Instant::now();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 && began.elapsed() >= GONE {
                break;
            }
            if self.db.as_ref().is_none_or(Connection::is_closed) {
                if self.db.take().is_some() {
                    self.counts.reconnects.fetch_add(1, Ordering::Relaxed);
                }
                if let Err(error) = self.connect() {
                    self.tell_away(&error);
                    return Err(StoreError::Unavailable);
                }
            }
            let tried = match self.attempt(calls, &mut locks, attempt > 0) {
                Ok(tried) => tried,
                Err(error) => judge(error),
            };
            match tried {
                Tried::Done(failures) => return Ok(failures),
                Tried::Failed(error) => {
                    self.undo();
                    return Err(error);
                }
                Tried::Again(error) => {
                    self.apart |= verdict::is_lacking(&error);
                    self.counts.conflicts.fetch_add(1, Ordering::Relaxed);
                    self.undo();
                    given_up = error;
                }
                Tried::InDoubt(error, row, failures) => match self.was_committed(row) {
                    Some(true) => {
                        (self.forget_callers)();
                        (self.news)();
                        self.progress.news.notify_one();
                        return Ok(failures);
                    }
                    Some(false) => given_up = error,
                    None => return Err(verdict::in_doubt(error)),
                },
            }
        }
        tracing::warn!(error = %chain(&given_up), "a batch was given up");
        Err(given_up)
    }

    /// Leaves the transaction. A connection that cannot even do that is left as a whole.
    fn undo(&mut self) {
        if let Some(db) = &self.db
            && db.rollback().is_err()
        {
            self.db = None;
            self.counts.reconnects.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn attempt(
        &mut self,
        calls: &mut [Box<dyn Waiting>],
        locks: &mut Locks,
        again: bool,
    ) -> Result<Tried, StoreError> {
        let Some(db) = &self.db else {
            return Err(StoreError::Unavailable);
        };
        let Some(session) = db.postgres() else {
            return Err(StoreError::Unavailable);
        };
        let heard = self.progress.changed.load(Ordering::Acquire);
        if self.homes.weight() > HOMES || heard != self.heard {
            self.homes = Homes::default();
            self.heard = heard;
        }
        let (mut facts, mut absent) = (Facts::default(), Absent::default());
        let needs: Vec<Vec<Key>> = calls.iter().map(|call| call.needs()).collect();
        needs.iter().flatten().for_each(|key| locks.add(key));
        session.begin()?;
        let removes = calls
            .iter()
            .any(|call| call.apart() == Some(Apart::Removes));
        locks::of_workspaces(session, removes)?;
        let asked = locks.take(session)?;
        let all: Vec<Key> = needs.into_iter().flatten().collect();
        let locked = locks.channels();
        let mut loading = Loading {
            db: session,
            facts: &mut facts,
            held: locks,
            homes: &mut self.homes,
            absent: &mut absent,
            last: self.last,
        };
        let newest = loading.load(&all, locked, asked)?;
        tables::load(db, &mut facts, &all)?;
        let moment = Moment::new(self.clock.now(), self.last.max(newest));
        let mut moment = moment.sharing(self.lane);
        let mut entries = Vec::new();
        let mut failures = Vec::with_capacity(calls.len());
        for call in calls {
            let mut asking = Asking {
                db,
                session,
                needs: &all,
                facts: &mut facts,
                locks,
                homes: &mut self.homes,
                absent: &mut absent,
            };
            match asking.decide(call.as_mut(), &mut moment) {
                Ok(changes) => {
                    changes.iter().for_each(|change| facts.apply(change));
                    if !changes.is_empty() {
                        entries.push(Entry {
                            at: moment.now(),
                            by: call.actor(),
                            changes,
                        });
                    }
                    failures.push(None);
                }
                Err(StoreError::Failed(cause)) => return Err(StoreError::Failed(cause)),
                Err(error) => failures.push(Some(error)),
            }
        }
        self.last = journal::newest(&entries, moment.last());
        if entries.is_empty() {
            // Nobody carries this connection while the next call is waited for: what is only told
            // would go out with that call, and keep its locks until then.
            session.end_view()?;
            session.heard()?;
            return Ok(Tried::Done(failures));
        }
        let began = Instant::now();
        let first = self.number + 1;
        let mut told = Told::new(db, &mut self.homes, &entries)?;
        // If it was tried before, by statements that bear whatever is there already.
        if !self.apart && !again {
            told.rows = told.rows.knowing(absent);
        }
        // Once everything was told, the database may have done it.
        self.number = told.tell(session, (self.lane, self.number, self.last))?;
        if let Err(error) = session.commit() {
            let known = verdict::is_final(&error);
            let error = StoreError::from(error);
            return Ok(if known {
                judge(error)
            } else {
                Tried::InDoubt(error, (entries[0].by.team.key(), first), failures)
            });
        }
        let measures = &self.progress.measures;
        measures.committed(entries.len(), began.elapsed());
        let changes = || entries.iter().flat_map(|entry| &entry.changes);
        if changes().any(owners::touched_by) {
            (self.forget_callers)();
        }
        if changes().any(is_dated) {
            (self.news)();
        }
        self.progress.tell_follower(changes().any(of_an_app));
        Ok(Tried::Done(failures))
    }

    /// After the connection was lost while committing: whether the batch is in the journal. `None`
    /// if that cannot be found out.
    fn was_committed(&mut self, (team, number): (i64, i64)) -> Option<bool> {
        let lane = self.lane;
        self.db = None;
        self.counts.reconnects.fetch_add(1, Ordering::Relaxed);
        for _ in 0..RETURNS {
            if self.connect().is_ok() {
                break;
            }
            // Nobody wakes this thread but the connections it waits for.
            std::thread::park_timeout(PAUSE);
        }
        let db = self.db.as_ref()?;
        // The old connection may still be at it. Its row's key is free once it has failed, and
        // taken here it can no longer succeed: an empty row says that nothing happened.
        let last = self.last.max(self.clock.now()).0;
        let void = params![team, lane, number, last, journal::pack(&[])];
        let claimed = db
            .execute(NOTE, void)
            .and_then(|()| db.postgres().map_or(Ok(()), Session::heard));
        match claimed {
            Ok(()) => Some(false),
            Err(sql::Error::Postgres(error))
                if error.code() == Some(&SqlState::UNIQUE_VIOLATION) =>
            {
                Some(true)
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "a commit's outcome could not be found out");
                None
            }
        }
    }
}

/// What follows from an error before the commit.
fn judge(error: StoreError) -> Tried {
    match verdict::passes(&error) {
        true => Tried::Again(error),
        false => Tried::Failed(error),
    }
}

/// A lane of this connection's own. Its lock says for as long as the connection lives that more
/// may come in the lane; until it is taken, that of lane 0 says so of every lane.
fn lane(db: &Connection) -> sql::Result<i64> {
    let class = format!("cast({LANES} as int)");
    let lock = format!("select pg_advisory_lock_shared({class}, cast(?1 as int))");
    let unlock = format!("select pg_advisory_unlock_shared({class}, 0)");
    let next = || db.query_row("select nextval('lane')", [], |row| row.get(0));
    if !claims::knows_writers(db) {
        return next();
    }
    db.execute(&lock, [0])?;
    let lane = next()?;
    db.execute(&lock, [lane])?;
    db.execute(&unlock, [])?;
    Ok(lane)
}

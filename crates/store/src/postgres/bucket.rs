//! Buckets that nodes share: how often methods may be called, exact whichever node is asked.
//!
//! Calls that wait while a statement is on its way take together: one statement a bucket, whatever
//! their number. Each is committed by itself, so that nobody waits for anybody's other buckets.

use super::{Database, GONE, Postgres, connect};
use crate::{
    error::StoreError,
    sql::{self, Error},
};
use guestlist_domain::TeamId;
use std::{collections::HashMap, sync::Arc};
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
    time::timeout,
};
use tokio_postgres::{Client, Statement, types::ToSql};

/// A call that takes from a bucket. A bucket is the time when it will be full again; all times are
/// nanoseconds since 1970.
#[derive(Clone, Debug)]
pub struct Take {
    /// The workspace.
    pub team: TeamId,
    /// Which of its buckets.
    pub name: String,
    /// Now.
    pub now: i64,
    /// How long one call takes to be refilled.
    pub interval: i64,
    /// When a bucket that is empty now will be full.
    pub empty: i64,
}

/// One statement, since whoever comes in between must be counted: it takes as many of `$6` calls as
/// the bucket has. A bucket that is not there is full; if the clock was set back, a bucket is empty,
/// not in debt.
const TAKE: &str = "
  insert into bucket as b (team, name, full_at, calls)
  values ($1, $2, $3::bigint + least($6::bigint, ($5::bigint - $3) / $4::bigint) * $4,
    least($6, ($5 - $3) / $4))
  on conflict (team, name) do update set
    calls = least($6, ($5 - greatest(least(b.full_at, $5), $3)) / $4),
    full_at = greatest(least(b.full_at, $5), $3)
            + least($6, ($5 - greatest(least(b.full_at, $5), $3)) / $4) * $4
  returning full_at, calls";

/// Most calls that take together.
const MOST: usize = 1024;

/// What came of it: taken, or the nanoseconds after which the next call can be.
type Taken = Result<Result<(), i64>, StoreError>;
type Taker = (Take, oneshot::Sender<Taken>);

/// Forgets the buckets of workspaces.
pub(crate) fn forget(db: &sql::Connection, teams: &[i64]) -> Result<(), StoreError> {
    for team in teams {
        db.prepare_cached("delete from bucket where team = ?1")?
            .execute([*team])?;
    }
    Ok(db.postgres().map_or(Ok(()), |session| session.heard())?)
}

/// The way to the buckets of a database.
pub(crate) struct Buckets(mpsc::Sender<Taker>);

impl Buckets {
    pub(crate) fn new(database: &Database) -> Self {
        let (queue, takers) = mpsc::channel(MOST);
        database.handle.spawn(serve(database.place.clone(), takers));
        Self(queue)
    }

    /// Takes one call.
    pub(crate) async fn take(&self, take: Take) -> Taken {
        let (to, taken) = oneshot::channel();
        let queued = self.0.send((take, to)).await;
        queued.map_err(|_| StoreError::Unavailable)?;
        taken.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

/// Lets calls take until nobody is left who could.
async fn serve(place: Postgres, mut takers: mpsc::Receiver<Taker>) {
    let mut connection: Option<Connection> = None;
    let mut waiting = Vec::new();
    while takers.recv_many(&mut waiting, MOST).await > 0 {
        let mut rounds: HashMap<_, Round> = HashMap::new();
        for (take, to) in waiting.drain(..) {
            let key = (take.team, take.name, take.interval);
            let round = rounds.entry(key).or_default();
            // Of calls that come in one moment, the last says which it is.
            round.now = round.now.max(take.now);
            round.empty = round.empty.max(take.empty);
            round.takers.push(to);
        }
        if connection.as_ref().is_none_or(|c| c.client.is_closed()) {
            connection = match Connection::new(&place).await {
                Ok(connection) => Some(connection),
                Err(error) => {
                    for round in rounds.into_values() {
                        round.answer(|_| Err(error.again()));
                    }
                    continue;
                }
            };
        }
        let Some(connection) = &connection else {
            continue;
        };
        let mut taking = JoinSet::new();
        for ((team, name, interval), round) in rounds {
            taking.spawn(connection.clone().take(team, name, interval, round));
        }
        taking.join_all().await;
    }
}

#[derive(Clone)]
struct Connection {
    client: Arc<Client>,
    /// Ends it at once.
    end: AbortHandle,
    statement: Statement,
}

impl Connection {
    async fn new(place: &Postgres) -> Result<Self, StoreError> {
        let (client, end) = in_time(connect(place.clone())).await?;
        let statement = in_time(client.prepare(TAKE)).await?;
        Ok(Self {
            client: Arc::new(client),
            end,
            statement,
        })
    }

    async fn take(self, team: TeamId, name: String, interval: i64, round: Round) {
        let calls = round.takers.len() as i64;
        let key = team.key();
        let params: [&(dyn ToSql + Sync); 6] =
            [&key, &name, &round.now, &interval, &round.empty, &calls];
        let answered = in_time(async {
            let row = self.client.query_one(&self.statement, &params).await?;
            Ok((row.try_get(0)?, row.try_get(1)?))
        });
        match answered.await {
            Ok((full_at, taken)) => {
                let (full_at, taken): (i64, i64) = (full_at, taken);
                let wait = full_at.saturating_add(interval);
                let wait = wait.saturating_sub(round.empty);
                round.answer(|place| Ok(if place < taken { Ok(()) } else { Err(wait) }));
            }
            Err(error) => {
                if error.is_away() {
                    self.end.abort();
                }
                round.answer(|_| Err(error.again()));
            }
        }
    }
}

/// What the database says, if it says it in time.
async fn in_time<T>(
    asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, StoreError> {
    match timeout(GONE, asked).await {
        Ok(said) => said.map_err(|error| Error::from(error).into()),
        Err(_) => Err(StoreError::Unavailable),
    }
}

/// Calls that take from one bucket together, in the order in which they came.
#[derive(Default)]
struct Round {
    now: i64,
    empty: i64,
    takers: Vec<oneshot::Sender<Taken>>,
}

impl Round {
    fn answer(self, taken: impl Fn(i64) -> Taken) {
        for (to, place) in self.takers.into_iter().zip(0..) {
            // Whoever asked may be gone; the call is counted all the same.
            let _ = to.send(taken(place));
        }
    }
}

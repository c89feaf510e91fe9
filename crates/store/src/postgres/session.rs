//! One connection to PostgreSQL.

use super::{Capabilities, GONE, Line};
use crate::sql::{Error, Result, dialect};
use bytes::BytesMut;
use rusqlite::types::{FromSqlError, Value, ValueRef};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, task::AbortHandle, time::timeout};
use tokio_postgres::{
    Client, Row, Statement,
    error::SqlState,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

/// What is under way at most before the oldest answer is waited for.
const UNDER_WAY: usize = 4096;

type Told = Pin<Box<dyn Future<Output = std::result::Result<(), tokio_postgres::Error>> + Send>>;

/// A connection. What it is told to do goes out at once, and what comes of it is heard with the
/// next question: so many statements cost one round trip.
pub(crate) struct Session {
    client: Arc<Client>,
    statements: RefCell<HashMap<String, Statement>>,
    under_way: RefCell<VecDeque<Told>>,
    /// The first complaint about what was told, until somebody hears it.
    failed: RefCell<Option<tokio_postgres::Error>>,
    in_transaction: Cell<bool>,
    /// What carries the connection while somebody waits, if not a thread of its own.
    carrier: Option<Runtime>,
    /// Ends the connection at once.
    end: AbortHandle,
    /// How long an answer is waited for before the connection counts as lost; absent: as long as the database
    /// answers others.
    patience: Cell<Option<Duration>>,
    /// The database has answered nobody lately.
    silent: Arc<AtomicBool>,
    /// What the database has.
    has: Capabilities,
}

impl Session {
    /// A connection that another thread carries.
    pub(super) fn new(line: Line) -> Self {
        Self::carried(line, None)
    }

    /// A connection that whoever waits for it carries meanwhile: no other thread has to be woken
    /// for a question and again for its answer. What is told goes out when somebody waits. Not for
    /// threads of an asynchronous runtime, which may not wait like that.
    pub(super) fn own(line: Line, carrier: Runtime) -> Self {
        Self::carried(line, Some(carrier))
    }

    fn carried((client, end): Line, carrier: Option<Runtime>) -> Self {
        Self {
            client: Arc::new(client),
            carrier,
            end,
            patience: Cell::new(None),
            silent: Arc::default(),
            statements: RefCell::default(),
            under_way: RefCell::default(),
            failed: RefCell::default(),
            in_transaction: Cell::new(false),
            has: Capabilities::default(),
        }
    }

    /// To a database that has only these.
    pub(super) fn with(self, has: Capabilities) -> Self {
        Self { has, ..self }
    }

    /// To a database of which this says whether it answers nobody.
    pub(super) fn unless(self, silent: Arc<AtomicBool>) -> Self {
        Self { silent, ..self }
    }

    /// What the database has.
    pub(crate) fn capabilities(&self) -> Capabilities {
        self.has
    }

    /// Waits for answers as long as the database answers anybody, or only as long as one may take that
    /// should come at once: then the connection counts as lost.
    pub(crate) fn hurry(&self, hurry: bool) {
        self.patience.set(hurry.then_some(GONE));
    }

    fn wait<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let began = Instant::now();
        let come = loop {
            let patience = self.patience.get();
            let most = patience.unwrap_or(GONE);
            let come = match &self.carrier {
                Some(carrier) => carrier.block_on(async { timeout(most, &mut future).await.ok() }),
                None => wait_for(future.as_mut(), most),
            };
            // What takes long is still under way where others are answered.
            if come.is_some() || patience.is_some() || self.silent.load(Ordering::Acquire) {
                break come;
            }
        };
        // Ended, it answers whatever was asked that it is closed.
        come.unwrap_or_else(|| {
            let seconds = began.elapsed().as_secs();
            tracing::warn!(seconds, "the database does not answer");
            self.end.abort();
            match &self.carrier {
                Some(carrier) => carrier.block_on(future),
                None => wait(future),
            }
        })
    }

    /// Whether the database can no longer be reached by it.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// A statement in SQLite's words, planned once.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        self.heard()?;
        let statement = self.seen(self.wait(self.client.prepare(&dialect::postgres(sql))))?;
        self.statements
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// A statement in PostgreSQL's own words, for whole sets.
    pub(crate) fn prepare_own(&self, sql: &'static str) -> Result<Statement> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        self.heard()?;
        let statement = self.seen(self.wait(self.client.prepare(sql)))?;
        self.statements
            .borrow_mut()
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Runs text that holds several statements.
    pub(crate) fn batch(&self, sql: &str) -> Result<()> {
        self.heard()?;
        self.seen(self.wait(self.client.batch_execute(sql)))?;
        match sql {
            "begin" => self.in_transaction.set(true),
            "commit" | "rollback" => self.in_transaction.set(false),
            _ => {}
        }
        Ok(())
    }

    /// Tells, and does not wait.
    pub(crate) fn execute(&self, statement: &Statement, values: Vec<Value>) -> Result<()> {
        let params: Vec<Param> = values.into_iter().map(Param).collect();
        self.tell(statement, params)
    }

    /// The same with parameters of PostgreSQL's own types.
    pub(crate) fn tell<P>(&self, statement: &Statement, params: Vec<P>) -> Result<()>
    where
        P: ToSql + Send + Sync + 'static,
    {
        let (client, statement) = (self.client.clone(), statement.clone());
        let mut told: Told = Box::pin(async move {
            let params = params.iter().map(|param| param as &(dyn ToSql + Sync));
            client.execute_raw(&statement, params).await.map(|_| ())
        });
        // Sent by asking for the answer, which is not there yet.
        let mut under_way = self.under_way.borrow_mut();
        match told.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => under_way.push_back(told),
            Poll::Ready(outcome) => self.note(outcome),
        }
        while under_way.len() > UNDER_WAY
            && let Some(oldest) = under_way.pop_front()
        {
            self.note(self.wait(oldest));
        }
        Ok(())
    }

    fn note(&self, outcome: std::result::Result<(), tokio_postgres::Error>) {
        if let Err(error) = outcome {
            // What follows the first only says that the transaction has failed.
            self.failed.borrow_mut().get_or_insert(error);
        }
    }

    /// Waits for what was told, and passes on the first complaint.
    pub(crate) fn heard(&self) -> Result<()> {
        self.seen(self.listen().map_or(Ok(()), Err))
    }

    /// Waits for what was told: the first complaint.
    fn listen(&self) -> Option<tokio_postgres::Error> {
        // Taken out as a whole: nothing is borrowed while it waits.
        for told in self.under_way.take() {
            self.note(self.wait(told));
        }
        self.failed.borrow_mut().take()
    }

    /// An answer. One that no later one on this connection will be better than ends it: whoever asks next
    /// makes another.
    fn seen<T>(&self, outcome: std::result::Result<T, tokio_postgres::Error>) -> Result<T> {
        let outcome = outcome.map_err(Error::from);
        if outcome.as_ref().is_err_and(Error::is_stuck) {
            self.end.abort();
        }
        outcome
    }

    /// Asks, and hears what was told before.
    pub(crate) fn query(&self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>> {
        let params: Vec<Param> = values.into_iter().map(Param).collect();
        self.ask(statement, params)
    }

    /// The same with parameters of PostgreSQL's own types.
    pub(crate) fn ask<P>(&self, statement: &Statement, params: Vec<P>) -> Result<Vec<Row>>
    where
        P: ToSql + Send + Sync + 'static,
    {
        self.answer(self.question(statement, params))
    }

    /// Asks, and goes on asking: what comes is heard by [`Self::answer`].
    pub(super) fn question<P>(&self, statement: &Statement, params: Vec<P>) -> Asked
    where
        P: ToSql + Send + Sync + 'static,
    {
        let (client, statement) = (self.client.clone(), statement.clone());
        let mut asked: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let params: Vec<_> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
            client.query(&statement, &params).await
        });
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Asked::Open(asked),
            Poll::Ready(outcome) => Asked::Done(outcome),
        }
    }

    /// What comes of a question.
    pub(super) fn answer(&self, asked: Asked) -> Result<Vec<Row>> {
        // In the order in which they come: nobody else takes them off the connection.
        let told = self.listen();
        let answer = match asked {
            Asked::Open(asked) => self.wait(asked),
            Asked::Done(outcome) => outcome,
        };
        // Whichever went wrong first; what follows it only says that the transaction has failed.
        self.seen(match (told, answer) {
            (Some(told), Ok(_)) => Err(told),
            (Some(told), Err(_)) if told.code() != Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
                Err(told)
            }
            (_, answer) => answer,
        })
    }

    /// Begins a view: one state of everything, for as long as it lasts.
    pub(crate) fn begin_view(&self) -> Result<()> {
        self.begin_with("begin isolation level repeatable read read only")
    }

    /// Begins a transaction whose statements each see what was committed before them.
    pub(crate) fn begin(&self) -> Result<()> {
        self.begin_with("begin isolation level read committed")
    }

    fn begin_with(&self, sql: &'static str) -> Result<()> {
        let statement = self.prepare_own(sql)?;
        self.execute(&statement, Vec::new())?;
        self.in_transaction.set(true);
        Ok(())
    }

    /// Ends a view, of which nothing is expected any more.
    pub(crate) fn end_view(&self) -> Result<()> {
        let statement = self.prepare_own("rollback")?;
        self.execute(&statement, Vec::new())?;
        self.in_transaction.set(false);
        Ok(())
    }

    /// Commits, and waits until it is so.
    pub(crate) fn commit(&self) -> Result<()> {
        // Out with it first: then all is one round trip. A transaction that failed is undone by it.
        let statement = self.prepare_own("commit")?;
        self.execute(&statement, Vec::new())?;
        self.in_transaction.set(false);
        self.heard()
    }

    /// Undoes the transaction, whatever state it is in.
    pub(crate) fn rollback(&self) -> Result<()> {
        self.under_way.borrow_mut().clear();
        self.failed.borrow_mut().take();
        self.in_transaction.set(false);
        self.wait(self.client.batch_execute("rollback"))?;
        Ok(())
    }

    /// A column's value in SQLite's types.
    pub(crate) fn column(row: &Row, at: usize) -> std::result::Result<ValueRef<'_>, FromSqlError> {
        let column = row.columns().get(at).ok_or(FromSqlError::InvalidType)?;
        let other = |error: tokio_postgres::Error| FromSqlError::Other(Box::new(error));
        let null = || ValueRef::Null;
        Ok(match *column.type_() {
            Type::INT8 => row
                .try_get::<_, Option<i64>>(at)
                .map_err(other)?
                .map_or_else(null, ValueRef::Integer),
            Type::INT4 => row
                .try_get::<_, Option<i32>>(at)
                .map_err(other)?
                .map_or_else(null, |number| ValueRef::Integer(number.into())),
            Type::BOOL => row
                .try_get::<_, Option<bool>>(at)
                .map_err(other)?
                .map_or_else(null, |is| ValueRef::Integer(is.into())),
            Type::BYTEA => row
                .try_get::<_, Option<&[u8]>>(at)
                .map_err(other)?
                .map_or_else(null, ValueRef::Blob),
            _ => row
                .try_get::<_, Option<&str>>(at)
                .map_err(other)?
                .map_or_else(null, |text| ValueRef::Text(text.as_bytes())),
        })
    }
}

/// A question whose answer is still to come.
pub(super) enum Asked {
    Open(
        Pin<Box<dyn Future<Output = std::result::Result<Vec<Row>, tokio_postgres::Error>> + Send>>,
    ),
    Done(std::result::Result<Vec<Row>, tokio_postgres::Error>),
}

/// A value of SQLite's types, told in the type that the statement expects.
#[derive(Debug)]
struct Param(Value);

impl ToSql for Param {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (&self.0, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::BOOL) => (*number != 0).to_sql(ty, out),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Integer(number), _) => number.to_sql(ty, out),
            (Value::Real(number), _) => number.to_sql(ty, out),
            // No text here can have a zero in it, and none is found by one.
            (Value::Text(text), _) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(ty, out)
            }
            (Value::Text(text), _) => text.to_sql(ty, out),
            (Value::Blob(bytes), _) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Waits for something that another thread does.
pub(super) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Some(value) = wait_for(future.as_mut(), Duration::MAX) {
            return value;
        }
    }
}

/// Waits for it so long at most.
fn wait_for<F: Future>(mut future: Pin<&mut F>, most: Duration) -> Option<F::Output> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let began = Instant::now();
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return Some(value),
            Poll::Pending => match most.checked_sub(began.elapsed()) {
                Some(left) if !left.is_zero() => std::thread::park_timeout(left),
                _ => return None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{postgres::Database, sql::Connection, testing};

    /// Whatever waits, and however the connection is carried.
    #[test]
    fn a_connection_whose_answer_does_not_come_in_time_is_lost() {
        let Some(place) = testing::elsewhere() else {
            return;
        };
        let database = Database::start(place).unwrap();
        for db in [
            database.connect().unwrap(),
            database.connect_here().unwrap(),
        ] {
            let Connection::Postgres(session) = db else {
                unreachable!()
            };
            session.patience.set(Some(Duration::from_millis(50)));
            session.batch("select 1").unwrap();
            let began = Instant::now();
            let asked = session.batch("select pg_sleep(60)").unwrap_err();
            assert!(asked.is_away(), "{asked}");
            assert!(session.is_closed());
            assert!(session.batch("select 1").unwrap_err().is_away());
            // Of the rest of the minute nothing is waited for.
            assert!(began.elapsed() < Duration::from_secs(30));
        }
    }

    /// What may take long ends with a database that answers nobody, and not before.
    #[test]
    fn a_long_read_waits_as_long_as_the_database_answers_others() {
        let Some(place) = testing::elsewhere() else {
            return;
        };
        let database = Database::start(place).unwrap();
        let (quiet, told) = (
            GONE + Duration::from_secs(1),
            GONE + Duration::from_secs(30),
        );
        for silent in [false, true] {
            let Connection::Postgres(session) = database.connect().unwrap() else {
                unreachable!()
            };
            session.hurry(false);
            database.silent.store(silent, Ordering::Release);
            let began = Instant::now();
            let seconds = if silent { told } else { quiet }.as_secs();
            let asked = session.batch(format!("select pg_sleep({seconds})").leak());
            assert_eq!(asked.is_err(), silent);
            assert!(began.elapsed() < told, "{silent}");
        }
    }

    /// Made while the database took nothing in, it would take nothing in for ever; so would one in a transaction that
    /// failed.
    #[test]
    fn a_connection_that_is_stuck_is_ended() {
        let Some(place) = testing::elsewhere() else {
            return;
        };
        let database = Database::start(place).unwrap();
        let read_only = [
            "set default_transaction_read_only = on",
            "create table t ()",
        ];
        let failed = ["begin; select 1", "select 1 / 0", "select 1"];
        for steps in [&read_only[..], &failed[..]] {
            for db in [
                database.connect().unwrap(),
                database.connect_here().unwrap(),
            ] {
                let Connection::Postgres(session) = db else {
                    unreachable!()
                };
                let told: Vec<_> = steps.iter().map(|sql| session.batch(sql).is_ok()).collect();
                assert_eq!((told[0], told.last()), (true, Some(&false)));
                assert!(
                    session.batch("select 1").unwrap_err().is_away(),
                    "{steps:?}"
                );
            }
        }
    }

    /// What was told after a question fails because the question did.
    #[test]
    fn of_a_transaction_that_failed_the_first_complaint_is_heard() {
        let Some(place) = testing::elsewhere() else {
            return;
        };
        let database = Database::start(place).unwrap();
        let Connection::Postgres(session) = database.connect().unwrap() else {
            unreachable!()
        };
        let wrong = session.prepare("select 1 / 0").unwrap();
        let fine = session.prepare("select 1").unwrap();
        session.begin().unwrap();
        let asked = session.question::<Param>(&wrong, Vec::new());
        session.execute(&fine, Vec::new()).unwrap();
        let told = session.answer(asked).unwrap_err().to_string();
        assert!(told.contains("division by zero"), "{told}");
        session.rollback().unwrap();
        assert!(session.batch("select 1").is_ok());
    }
}

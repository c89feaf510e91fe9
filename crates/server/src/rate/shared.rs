//! Buckets in a Redis, for servers that count together.
//!
//! One connection carries all calls, however many are under way. A task looks after it: when it
//! breaks, or does not answer in time, the limiter is *away* until a new one has shown that calls
//! can be counted again. Meanwhile no call waits for it.

use super::address::Redis;
use guestlist_store::Take;
use redis::{AsyncConnectionConfig, RedisConnectionInfo, Script, aio::MultiplexedConnection};
use rustls::pki_types::ServerName;
use std::{
    fmt, io,
    pin::Pin,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
    task::AbortHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a call waits for its answer. What takes longer is as good as away.
const ANSWER: Duration = Duration::from_millis(200);
/// How long a connection may take to be made and tried.
const CONNECT: Duration = Duration::from_secs(2);
/// How long to wait before the next is tried.
const RETRY: Duration = Duration::from_millis(250);
const SECOND: i64 = 1_000_000_000;
const CLOSED: &str = "the connection was closed";
/// Below this Lua numbers are exact, with room for a sum.
const EXACT: i64 = 1 << 52;

/// What becomes of calls that cannot be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Away {
    /// They pass.
    #[default]
    Open,
    /// They are refused with `service_unavailable`.
    Closed,
}

impl FromStr for Away {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(
                "calls that cannot be counted pass (`open`) or are refused (`closed`)".to_owned(),
            ),
        }
    }
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}

/// A Redis that is connected to, where calls are counted together with other servers'.
#[derive(Clone)]
pub struct Limiter(Arc<Keeper>);

struct Keeper {
    inner: Arc<Inner>,
    task: AbortHandle,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Inner {
    place: Redis,
    tls: Option<TlsConnector>,
    away: Away,
    script: Script,
    /// Absent while the limiter is away.
    line: Mutex<Option<Line>>,
    counted: AtomicU64,
    failed: AtomicU64,
}

/// A connection that is good as far as is known.
#[derive(Clone)]
struct Line {
    connection: MultiplexedConnection,
    /// Takes the reason why it is not.
    broken: mpsc::Sender<String>,
}

/// What moves the bytes of a connection; it ends when the connection does.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Limiter {
    /// Connects, and tries whether calls can be counted there; the error says where it cannot be
    /// done and why. It needs a runtime, in which the connection is then looked after.
    pub async fn connect(place: Redis, away: Away) -> Result<Self, String> {
        let told = |why| format!("calls cannot be counted at {place}: {why}");
        let inner = Arc::new(Inner {
            tls: tls(&place).map_err(told)?,
            place: place.clone(),
            away,
            script: Script::new(include_str!("take.lua")),
            line: Mutex::default(),
            counted: AtomicU64::default(),
            failed: AtomicU64::default(),
        });
        let (connection, driver) = inner.open().await.map_err(told)?;
        let broken = inner.put(connection);
        let task = tokio::spawn(look_after(inner.clone(), driver, broken)).abort_handle();
        Ok(Self(Arc::new(Keeper { inner, task })))
    }

    /// Takes one call; within, `Err` with the nanoseconds after which the next can be taken.
    /// `None`: the limiter is away.
    pub(super) async fn take(&self, take: &Take) -> Option<Result<(), i64>> {
        let inner = &self.0.inner;
        let line = inner.line().clone();
        let Some(mut line) = line else {
            inner.failed.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let key = format!("{}:{}:{}", inner.place.prefix, take.team, take.name);
        let depth = take.empty.saturating_sub(take.now);
        let asked = inner.ask(&mut line.connection, &key, take.now, take.interval, depth);
        let why = match timeout(ANSWER, asked).await {
            Ok(Ok(wait)) => {
                inner.counted.fetch_add(1, Ordering::Relaxed);
                return Some(if wait == 0 { Ok(()) } else { Err(wait) });
            }
            Ok(Err(why)) => why,
            Err(_) => late(ANSWER),
        };
        inner.failed.fetch_add(1, Ordering::Relaxed);
        // When there is no room, another call has said so.
        let _ = line.broken.try_send(why);
        None
    }

    /// What becomes of calls while it is away.
    pub(super) fn away(&self) -> Away {
        self.0.inner.away
    }

    /// Whether it is away now.
    pub(crate) fn is_away(&self) -> bool {
        self.0.inner.line().is_none()
    }

    /// How many calls were counted, and how many could not be.
    pub(crate) fn calls(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.0.inner.counted), of(&self.0.inner.failed))
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Limiter").field(&self.0.inner.place).finish()
    }
}

impl Inner {
    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls use this connection from now on; tells when one of them finds it broken.
    fn put(&self, connection: MultiplexedConnection) -> mpsc::Receiver<String> {
        let (broken, told) = mpsc::channel(1);
        *self.line() = Some(Line { connection, broken });
        told
    }

    /// Runs the script. Times are nanoseconds.
    async fn ask(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        now: i64,
        interval: i64,
        depth: i64,
    ) -> Result<i64, String> {
        let mut asked = self.script.key(key);
        asked
            .arg(now.div_euclid(SECOND))
            .arg(now.rem_euclid(SECOND))
            .arg(interval.min(EXACT))
            .arg(depth.min(EXACT));
        let answer = asked.invoke_async(connection).await;
        answer.map_err(|error| error.to_string())
    }

    /// A connection on which a call was counted.
    async fn open(&self) -> Result<(MultiplexedConnection, Driver), String> {
        let opened = timeout(CONNECT, self.dial()).await;
        opened.unwrap_or_else(|_| Err(late(CONNECT)))
    }

    async fn dial(&self) -> Result<(MultiplexedConnection, Driver), String> {
        let text = |error: io::Error| error.to_string();
        let host = &self.place.host;
        let tcp = TcpStream::connect((host.as_str(), self.place.port)).await;
        let tcp = tcp.map_err(text)?;
        tcp.set_nodelay(true).map_err(text)?;
        let Some(tls) = &self.tls else {
            return self.greet(tcp).await;
        };
        let name = ServerName::try_from(host.clone()).map_err(|error| error.to_string())?;
        self.greet(tls.connect(name, tcp).await.map_err(text)?)
            .await
    }

    async fn greet(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<(MultiplexedConnection, Driver), String> {
        let mut login = RedisConnectionInfo::default()
            .set_db(self.place.database)
            .set_skip_set_lib_name();
        if let Some((user, password)) = &self.place.credentials {
            login = login.set_password(password);
            if !user.is_empty() {
                login = login.set_username(user);
            }
        }
        // How long anything may take is for the callers to say.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let made = MultiplexedConnection::new_with_config(&login, stream, config).await;
        let (mut connection, driver) = made.map_err(|error| error.to_string())?;
        let mut driver: Driver = Box::pin(driver);
        tokio::select! {
            tried = self.try_out(&mut connection) => tried?,
            () = &mut driver => return Err(CLOSED.to_owned()),
        }
        Ok((connection, driver))
    }

    /// One that may not be written to, lets this user run no script, or takes longer than a call can
    /// wait is of no use.
    async fn try_out(&self, connection: &mut MultiplexedConnection) -> Result<(), String> {
        let loaded = self.script.prepare_invoke().load_async(connection).await;
        loaded.map_err(|error| error.to_string())?;
        let key = format!("{}:tried", self.place.prefix);
        let asked = self.ask(connection, &key, 0, 1, SECOND);
        timeout(ANSWER, asked).await.map_err(|_| late(ANSWER))??;
        Ok(())
    }
}

/// Drives connections, one after the other. Each outage is told once, and again whenever its reason is
/// another; and its end.
async fn look_after(inner: Arc<Inner>, mut driver: Driver, mut broken: mpsc::Receiver<String>) {
    loop {
        let why = tokio::select! {
            () = &mut driver => CLOSED.to_owned(),
            why = broken.recv() => why.unwrap_or_default(),
        };
        *inner.line() = None;
        tracing::error!(error = why, away = %inner.away, "calls are not counted: Redis is away");
        let mut told = None;
        loop {
            tokio::time::sleep(RETRY).await;
            match inner.open().await {
                Ok((connection, next)) => {
                    driver = next;
                    broken = inner.put(connection);
                    break;
                }
                Err(why) if told.as_ref() != Some(&why) => {
                    tracing::error!(error = why, "Redis cannot be reached again yet");
                    told = Some(why);
                }
                Err(_) => {}
            }
        }
        tracing::info!("calls are counted again");
    }
}

fn late(patience: Duration) -> String {
    format!("no answer within {} ms", patience.as_millis())
}

fn tls(place: &Redis) -> Result<Option<TlsConnector>, String> {
    if !place.tls {
        return Ok(None);
    }
    let roots = guestlist_tls::trusted(place.trusted.as_deref());
    let roots = roots.map_err(|why| format!("sslrootcert: {why}"))?;
    let config = guestlist_tls::config(roots)?;
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

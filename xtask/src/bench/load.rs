//! The load generator: a closed loop over keep-alive connections, on one thread.
//!
//! Each connection writes a prepared request with one system call, reads until the
//! answer is whole, checks it and draws the next. Per call that is a write, a read and a
//! share of an `epoll_wait`; the rest is copying a few ids. Latencies are appended to a
//! plain list and sorted into a histogram afterwards, so the loop touches little memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::pool::{ID, Pool, Span, channel_id, user_id};
use super::process::{Cpu, Target};
use super::wire::{Framer, post, says_ok};

/// Let run before the clock starts: connections warm, queues at their usual length.
pub(crate) const WARM: Duration = Duration::from_millis(300);

/// What one connection sends.
#[derive(Clone)]
pub(crate) enum Calls {
    /// The same request again and again.
    Same(Vec<u8>),
    /// Channel and user drawn from a pool, each pair once.
    Invite { request: Vec<u8>, pool: Arc<Pool> },
    /// These channels in turn.
    Channels {
        request: Vec<u8>,
        id_at: usize,
        channels: Span,
        turn: u32,
    },
    /// These, then no more.
    List(std::vec::IntoIter<Vec<u8>>, Vec<u8>),
}

impl Calls {
    pub(crate) fn invite(host: SocketAddr, pool: &Arc<Pool>) -> Self {
        // Both ids stand at fixed places before the end and are patched there.
        let body = format!("channel={0}&users={0}", "-".repeat(ID));
        let request = post(host, "conversations.invite", &body);
        Self::Invite {
            request,
            pool: Arc::clone(pool),
        }
    }

    /// `more` is the rest of the body after the channel, for example `&limit=200`.
    pub(crate) fn channels(host: SocketAddr, method: &str, more: &str, channels: Span) -> Self {
        let body = format!("channel={}{more}", "-".repeat(ID));
        let request = post(host, method, &body);
        let id_at = request.len() - more.len() - ID;
        Self::Channels {
            request,
            id_at,
            channels,
            turn: 0,
        }
    }

    pub(crate) fn list(requests: Vec<Vec<u8>>) -> Self {
        Self::List(requests.into_iter(), Vec::new())
    }

    /// The bytes of the next request, `None` when there are no more.
    pub(crate) fn next(&mut self) -> Option<&[u8]> {
        match self {
            Self::Same(request) => Some(request),
            Self::Invite { request, pool } => {
                let (channel, user) = pool.draw()?;
                let user_at = request.len() - ID;
                let channel_at = user_at - "&users=".len() - ID;
                request[channel_at..channel_at + ID].copy_from_slice(&channel_id(channel));
                request[user_at..].copy_from_slice(&user_id(user));
                Some(request)
            }
            Self::Channels {
                request,
                id_at,
                channels,
                turn,
            } => {
                *turn = (*turn + 1) % channels.count;
                let id = channel_id(channels.first + *turn);
                request[*id_at..*id_at + ID].copy_from_slice(&id);
                Some(request)
            }
            Self::List(rest, current) => {
                *current = rest.next()?;
                Some(current)
            }
        }
    }
}

/// What an answer must be.
#[derive(Clone, Copy)]
pub(crate) enum Expect {
    /// `"ok":true` (the product).
    Ok,
    /// A body of so many bytes (the floor).
    Bytes(usize),
}

/// How long to go on.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// Warm up, then measure for so long.
    Elapsed(Duration),
    /// Until the calls run out; everything counts.
    Exhausted,
}

/// One measured cell.
pub(crate) struct Cell {
    pub(crate) calls: u64,
    pub(crate) seconds: f64,
    /// Nanoseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) cpu: Cpu,
    /// What server and database still did after the last answer: checkpoints, deferred work.
    pub(crate) later: (f64, f64),
}

impl Cell {
    pub(crate) fn rate(&self) -> f64 {
        self.calls as f64 / self.seconds
    }

    /// CPU seconds per call of server and database, put-off work included.
    pub(crate) fn server_cost(&self) -> f64 {
        let (server, database) = self.later;
        (self.cpu.server + server + self.cpu.database + database) / self.calls as f64
    }

    /// Of single latencies, in nanoseconds.
    pub(crate) fn new(
        latencies: &[u64],
        seconds: f64,
        cpu: Cpu,
        later: (f64, f64),
    ) -> Result<Self> {
        let mut latency = Histogram::new(3)?;
        for &nanos in latencies {
            latency.record(nanos)?;
        }
        Ok(Self {
            calls: latencies.len() as u64,
            seconds,
            latency,
            cpu,
            later,
        })
    }
}

/// Runs `connections` copies of `calls` against a target, its addresses in turn.
pub(crate) fn run(
    runtime: &Runtime,
    target: &Target,
    connections: usize,
    calls: &Calls,
    (expect, until): (Expect, Until),
) -> Result<Cell> {
    runtime.block_on(async {
        let mut streams = Vec::with_capacity(connections);
        for addr in target.addrs.iter().cycle().take(connections) {
            let stream = TcpStream::connect(addr).await.context("cannot connect")?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let start = Instant::now();
        let (opens, closes) = match until {
            Until::Elapsed(window) => (start + WARM, Some(start + WARM + window)),
            Until::Exhausted => (start, None),
        };
        let mut tasks = JoinSet::new();
        for (number, stream) in streams.into_iter().enumerate() {
            let mut calls = calls.clone();
            if let Calls::Channels { channels, turn, .. } = &mut calls {
                *turn = number as u32 % channels.count;
            }
            tasks.spawn(drive(stream, calls, expect, (opens, closes)));
        }
        sleep_until(opens.into()).await;
        let before = Cpu::now(target)?;
        let mut tally = Tally::default();
        let (seconds, after) = if let Some(closes) = closes {
            sleep_until(closes.into()).await;
            let after = Cpu::now(target)?;
            collect(&mut tasks, &mut tally).await?;
            if tally.exhausted {
                bail!("the pool of people to invite ran out: choose fewer --seconds or --rounds");
            }
            ((closes - opens).as_secs_f64(), after)
        } else {
            collect(&mut tasks, &mut tally).await?;
            (start.elapsed().as_secs_f64(), Cpu::now(target)?)
        };
        let later = settle(target, after).await?;
        tally.into_cell(seconds, after.since(before), later)
    })
}

async fn collect(tasks: &mut JoinSet<Result<Tally>>, into: &mut Tally) -> Result<()> {
    while let Some(done) = tasks.join_next().await {
        into.add(done??);
    }
    Ok(())
}

/// Waits until server and database rest, so that work they put off is not paid by the cell that
/// comes next, which may be the floor's. Answers their CPU seconds since `after`.
pub(crate) async fn settle(target: &Target, after: Cpu) -> Result<(f64, f64)> {
    /// Looks without use that count as rest: longer than a store's checkpoint timer.
    const QUIET: u32 = 5;
    let mut last = Cpu::now(target)?;
    let mut quiet = 0;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = Cpu::now(target)?;
        let used = now.since(last);
        let rests = used.server + used.database <= 0.0;
        quiet = if rests { quiet + 1 } else { 0 };
        last = now;
        if quiet == QUIET {
            break;
        }
    }
    let later = last.since(after);
    Ok((later.server, later.database))
}

#[derive(Default)]
struct Tally {
    latencies: Vec<u64>,
    refusals: u64,
    first_refusal: String,
    exhausted: bool,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.refusals += other.refusals;
        self.exhausted |= other.exhausted;
        if self.first_refusal.is_empty() {
            self.first_refusal = other.first_refusal;
        }
    }

    fn into_cell(self, seconds: f64, cpu: Cpu, later: (f64, f64)) -> Result<Cell> {
        if self.refusals > 0 {
            bail!(
                "{} wrong answers; the first: {}",
                self.refusals,
                self.first_refusal
            );
        }
        Cell::new(&self.latencies, seconds, cpu, later)
    }
}

/// One connection. Answers inside the window count; those before and after it are
/// checked all the same.
async fn drive(
    mut stream: TcpStream,
    mut calls: Calls,
    expect: Expect,
    (opens, closes): (Instant, Option<Instant>),
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut framer = Framer::default();
    let mut buffer = vec![0; 16 * 1024];
    let mut sent = Instant::now();
    while let Some(request) = calls.next() {
        stream
            .write_all(request)
            .await
            .context("cannot send a request")?;
        let mut filled = 0;
        let frame = loop {
            // Room to spare tells tokio, by a short read, that the socket is drained: no second call.
            if filled == buffer.len() {
                buffer.resize(buffer.len() * 2, 0);
            }
            let read = stream
                .read(&mut buffer[filled..])
                .await
                .context("cannot read an answer")?;
            if read == 0 {
                bail!("the server closed a connection without an answer");
            }
            filled += read;
            if let Some(frame) = framer.frame(&buffer[..filled])? {
                break frame;
            }
        };
        if filled != frame.total {
            bail!(
                "the server sent {} bytes nobody asked for",
                filled - frame.total
            );
        }
        let body = &buffer[frame.head..frame.total];
        let fine = frame.status == 200
            && match expect {
                Expect::Ok => says_ok(body),
                Expect::Bytes(bytes) => body.len() == bytes,
            };
        if !fine {
            tally.refusals += 1;
            if tally.first_refusal.is_empty() {
                let shown = &body[..body.len().min(400)];
                tally.first_refusal =
                    format!("{} {}", frame.status, String::from_utf8_lossy(shown));
            }
        }
        let now = Instant::now();
        if now >= opens && closes.is_none_or(|closes| now < closes) {
            tally.latencies.push((now - sent).as_nanos() as u64);
        }
        if closes.is_some_and(|closes| now >= closes) {
            return Ok(tally);
        }
        sent = now;
    }
    tally.exhausted = true;
    Ok(tally)
}

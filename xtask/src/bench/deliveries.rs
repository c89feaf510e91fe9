//! Events over HTTP: how fast, how soon and in how much memory an app is told who has joined.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Bench;
use super::load::{Calls, Cell, Expect, Until, run as load};
use super::pool::{Pool, Span};
use super::process::{Cpu, Server, call};
use super::report::{Bound, Figure, Of, Row, thousands};
use super::wire::{Framer, says_ok};
use super::world::{Channels, World};

/// Invitations a second that the first row makes, over so many connections.
const PACE: u32 = 1000;
const CONNECTIONS: u32 = 16;
/// How long the last delivery may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let users = bench.size(50_000, 5_000);
    let channels = Span {
        first: 0,
        count: 256,
    };
    let world = World {
        users,
        channels: vec![Channels {
            span: channels,
            members: 0,
        }],
    };
    let data = bench.import("deliveries", &world)?;
    let server = bench.serve(&data, &[])?;
    let app = App::start()?;
    app.subscribe(&server, &data.path)?;
    let people = Span {
        first: 0,
        count: users,
    };
    let pool = Arc::new(Pool::new(channels, people));
    let calls = Calls::invite(server.addr, &pool);

    let name = format!("deliveries, {} invitations/s", thousands(f64::from(PACE)));
    let mut row = Row::new(Of::Product, name, Some(CONNECTIONS as usize));
    row.goal(Figure::P99, Bound::AtMost(1000.0));
    let before = server.memory()?.0;
    // Long enough for memory to grow if it does.
    let cell = paced(bench, &server, &app, &calls, bench.seconds * 5)?;
    row.add(&cell);
    let halfway = server.memory()?.0;
    row.add(&paced(bench, &server, &app, &calls, bench.seconds * 5)?);
    let after = server.memory()?;
    row.memory(after);
    bench.note(format!(
        "Deliveries: resident {before:.1} MiB before, {halfway:.1} MiB after {} of them, {:.1} MiB after as many more.",
        thousands(cell.calls as f64),
        after.0
    ));
    bench.rows.push(row);

    let name = "deliveries, as fast as people are invited";
    let mut row = Row::new(Of::Product, name, Some(CONNECTIONS as usize));
    let cell = all_at_once(bench, &server, &app, &calls)?;
    row.add(&cell);
    row.memory(server.memory()?);
    bench.rows.push(row);
    server.stop()?;
    bench.discard(&data)
}

/// Invites at a steady pace; the cell's calls are deliveries, its latency is from the event to
/// its arrival.
fn paced(
    bench: &Bench,
    server: &Server,
    app: &App,
    calls: &Calls,
    window: Duration,
) -> Result<Cell> {
    let each = (window.as_secs_f64() * f64::from(PACE / CONNECTIONS)) as u32;
    let every = Duration::from_secs(1) * CONNECTIONS / PACE;
    let target = bench.target(&[server])?;
    bench.runtime.block_on(async {
        let before = Cpu::now(&target)?;
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..CONNECTIONS {
            let stream = TcpStream::connect(server.addr).await?;
            stream.set_nodelay(true)?;
            let late = every * number / CONNECTIONS;
            tasks.spawn(steady(stream, calls.clone(), each, every, late));
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let count = u64::from(each * CONNECTIONS);
        let latency = app.collect(count).await?;
        let seconds = start.elapsed().as_secs_f64();
        let cpu = Cpu::now(&target)?.since(before);
        Ok(Cell {
            calls: count,
            seconds,
            latency,
            cpu,
            later: (0.0, 0.0),
        })
    })
}

async fn steady(
    mut stream: TcpStream,
    mut calls: Calls,
    count: u32,
    every: Duration,
    late: Duration,
) -> Result<()> {
    tokio::time::sleep(late).await;
    let mut turns = interval(every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut framer, mut buffer) = (Framer::default(), vec![0; 16 * 1024]);
    for _ in 0..count {
        turns.tick().await;
        let request = calls
            .next()
            .context("the pool of people to invite ran out")?;
        stream.write_all(request).await?;
        let mut filled = 0;
        let frame = loop {
            let read = stream.read(&mut buffer[filled..]).await?;
            ensure!(read > 0, "the server closed a connection without an answer");
            filled += read;
            if let Some(frame) = framer.frame(&buffer[..filled])? {
                break frame;
            }
        };
        let body = &buffer[frame.head..frame.total];
        ensure!(says_ok(body), "{}", String::from_utf8_lossy(body));
    }
    Ok(())
}

/// Invites as fast as answers come, and waits until the app was told of everybody.
fn all_at_once(bench: &Bench, server: &Server, app: &App, calls: &Calls) -> Result<Cell> {
    let invitations = u64::from(bench.size(40_000, 4_000));
    let Calls::Invite { pool, .. } = calls else {
        bail!("only invitations are events here");
    };
    pool.stop_after(invitations);
    let target = bench.target(&[server])?;
    let before = Cpu::now(&target)?;
    let start = Instant::now();
    let expected = (Expect::Ok, Until::Exhausted);
    let connections = CONNECTIONS as usize;
    let invited = load(&bench.runtime, &target, connections, calls, expected)?;
    let latency = bench.runtime.block_on(app.collect(invited.calls))?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Cell {
        calls: invited.calls,
        seconds,
        latency,
        cpu: Cpu::now(&target)?.since(before),
        later: (0.0, 0.0),
    })
}

/// An app that is told, on a thread of its own.
struct App {
    address: SocketAddr,
    /// Microseconds from each event to its arrival.
    told: tokio::sync::Mutex<UnboundedReceiver<u64>>,
}

impl App {
    fn start() -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (to, told) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = TcpListener::from_std(listener) else {
                    return;
                };
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, to.clone()));
                }
            });
        });
        Ok(Self {
            address,
            told: tokio::sync::Mutex::new(told),
        })
    }

    /// Subscribes the world's app to joins, with this one's address.
    fn subscribe(&self, server: &Server, data: &std::path::Path) -> Result<()> {
        let token = std::fs::read_to_string(data.join("control-token"))?;
        let body = format!(
            r#"{{"request_url":"http://{}/","subscribe":["member_joined_channel"]}}"#,
            self.address
        );
        let request = format!(
            "POST /control/v1/apps/A0BENCH01/events HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            server.addr,
            token.trim(),
            body.len()
        );
        let (_, answer) = call(server.addr, request.as_bytes())?;
        let answer = String::from_utf8_lossy(&answer);
        ensure!(answer.contains("member_joined_channel"), "{answer}");
        Ok(())
    }

    /// The next `count` deliveries.
    async fn collect(&self, count: u64) -> Result<Histogram<u64>> {
        let mut latency = Histogram::new(3)?;
        let mut told = self.told.lock().await;
        for number in 0..count {
            let next = timeout(PATIENCE, told.recv()).await;
            let Ok(Some(micros)) = next else {
                bail!("{number} of {count} deliveries came");
            };
            latency.record(micros * 1000)?;
        }
        Ok(latency)
    }
}

/// The server's ticks are microseconds of the wall clock, and so is this.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with the time that the server read on the same machine"
)]
fn micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_micros() as u64
}

async fn serve(mut stream: TcpStream, to: UnboundedSender<u64>) {
    let mut buffer = Vec::with_capacity(8192);
    loop {
        let (head, length) = loop {
            if let Some(found) = request(&buffer) {
                break found;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let body = &buffer[head..head + length];
        let said = match number_after(body, b"\"event_ts\":\"") {
            Some(ts) => {
                let _ = to.send(micros().saturating_sub(ts));
                String::new()
            }
            None => challenge(body),
        };
        buffer.drain(..head + length);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{said}",
            said.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Where the body of a whole request begins, and its length.
fn request(buffer: &[u8]) -> Option<(usize, usize)> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let length = buffer[..head]
        .split(|&byte| byte == b'\n')
        .find_map(|line| {
            let (name, value) = line.split_at_checked(15)?;
            name.eq_ignore_ascii_case(b"content-length:")
                .then(|| std::str::from_utf8(value).ok()?.trim().parse().ok())?
        })?;
    (buffer.len() >= head + length).then_some((head, length))
}

/// The microseconds of a `ts` after `key`.
fn number_after(body: &[u8], key: &[u8]) -> Option<u64> {
    let at = body.windows(key.len()).position(|part| part == key)? + key.len();
    let digits = body[at..].iter().take_while(|&&byte| byte != b'"');
    let digits: String = digits
        .filter(|byte| byte.is_ascii_digit())
        .map(|&byte| char::from(byte))
        .collect();
    digits.parse().ok()
}

fn challenge(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body["challenge"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{number_after, request};

    #[test]
    fn a_delivery_is_found_whole_with_its_time() {
        let all = b"POST / HTTP/1.1\r\nContent-Length: 37\r\n\r\n{\"event\":{\"event_ts\":\"1764000000.0000\r";
        assert_eq!(request(&all[..40]), None);
        let (head, length) = request(all).unwrap();
        assert_eq!((head, length), (39, 37));
        let body = br#"{"event":{"event_ts":"1764000000.000012"}}"#;
        assert_eq!(
            number_after(body, b"\"event_ts\":\""),
            Some(1_764_000_000_000_012)
        );
    }
}

//! An app that is told of every join: at least once, whenever the server was killed, and each event
//! under one id.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::http::Client;

/// How long the last delivery may take: a minute between attempts, and then some.
const PATIENCE: Duration = Duration::from_secs(150);

/// How often each person came into each channel.
pub(crate) type Joins = BTreeMap<(String, String), usize>;

pub(crate) struct App {
    address: String,
    bodies: Receiver<Value>,
    /// What came, by the event's id.
    events: BTreeMap<String, Value>,
    told: Joins,
    twice: usize,
}

impl App {
    pub(crate) fn start() -> Result<App> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (to, bodies) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let to = to.clone();
                thread::spawn(move || serve(stream, &to));
            }
        });
        Ok(App {
            address,
            bodies,
            events: BTreeMap::new(),
            told: Joins::new(),
            twice: 0,
        })
    }

    /// Subscribes the world's app to joins, with this one's address.
    pub(crate) fn subscribe(&self, server: &str, control_token: &str) -> Result<()> {
        let mut operator = Client::connect(server, control_token)?;
        let url = format!("http://{}/", self.address);
        let ask = json!({"request_url": url, "subscribe": ["member_joined_channel"]});
        operator.control("POST", "/apps/A0GREETER/events", &ask)?;
        Ok(())
    }

    /// Waits until it was told of exactly these joins.
    pub(crate) fn must_be_told(&mut self, wanted: &Joins) -> Result<String> {
        let end = Instant::now() + PATIENCE;
        while self.told != *wanted {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(body) = self.bodies.recv_timeout(left) else {
                let missing: Vec<_> = wanted
                    .iter()
                    .filter(|(who, count)| self.told.get(*who) != Some(*count))
                    .take(5)
                    .collect();
                let more = self.told.iter().find(|(who, _)| !wanted.contains_key(*who));
                bail!("the app was not told of {missing:?}, or of what never was: {more:?}");
            };
            self.take(body)?;
        }
        Ok(format!(
            "{} joins told, {} of them twice or more, each under one id",
            self.events.len(),
            self.twice
        ))
    }

    fn take(&mut self, body: Value) -> Result<()> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = text(&body["event_id"]).context("an event without an id")?;
        if let Some(before) = self.events.get(&id) {
            ensure!(
                *before == body,
                "two events are called {id}: {before} and {body}"
            );
            self.twice += 1;
            return Ok(());
        }
        let event = &body["event"];
        let who = text(&event["channel"]).zip(text(&event["user"]));
        let who = who.with_context(|| format!("an event of nobody: {body}"))?;
        *self.told.entry(who).or_default() += 1;
        self.events.insert(id, body);
        Ok(())
    }
}

fn serve(stream: TcpStream, to: &Sender<Value>) {
    let mut stream = BufReader::new(stream);
    while let Some(body) = request(&mut stream) {
        let challenge = body["challenge"].as_str().unwrap_or_default().to_owned();
        if challenge.is_empty() && to.send(body).is_err() {
            return;
        }
        let length = challenge.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{challenge}");
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The body of the next request, `None` at the end of the connection.
fn request(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

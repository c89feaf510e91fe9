//! The harness: a server with a world of its own, and a client that can misbehave.

use guestlist_methods::{common::Common, find};
use guestlist_server::{Server, Settings};
use guestlist_store::{Clock, Directory, Postgres, Store, load_into, testing, world};
use serde_json::Value;
use std::{
    collections::HashMap, fs::File, io::Write, net::SocketAddr, path::PathBuf, time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const CONTROL_TOKEN: &str = "control-token-of-tests";

/// The variable that makes two nodes of each server whose store is a database. A balancer
/// in front of them hands each connection to the next.
const TWO_NODES: &str = "TWO_NODES_FOR_TESTS";

/// A running server. Its data goes with it.
pub(crate) struct App {
    pub(crate) address: SocketAddr,
    pub(crate) store: Store,
    /// Where `/metrics` has an address of its own.
    pub(crate) metrics: Option<SocketAddr>,
    stop: tokio::sync::oneshot::Sender<()>,
    stopped: tokio::task::JoinHandle<()>,
    data: TempDir,
    pub(crate) elsewhere: Option<Postgres>,
    /// The other node, where a server of the tests is two behind a balancer.
    twin: Option<Box<App>>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

impl App {
    /// With the sample world.
    pub(crate) async fn sample() -> Self {
        Self::with(world::SAMPLE).await
    }

    /// With the world this YAML describes.
    pub(crate) async fn with(yaml: &str) -> Self {
        Self::with_settings(yaml, Settings::default()).await
    }

    pub(crate) async fn with_settings(yaml: &str, settings: Settings) -> Self {
        Self::with_clock(yaml, settings, Clock::default()).await
    }

    pub(crate) async fn with_clock(yaml: &str, settings: Settings, clock: Clock) -> Self {
        Self::stored(testing::elsewhere(), yaml, settings, clock).await
    }

    /// One node, however many the tests want of others: for what each of them counts for itself.
    pub(crate) async fn alone(yaml: &str, settings: Settings, clock: Clock) -> Self {
        let (data, directory) = Self::filled(testing::elsewhere(), yaml, clock.clone());
        Self::serve(data, directory, settings, clock).await
    }

    /// With its store in files, whatever database the tests run on: for what holds of files.
    pub(crate) async fn embedded(yaml: &str, settings: Settings, clock: Clock) -> Self {
        Self::stored(None, yaml, settings, clock).await
    }

    async fn stored(
        elsewhere: Option<Postgres>,
        yaml: &str,
        settings: Settings,
        clock: Clock,
    ) -> Self {
        let (data, directory) = Self::filled(elsewhere, yaml, clock.clone());
        Self::serve_all(data, directory, settings, clock).await
    }

    fn filled(elsewhere: Option<Postgres>, yaml: &str, clock: Clock) -> (TempDir, Directory) {
        let data = TempDir::new().unwrap();
        let directory = Directory::hold(data.path()).unwrap();
        let directory = directory.with_store(elsewhere);
        let loaded = world::read("world.yaml", yaml, clock.now(), &mut || [7; 24])
            .unwrap_or_else(|e| panic!("{e}"));
        load_into(&directory, &loaded.seed, "test", &mut |_, _| {}).unwrap();
        (data, directory)
    }

    /// One node, or two and a balancer where the tests want that.
    async fn serve_all(
        data: TempDir,
        directory: Directory,
        settings: Settings,
        clock: Clock,
    ) -> Self {
        // There is only one of a store in files.
        if directory.elsewhere().is_none() || std::env::var(TWO_NODES).is_err() {
            return Self::serve(data, directory, settings, clock).await;
        }
        let balancer = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = balancer.local_addr().unwrap();
        let settings = Settings {
            public_url: settings
                .public_url
                .or(format!("http://{address}").parse().ok()),
            ..settings
        };
        let one = Self::serve(data, directory, settings.clone(), clock).await;
        let twin = one.beside(settings).await.map(Box::new);
        let nodes = one.nodes().chain(twin.as_deref()).map(|node| node.address);
        tokio::spawn(balance(balancer, nodes.collect()));
        Self {
            address,
            twin,
            ..one
        }
    }

    /// A file of its data directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// Another node on the same database, by the same clock, if the tests run on one.
    pub(crate) async fn beside(&self, settings: Settings) -> Option<Self> {
        let elsewhere = Some(self.elsewhere.clone()?);
        let data = TempDir::new().unwrap();
        let directory = Directory::hold(data.path()).unwrap();
        let directory = directory.with_store(elsewhere);
        let clock = self.store.clock().clone();
        Some(Self::serve(data, directory, settings, clock).await)
    }

    /// The same world in a new server.
    pub(crate) async fn restarted(mut self, settings: Settings, clock: Clock) -> Self {
        if let Some(twin) = self.twin.take() {
            twin.end().await;
        }
        let elsewhere = self.elsewhere.clone();
        let data = self.end().await;
        let directory = Directory::hold(data.path()).unwrap();
        let directory = directory.with_store(elsewhere);
        Self::serve_all(data, directory, settings, clock).await
    }

    /// Stops, as a server does that is told to.
    pub(crate) async fn stop(mut self) {
        if let Some(twin) = self.twin.take() {
            twin.end().await;
        }
        self.end().await;
    }

    /// Stops this node alone, and leaves its data.
    async fn end(self) -> TempDir {
        self.stop.send(()).unwrap();
        self.stopped.await.unwrap();
        self.store.close().await;
        self.data
    }

    /// Whether what this node counts is all that is counted.
    pub(crate) fn is_alone(&self) -> bool {
        self.twin.is_none()
    }

    /// Cuts every connection to the database that nodes share.
    pub(crate) fn cut(&self) {
        testing::cut(self.elsewhere.as_ref().unwrap());
    }

    /// Is gone from one moment to the next, and what it had claimed is free. Only where there are
    /// other nodes.
    pub(crate) async fn kill(mut self) {
        let twin = self.twin.take().map(|twin| *twin);
        let elsewhere = self.elsewhere.clone().unwrap();
        for node in [self].into_iter().chain(twin) {
            node.stopped.abort();
            assert!(node.stopped.await.unwrap_err().is_cancelled());
        }
        testing::lapse(&elsewhere);
    }

    async fn serve(data: TempDir, directory: Directory, settings: Settings, clock: Clock) -> Self {
        let elsewhere = directory.elsewhere().cloned();
        let store = Store::open(directory, clock).unwrap();
        let settings = Settings {
            control_token: CONTROL_TOKEN.to_owned(),
            ..settings
        };
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), store.clone(), settings)
            .await
            .unwrap();
        let address = server.address();
        let metrics = server.metrics_address();
        let (stop, told) = tokio::sync::oneshot::channel::<()>();
        let stopped = tokio::spawn(async move {
            // Nobody tells a server whose test has ended.
            let told = async {
                if told.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            server.run(told).await.unwrap();
        });
        Self {
            address,
            store,
            metrics,
            stop,
            stopped,
            data,
            elsewhere,
            twin: None,
        }
    }

    /// Closes what every node of it has open of the store.
    pub(crate) async fn close(&self) {
        for node in self.nodes() {
            node.store.close().await;
        }
    }

    /// The nodes that it is.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &App> {
        [self].into_iter().chain(self.twin.as_deref())
    }

    /// The same server, spoken to at another of its addresses.
    pub(crate) fn at(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Sends bytes, closes the sending half, and reads what comes back.
    pub(crate) async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        parse(&bytes)
    }

    /// A request with any verb, headers and body.
    pub(crate) async fn send(
        &self,
        verb: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut head =
            format!("{verb} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || verb == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let answer = self.raw(&[head.as_bytes(), body].concat()).await;
        documented(path, &answer);
        answer
    }

    /// What the control interface tells of a call. Only the node that answered it knows: one after
    /// the other is asked.
    pub(crate) async fn why(&self, answer: &Answer) -> Value {
        let id = &answer.headers["x-slack-req-id"];
        let bearer = format!("Bearer {CONTROL_TOKEN}");
        let headers = [("Authorization", bearer.as_str())];
        let path = format!("/control/v1/requests/{id}");
        let mut told = Value::Null;
        for _node in self.nodes() {
            told = self.send("GET", &path, &headers, b"").await.json();
            if told["error"] != "request_not_found" {
                break;
            }
        }
        told
    }

    /// Overwrites what the server keeps, as a broken disk might.
    pub(crate) fn damage(&self) {
        if let Some(postgres) = &self.elsewhere {
            return testing::damage(postgres);
        }
        for file in std::fs::read_dir(self.data.path()).unwrap() {
            let path = file.unwrap().path();
            // That file is memory which the server shares with itself.
            if path.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let length = path.metadata().unwrap().len();
            let garbage = vec![b'x'; usize::try_from(length).unwrap()];
            let mut open = File::options().write(true).open(path).unwrap();
            open.write_all(&garbage).unwrap();
        }
    }

    /// A form POST with a bearer token.
    pub(crate) async fn post(
        &self,
        method: &str,
        token: &str,
        arguments: &[(&str, &str)],
    ) -> Answer {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(arguments)
            .finish();
        let bearer = format!("Bearer {token}");
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", &format!("/api/{method}"), &headers, body.as_bytes())
            .await
    }

    /// The same, its JSON alone.
    pub(crate) async fn call(
        &self,
        method: &str,
        token: &str,
        arguments: &[(&str, &str)],
    ) -> Value {
        self.post(method, token, arguments).await.json()
    }

    /// The same, expected to succeed.
    pub(crate) async fn ok(&self, method: &str, token: &str, arguments: &[(&str, &str)]) -> Value {
        let answer = self.call(method, token, arguments).await;
        assert_eq!(answer["ok"], true, "{method} {arguments:?}: {answer}");
        answer
    }

    /// The same, expected to be refused; its code.
    pub(crate) async fn refused(
        &self,
        method: &str,
        token: &str,
        arguments: &[(&str, &str)],
    ) -> String {
        let answer = self.call(method, token, arguments).await;
        assert_eq!(answer["ok"], false, "{method} {arguments:?}: {answer}");
        answer["error"].as_str().unwrap().to_owned()
    }
}

impl App {
    /// The workspaces for which an organisation-wide token is good are these: at once, and a little later on a
    /// node that had no part in it.
    pub(crate) async fn granted(&self, token: &str, teams: &[&str]) {
        let soon = async {
            loop {
                let mut all = true;
                for _node in self.nodes() {
                    let answer = self.ok("auth.teams.list", token, &[]).await;
                    let found = answer["teams"].as_array().unwrap().iter();
                    let found: Vec<_> = found.map(|team| team["id"].as_str().unwrap()).collect();
                    assert!(found == teams || self.twin.is_some(), "{found:?}");
                    all &= found == teams;
                }
                if all {
                    return;
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), soon).await;
        waited.unwrap();
    }

    /// What a token that is good no more is refused with: at once, and a little later on a node
    /// that had no part in its end (how much later is for the tests of the store).
    pub(crate) async fn dead(&self, token: &str) -> String {
        let soon = async {
            loop {
                let mut codes = Vec::new();
                // The balancer asks one after the other.
                for _node in self.nodes() {
                    let answer = self.call("auth.test", token, &[]).await;
                    codes.push(answer["error"].as_str().map(str::to_owned));
                }
                let good =
                    |code: &Option<String>| matches!(code.as_deref(), None | Some("ratelimited"));
                let alive = codes.iter().any(good);
                assert!(!alive || self.twin.is_some(), "the token is still good");
                if let (false, Some(code)) = (alive, codes.pop().flatten()) {
                    return code;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), soon)
            .await
            .unwrap()
    }
}

/// Whatever a call is refused with, its page or the list of codes of every method documents it.
fn documented(path: &str, answer: &Answer) {
    let name = path.strip_prefix("/api/").unwrap_or_default();
    let Some(entry) = find(name.split('?').next().unwrap_or_default()) else {
        return;
    };
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    // `api.test` answers with whatever code it is given.
    if let (false, Some(code)) = (entry.spec.name == "api.test", body["error"].as_str()) {
        let own = (entry.errors)().iter().any(|error| error.code == code);
        assert!(
            own || code.parse::<Common>().is_ok(),
            "{path} answers {code}"
        );
    }
}

/// Takes connections for some nodes, each for the next one.
async fn balance(listener: TcpListener, nodes: Vec<SocketAddr>) {
    for node in nodes.into_iter().cycle() {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(node).await else {
                return;
            };
            let (mut asked, mut answers) = client.into_split();
            let (mut said, mut hears) = server.into_split();
            let ask = async {
                if tokio::io::copy(&mut asked, &mut hears).await.is_ok() {
                    let _ = hears.shutdown().await;
                }
                // Who hangs up early may have answered: the rest of the question is taken.
                let _ = tokio::io::copy(&mut asked, &mut tokio::io::sink()).await;
            };
            let answer = async {
                let _ = tokio::io::copy(&mut said, &mut answers).await;
                let _ = answers.shutdown().await;
            };
            tokio::join!(ask, answer);
        });
    }
}

/// The path, headers and body of a request, if it is whole.
pub(crate) fn parse_request(bytes: &[u8]) -> Option<(String, HashMap<String, String>, String)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let body = bytes.get(end + 4..end + 4 + length)?;
    Some((path, headers, String::from_utf8(body.to_vec()).ok()?))
}

pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer {
        status,
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}

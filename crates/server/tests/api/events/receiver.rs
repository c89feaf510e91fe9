//! An app's end: takes what is sent to it, and answers as it was told to.

use crate::app::parse_request;
use hmac::{Hmac, KeyInit, Mac};
use rustls::ServerConfig;
use serde_json::Value;
use sha2::Sha256;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::{Notify, mpsc},
};
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    pub(crate) tls: Option<Agreed>,
}

/// What was agreed upon before a request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// The server that was asked for.
    pub(crate) name: Option<String>,
    pub(crate) protocol: Option<Vec<u8>>,
}

impl Got {
    /// The signature that it should have.
    pub(crate) fn signed_with(&self, secret: &str) -> String {
        let time = &self.headers["x-slack-request-timestamp"];
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("v0:{time}:{}", self.body).as_bytes());
        let code = mac.finalize().into_bytes();
        let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("v0={hex}")
    }

    /// Its fields, where it is a form.
    pub(crate) fn fields(&self) -> HashMap<String, String> {
        let fields = form_urlencoded::parse(self.body.as_bytes());
        fields.into_owned().collect()
    }

    pub(crate) fn event(&self) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["event"].clone()
    }

    /// Whom the event is about.
    pub(crate) fn user(&self) -> String {
        self.event()["user"].as_str().unwrap_or_default().to_owned()
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: Option<u16>,
    headers: Vec<String>,
    challenge: bool,
    text: String,
    gate: Option<Arc<Notify>>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            headers: Vec::new(),
            challenge: false,
            text: String::new(),
            gate: None,
        }
    }

    /// With these words.
    pub(crate) fn saying(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::status(200)
        }
    }

    pub(crate) fn never() -> Self {
        Self {
            status: None,
            ..Self::status(200)
        }
    }

    pub(crate) fn challenge() -> Self {
        Self {
            challenge: true,
            ..Self::status(200)
        }
    }

    /// Once this is told.
    pub(crate) fn once(mut self, gate: Arc<Notify>) -> Self {
        self.gate = Some(gate);
        self
    }

    pub(crate) fn header(mut self, line: &str) -> Self {
        self.headers.push(line.to_owned());
        self
    }
}

type Replies = Arc<Mutex<HashMap<String, Reply>>>;

pub(crate) struct Receiver {
    base: String,
    /// How many were made.
    pub(crate) connections: Arc<AtomicUsize>,
    replies: Replies,
    got: tokio::sync::Mutex<mpsc::UnboundedReceiver<Got>>,
}

impl Receiver {
    pub(crate) async fn new() -> Self {
        Self::listen("http://127.0.0.1", None).await
    }

    /// One that speaks TLS, by the name of `localhost`.
    pub(crate) async fn secure(mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self::listen("https://localhost", Some(Arc::new(config).into())).await
    }

    async fn listen(site: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("{site}:{}", listener.local_addr().unwrap().port());
        let (to, got) = mpsc::unbounded_channel();
        let replies = Replies::default();
        let known = replies.clone();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                let (tls, to, known) = (tls.clone(), to.clone(), known.clone());
                tokio::spawn(async move {
                    let Some(tls) = tls else {
                        return serve(stream, None, to, known).await;
                    };
                    let stream = match tls.accept(stream).into_fallible().await {
                        Ok(stream) => stream,
                        Err((_, stream)) => return hold(stream).await,
                    };
                    let session = stream.get_ref().1;
                    let agreed = Agreed {
                        name: session.server_name().map(str::to_owned),
                        protocol: session.alpn_protocol().map(<[u8]>::to_vec),
                    };
                    serve(stream, Some(agreed), to, known).await;
                });
            }
        });
        Self {
            base,
            connections,
            replies,
            got: tokio::sync::Mutex::new(got),
        }
    }

    pub(crate) fn base(&self) -> String {
        self.base.clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/slack/events", self.base())
    }

    /// Requests whose body holds `what`, or whose path is it, are answered so.
    pub(crate) fn reply(&self, what: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(what.to_owned(), reply);
    }

    /// The next `count` requests.
    pub(crate) async fn take(&self, count: usize) -> Vec<Got> {
        let mut taken = Vec::new();
        let mut got = self.got.lock().await;
        while taken.len() < count {
            let next = tokio::time::timeout(Duration::from_secs(30), got.recv()).await;
            match next {
                Ok(Some(one)) => taken.push(one),
                _ => panic!("{} of {count} came: {taken:#?}", taken.len()),
            }
        }
        taken
    }

    /// Nothing has come.
    pub(crate) async fn expect_none(&self) {
        let mut got = self.got.lock().await;
        for _ in 0..50 {
            tokio::task::yield_now().await;
            if let Ok(one) = got.try_recv() {
                panic!("not expected: {one:#?}");
            }
        }
    }
}

/// Never answers, and leaves the connection open.
async fn hold(stream: impl AsyncRead) {
    std::future::pending::<()>().await;
    drop(stream);
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    tls: Option<Agreed>,
    to: mpsc::UnboundedSender<Got>,
    replies: Replies,
) {
    let mut bytes = Vec::new();
    loop {
        while parse_request(&bytes).is_none() {
            if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let (path, headers, body) = parse_request(&bytes).unwrap();
        bytes.clear();
        let found = {
            let replies = replies.lock().unwrap();
            let fits = |what: &String| *what == path || body.contains(what.as_str());
            replies
                .iter()
                .find(|(what, _)| fits(what))
                .map(|(_, reply)| reply.clone())
        };
        let reply = found.unwrap_or(Reply::status(200));
        let said: Value = serde_json::from_str(&body).unwrap_or_default();
        let _ = to.send(Got {
            path,
            headers,
            body,
            tls: tls.clone(),
        });
        if let Some(gate) = &reply.gate {
            gate.notified().await;
        }
        let Some(status) = reply.status else {
            return hold(stream).await;
        };
        let text = if reply.challenge {
            said["challenge"].as_str().unwrap_or_default()
        } else {
            reply.text.as_str()
        };
        let mut head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n", text.len());
        for line in &reply.headers {
            head.push_str(&format!("{line}\r\n"));
        }
        let answer = format!("{head}\r\n{text}");
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

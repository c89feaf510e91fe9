//! One attempt over HTTP.

use super::{sign, tls::Tls};
use bytes::Bytes;
use guestlist_domain::Timestamp;
use guestlist_store::Clock;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::Scheme,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        self,
        connect::{Connect, HttpConnector},
    },
    rt::{TokioExecutor, TokioTimer},
};
use std::{error::Error, io, iter, sync::Arc, time::Duration};
use tokio::sync::OnceCell;

/// How long an app may take to answer, in microseconds.
pub(super) const PATIENCE: i64 = 3_000_000;
/// How often an answer may send the request elsewhere.
const REDIRECTS: usize = 2;
/// What is read of an answer; only a challenge's matters.
const MOST_ANSWER: usize = 64 << 10;
const SIGNATURE: HeaderName = HeaderName::from_static("x-slack-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-slack-request-timestamp");
const RETRY_NUM: HeaderName = HeaderName::from_static("x-slack-retry-num");
const RETRY_REASON: HeaderName = HeaderName::from_static("x-slack-retry-reason");
const NO_RETRY: HeaderName = HeaderName::from_static("x-slack-no-retry");

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// As `x-slack-retry-reason` has it.
    pub(super) reason: &'static str,
    /// The answer's status, if there was one.
    pub(super) status: Option<u16>,
    /// The app wants no further attempt.
    pub(super) for_good: bool,
    /// What is wrong with TLS: for people, not for the app.
    pub(super) why: Option<String>,
}

impl Failed {
    pub(super) const fn new(reason: &'static str) -> Self {
        Self {
            reason,
            status: None,
            for_good: false,
            why: None,
        }
    }
}

/// What is sent.
pub(super) struct Letter {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) body: String,
    /// How often it was tried before, and why it failed last.
    pub(super) retry: Option<(u32, String)>,
}

type Client<C> = legacy::Client<C, Full<Bytes>>;

/// Connections to apps, kept open between letters.
#[derive(Clone)]
pub(super) struct Poster {
    plain: Client<HttpConnector>,
    /// Made for the first letter that needs it.
    secure: Arc<OnceCell<Client<HttpsConnector<HttpConnector>>>>,
    tls: Tls,
    clock: Clock,
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

fn client<C: Connect + Clone>(connector: C) -> Client<C> {
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(16)
        .build(connector)
}

impl Poster {
    pub(super) fn new(clock: Clock, tls: Tls) -> Self {
        Self {
            plain: client(connector()),
            secure: Arc::default(),
            tls,
            clock,
        }
    }

    /// Sends a letter. Good is an answer 2xx in time: its status and what it says.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(u16, Bytes), Failed> {
        let patience = Timestamp(self.clock.now().0.saturating_add(PATIENCE));
        tokio::select! {
            answer = self.follow(letter) => answer,
            () = self.clock.sleep_until(patience) => Err(Failed::new("http_timeout")),
        }
    }

    async fn follow(&self, letter: &Letter) -> Result<(u16, Bytes), Failed> {
        let mut url: Uri = letter
            .url
            .parse()
            .map_err(|_| Failed::new("unknown_error"))?;
        for _ in 0..=REDIRECTS {
            let answer = self.ask(self.request(letter, url.clone())?).await?;
            match elsewhere(&answer, &url) {
                Some(next) => url = next,
                None => return read(answer).await,
            }
        }
        Err(Failed::new("too_many_redirects"))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failed> {
        let answer = if request.uri().scheme() == Some(&Scheme::HTTPS) {
            self.secure().await?.request(request).await
        } else {
            self.plain.request(request).await
        };
        answer.map_err(|error| {
            if is_about_tls(&error) {
                return Failed {
                    why: Some(innermost(&error)),
                    ..Failed::new("ssl_error")
                };
            }
            Failed::new(if error.is_connect() {
                "connection_failed"
            } else {
                "unknown_error"
            })
        })
    }

    async fn secure(&self) -> Result<&Client<HttpsConnector<HttpConnector>>, Failed> {
        let make = async || {
            let config = self.tls.config().await.map_err(|error| {
                tracing::error!(%error, "apps cannot be spoken to with TLS");
                Failed {
                    why: Some(error),
                    ..Failed::new("ssl_error")
                }
            })?;
            let mut tcp = connector();
            tcp.enforce_http(false);
            Ok(client(HttpsConnector::from((tcp, config))))
        };
        self.secure.get_or_try_init(make).await
    }

    fn request(&self, letter: &Letter, url: Uri) -> Result<Request<Full<Bytes>>, Failed> {
        let now = self.clock.now().seconds();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, "Slackbot 1.0 (guestlist)")
            .header(TIMESTAMP, now);
        if let Some(secret) = &letter.secret {
            request = request.header(SIGNATURE, sign::signature(secret, now, &letter.body));
        }
        if let Some((number, reason)) = &letter.retry {
            request = request
                .header(RETRY_NUM, *number)
                .header(RETRY_REASON, reason);
        }
        request
            .body(Full::new(Bytes::from(letter.body.clone())))
            .map_err(|_| Failed::new("unknown_error"))
    }
}

/// Whether it was TLS that failed. Before a request is sent that is whatever ends a handshake, which
/// the connector tells as an `io::Error`, and only that; later it is what TLS itself says, as when an
/// app asks for a certificate of ours.
fn is_about_tls(error: &legacy::Error) -> bool {
    if error.is_connect() {
        return error.source().is_some_and(|cause| cause.is::<io::Error>());
    }
    iter::successors(error.source(), |&cause| cause.source()).any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        let inner = cause.and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
}

/// What an error is in the end.
fn innermost(error: &dyn Error) -> String {
    let last = iter::successors(error.source(), |&cause| cause.source()).last();
    last.map_or_else(|| error.to_string(), ToString::to_string)
}

async fn read(answer: Response<Incoming>) -> Result<(u16, Bytes), Failed> {
    let status = answer.status();
    let no_retry = answer.headers().get(NO_RETRY).map(HeaderValue::as_bytes) == Some(b"1");
    let body = Limited::new(answer.into_body(), MOST_ANSWER)
        .collect()
        .await;
    if !status.is_success() {
        return Err(Failed {
            reason: "http_error",
            status: Some(status.as_u16()),
            for_good: no_retry,
            why: None,
        });
    }
    // The status was the acknowledgement; an answer that breaks off after it is one all the same.
    let said = body.map(|body| body.to_bytes()).unwrap_or_default();
    Ok((status.as_u16(), said))
}

/// Where an answer sends the request, if it does.
fn elsewhere(answer: &Response<Incoming>, from: &Uri) -> Option<Uri> {
    if ![StatusCode::MOVED_PERMANENTLY, StatusCode::FOUND].contains(&answer.status()) {
        return None;
    }
    let to: Uri = answer
        .headers()
        .get(header::LOCATION)?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    if to.scheme().is_some() {
        return Some(to);
    }
    let mut parts = to.into_parts();
    parts.scheme = from.scheme().cloned();
    parts.authority = from.authority().cloned();
    Uri::from_parts(parts).ok()
}

//! One attempt over HTTP.

use super::sign;
use crate::outgoing::{Outgoing, Stage};
use bytes::Bytes;
use guestlist_store::Clock;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header, uri::Scheme,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;

/// How long an app may take to answer, in microseconds.
pub(super) const PATIENCE: i64 = 3_000_000;
/// How often an answer may send the request elsewhere.
const REDIRECTS: usize = 2;
/// What is read of an answer; only a challenge's matters.
const MOST_ANSWER: usize = 64 << 10;
/// What is read of an answer that matters. A view in it has up to 250 KB.
const MOST_SAID: usize = 1 << 20;
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
    /// What is wrong, where the reason does not tell: for people, not for the app.
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
    /// A form, whose answer matters; else JSON, whose answer does not.
    pub(super) form: bool,
    /// How often it was tried before, and why it failed last.
    pub(super) retry: Option<(u32, String)>,
}

/// Connections to apps, kept open between letters.
#[derive(Clone)]
pub(super) struct Poster {
    outgoing: Outgoing,
    clock: Clock,
}

impl Poster {
    pub(super) fn new(clock: Clock, outgoing: Outgoing) -> Self {
        Self { outgoing, clock }
    }

    /// When so many microseconds of the world's time have passed.
    pub(super) fn pass(&self, micros: i64) -> impl Future<Output = ()> + Send + 'static {
        self.clock.pass(micros)
    }

    /// Sends a letter. Good is an answer 2xx in time: its status and what it says.
    pub(super) async fn send(&self, letter: &Letter) -> Result<(u16, Bytes), Failed> {
        tokio::select! {
            answer = self.follow(letter) => answer,
            () = self.clock.pass(PATIENCE) => Err(Failed::new("http_timeout")),
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
                Some(next) if is_exposed(&url, &next) => {
                    return Err(Failed {
                        status: Some(answer.status().as_u16()),
                        why: Some("a redirect from https:// to http:// is not followed".to_owned()),
                        ..Failed::new("http_error")
                    });
                }
                Some(next) => url = next,
                None => return read(answer, letter.form).await,
            }
        }
        Err(Failed::new("too_many_redirects"))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failed> {
        let answer = self.outgoing.ask(request).await;
        answer.map_err(|lost| match lost.at {
            Stage::Connecting => Failed::new("connection_failed"),
            Stage::Securing => Failed {
                why: Some(lost.why),
                ..Failed::new("ssl_error")
            },
            Stage::Asking => Failed::new("unknown_error"),
        })
    }

    fn request(&self, letter: &Letter, url: Uri) -> Result<Request<Full<Bytes>>, Failed> {
        // Whoever checks the signature compares this with the machine's clock, five minutes either way.
        let now = self.clock.machine().seconds();
        let kind = match letter.form {
            true => "application/x-www-form-urlencoded",
            false => "application/json",
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::CONTENT_TYPE, kind)
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

async fn read(answer: Response<Incoming>, matters: bool) -> Result<(u16, Bytes), Failed> {
    let status = answer.status();
    let no_retry = answer.headers().get(NO_RETRY).map(HeaderValue::as_bytes) == Some(b"1");
    let most = if matters { MOST_SAID } else { MOST_ANSWER };
    let body = Limited::new(answer.into_body(), most).collect().await;
    if !status.is_success() {
        return Err(Failed {
            reason: "http_error",
            status: Some(status.as_u16()),
            for_good: no_retry,
            why: None,
        });
    }
    if let Err(error) = body.as_ref().map_err(ToString::to_string)
        && matters
    {
        return Err(Failed {
            status: Some(status.as_u16()),
            why: Some(format!("its answer cannot be read: {error}")),
            ..Failed::new("unknown_error")
        });
    }
    // The status was the acknowledgement; an answer that breaks off after it is one all the same.
    let said = body.map(|body| body.to_bytes()).unwrap_or_default();
    Ok((status.as_u16(), said))
}

/// Whether everybody on the way could read at `to` what nobody could read at `from`.
fn is_exposed(from: &Uri, to: &Uri) -> bool {
    from.scheme() == Some(&Scheme::HTTPS) && to.scheme() != Some(&Scheme::HTTPS)
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

//! Traces: a span for each call and each attempt to deliver an event, sent to what takes OTLP.
//!
//! What is in a span stands in docs/tracing.md. It is written when a call has ended, into a queue of
//! bounded size; `export` carries the queue away. Nothing here waits, and without a tracer nothing is done.

mod context;
mod export;
mod span;

pub use context::Sampler;
pub(crate) use export::Exporting;

use crate::{
    answer::RequestId,
    metrics::{Measured, Page},
    record::Route,
    settings::Settings,
    tls::Authorities,
};
use context::{Context, Parent};
use export::Queue;
use guestlist_domain::{Caller, Timestamp};
use guestlist_store::{Clock, deliveries::Delivery};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use span::{Kind, Span};
use std::{fmt, str::FromStr, sync::Arc, time::Duration};
use tokio::time::Instant;

/// The path of spans below a collector's address.
const TRACES: &str = "v1/traces";
/// What the server is called, when nothing else is said.
const SERVICE: &str = "guestlist";
/// How long a span waits for others.
const DELAY: Duration = Duration::from_secs(5);

/// Where spans go, and which.
#[derive(Clone)]
pub struct Otlp {
    url: Uri,
    /// May hold secrets.
    headers: HeaderMap,
    /// What the server says of itself.
    resource: Vec<(String, String)>,
    /// Which traces are kept.
    pub sampler: Sampler,
    /// Who vouches for the collector's certificate, beside those the system trusts.
    pub authorities: Authorities,
    /// How long a span waits for others before it is sent.
    pub delay: Duration,
}

impl Otlp {
    /// To a collector at this address, `http://localhost:4318`: spans go to `/v1/traces` below it.
    pub fn below(address: &str) -> Result<Self, String> {
        let mut parts = place(address)?.into_parts();
        let path = parts.path_and_query.as_ref().map_or("", |path| path.path());
        let path = format!("{}/{TRACES}", path.trim_end_matches('/'));
        parts.path_and_query = path.parse().ok();
        Uri::from_parts(parts).map(Self::to).map_err(|_| form())
    }

    /// To this very address.
    pub fn at(address: &str) -> Result<Self, String> {
        place(address).map(Self::to)
    }

    fn to(url: Uri) -> Self {
        Self {
            url,
            headers: HeaderMap::new(),
            resource: vec![
                ("service.name".to_owned(), SERVICE.to_owned()),
                (
                    "service.version".to_owned(),
                    env!("CARGO_PKG_VERSION").to_owned(),
                ),
            ],
            sampler: Sampler::default(),
            authorities: Authorities::default(),
            delay: DELAY,
        }
    }

    /// With these headers, a token of the collector's for example. An error names the header alone.
    pub fn with_headers(mut self, headers: &Pairs) -> Result<Self, String> {
        for (name, value) in &headers.0 {
            let key = HeaderName::try_from(name.as_str())
                .map_err(|_| "the name of a header is none".to_owned())?;
            let mut value = HeaderValue::try_from(value.as_str())
                .map_err(|_| format!("the value of the header {key} cannot be sent"))?;
            value.set_sensitive(true);
            self.headers.insert(key, value);
        }
        Ok(self)
    }

    /// Saying this of the server, too, or instead.
    #[must_use]
    pub fn with_resource(mut self, attributes: Pairs) -> Self {
        for (key, value) in attributes.0 {
            self.resource.retain(|(known, _)| *known != key);
            self.resource.push((key, value));
        }
        self
    }
}

fn form() -> String {
    "the address of a collector is written http://localhost:4318, or https://…, without a user or a query"
        .to_owned()
}

fn place(address: &str) -> Result<Uri, String> {
    let uri: Uri = address.trim().parse().map_err(|_| form())?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let good = matches!(uri.scheme_str(), Some("http" | "https"))
        && !authority.is_empty()
        && !authority.contains('@')
        && uri.query().is_none();
    if good { Ok(uri) } else { Err(form()) }
}

impl fmt::Display for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `key=value,key=value`, values percent-encoded, as OpenTelemetry's variables have it. An error
/// tells nothing of what was given.
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// One, as it is.
    pub fn one(key: &str, value: &str) -> Self {
        Self(vec![(key.to_owned(), value.to_owned())])
    }
}

impl FromStr for Pairs {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
        let read = |pair: &str| {
            let (key, value) = pair.split_once('=')?;
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            let key = key.trim();
            (!key.is_empty()).then(|| (key.to_owned(), value.into_owned()))
        };
        let read = pairs.map(read).collect::<Option<_>>();
        read.map(Self)
            .ok_or_else(|| "written key=value,key=value, with values percent-encoded".to_owned())
    }
}

/// Makes spans of what is done. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tracer(Arc<Inner>);

struct Inner {
    to: Otlp,
    clock: Clock,
    queue: Arc<Queue>,
}

impl Tracer {
    /// If spans go anywhere.
    pub(crate) fn of(settings: &Settings, clock: &Clock) -> Option<Self> {
        let to = settings.traces.clone()?;
        Some(Self(Arc::new(Inner {
            to,
            clock: clock.clone(),
            queue: Arc::default(),
        })))
    }

    /// Something begins, for a caller with these headers or by itself; `None` if its trace is not kept.
    pub(crate) fn begin(&self, headers: Option<&HeaderMap>) -> Option<Traced> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).ok()?;
        let context = Context::next(random, headers.and_then(Parent::of), self.0.to.sampler)?;
        Some(Traced {
            context,
            start: self.0.clock.machine(),
            began: Instant::now(),
            queue: self.0.queue.clone(),
        })
    }

    /// Begins to send what was traced. Spans that nobody sends are dropped in the end.
    pub(crate) fn export(&self) -> Exporting {
        export::start(self.0.queue.clone(), self.0.to.clone())
    }
}

impl Measured for Tracer {
    fn measure(&self, page: &mut Page) {
        self.0.queue.measure(page);
    }
}

/// What is under way and will be a span.
pub(crate) struct Traced {
    context: Context,
    start: Timestamp,
    began: Instant,
    queue: Arc<Queue>,
}

impl Traced {
    /// A call was answered.
    pub(crate) fn answered(
        self,
        verb: &Method,
        route: Option<Route>,
        caller: Option<&Caller>,
        outcome: &str,
        status: StatusCode,
        id: RequestId,
    ) {
        // Whatever else was asked for is text of a stranger.
        let verb = match *verb {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            Method::PATCH => "PATCH",
            _ => "_OTHER",
        };
        let name = match &route {
            Some((path, _)) => format!("{verb} {path}").into(),
            None => verb.into(),
        };
        let mut span = self.span(Kind::Server, name);
        span.text("http.request.method", verb);
        span.text("url.scheme", "http");
        if let Some((path, is_whole)) = route {
            if is_whole {
                span.text("url.path", path.clone());
            }
            span.text("http.route", path);
        }
        span.number("http.response.status_code", status.as_u16());
        let outcome = outcome.to_owned();
        if status.is_server_error() {
            span.failed(outcome.clone());
        }
        span.text("guestlist.outcome", outcome);
        span.text("guestlist.req_id", id.as_str().to_owned());
        if let Some(caller) = caller {
            span.text("guestlist.workspace", caller.team().to_string());
            span.text("guestlist.user", caller.id().to_string());
            if let Some(app) = caller.token.app {
                span.text("guestlist.app", app.to_string());
            }
        }
        self.queue.push(span);
    }

    /// An attempt to deliver an event has ended: over HTTP at a URL, or over Socket Mode; with an
    /// answer's status if there was one, and why it failed if it did.
    pub(crate) fn delivered(
        self,
        delivery: &Delivery,
        url: Option<&str>,
        status: Option<u16>,
        failed: Option<&'static str>,
    ) {
        let owed = &delivery.owed;
        let mut span = self.span(Kind::Client, format!("deliver {}", owed.kind).into());
        if let Some(url) = url {
            span.text("http.request.method", "POST");
            // Paths and queries of apps may be secrets.
            let uri: Uri = url.parse().unwrap_or_default();
            if let Some(host) = uri.host() {
                span.text("server.address", host.to_owned());
            }
            let secure = uri.scheme_str() == Some("https");
            let usual = if secure { 443 } else { 80 };
            span.number("server.port", uri.port_u16().unwrap_or(usual));
            if let Some(status) = status {
                span.number("http.response.status_code", status);
            }
            if delivery.attempts > 0 {
                span.number("http.request.resend_count", delivery.attempts);
            }
        }
        let way = if url.is_some() { "http" } else { "socket" };
        span.text("guestlist.delivery", way);
        span.text("guestlist.event", owed.kind.clone());
        span.text("guestlist.event_id", owed.event_id.clone());
        span.text("guestlist.workspace", owed.team.to_string());
        span.text("guestlist.app", owed.app.to_string());
        if let Some(why) = failed {
            span.failed(why);
        }
        self.queue.push(span);
    }

    fn span(&self, kind: Kind, name: std::borrow::Cow<'static, str>) -> Span {
        Span::new(self.context, kind, name, self.start, self.began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_collectors() {
        for (address, below, at) in [
            (
                "http://localhost:4318",
                "http://localhost:4318/v1/traces",
                "http://localhost:4318/",
            ),
            (
                "https://otlp.example.com/acme/",
                "https://otlp.example.com/acme/v1/traces",
                "https://otlp.example.com/acme/",
            ),
        ] {
            assert_eq!(Otlp::below(address).unwrap().to_string(), below);
            assert_eq!(Otlp::at(address).unwrap().to_string(), at);
        }
        for address in [
            "",
            "localhost:4318",
            "grpc://localhost:4317",
            "http://",
            "http://user:hunter2@localhost",
            "http://localhost?token=hunter2",
        ] {
            for told in [Otlp::below(address), Otlp::at(address)] {
                assert!(!told.unwrap_err().contains("hunter2"), "{address}");
            }
        }
    }

    #[test]
    fn pairs_are_read_and_shown_nowhere() {
        let pairs: Pairs = "a=b, c = d%20e ,,f=g=h".parse().unwrap();
        let pairs: Vec<_> = pairs
            .0
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("a", "b"), ("c", "d e"), ("f", "g=h")]);
        for bad in ["hunter2", "=hunter2", "a=%ff"] {
            let why = bad.parse::<Pairs>().err().unwrap();
            assert!(!why.contains("hunter2"), "{bad}");
        }
        let otlp = || Otlp::below("http://localhost").unwrap();
        let headers = "authorization=Bearer%20hunter2".parse().unwrap();
        let otlp_with = otlp().with_headers(&headers).unwrap();
        assert!(!format!("{otlp_with:?} {:?}", otlp_with.headers).contains("hunter2"));
        for bad in ["a b=hunter2", "a=hunter2%0a"] {
            let why = otlp().with_headers(&bad.parse().unwrap()).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
        let named = otlp().with_resource("service.name=mine,host.name=h".parse().unwrap());
        let names = named
            .resource
            .iter()
            .filter(|(key, _)| key == "service.name");
        assert_eq!(
            names.map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
            ["mine"]
        );
    }
}

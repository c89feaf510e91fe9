//! Where calls go, on whose behalf, and how patiently.

use crate::{
    arguments::Arguments,
    attempt::Witness,
    connect::{self, Connector, Proxies, proxy_authorization},
    exchange::{Arrival, Exchange},
    failure::Failure,
    pace::Paces,
    perform::{self, Account, Policy},
    waits::{TokioWaits, Waits},
};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header, uri::PathAndQuery};
use http_body_util::Full;
use hyper_util::{
    client::{
        legacy::{
            self, Client as Pool,
            connect::{CaptureConnection, capture_connection},
        },
        proxy::matcher::Matcher,
    },
    rt::{TokioExecutor, TokioTimer},
};
use std::{error::Error, fmt, sync::Arc, time::Duration};

/// How long a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Servers close idle connections; this is sooner than any does.
const IDLE: Duration = Duration::from_secs(10);

const BEARER: &str = "Bearer ";
/// What stands where the token would.
pub const REDACTED: &str = "(redacted)";
/// A text that ends in so much of the token, cut off there, shows too much of it.
const TELLING: usize = 8;

/// A text without the token, should whoever answered have repeated it; also without a beginning of it,
/// where the text was cut off in the middle of it. A token of less than 8 characters hides nothing that
/// could not be guessed, and may be a part of any word: it stays.
///
/// ```
/// use guestlist_client::redacted;
/// assert_eq!(redacted("xoxb-1234567 it is", "xoxb-1234567"), "(redacted) it is");
/// assert_eq!(redacted("it is xoxb-1234", "xoxb-1234567"), "it is (redacted)");
/// ```
pub fn redacted(text: &str, token: &str) -> String {
    if token.len() < TELLING {
        return text.to_owned();
    }
    let mut text = text.replace(token, REDACTED);
    let begun = (TELLING..token.len())
        .rev()
        .filter_map(|length| token.get(..length))
        .find(|begun| text.ends_with(begun));
    if let Some(begun) = begun {
        text.truncate(text.len() - begun.len());
        text.push_str(REDACTED);
    }
    text
}

/// Makes calls. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    base: Base,
    token: Option<HeaderValue>,
    pool: Pool<Connector, Full<Bytes>>,
    connector: Connector,
    answer_timeout: Duration,
    pub(crate) policy: Policy,
    paces: Option<Paces>,
    waits: Arc<dyn Waits>,
}

/// Why a client cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The base URL cannot be used.
    #[error(
        "{0}: a base URL is http://HOST[:PORT] or https://HOST[:PORT], with any path; a port is 1 to 65535"
    )]
    BaseUrl(String),
    /// The token has characters that no token has.
    #[error("the token is empty or has characters that cannot be sent")]
    Token,
    /// The proxy cannot be used.
    #[error(
        "{0}: a proxy is http://[USER:PASSWORD@]HOST[:PORT] and nothing behind it; a port is 1 to 65535, and /, ?, # and @ in a password are written %2F, %3F, %23 and %40"
    )]
    Proxy(String),
    /// The certificates cannot be used.
    #[error("the CA certificate cannot be used: {0}")]
    Ca(String),
}

/// Makes a [`Client`].
pub struct Builder {
    base: String,
    token: Option<String>,
    proxy: Option<String>,
    no_proxy: String,
    ca: Vec<Vec<u8>>,
    connect_timeout: Duration,
    answer_timeout: Duration,
    policy: Policy,
    paced: bool,
    waits: Arc<dyn Waits>,
}

impl Client {
    /// For calls below `base_url`, such as `https://slack.com/api`, with a token. All else is usual.
    pub fn new(base_url: &str, token: &str) -> Result<Self, SetupError> {
        Self::builder(base_url).token(token).build()
    }

    /// For calls below `base_url`. Without a path `/api` is meant.
    pub fn builder(base_url: &str) -> Builder {
        Builder {
            base: base_url.to_owned(),
            token: None,
            proxy: None,
            no_proxy: String::new(),
            ca: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            answer_timeout: ANSWER_TIMEOUT,
            policy: Policy::default(),
            paced: false,
            waits: Arc::new(TokioWaits),
        }
    }

    /// Calls a method by name and accounts for everything that happened: each exchange, each
    /// failure, and what was done about it. Never fails itself.
    pub async fn perform(&self, method: &str, arguments: &Arguments) -> Account {
        self.turn(method).await;
        perform::perform(self, method, arguments, None).await
    }

    /// The same for a call that does more than read: `witness` is told before each attempt, and when
    /// none so far was carried out.
    pub async fn perform_before(
        &self,
        witness: &mut dyn Witness,
        method: &str,
        arguments: &Arguments,
    ) -> Account {
        self.turn(method).await;
        perform::perform(self, method, arguments, Some(witness)).await
    }

    /// Waits until the method's pace allows a call.
    async fn turn(&self, method: &str) {
        if let Some(paces) = &self.0.paces {
            paces.turn(method, &*self.0.waits).await;
        }
    }

    /// Whether calls leave this machine unencrypted.
    pub fn is_open(&self) -> bool {
        let base = &self.0.base.0;
        base.scheme_str() == Some("http") && !connect::is_this_machine(connect::host(base))
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.0.policy
    }

    pub(crate) fn waits(&self) -> &dyn Waits {
        &*self.0.waits
    }

    /// One HTTP exchange: what came, and whether it is an answer.
    pub(crate) async fn exchange(
        &self,
        method: &str,
        arguments: &Arguments,
        within: Duration,
        mut witness: Option<&mut dyn Witness>,
    ) -> (Option<Exchange>, Result<(), Failure>) {
        let mut request = match self.request(method, arguments) {
            Ok(request) => request,
            Err(failure) => return (None, Err(failure)),
        };
        let limit = self.0.answer_timeout.min(within);
        let target = request.uri().clone();
        if let Some(witness) = &mut witness
            && let Err(source) = witness.sends()
        {
            return (None, Err(Failure::KeptBack(source)));
        }
        let sending = Sending {
            connection: capture_connection(&mut request),
            witness,
        };
        let mut arrival = None;
        let work = async {
            let answer = self.0.pool.request(request).await.map_err(failure)?;
            arrival.insert(Arrival::of(method, answer)).read().await
        };
        let end = tokio::time::timeout(limit, work).await;
        let (came, end) = match (arrival, end) {
            // The API never answers so: it is the proxy that wants to know who asks.
            (Some(arrival), end)
                if arrival.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
                    && let Some(refused) = self.0.connector.refused(&target, arrival.status()) =>
            {
                let (came, _) = arrival.end(end.unwrap_or(Ok(())));
                (came, Err(refused))
            }
            (Some(arrival), Ok(end)) => arrival.end(end),
            (Some(arrival), Err(_)) => arrival.late(limit),
            (None, Ok(end)) => (None, end),
            (None, Err(_)) if !sending.has_begun() => (None, Err(connect::late(&target, limit))),
            (None, Err(_)) => (None, Err(Failure::TimedOut(limit))),
        };
        (came, end.map_err(|failure| self.redacted(failure)))
    }

    /// Without the token, should an answer that is none repeat what it was sent.
    fn redacted(&self, failure: Failure) -> Failure {
        let token = self.0.token.as_ref().and_then(|value| value.to_str().ok());
        let Some(token) = token.and_then(|value| value.strip_prefix(BEARER)) else {
            return failure;
        };
        let clean = |text: String| redacted(&text, token);
        match failure {
            Failure::NotJson {
                status,
                content_type,
                beginning,
            } => Failure::NotJson {
                status,
                content_type: content_type.map(clean),
                beginning: clean(beginning),
            },
            Failure::Redirect { status, to } => Failure::Redirect {
                status,
                to: to.map(clean),
            },
            Failure::Packed { status, coding } => Failure::Packed {
                status,
                coding: clean(coding),
            },
            other => other,
        }
    }

    fn request(
        &self,
        method: &str,
        arguments: &Arguments,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let unusual = |why: String| Failure::Request {
            method: method.to_owned(),
            why,
        };
        let uri = self
            .0
            .base
            .method(method)
            .map_err(|error| unusual(error.to_string()))?;
        let mut request = Request::post(&uri)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT_ENCODING, "gzip")
            .header(
                header::USER_AGENT,
                concat!("guestlist/", env!("CARGO_PKG_VERSION")),
            );
        if let Some(token) = &self.0.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        if let Some(auth) = proxy_authorization(self.0.connector.proxies(), &uri) {
            request = request.header(header::PROXY_AUTHORIZATION, auth);
        }
        request
            .body(Full::new(arguments.form().into()))
            .map_err(|error| unusual(error.to_string()))
    }
}

/// A request on its way. Also when whoever made the call gives it up, as at a signal, its witness is told
/// whether it had begun.
struct Sending<'w> {
    connection: CaptureConnection,
    witness: Option<&'w mut dyn Witness>,
}

impl Sending<'_> {
    /// There is no connection until one is made or one that is open is taken: nothing was sent before.
    fn has_begun(&self) -> bool {
        self.connection.connection_metadata().is_some()
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if !self.has_begun()
            && let Some(witness) = &mut self.witness
        {
            witness.came_to_nothing();
        }
    }
}

/// What the HTTP library says went wrong. Unless it was connecting, the call may have arrived.
fn failure(error: legacy::Error) -> Failure {
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<Failure>());
    match cause {
        Some(failure) if error.is_connect() => failure.clone(),
        _ => Failure::Lost(Arc::new(error)),
    }
}

/// Without the token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.0.base.0.to_string();
        f.debug_struct("Client")
            .field("base", &base)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("base", &without_password(&self.base))
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// On whose behalf.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Through this proxy, `http://[USER:PASSWORD@]HOST[:PORT]`. Otherwise the variables
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say whether there is one, for
    /// every host but this machine itself.
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Some(url.to_owned());
        self
    }

    /// Trust these certificates (PEM) beside those of this machine.
    #[must_use]
    pub fn ca(mut self, pem: &[u8]) -> Self {
        self.ca.push(pem.to_vec());
        self
    }

    /// How long a connection may take, 5 seconds unless told otherwise.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long an answer may take, 10 seconds unless told otherwise.
    #[must_use]
    pub fn answer_timeout(mut self, limit: Duration) -> Self {
        self.answer_timeout = limit;
        self
    }

    /// How often and how long a call is tried.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Never more calls a minute than the method's tier always lets through.
    #[must_use]
    pub fn paced(mut self) -> Self {
        self.paced = true;
        self
    }

    /// With another clock.
    #[must_use]
    pub fn waits(mut self, waits: Arc<dyn Waits>) -> Self {
        self.waits = waits;
        self
    }

    /// Makes it.
    pub fn build(self) -> Result<Client, SetupError> {
        let base = Base::read(&self.base)
            .ok_or_else(|| SetupError::BaseUrl(without_password(&self.base)))?;
        let token = match self.token {
            Some(token) => Some(bearer(token.trim()).ok_or(SetupError::Token)?),
            None => None,
        };
        let proxies = match self.proxy {
            Some(url) => {
                if !url.starts_with("http://") || !connect::is_proxy(&url) {
                    return Err(SetupError::Proxy(without_password(&url)));
                }
                Proxies::Named(Matcher::builder().all(url).no(self.no_proxy).build())
            }
            None => Proxies::of_variables(&base.0)?,
        };
        let tls = if base.0.scheme_str() == Some("https") || !self.ca.is_empty() {
            Some(connect::tls(&self.ca).map_err(SetupError::Ca)?)
        } else {
            None
        };
        let connector = Connector::new(proxies, tls, self.connect_timeout);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector.clone());
        Ok(Client(Arc::new(Inner {
            base,
            token,
            pool,
            connector,
            answer_timeout: self.answer_timeout,
            policy: self.policy,
            paces: self.paced.then(Paces::default),
            waits: self.waits,
        })))
    }
}

fn bearer(token: &str) -> Option<HeaderValue> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut value = HeaderValue::from_str(&format!("{BEARER}{token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// An address as it may be shown. What cannot be read as one may have a password all the same.
pub(crate) fn without_password(url: &str) -> String {
    let Some((before, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://…@{host}"),
        None => format!("…@{host}"),
    }
}

/// A base URL as it is used: without a slash at its end, with `/api` where it has no path. `None`
/// when it cannot be used.
///
/// ```
/// use guestlist_client::normalized;
/// assert_eq!(normalized("http://Host:3999/").unwrap(), "http://host:3999/api");
/// ```
pub fn normalized(base_url: &str) -> Option<String> {
    let base = Base::read(base_url)?.0;
    let authority = base.authority()?.as_str().to_lowercase();
    Some(format!(
        "{}://{authority}{}",
        base.scheme_str()?,
        base.path()
    ))
}

/// What every method's address begins with.
struct Base(Uri);

impl Base {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.trim().parse::<Uri>().ok()?.into_parts();
        let http = matches!(parts.scheme.as_ref()?.as_str(), "http" | "https");
        let authority = parts.authority.as_ref()?;
        // Credentials in the URL would be sent to nobody and shown to everybody.
        if !http || !connect::is_host(authority) || authority.as_str().contains('@') {
            return None;
        }
        let given = parts.path_and_query.as_ref();
        if given.is_some_and(|given| given.query().is_some()) {
            return None;
        }
        let path = given.map_or("", |given| given.path()).trim_end_matches('/');
        let path = if path.is_empty() { "/api" } else { path };
        parts.path_and_query = Some(path.parse().ok()?);
        Uri::from_parts(parts).ok().map(Self)
    }

    fn method(&self, method: &str) -> Result<Uri, http::Error> {
        let mut parts = self.0.clone().into_parts();
        let path: PathAndQuery = format!("{}/{method}", self.0.path()).parse()?;
        parts.path_and_query = Some(path);
        Ok(Uri::from_parts(parts)?)
    }
}

#[cfg(test)]
mod tests;

//! Calls of the API, with refusals as data.
//!
//! Thin so far: form POSTs over plain HTTP, one connection a call. What comes back is always
//! there in full, as an [`Envelope`], whether the call succeeded or not.
//!
//! ```no_run
//! # async fn example() -> Result<(), guestlist_client::CallError> {
//! use guestlist_client::Client;
//!
//! let client = Client::new("http://127.0.0.1:3999/api", "xoxb-sample-greeter")?;
//! let answer = client
//!     .call("conversations.invite", &[("channel", "C0WELCOME"), ("users", "U0BEN")])
//!     .await?;
//! match answer.error() {
//!     None => println!("invited to {}", answer.body["channel"]["name"]),
//!     Some(code) => println!("refused: {code}"),
//! }
//! # Ok(())
//! # }
//! ```

use bytes::Bytes;
use guestlist_methods::{Code, Contract};
use http::{HeaderMap, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a call may take in all, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer that is no JSON is shown.
const SHOWN: usize = 200;

/// Where calls go, and on whose behalf.
#[derive(Clone)]
pub struct Client {
    base: Uri,
    token: String,
    timeout: Duration,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The HTTP status; 200 for refusals too.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The JSON body.
    pub body: Value,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The base URL cannot be used.
    #[error("{0}: the base URL has to be http://HOST:PORT with any path")]
    BaseUrl(String),
    /// Nobody answers there.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// Host and port.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The connection broke, so that it is not known whether the call was carried out.
    #[error("the connection broke before the answer was whole")]
    Broken(#[source] hyper::Error),
    /// No answer in time; it is not known whether the call was carried out.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The answer is not JSON.
    #[error("the answer (status {status}) is not JSON; it begins {beginning:?}")]
    NotJson {
        /// The HTTP status.
        status: StatusCode,
        /// The first characters of what came.
        beginning: String,
    },
}

/// Why a typed call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal<E> {
    /// Refused with one of the method's own codes.
    #[error("refused: {}", .envelope.error().unwrap_or_default())]
    Own {
        /// The code.
        error: E,
        /// All that came.
        envelope: Box<Envelope>,
    },
    /// Refused with a code that any method may answer, or that is not known here.
    #[error("refused: {code}")]
    Other {
        /// The code as it came.
        code: String,
        /// All that came.
        envelope: Box<Envelope>,
    },
    /// There is no answer.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Client {
    /// For calls below `base_url`, such as `http://127.0.0.1:3999/api`, with a token.
    pub fn new(base_url: &str, token: &str) -> Result<Self, CallError> {
        let bad = || CallError::BaseUrl(base_url.to_owned());
        let base: Uri = base_url.trim_end_matches('/').parse().map_err(|_| bad())?;
        if base.scheme_str() != Some("http") || base.host().is_none() {
            return Err(bad());
        }
        let token = token.to_owned();
        Ok(Self {
            base,
            token,
            timeout: TIMEOUT,
        })
    }

    /// With another limit on the time that a call may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Calls a method by name. A refusal is an answer like any other.
    pub async fn call(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Envelope, CallError> {
        tokio::time::timeout(self.timeout, self.exchange(method, arguments))
            .await
            .unwrap_or(Err(CallError::TimedOut(self.timeout)))
    }

    /// Calls the method of a page; a refusal is the page's own error type.
    pub async fn call_as<M: Contract<Error: std::str::FromStr>>(
        &self,
        arguments: &[(&str, &str)],
    ) -> Result<Envelope, Refusal<M::Error>> {
        let envelope = self.call(M::SPEC.name, arguments).await?;
        let Some(code) = envelope.error().map(str::to_owned) else {
            return Ok(envelope);
        };
        let envelope = Box::new(envelope);
        match code.parse() {
            Ok(error) => Err(Refusal::Own { error, envelope }),
            Err(_) => Err(Refusal::Other { code, envelope }),
        }
    }

    async fn exchange(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Envelope, CallError> {
        let host = self.base.host().unwrap_or_default();
        let port = self.base.port_u16().unwrap_or(80);
        let address = format!("{host}:{port}");
        let stream =
            TcpStream::connect(&address)
                .await
                .map_err(|source| CallError::Unreachable {
                    address: address.clone(),
                    source,
                })?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(CallError::Broken)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(arguments)
            .finish();
        let request = Request::post(format!(
            "{}/{method}",
            self.base.path().trim_end_matches('/')
        ))
        .header(header::HOST, &address)
        .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .map_err(|_| CallError::BaseUrl(format!("{}/{method}", self.base)))?;
        let answer = async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            Ok((head, body.collect().await?.to_bytes()))
        };
        // The connection's own end matters only while the answer is under way.
        let (head, body) = tokio::select! {
            answer = answer => answer.map_err(CallError::Broken)?,
            Err(error) = connection => return Err(CallError::Broken(error)),
        };
        match serde_json::from_slice(&body) {
            Ok(json) => Ok(Envelope {
                status: head.status,
                headers: head.headers,
                body: json,
            }),
            Err(_) => Err(CallError::NotJson {
                status: head.status,
                beginning: String::from_utf8_lossy(&body).chars().take(SHOWN).collect(),
            }),
        }
    }
}

/// Without the token.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Envelope {
    /// Whether the call succeeded.
    pub fn is_ok(&self) -> bool {
        self.body["ok"] == true
    }

    /// The code of a refusal; `unknown` when a refusal names none.
    pub fn error(&self) -> Option<&str> {
        (!self.is_ok()).then(|| self.body["error"].as_str().unwrap_or("unknown"))
    }

    /// How long to wait before calling again, when the call was one too many.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self
            .headers
            .get(header::RETRY_AFTER)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()?;
        (self.status == StatusCode::TOO_MANY_REQUESTS).then(|| Duration::from_secs(seconds))
    }

    /// What was refused for single people: `errors`, as pairs of user and code of a method.
    pub fn person_errors<E: Code + std::str::FromStr>(&self) -> Vec<(String, Result<E, String>)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let pair = |entry: &Value| {
            let code = text(&entry["error"]);
            (text(&entry["user"]), code.parse().map_err(|_| code))
        };
        errors.map(pair).collect()
    }
}

//! Why a call has no answer.

use http::StatusCode;
use std::{error::Error, sync::Arc, time::Duration};

/// A cause that can be handed on.
pub type Source = Arc<dyn Error + Send + Sync>;

/// Why a call has no answer, and what is known of it all the same.
///
/// A refusal (`"ok":false`) is no failure: it is an answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Nobody answers at that address. Nothing was sent.
    #[error("{address} cannot be reached")]
    Unreachable {
        /// Host and port.
        address: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The proxy does not let the connection through, or, unencrypted, the call. Nothing was sent to the server.
    #[error("the proxy {address} does not connect to {target}")]
    Proxy {
        /// The proxy's host and port.
        address: String,
        /// Host and port behind it.
        target: String,
        /// What it answered, if it did.
        status: Option<StatusCode>,
        /// Why.
        #[source]
        source: Source,
    },
    /// The server's certificate does not verify. Nothing was sent.
    #[error("the certificate of {host} does not verify")]
    Certificate {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// There is no TLS at that address. Nothing was sent.
    #[error("{host} does not speak TLS as expected")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: Source,
    },
    /// The call cannot be written as an HTTP request. Nothing was sent.
    #[error("`{method}` cannot be called there: {why}")]
    Request {
        /// The method.
        method: String,
        /// Why.
        why: String,
    },
    /// The [`Witness`](crate::Witness) of the call kept it back. Nothing was sent.
    #[error("the call was kept back")]
    KeptBack(#[source] Source),
    /// The call was sent, and the connection ended without an answer.
    #[error("the connection ended before there was an answer")]
    Lost(#[source] Source),
    /// The call was sent, and there was no answer in time.
    #[error("no answer within {} s", seconds(*.0))]
    TimedOut(Duration),
    /// The answer's body ended early.
    #[error("the answer was cut short: {received} bytes of its body came{}", announced.map(|n| format!(" of {n} announced")).unwrap_or_default())]
    Cut {
        /// The HTTP status.
        status: StatusCode,
        /// Bytes that came.
        received: usize,
        /// Bytes that were to come.
        announced: Option<u64>,
        /// How it ended.
        #[source]
        source: Source,
    },
    /// The body is packed in a way that cannot be unpacked.
    #[error("the answer's body cannot be unpacked ({coding})")]
    Packed {
        /// The HTTP status.
        status: StatusCode,
        /// The header `content-encoding`.
        coding: String,
    },
    /// The body is larger than anything the API answers.
    #[error("the answer is larger than {} MiB, unpacked", crate::exchange::MOST >> 20)]
    TooLarge,
    /// The answer leads elsewhere. A call is not repeated there, since it carries a token.
    #[error("the answer is a redirect (status {}) to {}: the base URL is not the API's", status.as_u16(), to.as_deref().unwrap_or("nowhere"))]
    Redirect {
        /// The HTTP status.
        status: StatusCode,
        /// The header `location`.
        to: Option<String>,
    },
    /// The answer is not a JSON object with a boolean `ok`.
    #[error("the answer (status {status}{}) is no JSON object with `ok`; it begins {beginning:?}", content_type.as_ref().map(|t| format!(", {t}")).unwrap_or_default())]
    NotJson {
        /// The HTTP status.
        status: StatusCode,
        /// The header `content-type`.
        content_type: Option<String>,
        /// The first characters of what came.
        beginning: String,
    },
    /// The pages of an answer have no end: a cursor came that had been given before.
    #[error("the answer gives a cursor that it gave before: its pages have no end")]
    Endless,
    /// Called too often, and waiting longer or trying again is not allowed.
    #[error("called too often: the next call may come in {} s, {}", wait.as_secs_f64().ceil(), late_or_often(*tries))]
    RateLimited {
        /// How long to wait.
        wait: Duration,
        /// How often it was tried, when that was as often as it may be; otherwise the wait is
        /// longer than there is time.
        tries: Option<u32>,
    },
}

/// Seconds for people: what was left of a longer time is not told to the nanosecond.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round().max(1.0) / 1000.0
}

fn late_or_often(tries: Option<u32>) -> String {
    match tries {
        None => "later than this one may wait".to_owned(),
        Some(1) => "and this one may be tried only once".to_owned(),
        Some(tries) => format!("and this one was tried {tries} times, as often as it may"),
    }
}

impl Failure {
    /// What went wrong with what caused it, cause after cause.
    pub fn chain(&self) -> String {
        let mut said = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            if !said.contains(&words) {
                said.push_str(&format!(": {words}"));
            }
            cause = error.source();
        }
        said
    }

    /// Whether it is certain that the call did not reach the method.
    pub fn nothing_sent(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Proxy { .. }
                | Self::Certificate { .. }
                | Self::Tls { .. }
                | Self::Request { .. }
                | Self::KeptBack(_)
        )
    }

    /// Whether the call may have been carried out all the same.
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Lost(_) | Self::TimedOut(_) | Self::TooLarge => true,
            // A gateway between here and the API may have lost the answer. A status of 4xx tells, however
            // much of the body came.
            Self::Cut { status, .. }
            | Self::Packed { status, .. }
            | Self::NotJson { status, .. } => !status.is_client_error(),
            _ => false,
        }
    }

    /// Whether another attempt could end differently, as far as the connection is concerned.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Tls { .. } => true,
            // A proxy that wants to know who asks, or does not let them, stays so.
            Self::Proxy { status, .. } => !status.is_some_and(|status| {
                let for_now = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
                status.is_client_error() && !for_now.contains(&status)
            }),
            Self::NotJson { status, .. } => status.is_server_error(),
            Self::Lost(_) | Self::TimedOut(_) | Self::Cut { .. } => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_to_the_millisecond() {
        for (nanos, told) in [
            (1_999_998_258, "2 s"),
            (50_000_000, "0.05 s"),
            (1_234_567_890, "1.235 s"),
            (9, "0.001 s"),
            (10_000_000_000, "10 s"),
        ] {
            let failure = Failure::TimedOut(Duration::from_nanos(nanos));
            assert_eq!(failure.to_string(), format!("no answer within {told}"));
        }
    }
}

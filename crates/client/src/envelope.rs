//! An answer with everything that came with it.

use crate::exchange::Exchange;
use guestlist_methods::{Code, common::Common};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::{fmt, str::FromStr, time::Duration};

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The HTTP status; 200 for refusals too.
    pub status: StatusCode,
    /// The reason phrase.
    pub reason: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The JSON body.
    pub body: Value,
}

impl Envelope {
    pub(crate) fn of(exchange: Exchange) -> Option<Self> {
        Some(Self {
            status: exchange.status,
            reason: exchange.reason,
            headers: exchange.headers,
            body: exchange.json?,
        })
    }

    /// Whether the call succeeded.
    pub fn is_ok(&self) -> bool {
        self.body["ok"] == true
    }

    /// The code of a refusal; `unknown` when a refusal names none.
    pub fn error(&self) -> Option<&str> {
        (!self.is_ok()).then(|| self.body["error"].as_str().unwrap_or("unknown"))
    }

    /// How long to wait before calling again, where the answer says so.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }

    /// Where the next page begins; `None` on the last.
    pub fn next_cursor(&self) -> Option<&str> {
        let cursor = self.body["response_metadata"]["next_cursor"].as_str();
        cursor.filter(|cursor| !cursor.is_empty())
    }

    /// What was refused for single people (`errors`, or `failed_user_ids`): pairs of user and code of a
    /// method. Codes that another method documents are [`ErrorCode::Unknown`].
    pub fn people<E: Code + FromStr>(&self) -> Vec<(String, ErrorCode<E>)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().into_iter().flatten();
        let errors = errors.filter(|entry| entry.is_object());
        let errors = errors.map(|entry| (text(&entry["user"]), text(&entry["error"])));
        let failed = self.body["failed_user_ids"].as_object().into_iter();
        let failed = failed
            .flatten()
            .map(|(user, code)| (user.clone(), text(code)));
        errors
            .chain(failed)
            .map(|(user, code)| (user, ErrorCode::read(&code)))
            .collect()
    }
}

/// The code of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode<E> {
    /// One of the method's own.
    Own(E),
    /// One that any method may answer.
    Common(Common),
    /// One that is not known here, as it came.
    Unknown(String),
}

impl<E: Code + FromStr> ErrorCode<E> {
    /// Reads a code. A method's own meaning comes before that of all methods.
    pub fn read(text: &str) -> Self {
        if let Ok(own) = text.parse() {
            Self::Own(own)
        } else if let Ok(common) = text.parse() {
            Self::Common(common)
        } else {
            Self::Unknown(text.to_owned())
        }
    }

    /// The code as it came.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Own(own) => (*own).into(),
            Self::Common(common) => (*common).into(),
            Self::Unknown(text) => text,
        }
    }

    /// What it means, if it is known.
    pub fn sentence(&self) -> Option<&'static str> {
        match self {
            Self::Own(own) => own.get_documentation(),
            Self::Common(common) => strum::EnumMessage::get_documentation(common),
            Self::Unknown(_) => None,
        }
    }
}

impl<E: Code + FromStr> fmt::Display for ErrorCode<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! What pages answer, and what that comes to once its types are gone.

use crate::{
    common::Common,
    contract::{BadArguments, Code},
};
use guestlist_domain::{Caller, ScopeSet};
use guestlist_store::{StoreError, chain};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{borrow::Cow, io};

/// A method's answer, before the envelope.
#[derive(Debug)]
pub struct Good<R> {
    /// The keys beside `ok`.
    pub reply: R,
    /// Warnings.
    pub warnings: Vec<&'static str>,
    /// Where the next page starts; empty at the end. `None` for methods without pages.
    pub next_cursor: Option<String>,
}

impl<R> From<R> for Good<R> {
    fn from(reply: R) -> Self {
        Self {
            reply,
            warnings: Vec::new(),
            next_cursor: None,
        }
    }
}

impl<R> Good<R> {
    /// With a warning.
    #[must_use]
    pub fn warn(mut self, code: &'static str) -> Self {
        self.warnings.push(code);
        self
    }

    /// With the cursor of the next page; `None` at the end.
    #[must_use]
    pub fn page(mut self, next: Option<String>) -> Self {
        self.next_cursor = Some(next.unwrap_or_default());
        self
    }
}

/// A refusal on its way out: the method's code, and what stands beside it.
#[derive(Debug)]
pub struct Refused<E> {
    /// The code.
    pub error: E,
    /// Further keys, such as `errors`.
    pub extra: Map<String, Value>,
}

impl<E> From<E> for Refused<E> {
    fn from(error: E) -> Self {
        Self {
            error,
            extra: Map::new(),
        }
    }
}

impl<E> Refused<E> {
    /// With a further key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}

/// What a call comes to, its types gone.
#[derive(Debug)]
pub enum Answer {
    /// `ok:true`.
    Good {
        /// The reply as a JSON object, in UTF-8.
        reply: Vec<u8>,
        /// Warnings.
        warnings: Vec<&'static str>,
        /// `response_metadata.next_cursor`.
        next_cursor: Option<String>,
    },
    /// `ok:false`.
    Refused {
        /// The code.
        code: Cow<'static, str>,
        /// Further keys.
        extra: Map<String, Value>,
        /// `response_metadata.messages`.
        messages: Vec<String>,
    },
}

impl Answer {
    /// A refusal with nothing beside its code.
    pub fn refused(code: impl Into<&'static str>) -> Self {
        Self::Refused {
            code: Cow::Borrowed(code.into()),
            extra: Map::new(),
            messages: Vec::new(),
        }
    }

    /// A method's own refusal, with the argument it speaks of, if it speaks of one.
    pub fn refused_by(code: impl Code) -> Self {
        Refused::from(code).into()
    }

    /// `missing_scope` with what was needed and what the token holds.
    pub fn missing_scope(needed: &[&str], caller: &Caller) -> Self {
        Self::lacking(needed, &caller.token.scopes)
    }

    /// The same, for a token that acts as nobody.
    pub fn lacking(needed: &[&str], held: &ScopeSet) -> Self {
        let mut extra = Map::new();
        extra.insert("needed".to_owned(), needed.join(",").into());
        extra.insert("provided".to_owned(), held.to_string().into());
        Self::Refused {
            code: Cow::Borrowed(Common::MissingScope.into()),
            extra,
            messages: Vec::new(),
        }
    }

    /// `invalid_arguments` with a line per complaint.
    pub fn invalid_arguments(messages: Vec<String>) -> Self {
        Self::Refused {
            code: Cow::Borrowed(Common::InvalidArguments.into()),
            extra: Map::new(),
            messages,
        }
    }

    /// `method_deprecated` of a retired family, with a line that says what to call instead.
    pub fn retired(method: &str, successor: &str) -> Self {
        Self::Refused {
            code: Cow::Borrowed(Common::MethodDeprecated.into()),
            extra: Map::new(),
            messages: vec![format!(
                "[ERROR] {method} is retired for this app or workspace; call {successor} instead"
            )],
        }
    }

    /// A failure of ours. The cause goes to the log, never to the caller.
    pub fn failed(error: &StoreError) -> Self {
        let why = chain(error);
        // While the store is away every call fails, and that it is was told: once, not for each.
        match error.is_away() {
            true => tracing::debug!(error = %why, "a call failed"),
            false => tracing::error!(error = %why, "a call failed"),
        }
        Self::refused(match error {
            StoreError::InDoubt(_) => Common::FatalError,
            away if away.is_away() => Common::ServiceUnavailable,
            _ => Common::InternalError,
        })
    }
}

impl<R: Serialize> From<Good<R>> for Answer {
    fn from(good: Good<R>) -> Self {
        // A conversation's size: room from the start costs less than growing into it.
        let mut text = Bytes(Vec::with_capacity(1024));
        match serde_json::to_writer(&mut text, &good.reply) {
            Ok(()) => Self::Good {
                reply: text.0,
                warnings: good.warnings,
                next_cursor: good.next_cursor,
            },
            Err(error) => {
                tracing::error!(%error, "a reply cannot be written as JSON");
                Self::refused(Common::InternalError)
            }
        }
    }
}

/// JSON is written in pieces of which most are one byte: these at least are no calls to copy.
struct Bytes(Vec<u8>);

impl io::Write for Bytes {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline(always)]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes {
            [byte] => self.0.push(*byte),
            bytes => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<E: Code> From<Refused<E>> for Answer {
    fn from(refused: Refused<E>) -> Self {
        let refused = match refused.error.get_str("arg") {
            Some(arg) => refused.with("arg", arg),
            None => refused,
        };
        Self::Refused {
            code: Cow::Borrowed(refused.error.into()),
            extra: refused.extra,
            messages: Vec::new(),
        }
    }
}

impl<E: Code> From<BadArguments<E>> for Answer {
    fn from(bad: BadArguments<E>) -> Self {
        match bad {
            BadArguments::Missing(names) => Self::invalid_arguments(
                names
                    .iter()
                    .map(|name| format!("[ERROR] missing required field: {name}"))
                    .collect(),
            ),
            BadArguments::Invalid(name, why) => {
                Self::invalid_arguments(vec![format!("[ERROR] {why} [json-pointer:/{name}]")])
            }
            BadArguments::Within(faults) => {
                let messages = faults.iter().map(|fault| format!("[ERROR] {fault}"));
                Self::invalid_arguments(messages.collect())
            }
            BadArguments::Refused(error) => Self::refused_by(error),
        }
    }
}

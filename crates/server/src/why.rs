//! Why a call was answered as it was: the newest calls, and what is told of one.
//!
//! A ring of bounded size holds what was asked, by whom, what was answered, and of refused
//! writes the facts that decided. What is told is worked out when somebody asks: the checks of all
//! methods from their order ([`ladder`]), those of the method's rules by deciding again.

mod ladder;
mod tell;
#[cfg(test)]
mod tests;

pub(crate) use tell::tell;

use guestlist_domain::{Caller, Timestamp};
use guestlist_methods::{Arguments, Entry, handle::Answer};
use guestlist_store::TokenOwner;
use serde_json::Value;
use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A call of arguments larger than this is kept without them.
const LARGE: usize = 64 << 10;
/// A call with one of these arguments is kept without any: who knows them can have a token.
const SECRET: [&str; 5] = [
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "assertion",
];

/// The newest calls.
#[derive(Clone, Default)]
pub struct Recent(Arc<Ring>);

#[derive(Default)]
struct Ring {
    /// The most bytes to hold; 0 holds nothing.
    room: usize,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    /// Each with its weight.
    oldest_first: VecDeque<(usize, Arc<Call>)>,
    bytes: usize,
}

/// One call.
pub(crate) struct Call {
    /// The text of `x-slack-req-id`.
    pub(crate) id: Box<str>,
    pub(crate) at: Timestamp,
    pub(crate) from: IpAddr,
    /// The name that was called.
    pub(crate) method: Box<str>,
    pub(crate) entry: Option<&'static Entry>,
    /// Whose token it was, if it is one.
    pub(crate) owner: Option<Arc<TokenOwner>>,
    /// Who called, once the token was found alive.
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) arguments: Arguments,
    /// Why the arguments are not kept, if they are not.
    pub(crate) left_out: Option<&'static str>,
    pub(crate) answered: Answered,
}

/// What is kept of an answer.
pub(crate) enum Answered {
    Good,
    Refused {
        code: Box<str>,
        messages: Vec<String>,
        errors: Option<Value>,
    },
}

impl From<&Answer> for Answered {
    fn from(answer: &Answer) -> Self {
        match answer {
            Answer::Good { .. } => Self::Good,
            Answer::Refused {
                code,
                extra,
                messages,
                ..
            } => Self::Refused {
                code: code.as_ref().into(),
                messages: messages.clone(),
                errors: extra.get("errors").cloned(),
            },
        }
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(size).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| 48 + name.len() + size(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn size_of(arguments: &Arguments) -> usize {
    let sizes = arguments
        .iter()
        .map(|(name, value)| 24 + name.len() + size(value));
    sizes.sum()
}

impl Call {
    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let facts = self.arguments.kept_facts().and_then(|kept| kept.get());
        let answered = match &self.answered {
            Answered::Good => 0,
            Answered::Refused {
                code,
                messages,
                errors,
            } => {
                let told: usize = messages.iter().map(|line| 24 + line.len()).sum();
                code.len() + told + errors.as_ref().map_or(0, size)
            }
        };
        let facts = facts.map_or(0, |facts| 1024 + facts.weight());
        512 + self.method.len() + size_of(&self.arguments) + answered + facts
    }
}

impl Recent {
    /// Holds about `room` bytes of calls.
    pub(crate) fn new(room: usize) -> Self {
        Self(Arc::new(Ring {
            room,
            calls: Mutex::default(),
        }))
    }

    /// Whether calls are kept at all.
    pub(crate) fn is_on(&self) -> bool {
        self.0.room > 0
    }

    /// Keeps a call, and lets go of the oldest until there is room for it.
    pub(crate) fn keep(&self, mut call: Call) {
        call.left_out = if call
            .arguments
            .iter()
            .any(|(name, _)| SECRET.contains(&name))
        {
            Some("the arguments held secrets, which are not kept")
        } else if size_of(&call.arguments) > LARGE {
            Some("the arguments were too large to keep")
        } else {
            None
        };
        if call.left_out.is_some() {
            call.arguments = Arguments::default();
        }
        let weight = call.weight();
        if weight > self.0.room {
            return;
        }
        let call = Arc::new(call);
        let mut gone = Vec::new();
        {
            let mut calls = self.lock();
            while calls.bytes + weight > self.0.room
                && let Some((bytes, oldest)) = calls.oldest_first.pop_front()
            {
                calls.bytes -= bytes;
                gone.push(oldest);
            }
            calls.bytes += weight;
            calls.oldest_first.push_back((weight, call));
        }
        // Freed where nobody waits for the lock.
        drop(gone);
    }

    /// The call with this `x-slack-req-id`, if it is still held.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Call>> {
        let calls = self.lock();
        let mut newest_first = calls.oldest_first.iter().rev();
        newest_first
            .find(|(_, call)| *call.id == *id)
            .map(|(_, call)| call.clone())
    }

    /// How many calls are held, and how many bytes they take.
    pub(crate) fn held(&self) -> (usize, usize) {
        let calls = self.lock();
        (calls.oldest_first.len(), calls.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

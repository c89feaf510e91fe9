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

use crate::answer::RequestId;
use guestlist_domain::{Caller, Timestamp};
use guestlist_methods::{Arguments, Entry, handle::Answer};
use guestlist_store::TokenOwner;
use serde_json::Value;
use std::{
    borrow::Cow,
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
    oldest_first: VecDeque<Box<Held>>,
    bytes: usize,
}

/// A call in the ring, in few pieces: after some thousand others each piece of memory is cold,
/// and costs when it is let go of.
struct Held {
    /// Without its arguments.
    call: Call,
    /// Names and values as JSON; empty when there are none.
    arguments: Box<str>,
    weight: usize,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Call {
    /// The text of `x-slack-req-id`.
    pub(crate) id: RequestId,
    pub(crate) at: Timestamp,
    pub(crate) from: IpAddr,
    /// The name that was called.
    pub(crate) method: Cow<'static, str>,
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
#[derive(Clone)]
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

fn bytes_of(arguments: &Arguments) -> usize {
    let sizes = arguments
        .iter()
        .map(|(name, value)| 24 + name.len() + size(value));
    sizes.sum()
}

impl Held {
    fn new(mut call: Call) -> Self {
        let given = call.arguments.take();
        let arguments = match given.is_empty() {
            true => Box::default(),
            // Strings and values of JSON: there is nothing that cannot be written.
            false => serde_json::to_string(&given).unwrap_or_default().into(),
        };
        let mut held = Self {
            call,
            arguments,
            weight: 0,
        };
        held.weight = held.weight();
        held
    }

    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let Call {
            method, answered, ..
        } = &self.call;
        let answered = match answered {
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
        let facts = self.call.arguments.kept_facts();
        let facts = facts.map_or(0, |facts| 1024 + facts.weight());
        // What the allocator and the ring need beside it.
        let beside = 64;
        size_of::<Self>() + beside + method.len() + self.arguments.len() + answered + facts
    }

    /// The call, its arguments put back.
    fn call(&self) -> Call {
        let mut call = self.call.clone();
        if self.arguments.is_empty() {
            return call;
        }
        match serde_json::from_str::<Vec<(String, Value)>>(&self.arguments) {
            Ok(given) => given
                .into_iter()
                .for_each(|(name, value)| call.arguments.push(name, value)),
            // They came two levels higher.
            Err(_) => call.left_out = Some("the arguments were nested too deeply to be read again"),
        }
        call
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
        } else if bytes_of(&call.arguments) > LARGE {
            Some("the arguments were too large to keep")
        } else {
            None
        };
        if call.left_out.is_some() {
            call.arguments = Arguments::default();
        }
        let held = Box::new(Held::new(call));
        if held.weight > self.0.room {
            return;
        }
        let mut gone = Vec::new();
        {
            let mut calls = self.lock();
            while calls.bytes + held.weight > self.0.room
                && let Some(oldest) = calls.oldest_first.pop_front()
            {
                calls.bytes -= oldest.weight;
                gone.push(oldest);
            }
            calls.bytes += held.weight;
            calls.oldest_first.push_back(held);
        }
        // Freed where nobody waits for the lock.
        drop(gone);
    }

    /// The call with this `x-slack-req-id`, if it is still held.
    pub(crate) fn find(&self, id: &str) -> Option<Call> {
        let calls = self.lock();
        let mut newest_first = calls.oldest_first.iter().rev();
        newest_first
            .find(|held| held.call.id.as_str() == id)
            .map(|held| held.call())
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

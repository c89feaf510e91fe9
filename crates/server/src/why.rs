//! Why a call was answered as it was: the newest calls, and what is told of one.
//!
//! A ring of bounded size holds what was asked, by whom, what was answered, and of refused
//! writes the facts that decided. What is told is worked out when somebody asks: the checks of all
//! methods from their order ([`ladder`]), those of the method's rules by deciding again.

mod ladder;
mod tell;
#[cfg(test)]
mod tests;

pub(crate) use tell::{Secrets, arguments, redact, tell};

use crate::{answer::RequestId, endpoint::Endpoint};
use guestlist_domain::{Caller, TeamId, Timestamp, Token};
use guestlist_methods::{Arguments, Entry, arguments::KeptFacts, handle::Answer};
use guestlist_store::TokenOwner;
use serde_json::{Map, Value, json};
use std::{
    borrow::Cow,
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A call of arguments larger than this is kept without them.
pub(crate) const LARGE: usize = 64 << 10;
/// Why arguments are not kept: for what is in them, or how much that is.
pub(crate) const HELD_SECRETS: &str = "the arguments held secrets, which are not kept";
pub(crate) const TOO_LARGE: &str = "the arguments were too large to keep";
/// Into so many runs the calls are parted.
const RUNS: usize = 16;
/// What the value of an argument is kept as.
const TEXT: u8 = 0;
const JSON: u8 = 1;
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
pub(crate) struct Recent(Arc<Ring>);

#[derive(Default)]
struct Ring {
    /// The most bytes to hold; 0 holds nothing.
    room: usize,
    calls: Mutex<Calls>,
}

/// Calls lie in runs, one after the other: nothing is allocated for a call that was answered well,
/// and what is let go of goes a run at a time, whose memory the next run takes over.
#[derive(Default)]
struct Calls {
    oldest_first: VecDeque<Run>,
    bytes: usize,
    /// Emptied, to be filled again.
    spare: Option<Run>,
    /// How many are held no more, for want of room.
    forgotten: usize,
}

/// Some of the calls that are held.
pub(crate) struct Page {
    pub(crate) calls: Vec<Call>,
    /// The last that was looked at, be it among them or not; none where none is held.
    pub(crate) place: Option<String>,
    /// How many are held no more, for want of room.
    pub(crate) forgotten: usize,
}

/// Some of the calls, in the order in which they were answered.
#[derive(Default)]
struct Run {
    calls: Vec<Held>,
    /// Their arguments, each call's in a piece.
    arguments: Vec<u8>,
    bytes: usize,
}

/// A call in a run.
pub(crate) struct Held {
    id: RequestId,
    at: Timestamp,
    from: IpAddr,
    status: u16,
    entry: Option<&'static Entry>,
    owner: Option<Arc<TokenOwner>>,
    caller: Option<Arc<Caller>>,
    /// Where its arguments begin, and how long they are.
    arguments: (usize, usize),
    rest: Option<Box<Rest>>,
}

/// What most calls do not have.
struct Rest {
    /// The name that was called, of no method of ours.
    method: Option<Cow<'static, str>>,
    endpoint: Option<&'static Endpoint>,
    left_out: Option<&'static str>,
    answered: Answered,
    facts: Option<KeptFacts>,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Call {
    /// The text of `x-slack-req-id`.
    pub(crate) id: RequestId,
    pub(crate) at: Timestamp,
    pub(crate) from: IpAddr,
    /// The name that was called, or the endpoint's.
    pub(crate) method: Cow<'static, str>,
    pub(crate) entry: Option<&'static Entry>,
    /// What was called, where that is no method.
    pub(crate) endpoint: Option<&'static Endpoint>,
    /// Whose token it was, if it is one.
    pub(crate) owner: Option<Arc<TokenOwner>>,
    /// Who called, once the token was found alive.
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) arguments: Arguments,
    /// Why the arguments are not kept, if they are not.
    pub(crate) left_out: Option<&'static str>,
    /// The status of HTTP.
    pub(crate) status: u16,
    pub(crate) answered: Answered,
}

/// What is kept of an answer.
#[derive(Clone)]
pub(crate) enum Answered {
    Good,
    Refused {
        code: Box<str>,
        /// The check that refused, by the code that methods have for it, where `code` stands for several.
        check: Option<&'static str>,
        messages: Vec<String>,
        errors: Option<Value>,
        /// The scopes of which one was needed, with commas.
        needed: Option<Box<str>>,
    },
}

impl Answered {
    /// `ok`, or the code.
    pub(crate) fn outcome(&self) -> &str {
        match self {
            Self::Good => "ok",
            Self::Refused { code, .. } => code,
        }
    }
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
                check: None,
                messages: messages.clone(),
                errors: extra.get("errors").cloned().or_else(|| failed(extra)),
                needed: extra.get("needed").and_then(Value::as_str).map(Into::into),
            },
        }
    }
}

/// What is said of single people, where a method says it in the other way, as `errors` would have it.
fn failed(extra: &Map<String, Value>) -> Option<Value> {
    let people = extra.get("failed_user_ids")?.as_object()?.iter();
    let entries = people.map(|(user, code)| json!({"user": user, "ok": false, "error": code}));
    Some(entries.collect())
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

/// About how many bytes the arguments are kept in.
fn bytes_of(arguments: &Arguments) -> usize {
    let sizes = arguments.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.len(),
            value => size(value),
        };
        13 + name.len() + value
    });
    sizes.sum()
}

/// Writes arguments one after the other: whether the value is text or else JSON, then name and
/// value, each after its length.
fn write_arguments(given: &Arguments, into: &mut Vec<u8>) {
    let mut piece = |bytes: &[u8]| {
        into.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        into.extend_from_slice(bytes);
    };
    for (name, value) in given.iter() {
        match value {
            Value::String(text) => {
                piece(&[TEXT]);
                piece(name.as_bytes());
                piece(text.as_bytes());
            }
            value => {
                piece(&[JSON]);
                piece(name.as_bytes());
                piece(value.to_string().as_bytes());
            }
        }
    }
}

/// Reads them again; `None` where they are not what was written.
fn read_arguments(mut bytes: &[u8], into: &mut Arguments) -> Option<()> {
    let mut piece = || {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (piece, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        Some(piece)
    };
    while let Some(kind) = piece() {
        let name = std::str::from_utf8(piece()?).ok()?;
        let value = piece()?;
        let value = match *kind {
            [TEXT] => std::str::from_utf8(value).ok()?.into(),
            _ => serde_json::from_slice(value).ok()?,
        };
        into.push(name.to_owned(), value);
    }
    Some(())
}

impl Rest {
    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let answered = match &self.answered {
            Answered::Good => 0,
            Answered::Refused {
                code,
                messages,
                errors,
                needed,
                ..
            } => {
                let told: usize = messages.iter().map(|line| 24 + line.len()).sum();
                let needed = needed.as_ref().map_or(0, |needed| needed.len());
                code.len() + told + errors.as_ref().map_or(0, size) + needed
            }
        };
        let facts = self.facts.as_ref().and_then(|kept| kept.get());
        let facts = facts.map_or(0, |facts| 1024 + facts.weight());
        // What the allocator needs beside it.
        let beside = 64;
        let method = self.method.as_ref().map_or(0, |name| name.len());
        size_of::<Self>() + beside + method + answered + facts
    }
}

impl Held {
    /// The name that was called.
    pub(crate) fn method(&self) -> &str {
        let other = || self.rest.as_deref()?.method.as_deref();
        self.entry
            .map(|entry| entry.spec.name)
            .or_else(other)
            .unwrap_or_default()
    }

    /// The workspace of the token that was shown, if it is one.
    pub(crate) fn team(&self) -> Option<TeamId> {
        token(self.caller.as_deref(), self.owner.as_deref()).map(|token| token.team)
    }

    /// Whether it was done.
    pub(crate) fn is_good(&self) -> bool {
        let answered = self.rest.as_deref().map(|rest| &rest.answered);
        matches!(answered, None | Some(Answered::Good))
    }
}

impl Call {
    /// The token that was shown, if it is one.
    pub(crate) fn token(&self) -> Option<&Token> {
        token(self.caller.as_deref(), self.owner.as_deref())
    }

    /// Whom the token acts as, be it alive or not.
    pub(crate) fn known_caller(&self) -> Option<&Caller> {
        let owner = || self.owner.as_deref()?.caller.as_deref();
        self.caller.as_deref().or_else(owner)
    }
}

fn token<'a>(caller: Option<&'a Caller>, owner: Option<&'a TokenOwner>) -> Option<&'a Token> {
    let caller = caller.map(|caller| &*caller.token);
    caller.or_else(|| owner.map(|owner| &*owner.token))
}

impl Run {
    /// Empty. No more calls than it has room for are in `bytes`; memory nobody writes to costs
    /// nothing, and what grows would be moved.
    fn new(bytes: usize) -> Self {
        Self {
            calls: Vec::with_capacity(bytes / size_of::<Held>()),
            ..Self::default()
        }
    }

    /// The call, its arguments put back.
    fn call(&self, held: &Held) -> Call {
        let rest = held.rest.as_deref();
        let mut call = Call {
            id: held.id,
            at: held.at,
            from: held.from,
            method: match (held.entry, rest) {
                (Some(entry), _) => Cow::Borrowed(entry.spec.name),
                (None, rest) => rest
                    .and_then(|rest| rest.method.clone())
                    .unwrap_or_default(),
            },
            entry: held.entry,
            endpoint: rest.and_then(|rest| rest.endpoint),
            owner: held.owner.clone(),
            caller: held.caller.clone(),
            arguments: Arguments::default(),
            left_out: rest.and_then(|rest| rest.left_out),
            status: held.status,
            answered: rest.map_or(Answered::Good, |rest| rest.answered.clone()),
        };
        if let Some(facts) = rest.and_then(|rest| rest.facts.clone()) {
            call.arguments.put_facts(facts);
        }
        let (from, length) = held.arguments;
        let given = &self.arguments[from..][..length];
        if read_arguments(given, &mut call.arguments).is_none() {
            call.arguments.take();
            call.left_out = Some("the arguments cannot be read again");
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
        let given = &call.arguments;
        call.left_out = if call.left_out.is_some() {
            call.left_out
        } else if given.iter().any(|(name, _)| SECRET.contains(&name)) {
            Some(HELD_SECRETS)
        } else if bytes_of(given) > LARGE {
            Some(TOO_LARGE)
        } else {
            None
        };
        if call.left_out.is_some() {
            call.arguments = Arguments::default();
        }
        // Room for facts that were not kept goes now, while it is warm.
        let facts = call.arguments.take_facts();
        let method = call.entry.is_none().then_some(call.method);
        let is_good = matches!(call.answered, Answered::Good);
        let plain = is_good && facts.is_none() && method.is_none() && call.left_out.is_none();
        let rest = (!plain).then(|| {
            Box::new(Rest {
                method,
                endpoint: call.endpoint,
                left_out: call.left_out,
                answered: call.answered,
                facts,
            })
        });
        let mut held = Held {
            id: call.id,
            at: call.at,
            from: call.from,
            status: call.status,
            entry: call.entry,
            owner: call.owner,
            caller: call.caller,
            arguments: (0, 0),
            rest,
        };
        let beside = size_of::<Held>() + held.rest.as_ref().map_or(0, |rest| rest.weight());
        // An estimate on the safe side, so that room is made before anything is written.
        let weight = beside + bytes_of(&call.arguments);
        let room = self.0.room;
        if weight > room {
            return;
        }
        let mut gone = Vec::new();
        {
            let mut calls = self.lock();
            let calls = &mut *calls;
            while calls.bytes + weight > room
                && let Some(oldest) = calls.oldest_first.pop_front()
            {
                calls.bytes -= oldest.bytes;
                calls.forgotten += oldest.calls.len();
                gone.push(oldest);
            }
            let is_full = |run: &Run| run.bytes + weight > room / RUNS;
            if calls.oldest_first.back().is_none_or(is_full) {
                let next = calls.spare.take().unwrap_or_else(|| Run::new(room / RUNS));
                calls.oldest_first.push_back(next);
            }
            if let Some(run) = calls.oldest_first.back_mut() {
                let from = run.arguments.len();
                write_arguments(&call.arguments, &mut run.arguments);
                held.arguments = (from, run.arguments.len() - from);
                run.calls.push(held);
                run.bytes += weight;
                calls.bytes += weight;
            }
        }
        // Emptied where nobody waits for the lock.
        if let Some(mut run) = gone.pop() {
            run.calls.clear();
            run.arguments.clear();
            run.bytes = 0;
            self.lock().spare = Some(run);
        }
    }

    /// The call with this `x-slack-req-id`, if it is still held.
    pub(crate) fn find(&self, id: &str) -> Option<Call> {
        let calls = self.lock();
        let mut newest_first = calls.oldest_first.iter().rev();
        newest_first.find_map(|run| {
            let held = run.calls.iter().rev().find(|held| held.id.as_str() == id)?;
            Some(run.call(held))
        })
    }

    /// The calls that were answered after the one with this id, or all that are held: in that order, at
    /// most `limit` of those that `asks` for. `None` if the one with this id is not held.
    pub(crate) fn after(
        &self,
        id: Option<&str>,
        limit: usize,
        asks: impl Fn(&Held) -> bool,
    ) -> Option<Page> {
        let calls = self.lock();
        let mut held = calls.oldest_first.iter().flat_map(|run| {
            let one = move |held| (run, held);
            run.calls.iter().map(one)
        });
        if let Some(id) = id {
            held.find(|(_, held)| held.id.as_str() == id)?;
        }
        let (mut found, mut place) = (Vec::new(), None);
        while found.len() < limit
            && let Some((run, held)) = held.next()
        {
            place = Some(held.id);
            if asks(held) {
                found.push(run.call(held));
            }
        }
        Some(Page {
            calls: found,
            place: place.map(|id| id.as_str().to_owned()),
            forgotten: calls.forgotten,
        })
    }

    /// How many calls are held, and how many bytes they take.
    pub(crate) fn held(&self) -> (usize, usize) {
        let calls = self.lock();
        let held = calls.oldest_first.iter().map(|run| run.calls.len()).sum();
        (held, calls.bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

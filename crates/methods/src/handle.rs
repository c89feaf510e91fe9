//! How a page answers: four kinds of page, and what they come to.
//!
//! - [`Plain`]: from the caller and the arguments alone.
//! - [`ForApp`]: for an app that shows its own token, which acts as nobody.
//! - [`Read`]: from the store, changing nothing.
//! - [`Write`]: by a pure decision whose changes the store makes durable before the answer.

use crate::{
    arguments::Arguments,
    common::Common,
    contract::{BadArguments, Contract},
};
use guestlist_domain::{Actor, App, Caller, Facts, Key, Moment, Plan, ScopeSet, Stop};
use guestlist_store::{Decide, Failure, Reader, Store, StoreError, chain};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, pin::Pin, sync::Arc};

/// What is asked and by whom.
#[derive(Debug)]
pub struct Ask<A> {
    /// Whose token it is.
    pub caller: Arc<Caller>,
    /// With what.
    pub args: A,
}

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

/// A page that needs no store. `caller` is `None` only where the method asks for no token.
pub trait Plain: Contract {
    /// Answers.
    fn answer(
        caller: Option<&Caller>,
        args: Self::Args,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// An app that calls for itself, with an app-level token.
pub struct AppCall<'a> {
    /// The app.
    pub app: &'a App,
    /// Makes the address of a Socket Mode connection, with a ticket that admits the app once.
    pub socket: &'a (dyn Fn() -> String + Sync),
}

/// A page for app-level tokens, and for no others.
pub trait ForApp: Contract {
    /// Answers.
    fn answer(
        call: &AppCall<'_>,
        args: Self::Args,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// A page that reads.
pub trait Read: Contract {
    /// Whether this call may read more than a thousand rows, and so belongs on a thread of its own.
    fn is_long(_args: &Self::Args) -> bool {
        false
    }

    /// Answers.
    fn answer(
        ask: &Ask<Self::Args>,
        reader: &mut Reader,
    ) -> Result<Good<Self::Reply>, Failure<Self::Error>>;
}

/// A page that writes.
pub trait Write: Contract {
    /// What the decision hands to the reply.
    type Outcome: Send + 'static;

    /// Facts worth loading first; see [`Decide::needs`].
    fn needs(_ask: &Ask<Self::Args>) -> Vec<Key> {
        Vec::new()
    }

    /// Decides.
    fn decide(
        facts: &Facts,
        ask: &Ask<Self::Args>,
        moment: &mut Moment,
    ) -> Result<Plan<Self::Outcome>, Stop<Self::Error>>;

    /// Makes the answer, once the changes are durable.
    fn reply(
        ask: &Ask<Self::Args>,
        outcome: Self::Outcome,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// What a call comes to, its types gone.
#[derive(Debug)]
pub enum Answer {
    /// `ok:true`.
    Good {
        /// The reply as a JSON object.
        reply: String,
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

    /// A failure of ours. The cause goes to the log, never to the caller.
    pub fn failed(error: &StoreError) -> Self {
        tracing::error!(error = %chain(error), "a call failed");
        Self::refused(match error {
            StoreError::InDoubt(_) => Common::FatalError,
            StoreError::Unavailable => Common::ServiceUnavailable,
            _ => Common::InternalError,
        })
    }
}

impl<R: Serialize> From<Good<R>> for Answer {
    fn from(good: Good<R>) -> Self {
        match serde_json::to_string(&good.reply) {
            Ok(reply) => Self::Good {
                reply,
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

impl<E: Into<&'static str>> From<Refused<E>> for Answer {
    fn from(refused: Refused<E>) -> Self {
        Self::Refused {
            code: Cow::Borrowed(refused.error.into()),
            extra: refused.extra,
            messages: Vec::new(),
        }
    }
}

impl<E: Into<&'static str>> From<BadArguments<E>> for Answer {
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
            BadArguments::Refused(error) => Self::refused(error),
        }
    }
}

fn failure<E: Into<&'static str>>(failure: Failure<E>, caller: &Caller) -> Answer {
    match failure {
        Failure::Refused(error) => Answer::refused(error),
        Failure::Scope(needed) => Answer::missing_scope(needed, caller),
        Failure::Store(error) => Answer::failed(&error),
    }
}

/// A call under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// How a catalogue entry runs its page.
#[derive(Clone, Copy)]
pub enum Run {
    /// See [`Plain`].
    Plain(fn(Option<&Caller>, &Arguments) -> Answer),
    /// See [`ForApp`].
    App(fn(&AppCall<'_>, &Arguments) -> Answer),
    /// See [`Read`] and [`Write`].
    Store(for<'a> fn(&'a Store, Arc<Caller>, &Arguments) -> Answering<'a>),
}

/// Runs a [`Plain`] page.
pub fn plain<P: Plain>(caller: Option<&Caller>, given: &Arguments) -> Answer {
    match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(caller, args).map_or_else(Answer::from, Answer::from),
    }
}

/// Runs a [`Read`] page.
pub fn read<'a, P: Read>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let args = match P::args(given) {
        Ok(args) => args,
        Err(bad) => return Box::pin(std::future::ready(bad.into())),
    };
    let ask = Ask { caller, args };
    Box::pin(async move {
        let answer = move |ask: &Ask<P::Args>, reader: &mut Reader| -> Result<Answer, StoreError> {
            match P::answer(ask, reader) {
                Ok(good) => Ok(good.into()),
                Err(Failure::Store(error)) => Err(error),
                Err(other) => Ok(failure(other, &ask.caller)),
            }
        };
        let answered = if P::is_long(&ask.args) {
            store.read_long(move |reader| answer(&ask, reader)).await
        } else {
            store.read(|reader| answer(&ask, reader)).await
        };
        answered.unwrap_or_else(|error| Answer::failed(&error))
    })
}

/// Runs a [`ForApp`] page.
pub fn for_app<P: ForApp>(call: &AppCall<'_>, given: &Arguments) -> Answer {
    match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(call, args).map_or_else(Answer::from, Answer::from),
    }
}

struct Deciding<P: Write>(Ask<P::Args>);

impl<P: Write> Decide for Deciding<P> {
    type Outcome = P::Outcome;
    type Refusal = P::Error;

    fn actor(&self) -> Actor {
        let caller = &self.0.caller;
        Actor {
            team: caller.team(),
            user: Some(caller.id()),
            app: caller.token.app,
        }
    }

    fn needs(&self) -> Vec<Key> {
        P::needs(&self.0)
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<P::Outcome>, Stop<P::Error>> {
        P::decide(facts, &self.0, moment)
    }
}

/// Runs a [`Write`] page.
pub fn write<'a, P: Write>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let args = match P::args(given) {
        Ok(args) => args,
        Err(bad) => return Box::pin(std::future::ready(bad.into())),
    };
    let deciding = Arc::new(Deciding::<P>(Ask { caller, args }));
    Box::pin(async move {
        match store.write(deciding.clone()).await {
            Ok(outcome) => P::reply(&deciding.0, outcome).map_or_else(Answer::from, Answer::from),
            Err(failed) => failure(failed, &deciding.0.caller),
        }
    })
}

/// The entries of `errors`: who could not be served and why.
pub fn person_errors<'a>(failed: impl IntoIterator<Item = (&'a str, &'static str)>) -> Value {
    failed
        .into_iter()
        .map(|(user, code)| json!({"user": user, "ok": false, "error": code}))
        .collect()
}

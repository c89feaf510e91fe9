//! How a page answers: four kinds of page, and what they come to.
//!
//! - [`Plain`]: from the caller and the arguments alone.
//! - [`ForApp`]: for an app that shows its own token, which acts as nobody.
//! - [`Read`]: from the store, changing nothing.
//! - [`Write`]: by a pure decision whose changes the store makes durable before the answer.

use crate::{
    arguments::{Arguments, KeptFacts},
    common::Common,
    contract::{BadArguments, Contract},
};
use guestlist_domain::{
    Actor, App, Caller, Facts, Key, Missing, Moment, Plan, ScopeSet, Stop, Timestamp,
    connect::Edge,
    trail::{self, Trail},
};
use guestlist_store::{Decide, Failure, Reader, Store, StoreError, chain};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{borrow::Cow, io, pin::Pin, sync::Arc};

/// What is asked and by whom.
#[derive(Debug)]
pub struct Ask<A> {
    /// Whose token it is.
    pub caller: Arc<Caller>,
    /// With what.
    pub args: A,
    /// Where this server is reached, for links to it.
    pub site: Arc<str>,
    /// Letters are sent from here; else they are kept.
    pub post: bool,
    /// Random bytes, drawn beforehand for the pages that ask for them ([`Write::DRAWS`]).
    pub chance: [u8; 16],
}

impl<A> Ask<A> {
    /// The same caller's, with other arguments.
    pub fn with<B>(&self, args: B) -> Ask<B> {
        Ask {
            caller: self.caller.clone(),
            args,
            site: self.site.clone(),
            post: self.post,
            chance: self.chance,
        }
    }

    /// What rules are handed that make something new.
    pub fn edge(&self) -> Edge<'_> {
        Edge {
            chance: self.chance,
            site: &self.site,
            post: self.post,
        }
    }
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
    /// Whether calls need random bytes.
    const DRAWS: bool = false;

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

    /// Whether an outcome holds somebody's refusal, though it is a plan.
    fn has_refusals(_outcome: &Self::Outcome) -> bool {
        false
    }

    /// Whether [`Write::retrace`] tells the checks of the page's rules.
    const RETRACES: bool = false;

    /// Decides again, and tells each check.
    fn retrace(_facts: &Facts, _ask: &Ask<Self::Args>, _trail: &mut Trail) -> Result<(), Missing> {
        Ok(())
    }

    /// Makes the answer, once the changes are durable.
    fn reply(
        ask: &Ask<Self::Args>,
        outcome: Self::Outcome,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// A page that writes, and whose answer tells more than its decision looked at.
pub trait Tell: Write {
    /// Completes the answer from the store, in which the changes are by now.
    fn tell(
        ask: &Ask<Self::Args>,
        reply: &mut Self::Reply,
        reader: &mut Reader,
    ) -> Result<(), StoreError>;
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
        // A conversation's size: room from the start costs less than growing into it.
        let mut text = Bytes(Vec::with_capacity(1024));
        let written = serde_json::to_writer(&mut text, &good.reply);
        match written.map(|()| String::from_utf8(text.0)) {
            Ok(Ok(reply)) => Self::Good {
                reply,
                warnings: good.warnings,
                next_cursor: good.next_cursor,
            },
            Ok(Err(error)) => unwritable(&error),
            Err(error) => unwritable(&error),
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

fn unwritable(error: &dyn std::error::Error) -> Answer {
    tracing::error!(%error, "a reply cannot be written as JSON");
    Answer::refused(Common::InternalError)
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
    /// A page of [`credentials`](crate::credentials) that asks for no token.
    Open(for<'a> fn(&'a Store, &Arguments) -> Answering<'a>),
}

/// Reads a call's arguments and goes no further: the answer, where they are refused.
pub fn arguments<P: Contract>(given: &Arguments) -> Option<Answer> {
    P::args(given).err().map(Answer::from)
}

/// Runs a [`Plain`] page.
pub fn plain<P: Plain>(caller: Option<&Caller>, given: &Arguments) -> Answer {
    match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(caller, args).map_or_else(Answer::from, Answer::from),
    }
}

/// Runs a [`ForApp`] page.
pub fn for_app<P: ForApp>(call: &AppCall<'_>, given: &Arguments) -> Answer {
    match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(call, args).map_or_else(Answer::from, Answer::from),
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
    let ask = Ask {
        caller,
        args,
        site: store.site(),
        post: store.posts(),
        chance: [0; 16],
    };
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

struct Deciding<P: Write> {
    ask: Ask<P::Args>,
    kept: Option<KeptFacts>,
}

/// Facts of at most so many keys are kept of one call.
const MOST_KEPT: usize = 256;
/// So often a decision is asked what else it looks at.
const MOST_ASKED: usize = 16;

impl<P: Write> Deciding<P> {
    /// Keeps the facts that decided. Each is looked at as it is in this very attempt.
    fn keep(&self, kept: &KeptFacts, facts: &Facts) {
        let keys = P::needs(&self.ask);
        if keys.len() > MOST_KEPT {
            return;
        }
        let mut copy = trail::copy(facts, &keys);
        for _ in 0..MOST_ASKED {
            let mut moment = Moment::new(Timestamp::default(), Timestamp::default());
            match P::decide(&copy, &self.ask, &mut moment) {
                Err(Stop::Missing(key)) => trail::copy_one(facts, &key, &mut copy),
                _ => break,
            }
        }
        // Only the first attempt that decides is kept; there is no other.
        let _ = kept.set(Box::new(copy));
    }
}

impl<P: Write> Decide for Deciding<P> {
    type Outcome = P::Outcome;
    type Refusal = P::Error;

    fn actor(&self) -> Actor {
        let caller = &self.ask.caller;
        Actor {
            team: caller.team(),
            user: Some(caller.id()),
            app: caller.token.app,
        }
    }

    fn needs(&self) -> Vec<Key> {
        P::needs(&self.ask)
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<P::Outcome>, Stop<P::Error>> {
        let decided = P::decide(facts, &self.ask, moment);
        if let Some(kept) = &self.kept {
            let refused = match &decided {
                Ok(plan) => P::has_refusals(&plan.outcome),
                Err(Stop::Missing(_)) => false,
                Err(Stop::Refused(_) | Stop::Scope(_)) => true,
            };
            if refused {
                self.keep(kept, facts);
            }
        }
        decided
    }
}

/// How a catalogue entry tells the checks of its page's rules again.
pub type Retrace = fn(&Facts, Arc<Caller>, &Arguments, &mut Trail) -> Result<(), Missing>;

/// Tells the checks of a [`Write`] page again. Arguments that cannot be read have none.
pub fn retrace<P: Write>(
    facts: &Facts,
    caller: Arc<Caller>,
    given: &Arguments,
    trail: &mut Trail,
) -> Result<(), Missing> {
    match P::args(given) {
        Ok(args) => {
            // What is made new does not matter to whether it may be made.
            let ask = Ask {
                caller,
                args,
                site: Arc::from(""),
                post: false,
                chance: [0; 16],
            };
            P::retrace(facts, &ask, trail)
        }
        Err(_) => Ok(()),
    }
}

/// A call of a [`Write`] page, or why it cannot be one.
fn deciding<P: Write>(
    store: &Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Result<Arc<Deciding<P>>, Answer> {
    let args = P::args(given)?;
    let mut chance = [0; 16];
    if P::DRAWS {
        getrandom::fill(&mut chance).map_err(|error| {
            tracing::error!(%error, "there is no randomness");
            Answer::refused(Common::InternalError)
        })?;
    }
    Ok(Arc::new(Deciding {
        ask: Ask {
            caller,
            args,
            site: store.site(),
            post: store.posts(),
            chance,
        },
        kept: given.facts_to_keep(),
    }))
}

/// Runs a [`Write`] page.
pub fn write<'a, P: Write>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let deciding = match deciding::<P>(store, caller, given) {
        Ok(deciding) => deciding,
        Err(answer) => return Box::pin(std::future::ready(answer)),
    };
    Box::pin(async move {
        match store.write(deciding.clone()).await {
            Ok(outcome) => P::reply(&deciding.ask, outcome).map_or_else(Answer::from, Answer::from),
            Err(failed) => failure(failed, &deciding.ask.caller),
        }
    })
}

/// Runs a [`Tell`] page.
pub fn write_and_tell<'a, P: Tell>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a>
where
    P::Reply: Send + 'static,
{
    let deciding = match deciding::<P>(store, caller, given) {
        Ok(deciding) => deciding,
        Err(answer) => return Box::pin(std::future::ready(answer)),
    };
    Box::pin(async move {
        let outcome = match store.write(deciding.clone()).await {
            Ok(outcome) => outcome,
            Err(failed) => return failure(failed, &deciding.ask.caller),
        };
        let mut good = match P::reply(&deciding.ask, outcome) {
            Ok(good) => good,
            Err(refused) => return refused.into(),
        };
        let told = store.read_long(move |reader| -> Result<Answer, StoreError> {
            P::tell(&deciding.ask, &mut good.reply, reader)?;
            Ok(good.into())
        });
        told.await.unwrap_or_else(|error| {
            // What was asked is done, though it cannot be told.
            tracing::error!(error = %chain(&error), "a call was done and its answer failed");
            Answer::refused(Common::FatalError)
        })
    })
}

/// The entries of `errors`: who could not be served and why.
pub fn person_errors<'a>(failed: impl IntoIterator<Item = (&'a str, &'static str)>) -> Value {
    failed
        .into_iter()
        .map(|(user, code)| json!({"user": user, "ok": false, "error": code}))
        .collect()
}

//! How a page answers: five kinds of page, and what they come to.
//!
//! - [`Plain`]: from the caller and the arguments alone.
//! - [`ForApp`], [`ReadForApp`]: for an app that shows its own token, which acts as nobody.
//! - [`Read`]: from the store, changing nothing.
//! - [`Live`]: about what is under way, which is kept beside the journal.
//! - [`Write`]: by a pure decision whose changes the store makes durable before the answer; [`Staff`], where people come
//!   to workspaces by it, or leave them.

mod answer;
mod live;
mod staff;

pub use answer::{Answer, Good, Refused};
pub use live::{Live, drawn, live};
pub use staff::{Staff, write_staff};

use crate::{
    arguments::{Arguments, KeptFacts},
    common::Common,
    contract::{Code, Contract},
};
use guestlist_domain::{
    Actor, App, AppId, Caller, ChannelId, Facts, Key, Missing, Moment, Plan, Stop, Timestamp,
    Watch,
    connect::{Around, Edge},
    trail::{self, Blind, Trail},
};
use guestlist_store::{Apart, Decide, Failure, Reader, Store, StoreError, chain};
use serde_json::{Value, json};
use std::{pin::Pin, sync::Arc};

/// What is asked and by whom.
#[derive(Debug)]
pub struct Ask<A> {
    /// Whose token it is.
    pub caller: Arc<Caller>,
    /// With what.
    pub args: A,
    /// What links and letters are made of; drawn for the pages that ask for it ([`Write::DRAWS`]).
    pub around: Around,
    /// The channels that everybody of the workspaces is in to which somebody may come ([`Staff`]).
    pub usual: Vec<ChannelId>,
}

impl<A> Ask<A> {
    /// The same caller's, with other arguments.
    pub fn with<B>(&self, args: B) -> Ask<B> {
        Ask {
            caller: self.caller.clone(),
            args,
            around: self.around.clone(),
            usual: self.usual.clone(),
        }
    }

    /// What rules are handed that make something new.
    pub fn edge(&self) -> Edge<'_> {
        self.around.edge()
    }
}

/// A page that needs no store, only the world's time. `caller` is `None` only where the method asks for no token.
pub trait Plain: Contract {
    /// Answers.
    fn answer(
        caller: Option<&Caller>,
        args: Self::Args,
        now: Timestamp,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// An app that calls for itself, with an app-level token.
pub struct AppCall<'a> {
    /// The app.
    pub app: &'a App,
    /// Makes the address of a Socket Mode connection, with a ticket that admits the app once.
    pub socket: &'a (dyn Fn() -> String + Sync),
}

/// A page for app-level tokens. Where it is nothing else, it is for no other tokens.
pub trait ForApp: Contract {
    /// Answers.
    fn answer(
        call: &AppCall<'_>,
        args: Self::Args,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// A page for app-level tokens that reads.
pub trait ReadForApp: Contract {
    /// Answers.
    fn answer(
        app: AppId,
        args: &Self::Args,
        reader: &mut Reader,
    ) -> Result<Good<Self::Reply>, Failure<Self::Error>>;
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
    /// Whether calls look at what was said; see [`Decide::rereads`].
    const REREADS: bool = false;

    /// Whether this call may add workspaces; see [`Decide::apart`].
    fn adds(_ask: &Ask<Self::Args>) -> bool {
        false
    }

    /// Facts worth loading first; see [`Decide::needs`].
    fn needs(_ask: &Ask<Self::Args>) -> Vec<Key> {
        Vec::new()
    }

    /// Decides. What its rules demand is told to whoever watches, if they tell it.
    fn decide(
        facts: &Facts,
        ask: &Ask<Self::Args>,
        moment: &mut Moment,
        watch: &mut dyn Watch,
    ) -> Result<Plan<Self::Outcome>, Stop<Self::Error>>;

    /// Whether an outcome holds somebody's refusal, though it is a plan.
    fn has_refusals(_outcome: &Self::Outcome) -> bool {
        false
    }

    /// Makes the answer, once the changes are durable.
    fn reply(
        ask: &Ask<Self::Args>,
        outcome: Self::Outcome,
    ) -> Result<Good<Self::Reply>, Refused<Self::Error>>;
}

/// A page that writes, and whose answer tells more than its decision looked at.
pub trait Tell: Write {
    /// Whether this call's answer does.
    fn tells(_ask: &Ask<Self::Args>) -> bool {
        true
    }

    /// Completes the answer from the store, in which the changes are by now.
    fn tell(
        ask: &Ask<Self::Args>,
        reply: &mut Self::Reply,
        reader: &mut Reader,
    ) -> Result<(), StoreError>;
}

fn failure<E: Code>(failure: Failure<E>, caller: &Caller) -> Answer {
    match failure {
        Failure::Refused(error) => Answer::refused_by(error),
        Failure::Scope(needed) => Answer::missing_scope(needed, caller),
        // As for every later call: the token went with it.
        Failure::Gone => Answer::refused(Common::InvalidAuth),
        Failure::Store(error) => Answer::failed(&error),
    }
}

/// A call under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// How a page answers an app that calls for itself.
pub type ByApp = for<'a> fn(&'a Store, &AppCall<'_>, &Arguments) -> Answering<'a>;

/// How a catalogue entry runs its page.
#[derive(Clone, Copy)]
pub enum Run {
    /// See [`Plain`].
    Plain(fn(Option<&Caller>, &Arguments, Timestamp) -> Answer),
    /// See [`ForApp`] and [`ReadForApp`].
    App(ByApp),
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
pub fn plain<P: Plain>(caller: Option<&Caller>, given: &Arguments, now: Timestamp) -> Answer {
    match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(caller, args, now).map_or_else(Answer::from, Answer::from),
    }
}

/// Runs a [`ForApp`] page.
pub fn for_app<'a, P: ForApp>(
    _store: &'a Store,
    call: &AppCall<'_>,
    given: &Arguments,
) -> Answering<'a> {
    let answer = match P::args(given) {
        Err(bad) => bad.into(),
        Ok(args) => P::answer(call, args).map_or_else(Answer::from, Answer::from),
    };
    Box::pin(std::future::ready(answer))
}

/// Runs a [`ReadForApp`] page. An app may have any number of tokens, so it is a long read.
pub fn read_for_app<'a, P: ReadForApp>(
    store: &'a Store,
    call: &AppCall<'_>,
    given: &Arguments,
) -> Answering<'a> {
    let (app, args) = match P::args(given) {
        Ok(args) => (call.app.id, args),
        Err(bad) => return Box::pin(std::future::ready(bad.into())),
    };
    let answer = move |reader: &mut Reader| match P::answer(app, &args, reader) {
        Ok(good) => Ok(good.into()),
        Err(Failure::Refused(error)) => Ok(Answer::refused_by(error)),
        Err(Failure::Store(error)) => Err(error),
        // The token's scopes were looked at before; there are no others.
        Err(Failure::Scope(_) | Failure::Gone) => Ok(Answer::refused(Common::InternalError)),
    };
    Box::pin(async move {
        let answered = store.read_long(answer).await;
        answered.unwrap_or_else(|error| Answer::failed(&error))
    })
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
        around: store.undrawn(),
        usual: Vec::new(),
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
    fn keep(&self, kept: &KeptFacts, facts: &Facts, now: Timestamp) {
        let keys = P::needs(&self.ask);
        if keys.len() > MOST_KEPT {
            return;
        }
        let mut copy = trail::copy(facts, &keys);
        for _ in 0..MOST_ASKED {
            let mut moment = Moment::new(now, now);
            match P::decide(&copy, &self.ask, &mut moment, &mut Blind) {
                Err(Stop::Missing(keys)) => {
                    keys.iter()
                        .for_each(|key| trail::copy_one(facts, key, &mut copy));
                }
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
        let mut needs = P::needs(&self.ask);
        let workspace = Key::Workspace(self.ask.caller.team());
        if !needs.contains(&workspace) {
            needs.push(workspace);
        }
        needs
    }

    fn apart(&self) -> Option<Apart> {
        P::adds(&self.ask).then_some(Apart::Adds)
    }

    fn rereads(&self) -> bool {
        P::REREADS
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<P::Outcome>, Stop<P::Error>> {
        // Taken out since the caller was looked up.
        if facts.workspace(self.ask.caller.team())?.is_none() {
            return Err(Stop::Gone);
        }
        let decided = P::decide(facts, &self.ask, moment, &mut Blind);
        if let Some(kept) = &self.kept {
            let refused = match &decided {
                Ok(plan) => P::has_refusals(&plan.outcome),
                Err(Stop::Missing(_) | Stop::Gone) => false,
                Err(Stop::Refused(_) | Stop::Scope(_)) => true,
            };
            if refused {
                self.keep(kept, facts, moment.now());
            }
        }
        decided
    }
}

/// How a catalogue entry decides again, only to tell the checks of its page's rules.
pub type Retrace =
    fn(&Facts, Arc<Caller>, &Arguments, Timestamp, &mut Trail) -> Result<(), Missing>;

/// Decides a [`Write`] page's call again, as of then. There are no checks where arguments cannot be
/// read, or where the page's rules do not tell them.
pub fn retrace<P: Write>(
    facts: &Facts,
    caller: Arc<Caller>,
    given: &Arguments,
    then: Timestamp,
    trail: &mut Trail,
) -> Result<(), Missing> {
    match P::args(given) {
        Ok(args) => {
            // What is made new does not matter to whether it may be made.
            let ask = Ask {
                caller,
                args,
                around: Around::default(),
                usual: Vec::new(),
            };
            trail::again(then, |moment| P::decide(facts, &ask, moment, trail))
        }
        Err(_) => Ok(()),
    }
}

/// A call of a [`Write`] page, or why it cannot be one.
fn deciding<P: Write>(
    store: &Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Result<Deciding<P>, Answer> {
    let args = P::args(given)?;
    let mut around = store.undrawn();
    if P::DRAWS {
        let drawn = store.draw().map_err(|error| {
            tracing::error!(%error, "there is no randomness");
            Answer::refused(Common::InternalError)
        })?;
        around.chance = drawn.chance();
    }
    Ok(Deciding {
        ask: Ask {
            caller,
            args,
            around,
            usual: Vec::new(),
        },
        kept: given.facts_to_keep(),
    })
}

/// Runs a [`Write`] page.
pub fn write<'a, P: Write>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let deciding = match deciding::<P>(store, caller, given) {
        Ok(deciding) => Arc::new(deciding),
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
        Ok(deciding) => Arc::new(deciding),
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
        if !P::tells(&deciding.ask) {
            return good.into();
        }
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

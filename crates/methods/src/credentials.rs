//! Pages for apps that show their client id and secret, and get secrets in return.

use crate::{
    arguments::Arguments,
    common::Common,
    contract::Contract,
    handle::{Answer, Answering, Good},
};
use guestlist_domain::{
    Actor, Caller, Facts, Moment, Plan, Stop, TeamId,
    install::{NotGranted, Proof, Secret},
};
use guestlist_store::{Decide, Drawn, Failure, Store, world::token_hash};
use std::sync::{Arc, Mutex, PoisonError};

/// What is asked, and what new secrets are made of.
#[derive(Debug)]
pub struct Asked<A> {
    /// Whose token it is, where the method asks for one.
    pub caller: Option<Arc<Caller>>,
    /// With what.
    pub args: A,
    /// Drawn before the decision, which must not draw.
    pub drawn: Drawn,
}

impl<A> Asked<A> {
    /// Whose token it is. Only of pages that the catalogue lists as needing one.
    pub fn caller(&self) -> Result<&Caller, Stop<NotGranted>> {
        let none = Stop::Refused(NotGranted::InvalidToken);
        self.caller.as_deref().ok_or(none)
    }

    /// The hash of a new secret.
    pub fn mint(&self, secret: Secret) -> guestlist_domain::TokenHash {
        self.drawn.hash(secret)
    }
}

/// What an app shows for itself.
pub fn proof(client_id: &str, secret: Option<&str>, verifier: Option<&str>) -> Proof {
    Proof {
        client_id: client_id.to_owned(),
        secret: secret.map(str::to_owned),
        verifier: verifier.map(token_hash),
    }
}

/// A page that changes what an app may do.
pub trait Install: Contract {
    /// What the decision hands to the reply.
    type Outcome: Send + 'static;

    /// Decides, and says for whom.
    fn decide(
        facts: &Facts,
        asked: &Asked<Self::Args>,
        moment: &mut Moment,
    ) -> Result<(Actor, Plan<Self::Outcome>), Stop<NotGranted>>;

    /// The method's code for a refusal.
    fn code(refusal: NotGranted) -> Self::Error;

    /// Makes the answer, once the changes are durable.
    fn reply(asked: &Asked<Self::Args>, outcome: Self::Outcome) -> Good<Self::Reply>;
}

struct Deciding<P: Install> {
    asked: Asked<P::Args>,
    /// Known once it is decided.
    actor: Mutex<Option<Actor>>,
}

impl<P: Install> Decide for Deciding<P> {
    type Outcome = P::Outcome;
    type Refusal = P::Error;

    fn actor(&self) -> Actor {
        let actor = *self.actor.lock().unwrap_or_else(PoisonError::into_inner);
        actor.unwrap_or(Actor::nobody(TeamId::from_key(0)))
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<P::Outcome>, Stop<P::Error>> {
        if let Some(caller) = &self.asked.caller
            && facts.workspace(caller.team())?.is_none()
        {
            return Err(Stop::Gone);
        }
        let decided = P::decide(facts, &self.asked, moment);
        let (actor, plan) = decided.map_err(|stop| stop.map(P::code))?;
        *self.actor.lock().unwrap_or_else(PoisonError::into_inner) = Some(actor);
        Ok(plan)
    }
}

/// Runs a page that asks for no token.
pub fn open<'a, P: Install>(store: &'a Store, given: &Arguments) -> Answering<'a> {
    run::<P>(store, None, given)
}

/// Runs a page that asks for a token, too.
pub fn with_token<'a, P: Install>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    run::<P>(store, Some(caller), given)
}

fn run<'a, P: Install>(
    store: &'a Store,
    caller: Option<Arc<Caller>>,
    given: &Arguments,
) -> Answering<'a> {
    let ready = |answer: Answer| -> Answering<'a> { Box::pin(std::future::ready(answer)) };
    let args = match P::args(given) {
        Ok(args) => args,
        Err(bad) => return ready(bad.into()),
    };
    let drawn = match store.draw() {
        Ok(drawn) => drawn,
        Err(error) => {
            tracing::error!(%error, "there is no randomness");
            return ready(Answer::refused(Common::InternalError));
        }
    };
    let deciding = Arc::new(Deciding::<P> {
        asked: Asked {
            caller,
            args,
            drawn,
        },
        actor: Mutex::new(None),
    });
    Box::pin(async move {
        match store.write(deciding.clone()).await {
            Ok(outcome) => P::reply(&deciding.asked, outcome).into(),
            Err(Failure::Refused(error)) => Answer::refused_by(error),
            Err(Failure::Store(error)) => Answer::failed(&error),
            // No rule here asks for a scope.
            Err(Failure::Gone) => Answer::refused(Common::InvalidAuth),
            Err(Failure::Scope(_)) => Answer::refused(Common::InternalError),
        }
    })
}

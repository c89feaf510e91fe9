//! Calls on their way to the writer, and what they are decided by.

use crate::error::{Failure, StoreError};
use guestlist_domain::{Actor, Change, Facts, Key, Moment, Plan, Stop};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};
use tokio::sync::oneshot;

/// A call that writes: keys worth loading first, and the rule that decides it.
pub trait Decide: Send + Sync + 'static {
    /// What the answer is made of.
    type Outcome: Send + 'static;
    /// Why it may be refused.
    type Refusal: Send + 'static;

    /// For whom.
    fn actor(&self) -> Actor;
    /// Facts worth loading before the first attempt. Only a matter of speed: what a rule looks
    /// at and does not find is loaded, and the call is decided anew.
    fn needs(&self) -> Vec<Key> {
        Vec::new()
    }
    /// Why it has to be decided apart from all others, if it has.
    fn apart(&self) -> Option<Apart> {
        None
    }
    /// Whether it looks at what was said: then it is decided by itself, after whatever was said before.
    fn rereads(&self) -> bool {
        false
    }
    /// Decides. May be called several times; only the last counts.
    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<Self::Outcome>, Stop<Self::Refusal>>;
}

/// Why a call is decided apart from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// It adds workspaces: what it rests on is that something is not there.
    Adds,
    /// It takes workspaces out: nobody who has looked at them may write afterwards, on any node.
    Removes,
}

pub(crate) enum Message {
    Call(Box<dyn Waiting>),
    /// Nothing was written for a while: bring the tables up to date as long as nobody calls.
    Rest,
    /// Bring the tables up to date, then tell.
    Fold(oneshot::Sender<Result<(), StoreError>>),
    /// Move the world's clock.
    Move(Move),
    /// Fold, stop, tell.
    Close(oneshot::Sender<()>),
}

/// The world's clock is to be moved.
pub(crate) struct Move {
    /// By so many microseconds, back if negative.
    pub(crate) by: i64,
    /// Told whether it was, once that is on the disk.
    pub(crate) to: oneshot::Sender<Result<bool, StoreError>>,
}

/// A call in the queue, its types hidden.
pub(crate) trait Waiting: Send {
    fn needs(&self) -> Vec<Key>;
    fn apart(&self) -> Option<Apart>;
    fn rereads(&self) -> bool;
    fn attempt(&mut self, facts: &Facts, moment: &mut Moment) -> Attempt;
    fn actor(&self) -> Actor;
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

pub(crate) enum Attempt {
    Missing(Vec<Key>),
    Decided(Vec<Change>),
    Panicked,
}

pub(crate) struct Call<D: Decide> {
    pub(crate) decide: Arc<D>,
    pub(crate) result: Option<Result<D::Outcome, Failure<D::Refusal>>>,
    pub(crate) to: oneshot::Sender<Result<D::Outcome, Failure<D::Refusal>>>,
}

impl<D: Decide> Waiting for Call<D> {
    fn needs(&self) -> Vec<Key> {
        // A mistake here costs what one in the rule costs, and no more.
        catch_unwind(AssertUnwindSafe(|| self.decide.needs())).unwrap_or_default()
    }

    fn actor(&self) -> Actor {
        self.decide.actor()
    }

    fn apart(&self) -> Option<Apart> {
        self.decide.apart()
    }

    fn rereads(&self) -> bool {
        self.decide.rereads()
    }

    fn attempt(&mut self, facts: &Facts, moment: &mut Moment) -> Attempt {
        // A rule that panics must not take the writer, and everybody who waits, with it.
        let decided = catch_unwind(AssertUnwindSafe(|| self.decide.decide(facts, moment)));
        let Ok(decided) = decided else {
            return Attempt::Panicked;
        };
        let (result, changes) = match decided {
            Ok(plan) => (Ok(plan.outcome), plan.changes),
            Err(Stop::Missing(keys)) => return Attempt::Missing(keys),
            Err(Stop::Refused(refusal)) => (Err(Failure::Refused(refusal)), Vec::new()),
            Err(Stop::Gone) => (Err(Failure::Gone), Vec::new()),
            Err(Stop::Scope(needed)) => (Err(Failure::Scope(needed)), Vec::new()),
        };
        self.result = Some(result);
        Attempt::Decided(changes)
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let result = match failure {
            Some(error) => Err(Failure::Store(error)),
            None => self
                .result
                .unwrap_or(Err(Failure::Store(StoreError::Unavailable))),
        };
        // Whoever asked may be gone; the call stands all the same.
        let _ = self.to.send(result);
    }
}

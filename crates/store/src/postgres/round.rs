//! What the writer takes out of its queue in one go.

use crate::call::{Message, Move, Waiting};
use std::collections::VecDeque;
use tokio::sync::{mpsc::Receiver, oneshot};

/// Most calls that share a commit.
const BATCH: usize = 256;
/// Most calls that wait outside the queue, each to be decided by itself. Where there are so many, everybody waits in the
/// queue.
pub(crate) const ASIDE: usize = 1024;

type Call = Box<dyn Waiting>;

/// Calls that are decided one by one. They take long: others go before them, and between them.
#[derive(Default)]
pub(super) struct Aside {
    pub(super) apart: VecDeque<Call>,
    pub(super) rereading: VecDeque<Call>,
}

impl Aside {
    pub(super) fn len(&self) -> usize {
        self.apart.len() + self.rereading.len()
    }

    /// The next message. Where none waits here it is waited for; `None` then says that nobody is left who calls.
    pub(super) fn first(&self, queue: &mut Receiver<Message>) -> Option<Message> {
        match self.len() {
            0 => queue.blocking_recv(),
            ASIDE.. => None,
            _ => queue.try_recv().ok(),
        }
    }
}

/// What is done next.
#[derive(Default)]
pub(super) struct Round {
    /// Calls that are decided together.
    pub(super) calls: Vec<Call>,
    pub(super) moves: Vec<Move>,
    /// The database is there, perhaps again.
    pub(super) is_there: bool,
    pub(super) closing: Option<oneshot::Sender<()>>,
}

impl Round {
    /// All that waits, as far as there is room.
    pub(super) fn gather(
        first: Option<Message>,
        queue: &mut Receiver<Message>,
        aside: &mut Aside,
    ) -> Self {
        let mut round = Self::default();
        let mut next = first;
        while let Some(message) = next {
            match message {
                Message::Call(call) if call.apart().is_some() => aside.apart.push_back(call),
                Message::Call(call) if call.rereads() => aside.rereading.push_back(call),
                Message::Call(call) => round.calls.push(call),
                Message::Rest => round.is_there = true,
                // The tables are the truth here and never behind.
                Message::Fold(to) => {
                    let _ = to.send(Ok(()));
                }
                Message::Move(one) => round.moves.push(one),
                Message::Close(to) => round.closing = Some(to),
            }
            let is_full = round.calls.len() >= BATCH || aside.len() >= ASIDE;
            next = (!is_full && round.closing.is_none())
                .then(|| queue.try_recv().ok())
                .flatten();
        }
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::{Apart, Attempt},
        error::StoreError,
    };
    use guestlist_domain::{Actor, Facts, Key, Moment};
    use tokio::sync::mpsc;

    /// A call that is decided with others, apart, or by itself.
    #[derive(Clone, Copy)]
    enum Kind {
        Usual,
        Apart,
        Rereading,
    }

    impl Waiting for Kind {
        fn needs(&self) -> Vec<Key> {
            Vec::new()
        }

        fn apart(&self) -> Option<Apart> {
            matches!(self, Self::Apart).then_some(Apart::Adds)
        }

        fn rereads(&self) -> bool {
            matches!(self, Self::Rereading)
        }

        fn attempt(&mut self, _: &Facts, _: &mut Moment) -> Attempt {
            Attempt::Decided(Vec::new())
        }

        fn actor(&self) -> Actor {
            Actor::nobody("T0ACME".parse().unwrap())
        }

        fn answer(self: Box<Self>, _: Option<StoreError>) {}
    }

    #[test]
    fn what_waits_aside_has_bounds_and_then_all_wait_in_the_queue() {
        let (to, mut queue) = mpsc::channel(4 * ASIDE);
        let send = |kind: Kind| to.try_send(Message::Call(Box::new(kind))).unwrap();
        let mut aside = Aside::default();
        // Those that are decided together go before the ones that came first.
        for kind in [Kind::Rereading, Kind::Apart, Kind::Usual] {
            send(kind);
        }
        let first = aside.first(&mut queue);
        let round = Round::gather(first, &mut queue, &mut aside);
        assert_eq!((round.calls.len(), aside.len(), queue.len()), (1, 2, 0));
        for _ in 0..2 * ASIDE {
            send(Kind::Rereading);
        }
        send(Kind::Usual);
        let first = aside.first(&mut queue);
        let round = Round::gather(first, &mut queue, &mut aside);
        assert_eq!((round.calls.len(), aside.len()), (0, ASIDE));
        assert_eq!(queue.len(), ASIDE + 3);
        // While nobody goes nobody comes.
        assert!(aside.first(&mut queue).is_none());
        aside.rereading.clear();
        let first = aside.first(&mut queue);
        Round::gather(first, &mut queue, &mut aside);
        aside.rereading.clear();
        let first = aside.first(&mut queue);
        let round = Round::gather(first, &mut queue, &mut aside);
        assert_eq!((round.calls.len(), queue.len()), (1, 0));
    }

    #[test]
    fn a_batch_has_bounds_too() {
        let (to, mut queue) = mpsc::channel(2 * BATCH);
        for _ in 0..2 * BATCH {
            to.try_send(Message::Call(Box::new(Kind::Usual))).unwrap();
        }
        let mut aside = Aside::default();
        let first = aside.first(&mut queue);
        let round = Round::gather(first, &mut queue, &mut aside);
        assert_eq!((round.calls.len(), queue.len()), (BATCH, BATCH));
    }
}

//! Waiting for those who call together.

use crate::call::Message;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

/// How long others are waited for at most, and how often is looked for them.
const GATHER: Duration = Duration::from_millis(1);
const LOOK: Duration = Duration::from_micros(50);

/// The newest batch: how many calls it had, and how long it took.
#[derive(Default)]
pub(super) struct Crowd {
    many: usize,
    took: Duration,
}

impl Crowd {
    pub(super) fn new(many: usize, took: Duration) -> Self {
        Self { many, took }
    }

    /// Waits a little until nearly as many are there again: a batch costs much by itself, and those who
    /// were answered last are on their way. Whoever calls alone waits for nobody.
    pub(super) fn gather(&self, queue: &Receiver<Message>) {
        let enough = self.many - self.many / 8;
        let until = Instant::now() + (self.took / 2).min(GATHER);
        // The first was taken out already. Nobody wakes this thread when others come.
        while queue.len() + 1 < enough && Instant::now() < until {
            std::thread::park_timeout(LOOK);
        }
    }
}

//! The clock of retries and paces, so that a test need not wait.

use std::{future::Future, pin::Pin, time::Duration};
use tokio::time::Instant;

/// Time as retries and paces see it.
pub trait Waits: Send + Sync {
    /// What time it is.
    fn now(&self) -> Instant;
    /// Lets time go by.
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Real time.
#[derive(Clone, Copy, Debug)]
pub struct TokioWaits;

impl Waits for TokioWaits {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(time))
    }
}

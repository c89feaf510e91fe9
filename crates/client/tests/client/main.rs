//! The client against a peer that misbehaves.

mod lost;
mod peer;
mod retries;
mod shapes;
mod transport;
mod witness;

use guestlist_client::{Builder, Client, Policy, Waits};
use std::{
    future::{Future, ready},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// A clock on which waiting takes no time.
struct Skip {
    now: Mutex<Instant>,
    waited: Mutex<Vec<Duration>>,
}

impl Skip {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(Instant::now()),
            waited: Mutex::default(),
        })
    }

    fn waited(&self) -> Vec<Duration> {
        self.waited.lock().unwrap().clone()
    }
}

impl Waits for Skip {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }

    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        *self.now.lock().unwrap() += time;
        self.waited.lock().unwrap().push(time);
        Box::pin(ready(()))
    }
}

/// A client whose waits are skipped.
fn client(base: &str) -> (Client, Arc<Skip>) {
    built(Client::builder(base).token("xoxb-1"))
}

fn built(builder: Builder) -> (Client, Arc<Skip>) {
    let skip = Skip::new();
    (builder.waits(skip.clone()).build().unwrap(), skip)
}

/// A client that tries once.
fn once(base: &str) -> Client {
    let builder = Client::builder(base).token("xoxb-1").policy(Policy::once());
    builder.build().unwrap()
}

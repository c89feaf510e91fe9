//! What other nodes change: asked for again and again, so that nothing remembered here outlives it.

use super::{Postgres, connect};
use crate::{clock::Clock, progress::Progress};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

/// How often a node asks whether another has changed what is remembered here.
const WATCH: Duration = Duration::from_millis(200);
/// How long it waits for the answer before it forgets what it remembers: with the time between two questions,
/// within a second.
const DOUBT: Duration = Duration::from_millis(800);
/// How long a database that does not answer counts as there. Whoever waited so long for an answer that
/// should come at once leaves the connection.
pub(super) const GONE: Duration = Duration::from_secs(10);
/// Buckets that are full are deleted whenever it has asked so often.
const SWEEP: u32 = 300;
const WATCHED: &str = "select (select value from meta where key = 'access'),
  (select value from meta where key = 'moved'),
  current_setting('transaction_read_only') = 'on'";
const FULL: &str = "delete from bucket where full_at / 1000 < $1";

/// Looks at the database for a node.
pub(super) struct Watcher<C, A> {
    pub(super) place: Postgres,
    pub(super) clock: Clock,
    pub(super) progress: Arc<Progress>,
    /// Whether nothing at all was said in time.
    pub(super) silent: Arc<AtomicBool>,
    /// Called whenever another node may have changed what nodes remember, and again and again while
    /// that cannot be known, be it only since the answer takes long.
    pub(super) changed: C,
    /// Called when the database can be asked again.
    pub(super) there_again: A,
}

impl<C, A> Watcher<C, A>
where
    C: Fn() + Send + Sync + 'static,
    A: Fn() + Send + Sync + 'static,
{
    /// Looks for as long as the runtime lives. A mistake of ours counts as not knowing.
    pub(super) fn start(self, on: &Handle) {
        let this = Arc::new(self);
        on.spawn(async move {
            loop {
                let looking = this.clone();
                if tokio::spawn(async move { looking.look().await })
                    .await
                    .is_err()
                {
                    let task = "what other nodes change";
                    tracing::error!(task, "a mistake of ours ended a task; it begins again");
                }
                this.progress.measures.broken(true);
                this.changed();
                tokio::time::sleep(WATCH).await;
            }
        });
    }

    /// Looks by one connection, for as long as that lasts.
    async fn look(&self) {
        let Some(Ok((client, _))) = self.heard(connect(self.place.clone())).await else {
            return;
        };
        let mut known = None;
        let mut asked: u32 = 0;
        (self.there_again)();
        loop {
            let before = self.clock.moved_by();
            let Some(Ok(row)) = self.heard(client.query_one(WATCHED, &[])).await else {
                return;
            };
            if row.try_get(2).unwrap_or(false) {
                // It takes nothing in. A connection made meanwhile says so for ever.
                return;
            }
            self.progress.measures.broken(false);
            let now: Option<String> = row.try_get(0).ok();
            let moved: Option<String> = row.try_get(1).ok().flatten();
            let moved = moved.and_then(|text| text.parse().ok()).unwrap_or_default();
            // If this node has moved it meanwhile, the answer may be older than that.
            if self.clock.moved_by() == before {
                self.clock.set_moved_by(moved);
            }
            if known != now {
                self.changed();
                known = now;
            }
            asked = asked.wrapping_add(1);
            if asked.is_multiple_of(SWEEP) {
                // Full ones are as good as none; what fails is done next time.
                let now = self.clock.now().0;
                let sweeping = async { client.execute(FULL, &[&now]).await };
                if self.in_doubt(sweeping).await.is_none() {
                    return;
                }
            }
            tokio::time::sleep(WATCH).await;
        }
    }

    fn changed(&self) {
        self.progress.changed.fetch_add(1, Ordering::Release);
        (self.changed)();
    }

    /// The same as [`in_doubt`](Self::in_doubt), kept for whoever waits for the database as well.
    async fn heard<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        let answer = self.in_doubt(asked).await;
        self.silent.store(answer.is_none(), Ordering::Release);
        answer
    }

    /// What comes of it, if the database is there; nothing is taken for known as long as nothing does.
    async fn in_doubt<T>(&self, asked: impl Future<Output = T>) -> Option<T> {
        let asked = async {
            let mut asked = pin!(asked);
            loop {
                match timeout(DOUBT, &mut asked).await {
                    Ok(answer) => return answer,
                    Err(_) => self.changed(),
                }
            }
        };
        timeout(GONE, asked).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        net::TcpListener,
        sync::{Mutex, atomic::AtomicUsize},
    };
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_mistake_of_ours_does_not_end_the_looking() {
        // Takes connections in and says nothing: whoever looks does not know.
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("postgres://nobody@{}/none", mute.local_addr().unwrap());
        let (to, mut told) = mpsc::unbounded_channel();
        let (to, calls) = (Mutex::new(to), AtomicUsize::new(0));
        let watcher = Watcher {
            place: address.parse().unwrap(),
            clock: Clock::default(),
            progress: Arc::default(),
            silent: Arc::default(),
            changed: move || {
                assert!(
                    calls.fetch_add(1, Ordering::Relaxed) > 0,
                    "as a mistake would"
                );
                let _ = to.lock().unwrap().send(());
            },
            there_again: || {},
        };
        watcher.start(&Handle::current());
        // Once since it failed, and from then on since nothing is known.
        for _ in 0..3 {
            told.recv().await.unwrap();
        }
    }
}

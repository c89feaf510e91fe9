//! Letters on their way: what is due is handed to the mail server, and what came of it is written
//! down like everything else that happens.
//!
//! A letter is in the journal with the invitation it belongs to, so none is lost, and none is sent
//! for a call that was refused. It is handed over before that is written down: a server that dies
//! in between hands it over again, under the same Message-ID. Where several nodes have a mail server,
//! each letter is claimed by one of them first.

pub(crate) mod letter;
mod smtp;

pub use smtp::{MailServer, Sender, Smtp};

use crate::{
    metrics::{Measured, Page},
    tireless::tireless,
    trouble::Trouble,
};
use futures_util::{StreamExt, stream};
use guestlist_domain::{
    Actor, Facts, Moment, Plan, Stop, TeamId, Timestamp,
    mail::{self, Attempt, State},
};
use guestlist_store::{Decide, Due, Failure, Store, StoreError, chain};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// The most letters on their way to the mail server at once.
const AT_ONCE: usize = 4;
/// The most that are held in memory.
const MOST: usize = 64;
/// After the store has failed.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a node keeps what it has claimed, and looks whether another has let something lapse.
const ROUND: Duration = Duration::from_secs(5);

/// How often attempts brought letters to each state since the start.
#[derive(Default)]
pub(crate) struct Counts {
    sent: AtomicU64,
    retrying: AtomicU64,
    dead: AtomicU64,
}

impl Counts {
    fn of(&self, state: State) -> Option<&AtomicU64> {
        match state {
            State::Sent => Some(&self.sent),
            State::Retrying => Some(&self.retrying),
            State::Dead => Some(&self.dead),
            // No attempt leads there.
            State::Kept | State::Queued => None,
        }
    }

    fn count(&self, state: Option<State>) {
        if let Some(count) = state.and_then(|state| self.of(state)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Measured for Counts {
    fn measure(&self, page: &mut Page) {
        let counts = State::ALL.into_iter().filter_map(|state| {
            let count = self.of(state)?.load(Ordering::Relaxed);
            Some(([("state", state.name())], count))
        });
        page.counters(
            "guestlist_mail_total",
            "Attempts to hand letters to the mail server, by what became of the letter.",
            counts,
        );
    }
}

/// Hands over what is due until it is told to stop; what is under way then is finished.
pub(crate) async fn watch(
    store: Store,
    smtp: Arc<Smtp>,
    counts: Arc<Counts>,
    stopped: watch::Receiver<()>,
) {
    let work = || watching(&store, &smtp, &counts, stopped.clone());
    tireless("letters", work).await;
}

async fn watching(
    store: &Store,
    smtp: &Arc<Smtp>,
    counts: &Counts,
    mut stopped: watch::Receiver<()>,
) {
    let mut news = store.mail_news();
    let mut trouble = Trouble::default();
    loop {
        news.borrow_and_update();
        let next = match round(store, smtp, counts, &stopped).await {
            Ok(next) => {
                trouble.is_over("letters that are due can be read again");
                Ok(next)
            }
            Err(error) => {
                trouble.met(&error, "letters that are due cannot be read");
                Err(PAUSE)
            }
        };
        let due = async {
            match next {
                Ok(Some(next)) => store.clock().sleep_until(next).await,
                Ok(None) => std::future::pending().await,
                Err(pause) => store.clock().pass(pause.as_micros() as i64).await,
            }
        };
        tokio::select! {
            _ = stopped.changed() => return,
            _ = news.changed() => {}
            () = due => {}
            () = tokio::time::sleep(ROUND), if store.is_shared() => {}
        }
    }
}

fn is_over(stopped: &watch::Receiver<()>) -> bool {
    !matches!(stopped.has_changed(), Ok(false))
}

/// Hands over what is due now, and tells when something will be.
async fn round(
    store: &Store,
    smtp: &Arc<Smtp>,
    counts: &Counts,
    stopped: &watch::Receiver<()>,
) -> Result<Option<Timestamp>, StoreError> {
    // What one node has claimed no other hands over meanwhile.
    let most = if store.is_shared() { AT_ONCE } else { MOST };
    loop {
        if is_over(stopped) {
            return Ok(None);
        }
        let (due, next) = store.letters_due(most).await?;
        if due.is_empty() {
            return Ok(next);
        }
        let delivered = stream::iter(&due).for_each_concurrent(AT_ONCE, |due| async move {
            if !is_over(stopped) {
                deliver(store, smtp, due, counts, stopped).await;
            }
            if let Err(error) = store.release_letters(std::slice::from_ref(due)).await {
                tracing::warn!(error = %chain(&error), "a letter cannot be given back; its claim lapses");
            }
        });
        tokio::select! {
            () = delivered => {}
            () = keep(store, &due) => {}
        }
    }
}

/// Keeps letters as long as it is asked to.
async fn keep(store: &Store, due: &[Due]) {
    loop {
        tokio::time::sleep(ROUND).await;
        if let Err(error) = store.keep_letters(due).await {
            tracing::warn!(error = %chain(&error), "letters cannot be kept; others may take them over");
        }
    }
}

/// Hands one letter over. What came of it is written down before anything else happens to it: a
/// store that fails must not let the same letter go out again and again.
async fn deliver(
    store: &Store,
    smtp: &Smtp,
    Due { team, mail, .. }: &Due,
    counts: &Counts,
    stopped: &watch::Receiver<()>,
) {
    let attempt = smtp.hand_over(mail, &store.site()).await;
    match &attempt {
        Attempt::Sent => tracing::info!(mail = mail.id.ts(), "a letter was handed over"),
        Attempt::Failed(why) | Attempt::Refused(why) => {
            tracing::warn!(mail = mail.id.ts(), why, "a letter was not handed over");
        }
    }
    let attempted = Arc::new(Attempted {
        team: *team,
        id: mail.id,
        attempt,
    });
    let mut stopped = stopped.clone();
    loop {
        match store.write(attempted.clone()).await {
            Ok(state) => return counts.count(state),
            Err(Failure::Scope(_) | Failure::Gone) => return,
            Err(Failure::Refused(never)) => match never {},
            Err(Failure::Store(error)) => {
                tracing::error!(error = %chain(&error), "what came of a letter is not written down yet");
            }
        }
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// What came of a letter, as the store decides it.
struct Attempted {
    team: TeamId,
    id: Timestamp,
    attempt: Attempt,
}

impl Decide for Attempted {
    type Outcome = Option<State>;
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<Option<State>>, Stop<Infallible>> {
        Ok(mail::attempted(facts, self.id, &self.attempt, moment)?)
    }
}

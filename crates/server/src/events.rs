//! Events: from the journal to the apps that subscribed to them.
//!
//! All of it runs on a thread of its own, beside the calls: `follow` reads the journal and finds
//! out who is owed what, the store's record of deliveries keeps that, and `courier` delivers.

mod attempt;
mod courier;
mod envelope;
pub(crate) mod errand;
mod follow;
mod hand;
mod hour;
mod post;
mod sign;
pub(crate) mod socket;

use crate::{
    otel::Tracer, outgoing::Outgoing, settings::Settings, tireless::tireless, tls::Tls,
    trouble::Trouble,
};
use attempt::Carrier;
use courier::Courier;
pub(crate) use envelope::token as verification_token;
use guestlist_domain::{App, AppId};
use guestlist_store::{
    Deliveries, Store, StoreError,
    deliveries::{Filter, Hold, Page},
};
pub(crate) use hand::{Lost, Parcel, Said};
use socket::Sockets;
use std::{io, time::Duration};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

/// What the courier can be told to do.
pub(crate) enum Command {
    /// Look deliveries up.
    Find {
        filter: Filter,
        limit: usize,
        to: oneshot::Sender<Result<Page, StoreError>>,
    },
    /// Deliver once more; tells how many, and how many were found.
    Again {
        filter: Filter,
        limit: usize,
        to: oneshot::Sender<Result<(usize, usize), StoreError>>,
    },
    /// Hold an app's deliveries back, or let them go on.
    Pause {
        app: AppId,
        pause: bool,
        to: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Let an app that was cut off start over.
    Restart {
        app: AppId,
        to: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Tell which apps are held.
    Holds {
        apps: Vec<AppId>,
        to: oneshot::Sender<Result<Vec<Hold>, StoreError>>,
    },
    /// Let what is under way end, and stop.
    Stop(oneshot::Sender<()>),
}

/// What couriers are made of, one after the other.
struct Office {
    store: Store,
    carrier: Carrier,
    factor: Option<f64>,
    change: watch::Sender<()>,
}

/// What comes in for the courier, whichever it is.
struct Inbox {
    /// The record as it was opened first.
    record: Option<Deliveries>,
    orders: mpsc::Receiver<Command>,
    connections: mpsc::UnboundedReceiver<AppId>,
    /// Who waits for the end, once it was asked for.
    stopped: Option<oneshot::Sender<()>>,
}

impl Office {
    /// Delivers until it is told to stop.
    async fn deliver(&self, inbox: &Mutex<Inbox>) {
        // Nobody else wants it; it is free again when a mistake of ours ends this.
        let inbox = &mut *inbox.lock().await;
        let mut trouble = Trouble::default();
        let courier = loop {
            match self.courier(inbox.record.take()).await {
                Ok(courier) => break courier,
                Err(error) => trouble.met(&error, "no events are delivered; trying again"),
            }
            // Whoever asks meanwhile is told that it is not available.
            tokio::select! {
                order = inbox.orders.recv() => if let Some(Command::Stop(done)) = order {
                    inbox.stopped = Some(done);
                    return;
                },
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
        };
        trouble.is_over("events are delivered");
        inbox.stopped = courier.run(&mut inbox.orders, &mut inbox.connections).await;
    }

    async fn courier(&self, record: Option<Deliveries>) -> Result<Courier, StoreError> {
        let record = record.map_or_else(|| courier::open(&self.store), Ok)?;
        let (store, carrier) = (self.store.clone(), self.carrier.clone());
        Courier::start(store, record, carrier, self.factor, self.change.clone()).await
    }
}

/// The events of a server. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    commands: mpsc::Sender<Command>,
    pub(crate) sockets: Sockets,
    poster: post::Poster,
    changed: watch::Receiver<()>,
    /// What people do with apps.
    pub(crate) handed: hand::Handed,
}

impl Events {
    /// Begins to follow a store's journal.
    pub(crate) fn start(
        store: &Store,
        settings: &Settings,
        tracer: Option<Tracer>,
    ) -> io::Result<Self> {
        let (commands, orders) = mpsc::channel(64);
        let (connected, connections) = mpsc::unbounded_channel();
        let (change, changed) = watch::channel(());
        let sockets = Sockets::new(store.clock().clone(), connected);
        let tls = Tls::new(settings.app_authorities.clone());
        // Connections live in the runtime they were made in, so each has its own.
        let poster = || post::Poster::new(store.clock().clone(), Outgoing::new(tls.clone()));
        let this = Self {
            commands,
            sockets: sockets.clone(),
            poster: poster(),
            changed,
            handed: hand::Handed::default(),
        };
        let office = Office {
            store: store.clone(),
            carrier: Carrier {
                poster: poster(),
                sockets,
                clock: store.clock().clone(),
                tracer,
            },
            factor: settings.rate_limits.factor(),
            change,
        };
        // Before any call is answered: from here on everything is owed.
        let record = courier::open(store).map_err(io::Error::other)?;
        let inbox = Mutex::new(Inbox {
            record: Some(record),
            orders,
            connections,
            stopped: None,
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let work = async move {
            tireless("deliveries", || office.deliver(&inbox)).await;
            drop(office);
            if let Some(done) = inbox.into_inner().stopped {
                let _ = done.send(());
            }
        };
        std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || runtime.block_on(work))?;
        Ok(this)
    }

    /// Lets what is under way end, and stops.
    pub async fn stop(&self) {
        self.sockets.close();
        let (to, done) = oneshot::channel();
        if self.commands.send(Command::Stop(to)).await.is_ok() {
            let _ = done.await;
        }
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Command,
    ) -> Result<T, StoreError> {
        let (to, answer) = oneshot::channel();
        let sent = self.commands.send(command(to)).await;
        sent.map_err(|_| StoreError::Unavailable)?;
        answer.await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Deliveries, at most `limit`.
    pub(crate) async fn find(&self, filter: Filter, limit: usize) -> Result<Page, StoreError> {
        self.ask(|to| Command::Find { filter, limit, to }).await
    }

    /// Delivers once more what was found, which is at most `limit`; tells how much, and how much that was.
    pub(crate) async fn again(
        &self,
        filter: Filter,
        limit: usize,
    ) -> Result<(usize, usize), StoreError> {
        self.ask(|to| Command::Again { filter, limit, to }).await
    }

    /// Holds an app's deliveries back, or lets them go on.
    pub(crate) async fn pause(&self, app: AppId, pause: bool) -> Result<(), StoreError> {
        self.ask(|to| Command::Pause { app, pause, to }).await
    }

    /// Lets an app that was cut off start over. What somebody holds back stays so.
    pub(crate) async fn restart(&self, app: AppId) -> Result<(), StoreError> {
        self.ask(|to| Command::Restart { app, to }).await
    }

    /// Whether each of these apps is held.
    pub(crate) async fn holds(&self, apps: Vec<AppId>) -> Result<Vec<Hold>, StoreError> {
        self.ask(|to| Command::Holds { apps, to }).await
    }

    /// What resolves when any delivery has changed after it was asked for.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        let mut changed = self.changed.clone();
        changed.mark_unchanged();
        changed
    }

    /// Asks an app whether `url` is its own: it has to answer with the challenge.
    pub(crate) async fn verify(&self, app: &App, url: &str) -> Result<(), String> {
        let challenge = socket::envelope_id().replace('-', "");
        let letter = post::Letter {
            url: url.to_owned(),
            secret: app.signing_secret.clone(),
            body: envelope::url_verification(app, &challenge),
            form: false,
            retry: None,
        };
        let (_, said) = self.poster.send(&letter).await.map_err(|failed| {
            let status = failed.status.map(|s| format!(" {s}")).unwrap_or_default();
            let why = failed.why.map(|why| format!(": {why}")).unwrap_or_default();
            let unsigned = match app.signing_secret {
                None => format!(
                    "; {} has no signing secret, so the request was not signed",
                    app.id
                ),
                Some(_) => String::new(),
            };
            format!(
                "{url} did not answer the challenge: {}{status}{why}{unsigned}",
                failed.reason
            )
        })?;
        if answers(&said, &challenge) {
            Ok(())
        } else {
            Err(format!(
                "{url} answered with something else than the challenge"
            ))
        }
    }
}

/// Whether an answer is the challenge: as plain text, as a form or as JSON.
fn answers(said: &[u8], challenge: &str) -> bool {
    let Ok(said) = std::str::from_utf8(said) else {
        return false;
    };
    let said = said.trim();
    let json = || serde_json::from_str::<serde_json::Value>(said).ok();
    said == challenge
        || said.strip_prefix("challenge=") == Some(challenge)
        || json().is_some_and(|said| said["challenge"] == challenge)
}

#[cfg(test)]
mod tests {
    use super::answers;

    #[test]
    fn a_challenge_is_answered_in_three_ways() {
        for good in ["abc", " abc\n", "challenge=abc", r#"{"challenge":"abc"}"#] {
            assert!(answers(good.as_bytes(), "abc"), "{good}");
        }
        for bad in ["", "abcd", "ok", r#"{"challenge":"x"}"#, r#"{"c":"abc"}"#] {
            assert!(!answers(bad.as_bytes(), "abc"), "{bad}");
        }
    }
}

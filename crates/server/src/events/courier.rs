//! Delivering: a lane per app and conversation, or person, each in the order of the journal.
//!
//! One task owns the record and decides; attempts are tasks of their own that report back. Of each
//! lane only its first delivery is ever in memory.
//!
//! Where nodes share the record, a lane is claimed before anything in it is sent, and given back when
//! nothing in it is due: see docs/adr/0033. Without other nodes every lane is this one's.

mod queue;
mod reading;
mod rounds;
mod steer;

use super::{
    Command,
    attempt::{Carrier, Outcome, is_socket},
    envelope,
    follow::Follower,
    hour::{QUOTA, is_hopeless},
    post::Failed,
};
use crate::trouble::Trouble;
use guestlist_domain::{
    App, AppId, Timestamp,
    event::{STALE_SECONDS, retry_after},
};
use guestlist_store::{
    Bookmark, Clock, Deliveries, Store, StoreError, chain,
    deliveries::{About, Delivery, Hold, Lane, State},
};
use queue::Queue;
use rounds::Rounds;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

/// Attempts under way for one app; one until it has acknowledged something and while it fails, so that it keeps nobody
/// waiting.
const MOST_PER_APP: usize = 16;
/// How long attempts under way have to end when the server stops.
const FINISH: Duration = Duration::from_secs(2);
/// Deliveries between two trims of the record.
const TRIM_EVERY: usize = 1000;
/// How long a thing may wait, in microseconds.
const STALE: i64 = STALE_SECONDS * 1_000_000;

/// An app's mail.
struct Post {
    app: Arc<App>,
    hold: Hold,
    /// Lanes in which something waits and nothing is under way, by when it is due.
    idle: BTreeSet<(Timestamp, About)>,
    /// The same lanes.
    due: HashMap<About, Timestamp>,
    /// Lanes with an attempt under way.
    busy: BTreeSet<About>,
    /// It acknowledged the last attempt.
    proven: bool,
    /// It was told that what waits for it is given up as too old, and nothing reached it since.
    lapses: bool,
    /// Where it stands in the courier's queue.
    queued: Option<Timestamp>,
}

impl Post {
    fn is_held(&self) -> bool {
        self.hold.paused || self.hold.disabled.is_some()
    }

    /// Attempts that may be under way, with so many connections over Socket Mode.
    fn most(&self, connections: usize) -> usize {
        match (self.proven, is_socket(&self.app)) {
            (false, _) => 1,
            (true, true) => MOST_PER_APP * connections.max(1),
            (true, false) => MOST_PER_APP,
        }
    }
}

pub(super) struct Courier {
    store: Store,
    clock: Clock,
    record: Deliveries,
    follower: Follower,
    /// The follower is not where the record is, after a failure.
    is_astray: bool,
    /// It cannot read on.
    following: Trouble,
    /// When it may read on.
    follow_from: Instant,
    posts: HashMap<AppId, Post>,
    queue: Queue,
    to: mpsc::UnboundedSender<Outcome>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    carrier: Carrier,
    /// Deliveries per app, workspace and hour.
    quota: Option<u64>,
    changed: watch::Sender<()>,
    since_trim: usize,
    rounds: Rounds,
}

/// Opens the record. In a new one nobody is owed what was done before.
pub(super) fn open(store: &Store) -> Result<Deliveries, StoreError> {
    let mut record = store.deliveries()?;
    if record.followed()?.is_none() {
        record.record(&Bookmark::Row(store.logged()), &[])?;
    }
    Ok(record)
}

impl Courier {
    pub(super) async fn start(
        store: Store,
        record: Deliveries,
        carrier: Carrier,
        factor: Option<f64>,
        changed: watch::Sender<()>,
    ) -> Result<Self, StoreError> {
        let from = record.followed()?.unwrap_or(Bookmark::Row(0));
        let follower = Follower::at(store.clone(), from).await?;
        let clock = store.clock().clone();
        let (to, outcomes) = mpsc::unbounded_channel();
        let mut this = Self {
            carrier,
            store,
            clock,
            record,
            follower,
            is_astray: false,
            following: Trouble::default(),
            follow_from: Instant::now(),
            posts: HashMap::new(),
            queue: Queue::default(),
            to,
            outcomes,
            quota: factor.map(|factor| (QUOTA * factor) as u64),
            changed,
            since_trim: 0,
            rounds: Rounds::default(),
        };
        this.forget_strangers()?;
        if !this.record.is_shared() {
            for (lane, due) in this.record.lanes()? {
                this.wait_in(lane, due)?;
            }
        }
        Ok(this)
    }

    /// Delivers until it is told to stop, by whom it returns.
    pub(super) async fn run(
        mut self,
        commands: &mut mpsc::Receiver<Command>,
        connected: &mut mpsc::UnboundedReceiver<AppId>,
    ) -> Option<oneshot::Sender<()>> {
        // What was left to read when the server ended last.
        self.follow().await;
        let mut rounds = rounds::every();
        loop {
            self.dispatch();
            let next = self.queue.first().map(|(due, _)| due);
            let due = async {
                match next {
                    Some(due) => self.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let behind = async {
                if self.follow_from > Instant::now() {
                    tokio::time::sleep_until(self.follow_from).await;
                }
                // Astray it is behind, wherever it stands.
                if !self.is_astray {
                    let every = self.follower.has_audience();
                    self.store.follow(self.follower.mark(), every).await;
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Stop(done)) => {
                        self.finish().await;
                        return Some(done);
                    }
                    Some(command) => self.obey(command),
                    None => return None,
                },
                Some(outcome) = self.outcomes.recv() => self.conclude(outcome),
                Some(app) = connected.recv() => {
                    self.requeue(app);
                    self.claim();
                }
                _ = rounds.tick(), if self.record.is_shared() => self.round().await,
                () = behind => self.follow().await,
                () = due => {}
            }
        }
    }

    /// Lets attempts under way end, so that nothing is delivered twice without need.
    async fn finish(&mut self) {
        let end = Instant::now() + FINISH;
        while self.queue.under_way() > 0
            && let Ok(Some(outcome)) = tokio::time::timeout_at(end, self.outcomes.recv()).await
        {
            self.conclude(outcome);
        }
        if let Err(error) = self.record.release(None) {
            self.lament(&error, "lanes cannot be given back; they lapse");
        }
    }

    fn lament(&self, error: &StoreError, what: &str) {
        tracing::error!(error = %chain(error), "{what}");
    }

    fn post(&mut self, id: AppId) -> Result<Option<&mut Post>, StoreError> {
        if !self.posts.contains_key(&id) {
            let Some(app) = self.store.glance(|reader| reader.app(id))? else {
                return Ok(None);
            };
            let post = Post {
                app,
                hold: self.record.hold(id)?,
                idle: BTreeSet::new(),
                due: HashMap::new(),
                busy: BTreeSet::new(),
                proven: false,
                lapses: false,
                queued: None,
            };
            self.posts.insert(id, post);
        }
        Ok(self.posts.get_mut(&id))
    }

    /// Something was recorded in a lane, which has to be claimed where there are other nodes.
    fn arrived(&mut self, lane: Lane, due: Timestamp) -> Result<(), StoreError> {
        if self.record.is_shared() {
            return Ok(());
        }
        self.wait_in(lane, due)
    }

    /// Something waits in a lane that is this node's. If something waited there before, that stays its first.
    fn wait_in(&mut self, (app, about): Lane, due: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.post(app)? else {
            return Ok(());
        };
        if !post.busy.contains(&about) && !post.due.contains_key(&about) {
            post.due.insert(about, due);
            post.idle.insert((due, about));
            self.requeue(app);
        }
        Ok(())
    }

    /// Puts an app into the queue at its place, or takes it out.
    fn requeue(&mut self, app: AppId) {
        let Some(post) = self.posts.get_mut(&app) else {
            return;
        };
        if let Some(at) = post.queued.take() {
            self.queue.remove(app, at);
        }
        let connections = self.carrier.sockets.count(app);
        let reachable = !is_socket(&post.app) || connections > 0;
        let room = !post.is_held() && post.busy.len() < post.most(connections);
        let Some((due, _)) = post.idle.first().filter(|_| room) else {
            return;
        };
        // Without a connection things wait, until they are stale.
        let due = if reachable {
            *due
        } else {
            Timestamp(due.0.saturating_add(STALE))
        };
        post.queued = Some(due);
        self.queue.put(app, due, post.proven);
    }

    /// Sends what is due.
    fn dispatch(&mut self) {
        let now = self.clock.now();
        while let Some((due, app)) = self.queue.first()
            && due <= now
        {
            if let Err(error) = self.send_first(app, now) {
                self.lament(&error, "a delivery cannot be read or recorded");
                // The app waits a little; nothing is lost.
                self.queue.remove(app, due);
                let soon = self.soon();
                if let Some(post) = self.posts.get_mut(&app) {
                    post.queued = Some(soon);
                    self.queue.put(app, soon, post.proven);
                }
            }
        }
    }

    /// Sends the first of the lane of an app that has waited longest.
    fn send_first(&mut self, id: AppId, now: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.posts.get_mut(&id) else {
            return Ok(());
        };
        let is_stale = |(due, _): &(Timestamp, About)| due.0.saturating_add(STALE) <= now.0;
        let is_gone = is_socket(&post.app) && !self.carrier.sockets.is_connected(id);
        if is_gone && !post.idle.first().is_some_and(is_stale) {
            // It was connected when this was queued: what waits is no attempt.
            self.requeue(id);
            return Ok(());
        }
        let Some((_, about)) = post.idle.first().copied() else {
            self.requeue(id);
            return Ok(());
        };
        let found = self.record.first((id, about))?;
        let mut delivery = match found {
            Some(delivery) => delivery,
            None => {
                self.take_out(id, about);
                self.requeue(id);
                return Ok(());
            }
        };
        let ended = if delivery.owed.until <= now {
            Some(State::Stale)
        } else if self.is_too_much(&delivery, now)? {
            Some(State::RateLimited)
        } else {
            None
        };
        if let Some(state) = ended {
            if state == State::Stale
                && let Some(post) = self.posts.get_mut(&id)
                && !std::mem::replace(&mut post.lapses, true)
            {
                tracing::warn!(app = %id, event = delivery.owed.event_id, "an app's events are given up: they could not be delivered in time");
            }
            delivery.state = state;
            self.record.conclude(&[delivery])?;
            self.changed.send_replace(());
            self.take_out(id, about);
            self.look_again(&[(id, about)]);
            return Ok(());
        }
        self.take_out(id, about);
        if let Some(post) = self.posts.get_mut(&id) {
            post.busy.insert(about);
            self.queue.begin(delivery.id, post.proven);
            self.carrier.begin(&post.app, delivery, self.to.clone());
        }
        self.requeue(id);
        Ok(())
    }

    fn take_out(&mut self, app: AppId, about: About) {
        if let Some(post) = self.posts.get_mut(&app)
            && let Some(due) = post.due.remove(&about)
        {
            post.idle.remove(&(due, about));
        }
    }

    /// Counts an attempt; whether it is the first, and the app has had as many as it may: then it is
    /// told so.
    fn is_too_much(&mut self, delivery: &Delivery, now: Timestamp) -> Result<bool, StoreError> {
        let owed = &delivery.owed;
        let quota = self.quota.filter(|_| owed.kind != "app_rate_limited");
        if self.record.attempt(delivery, quota, now)? {
            return Ok(false);
        }
        if let Some(post) = self.posts.get(&owed.app) {
            let told = envelope::rate_limited(&post.app, owed.team, now);
            self.record.add(&told)?;
            self.arrived((told.app, told.about), now)?;
        }
        Ok(true)
    }

    /// Whatever waits in these lanes now is their first.
    fn look_again(&mut self, lanes: &[Lane]) {
        let found = self.record.look(lanes, self.clock.now());
        let found = found.unwrap_or_else(|error| {
            self.lament(&error, "a delivery cannot be read");
            let soon = self.soon();
            lanes.iter().map(|lane| (*lane, soon)).collect()
        });
        for (lane, due) in found {
            if let Err(error) = self.wait_in(lane, due) {
                self.lament(&error, "a lane cannot be kept");
            }
        }
        lanes.iter().for_each(|(app, _)| self.requeue(*app));
    }

    /// When to try again what failed here.
    fn soon(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_add(1_000_000))
    }

    /// An attempt has ended, and those that have ended meanwhile.
    fn conclude(&mut self, outcome: Outcome) {
        let now = self.clock.now();
        let mut outcomes = vec![outcome];
        while let Ok(outcome) = self.outcomes.try_recv() {
            outcomes.push(outcome);
        }
        let mut hopeless = BTreeSet::new();
        let mut ended = Vec::with_capacity(outcomes.len());
        let mut lanes = Vec::with_capacity(outcomes.len());
        for Outcome { delivery, result } in outcomes {
            self.queue.end(delivery.id);
            lanes.push((delivery.owed.app, delivery.owed.about));
            let post = self.posts.get_mut(&delivery.owed.app);
            let failed = result.as_ref().map(Result::is_err);
            if let Some(post) = post {
                post.busy.remove(&delivery.owed.about);
                post.proven = failed.map_or(post.proven, |failed| !failed);
                post.lapses &= failed != Some(false);
            }
            // Without one it waits as before, for the app to connect.
            let (Some(result), Some(failed)) = (result, failed) else {
                continue;
            };
            let delivery = became(delivery, result, now);
            if failed {
                match self.record.failed(&delivery, now) {
                    Ok((tried, failed)) if is_hopeless(tried, failed) => {
                        hopeless.insert(delivery.owed.app);
                    }
                    Ok(_) => {}
                    Err(error) => self.lament(&error, "a failure cannot be counted"),
                }
            }
            ended.push(delivery);
        }
        let mut recorded = self.record.conclude(&ended).map(|_| ());
        for app in hopeless {
            recorded = recorded.and_then(|()| self.cut_off(app, now));
        }
        match recorded {
            Ok(()) => self.look_again(&lanes),
            Err(error) => {
                // They are delivered again.
                self.lament(&error, "the outcome of a delivery cannot be recorded");
                let soon = self.soon();
                for lane in lanes {
                    if let Err(error) = self.wait_in(lane, soon) {
                        self.lament(&error, "a lane cannot be kept");
                    }
                }
            }
        }
        self.changed.send_replace(());
    }
}

/// What an attempt makes of its delivery.
fn became(mut delivery: Delivery, result: Result<Option<u16>, Failed>, now: Timestamp) -> Delivery {
    delivery.attempts += 1;
    match result {
        Ok(status) => {
            delivery.state = State::Delivered;
            (delivery.status, delivery.reason) = (status, None);
        }
        Err(Failed {
            reason,
            status,
            for_good,
            why,
        }) => {
            if let Some(error) = &why {
                let (app, event) = (delivery.owed.app, &delivery.owed.event_id);
                tracing::debug!(%app, event, reason, error, "an attempt at an event failed");
            }
            (delivery.status, delivery.reason) = (status, Some(reason.to_owned()));
            match retry_after(delivery.attempts).filter(|_| !for_good) {
                Some(seconds) => {
                    delivery.due = Timestamp(now.0.saturating_add(seconds * 1_000_000));
                }
                None => delivery.state = State::Failed,
            }
            if delivery.state == State::Failed {
                let (app, event) = (delivery.owed.app, &delivery.owed.event_id);
                tracing::warn!(%app, event, reason, error = why, "an event was not delivered");
            }
        }
    }
    delivery
}

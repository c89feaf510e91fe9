//! Delivering: a lane per app and conversation, each in the order of the journal.
//!
//! One task owns the record and decides; attempts are tasks of their own that report back. Of each
//! lane only its first delivery is ever in memory.

use super::{
    Command,
    attempt::{self, Outcome, is_socket},
    envelope,
    follow::Follower,
    hour::{Hour, QUOTA, minute},
    post::{Failed, Poster},
    socket::Sockets,
};
use guestlist_domain::{App, AppId, ChannelId, TeamId, Timestamp, event::retry_after};
use guestlist_store::{
    Clock, Deliveries, Store, StoreError, chain,
    deliveries::{Delivery, Hold, Lane, Owed, State},
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// Attempts under way: each needs a connection.
const MOST_AT_ONCE: usize = 512;
/// Attempts under way for one app; one while it fails, so that it keeps nobody waiting.
const MOST_PER_APP: usize = 16;
/// How long attempts under way have to end when the server stops.
const FINISH: Duration = Duration::from_secs(2);
/// Deliveries between two trims of the record.
const TRIM_EVERY: usize = 1000;

/// An app's mail.
struct Post {
    app: Arc<App>,
    hold: Hold,
    /// Lanes in which something waits and nothing is under way, by when it is due.
    idle: BTreeSet<(Timestamp, Option<ChannelId>)>,
    /// The same lanes.
    due: HashMap<Option<ChannelId>, Timestamp>,
    /// Lanes with an attempt under way.
    busy: BTreeSet<Option<ChannelId>>,
    /// Its last attempt failed.
    shaky: bool,
    /// Where it stands in the courier's queue.
    queued: Option<Timestamp>,
    attempts: Hour,
    sent: HashMap<TeamId, Sent>,
}

/// What an app was sent in one workspace.
#[derive(Default)]
struct Sent {
    hour: Hour,
    /// The last minute of which it was told that it was too much.
    told: Option<i64>,
}

pub(super) struct Courier {
    store: Store,
    clock: Clock,
    record: Deliveries,
    follower: Follower,
    posts: HashMap<AppId, Post>,
    /// Apps to which something can be sent, by when.
    queue: BTreeSet<(Timestamp, AppId)>,
    under_way: usize,
    to: mpsc::UnboundedSender<Outcome>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    poster: Poster,
    sockets: Sockets,
    /// Deliveries per app, workspace and hour.
    quota: Option<u64>,
    changed: watch::Sender<()>,
    since_trim: usize,
}

/// Opens the record. In a new one nobody is owed what was done before.
pub(super) fn open(store: &Store) -> Result<Deliveries, StoreError> {
    let mut record = store.deliveries()?;
    if record.followed()?.is_none() {
        record.record(store.logged(), &[])?;
    }
    Ok(record)
}

impl Courier {
    pub(super) async fn start(
        store: Store,
        record: Deliveries,
        sockets: Sockets,
        poster: Poster,
        factor: Option<f64>,
        changed: watch::Sender<()>,
    ) -> Result<Self, StoreError> {
        let from = record.followed()?.unwrap_or_default();
        let follower = Follower::at(store.clone(), from).await?;
        let clock = store.clock().clone();
        let (to, outcomes) = mpsc::unbounded_channel();
        let mut this = Self {
            poster,
            store,
            clock,
            record,
            follower,
            posts: HashMap::new(),
            queue: BTreeSet::new(),
            under_way: 0,
            to,
            outcomes,
            sockets,
            quota: factor.map(|factor| (QUOTA * factor) as u64),
            changed,
            since_trim: 0,
        };
        for ((app, channel), due) in this.record.lanes()? {
            this.wait_in((app, channel), due)?;
        }
        Ok(this)
    }

    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut connected: mpsc::UnboundedReceiver<AppId>,
    ) {
        // What was left to read when the server ended last.
        self.follow().await;
        loop {
            self.dispatch();
            let next = self.queue.first().map(|(due, _)| *due);
            let next = next.filter(|_| self.under_way < MOST_AT_ONCE);
            let due = async {
                match next {
                    Some(due) => self.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Stop(done)) => {
                        self.finish().await;
                        drop(self);
                        let _ = done.send(());
                        return;
                    }
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some(outcome) = self.outcomes.recv() => self.conclude(outcome),
                Some(app) = connected.recv() => self.requeue(app),
                () = self.store.follow(self.follower.seq(), self.follower.has_audience()) => {
                    self.follow().await;
                }
                () = due => {}
            }
            while let Ok(outcome) = self.outcomes.try_recv() {
                self.conclude(outcome);
            }
        }
    }

    /// Lets attempts under way end, so that nothing is delivered twice without need.
    async fn finish(&mut self) {
        let end = tokio::time::Instant::now() + FINISH;
        while self.under_way > 0
            && let Ok(Some(outcome)) = tokio::time::timeout_at(end, self.outcomes.recv()).await
        {
            self.conclude(outcome);
        }
    }

    /// Reads on in the journal and records what is owed.
    async fn follow(&mut self) {
        while let Err(error) = self.read_on().await {
            self.lament(
                &error,
                "the journal cannot be followed for events; trying again",
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
            // From the record's own state, as after a start.
            let anew = match self.record.followed() {
                Ok(seq) => Follower::at(self.store.clone(), seq.unwrap_or_default()).await,
                Err(error) => Err(error),
            };
            match anew {
                Ok(follower) => self.follower = follower,
                Err(error) => self.lament(&error, "the state of events cannot be read"),
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), StoreError> {
        loop {
            let before = self.follower.seq();
            let had_audience = self.follower.has_audience();
            let step = self.follower.step().await?;
            let seq = self.follower.seq();
            if seq == before {
                return Ok(());
            }
            for app in step.subscribed {
                self.subscribed(app);
            }
            if had_audience || self.follower.has_audience() {
                self.keep(seq, step.owed)?;
            }
        }
    }

    fn keep(&mut self, seq: i64, mut owed: Vec<Owed>) -> Result<(), StoreError> {
        for one in &owed {
            self.post(one.app)?;
        }
        owed.retain(|one| {
            let post = self.posts.get(&one.app);
            post.is_some_and(|post| post.hold.disabled.is_none())
        });
        self.record.record(seq, &owed)?;
        for one in &owed {
            self.wait_in((one.app, one.channel), one.at)?;
        }
        self.since_trim += owed.len();
        if self.since_trim >= TRIM_EVERY {
            self.since_trim = 0;
            self.record.trim()?;
        }
        if !owed.is_empty() {
            self.changed.send_replace(());
        }
        Ok(())
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
                shaky: false,
                queued: None,
                attempts: Hour::default(),
                sent: HashMap::new(),
            };
            self.posts.insert(id, post);
        }
        Ok(self.posts.get_mut(&id))
    }

    /// Something waits in a lane. If something waited there before, that stays its first.
    fn wait_in(&mut self, (app, channel): Lane, due: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.post(app)? else {
            return Ok(());
        };
        if !post.busy.contains(&channel) && !post.due.contains_key(&channel) {
            post.due.insert(channel, due);
            post.idle.insert((due, channel));
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
            self.queue.remove(&(at, app));
        }
        let over_socket = is_socket(&post.app);
        let most = match (post.shaky, over_socket) {
            (true, _) => 1,
            (false, true) => MOST_PER_APP * self.sockets.count(app).max(1),
            (false, false) => MOST_PER_APP,
        };
        let held = post.hold.paused || post.hold.disabled.is_some();
        let reachable = !over_socket || self.sockets.is_connected(app);
        let Some((due, _)) = post
            .idle
            .first()
            .filter(|_| !held && post.busy.len() < most)
        else {
            return;
        };
        // Without a connection things wait, until they are stale.
        let due = if reachable {
            *due
        } else {
            Timestamp(
                due.0
                    .saturating_add(guestlist_domain::event::STALE_SECONDS * 1_000_000),
            )
        };
        post.queued = Some(due);
        self.queue.insert((due, app));
    }

    /// Sends what is due.
    fn dispatch(&mut self) {
        let now = self.clock.now();
        while self.under_way < MOST_AT_ONCE
            && let Some((due, app)) = self.queue.first().copied()
            && due <= now
        {
            if let Err(error) = self.send_first(app, now) {
                self.lament(&error, "a delivery cannot be read or recorded");
                // The app waits a little; nothing is lost.
                self.queue.remove(&(due, app));
                let soon = self.soon();
                self.queue.insert((soon, app));
                if let Some(post) = self.posts.get_mut(&app) {
                    post.queued = Some(soon);
                }
            }
        }
    }

    /// Sends the first of the lane of an app that has waited longest.
    fn send_first(&mut self, id: AppId, now: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.posts.get_mut(&id) else {
            return Ok(());
        };
        let Some((_, channel)) = post.idle.first().copied() else {
            self.requeue(id);
            return Ok(());
        };
        let found = self.record.first((id, channel))?;
        let mut delivery = match found {
            Some(delivery) => delivery,
            None => {
                self.take_out(id, channel);
                self.requeue(id);
                return Ok(());
            }
        };
        let ended = if delivery.owed.until <= now {
            Some(State::Stale)
        } else if delivery.attempts == 0 && self.is_too_much(&delivery, now)? {
            Some(State::RateLimited)
        } else {
            None
        };
        if let Some(state) = ended {
            delivery.state = state;
            self.record.update(&delivery)?;
            self.changed.send_replace(());
            self.take_out(id, channel);
            self.look_again((id, channel));
            return Ok(());
        }
        self.take_out(id, channel);
        if let Some(post) = self.posts.get_mut(&id) {
            post.busy.insert(channel);
            self.under_way += 1;
            attempt::begin(
                &post.app,
                delivery,
                &self.poster,
                &self.sockets,
                &self.clock,
                self.to.clone(),
            );
        }
        self.requeue(id);
        Ok(())
    }

    fn take_out(&mut self, app: AppId, channel: Option<ChannelId>) {
        if let Some(post) = self.posts.get_mut(&app)
            && let Some(due) = post.due.remove(&channel)
        {
            post.idle.remove(&(due, channel));
        }
    }

    /// Counts a delivery; whether the app has had as many as it may, and is to be told so.
    fn is_too_much(&mut self, delivery: &Delivery, now: Timestamp) -> Result<bool, StoreError> {
        let owed = &delivery.owed;
        let (Some(quota), Some(post)) = (self.quota, self.posts.get_mut(&owed.app)) else {
            return Ok(false);
        };
        if owed.kind == "app_rate_limited" {
            return Ok(false);
        }
        let sent = post.sent.entry(owed.team).or_default();
        if sent.hour.total(now) < quota {
            sent.hour.count(now, false);
            return Ok(false);
        }
        if sent.told != Some(minute(now)) {
            sent.told = Some(minute(now));
            let told = envelope::rate_limited(&post.app, owed.team, now);
            self.record.add(&told)?;
            self.wait_in((told.app, told.channel), now)?;
        }
        Ok(true)
    }

    /// Whatever waits in a lane now is its first.
    fn look_again(&mut self, lane: Lane) {
        let due = match self.record.first(lane) {
            Ok(Some(next)) => next.due,
            Ok(None) => return self.requeue(lane.0),
            Err(error) => {
                self.lament(&error, "a delivery cannot be read");
                self.soon()
            }
        };
        if let Err(error) = self.wait_in(lane, due) {
            self.lament(&error, "a lane cannot be kept");
        }
    }

    /// When to try again what failed here.
    fn soon(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_add(1_000_000))
    }

    /// An attempt has ended.
    fn conclude(&mut self, outcome: Outcome) {
        let Outcome {
            mut delivery,
            result,
        } = outcome;
        let lane = (delivery.owed.app, delivery.owed.channel);
        let now = self.clock.now();
        self.under_way -= 1;
        let failed = result.is_err();
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
            }) => {
                (delivery.status, delivery.reason) = (status, Some(reason.to_owned()));
                match retry_after(delivery.attempts).filter(|_| !for_good) {
                    Some(seconds) => {
                        delivery.due = Timestamp(now.0.saturating_add(seconds * 1_000_000));
                    }
                    None => delivery.state = State::Failed,
                }
                if delivery.state == State::Failed {
                    let (app, event) = (lane.0, &delivery.owed.event_id);
                    tracing::warn!(%app, event, reason, "an event was not delivered");
                }
            }
        }
        let mut hopeless = false;
        if let Some(post) = self.posts.get_mut(&lane.0) {
            post.busy.remove(&lane.1);
            post.shaky = failed;
            post.attempts.count(now, failed);
            hopeless = failed && post.attempts.is_hopeless(now);
        }
        let mut recorded = self.record.update(&delivery);
        if hopeless {
            recorded = recorded.and_then(|()| self.cut_off(lane.0, now));
        }
        match recorded {
            Ok(()) => self.look_again(lane),
            Err(error) => {
                // It is delivered again.
                self.lament(&error, "the outcome of a delivery cannot be recorded");
                let soon = self.soon();
                if let Err(error) = self.wait_in(lane, soon) {
                    self.lament(&error, "a lane cannot be kept");
                }
            }
        }
        self.changed.send_replace(());
    }

    /// An app that fails nearly always gets nothing more until somebody says otherwise.
    fn cut_off(&mut self, app: AppId, now: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.posts.get_mut(&app) else {
            return Ok(());
        };
        post.hold.disabled = Some(now);
        post.idle.clear();
        post.due.clear();
        let hold = post.hold;
        self.record.set_hold(app, hold)?;
        self.record.end_all(app, State::Disabled)?;
        self.requeue(app);
        tracing::warn!(%app, "events are off: more than 95 % of the last hour's attempts failed");
        Ok(())
    }

    /// An app's subscription is another one now.
    fn subscribed(&mut self, app: Arc<App>) {
        let id = app.id;
        if !is_socket(&app) {
            self.sockets.disconnect(id, "link_disabled");
        }
        if let Some(post) = self.posts.get_mut(&id) {
            post.app = app;
            self.requeue(id);
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Find { filter, limit, to } => {
                let _ = to.send(self.record.find(&filter, limit));
            }
            Command::Again { filter, to } => {
                let _ = to.send(self.again(&filter));
            }
            Command::Pause { app, pause, to } => {
                let _ = to.send(self.pause(app, pause));
            }
            Command::Holds { apps, to } => {
                let holds = apps.into_iter().map(|app| self.record.hold(app)).collect();
                let _ = to.send(holds);
            }
            Command::Stop(_) => {}
        }
    }

    /// Delivers what was found once more, as if never tried; what waits for its next attempt is
    /// tried at once.
    fn again(&mut self, filter: &guestlist_store::deliveries::Filter) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let mut count = 0;
        for mut delivery in self.record.find(filter, usize::MAX)? {
            let lane = (delivery.owed.app, delivery.owed.channel);
            if delivery.state == State::Waiting {
                let post = self.posts.get(&lane.0);
                if post.is_some_and(|post| post.busy.contains(&lane.1)) {
                    // It is under way, or its turn comes.
                    continue;
                }
            } else {
                let life = delivery.owed.until.0 - delivery.owed.at.0;
                delivery.owed.until = Timestamp(now.0.saturating_add(life));
                delivery.state = State::Waiting;
                delivery.attempts = 0;
                (delivery.reason, delivery.status) = (None, None);
            }
            delivery.due = now;
            self.record.update(&delivery)?;
            self.take_out(lane.0, lane.1);
            self.look_again(lane);
            count += 1;
        }
        self.changed.send_replace(());
        Ok(count)
    }

    /// Holds deliveries back, or lets them go on, also those of an app that was cut off.
    fn pause(&mut self, app: AppId, pause: bool) -> Result<(), StoreError> {
        let mut hold = self.record.hold(app)?;
        hold.paused = pause;
        if !pause {
            hold.disabled = None;
        }
        self.record.set_hold(app, hold)?;
        if let Some(post) = self.post(app)? {
            if post.hold.disabled.is_some() && hold.disabled.is_none() {
                post.attempts = Hour::default();
            }
            post.hold = hold;
        }
        self.requeue(app);
        self.changed.send_replace(());
        Ok(())
    }
}

//! What operators say, and what follows from how an app does.

use super::{super::Command, Courier, is_socket};
use guestlist_domain::{App, AppId, Timestamp};
use guestlist_store::{
    StoreError,
    deliveries::{Filter, Hold, Lane, State},
};
use std::sync::Arc;

impl Courier {
    /// An app that fails nearly always gets nothing more until somebody says otherwise. Where that cannot be
    /// recorded its lanes stay as they are, and the next failure cuts it off.
    pub(super) fn cut_off(&mut self, app: AppId, now: Timestamp) -> Result<(), StoreError> {
        let Some(post) = self.posts.get(&app) else {
            return Ok(());
        };
        let mut hold = post.hold;
        hold.disabled = Some(now);
        self.record.set_hold(app, hold)?;
        self.record.end_all(app, State::Disabled)?;
        let Some(post) = self.posts.get_mut(&app) else {
            return Ok(());
        };
        post.hold = hold;
        post.idle.clear();
        let lanes: Vec<Lane> = post
            .due
            .drain()
            .map(|(channel, _)| (app, channel))
            .collect();
        self.look_again(&lanes);
        self.requeue(app);
        tracing::warn!(%app, "events are off: more than 95 % of the last hour's attempts failed");
        Ok(())
    }

    /// An app's subscription is another one now.
    pub(super) fn subscribed(&mut self, app: Arc<App>) {
        let id = app.id;
        if !is_socket(&app) {
            self.carrier.sockets.disconnect(id, "link_disabled");
        }
        if let Some(post) = self.posts.get_mut(&id) {
            post.app = app;
            self.requeue(id);
        }
    }

    /// An app is gone with its workspace. What is under way to it ends by itself.
    pub(super) fn gone(&mut self, app: AppId) {
        self.carrier.sockets.disconnect(app, "link_disabled");
        if let Some(post) = self.posts.remove(&app)
            && let Some(at) = post.queued
        {
            self.queue.remove(app, at);
        }
    }

    /// Gives the record another connection if it has lost its own.
    pub(super) fn mend(&mut self) -> Result<(), StoreError> {
        self.store.mend(&mut self.record)
    }

    pub(super) fn obey(&mut self, command: Command) {
        if let Err(error) = self.mend() {
            self.lament(&error, "the record of deliveries cannot be reached");
        }
        match command {
            Command::Find { filter, limit, to } => {
                let mut found = self.record.page(&filter, limit);
                if found.is_err() && self.record.is_lost() {
                    // Its connection was cut; there may be another.
                    found = self.mend().and_then(|()| self.record.page(&filter, limit));
                }
                let _ = to.send(found);
            }
            Command::Again { filter, limit, to } => {
                let _ = to.send(self.again(&filter, limit));
            }
            Command::Pause { app, pause, to } => {
                let paused = |hold: &mut Hold| {
                    hold.paused = pause;
                    if !pause {
                        hold.disabled = None;
                    }
                };
                let _ = to.send(self.change_hold(app, paused));
            }
            Command::Restart { app, to } => {
                let _ = to.send(self.change_hold(app, |hold| hold.disabled = None));
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
    fn again(&mut self, filter: &Filter, limit: usize) -> Result<(usize, usize), StoreError> {
        let now = self.clock.now();
        let mut count = 0;
        let found = self.record.find(filter, limit)?;
        let number = found.len();
        for mut delivery in found {
            let lane = (delivery.owed.app, delivery.owed.about);
            let post = self.posts.get(&lane.0);
            let is_busy = post.is_some_and(|post| post.busy.contains(&lane.1));
            if delivery.state == State::Waiting {
                if is_busy || self.record.is_claimed(lane)? {
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
            self.record.set_waiting(&delivery)?;
            if !is_busy && self.record.is_mine(lane) {
                self.take_out(lane.0, lane.1);
                self.look_again(&[lane]);
            }
            count += 1;
        }
        self.claim();
        self.changed.send_replace(());
        Ok((count, number))
    }

    /// Changes what holds an app's deliveries back; those that nothing holds go on.
    fn change_hold(
        &mut self,
        app: AppId,
        change: impl FnOnce(&mut Hold),
    ) -> Result<(), StoreError> {
        let mut hold = self.record.hold(app)?;
        change(&mut hold);
        self.record.set_hold(app, hold)?;
        if let Some(post) = self.post(app)? {
            post.hold = hold;
        }
        self.requeue(app);
        self.claim();
        self.changed.send_replace(());
        Ok(())
    }
}

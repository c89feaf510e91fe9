//! From the journal to the record.

use super::{
    super::follow::{Follower, News, Step},
    Courier, TRIM_EVERY,
};
use guestlist_store::{Bookmark, StoreError, deliveries::Owed};
use std::time::Duration;
use tokio::time::Instant;

/// After a failure.
const PAUSE: Duration = Duration::from_secs(1);

impl Courier {
    /// Reads on in the journal and records what is owed. Where that fails it is tried again, and what else there
    /// is to do goes on meanwhile.
    pub(super) async fn follow(&mut self) {
        if let Err(error) = self.read_on().await {
            let what = "the journal cannot be followed for events; trying again";
            self.following.met(&error, what);
            // It may have read what was not recorded.
            self.is_astray = true;
            self.follow_from = Instant::now() + PAUSE;
            if self.record.is_shared() {
                // Rounds come more often.
                tokio::time::sleep(PAUSE).await;
            }
            return;
        }
        self.following
            .is_over("the journal can be followed for events again");
        self.claim();
    }

    /// From the record's own state, as after a start.
    async fn follow_anew(&mut self) -> Result<(), StoreError> {
        self.mend()?;
        self.record.leave()?;
        let from = self.record.followed()?.unwrap_or(Bookmark::Row(0));
        self.follower = Follower::at(self.store.clone(), from).await?;
        let apps: Vec<_> = self.posts.keys().copied().collect();
        for app in apps {
            if let Some(app) = self.store.glance(|reader| reader.app(app))? {
                self.subscribed(app);
            }
        }
        Ok(())
    }

    async fn read_on(&mut self) -> Result<(), StoreError> {
        if self.is_astray {
            self.follow_anew().await?;
            self.is_astray = false;
        }
        loop {
            let shared = self.record.is_shared();
            let idle = shared && self.follower.has_audience() && !self.rounds.tidies();
            if idle && !self.follower.is_behind()? {
                return Ok(());
            }
            let recorded = self.record.enter()?;
            if shared
                && let Some(recorded) = recorded
                && recorded != *self.follower.mark()
            {
                // Another node has been here.
                self.record.leave()?;
                let news = self.follower.go_to(recorded).await?;
                self.heed_news(news);
                continue;
            }
            let before = self.follower.mark().clone();
            let had_audience = self.follower.has_audience();
            let step = self.follower.step().await?;
            let mut mark = self.follower.mark().clone();
            if mark == before {
                if self.record.trim_lanes(&mut mark) {
                    self.record.record(&mark, &[])?;
                    self.follower.rename(mark);
                }
                return self.record.leave();
            }
            let Step { owed, news } = step;
            self.record.forget(&news.removed, &news.gone)?;
            if shared && !had_audience {
                self.forget_strangers()?;
            }
            self.heed_news(news);
            if shared || had_audience || self.follower.has_audience() {
                self.keep(&mark, owed)?;
            }
        }
    }

    /// Forgets what is known of apps that were taken out with their workspaces where nobody read that: while
    /// no server ran, or where no app subscribed. Who comes under their ids later starts anew.
    pub(super) fn forget_strangers(&mut self) -> Result<(), StoreError> {
        let mut gone = Vec::new();
        for app in self.record.apps()? {
            if self.store.glance(|reader| reader.app(app))?.is_none() {
                gone.push(app);
            }
        }
        self.record.forget(&[], &gone)?;
        gone.into_iter().for_each(|app| self.gone(app));
        Ok(())
    }

    fn heed_news(&mut self, news: News) {
        for app in news.gone {
            self.gone(app);
        }
        for app in news.subscribed {
            self.subscribed(app);
        }
    }

    fn keep(&mut self, mark: &Bookmark, mut owed: Vec<Owed>) -> Result<(), StoreError> {
        for one in &owed {
            self.post(one.app)?;
        }
        owed.retain(|one| {
            let post = self.posts.get(&one.app);
            post.is_some_and(|post| post.hold.disabled.is_none())
        });
        self.record.record(mark, &owed)?;
        for one in &owed {
            self.arrived((one.app, one.about), one.at)?;
        }
        self.since_trim += owed.len();
        if self.since_trim >= TRIM_EVERY {
            self.since_trim = 0;
            self.record.trim(self.clock.now())?;
        }
        if !owed.is_empty() {
            self.changed.send_replace(());
        }
        Ok(())
    }
}

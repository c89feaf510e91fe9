//! What a node does several times a second where it shares the record with others: it looks what they
//! have done, keeps what it has claimed, and claims what is due.

use super::{Courier, STALE, is_socket};
use crate::trouble::Trouble;
use guestlist_domain::Timestamp;
use guestlist_store::{
    StoreError,
    deliveries::{Lane, Room},
};
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};

/// How often.
const ROUND: Duration = Duration::from_millis(200);
/// How long a database is left alone that cannot be reached.
const AWAY: Duration = Duration::from_secs(1);
/// Rounds after which claims are made good for longer: well before they lapse.
const RENEW: u32 = 8;
/// Rounds after which a node to which nobody subscribes goes to the end of the journal, and one to
/// which somebody does looks which connections are gone.
const SKIP: u32 = 150;
/// Rounds after which counts of hours that are over are forgotten.
const FORGET: u32 = 3000;

/// What the last round saw.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    number: u32,
    /// The newest change of any delivery.
    change: i64,
    /// The record cannot be reached.
    trouble: Trouble,
    /// No lanes can be claimed.
    claiming: Trouble,
}

impl Rounds {
    /// Whether it is time to forget connections that are gone.
    pub(super) fn tidies(&self) -> bool {
        self.number.is_multiple_of(SKIP)
    }
}

/// A tick for each round.
pub(super) fn every() -> Interval {
    let mut every = tokio::time::interval(ROUND);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}

impl Courier {
    /// Looks what other nodes have done, and does what is to be done by now.
    pub(super) async fn round(&mut self) {
        self.rounds.number = self.rounds.number.wrapping_add(1);
        let number = self.rounds.number;
        if let Err(error) = self.mend() {
            let trouble = &mut self.rounds.trouble;
            trouble.met(&error, "the record of deliveries cannot be reached");
            tokio::time::sleep(AWAY).await;
            return;
        }
        let trouble = &mut self.rounds.trouble;
        trouble.is_over("the record of deliveries can be reached again");
        if number.is_multiple_of(RENEW) {
            let mine = self.posts.iter().flat_map(|(app, post)| {
                let channels = post.due.keys().chain(&post.busy);
                channels.map(|channel| (*app, *channel))
            });
            if let Err(error) = self.record.renew(&mine.collect()) {
                self.lament(&error, "lanes cannot be kept");
            }
        }
        if number.is_multiple_of(FORGET)
            && let Err(error) = self.record.trim(self.clock.now())
        {
            self.lament(&error, "old deliveries cannot be forgotten");
        }
        if self.follower.has_audience() || self.is_astray || self.rounds.tidies() {
            self.follow().await;
        } else {
            self.claim();
        }
        if let Err(error) = self.heed() {
            self.lament(&error, "what other nodes did cannot be read");
        }
    }

    /// Heeds what operators said to other nodes, and lets lanes go that cannot be served here.
    fn heed(&mut self) -> Result<(), StoreError> {
        for (app, hold) in self.record.holds()? {
            if let Some(post) = self.posts.get_mut(&app)
                && post.hold != hold
            {
                post.hold = hold;
                self.requeue(app);
            }
        }
        let now = self.clock.now();
        let mut left: Vec<Lane> = Vec::new();
        for (app, post) in &self.posts {
            let unreachable = is_socket(&post.app) && !self.carrier.sockets.is_connected(*app);
            let idle = post.idle.iter();
            let left_in = idle.filter(|(due, _)| {
                post.is_held() || (unreachable && due.0.saturating_add(STALE) > now.0)
            });
            left.extend(left_in.map(|(_, channel)| (*app, *channel)));
        }
        self.record.release(Some(&left))?;
        for (app, channel) in left {
            self.take_out(app, channel);
            self.requeue(app);
        }
        Ok(())
    }

    /// Claims lanes in which something is due, as many as there is room for; tells who waits for news
    /// of deliveries that there are some.
    pub(super) fn claim(&mut self) {
        let tried = self.try_to_claim();
        let trouble = &mut self.rounds.claiming;
        match tried {
            Ok(()) => trouble.is_over("lanes can be claimed again"),
            Err(error) => trouble.met(&error, "lanes cannot be claimed"),
        }
    }

    fn try_to_claim(&mut self) -> Result<(), StoreError> {
        let Some(standing) = self.record.standing()? else {
            return Ok(());
        };
        if standing.change != self.rounds.change {
            self.rounds.change = standing.change;
            self.changed.send_replace(());
        }
        let now = self.clock.now();
        let (mut waiting, mut doubtful) = (0, 0);
        for post in self.posts.values() {
            waiting += post.idle.len();
            doubtful += if post.proven { 0 } else { post.idle.len() };
        }
        // Of these, for apps that may not answer.
        let mut probes = self.queue.places(false).saturating_sub(doubtful);
        let mut places = self.queue.places(true).saturating_sub(waiting);
        let mut room = Vec::new();
        for app in standing.owed {
            let connections = self.carrier.sockets.count(app);
            let Some(post) = self.post(app)? else {
                // It was taken out with its workspace, and nobody read so in the journal.
                self.record.forget(&[], &[app])?;
                continue;
            };
            // Without a connection here it is another node's, until it is stale.
            let unreachable = is_socket(&post.app) && connections == 0;
            let due = Timestamp(now.0.saturating_sub(if unreachable { STALE } else { 0 }));
            let most = post.most(connections);
            let lanes = most.saturating_sub(post.busy.len() + post.idle.len());
            let lanes = match post.proven {
                true => lanes.min(places),
                false => lanes.min(places).min(probes),
            };
            if lanes > 0 && !post.is_held() {
                places -= lanes;
                probes -= if post.proven { 0 } else { lanes };
                room.push(Room { app, lanes, due });
            }
        }
        for (lane, due) in self.record.claim(&room, now)? {
            self.wait_in(lane, due)?;
        }
        Ok(())
    }
}

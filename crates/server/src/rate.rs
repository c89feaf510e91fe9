//! Step 11 of the checks: how often a method may be called, per workspace and app.
//!
//! Each method, workspace and app has a bucket that holds one and a half minutes' worth of calls.
//! It is full at first and is refilled at the method's figure per minute. Of a bucket one number
//! is kept: when it will be full again. A call puts that off by the time one call takes to be
//! refilled; it is refused when the bucket would then take longer to fill than an empty one does.
//!
//! Where servers count together it is the same in a Redis ([`shared`]), or else in the database
//! that they share.
//!
//! What is no method has a [`Pace`]: so many at once, so many a minute, for everybody of a workspace together.
//!
//! Memory is bounded. Buckets lie in [`SETS`] sets of up to [`WAYS`], found by hash. When a set
//! has no room, the bucket that is nearest to full is forgotten, and so counts as full: with more
//! than some 60,000 buckets in use an app may call more often than documented, never less.

mod address;
mod shared;

pub use address::Redis;
pub use shared::{Away, Limiter};

use crate::settings::RateLimits;
use foldhash::fast::RandomState;
use guestlist_domain::{AppId, Caller, TeamId, Timestamp, UserId};
use guestlist_methods::{Arguments, Spec, Tier};
use guestlist_store::{Store, StoreError, Take};
use std::{
    fmt,
    hash::BuildHasher,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

const SETS: usize = 2048;
const WAYS: usize = 32;
const SECOND: i64 = 1_000_000_000;
/// How long an empty bucket takes to fill, in nanoseconds.
const DEPTH: i64 = 90 * SECOND;

/// Every bucket of a server.
pub(crate) struct Buckets {
    /// By how much the documented figures are multiplied.
    factor: f64,
    /// Time counts from here.
    epoch: Timestamp,
    hasher: RandomState,
    sets: Box<[Mutex<Vec<Bucket>>]>,
    /// How many buckets gave way to others.
    forgotten: AtomicU64,
    /// Where calls are counted instead of here.
    shared: Option<Limiter>,
}

/// How often something may be done that is no method, by everybody of a workspace or an organisation together.
#[derive(Debug)]
pub(crate) struct Pace {
    name: &'static str,
    per_minute: u32,
    at_once: u32,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} calls a minute, {} at once",
            self.per_minute, self.at_once
        )
    }
}

impl Pace {
    /// So many are refilled per minute, and there is room for so many.
    pub(crate) const fn new(name: &'static str, per_minute: u32, at_once: u32) -> Self {
        Self {
            name,
            per_minute,
            at_once,
        }
    }
}

/// Which bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// The address of what the method's page states, or of a [`Pace`].
    method: usize,
    team: TeamId,
    who: Who,
    /// Of methods that count by channel, the channel as the call names it, hashed; else 0.
    channel: u64,
}

/// A token of no app counts for its person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    App(AppId),
    User(UserId),
    Everybody,
}

/// Whose calls of any method are counted together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    team: TeamId,
    who: Who,
}

impl Payer {
    /// An app, in a workspace.
    pub(crate) fn app(team: TeamId, app: AppId) -> Self {
        let who = Who::App(app);
        Self { team, who }
    }
}

impl From<&Caller> for Payer {
    fn from(caller: &Caller) -> Self {
        Self {
            team: caller.team(),
            who: caller.token.app.map_or(Who::User(caller.id()), Who::App),
        }
    }
}

struct Bucket {
    key: Key,
    /// When it will be full again, in nanoseconds since the epoch.
    full_at: i64,
}

/// Why a call does not pass.
#[derive(Debug)]
pub(crate) enum Held {
    /// It is one too many.
    Back(Wait),
    /// It could not be counted, and is to be refused then.
    Uncounted,
    /// The same, by the store that counts.
    Failed(StoreError),
}

/// Too many calls; waiting this many seconds, and no fewer, is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) u64);

impl Buckets {
    /// All full; `None` when calls are not limited. `epoch` is a time near those that follow.
    pub(crate) fn new(
        limits: RateLimits,
        shared: Option<Limiter>,
        epoch: Timestamp,
    ) -> Option<Self> {
        Some(Self {
            factor: limits.factor()?,
            epoch,
            hasher: RandomState::default(),
            sets: (0..SETS).map(|_| Mutex::default()).collect(),
            forgotten: AtomicU64::default(),
            shared,
        })
    }

    /// The bucket that a call takes from.
    fn key(&self, spec: &'static Spec, payer: Payer, given: &Arguments) -> Key {
        let channel = match spec.tier {
            Tier::PerChannel(_) => given.text("channel").map_or(0, |text| {
                let text: &str = &text;
                self.hasher.hash_one(text.trim().trim_start_matches('#'))
            }),
            _ => 0,
        };
        Key {
            method: std::ptr::from_ref(spec).addr(),
            team: payer.team,
            who: payer.who,
            channel,
        }
    }

    /// Takes one call out of the payer's bucket: of the one that all nodes share, where there is
    /// one.
    pub(crate) async fn pass(
        &self,
        store: &Store,
        spec: &'static Spec,
        payer: Payer,
        given: &Arguments,
        now: Timestamp,
    ) -> Result<(), Held> {
        let per_minute = spec.tier.per_minute();
        if self.shared.is_none() && !store.is_shared() {
            let key = self.key(spec, payer, given);
            return self.take(key, per_minute, now).map_err(Held::Back);
        }
        self.take_shared(store, &self.shared_take(spec, payer, given, now))
            .await
    }

    /// Takes one out of what everybody of a workspace has together, or of its organisation, for which one of its
    /// workspaces stands.
    pub(crate) async fn keep_pace(
        &self,
        store: &Store,
        pace: &'static Pace,
        team: TeamId,
    ) -> Result<(), Held> {
        let now = store.clock().now();
        let interval = self.interval(pace.per_minute);
        // In the same time more are refilled where the figures are multiplied, and so more fit in.
        let depth = (60 * SECOND)
            .saturating_mul(i64::from(pace.at_once))
            .div_euclid(i64::from(pace.per_minute));
        let depth = depth.max(interval);
        if self.shared.is_none() && !store.is_shared() {
            let key = Key {
                method: std::ptr::from_ref(pace).addr(),
                team,
                who: Who::Everybody,
                channel: 0,
            };
            return self.take_of(key, interval, depth, now).map_err(Held::Back);
        }
        let now = now.0.saturating_mul(1000);
        let take = Take {
            team,
            name: pace.name.to_owned(),
            now,
            interval,
            empty: now.saturating_add(depth),
        };
        self.take_shared(store, &take).await
    }

    /// Takes from a bucket that others take from, too.
    async fn take_shared(&self, store: &Store, take: &Take) -> Result<(), Held> {
        let taken = match &self.shared {
            None => store.take(take).await.map_err(Held::Failed)?,
            Some(limiter) => match (limiter.take(take).await, limiter.away()) {
                (Some(taken), _) => taken,
                (None, Away::Open) => Ok(()),
                (None, Away::Closed) => return Err(Held::Uncounted),
            },
        };
        taken.map_err(|wait| Held::Back(Wait((wait as u64).div_ceil(SECOND as u64))))
    }

    /// What a call takes, told to others.
    fn shared_take(
        &self,
        spec: &'static Spec,
        payer: Payer,
        given: &Arguments,
        now: Timestamp,
    ) -> Take {
        let who = match payer.who {
            Who::App(app) => app.to_string(),
            Who::User(user) => user.to_string(),
            Who::Everybody => String::new(),
        };
        let mut name = format!("{} {who}", spec.name);
        if let (Tier::PerChannel(_), Some(text)) = (&spec.tier, given.text("channel")) {
            let text: &str = &text;
            name.push(' ');
            name.extend(text.trim().trim_start_matches('#').chars().take(100));
        }
        let interval = self.interval(spec.tier.per_minute());
        let now = now.0.saturating_mul(1000);
        Take {
            team: payer.team,
            name,
            now,
            interval,
            empty: now.saturating_add(DEPTH.max(interval)),
        }
    }

    /// How long one call takes to be refilled.
    fn interval(&self, per_minute: u32) -> i64 {
        let interval = (60.0 * SECOND as f64) / (f64::from(per_minute) * self.factor);
        // As a cast saturates, what never refills is refilled in 292 years.
        (interval as i64).max(1)
    }

    /// Takes one call out of a bucket that gets `per_minute` of them, unless it is empty.
    fn take(&self, key: Key, per_minute: u32, now: Timestamp) -> Result<(), Wait> {
        let interval = self.interval(per_minute);
        self.take_of(key, interval, DEPTH.max(interval), now)
    }

    /// The same of one that gets a call each interval, and takes so long to fill.
    fn take_of(&self, key: Key, interval: i64, depth: i64, now: Timestamp) -> Result<(), Wait> {
        let now = now.0.saturating_sub(self.epoch.0).saturating_mul(1000);
        let empty = now.saturating_add(depth);

        let at = self.hasher.hash_one(key) as usize % SETS;
        let mut set = self.sets[at].lock().unwrap_or_else(PoisonError::into_inner);
        let before = set.len();
        let found = set.iter().position(|bucket| bucket.key == key);
        // The world's clock can be set back: then a bucket is empty, not in debt.
        let full_at = found.map_or(now, |at| set[at].full_at.clamp(now, empty));
        let after = full_at.saturating_add(interval);
        let taken = after <= empty;
        let bucket = Bucket {
            key,
            full_at: if taken { after } else { full_at },
        };
        match found.or_else(|| room(&set)) {
            Some(at) => set[at] = bucket,
            None => set.push(bucket),
        }
        if found.is_none() && set.len() == before {
            self.forgotten.fetch_add(1, Ordering::Relaxed);
        }
        if taken {
            return Ok(());
        }
        let wait = after.saturating_sub(empty);
        Err(Wait((wait as u64).div_ceil(SECOND as u64)))
    }

    /// Forgets what was counted in workspaces that are gone, so that theirs are full if they come again.
    /// (What others count is not here: a database takes it out with the workspace, and in a Redis it
    /// ends by itself.)
    pub(crate) fn forget(&self, workspaces: &[TeamId]) {
        for set in &self.sets {
            let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
            set.retain(|bucket| !workspaces.contains(&bucket.key.team));
        }
    }

    /// How many buckets are kept, and how many there is room for.
    pub(crate) fn kept(&self) -> (usize, usize) {
        let kept =
            |set: &Mutex<Vec<Bucket>>| set.lock().unwrap_or_else(PoisonError::into_inner).len();
        (self.sets.iter().map(kept).sum(), SETS * WAYS)
    }

    /// Where calls are counted instead.
    pub(crate) fn shared(&self) -> Option<&Limiter> {
        self.shared.as_ref()
    }

    /// How many buckets gave way to others so far.
    pub(crate) fn forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::Relaxed)
    }
}

/// In a set without room, the place of the bucket that is nearest to full.
fn room(set: &[Bucket]) -> Option<usize> {
    if set.len() < WAYS {
        return None;
    }
    let nearest = set
        .iter()
        .enumerate()
        .min_by_key(|(_, bucket)| bucket.full_at);
    nearest.map(|(at, _)| at)
}

#[cfg(test)]
mod tests;

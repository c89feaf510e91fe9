//! What a rule turns out to need while a batch is decided: locked, loaded, and asked for again.

use super::{
    load::{self, Loading},
    locks::Locks,
    session::Session,
};
use crate::{
    call::{Attempt, Waiting},
    error::StoreError,
    rows::{Absent, Homes},
    sql::Connection,
    tables,
};
use guestlist_domain::{Change, Facts, Key, Moment, UserId};
use std::collections::BTreeSet;

/// A batch while it is decided.
pub(super) struct Asking<'a> {
    pub(super) db: &'a Connection,
    pub(super) session: &'a Session,
    /// What was loaded at first.
    pub(super) needs: &'a [Key],
    pub(super) facts: &'a mut Facts,
    pub(super) locks: &'a mut Locks,
    pub(super) homes: &'a mut Homes,
    pub(super) absent: &'a mut Absent,
}

impl Asking<'_> {
    /// Asks the rule until it has every fact it looks at, each locked before it is read.
    pub(super) fn decide(
        &mut self,
        call: &mut dyn Waiting,
        moment: &mut Moment,
    ) -> Result<Vec<Change>, StoreError> {
        loop {
            match call.attempt(self.facts, moment) {
                Attempt::Decided(changes) => return Ok(changes),
                Attempt::Panicked => return Err(StoreError::Panicked),
                Attempt::Missing(keys) => self.learn(&keys, moment)?,
            }
        }
    }

    fn learn(&mut self, keys: &[Key], moment: &mut Moment) -> Result<(), StoreError> {
        let mut wanted = Locks::default();
        let counted = self.counted(keys);
        keys.iter().for_each(|key| wanted.add(key));
        counted
            .iter()
            .for_each(|user| wanted.add(&Key::ChannelCount(*user)));
        let more = wanted.beyond(self.locks);
        let asked = more.take(self.session)?;
        let channels = more.channels();
        self.locks.extend(more);
        let mut loading = Loading {
            db: self.session,
            facts: self.facts,
            held: self.locks,
            homes: self.homes,
            absent: self.absent,
            last: moment.last(),
        };
        let newest = loading.load(keys, channels, asked)?;
        moment.skip_to(newest);
        if !counted.is_empty() {
            load::load_counts(self.session, self.facts, &counted)?;
        }
        tables::load(self.db, self.facts, keys)
    }

    /// Those whose channels are counted, and the guests of the batch, of whom the same will be
    /// asked next.
    fn counted(&self, keys: &[Key]) -> Vec<UserId> {
        let asked = keys.iter().filter_map(|key| match key {
            Key::ChannelCount(user) => Some(*user),
            _ => None,
        });
        let mut asked = asked.peekable();
        if asked.peek().is_none() {
            return Vec::new();
        }
        let uncounted = |user: &UserId| !self.facts.knows(&Key::ChannelCount(*user));
        let guests = self.needs.iter().filter_map(|key| match key {
            Key::Standing(user) => match self.facts.standing(*user) {
                Ok(Some(standing)) if standing.guest.is_some() => Some(*user),
                _ => None,
            },
            _ => None,
        });
        let all: BTreeSet<UserId> = guests.chain(asked).filter(uncounted).collect();
        all.into_iter().collect()
    }
}

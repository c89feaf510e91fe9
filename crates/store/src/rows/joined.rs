//! People who came into channels: most of what is written, and held by the ten thousand.

use super::{Rows, Said, put_messages, put_said};
use crate::{
    error::StoreError,
    sql::{Connection, params},
    tables::{put_members, put_places},
};
use guestlist_domain::{Timestamp, facts::Membership};
use std::{cmp::Reverse, mem::size_of, num::NonZeroI64};

/// Somebody's coming. Three rows are made of it when they are written: of `member`, `place`, `message`.
#[derive(Clone, Copy)]
pub(super) struct Join {
    pub(super) team: i64,
    pub(super) channel: i64,
    pub(super) user: i64,
    /// No id's key is zero.
    pub(super) inviter: Option<NonZeroI64>,
    pub(super) ts: i64,
}

impl Join {
    fn place(&self) -> Membership {
        Membership::new(Timestamp(self.ts))
    }

    fn said(&self) -> Said {
        Said::Joined {
            user: self.user,
            inviter: self.inviter.map(NonZeroI64::get),
        }
    }
}

/// Joins in the order of the changes.
///
/// Sealed, they are in the order of the messages, the last first, and the two lists of numbers say in
/// which order the other rows are still to be written.
#[derive(Default)]
pub(super) struct Joined {
    joins: Vec<Join>,
    /// By workspace, channel, user, the last first.
    members: Vec<u32>,
    /// By user and channel, the last first.
    places: Vec<u32>,
    /// How many rows are still to be written.
    left: usize,
}

impl Joined {
    pub(super) fn push(&mut self, join: Join) {
        self.joins.push(join);
        self.left += 3;
    }

    /// How many rows are still to be written.
    pub(super) fn len(&self) -> usize {
        self.left
    }

    /// Bytes that they take, sealed.
    pub(super) fn weight(&self) -> usize {
        (size_of::<Join>() + 2 * size_of::<u32>()) * self.joins.len()
    }

    /// Makes them ready to be written: nothing is added any more.
    pub(super) fn seal(&mut self) {
        let joins = &mut self.joins;
        joins.sort_unstable_by_key(|one| Reverse((one.team, one.channel, one.ts)));
        let numbers = 0..u32::try_from(joins.len()).unwrap_or(u32::MAX);
        let at = |number: &u32| &joins[*number as usize];
        // Of one key what was added last has the newest time, and is written last.
        self.members.clear();
        self.members.extend(numbers.clone());
        self.members.sort_unstable_by_key(|number| {
            let one = at(number);
            Reverse((one.team, one.channel, one.user, one.ts))
        });
        self.places.clear();
        self.places.extend(numbers);
        self.places.sort_unstable_by_key(|number| {
            let one = at(number);
            Reverse((one.user, one.channel))
        });
    }

    /// Writes up to `most` rows, a table after the other. Returns how many more would have been.
    pub(super) fn write(&mut self, db: &Connection, most: usize) -> Result<usize, StoreError> {
        if self.left == 0 {
            return Ok(most);
        }
        let before = self.left;
        let left = |joined: &Self| most - (before - joined.left);
        let mut put = put_members(db)?;
        while left(self) > 0
            && let Some(number) = self.members.pop()
        {
            self.left -= 1;
            let one = &self.joins[number as usize];
            put.execute(params![one.team, one.channel, one.user, one.ts, false])?;
        }
        let mut put = put_places(db)?;
        while left(self) > 0
            && let Some(number) = self.places.pop()
        {
            self.left -= 1;
            let one = &self.joins[number as usize];
            put.execute([one.user, one.channel, one.team])?;
        }
        let mut put = put_messages(db)?;
        while left(self) > 0
            && let Some(one) = self.joins.pop()
        {
            self.left -= 1;
            put_said(&mut put, one.team, one.channel, one.ts, &one.said())?;
        }
        Ok(left(self))
    }
}

impl Rows {
    /// Brings the joins among the rows of other changes, in whose order they are then: for one that
    /// may be about the same people, or for who writes them otherwise.
    pub(super) fn spread_joined(&mut self) {
        for one in std::mem::take(&mut self.joined.joins) {
            let key = (one.team, one.channel, one.user);
            self.members.push((key, Some(one.place())));
            let key = (one.team, one.channel, one.ts);
            self.messages.push((key, one.said()));
        }
        self.joined.left = 0;
    }
}

//! Who is in a conversation, since when, and up to where they have read it.

use super::Map;
use crate::{id::UserId, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Somebody's place in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// When they came in.
    pub since: Timestamp,
    /// They closed this DM; it opens again with the next message or `conversations.open`.
    pub closed: bool,
    /// What they have said of how far they read, since they came in.
    pub mark: Option<Mark>,
}

/// Up to where somebody has read a conversation, as they said by `conversations.mark`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What was said up to then, and at that very time, is read.
    pub ts: Timestamp,
    /// When they said so; never before `ts`.
    pub at: Timestamp,
}

impl Membership {
    /// The place of somebody who has come in and done nothing yet.
    pub fn new(since: Timestamp) -> Self {
        Self {
            since,
            closed: false,
            mark: None,
        }
    }

    /// Up to where a channel is read: where they marked it, else where they came in.
    pub fn last_read(&self) -> Timestamp {
        self.mark.map_or(self.since, |mark| mark.ts)
    }
}

/// Whether somebody is in a conversation, since when and whether closed, in eight bytes: large channels
/// are held by the thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(i64);

impl Place {
    const NOWHERE: Self = Self(i64::MIN);

    fn new(place: Option<Membership>) -> Self {
        let Some(Membership { since, closed, .. }) = place else {
            return Self::NOWHERE;
        };
        let since = since.0.max(0);
        Self(if closed { -1 - since } else { since })
    }

    pub(super) fn get(self) -> Option<Membership> {
        match self {
            Self::NOWHERE => None,
            Self(since @ 0..) => Some(Membership::new(Timestamp(since))),
            Self(since) => Some(Membership {
                closed: true,
                ..Membership::new(Timestamp(-1 - since))
            }),
        }
    }
}

/// What is known of who is in one conversation.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// Everybody who is in is known: who is not, is not in.
    pub(super) whole: bool,
    pub(super) places: Map<UserId, Place>,
    /// Of those among them who have marked it; few have.
    marks: Map<UserId, Mark>,
}

impl Roster {
    /// Of these, and nobody else.
    pub(super) fn of(everybody: impl IntoIterator<Item = (UserId, Membership)>) -> Self {
        let mut roster = Self {
            whole: true,
            ..Self::default()
        };
        let everybody = everybody.into_iter();
        roster.places.reserve(everybody.size_hint().0);
        for (user, place) in everybody {
            roster.put(user, Some(place));
        }
        roster
    }

    /// Somebody's place, if it is known whether they have one.
    pub(super) fn get(&self, user: UserId) -> Option<Option<Membership>> {
        let place = self.places.get(&user)?.get();
        Some(place.map(|place| self.marked(user, place)))
    }

    pub(super) fn put(&mut self, user: UserId, place: Option<Membership>) {
        self.places.insert(user, Place::new(place));
        match place.and_then(|place| place.mark) {
            Some(mark) => {
                self.marks.insert(user, mark);
            }
            None if self.marks.is_empty() => {}
            None => {
                self.marks.remove(&user);
            }
        }
    }

    /// Everybody of whom it is known that they are in.
    pub(super) fn people(&self) -> impl Iterator<Item = (UserId, Membership)> {
        let places = self.places.iter();
        places.filter_map(|(user, place)| Some((*user, self.marked(*user, place.get()?))))
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        24 * self.places.len() + 40 * self.marks.len()
    }

    fn marked(&self, user: UserId, place: Membership) -> Membership {
        let mark = self.marks.get(&user).copied();
        Membership { mark, ..place }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Membership, Roster};
    use crate::{
        facts::{Facts, Key, Stop},
        id::ChannelId,
        time::Timestamp,
    };

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_is_held_as_it_was_put() {
        let user = "U0ADA".parse().unwrap();
        let mark = Mark {
            ts: Timestamp(3),
            at: Timestamp(9),
        };
        let mut roster = Roster::default();
        assert_eq!(roster.get(user), None);
        let mut places = vec![None];
        for closed in [false, true] {
            for mark in [None, Some(mark)] {
                places.push(Some(Membership {
                    since: Timestamp(7),
                    closed,
                    mark,
                }));
            }
        }
        // Each after each: nothing of the one before is left.
        for before in &places {
            for place in &places {
                roster.put(user, *before);
                roster.put(user, *place);
                assert_eq!(roster.get(user), Some(*place));
                assert_eq!(roster.people().next(), place.map(|place| (user, place)));
            }
        }
    }

    #[test]
    fn a_channel_is_read_up_to_where_it_is_marked_else_from_when_they_came() {
        let place = Membership::new(Timestamp(5));
        assert_eq!(place.last_read(), Timestamp(5));
        let at = Timestamp(9);
        for ts in [0, 3, 8].map(Timestamp) {
            let mark = Some(Mark { ts, at });
            assert_eq!(Membership { mark, ..place }.last_read(), ts);
        }
    }

    #[test]
    fn a_roster_keeps_what_is_newer() {
        let channel: ChannelId = id("C0A");
        let place = |since| Membership::new(Timestamp(since));
        let mut facts = Facts::default();
        assert_eq!(
            facts.roster(channel).map_err(Stop::<()>::from),
            Err(Stop::Missing(vec![Key::Roster(channel)]))
        );
        facts.put_membership(channel, id("U0NEW"), Some(place(5)));
        facts.put_membership(channel, id("U0LEFT"), None);
        let older = ["U0OLD", "U0LEFT"].map(|user| (id(user), place(1)));
        facts.put_everybody(channel, older);
        assert_eq!(facts.roster(channel), Ok(()));
        let is_in = |user: &str| facts.membership(channel, id(user)).unwrap().is_some();
        for (user, expected) in [
            ("U0NEW", true),
            ("U0OLD", true),
            ("U0LEFT", false),
            ("U0NOBODY", false),
        ] {
            assert_eq!(is_in(user), expected, "{user}");
        }
        assert_eq!(facts.known_members(channel).count(), 2);
    }
}

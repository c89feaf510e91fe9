//! Points in time, and the moment at which a call is decided.

use crate::id::{
    AppId, BotId, ChannelId, EnterpriseId, InvitationId, InviteRequestId, TeamId, UserId,
    UsergroupId,
};
use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z. Also the identity of a message in its channel,
/// written `1664222685.728809` on the wire.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The last time that a world may speak of, the end of the year 5999. Ids are made of the
    /// times that come after it, and two centuries later they would be too long.
    pub const LATEST: Self = Self(127_174_492_800_000_000 - 1);

    /// The time `seconds` after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The form in which messages carry it: seconds, a point, six digits.
    pub fn ts(self) -> String {
        format!("{:010}.{:06}", self.seconds(), self.0.rem_euclid(1_000_000))
    }

    /// Reads `seconds`, or `seconds.fraction` with at most six digits after the point.
    /// Nothing else is a timestamp; years after 9999 are not either.
    pub fn parse_ts(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if seconds.is_empty()
            || seconds.len() > 12
            || fraction.len() > 6
            || !digits(seconds)
            || !digits(fraction)
        {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
        Some(Self(seconds.parse::<i64>().ok()? * 1_000_000 + micros))
    }
}

/// When a call is decided: the world's time, handed in, from which everything that must be
/// new and unique is taken.
///
/// A tick is never given twice in the life of a store, so a message's `ts` and the number
/// in a new id are unique without asking anybody.
#[derive(Debug)]
pub struct Moment {
    now: Timestamp,
    last: Timestamp,
    /// Of which ticks names and new ids are made: all, or those that leave this rest.
    share: Option<i64>,
}

/// So many may name things at once without asking each other.
const SHARES: i64 = 1024;

/// Numbers in new ids count microseconds from here (2013-01-01): ten digits in base 36.
const ID_EPOCH: i64 = 1_356_998_400_000_000;

impl Moment {
    /// The moment `now`, where `last` is the newest tick that was ever given.
    pub fn new(now: Timestamp, last: Timestamp) -> Self {
        Self {
            now,
            last,
            share: None,
        }
    }

    /// The same for one of several who name things in one world: those with different shares, from
    /// 0 to 1,023, never give the same name or id. Larger numbers begin again at 0.
    pub fn sharing(self, share: i64) -> Self {
        Self {
            share: Some(share.rem_euclid(SHARES)),
            ..self
        }
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A point in time at or after now that no one else has.
    pub fn tick(&mut self) -> Timestamp {
        self.last = self.now.max(Timestamp(self.last.0 + 1));
        self.last
    }

    /// Gives no tick up to this one any more, which somebody else has given.
    pub fn skip_to(&mut self, last: Timestamp) {
        self.last = self.last.max(last);
    }

    /// The newest tick given so far.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// A tick to name something by: nobody else in the world gives it either.
    pub fn name(&mut self) -> Timestamp {
        let tick = self.tick().0;
        if let Some(share) = self.share {
            self.last = Timestamp(tick + (share - tick).rem_euclid(SHARES));
        }
        self.last
    }

    fn number(&mut self) -> u64 {
        u64::try_from(self.name().0 - ID_EPOCH).unwrap_or_default()
    }

    /// An id for a new workspace.
    pub fn team_id(&mut self) -> TeamId {
        let number = self.number();
        TeamId::from_number('T', number).unwrap_or(TeamId::from_key(0))
    }

    /// An id for a new channel (`C`) or DM (`D`).
    pub fn channel_id(&mut self, letter: char) -> ChannelId {
        let number = self.number();
        ChannelId::from_number(letter, number).unwrap_or(ChannelId::from_key(0))
    }

    /// An id for a new invitation.
    pub fn invitation_id(&mut self) -> InvitationId {
        let number = self.number();
        InvitationId::from_number('I', number).unwrap_or(InvitationId::from_key(0))
    }

    /// An id for a new request to invite somebody.
    pub fn invite_request_id(&mut self) -> InviteRequestId {
        let number = self.number();
        InviteRequestId::from_number(number).unwrap_or(InviteRequestId::from_key(0))
    }

    /// An id for a new user group.
    pub fn usergroup_id(&mut self) -> UsergroupId {
        let number = self.number();
        UsergroupId::from_number('S', number).unwrap_or(UsergroupId::from_key(0))
    }

    /// An id for a new user.
    pub fn user_id(&mut self) -> UserId {
        let number = self.number();
        UserId::from_number('U', number).unwrap_or(UserId::from_key(0))
    }

    /// An id for a new bot.
    pub fn bot_id(&mut self) -> BotId {
        let number = self.number();
        BotId::from_number('B', number).unwrap_or(BotId::from_key(0))
    }

    /// An id for a new app.
    pub fn app_id(&mut self) -> AppId {
        let number = self.number();
        AppId::from_number('A', number).unwrap_or(AppId::from_key(0))
    }
}

/// The tick of which an id was made, if it was made of one: not those of [`SeededIds`], which begin with zeros as
/// Slack's do.
pub(crate) fn tick_of(id: &str) -> Option<Timestamp> {
    let digits = id.get(1..).filter(|digits| digits.len() == 10)?;
    if digits.starts_with('0') {
        return None;
    }
    let number = i64::from_str_radix(digits, 36).ok()?;
    Some(Timestamp(ID_EPOCH + number))
}

macro_rules! seeded {
    ($($(#[$doc:meta])* $name:ident($letter:literal) -> $id:ident;)+) => {
        /// Ids for what a world file leaves unnamed: the same each run, in file order.
        #[derive(Debug, Default)]
        pub struct SeededIds(u64);

        impl SeededIds {
            /// Ids that go on from a number, for files that are read into a world of which others were:
            /// drawn at random, they are others each time.
            pub fn after(number: u64) -> Self {
                Self(number)
            }

            /// The next id with the letter, or the letters, of this one.
            pub fn like(&mut self, id: &str) -> String {
                let made = self.user().to_string();
                let kind = id.chars().take(if id.starts_with("Ir") { 2 } else { 1 });
                kind.chain(made.chars().skip(1)).collect()
            }

            /// The next request's id.
            pub fn invite_request(&mut self) -> InviteRequestId {
                let made = self.invitation().to_string();
                let id = format!("Ir{}", &made[1..]).parse();
                id.unwrap_or(InviteRequestId::from_key(0))
            }
        $(
            $(#[$doc])*
            pub fn $name(&mut self) -> $id {
                self.0 += 1;
                // A multiplier coprime to 36^9 spreads neighbours, so that ids look like ids.
                let spread = self.0.wrapping_mul(36_028_797_018_963).wrapping_add(58_000_000_000_000);
                let number = spread % 101_559_956_668_416;
                $id::from_number($letter, number).unwrap_or($id::from_key(0))
            }
        )+}
    };
}

seeded! {
    /// The next workspace id.
    team('T') -> TeamId;
    /// The next user id.
    user('U') -> UserId;
    /// The next channel id.
    channel('C') -> ChannelId;
    /// The next DM id.
    dm('D') -> ChannelId;
    /// The next app id.
    app('A') -> AppId;
    /// The next bot id.
    bot('B') -> BotId;
    /// The next organisation id.
    enterprise('E') -> EnterpriseId;
    /// The next invitation id.
    invitation('I') -> InvitationId;
    /// The next user group's id.
    usergroup('S') -> UsergroupId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ts_round_trip() {
        let t = Timestamp(1_664_222_685_728_809);
        assert_eq!(t.ts(), "1664222685.728809");
        assert_eq!(Timestamp::parse_ts("1664222685.728809"), Some(t));
        assert_eq!(
            Timestamp::parse_ts("1664222685"),
            Some(Timestamp::from_seconds(1_664_222_685))
        );
        assert_eq!(Timestamp::parse_ts("1.5"), Some(Timestamp(1_500_000)));
        assert_eq!(Timestamp(0).ts(), "0000000000.000000");
        for bad in [
            "",
            ".",
            "x",
            "-1",
            "1.2.3",
            "1.1234567",
            "9999999999999",
            "1e5",
        ] {
            assert_eq!(Timestamp::parse_ts(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn ticks_never_repeat_nor_go_back() {
        let mut m = Moment::new(Timestamp(100), Timestamp(200));
        assert_eq!(m.tick(), Timestamp(201));
        assert_eq!(m.tick(), Timestamp(202));
        let mut m = Moment::new(Timestamp(300), m.last());
        assert_eq!(m.tick(), Timestamp(300));
        assert_eq!(m.tick(), Timestamp(301));
    }

    #[test]
    fn ids_of_different_shares_are_distinct() {
        let mut ids = std::collections::BTreeSet::new();
        for share in [0, 1, 700, 1023] {
            // By one clock, and each with ticks for other things in between.
            let mut m = Moment::new(Timestamp(1_764_000_000_000_000), Timestamp(0)).sharing(share);
            for _ in 0..50 {
                let before = m.tick();
                assert!(ids.insert(m.channel_id('C')));
                assert!(m.last() > before);
            }
        }
        assert_eq!(ids.len(), 200);
    }

    #[test]
    fn ids_can_be_made_after_the_latest_time() {
        assert_eq!(Timestamp::LATEST.ts(), "127174492799.999999");
        let century = 100 * 366 * 86_400 * 1_000_000;
        let mut m = Moment::new(Timestamp(Timestamp::LATEST.0 + century), Timestamp::LATEST);
        let (one, other) = (m.channel_id('C'), m.channel_id('C'));
        assert_ne!(one, other);
        assert_eq!(one.to_string().parse(), Ok(one));
    }

    #[test]
    fn seeded_ids_are_distinct_and_repeatable() {
        let make = || {
            let mut ids = SeededIds::default();
            (0..20_000).map(|_| ids.user()).collect::<Vec<_>>()
        };
        let mut first = make();
        assert_eq!(first, make());
        first.sort();
        first.dedup();
        assert_eq!(first.len(), 20_000);
        // Wherever they go on from, at the end of all numbers, too.
        assert!(SeededIds::after(18_362_366_715_401_709_348).user().key() > 0);
    }
}

//! The form of the journal's rows.
//!
//! Nearly all that ever happens is that somebody joins, and every commit waits for the disk to
//! have its row. So entries that only join are packed: ids as their integers, times as distances,
//! and nothing twice that stands right before it. Everything else is JSON, as the whole row was
//! before: a row of text is one JSON array of entries.

use crate::{error::StoreError, tables::document};
use guestlist_domain::{Actor, AppId, Change, ChannelId, Entry, TeamId, UserId, time::Timestamp};
use rusqlite::types::ValueRef;

pub(crate) mod back;
pub(crate) mod follow;
pub use back::{Dated, Sealed};
pub use follow::{Bookmark, Row};

/// The first byte of a packed row.
const PACKED: u8 = 1;

/// What an entry is written as.
const JSON: u8 = 0;
const JOINS: u8 = 1;

/// Of an entry that joins: the same actor, the same time as the entry that joins before it.
const SAME_ACTOR: u8 = 1;
const SAME_TIME: u8 = 2;
/// Of an actor: has a user, an app.
const HAS_USER: u8 = 1;
const HAS_APP: u8 = 2;
/// Of a join: in the channel of the join before it; invited by the actor, by somebody else.
const SAME_CHANNEL: u8 = 1;
const BY_ACTOR: u8 = 2;
const BY_OTHER: u8 = 4;

/// What the next entry or join is compared with.
struct Before {
    at: Timestamp,
    by: Option<Actor>,
    channel: ChannelId,
}

impl Before {
    fn nothing() -> Self {
        Self {
            at: Timestamp(0),
            by: None,
            channel: ChannelId::from_key(0),
        }
    }
}

/// A row of these entries.
pub(crate) fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut row = Vec::with_capacity(64 + 32 * entries.len());
    row.push(PACKED);
    let mut before = Before::nothing();
    for entry in entries {
        if is_joins(entry) {
            row.push(JOINS);
            pack_joins(&mut row, entry, &mut before);
        } else {
            // Our own types: string keys and no failing serializers.
            let text = serde_json::to_vec(entry).unwrap_or_default();
            row.push(JSON);
            push_number(&mut row, text.len() as u64);
            row.extend_from_slice(&text);
        }
    }
    row
}

/// The newest time so far after these entries, where `last` is the newest tick: no entry of them, or of a row before,
/// is of a later time. So a place in the journal is found by its time.
pub(crate) fn newest(entries: &[Entry], last: Timestamp) -> Timestamp {
    entries
        .iter()
        .fold(last, |newest, entry| newest.max(entry.at))
}

/// Them in their order, parted where those of another workspace follow.
pub(crate) fn by_workspace(entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    entries.chunk_by(|entry, next| entry.by.team == next.by.team)
}

/// Whether it is packed: somebody joins, and nothing else happens.
pub(crate) fn is_joins(entry: &Entry) -> bool {
    entry
        .changes
        .iter()
        .all(|change| matches!(change, Change::Joined { .. }))
}

fn pack_joins(row: &mut Vec<u8>, entry: &Entry, before: &mut Before) {
    let Entry { at, by, changes } = entry;
    let same_actor = before.by == Some(*by);
    let same_time = before.at == *at;
    row.push(flag(same_actor, SAME_ACTOR) | flag(same_time, SAME_TIME));
    if !same_actor {
        row.push(flag(by.user.is_some(), HAS_USER) | flag(by.app.is_some(), HAS_APP));
        push_key(row, by.team.key());
        by.user.iter().for_each(|id| push_key(row, id.key()));
        by.app.iter().for_each(|id| push_key(row, id.key()));
        before.by = Some(*by);
    }
    if !same_time {
        push_key(row, at.0);
        before.at = *at;
    }
    push_number(row, changes.len() as u64);
    for change in changes {
        let Change::Joined {
            channel,
            user,
            inviter,
            ts,
        } = change
        else {
            continue;
        };
        let same_channel = before.channel == *channel;
        let by_actor = inviter.is_some() && *inviter == by.user;
        let by_other = inviter.filter(|_| !by_actor);
        row.push(
            flag(same_channel, SAME_CHANNEL)
                | flag(by_actor, BY_ACTOR)
                | flag(by_other.is_some(), BY_OTHER),
        );
        if !same_channel {
            push_key(row, channel.key());
            before.channel = *channel;
        }
        push_key(row, user.key());
        by_other.iter().for_each(|id| push_key(row, id.key()));
        let later = ts.0.wrapping_sub(at.0);
        // Small numbers short, whichever their sign.
        push_number(row, ((later << 1) ^ (later >> 63)) as u64);
    }
}

fn flag(is: bool, bit: u8) -> u8 {
    if is { bit } else { 0 }
}

fn push_key(row: &mut Vec<u8>, key: i64) {
    row.extend_from_slice(&key.to_le_bytes());
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn push_number(row: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        row.push(number as u8 | 0x80);
        number >>= 7;
    }
    row.push(number as u8);
}

/// The entries of a row.
pub(crate) fn unpack(seq: i64, row: ValueRef<'_>) -> Result<Vec<Entry>, StoreError> {
    match row {
        ValueRef::Blob([PACKED, rest @ ..]) => {
            let mut reader = Packed { rest, seq };
            let mut before = Before::nothing();
            let mut entries = Vec::new();
            while !reader.rest.is_empty() {
                entries.push(reader.entry(&mut before)?);
            }
            Ok(entries)
        }
        ValueRef::Text(text) => document("journal", seq, std::str::from_utf8(text).unwrap_or("")),
        _ => Err(broken(seq)),
    }
}

/// Not the form of any row: the same complaint as about a document that is none.
fn broken(seq: i64) -> StoreError {
    StoreError::Corrupt {
        table: "journal",
        row: seq.to_string(),
        source: serde::de::Error::custom("this is no row of a journal"),
    }
}

struct Packed<'a> {
    rest: &'a [u8],
    seq: i64,
}

impl Packed<'_> {
    fn entry(&mut self, before: &mut Before) -> Result<Entry, StoreError> {
        match self.byte()? {
            JSON => {
                let length = self.number()?;
                let text = usize::try_from(length)
                    .ok()
                    .and_then(|length| self.rest.split_at_checked(length));
                let Some((text, rest)) = text else {
                    return Err(broken(self.seq));
                };
                self.rest = rest;
                document("journal", self.seq, std::str::from_utf8(text).unwrap_or(""))
            }
            JOINS => self.joins(before),
            _ => Err(broken(self.seq)),
        }
    }

    fn joins(&mut self, before: &mut Before) -> Result<Entry, StoreError> {
        let flags = self.byte()?;
        let by = match before.by {
            Some(by) if flags & SAME_ACTOR != 0 => by,
            _ => self.actor()?,
        };
        if flags & SAME_TIME == 0 {
            before.at = Timestamp(self.key()?);
        }
        before.by = Some(by);
        let at = before.at;
        let mut changes = Vec::new();
        for _ in 0..self.number()? {
            let flags = self.byte()?;
            if flags & SAME_CHANNEL == 0 {
                before.channel = ChannelId::from_key(self.key()?);
            }
            let user = UserId::from_key(self.key()?);
            let inviter = if flags & BY_ACTOR != 0 {
                by.user
            } else if flags & BY_OTHER != 0 {
                Some(UserId::from_key(self.key()?))
            } else {
                None
            };
            let later = self.number()?;
            let later = (later >> 1) as i64 ^ -((later & 1) as i64);
            changes.push(Change::Joined {
                channel: before.channel,
                user,
                inviter,
                ts: Timestamp(at.0.wrapping_add(later)),
            });
        }
        Ok(Entry { at, by, changes })
    }

    fn actor(&mut self) -> Result<Actor, StoreError> {
        let flags = self.byte()?;
        let team = TeamId::from_key(self.key()?);
        let user = if flags & HAS_USER != 0 {
            Some(UserId::from_key(self.key()?))
        } else {
            None
        };
        let app = if flags & HAS_APP != 0 {
            Some(AppId::from_key(self.key()?))
        } else {
            None
        };
        Ok(Actor { team, user, app })
    }

    fn byte(&mut self) -> Result<u8, StoreError> {
        let (byte, rest) = self.rest.split_first().ok_or_else(|| broken(self.seq))?;
        self.rest = rest;
        Ok(*byte)
    }

    fn key(&mut self) -> Result<i64, StoreError> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| broken(self.seq))?;
        self.rest = rest;
        Ok(i64::from_le_bytes(*bytes))
    }

    fn number(&mut self) -> Result<u64, StoreError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(broken(self.seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::{Message, message::What};

    fn id<T: std::str::FromStr>(text: &str) -> T {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    fn joined(channel: &str, user: &str, inviter: Option<&str>, ts: i64) -> Change {
        Change::Joined {
            channel: id(channel),
            user: id(user),
            inviter: inviter.map(id),
            ts: Timestamp(ts),
        }
    }

    fn entry(at: i64, by: (Option<&str>, Option<&str>), changes: Vec<Change>) -> Entry {
        Entry {
            at: Timestamp(at),
            by: Actor {
                team: id("T0ACME"),
                user: by.0.map(id),
                app: by.1.map(id),
            },
            changes,
        }
    }

    fn rows() -> Vec<Vec<Entry>> {
        const NOW: i64 = 1_764_000_000_000_000;
        let ada = (Some("U0ADA"), Some("A0GREET"));
        let left = Change::Left {
            channel: id("C0OPS"),
            user: id("U0BEN"),
            by: None,
            ts: Timestamp(NOW + 3),
        };
        let posted = Change::Posted {
            channel: id("C0OPS"),
            message: Message {
                ts: Timestamp(NOW + 9),
                user: id("U0ADA"),
                what: What::Topic("Wörds \"and\" more".to_owned()),
            },
        };
        let joins = |by| {
            vec![
                joined("C0OPS", "U0BEN", Some("U0ADA"), NOW),
                joined("C0OPS", "U0DANA", None, NOW + 1),
                joined("C0RANDOM", "WZZZZZZZZZZZ", Some(by), NOW + 500_000_000),
                // A clock that was set back, and times no clock ever shows.
                joined("D0X", "U0MIA", Some(by), NOW - 7),
                joined("D0X", "U0MIA", Some(by), i64::MIN),
                joined("D0X", "U0MIA", Some(by), i64::MAX),
            ]
        };
        vec![
            vec![],
            vec![entry(NOW, ada, joins("U0ADA"))],
            vec![entry(0, (None, None), joins("U0ADA"))],
            vec![
                entry(NOW, ada, joins("U0BEN")),
                entry(NOW, ada, vec![left.clone(), joins("U0BEN").remove(0)]),
                entry(NOW, ada, joins("U0ADA")),
                entry(NOW, (Some("U0BEN"), None), joins("U0BEN")),
                entry(NOW + 1, (None, Some("A0GREET")), joins("U0ADA")),
                entry(NOW + 1, ada, vec![posted, left]),
                entry(-1, ada, joins("U0ADA")),
                entry(
                    NOW,
                    ada,
                    (0..1000)
                        .map(|n| joined("C0OPS", "U0BEN", Some("U0ADA"), NOW + n))
                        .collect(),
                ),
            ],
        ]
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        for entries in rows() {
            let row = pack(&entries);
            assert_eq!(unpack(1, ValueRef::Blob(&row)).unwrap(), entries);
        }
    }

    #[test]
    fn rows_of_text_are_read_for_ever() {
        for entries in rows() {
            let row = serde_json::to_string(&entries).unwrap();
            assert_eq!(unpack(1, ValueRef::Text(row.as_bytes())).unwrap(), entries);
        }
        // As the first version wrote it.
        let row = r#"[{"at":5,"by":{"team":"T0ACME","user":"U0ADA"},"changes":[{"joined":{"channel":"C0OPS","user":"U0BEN","inviter":"U0ADA","ts":6}}]}]"#;
        let entries = vec![entry(
            5,
            (Some("U0ADA"), None),
            vec![joined("C0OPS", "U0BEN", Some("U0ADA"), 6)],
        )];
        assert_eq!(unpack(1, ValueRef::Text(row.as_bytes())).unwrap(), entries);
        assert!(pack(&entries).len() < row.len() / 2);
    }

    #[test]
    fn no_bytes_are_too_strange() {
        let whole = pack(&rows()[3]);
        for end in 0..whole.len().min(600) {
            // Shorter is an error, or fewer entries where one just ended.
            if let Ok(entries) = unpack(1, ValueRef::Blob(&whole[..end])) {
                assert!(rows()[3].starts_with(&entries), "{end}");
            }
            let mut other = whole[..600].to_vec();
            other[end] ^= 0xff;
            let _ = unpack(1, ValueRef::Blob(&other));
        }
        for row in [
            ValueRef::Null,
            ValueRef::Integer(1),
            ValueRef::Blob(&[2, 0]),
            ValueRef::Text(b"{"),
        ] {
            assert!(unpack(1, row).is_err(), "{row:?}");
        }
    }
}

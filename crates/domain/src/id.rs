//! Ids: text outside, one integer inside.
//!
//! A Slack id is a letter for its kind and up to eleven characters `A–Z 0–9`. It is kept
//! as a 63-bit integer, so that tables are keyed by small integers and a comparison is one
//! instruction: five bits for the letter, then `1` and the text read in base 36. The
//! leading `1` keeps the length and the leading zeros: `U0BEN` and `UBEN` are two ids.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// The longest id that is understood, in characters, the kind's letter included.
pub const MAX_LEN: usize = 12;
const TEXT_BITS: u32 = 58;

/// Why a text is not an id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnId {
    /// Empty, or nothing after the letter.
    Short,
    /// More than [`MAX_LEN`] characters.
    Long,
    /// A character other than `A–Z` and `0–9`.
    Character,
    /// The first letter is that of another kind.
    Kind,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "an id needs a letter for its kind and at least one more character",
            Self::Long => "an id has at most 12 characters",
            Self::Character => "an id is made of the letters A to Z and digits",
            Self::Kind => "the id starts with the letter of another kind",
        })
    }
}

impl std::error::Error for NotAnId {}

fn encode(text: &str, letters: &[u8]) -> Result<i64, NotAnId> {
    let bytes = text.as_bytes();
    if bytes.len() < 2 {
        return Err(NotAnId::Short);
    }
    if bytes.len() > MAX_LEN {
        return Err(NotAnId::Long);
    }
    let mut value: i64 = 1;
    for byte in &bytes[1..] {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => return Err(NotAnId::Character),
        };
        value = value * 36 + i64::from(digit);
    }
    if !letters.contains(&bytes[0]) {
        return Err(NotAnId::Kind);
    }
    Ok(i64::from(bytes[0] - b'A') << TEXT_BITS | value)
}

/// Writes the id's text into `buffer` and returns the part used.
fn decode(key: i64, buffer: &mut [u8; MAX_LEN]) -> &str {
    let mut value = key & ((1 << TEXT_BITS) - 1);
    let mut at = MAX_LEN;
    while value > 1 && at > 1 {
        at -= 1;
        buffer[at] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(value % 36) as usize];
        value /= 36;
    }
    at -= 1;
    buffer[at] = b'A' + ((key >> TEXT_BITS) & 31) as u8;
    std::str::from_utf8(&buffer[at..]).unwrap_or_default()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $letters:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// The integer that stands for the id in tables.
            pub const fn key(self) -> i64 {
                self.0
            }

            /// The id behind a key that [`key`](Self::key) gave.
            pub const fn from_key(key: i64) -> Self {
                Self(key)
            }

            /// The id with `letter` whose text is `number` in base 36, at least ten digits long.
            /// `None` if the letter is not one of this kind or the number needs over eleven.
            pub fn from_number(letter: char, number: u64) -> Option<Self> {
                let mut text = [b'0'; 10].to_vec();
                let (mut rest, mut at) = (number, 10);
                while rest > 0 {
                    if at == 0 {
                        text.insert(0, b'0');
                        at = 1;
                    }
                    at -= 1;
                    text[at] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest % 36) as usize];
                    rest /= 36;
                }
                format!("{letter}{}", String::from_utf8_lossy(&text)).parse().ok()
            }

            /// The letter that names the kind.
            pub fn letter(self) -> char {
                char::from(b'A' + ((self.0 >> TEXT_BITS) & 31) as u8)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                encode(text, $letters).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(decode(self.0, &mut [0; MAX_LEN]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(decode(self.0, &mut [0; MAX_LEN]))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|why| D::Error::custom(format!("`{text}`: {why}")))
            }
        }
    )+};
}

ids! {
    /// A workspace: `T…`.
    TeamId: b"T";
    /// An Enterprise organisation: `E…`.
    EnterpriseId: b"E";
    /// A person or a bot's user: `U…`, or `W…` for a person known across an organisation.
    UserId: b"UW";
    /// A conversation: `C…`, `G…` (private channels and group DMs of old), `D…` (a DM).
    ChannelId: b"CGD";
    /// An app: `A…`.
    AppId: b"A";
    /// A bot, which is not its user: `B…`.
    BotId: b"B";
    /// A Slack Connect invitation, or the request to send one: `I…`.
    InvitationId: b"I";
    /// A user group: `S…`.
    UsergroupId: b"S";
}

/// A request to invite somebody into a workspace: `Ir…`, the only kind that two letters name. Inside, the kind's letter
/// is `R`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InviteRequestId(i64);

impl InviteRequestId {
    const PREFIX: &'static str = "Ir";

    /// The integer that stands for the id in tables.
    pub const fn key(self) -> i64 {
        self.0
    }

    /// The id behind a key that [`key`](Self::key) gave.
    pub const fn from_key(key: i64) -> Self {
        Self(key)
    }

    /// The id whose text is `number` in base 36, at least ten digits long; `None` if it needs over eleven.
    pub fn from_number(number: u64) -> Option<Self> {
        let text = InvitationId::from_number('I', number)?.to_string();
        format!("{}{}", Self::PREFIX, &text[1..]).parse().ok()
    }
}

impl FromStr for InviteRequestId {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.strip_prefix(Self::PREFIX) {
            Some(rest) => encode(&format!("R{rest}"), b"R").map(Self),
            None if text.len() < 2 => Err(NotAnId::Short),
            None => Err(NotAnId::Kind),
        }
    }
}

impl fmt::Display for InviteRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::PREFIX)?;
        f.write_str(
            decode(self.0, &mut [0; MAX_LEN])
                .get(1..)
                .unwrap_or_default(),
        )
    }
}

impl fmt::Debug for InviteRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for InviteRequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InviteRequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|why| D::Error::custom(format!("`{text}`: {why}")))
    }
}

impl UserId {
    /// Slackbot, who is in every workspace and in no table.
    pub const SLACKBOT: &'static str = "USLACKBOT";

    /// Slackbot's id.
    pub fn slackbot() -> Self {
        Self(encode(Self::SLACKBOT, b"U").expect("it is an id"))
    }

    /// Whether this is Slackbot.
    pub fn is_slackbot(self) -> bool {
        self == Self::slackbot()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives() {
        for text in [
            "U0BEN",
            "UBEN",
            "U00000000000",
            "WZZZZZZZZZZZ",
            "USLACKBOT",
            "U0",
        ] {
            let id: UserId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert!(id.key() > 0);
            assert_eq!(UserId::from_key(id.key()), id);
        }
    }

    #[test]
    fn leading_zeros_count() {
        let (a, b): (UserId, UserId) = ("U0BEN".parse().unwrap(), "UBEN".parse().unwrap());
        assert_ne!(a, b);
    }

    #[test]
    fn what_is_no_id_says_why() {
        for (text, why) in [
            ("", NotAnId::Short),
            ("U", NotAnId::Short),
            ("U123456789012", NotAnId::Long),
            ("U0ben", NotAnId::Character),
            ("U0É", NotAnId::Character),
            ("D0BEN", NotAnId::Kind),
        ] {
            assert_eq!(text.parse::<UserId>(), Err(why), "{text:?}");
        }
    }

    #[test]
    fn requests_are_named_by_two_letters() {
        for text in ["Ir558ULC1J", "Ir0", "IrZZZZZZZZZZZ", "Ir00000000000"] {
            let id: InviteRequestId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
            assert_eq!(InviteRequestId::from_key(id.key()), id);
        }
        for (text, why) in [
            ("", NotAnId::Short),
            ("I", NotAnId::Short),
            ("Ir", NotAnId::Short),
            ("Ir123456789012", NotAnId::Long),
            ("Irx", NotAnId::Character),
            ("I558ULC1J", NotAnId::Kind),
            ("R558ULC1J", NotAnId::Kind),
            ("ir558", NotAnId::Kind),
        ] {
            assert_eq!(text.parse::<InviteRequestId>(), Err(why), "{text:?}");
        }
        let made = InviteRequestId::from_number(36).unwrap();
        assert_eq!(made.to_string(), "Ir0000000010");
        let other: InvitationId = "I0000000010".parse().unwrap();
        assert_ne!(made.key(), other.key());
        assert_eq!(InviteRequestId::from_number(u64::MAX), None);
    }

    #[test]
    fn numbers_make_ids_in_order() {
        let ids: Vec<ChannelId> = [1, 35, 36, 3_656_158_440_062_975]
            .map(|n| ChannelId::from_number('C', n).unwrap())
            .to_vec();
        assert!(ids.is_sorted());
        assert_eq!(ids[2].to_string(), "C0000000010");
        assert_eq!(ChannelId::from_number('T', 1), None);
        assert_eq!(ChannelId::from_number('C', u64::MAX), None);
    }
}

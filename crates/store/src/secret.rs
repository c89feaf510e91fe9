//! Texts that are told once and kept as hashes: all made from bytes drawn before the call.

use crate::{
    store::Store,
    world::{token_hash, token_text},
};
use guestlist_domain::{TokenHash, TokenKind, connect::Around, hex, install::Secret};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Random bytes of one call, out of which each of its secrets is made. The same secret asked for
/// twice is the same text, so a decision may be taken more than once.
#[derive(Clone)]
pub struct Drawn([u8; 32]);

/// The bytes are nobody's business in a log.
impl fmt::Debug for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drawn(..)")
    }
}

/// What is drawn in turn where everything is to come out the same again: whoever knows the seed knows it.
#[derive(Debug)]
pub(crate) struct Seeded {
    seed: String,
    place: String,
    next: AtomicU64,
}

impl Seeded {
    /// `place` is one that no other store is at and that is not come to twice, so that nothing is drawn again
    /// elsewhere or after a restart.
    pub(crate) fn new(seed: &str, place: &str) -> Self {
        Self {
            seed: seed.to_owned(),
            place: place.to_owned(),
            next: AtomicU64::new(0),
        }
    }

    pub(crate) fn draw(&self) -> Drawn {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        Drawn::of_seed(&self.seed, &self.place, number)
    }
}

impl Store {
    /// What surrounds a call, with nothing drawn.
    pub fn undrawn(&self) -> Around {
        Around {
            chance: [0; 16],
            site: self.site(),
            post: self.posts(),
        }
    }
}

impl Drawn {
    /// Draws them.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Those that a seed has in one place under a number: whoever knows it knows them.
    pub fn of_seed(seed: &str, place: &str, number: u64) -> Self {
        let mut hasher = Sha256::new();
        // A length in front keeps one pair from being another.
        hasher.update(format!("{} {seed} {place}", seed.len()));
        hasher.update(number.to_be_bytes());
        Self(hasher.finalize().into())
    }

    /// Bytes for something that `what` names.
    pub fn bytes(&self, what: &str) -> [u8; 24] {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(what);
        let digest: [u8; 32] = hasher.finalize().into();
        let mut bytes = [0; 24];
        bytes.copy_from_slice(&digest[..24]);
        bytes
    }

    /// What rules are handed of it.
    pub fn chance(&self) -> [u8; 16] {
        let mut chance = [0; 16];
        chance.copy_from_slice(&self.bytes("chance")[..16]);
        chance
    }

    /// Bytes for something that `what` names, in hexadecimal.
    pub fn hex(&self, what: &str) -> String {
        hex(&self.bytes(what))
    }

    /// The text of a token.
    pub fn text(&self, secret: Secret) -> String {
        let (kind, of, rotating) = match secret {
            Secret::Access { kind, rotating } => (kind, kind, rotating),
            Secret::Refresh(of) => (TokenKind::Refresh, of, false),
        };
        let text = token_text(
            kind,
            self.bytes(&format!("{} of {}", kind.name(), of.name())),
        );
        match text.split_once('-') {
            Some((prefix, rest)) if rotating => format!("xoxe.{prefix}-1-{rest}"),
            _ => text,
        }
    }

    /// What is kept of it.
    pub fn hash(&self, secret: Secret) -> TokenHash {
        token_hash(&self.text(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_their_kind_and_differ() {
        let drawn = Drawn([7; 32]);
        let access = |kind, rotating| drawn.text(Secret::Access { kind, rotating });
        let texts = [
            (access(TokenKind::Bot, false), "xoxb-"),
            (access(TokenKind::Bot, true), "xoxe.xoxb-1-"),
            (access(TokenKind::User, false), "xoxp-"),
            (access(TokenKind::User, true), "xoxe.xoxp-1-"),
            (drawn.text(Secret::Refresh(TokenKind::Bot)), "xoxe-1-"),
            (drawn.text(Secret::Refresh(TokenKind::User)), "xoxe-1-"),
        ];
        for (text, prefix) in &texts {
            assert!(text.starts_with(prefix), "{text}");
            assert_eq!(text.len(), prefix.len() + 48);
            assert_eq!(
                texts.iter().filter(|(other, _)| other == text).count(),
                1,
                "{text}"
            );
        }
        assert_eq!(format!("{drawn:?}"), "Drawn(..)");
    }
}

//! Whom to invite where: every pair of a channel and a person once, in random order.
//!
//! Drawing at random matters. Walking users in order would let a store insert at the
//! right edge of its trees and keep one page warm, which no real workspace does.

use std::sync::atomic::{AtomicU64, Ordering};

/// Ids have one width, so that a request can be patched in place.
pub(crate) const ID: usize = 9;

pub(crate) fn user_id(number: u32) -> [u8; ID] {
    id(b'U', number)
}

pub(crate) fn channel_id(number: u32) -> [u8; ID] {
    id(b'C', number)
}

pub(crate) fn text(id: [u8; ID]) -> String {
    id.iter().map(|&byte| char::from(byte)).collect()
}

/// A prefix, `0` and seven digits in base 36: room for every `u32`.
fn id(prefix: u8, mut number: u32) -> [u8; ID] {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut out = [b'0'; ID];
    out[0] = prefix;
    for place in out[2..].iter_mut().rev() {
        *place = DIGITS[(number % 36) as usize];
        number /= 36;
    }
    out
}

/// A range of numbers, of channels or of users.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// All pairs of some channels and some users, each handed out once to whichever
/// connection asks next.
pub(crate) struct Pool {
    channels: Span,
    users: Span,
    order: Permutation,
    next: AtomicU64,
    end: AtomicU64,
}

impl Pool {
    pub(crate) fn new(channels: Span, users: Span) -> Self {
        let pairs = u64::from(channels.count) * u64::from(users.count);
        Self {
            channels,
            users,
            order: Permutation::new(pairs),
            next: AtomicU64::new(0),
            end: AtomicU64::new(pairs),
        }
    }

    /// Ends the pool after `pairs` more.
    pub(crate) fn stop_after(&self, pairs: u64) {
        let end = self.next.load(Ordering::Relaxed) + pairs;
        self.end.fetch_min(end, Ordering::Relaxed);
    }

    /// The next channel and user, `None` when all have been handed out.
    pub(crate) fn draw(&self) -> Option<(u32, u32)> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        (turn < self.end.load(Ordering::Relaxed)).then(|| self.pair(turn))
    }

    fn pair(&self, turn: u64) -> (u32, u32) {
        let place = self.order.at(turn);
        let users = u64::from(self.users.count);
        // Both quotient and remainder are below a u32 count, so nothing is cut off.
        let (channel, user) = ((place / users) as u32, (place % users) as u32);
        (self.channels.first + channel, self.users.first + user)
    }
}

/// A random order of `0..size` computed, not stored: a Feistel network over the next
/// even number of bits, walked again while it lands outside. Hundreds of millions of
/// pairs need no memory, and the order is the same in each run.
pub(crate) struct Permutation {
    size: u64,
    half: u32,
}

impl Permutation {
    pub(crate) fn new(size: u64) -> Self {
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        Self {
            size,
            half: bits.div_ceil(2).max(1),
        }
    }

    /// The number at `place`, which must be below the size.
    pub(crate) fn at(&self, place: u64) -> u64 {
        debug_assert!(place < self.size);
        let mut value = self.shuffle(place);
        while value >= self.size {
            value = self.shuffle(value);
        }
        value
    }

    fn shuffle(&self, value: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let (mut left, mut right) = (value >> self.half, value & mask);
        for round in 1..=4 {
            (left, right) = (right, left ^ (mix(right ^ (round << 40)) & mask));
        }
        (left << self.half) | right
    }
}

/// The finalizer of SplitMix64: every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Permutation, Pool, Span, channel_id, text, user_id};

    #[test]
    fn a_permutation_hits_every_number_once() {
        for size in [1, 2, 3, 7, 64, 1_000, 4_097] {
            let order = Permutation::new(size);
            let seen: HashSet<u64> = (0..size).map(|place| order.at(place)).collect();
            assert_eq!(seen.len() as u64, size);
            assert!(seen.iter().all(|&number| number < size));
        }
    }

    #[test]
    fn a_pool_hands_out_every_pair_once_and_stops_when_told() {
        let span = |first, count| Span { first, count };
        let pool = Pool::new(span(5, 3), span(100, 4));
        let pairs: HashSet<_> = std::iter::from_fn(|| pool.draw()).collect();
        assert_eq!(pairs.len(), 12);
        assert!(
            pairs
                .iter()
                .all(|(c, u)| (5..8).contains(c) && (100..104).contains(u))
        );

        let short = Pool::new(span(0, 10), span(0, 10));
        short.stop_after(7);
        assert_eq!(std::iter::from_fn(|| short.draw()).count(), 7);
    }

    #[test]
    fn ids_have_one_width() {
        assert_eq!(text(user_id(0)), "U00000000");
        assert_eq!(text(user_id(36)), "U00000010");
        assert_eq!(text(channel_id(u32::MAX)), "C01Z141Z3");
    }
}

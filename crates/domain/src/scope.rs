//! OAuth scopes: what a token holds, and what a method asks for.

use crate::channel::ChannelKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The scopes of a token, alphabetical, each once: with commas, as the header `x-oauth-scopes` of every answer and the
/// key `provided` have them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct ScopeSet(Box<str>);

impl From<Vec<String>> for ScopeSet {
    fn from(mut scopes: Vec<String>) -> Self {
        scopes.sort();
        scopes.dedup();
        Self(scopes.join(",").into())
    }
}

impl From<ScopeSet> for Vec<String> {
    fn from(set: ScopeSet) -> Self {
        set.iter().map(str::to_owned).collect()
    }
}

impl ScopeSet {
    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        // No scope is empty: of an empty set that is not one, either.
        self.0.split(',').filter(|scope| !scope.is_empty())
    }

    /// The scopes of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let both = self.iter().chain(other.iter()).map(str::to_owned);
        both.collect::<Vec<_>>().into()
    }

    /// Whether the text is written like a scope.
    pub fn is_scope(text: &str) -> bool {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b":._-".contains(&b);
        !text.is_empty() && text.bytes().all(fits)
    }

    /// Whether `scope` is held.
    pub fn holds(&self, scope: &str) -> bool {
        self.iter().any(|held| held == scope)
    }

    /// Whether one of `alternatives` is held. An empty list asks for nothing.
    pub fn holds_any(&self, alternatives: &[&str]) -> bool {
        alternatives.is_empty() || alternatives.iter().any(|scope| self.holds(scope))
    }

    /// The scopes, with commas.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Scopes by the kind of conversation: within a kind, any one will do.
#[derive(Clone, Copy, Debug)]
pub struct ByKind {
    /// For public channels.
    pub public: &'static [&'static str],
    /// For private channels.
    pub private: &'static [&'static str],
    /// For 1:1 DMs.
    pub im: &'static [&'static str],
    /// For group DMs.
    pub mpim: &'static [&'static str],
}

impl ByKind {
    /// Asks for nothing.
    pub const NONE: Self = Self {
        public: &[],
        private: &[],
        im: &[],
        mpim: &[],
    };

    /// The same alternatives whatever the conversation.
    pub const fn all(scopes: &'static [&'static str]) -> Self {
        Self {
            public: scopes,
            private: scopes,
            im: scopes,
            mpim: scopes,
        }
    }

    /// The alternatives for a kind.
    pub const fn of(&self, kind: ChannelKind) -> &'static [&'static str] {
        match kind {
            ChannelKind::Public => self.public,
            ChannelKind::Private => self.private,
            ChannelKind::Im => self.im,
            ChannelKind::Mpim => self.mpim,
        }
    }

    /// Every alternative of every kind, each once, public channels' first.
    pub fn every(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        for scope in [self.public, self.private, self.im, self.mpim]
            .into_iter()
            .flatten()
        {
            if !all.contains(scope) {
                all.push(*scope);
            }
        }
        all
    }

    /// Whether nothing is asked for.
    pub const fn is_empty(&self) -> bool {
        self.public.is_empty()
            && self.private.is_empty()
            && self.im.is_empty()
            && self.mpim.is_empty()
    }

    /// Whether `held` has an alternative of any kind, or nothing is asked for.
    pub fn met_by(&self, held: &ScopeSet) -> bool {
        let lists = [self.public, self.private, self.im, self.mpim];
        self.is_empty() || lists.iter().any(|l| !l.is_empty() && held.holds_any(l))
    }
}

/// What a method asks of bot tokens and of user tokens.
#[derive(Clone, Copy, Debug)]
pub struct Scopes {
    /// Asked of bot tokens (and org and workspace tokens, which act as the bot).
    pub bot: ByKind,
    /// Asked of user tokens.
    pub user: ByKind,
}

impl Scopes {
    /// Asks for nothing.
    pub const NONE: Self = Self {
        bot: ByKind::NONE,
        user: ByKind::NONE,
    };

    /// One list for every token and conversation.
    pub const fn all(scopes: &'static [&'static str]) -> Self {
        Self {
            bot: ByKind::all(scopes),
            user: ByKind::all(scopes),
        }
    }

    /// The same by-kind table for bot and user tokens.
    pub const fn both(by_kind: ByKind) -> Self {
        Self {
            bot: by_kind,
            user: by_kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sorted_and_printed_as_slack_prints_them() {
        let set = ScopeSet::from(vec![
            "users:read".to_owned(),
            "channels:read".into(),
            "users:read".into(),
        ]);
        assert_eq!(set.to_string(), "channels:read,users:read");
        assert!(set.holds_any(&["x", "users:read"]));
        assert!(!set.holds_any(&["x"]));
        assert!(set.holds_any(&[]));
    }

    #[test]
    fn a_kind_without_scopes_does_not_open_the_door() {
        const JOIN: ByKind = ByKind {
            public: &["channels:join"],
            ..ByKind::NONE
        };
        assert!(!JOIN.met_by(&ScopeSet::default()));
        assert!(ByKind::NONE.met_by(&ScopeSet::default()));
    }
}

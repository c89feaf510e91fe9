//! Whom tokens stand for, and who was met lately.

use crate::{error::StoreError, reader::Reader};
use guestlist_domain::{App, Caller, Change, Token, TokenHash};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Tokens whose owners are remembered.
const MOST: usize = 8192;
/// Texts that are no token, of those that were shown lately: strangers make up as many as they like.
const MOST_MISSES: usize = 1024;
/// How long it is remembered that a text is none. Whoever makes it one meanwhile has it forgotten; this is for a store
/// that was filled while it was open elsewhere, which nobody tells of.
const MISSED: Duration = Duration::from_secs(1);

/// What a token leads to.
#[derive(Clone, Debug)]
pub struct TokenOwner {
    /// The token.
    pub token: Arc<Token>,
    /// Its app.
    pub app: Option<Arc<App>>,
    /// Whoever shows it, in the workspace it was made in; app-level tokens act as nobody.
    pub caller: Option<Arc<Caller>>,
}

/// Owners of tokens met lately. What was read before a change must not be remembered after it.
#[derive(Default)]
pub(crate) struct Owners {
    known: RwLock<Known>,
    /// Something changed.
    news: watch::Sender<()>,
}

#[derive(Default)]
struct Known {
    /// Grows with each change.
    generation: u64,
    owners: HashMap<TokenHash, Arc<TokenOwner>, foldhash::fast::RandomState>,
    /// What is no token, until when that is remembered.
    misses: HashMap<TokenHash, Instant, foldhash::fast::RandomState>,
}

impl Owners {
    /// The owner, or that there is none; else the generation with which to remember what is found.
    pub(crate) fn known(&self, hash: TokenHash) -> Result<Option<Arc<TokenOwner>>, u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = known.owners.get(&hash) {
            return Ok(Some(owner.clone()));
        }
        let missed = known.misses.get(&hash);
        match missed.is_some_and(|until| Instant::now() < *until) {
            true => Ok(None),
            false => Err(known.generation),
        }
    }

    pub(crate) fn remember(
        &self,
        generation: u64,
        hash: TokenHash,
        found: Option<Arc<TokenOwner>>,
    ) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if generation != known.generation {
            return;
        }
        let Some(owner) = found else {
            if known.misses.len() >= MOST_MISSES {
                known.misses.clear();
            }
            known.misses.insert(hash, Instant::now() + MISSED);
            return;
        };
        if known.owners.len() >= MOST {
            known.owners.clear();
        }
        known.owners.insert(hash, owner);
    }

    /// Something changed that may be remembered.
    pub(crate) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.generation += 1;
        known.owners.clear();
        known.misses.clear();
        drop(known);
        self.news.send_replace(());
    }

    /// Changes with whatever is forgotten.
    pub(crate) fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

/// Looks the owner up.
pub(crate) fn find(reader: &mut Reader, hash: TokenHash) -> Result<Option<TokenOwner>, StoreError> {
    let Some(token) = reader.token(hash)? else {
        return Ok(None);
    };
    let Some(workspace) = reader.workspace(token.team)? else {
        return Ok(None);
    };
    let user = match token.user {
        Some(id) => reader.user(id)?,
        None => None,
    };
    let enterprise = match workspace.enterprise {
        Some(id) => reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?,
        None => None,
    };
    let app = match token.app {
        Some(id) => reader.app(id)?,
        None => None,
    };
    let caller = user.map(|user| {
        let (token, app) = (token.clone(), app.clone());
        Arc::new(Caller {
            token,
            user,
            workspace,
            enterprise,
            app,
        })
    });
    Ok(Some(TokenOwner { token, app, caller }))
}

/// Whether what is remembered of tokens may be otherwise after a change.
pub(crate) fn touched_by(change: &Change) -> bool {
    match change {
        // Who joins was somebody before: a token of theirs was good for nothing.
        Change::UserMade { user } => return user.invited.is_some(),
        Change::Added { seed } => return !seed.tokens.is_empty(),
        _ => {}
    }
    matches!(
        change,
        Change::TokenMade { .. }
            | Change::TokenEdited { .. }
            | Change::TokenRevoked { .. }
            | Change::UserEdited { .. }
            | Change::Assigned { .. }
            | Change::Unassigned { .. }
            | Change::AppMade { .. }
            | Change::AppEdited { .. }
            | Change::Removed { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: usize) -> TokenHash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        TokenHash(hash)
    }

    fn misses(owners: &Owners) -> usize {
        owners.known.read().unwrap().misses.len()
    }

    #[test]
    fn that_a_text_is_no_token_is_remembered_for_a_while_and_until_something_changes() {
        let owners = Owners::default();
        let missed = || {
            let generation = owners.known(hash(7)).unwrap_err();
            owners.remember(generation, hash(7), None);
            assert!(owners.known(hash(7)).unwrap().is_none());
            generation
        };
        let before = missed();
        owners.forget();
        // What was read before is not remembered after.
        owners.remember(before, hash(7), None);
        missed();
        let over = Instant::now();
        owners.known.write().unwrap().misses.insert(hash(7), over);
        missed();
    }

    #[test]
    fn strangers_make_no_more_be_remembered_than_there_is_room_for() {
        let owners = Owners::default();
        for number in 0..3 * MOST_MISSES {
            let generation = owners.known(hash(number)).unwrap_err();
            owners.remember(generation, hash(number), None);
            assert!((1..=MOST_MISSES).contains(&misses(&owners)));
        }
    }
}

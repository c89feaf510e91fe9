//! Whom tokens stand for, and who was met lately.

use crate::{error::StoreError, reader::Reader};
use guestlist_domain::{App, Caller, Change, Token, TokenHash};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::sync::watch;

/// Tokens whose owners are remembered.
const MOST: usize = 8192;

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
}

impl Owners {
    /// The owner, or the generation with which to remember who is found.
    pub(crate) fn known(&self, hash: TokenHash) -> Result<Arc<TokenOwner>, u64> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.owners.get(&hash).cloned().ok_or(known.generation)
    }

    pub(crate) fn remember(&self, generation: u64, hash: TokenHash, owner: Arc<TokenOwner>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.owners.len() >= MOST {
            known.owners.clear();
        }
        if generation == known.generation {
            known.owners.insert(hash, owner);
        }
    }

    /// Something changed that may be remembered.
    pub(crate) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.generation += 1;
        known.owners.clear();
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

/// Whether owners that are remembered may be others after a change.
pub(crate) fn touched_by(change: &Change) -> bool {
    // Who joins was somebody before: a token of theirs was good for nothing.
    if let Change::UserMade { user } = change {
        return user.invited.is_some();
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

//! From tokens to whom they stand for.

use super::{Inner, Store};
use crate::{
    error::StoreError,
    owners::{self, TokenOwner},
};
use guestlist_domain::TokenHash;
use std::sync::{Arc, atomic::Ordering};
use tokio::sync::watch;

impl Store {
    /// Whom a token stands for; `None` when no such token was ever made. Whoever makes tokens up waits like everybody
    /// who reads.
    pub async fn owner(&self, hash: TokenHash) -> Result<Option<Arc<TokenOwner>>, StoreError> {
        let owners = &self.0.owners;
        if let Ok(known) = owners.known(hash) {
            return Ok(known);
        }
        let _place = self.0.place().await?;
        // Somebody else may have asked meanwhile.
        let generation = match owners.known(hash) {
            Ok(known) => return Ok(known),
            Err(generation) => generation,
        };
        let found = self.0.apart(|| self.0.find_owner(hash))?.map(Arc::new);
        // What another node makes a token is one here at once, not when this node hears of it.
        if found.is_some() || !self.is_shared() {
            owners.remember(generation, hash, found.clone());
        }
        Ok(found)
    }

    /// Changes whenever tokens may stand for somebody else, or for nobody any more: at once after what
    /// is done here, and within a second after what other nodes do.
    pub fn token_news(&self) -> watch::Receiver<()> {
        self.0.owners.news()
    }
}

impl Inner {
    /// Looks up whom a token stands for, and leaves the facts that the next reader begins with where they hold.
    fn find_owner(&self, hash: TokenHash) -> Result<Option<TokenOwner>, StoreError> {
        let kept = self.kept()?;
        let holds = kept.holds(self.progress.logged.load(Ordering::Acquire));
        if !self.is_shared() && holds {
            let mut reader = kept.reuse(self.clock.now());
            let found = owners::find(&mut reader, hash);
            let is_lost = reader.is_lost();
            self.end(reader);
            return match is_lost {
                true => self.finish(self.begin()?, |reader| owners::find(reader, hash)),
                false => found,
            };
        }
        let reader = kept.begin(self.clock.now())?;
        self.finish(reader, |reader| owners::find(reader, hash))
    }
}

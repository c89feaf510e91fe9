//! The tokens that connections were opened with: a connection ends with its token.

use super::{Down, Sockets};
use crate::{authenticate, tireless::tireless, trouble::Trouble};
use guestlist_domain::{Timestamp, TokenHash};
use guestlist_store::{Store, StoreError, TokenOwner};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// How long it is between two looks, however much changes.
const PAUSE: Duration = Duration::from_millis(250);

/// Whom a token stands for, if it still opens anything.
pub(super) async fn living(
    store: &Store,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<Arc<TokenOwner>>, StoreError> {
    let owner = store.owner(token).await?;
    let is_good =
        |owner: &Arc<TokenOwner>| owner.app.is_some() && authenticate::alive(owner, now).is_ok();
    Ok(owner.filter(is_good))
}

impl Sockets {
    /// Ends connections whose token is good no more, for as long as the server runs. Of what other nodes
    /// do to tokens it hears when this one forgets whom they stand for.
    pub(crate) async fn watch(self, store: Store) {
        let work = || self.watching(&store);
        tireless("tokens of Socket Mode connections", work).await;
    }

    async fn watching(&self, store: &Store) {
        let mut news = store.token_news();
        let mut trouble = Trouble::default();
        loop {
            // What happens from here on is looked at next time.
            news.mark_unchanged();
            let next = match self.end_dead(store).await {
                Ok(next) => {
                    trouble.is_over("tokens of Socket Mode connections can be looked at again");
                    next
                }
                Err(error) => {
                    let what = "tokens of Socket Mode connections cannot be looked at";
                    trouble.met(&error, what);
                    Some(self.0.clock.now())
                }
            };
            tokio::time::sleep(PAUSE).await;
            tokio::select! {
                changed = news.changed() => if changed.is_err() {
                    return;
                },
                () = self.0.entered.notified() => {}
                () = self.sleep_until(next) => {}
            }
        }
    }

    async fn sleep_until(&self, time: Option<Timestamp>) {
        match time {
            Some(time) => self.0.clock.sleep_until(time).await,
            None => std::future::pending().await,
        }
    }

    /// Ends those whose token is dead; tells when the next one dies by itself.
    async fn end_dead(&self, store: &Store) -> Result<Option<Timestamp>, StoreError> {
        let mut next = None;
        for token in self.tokens() {
            match living(store, token, self.0.clock.now()).await? {
                Some(owner) => {
                    let dates = [next, owner.token.expires_at];
                    next = dates.into_iter().flatten().min();
                }
                None => self.expel(token),
            }
            tokio::task::yield_now().await;
        }
        Ok(next)
    }

    fn tokens(&self) -> BTreeSet<TokenHash> {
        let state = self.state();
        let connections = state.apps.values().flatten();
        connections.map(|connection| connection.token).collect()
    }

    /// Ends a token's connections; from now on they are sent nothing else.
    fn expel(&self, token: TokenHash) {
        self.state().apps.retain(|_, connections| {
            for gone in connections.extract_if(.., |one| one.token == token) {
                let _ = gone.send.send(Down::Disconnect("link_disabled"));
            }
            !connections.is_empty()
        });
    }
}

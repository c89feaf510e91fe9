//! Pages by which people come to workspaces, or leave them.

use super::{Answer, Answering, Ask, Decide, Write, deciding, failure};
use crate::arguments::Arguments;
use guestlist_domain::{Caller, TeamId, UserId};
use guestlist_store::{Reader, Store, StoreError};
use std::sync::Arc;

/// A page that writes, and by which people come to workspaces, or leave them.
pub trait Staff: Write {
    /// The workspaces whose usual channels somebody may come into: [`Ask::usual`] has these. None, if it is unknown
    /// whose: the decision finds out why.
    fn welcomed(_ask: &Ask<Self::Args>, _reader: &mut Reader) -> Result<Vec<TeamId>, StoreError> {
        Ok(Vec::new())
    }

    /// Who may have been brought by another node where they cannot be any more.
    fn left(_ask: &Ask<Self::Args>) -> Option<UserId> {
        None
    }
}

/// Runs a [`Staff`] page.
pub fn write_staff<'a, P: Staff>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let mut deciding = match deciding::<P>(store, caller, given) {
        Ok(deciding) => deciding,
        Err(answer) => return Box::pin(std::future::ready(answer)),
    };
    Box::pin(async move {
        let welcomed = store.read(|reader| P::welcomed(&deciding.ask, reader));
        let usual = match welcomed.await {
            Ok(workspaces) => store.usual_channels(workspaces).await,
            Err(error) => Err(error),
        };
        match usual {
            Ok(usual) => deciding.ask.usual = usual,
            Err(error) => return Answer::failed(&error),
        }
        let deciding = Arc::new(deciding);
        let outcome = match store.write(deciding.clone()).await {
            Ok(outcome) => outcome,
            Err(failed) => return failure(failed, &deciding.ask.caller),
        };
        if let Some(user) = P::left(&deciding.ask) {
            store.sweep(deciding.actor().team, user).await;
        }
        P::reply(&deciding.ask, outcome).map_or_else(Answer::from, Answer::from)
    })
}

//! Pages about what is under way between people and apps.

use super::{Answering, Good, failure};
use crate::{arguments::Arguments, contract::Contract};
use guestlist_domain::Caller;
use guestlist_store::{Drawn, Failure, Store, StoreError};
use std::sync::Arc;

/// A page about what is under way between people and apps, of which no journal tells.
pub trait Live: Contract {
    /// Answers.
    fn answer(
        store: &Store,
        caller: Arc<Caller>,
        args: Self::Args,
    ) -> impl Future<Output = Result<Good<Self::Reply>, Failure<Self::Error>>> + Send;
}

/// Runs a [`Live`] page.
pub fn live<'a, P: Live>(
    store: &'a Store,
    caller: Arc<Caller>,
    given: &Arguments,
) -> Answering<'a> {
    let args = match P::args(given) {
        Ok(args) => args,
        Err(bad) => return Box::pin(std::future::ready(bad.into())),
    };
    Box::pin(async move {
        match P::answer(store, caller.clone(), args).await {
            Ok(good) => good.into(),
            Err(other) => failure(other, &caller),
        }
    })
}

/// Randomness for what a [`Live`] page makes.
pub fn drawn<E>(store: &Store) -> Result<Drawn, Failure<E>> {
    store.draw().map_err(|error| {
        tracing::error!(%error, "there is no randomness");
        Failure::Store(StoreError::Unavailable)
    })
}

//! Reads that take long. So many may go on at a time, each on a thread of its own.

use super::{Inner, Store};
use crate::{error::StoreError, reader::Reader};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

impl Store {
    /// Reads much, on a thread of its own.
    pub async fn read_long<T, E>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let place = self.long_place().await?;
        let reader = self.view().await?;
        self.0.clone().finish_long(place, reader, read).await
    }

    /// The same of what is true whenever it is asked: it is read without waiting for the tables to follow the journal,
    /// also while they cannot. What was only just made may not be there yet.
    pub async fn glance_long<T, E>(
        &self,
        read: impl FnOnce(&mut Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let place = self.long_place().await?;
        let reader = self.0.apart(|| self.0.begin())?;
        self.0.clone().finish_long(place, reader, read).await
    }

    async fn long_place(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let place = self.0.long_reads.clone().acquire_owned().await;
        place.map_err(|_| StoreError::Unavailable)
    }
}

impl Inner {
    async fn finish_long<T, E>(
        self: Arc<Self>,
        place: OwnedSemaphorePermit,
        reader: Reader,
        read: impl FnOnce(&mut Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        reader.take_time();
        // Whoever asked may be gone before it is done: it has its place until then.
        let read = move || {
            let _place = place;
            self.finish(reader, read)
        };
        tokio::task::spawn_blocking(read)
            .await
            .unwrap_or(Err(StoreError::Unavailable.into()))
    }
}

//! What nodes on one database do one at a time: counting calls, handing letters over, and making the
//! secret that all of them have.

use super::{Engine, Inner, Store};
use crate::{
    error::StoreError,
    postgres::{
        bucket::{self, Take},
        letters::{self, Due},
        tickets,
    },
    sql::Connection,
    tables,
};
use guestlist_domain::{AppId, TeamId, Timestamp, TokenHash};

impl Store {
    /// Takes a call out of a bucket that all nodes share; `Err` with the nanoseconds to wait. Only a
    /// store that is shared has any.
    pub async fn take(&self, take: &Take) -> Result<Result<(), i64>, StoreError> {
        match &self.0.engine {
            Engine::Sqlite { .. } => Err(StoreError::Unavailable),
            Engine::Postgres { buckets, .. } => buckets.take(take.clone()).await,
        }
    }

    /// Forgets what was taken in workspaces that are gone; where nobody shares the store, nothing.
    pub async fn forget_takes(&self, workspaces: &[TeamId]) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        let teams: Vec<i64> = workspaces.iter().map(|team| team.key()).collect();
        self.0
            .write_apart(move |db| bucket::forget(db, &teams))
            .await
    }

    /// A secret that all nodes have: `fresh`, unless another node was the first. A store that
    /// nobody else serves has it kept nowhere, and it is `fresh`.
    pub async fn shared_secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], StoreError> {
        if !self.is_shared() {
            return Ok(fresh);
        }
        self.0.write_apart(|db| tables::secret(db, fresh)).await
    }

    /// Keeps a ticket that admits `app` once, at whichever node it is shown to, until then; `token` is
    /// what it was given for. Only a store that is shared has any.
    pub async fn keep_ticket(
        &self,
        ticket: TokenHash,
        app: AppId,
        token: TokenHash,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.clock().now();
        self.0
            .write_apart(|db| tickets::keep(db, &ticket, (app, token), now, until))
            .await
    }

    /// The app that a ticket admits, and the token it was given for. It is spent.
    pub async fn take_ticket(
        &self,
        ticket: TokenHash,
    ) -> Result<Option<(AppId, TokenHash)>, StoreError> {
        let now = self.clock().now();
        self.0
            .write_apart(|db| tickets::take(db, &ticket, now))
            .await
    }

    /// Letters to hand over now, at most so many, and when another will be due. Where other nodes have
    /// the store open as well, they are claimed: nobody else has them within the next 15 seconds.
    pub async fn letters_due(
        &self,
        most: usize,
    ) -> Result<(Vec<Due>, Option<Timestamp>), StoreError> {
        let now = self.clock().now();
        if self.is_shared() {
            return self.0.write_apart(|db| letters::claim(db, now, most)).await;
        }
        self.read(|reader| {
            let due = reader.mail_due(now, most)?.into_iter();
            let due = due.map(|(team, mail)| Due {
                team,
                mail,
                claim: None,
            });
            Ok((due.collect(), reader.next_mail()?))
        })
        .await
    }

    /// Keeps letters for 15 seconds more; one that was lost meanwhile stays so.
    pub async fn keep_letters(&self, letters: &[Due]) -> Result<(), StoreError> {
        self.tell_letters(letters, true).await
    }

    /// Gives letters back, after what came of them was written down.
    pub async fn release_letters(&self, letters: &[Due]) -> Result<(), StoreError> {
        self.tell_letters(letters, false).await
    }

    async fn tell_letters(&self, letters: &[Due], keep: bool) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        self.0
            .write_apart(|db| letters::tell(db, letters, keep))
            .await
    }
}

impl Inner {
    /// Writes a little beside the writer, where there are many.
    pub(super) async fn write_apart<T>(
        &self,
        write: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _place = self.place().await?;
        self.apart(|| {
            let kept = self.kept()?;
            let done = write(kept.db());
            self.keep(kept);
            done
        })
    }
}

//! Reading of what happens by itself when its time has come.

use super::Reader;
use crate::{
    error::StoreError,
    sql::{OptionalExtension, params},
};
use guestlist_domain::{InvitationId, TeamId, Timestamp, UserId};

impl Reader {
    /// Invitations to which something has happened by itself at a time, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<InvitationId>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select id from invitation where due <= ?1 order by due limit ?2")?;
        let rows = select.query_map(params![now.0, limit as i64], |row| row.get::<_, String>(0))?;
        let ids: Vec<String> = rows.collect::<Result<_, _>>()?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// When something happens to an invitation by itself next.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = self
            .db()?
            .prepare_cached(
                "select due from invitation where due is not null order by due limit 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(due.map(Timestamp))
    }

    /// Guests whose time has ended at a time and who are not removed yet, whose ended first first, each with the
    /// workspace they belong to.
    pub fn ended(&self, now: Timestamp, limit: usize) -> Result<Vec<(TeamId, UserId)>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select team, id from user where leaves <= ?1 and (flags & 1) = 0 and (flags & 6) <> 0
             order by leaves limit ?2",
        )?;
        let rows = select.query_map(params![now.0, limit as i64], |row| {
            Ok((TeamId::from_key(row.get(0)?), UserId::from_key(row.get(1)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When a guest's time ends next after another time.
    pub fn next_end(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let ends: Option<i64> = self
            .db()?
            .prepare_cached(
                "select leaves from user where leaves > ?1 and (flags & 1) = 0 and (flags & 6) <> 0
                 order by leaves limit 1",
            )?
            .query_row([after.0], |row| row.get(0))
            .optional()?;
        Ok(ends.map(Timestamp))
    }
}

//! Reading of letters.

use super::Reader;
use crate::{
    error::StoreError,
    measures::Letters,
    sql::{OptionalExtension, params},
    tables::{document, mail},
};
use guestlist_domain::{Mail, TeamId, Timestamp, mail::State};
use std::sync::Arc;

/// Which letters are looked for; nothing said is all of them.
#[derive(Clone, Debug, Default)]
pub struct MailFilter {
    /// Sent by this workspace.
    pub team: Option<TeamId>,
    /// To this address, lower case.
    pub to: Option<String>,
    /// Waiting for this.
    pub state: Option<State>,
    /// Written before this one.
    pub before: Option<Timestamp>,
}

impl Reader {
    /// A letter, and the workspace that sends it.
    pub fn mail(&self, id: Timestamp) -> Result<Option<(TeamId, Arc<Mail>)>, StoreError> {
        mail::mail(self.db()?, id)
    }

    /// Letters, the newest first.
    pub fn mails(&self, filter: &MailFilter, limit: usize) -> Result<Vec<Mail>, StoreError> {
        // With an address its index is read, without one the letters in their order.
        let sql = match filter.to {
            Some(_) => {
                "select id, doc from mail where address = ?1 and id < ?2 and (cast(?3 as text) is null or state = ?3)
                   and (cast(?4 as bigint) is null or team = ?4)
                 order by id desc limit ?5"
            }
            None => {
                "select id, doc from mail where cast(?1 as text) is null and id < ?2 and (cast(?3 as text) is null or state = ?3)
                   and (cast(?4 as bigint) is null or team = ?4)
                 order by id desc limit ?5"
            }
        };
        let mut select = self.db()?.prepare_cached(sql)?;
        let mut rows = select.query(params![
            filter.to,
            filter.before.map_or(i64::MAX, |before| before.0),
            filter.state.map(State::name),
            filter.team.map(TeamId::key),
            limit as i64,
        ])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id = Timestamp(row.get(0)?);
            let doc = row.get_ref(1)?.as_str().unwrap_or_default();
            all.push(document("mail", id.ts(), doc)?);
        }
        Ok(all)
    }

    /// Letters to hand over at a time, the longest due first, each with the workspace that sends it.
    pub fn mail_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(TeamId, Mail)>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select id, doc, team from mail where due <= ?1 order by due limit ?2",
        )?;
        let mut rows = select.query(params![now.0, limit as i64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id = Timestamp(row.get(0)?);
            let doc = row.get_ref(1)?.as_str().unwrap_or_default();
            let team = TeamId::from_key(row.get(2)?);
            all.push((team, document("mail", id.ts(), doc)?));
        }
        Ok(all)
    }

    /// What is known of the letters that are to be handed over.
    pub(crate) fn mail_waiting(&self) -> Result<Letters, StoreError> {
        let sql = "select count(*), min(due), min(id) from mail where due is not null";
        Ok(self.db()?.prepare_cached(sql)?.query_row([], |row| {
            Ok(Letters {
                waiting: row.get::<_, i64>(0)?.unsigned_abs(),
                due: row.get::<_, Option<i64>>(1)?.map(Timestamp),
                oldest: row.get::<_, Option<i64>>(2)?.map(Timestamp),
            })
        })?)
    }

    /// When a letter is to be handed over next.
    pub fn next_mail(&self) -> Result<Option<Timestamp>, StoreError> {
        let due: Option<i64> = self
            .db()?
            .prepare_cached("select due from mail where due is not null order by due limit 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(due.map(Timestamp))
    }
}

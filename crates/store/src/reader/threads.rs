//! Threads: a message, and what was said in answer to it.

use super::{Reader, source};
use crate::{error::StoreError, sql::params, tables::document};
use guestlist_domain::{Channel, Message, Timestamp, UserId};
use std::collections::HashMap;

/// What there is to say of a message that was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// How many answers there are.
    pub replies: u64,
    /// The newest of them.
    pub latest: Timestamp,
    /// Who answered, in the order in which they first did.
    pub users: Vec<UserId>,
}

impl Reader {
    /// A message of a conversation.
    pub fn message(&self, channel: &Channel, ts: Timestamp) -> Result<Option<Message>, StoreError> {
        Ok(self.history(channel, ts, ts, true, 1)?.pop())
    }

    /// The threads below those messages from a time to another that were answered.
    pub fn threads(
        &self,
        channel: &Channel,
        (first, last): (Timestamp, Timestamp),
    ) -> Result<HashMap<Timestamp, Thread>, StoreError> {
        let (team, id, until) = source(channel);
        let mut select = self.db()?.prepare_cached(
            "select thread, author, count(*), max(ts) from reply
             where team = ?1 and channel = ?2 and thread between ?3 and ?4 and ts <= ?5
             group by thread, author order by thread, min(ts)",
        )?;
        let mut rows = select.query(params![team, id, first.0, last.0, until])?;
        let mut threads: HashMap<Timestamp, Thread> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (author, replies): (String, i64) = (row.get(1)?, row.get(2)?);
            let thread = threads.entry(Timestamp(row.get(0)?)).or_default();
            thread.replies += replies.unsigned_abs();
            thread.latest = thread.latest.max(Timestamp(row.get(3)?));
            thread.users.extend(author.parse::<UserId>().ok());
        }
        Ok(threads)
    }

    /// What was said in answer to a message from a time to another, the oldest first.
    pub fn replies(
        &self,
        channel: &Channel,
        parent: Timestamp,
        (oldest, latest): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let (team, id, until) = source(channel);
        let mut select = self.db()?.prepare_cached(
            "select m.ts, m.doc from reply r
             join message m on m.team = r.team and m.channel = r.channel and m.ts = r.ts
             where r.team = ?1 and r.channel = ?2 and r.thread = ?3 and r.ts between ?4 and ?5
             order by r.ts limit ?6",
        )?;
        let latest = latest.0.min(until);
        let mut rows = select.query(params![team, id, parent.0, oldest.0, latest, limit as i64])?;
        let mut replies = Vec::new();
        while let Some(row) = rows.next()? {
            let ts: i64 = row.get(0)?;
            let doc = row.get_ref(1)?;
            replies.push(document("message", ts, doc.as_str().unwrap_or_default())?);
        }
        Ok(replies)
    }
}

//! Threads: a message, and what was said in answer to it.

use super::Reader;
use crate::{error::StoreError, sql::params, tables::document};
use guestlist_domain::{Channel, Message, Timestamp, UserId};

/// Answers that are looked at for who gave them.
const MOST_AUTHORS: i64 = 200;

/// What there is to say of a message that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// How many answers there are.
    pub replies: u64,
    /// The newest of them.
    pub latest: Timestamp,
    /// Who answered, in the order in which they first did; of long threads those of the beginning.
    pub users: Vec<UserId>,
}

impl Reader {
    /// A message of a conversation.
    pub fn message(&self, channel: &Channel, ts: Timestamp) -> Result<Option<Message>, StoreError> {
        Ok(self.history(channel, ts, ts, true, 1)?.pop())
    }

    /// The thread below a message; `None` if nobody answered it.
    pub fn thread(
        &self,
        channel: &Channel,
        parent: Timestamp,
    ) -> Result<Option<Thread>, StoreError> {
        let (team, id, until) = super::source(channel);
        let (replies, latest): (i64, Option<i64>) = self
            .db()?
            .prepare_cached(
                "select count(*), max(ts) from reply
                 where team = ?1 and channel = ?2 and thread = ?3 and ts <= ?4",
            )?
            .query_row(params![team, id, parent.0, until], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let Some(latest) = latest else {
            return Ok(None);
        };
        let mut users = Vec::new();
        for reply in self.replies(
            channel,
            parent,
            (Timestamp(0), Timestamp(until)),
            MOST_AUTHORS as usize,
        )? {
            if !users.contains(&reply.user) {
                users.push(reply.user);
            }
        }
        Ok(Some(Thread {
            replies: replies.unsigned_abs(),
            latest: Timestamp(latest),
            users,
        }))
    }

    /// What was said in answer to a message from a time to another, the oldest first.
    pub fn replies(
        &self,
        channel: &Channel,
        parent: Timestamp,
        (oldest, latest): (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let (team, id, until) = super::source(channel);
        let mut select = self.db()?.prepare_cached(
            "select m.ts, m.doc from reply r
             join message m on m.team = r.team and m.channel = r.channel and m.ts = r.ts
             where r.team = ?1 and r.channel = ?2 and r.thread = ?3 and r.ts between ?4 and ?5
             order by r.ts limit ?6",
        )?;
        let mut rows = select.query(params![
            team,
            id,
            parent.0,
            oldest.0,
            latest.0.min(until),
            limit as i64
        ])?;
        let mut replies = Vec::new();
        while let Some(row) = rows.next()? {
            let ts: i64 = row.get(0)?;
            let doc = row.get_ref(1)?;
            replies.push(document("message", ts, doc.as_str().unwrap_or_default())?);
        }
        Ok(replies)
    }
}

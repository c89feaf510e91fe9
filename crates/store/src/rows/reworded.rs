//! What became of messages after they were written.

use super::{put_messages, put_said};
use crate::{
    error::StoreError,
    sql::{Connection, params},
};
use guestlist_domain::Message;
use std::{collections::BTreeMap, sync::Arc};

enum Fate {
    Reworded(Arc<Message>),
    /// Gone, and no answer in its thread any more.
    Deleted {
        thread: Option<i64>,
    },
}

/// By workspace, channel, time. Written after all that was said: it is the last word.
#[derive(Default)]
pub(super) struct Reworded(BTreeMap<(i64, i64, i64), Fate>);

impl Reworded {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A message says something else.
    pub(super) fn put(&mut self, team: i64, channel: i64, message: &Arc<Message>) {
        let key = (team, channel, message.ts.0);
        self.0.insert(key, Fate::Reworded(message.clone()));
    }

    /// A message is gone.
    pub(super) fn delete(&mut self, team: i64, channel: i64, message: &Message) {
        let thread = message.answers().map(|thread| thread.0);
        let key = (team, channel, message.ts.0);
        self.0.insert(key, Fate::Deleted { thread });
    }

    pub(super) fn remove(&mut self, gone: impl Fn(i64) -> bool) {
        self.0.retain(|(team, ..), _| !gone(*team));
    }

    /// Writes one, if there is one left.
    pub(super) fn write_one(&mut self, db: &Connection) -> Result<bool, StoreError> {
        let Some(((team, channel, ts), fate)) = self.0.pop_first() else {
            return Ok(false);
        };
        match fate {
            Fate::Reworded(message) => {
                let said = (&*message).into();
                put_said(&mut put_messages(db)?, team, channel, ts, &said)?;
            }
            Fate::Deleted { thread } => {
                db.prepare_cached(
                    "delete from message where team = ?1 and channel = ?2 and ts = ?3",
                )?
                .execute([team, channel, ts])?;
                if let Some(thread) = thread {
                    db.prepare_cached(
                        "delete from reply where team = ?1 and channel = ?2 and thread = ?3 and ts = ?4",
                    )?
                    .execute(params![team, channel, thread, ts])?;
                }
            }
        }
        Ok(true)
    }
}

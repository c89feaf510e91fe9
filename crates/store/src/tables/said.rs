//! Facts of what was said.

use super::{message, owner};
use crate::{
    error::StoreError,
    sql::{Connection, params},
};
use guestlist_domain::{Facts, Key};
use std::sync::Arc;

pub(super) fn load(db: &Connection, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
    match key {
        Key::Message(channel, ts) => {
            let mut found = None;
            if let Some(team) = owner(db, facts, *channel)? {
                let mut select = db.prepare_cached(
                    "select ts, joined, inviter, doc from message where team = ?1 and channel = ?2 and ts = ?3",
                )?;
                let mut rows = select.query(params![team.key(), channel.key(), ts.0])?;
                if let Some(row) = rows.next()? {
                    found = Some(Arc::new(message(row, 0)?));
                }
            }
            facts.put_message(*channel, *ts, found);
        }
        Key::Replies(channel, ts) => {
            let mut count = 0;
            if let Some(team) = owner(db, facts, *channel)? {
                count = db
                    .prepare_cached(
                        "select count(*) from (select 1 from reply where team = ?1 and channel = ?2 and thread = ?3 limit 1) as one",
                    )?
                    .query_row(params![team.key(), channel.key(), ts.0], |row| {
                        row.get::<_, i64>(0)
                    })?
                    .unsigned_abs();
            }
            facts.put_replies(*channel, *ts, count);
        }
        _ => {}
    }
    Ok(())
}

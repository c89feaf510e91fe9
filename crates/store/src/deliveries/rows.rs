//! A delivery as a row.

use super::{About, Delivery, Lane, Owed, State};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, Row, params},
};
use guestlist_domain::{AppId, TeamId, Timestamp};

pub(crate) const COLUMNS: &str = "id, app, team, channel, event_id, type, at, state, attempts, due, until, reason, status, change, body";

pub(super) fn first(db: &Connection, (app, about): Lane) -> Result<Option<Delivery>, StoreError> {
    Ok(db
        .prepare_cached(&format!(
            "select {COLUMNS} from delivery where state = 0 and app = ?1 and channel = ?2 order by id limit 1"
        ))?
        .query_row([app.key(), about.key()], delivery)
        .optional()?)
}

pub(super) fn insert(db: &Connection, owed: &Owed, change: i64) -> Result<(), StoreError> {
    Ok(db.execute(
        "insert or ignore into delivery (app, team, channel, event_id, type, at, state, attempts, due, until, change, body)
         values (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?6, ?7, ?8, ?9)",
        params![
            owed.app.key(),
            owed.team.key(),
            owed.about.key(),
            owed.event_id,
            owed.kind,
            owed.at.0,
            owed.until.0,
            change,
            owed.body
        ],
    )?)
}

pub(super) fn update(db: &Connection, delivery: &Delivery, change: i64) -> Result<(), StoreError> {
    Ok(db.execute(
        "update delivery set state = ?2, attempts = ?3, due = ?4, until = ?5, reason = ?6, status = ?7, change = ?8
         where id = ?1",
        params![
            delivery.id,
            delivery.state as i64,
            delivery.attempts,
            delivery.due.0,
            delivery.owed.until.0,
            delivery.reason,
            delivery.status,
            change
        ],
    )?)
}

pub(crate) fn delivery(row: Row<'_>) -> crate::sql::Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        owed: Owed {
            app: AppId::from_key(row.get(1)?),
            team: TeamId::from_key(row.get(2)?),
            about: About::from_key(row.get(3)?),
            event_id: row.get(4)?,
            kind: row.get(5)?,
            at: Timestamp(row.get(6)?),
            until: Timestamp(row.get(10)?),
            body: row.get(14)?,
        },
        state: State::from_number(row.get(7)?),
        attempts: row.get(8)?,
        due: Timestamp(row.get(9)?),
        reason: row.get(11)?,
        status: row.get(12)?,
        change: row.get(13)?,
    })
}

//! What keeps an app from being sent more: its quota, its failures, and operators.

use super::{Deliveries, Delivery, Hold, Owed};
use crate::{
    error::StoreError,
    sql::{OptionalExtension, Row, params},
    writer::in_transaction,
};
use guestlist_domain::{AppId, Timestamp};

/// Counts what was sent first, tried and failed in a minute.
const COUNT: &str = "insert into delivery_hour (app, team, minute, sent, tried, failed)
  values (?1, ?2, ?3, ?4, ?5, ?6)
  on conflict (app, team, minute) do update set
    sent = delivery_hour.sent + excluded.sent, tried = delivery_hour.tried + excluded.tried,
    failed = delivery_hour.failed + excluded.failed";

/// The minute that a time is in.
pub(super) fn minute(now: Timestamp) -> i64 {
    now.seconds().div_euclid(60)
}

impl Deliveries {
    /// Counts an attempt, if it is one more than before for this app; whether it may be made: not if
    /// it is the `first` of its delivery and the app has had its `quota` within the hour.
    pub fn attempt(
        &mut self,
        delivery: &Delivery,
        quota: Option<u64>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let first = delivery.attempts == 0 && quota.is_some();
        let Owed { app, team, .. } = delivery.owed;
        let counted = params![app.key(), team.key(), minute(now), i64::from(first), 1, 0];
        if !first {
            self.db.execute(COUNT, counted)?;
            return Ok(true);
        }
        // Counted first: whoever else counts in this minute waits.
        self.db.begin()?;
        let within = (|| {
            self.db.execute(COUNT, counted)?;
            let sent: i64 = self.db.query_row(
                "select cast(sum(sent) as bigint) from delivery_hour
                 where app = ?1 and team = ?2 and minute between ?3 and ?4",
                params![app.key(), team.key(), minute(now) - 59, minute(now)],
                |row| row.get(0),
            )?;
            let within = quota.is_none_or(|quota| sent.unsigned_abs() <= quota);
            if within {
                self.db.commit()?;
            }
            Ok(within)
        })();
        if !matches!(within, Ok(true)) {
            let _ = self.db.rollback();
        }
        within
    }

    /// Counts an attempt that failed; how many were made for the app within the hour, and how many
    /// of them failed.
    pub fn failed(
        &mut self,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let Owed { app, team, .. } = delivery.owed;
        self.db
            .execute(COUNT, params![app.key(), team.key(), minute(now), 0, 0, 1])?;
        Ok(self.db.query_row(
            "select cast(sum(tried) as bigint), cast(sum(failed) as bigint) from delivery_hour
             where app = ?1 and minute between ?2 and ?3",
            params![app.key(), minute(now) - 59, minute(now)],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?.unsigned_abs(),
                    row.get::<_, i64>(1)?.unsigned_abs(),
                ))
            },
        )?)
    }

    /// Whether an app's deliveries are held back.
    pub fn hold(&self, app: AppId) -> Result<Hold, StoreError> {
        Ok(self
            .db
            .prepare_cached("select app, paused, disabled from delivery_hold where app = ?1")?
            .query_row([app.key()], hold)
            .optional()?
            .unwrap_or_default()
            .1)
    }

    /// Every app whose deliveries are or were held back.
    pub fn holds(&self) -> Result<Vec<(AppId, Hold)>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("select app, paused, disabled from delivery_hold")?;
        let rows = select.query_map([], hold)?;
        rows.map(|row| Ok(row.map(|(app, hold)| (AppId::from_key(app), hold))?))
            .collect()
    }

    /// Holds an app's deliveries back, or lets them go on. Of one that is no longer cut off, what
    /// failed before counts no more.
    pub fn set_hold(&mut self, app: AppId, hold: Hold) -> Result<(), StoreError> {
        in_transaction(&self.db, || {
            self.db.execute(
                "insert or replace into delivery_hold (app, paused, disabled) values (?1, ?2, ?3)",
                params![app.key(), hold.paused, hold.disabled.map(|at| at.0)],
            )?;
            if hold.disabled.is_none() {
                self.db.execute(
                    "update delivery_hour set tried = 0, failed = 0 where app = ?1",
                    [app.key()],
                )?;
            }
            Ok(())
        })
    }
}

fn hold(row: Row<'_>) -> crate::sql::Result<(i64, Hold)> {
    let disabled: Option<i64> = row.get(2)?;
    let hold = Hold {
        paused: row.get(1)?,
        disabled: disabled.map(Timestamp),
    };
    Ok((row.get(0)?, hold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliveries::owing;
    use std::sync::Arc;

    #[test]
    fn apps_that_are_held_back_are_counted_by_why() {
        let home = tempfile::TempDir::new().unwrap();
        let file = home.path().join("deliveries.db");
        let mut record = Deliveries::open(&file, Arc::default()).unwrap();
        let cut_off = Some(Timestamp(7));
        for (app, paused, disabled, counted) in [
            ("A0ONE", false, None, (0, 0)),
            ("A0ONE", false, cut_off, (1, 0)),
            ("A0TWO", true, None, (1, 1)),
            ("A0ONE", true, cut_off, (1, 2)),
            ("A0TWO", false, None, (1, 1)),
            ("A0ONE", false, None, (0, 0)),
        ] {
            let hold = Hold { paused, disabled };
            record.set_hold(app.parse().unwrap(), hold).unwrap();
            let (owing, _) = owing(&record.db).unwrap();
            assert_eq!((owing.disabled, owing.paused), counted, "{app}");
        }
    }
}

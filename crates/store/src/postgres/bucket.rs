//! Buckets that nodes share: how often methods may be called, exact whichever node is asked.

use crate::{
    error::StoreError,
    sql::{Connection, params},
};
use guestlist_domain::TeamId;

/// A call that takes from a bucket. A bucket is the time when it will be full again; all times are
/// nanoseconds since 1970.
#[derive(Clone, Debug)]
pub struct Take {
    /// The workspace.
    pub team: TeamId,
    /// Which of its buckets.
    pub name: String,
    /// Now.
    pub now: i64,
    /// How long one call takes to be refilled.
    pub interval: i64,
    /// When a bucket that is empty now will be full.
    pub empty: i64,
}

/// One statement, since whoever comes in between must be counted. A bucket that is not there is
/// full; if the clock was set back, a bucket is empty, not in debt.
const TAKE: &str = "
  insert into bucket as b (team, name, full_at, taken) values (?1, ?2, cast(?3 as bigint) + ?4, true)
  on conflict (team, name) do update set
    taken = greatest(least(b.full_at, ?5), ?3) + ?4 <= ?5,
    full_at = greatest(least(b.full_at, ?5), ?3)
            + case when greatest(least(b.full_at, ?5), ?3) + ?4 <= ?5 then ?4 else 0 end
  returning full_at, taken";

/// Takes one call; `Err` with the nanoseconds after which the next can be taken.
pub(crate) fn take(db: &Connection, take: &Take) -> Result<Result<(), i64>, StoreError> {
    let mut statement = db.prepare_cached(TAKE)?;
    let params = params![
        take.team.key(),
        take.name,
        take.now,
        take.interval,
        take.empty
    ];
    let (full_at, taken): (i64, bool) =
        statement.query_row(params, |row| Ok((row.get(0)?, row.get(1)?)))?;
    if taken {
        return Ok(Ok(()));
    }
    Ok(Err(full_at
        .saturating_add(take.interval)
        .saturating_sub(take.empty)))
}

//! Which node hands a letter over: one at a time, which has claimed it for some seconds by the
//! database's clock.

use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, Row, params},
    tables::document,
};
use guestlist_domain::{Mail, TeamId, Timestamp};

/// Letters that are due and that nobody has claimed, the longest due first.
const CLAIM: &str = "
  update mail t set claim = nextval('mail_claim'), lease = now() + interval '15 seconds'
  from (
    select team, id from mail where due <= ?1 and (lease is null or lease < now())
    order by due limit ?2 for update skip locked
  ) m
  where t.team = m.team and t.id = m.id
  returning t.id, t.doc, t.team, t.claim";
const RENEW: &str = "
  update mail set lease = now() + interval '15 seconds' where team = ?1 and id = ?2 and claim = ?3";
const RELEASE: &str =
    "update mail set claim = null, lease = null where team = ?1 and id = ?2 and claim = ?3";
const NEXT: &str = "
  select due from mail where due is not null and (lease is null or lease < now())
  order by due limit 1";

/// A letter to hand over.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The workspace that sends it.
    pub team: TeamId,
    /// The letter.
    pub mail: Mail,
    /// By which claim it is this node's, where there are others.
    pub(crate) claim: Option<i64>,
}

/// Claims letters that are due, and tells when another will be.
pub(crate) fn claim(
    db: &Connection,
    now: Timestamp,
    most: usize,
) -> Result<(Vec<Due>, Option<Timestamp>), StoreError> {
    let mut due = Vec::new();
    let mut claim = db.prepare_cached(CLAIM)?;
    let mut rows = claim.query(params![now.0, most as i64])?;
    while let Some(row) = rows.next()? {
        due.push(read(row)?);
    }
    // As they come out of the table, not as they were taken.
    due.sort_by_key(|due| (due.mail.due, due.mail.id));
    let next: Option<i64> = db.query_row(NEXT, [], |row| row.get(0)).optional()?;
    Ok((due, next.map(Timestamp)))
}

fn read(row: Row<'_>) -> Result<Due, StoreError> {
    let id = Timestamp(row.get(0)?);
    let doc = row.get_ref(1)?.as_str().unwrap_or_default();
    Ok(Due {
        mail: document("mail", id.ts(), doc)?,
        team: TeamId::from_key(row.get(2)?),
        claim: Some(row.get(3)?),
    })
}

/// Keeps letters, or lets them go.
pub(crate) fn tell(db: &Connection, letters: &[Due], keep: bool) -> Result<(), StoreError> {
    for Due { team, mail, claim } in letters {
        let which = params![team.key(), mail.id.0, *claim];
        db.execute(if keep { RENEW } else { RELEASE }, which)?;
    }
    Ok(db.postgres().map_or(Ok(()), super::Session::heard)?)
}

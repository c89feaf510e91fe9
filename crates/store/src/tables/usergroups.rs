//! User groups.

use super::{document, entity, to_json};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
};
use guestlist_domain::{TeamId, UserId, Usergroup, UsergroupId};
use std::sync::Arc;

/// The groups of a workspace, by their ids.
pub(crate) fn all(db: &Connection, team: TeamId) -> Result<Vec<Usergroup>, StoreError> {
    let mut select =
        db.prepare_cached("select id, doc from usergroup where team = ?1 order by id")?;
    let mut rows = select.query([team.key()])?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let id = UsergroupId::from_key(row.get(0)?);
        let doc = row.get_ref(1)?;
        groups.push(document("usergroup", id, doc.as_str().unwrap_or_default())?);
    }
    Ok(groups)
}

/// A group of a workspace.
pub(crate) fn one(
    db: &Connection,
    team: TeamId,
    id: UsergroupId,
) -> Result<Option<Arc<Usergroup>>, StoreError> {
    let doc: Option<String> = db
        .prepare_cached("select doc from usergroup where team = ?1 and id = ?2")?
        .query_row([team.key(), id.key()], |row| row.get(0))
        .optional()?;
    entity("usergroup", id, doc.as_deref())
}

/// Who of a workspace has a name that is no longer than names of channels can be.
pub(super) fn named(db: &Connection, team: TeamId, name: &str) -> Result<Vec<UserId>, StoreError> {
    let mut select = db.prepare_cached(
        "select id from user where team = ?1 and name = ?2 and length(name) <= 80",
    )?;
    let rows = select.query_map(params![team.key(), name], |row| {
        row.get(0).map(UserId::from_key)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn erase(db: &Connection, team: TeamId, id: UsergroupId) -> Result<(), StoreError> {
    db.prepare_cached("delete from usergroup where team = ?1 and id = ?2")?
        .execute([team.key(), id.key()])?;
    Ok(())
}

pub(crate) fn put(db: &Connection, group: &Usergroup) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into usergroup (team, id, doc) values (?1, ?2, ?3)")?
        .execute(params![group.team.key(), group.id.key(), to_json(group)])?;
    Ok(())
}

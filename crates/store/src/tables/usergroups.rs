//! User groups.

use super::{document, entity, to_json};
use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, Params, params},
};
use guestlist_domain::{TeamId, UserId, Usergroup, UsergroupId};
use std::sync::Arc;

/// The groups of a workspace, by their ids.
pub(crate) fn all(db: &Connection, team: TeamId) -> Result<Vec<Usergroup>, StoreError> {
    let sql = "select id, doc from usergroup where team = ?1 order by id";
    groups(db, sql, [team.key()])
}

/// The groups of a workspace that somebody is in, by their ids. Nobody else's are parsed but of those that they made
/// or changed: these name them as well.
pub(crate) fn of(
    db: &Connection,
    team: TeamId,
    user: UserId,
) -> Result<Vec<Usergroup>, StoreError> {
    let sql = "select id, doc from usergroup where team = ?1 and doc like ?2 order by id";
    let mut groups = groups(db, sql, params![team.key(), format!("%\"{user}\"%")])?;
    groups.retain(|group| group.users.contains(&user));
    Ok(groups)
}

fn groups(db: &Connection, sql: &str, of: impl Params) -> Result<Vec<Usergroup>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(of)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite;
    use serde_json::{from_value, json};

    #[test]
    fn of_groups_that_somebody_is_not_in_nothing_is_parsed() {
        let db = sqlite::in_memory().unwrap();
        let team: TeamId = "T0A".parse().unwrap();
        let group = |id: &str, creator: &str, users: &[&str]| -> Usergroup {
            let group = json!({
                "id": id, "team": team, "name": "Crew", "handle": "crew", "description": "",
                "creator": creator, "created": 1, "updater": creator, "updated": 1,
                "channels": [], "users": users,
            });
            from_value(group).unwrap()
        };
        put(&db, &group("S01", "U0ADA", &["U0BEN", "U0BE"])).unwrap();
        put(&db, &group("S02", "U0BEN", &["U0ADA"])).unwrap();
        put(&db, &group("S03", "U0ADA", &["U0BE"])).unwrap();
        put(&db, &group("S04", "U0ADA", &["U0ADA", "U0BEN"])).unwrap();
        let broken: UsergroupId = "S05".parse().unwrap();
        let insert = "insert into usergroup (team, id, doc) values (?1, ?2, 'U0BEN')";
        db.execute(insert, [team.key(), broken.key()]).unwrap();
        let found = |user: &str| -> Vec<_> {
            let found = of(&db, team, user.parse().unwrap()).unwrap();
            found.iter().map(|group| group.id.to_string()).collect()
        };
        assert_eq!(found("U0BEN"), ["S01", "S04"]);
        assert_eq!(found("U0BE"), ["S01", "S03"]);
        assert_eq!(found("U0EVE"), [""; 0]);
        assert!(all(&db, team).is_err());
        let elsewhere = "T0B".parse().unwrap();
        assert!(
            of(&db, elsewhere, "U0BEN".parse().unwrap())
                .unwrap()
                .is_empty()
        );
    }
}

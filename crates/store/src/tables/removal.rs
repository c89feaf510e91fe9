//! Taking workspaces out of the tables, and what speaks against it.

use super::connect::column;
use crate::{
    access,
    error::StoreError,
    sql::{Connection, params},
};
use guestlist_domain::{
    AppId, ChannelId, EnterpriseId, TeamId,
    facts::{Reach, Tie},
};

/// What of a workspace others may hang on: of each other workspace the first thing that is found.
pub(super) fn reach(db: &Connection, team: TeamId) -> Result<Reach, StoreError> {
    let apps = column(
        db,
        "select id from app where team = ?1 order by id",
        [team.key()],
        AppId::from_key,
    )?;
    let mut ties: Vec<Tie> = Vec::new();
    let mut tie = |with: i64, by: String| {
        let with = TeamId::from_key(with);
        if !ties.iter().any(|tie| tie.with == with) {
            ties.push(Tie { with, by });
        }
    };
    for (with, by) in numbers(
        db,
        "select w.team, w.enterprise from workspace t join workspace w on w.enterprise = t.enterprise
         where t.team = ?1 and w.team <> ?1",
        team,
    )? {
        tie(with, EnterpriseId::from_key(by).to_string());
    }
    // Those of old, too: what their people said is still there, and copies show what the host has.
    for (with, by) in numbers(
        db,
        "select team, channel from channel_share where owner = ?1 and team <> ?1
         union select owner, channel from channel_share where team = ?1 and owner <> ?1
         union select team, channel from channel_past where owner = ?1 and team <> ?1
         union select owner, channel from channel_past where team = ?1 and owner <> ?1",
        team,
    )? {
        tie(with, ChannelId::from_key(by).to_string());
    }
    let mut select = db.prepare_cached(
        "select team, id from invitation_side where owner = ?1 and team <> ?1
         union select owner, id from invitation_side where team = ?1 and owner <> ?1",
    )?;
    let rows = select.query_map([team.key()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (with, by) = row?;
        tie(with, by);
    }
    for app in &apps {
        let app = app.to_string();
        for with in column(
            db,
            "select distinct team from token where app = ?1 and team <> ?2",
            params![app, team.key()],
            |with| with,
        )? {
            tie(with, app.clone());
        }
    }
    Ok(Reach { apps, ties })
}

fn numbers(db: &Connection, sql: &str, of: TeamId) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([of.key()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What takes a workspace out, in this order. Where several nodes write, conversations go first: who
/// decides something about one holds its row, and what they leave is seen by what follows.
const REMOVAL: [&str; 20] = [
    "delete from workspace where team = ?1",
    "delete from channel where team = ?1",
    "delete from app where team = ?1",
    "delete from channel_share where team = ?1",
    "delete from channel_share where owner = ?1",
    "delete from channel_past where team = ?1",
    "delete from channel_past where owner = ?1",
    "delete from place where user in (select id from user where team = ?1)",
    "delete from member where team = ?1",
    "delete from message where team = ?1",
    "delete from reply where team = ?1",
    "delete from user where team = ?1",
    "delete from usergroup where team = ?1",
    "delete from invite_request where team = ?1",
    "delete from token where team = ?1",
    "delete from invitation where team = ?1",
    "delete from invitation_side where team = ?1",
    "delete from invitation_side where owner = ?1",
    "delete from mail where team = ?1",
    "delete from outbox where team = ?1",
];

/// Takes a workspace out, with every row that it owns.
pub(crate) fn remove_workspace(db: &Connection, team: TeamId) -> Result<(), StoreError> {
    for sql in REMOVAL {
        db.prepare_cached(sql)?.execute([team.key()])?;
    }
    access::remove_codes(db, team)
}

/// Takes an organisation out.
pub(crate) fn remove_enterprise(db: &Connection, id: EnterpriseId) -> Result<(), StoreError> {
    db.prepare_cached("delete from enterprise where id = ?1")?
        .execute([id.key()])?;
    Ok(())
}

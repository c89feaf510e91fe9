//! Filling an empty store with a world, and reading a world back.

use crate::{
    error::StoreError,
    rows::put_posted,
    sql::{Connection, params},
    tables::{self, document},
    writer::in_transaction,
};
use guestlist_domain::{
    App, Channel, ChannelId, InviteRequest, Seed, TeamId, Token, User, UserId, Usergroup, Workspace,
};
use std::collections::BTreeSet;

/// Whether nothing was ever put in.
pub(crate) fn is_empty(db: &Connection) -> Result<bool, StoreError> {
    Ok(
        // All that was in it may be gone again.
        db.query_row(
            "select not exists (select 1 from workspace)
               and not exists (select 1 from meta where key = 'origin')",
            [],
            |row| row.get(0),
        )?,
    )
}

/// Writes every row of the seed in one transaction. `origin` says what was loaded, so that
/// loading the same again can be told from loading something else.
pub(crate) fn load(
    db: &Connection,
    seed: &Seed,
    origin: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(), StoreError> {
    let total = seed.users.len() + seed.channels.len() + seed.members.len() + seed.messages.len();
    let mut done = 0;
    let mut step = move || {
        done += 1;
        if done % 10_000 == 0 || done == total {
            progress(done, total);
        }
    };
    in_transaction(db, || {
        for enterprise in &seed.enterprises {
            tables::put_enterprise(db, enterprise)?;
        }
        for workspace in &seed.workspaces {
            tables::put_workspace(db, workspace)?;
        }
        for app in &seed.apps {
            tables::put_app(db, app)?;
        }
        // In key order the trees grow at their right edge only.
        let mut users: Vec<_> = seed.users.iter().collect();
        users.sort_by_key(|user| (user.team, user.id));
        for user in users {
            tables::put_user(db, user)?;
            step();
        }
        for channel in &seed.channels {
            tables::put_channel(db, channel)?;
            step();
        }
        let mut members: Vec<_> = seed.members.iter().collect();
        members.sort_by_key(|(team, channel, user, _)| (*team, *channel, *user));
        let mut put = tables::put_members(db)?;
        for (team, channel, user, place) in members {
            put.execute(params![
                team.key(),
                channel.key(),
                user.key(),
                place.since.0,
                place.closed
            ])?;
            if let Some(mark) = place.mark {
                tables::put_mark(db, (team.key(), channel.key(), user.key()), mark)?;
            }
            step();
        }
        db.execute(
            "insert into place (user, channel, team)
             select user, channel, team from member order by user, channel",
            [],
        )?;
        for (team, channel, message) in &seed.messages {
            put_posted(db, team.key(), channel.key(), message)?;
            step();
        }
        for group in &seed.usergroups {
            tables::usergroups::put(db, group)?;
        }
        for request in &seed.invite_requests {
            tables::invite_requests::put(db, request)?;
        }
        for token in &seed.tokens {
            tables::put_token(db, token)?;
        }
        for (team, invitation) in &seed.invitations {
            tables::connect::put_invitation(db, *team, invitation)?;
        }
        tables::set_meta(
            db,
            "server",
            &serde_json::to_string(&seed.server).unwrap_or_default(),
        )?;
        tables::set_meta(db, "last_tick", &seed.newest_tick().0.to_string())?;
        tables::set_meta(db, "origin", origin)
    })
}

/// Reads the store back: of these workspaces what belongs to them, or all where none is named.
pub(crate) fn dump(db: &Connection, only: &[TeamId]) -> Result<Seed, StoreError> {
    let mut seed = Seed::default();
    if let Some(server) = tables::meta(db, "server")?.filter(|_| only.is_empty()) {
        seed.server = document("meta", "server", &server)?;
    }
    seed.enterprises = documents(
        db,
        "enterprise",
        "select id, doc from enterprise where id between ?1 and ?2 order by id",
        ALL,
    )?;
    match only {
        [] => dump_part(db, &mut seed, ALL)?,
        teams => {
            let teams: BTreeSet<i64> = teams.iter().map(|team| team.key()).collect();
            for team in teams {
                dump_part(db, &mut seed, (team, team))?;
            }
            let workspaces = seed.workspaces.iter();
            let theirs: Vec<_> = workspaces.filter_map(|one| one.enterprise).collect();
            seed.enterprises.retain(|one| theirs.contains(&one.id));
        }
    }
    Ok(seed)
}

/// Every workspace.
const ALL: (i64, i64) = (i64::MIN, i64::MAX);

/// Reads what belongs to workspaces from one key to another.
fn dump_part(db: &Connection, seed: &mut Seed, keys: (i64, i64)) -> Result<(), StoreError> {
    seed.workspaces.extend(documents::<Workspace>(
        db,
        "workspace",
        "select team, doc from workspace where team between ?1 and ?2 order by team",
        keys,
    )?);
    seed.users.extend(documents::<User>(
        db,
        "user",
        "select id, doc from user where team = home and team between ?1 and ?2 order by team, id",
        keys,
    )?);
    seed.channels.extend(documents::<Channel>(
        db,
        "channel",
        "select id, doc from channel where team between ?1 and ?2 order by team, id",
        keys,
    )?);
    seed.usergroups.extend(documents::<Usergroup>(
        db,
        "usergroup",
        "select id, doc from usergroup where team between ?1 and ?2 order by team, id",
        keys,
    )?);
    seed.invite_requests.extend(documents::<InviteRequest>(
        db,
        "invite_request",
        "select id, doc from invite_request where team between ?1 and ?2 order by team, id",
        keys,
    )?);
    seed.apps.extend(documents::<App>(
        db,
        "app",
        "select id, doc from app where team between ?1 and ?2 order by team, id",
        keys,
    )?);
    seed.tokens.extend(documents::<Token>(
        db,
        "token",
        "select 0, doc from token where team between ?1 and ?2 order by team, hash",
        keys,
    )?);
    let keys = [keys.0, keys.1];
    let mut select = db.prepare(
        "select team, id, doc from invitation where team between ?1 and ?2 order by team, id",
    )?;
    let mut rows = select.query(keys)?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(1)?;
        let invitation = document(
            "invitation",
            id,
            row.get_ref(2)?.as_str().unwrap_or_default(),
        )?;
        seed.invitations
            .push((TeamId::from_key(row.get(0)?), invitation));
    }
    let mut select = db.prepare(
        "select team, channel, user, since, closed, last_read, marked from member
         where team between ?1 and ?2 order by team, channel, user",
    )?;
    let mut rows = select.query(keys)?;
    while let Some(row) = rows.next()? {
        seed.members.push((
            TeamId::from_key(row.get(0)?),
            ChannelId::from_key(row.get(1)?),
            UserId::from_key(row.get(2)?),
            tables::place(row, 3)?,
        ));
    }
    let mut select = db.prepare(
        "select team, channel, ts, joined, inviter, doc from message
         where team between ?1 and ?2 order by team, channel, ts",
    )?;
    let mut rows = select.query(keys)?;
    while let Some(row) = rows.next()? {
        seed.messages.push((
            TeamId::from_key(row.get(0)?),
            ChannelId::from_key(row.get(1)?),
            tables::message(row, 2)?,
        ));
    }
    Ok(())
}

fn documents<T: serde::de::DeserializeOwned>(
    db: &Connection,
    table: &'static str,
    sql: &str,
    (first, last): (i64, i64),
) -> Result<Vec<T>, StoreError> {
    let mut select = db.prepare(sql)?;
    let mut rows = select.query([first, last])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let key: i64 = row.get(0)?;
        all.push(document(
            table,
            key,
            row.get_ref(1)?.as_str().unwrap_or_default(),
        )?);
    }
    Ok(all)
}

//! The tables: loading facts from them, and writing their rows.

use crate::{
    access,
    error::StoreError,
    sql::{CachedStatement, Connection, OptionalExtension, Row, params},
};
use guestlist_domain::{
    Channel, ChannelId, EnterpriseId, Facts, Key, Message, TeamId, Token, TokenHash, User, UserId,
    facts::{Mark, Membership},
    message::What,
    time::Timestamp,
    user::Standing,
    workspace::{App, Enterprise, Workspace},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::Arc;

pub(crate) mod connect;
pub(crate) mod invite_requests;
pub(crate) mod mail;
mod meta;
pub(crate) mod people;
pub(crate) mod removal;
mod said;
pub(crate) mod usergroups;

pub(crate) use meta::{
    count_try, folded, is_torn, meta, move_by, moved, newest_row, secret, set_meta, set_torn, shown,
};

/// Reads a document out of a row.
pub(crate) fn document<T: DeserializeOwned>(
    table: &'static str,
    row: impl ToString,
    doc: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(doc).map_err(|source| StoreError::Corrupt {
        table,
        row: row.to_string(),
        source,
    })
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    // Our own types: string keys and no failing serializers.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads an entity out of a row, if there is one.
pub(crate) fn entity<T: DeserializeOwned>(
    table: &'static str,
    row: impl ToString,
    doc: Option<&str>,
) -> Result<Option<Arc<T>>, StoreError> {
    doc.map(|doc| document(table, row, doc).map(Arc::new))
        .transpose()
}

/// One document by one integer key.
fn by_key<T: DeserializeOwned>(
    db: &Connection,
    table: &'static str,
    sql: &'static str,
    key: i64,
) -> Result<Option<Arc<T>>, StoreError> {
    let doc: Option<String> = db
        .prepare_cached(sql)?
        .query_row([key], |row| row.get(0))
        .optional()?;
    doc.map(|doc| document(table, key, &doc).map(Arc::new))
        .transpose()
}

/// An organisation.
pub(crate) fn enterprise(db: &Connection, key: i64) -> Result<Option<Arc<Enterprise>>, StoreError> {
    by_key(
        db,
        "enterprise",
        "select doc from enterprise where id = ?1",
        key,
    )
}

/// A workspace.
pub(crate) fn workspace(db: &Connection, id: TeamId) -> Result<Option<Arc<Workspace>>, StoreError> {
    by_key(
        db,
        "workspace",
        "select doc from workspace where team = ?1",
        id.key(),
    )
}

/// A user.
pub(crate) fn user(db: &Connection, id: UserId) -> Result<Option<Arc<User>>, StoreError> {
    by_key(
        db,
        "user",
        "select doc from user where id = ?1 limit 1",
        id.key(),
    )
}

/// A conversation.
pub(crate) fn channel(db: &Connection, id: ChannelId) -> Result<Option<Arc<Channel>>, StoreError> {
    by_key(
        db,
        "channel",
        "select doc from channel where id = ?1",
        id.key(),
    )
}

/// An app.
pub(crate) fn app(db: &Connection, key: i64) -> Result<Option<Arc<App>>, StoreError> {
    by_key(db, "app", "select doc from app where id = ?1 limit 1", key)
}

/// A token, whichever workspace it belongs to.
pub(crate) fn token(db: &Connection, hash: TokenHash) -> Result<Option<Arc<Token>>, StoreError> {
    let doc: Option<String> = db
        .prepare_cached("select doc from token where hash = ?1")?
        .query_row([hash.0], |row| row.get(0))
        .optional()?;
    doc.map(|doc| document("token", hash, &doc).map(Arc::new))
        .transpose()
}

/// Loads the facts named by `keys`. Afterwards each of them is known.
pub(crate) fn load(db: &Connection, facts: &mut Facts, keys: &[Key]) -> Result<(), StoreError> {
    for key in keys {
        if !facts.knows(key) {
            load_one(db, facts, key)?;
        }
    }
    Ok(())
}

fn load_one(db: &Connection, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
    match key {
        Key::Enterprise(id) => facts.put_enterprise(*id, enterprise(db, id.key())?),
        Key::Workspace(id) => facts.put_workspace(*id, workspace(db, *id)?),
        Key::Reach(id) => facts.put_reach(*id, removal::reach(db, *id)?),
        Key::Siblings(id) => facts.put_siblings(*id, siblings(db, *id)?),
        Key::User(id) => facts.put_user(*id, user(db, *id)?),
        Key::Standing(id) => facts.put_standing(*id, standing(db, *id)?),
        Key::Channel(id) => facts.put_channel(*id, channel(db, *id)?),
        Key::Member(channel, user) => {
            let place = match owner(db, facts, *channel)? {
                Some(team) => membership(db, team, *channel, *user)?,
                None => None,
            };
            facts.put_membership(*channel, *user, place);
        }
        Key::Handle(team, handle) => {
            let id: Option<i64> = db
                .prepare_cached(
                    "select id from channel where team = ?1 and handle = ?2
                     union all select channel from channel_share where team = ?1 and handle = ?2 limit 1",
                )?
                .query_row(params![team.key(), handle], |row| row.get(0))
                .optional()?;
            facts.put_handle(*team, handle, id.map(ChannelId::from_key));
        }
        Key::ChannelCount(user) => {
            let channels = access::channels_of(db, *user)?;
            facts.put_channel_count(*user, facts.count_channels(*user, &channels));
        }
        Key::Roster(channel) => {
            let everybody = match owner(db, facts, *channel)? {
                Some(team) => members(db, team, *channel, i64::MAX)?,
                None => Vec::new(),
            };
            facts.put_everybody(*channel, everybody);
        }
        Key::Usergroups(team) => {
            let groups = usergroups::all(db, *team)?.into_iter();
            let groups = groups.map(|group| (group.id, Arc::new(group)));
            facts.put_usergroups(*team, groups.collect());
        }
        Key::InviteRequest(team, id) => {
            facts.put_invite_request(*id, invite_requests::one(db, *team, *id)?);
        }
        Key::Requested(team, email) => {
            facts.put_requested(*team, email, invite_requests::pending(db, *team, email)?);
        }
        Key::Comings(_) => {}
        Key::ChannelsOf(user) => facts.put_channels_of(*user, access::channels_of(db, *user)?),
        Key::MemberCount(channel) => {
            let mut select =
                db.prepare_cached("select user from member where team = ?1 and channel = ?2")?;
            let members = match owner(db, facts, *channel)? {
                Some(team) => select
                    .query_map(params![team.key(), channel.key()], |row| {
                        row.get(0).map(UserId::from_key)
                    })?
                    .collect::<Result<Vec<_>, _>>()?,
                None => Vec::new(),
            };
            facts.put_member_count(*channel, facts.count_members(*channel, &members));
        }
        Key::Token(_, hash) => facts.put_token(*hash, token(db, *hash)?),
        Key::App(_)
        | Key::Client(_)
        | Key::Bot(_)
        | Key::Link(_)
        | Key::Code(_)
        | Key::BotOf(..)
        | Key::TokensOf(..)
        | Key::OrgTokensOf(_) => access::load(db, facts, key)?,
        Key::Invitation(_) | Key::Offers(_) | Key::Mailed(..) | Key::Links(..) | Key::Side(..) => {
            connect::load_one(db, facts, key)?
        }
        Key::Address(realm, address) => {
            facts.put_address(realm, address, people::at(db, realm, address)?);
        }
        Key::Holders(place, address) => {
            facts.put_holders(*place, address, people::holders(db, *place, address)?);
        }
        Key::Named(place, name) => {
            facts.put_named(*place, name, people::named(db, *place, name)?);
        }
        Key::Mail(id) => facts.put_mail(*id, mail::mail(db, *id)?),
        Key::Message(..) | Key::Replies(..) => said::load(db, facts, key)?,
    }
    Ok(())
}

/// The workspaces of an organisation, in the order of their ids.
pub(crate) fn siblings(db: &Connection, org: EnterpriseId) -> Result<Vec<Workspace>, StoreError> {
    let mut select =
        db.prepare_cached("select team, doc from workspace where enterprise = ?1 order by team")?;
    let mut rows = select.query([org.key()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let doc = row.get_ref(1)?;
        all.push(document(
            "workspace",
            TeamId::from_key(row.get(0)?),
            doc.as_str().unwrap_or_default(),
        )?);
    }
    Ok(all)
}

fn standing(db: &Connection, id: UserId) -> Result<Option<Standing>, StoreError> {
    let row: Option<(i64, i64)> = db
        .prepare_cached("select home, flags from user where id = ?1 limit 1")?
        .query_row([id.key()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((home, flags)) = row else {
        return Ok(None);
    };
    match Standing::from_flags(TeamId::from_key(home), flags) {
        Some(standing) => Ok(Some(standing)),
        None => Ok(user(db, id)?.map(|user| user.as_ref().into())),
    }
}

/// Everybody in a conversation, if they are few: then nobody has to be looked up one by one.
/// Large ones are never read whole, so that a call costs the same in each.
pub(crate) fn load_small_roster(
    db: &Connection,
    facts: &mut Facts,
    channel: ChannelId,
) -> Result<(), StoreError> {
    const FEW: usize = 64;
    let Some(team) = owner(db, facts, channel)? else {
        return Ok(());
    };
    let everybody = members(db, team, channel, FEW as i64 + 1)?;
    if everybody.len() <= FEW {
        facts.put_roster(channel, everybody);
    }
    Ok(())
}

/// Who is in a conversation, up to so many.
fn members(
    db: &Connection,
    team: TeamId,
    channel: ChannelId,
    most: i64,
) -> Result<Vec<(UserId, Membership)>, StoreError> {
    let mut select = db.prepare_cached(
        "select user, since, closed, last_read, marked from member
         where team = ?1 and channel = ?2 limit ?3",
    )?;
    let rows = select.query_map(params![team.key(), channel.key(), most], |row| {
        Ok((UserId::from_key(row.get(0)?), place(row, 1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The workspace that owns a conversation. Loads the conversation if need be.
fn owner(db: &Connection, facts: &mut Facts, id: ChannelId) -> Result<Option<TeamId>, StoreError> {
    if let Ok(known) = facts.channel(id) {
        return Ok(known.map(|channel| channel.team));
    }
    let found = channel(db, id)?;
    let team = found.as_ref().map(|channel| channel.team);
    facts.put_channel(id, found);
    Ok(team)
}

fn membership(
    db: &Connection,
    team: TeamId,
    channel: ChannelId,
    user: UserId,
) -> Result<Option<Membership>, StoreError> {
    Ok(db
        .prepare_cached(
            "select since, closed, last_read, marked from member
             where team = ?1 and channel = ?2 and user = ?3",
        )?
        .query_row(params![team.key(), channel.key(), user.key()], |row| {
            place(row, 0)
        })
        .optional()?)
}

pub(crate) fn member_count(
    db: &Connection,
    team: TeamId,
    channel: ChannelId,
) -> Result<u32, StoreError> {
    Ok(db
        .prepare_cached("select count(*) from member where team = ?1 and channel = ?2")?
        .query_row(params![team.key(), channel.key()], |row| row.get(0))?)
}

/// The place in a row of `since, closed, last_read, marked`, which begins at column `at`.
pub(crate) fn place(row: Row<'_>, at: usize) -> crate::sql::Result<Membership> {
    let ts: Option<i64> = row.get(at + 2)?;
    let marked: Option<i64> = row.get(at + 3)?;
    Ok(Membership {
        since: Timestamp(row.get(at)?),
        closed: row.get(at + 1)?,
        mark: mark(ts, marked),
    })
}

/// A mark, if there is one.
pub(crate) fn mark(ts: Option<i64>, at: Option<i64>) -> Option<Mark> {
    Some(Mark {
        ts: Timestamp(ts?),
        at: Timestamp(at?),
    })
}

/// Writes up to where somebody has read, if they are in the conversation.
pub(crate) fn put_mark(
    db: &Connection,
    (team, channel, user): (i64, i64, i64),
    mark: Mark,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "update member set last_read = ?4, marked = ?5
         where team = ?1 and channel = ?2 and user = ?3",
    )?
    .execute(params![team, channel, user, mark.ts.0, mark.at.0])?;
    Ok(())
}

/// Writes `team, channel, user, since, closed`, without a mark. Whoever writes a membership also writes the same
/// by person, table `place`, in an order of its own.
pub(crate) fn put_members(db: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(db.prepare_cached(
        "insert or replace into member (team, channel, user, since, closed)
         values (?1, ?2, ?3, ?4, ?5)",
    )?)
}

pub(crate) fn put_places(db: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(db
        .prepare_cached("insert or replace into place (user, channel, team) values (?1, ?2, ?3)")?)
}

/// The message in a row of `ts, joined, inviter, doc`, which begins at column `at`.
pub(crate) fn message(row: Row<'_>, at: usize) -> Result<Message, StoreError> {
    let ts: i64 = row.get(at)?;
    let joined: Option<i64> = row.get(at + 1)?;
    let Some(user) = joined else {
        let doc = row.get_ref(at + 3)?;
        return document("message", ts, doc.as_str().unwrap_or_default());
    };
    let inviter: Option<i64> = row.get(at + 2)?;
    Ok(Message {
        ts: Timestamp(ts),
        user: UserId::from_key(user),
        what: What::Joined {
            inviter: inviter.map(UserId::from_key),
        },
    })
}

pub(crate) fn put_channel(db: &Connection, channel: &Channel) -> Result<(), StoreError> {
    let (team, id) = (channel.team.key(), channel.id.key());
    db.prepare_cached(
        "insert into channel (team, id, handle, kind, archived, doc, shared) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (team, id) do update set handle = ?3, kind = ?4, archived = ?5, doc = ?6, shared = ?7",
    )?
    .execute(params![
        team,
        id,
        channel.handle(),
        channel.kind as i64,
        channel.archived,
        to_json(channel),
        channel.has_been_shared()
    ])?;
    if !channel.former.is_empty() {
        db.prepare_cached("delete from channel_share where owner = ?1 and channel = ?2")?
            .execute([team, id])?;
    }
    let share = |with: TeamId, handle: Option<String>| -> Result<(), StoreError> {
        db.prepare_cached(
            "insert or replace into channel_share (team, channel, owner, handle) values (?1, ?2, ?3, ?4)",
        )?
        .execute(params![with.key(), id, team, handle])?;
        Ok(())
    };
    let past = channel.former.iter().map(|with| (*with, id, team));
    let copied = channel
        .frozen
        .map(|frozen| (channel.team, frozen.of.key(), frozen.host.key()));
    for (with, channel, owner) in past.chain(copied) {
        db.prepare_cached(
            "insert or replace into channel_past (team, channel, owner) values (?1, ?2, ?3)",
        )?
        .execute([with.key(), channel, owner])?;
    }
    for with in &channel.workspaces {
        if *with != channel.team {
            share(*with, None)?;
        }
    }
    for connection in &channel.connections {
        let with = connection.workspace;
        share(with, Some(channel.handle_in(with)))?;
    }
    if channel.org_wide {
        db.prepare_cached(
            "insert or ignore into channel_share (team, channel, owner)
             select w.team, ?2, ?1 from workspace w, workspace host
             where host.team = ?1 and w.enterprise = host.enterprise and w.team <> ?1",
        )?
        .execute([team, id])?;
    }
    Ok(())
}

pub(crate) fn put_token(db: &Connection, token: &Token) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into token (team, hash, app, doc) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        token.team.key(),
        token.hash.0,
        token.app.map(|app| app.to_string()),
        to_json(token)
    ])?;
    Ok(())
}

pub(crate) fn put_user(db: &Connection, user: &User) -> Result<(), StoreError> {
    let doc = to_json(user);
    for team in user.all_teams() {
        db.prepare_cached(
            "insert or replace into user (team, id, home, flags, name, email, bot, doc, realm, leaves)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce((select w.realm from workspace w where w.team = ?3), ''), ?9)",
        )?
        .execute(params![
            team.key(),
            user.id.key(),
            user.team.key(),
            Standing::flags(user),
            user.name,
            user.email,
            user.bot.map(|bot| bot.id.key()),
            doc,
            // Once, wherever else they are.
            user.leaves().filter(|_| team == user.team).map(|at| at.0)
        ])?;
    }
    Ok(())
}

/// Takes out the rows of somebody in workspaces that they are in no more.
pub(crate) fn leave_others(db: &Connection, user: &User) -> Result<(), StoreError> {
    let mut select = db.prepare_cached("select team from user where id = ?1")?;
    let rows = select.query_map([user.id.key()], |row| row.get(0))?;
    let known: Vec<i64> = rows.collect::<Result<_, _>>()?;
    for team in known {
        if !user.is_in(TeamId::from_key(team)) {
            db.prepare_cached("delete from user where team = ?1 and id = ?2")?
                .execute([team, user.id.key()])?;
        }
    }
    Ok(())
}

pub(crate) fn put_workspace(db: &Connection, workspace: &Workspace) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into workspace (team, enterprise, domain, doc, realm) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        workspace.id.key(),
        workspace.enterprise.map(|e| e.key()),
        workspace.domain,
        to_json(workspace),
        workspace.realm
    ])?;
    Ok(())
}

pub(crate) fn put_enterprise(db: &Connection, enterprise: &Enterprise) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into enterprise (id, doc) values (?1, ?2)")?
        .execute(params![enterprise.id.key(), to_json(enterprise)])?;
    Ok(())
}

pub(crate) fn put_app(db: &Connection, app: &App) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into app (team, id, client, doc) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        app.team.key(),
        app.id.key(),
        app.client_id,
        to_json(app)
    ])?;
    Ok(())
}

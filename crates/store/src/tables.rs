//! The tables: loading facts from them, and folding the journal's changes into them.

use crate::error::StoreError;
use guestlist_domain::{
    AppId, Change, Channel, ChannelId, ChannelKind, Facts, Key, Message, TeamId, Token, TokenHash,
    User, UserId,
    facts::Membership,
    invitation::Invitation,
    message::What,
    time::Timestamp,
    user::Standing,
    workspace::{App, Enterprise, Events, Workspace},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
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

fn to_json<T: Serialize>(value: &T) -> String {
    // Our own types: string keys and no failing serializers.
    serde_json::to_string(value).unwrap_or_default()
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
                .prepare_cached("select id from channel where team = ?1 and handle = ?2")?
                .query_row(params![team.key(), handle], |row| row.get(0))
                .optional()?;
            facts.put_handle(*team, handle, id.map(ChannelId::from_key));
        }
        Key::ChannelCount(user) => {
            let mut select = db.prepare_cached(
                "select m.channel from member m join channel c on c.team = m.team and c.id = m.channel
                 where m.user = ?1 and c.kind in (?2, ?3)",
            )?;
            let channels = select
                .query_map(
                    [
                        user.key(),
                        ChannelKind::Public as i64,
                        ChannelKind::Private as i64,
                    ],
                    |row| row.get(0).map(ChannelId::from_key),
                )?
                .collect::<Result<_, _>>()?;
            facts.put_channel_count(*user, facts.count_channels(*user, &channels));
        }
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
    }
    Ok(())
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
    let mut select = db.prepare_cached(
        "select user, since, closed from member where team = ?1 and channel = ?2 limit ?3",
    )?;
    let rows = select.query_map(params![team.key(), channel.key(), FEW as i64 + 1], |row| {
        let place = Membership {
            since: Timestamp(row.get(1)?),
            closed: row.get(2)?,
        };
        Ok((UserId::from_key(row.get(0)?), place))
    })?;
    let everybody: Vec<_> = rows.collect::<Result<_, _>>()?;
    if everybody.len() <= FEW {
        facts.put_roster(channel, everybody);
    }
    Ok(())
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
            "select since, closed from member where team = ?1 and channel = ?2 and user = ?3",
        )?
        .query_row(params![team.key(), channel.key(), user.key()], |row| {
            Ok(Membership {
                since: Timestamp(row.get(0)?),
                closed: row.get(1)?,
            })
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

/// Where a conversation's rows belong.
#[derive(Clone, Copy)]
struct Home {
    team: i64,
    is_dm: bool,
}

/// Rows that a run of changes leaves in the tables: per key the last word, in key order, so that
/// neighbouring rows are written together. Written in slices; writing all of it twice, or again
/// from the journal, comes to the same.
#[derive(Default)]
pub(crate) struct Rows {
    channels: BTreeMap<ChannelId, Arc<Channel>>,
    members: BTreeMap<(i64, i64, i64), Option<Membership>>,
    closed: BTreeMap<(i64, i64, i64), bool>,
    messages: BTreeMap<(i64, i64, i64), String>,
    tokens: BTreeMap<TokenHash, Arc<Token>>,
    revoked: BTreeSet<TokenHash>,
    subscriptions: BTreeMap<AppId, Events>,
    /// The workspaces that own the conversations met so far, and whether those are DMs.
    homes: BTreeMap<ChannelId, Home>,
}

impl Rows {
    /// How many rows are still to be written.
    pub(crate) fn len(&self) -> usize {
        self.channels.len()
            + self.members.len()
            + self.closed.len()
            + self.messages.len()
            + self.tokens.len()
            + self.revoked.len()
            + self.subscriptions.len()
    }

    fn home(&mut self, db: &Connection, id: ChannelId) -> Result<Home, StoreError> {
        if let Some(home) = self.homes.get(&id) {
            return Ok(*home);
        }
        let home = db
            .prepare_cached("select team, kind from channel where id = ?1")?
            .query_row([id.key()], |row| {
                let kind: i64 = row.get(1)?;
                Ok(Home {
                    team: row.get(0)?,
                    is_dm: [ChannelKind::Im as i64, ChannelKind::Mpim as i64].contains(&kind),
                })
            })?;
        self.homes.insert(id, home);
        Ok(home)
    }

    /// Adds what a change leaves.
    pub(crate) fn add(&mut self, db: &Connection, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Joined {
                channel,
                user,
                inviter,
                ts,
            } => {
                let Home { team, is_dm } = self.home(db, *channel)?;
                let place = Membership {
                    since: *ts,
                    closed: false,
                };
                self.members
                    .insert((team, channel.key(), user.key()), Some(place));
                self.closed.remove(&(team, channel.key(), user.key()));
                if !is_dm {
                    let message = Message {
                        ts: *ts,
                        user: *user,
                        what: What::Joined { inviter: *inviter },
                    };
                    self.messages
                        .insert((team, channel.key(), ts.0), to_json(&message));
                }
            }
            Change::Left {
                channel, user, ts, ..
            } => {
                let team = self.home(db, *channel)?.team;
                self.members.insert((team, channel.key(), user.key()), None);
                let message = Message {
                    ts: *ts,
                    user: *user,
                    what: What::Left,
                };
                self.messages
                    .insert((team, channel.key(), ts.0), to_json(&message));
            }
            Change::Created { channel } => {
                self.homes.insert(
                    channel.id,
                    Home {
                        team: channel.team.key(),
                        is_dm: channel.kind.is_dm(),
                    },
                );
                self.channels.insert(channel.id, channel.clone());
            }
            Change::Edited { channel, message } => {
                self.messages.insert(
                    (channel.team.key(), channel.id.key(), message.ts.0),
                    to_json(message),
                );
                self.channels.insert(channel.id, channel.clone());
            }
            Change::Posted { channel, message } => {
                let team = self.home(db, *channel)?.team;
                self.messages
                    .insert((team, channel.key(), message.ts.0), to_json(message));
            }
            Change::DmClosed {
                channel,
                user,
                closed,
            } => {
                let team = self.home(db, *channel)?.team;
                self.closed
                    .insert((team, channel.key(), user.key()), *closed);
            }
            Change::TokenMade { token } => {
                self.tokens.insert(token.hash, token.clone());
            }
            Change::TokenRevoked { hash, .. } => {
                self.revoked.insert(*hash);
            }
            Change::Subscribed {
                app: id, events, ..
            } => {
                self.subscriptions.insert(*id, events.clone());
            }
        }
        Ok(())
    }

    /// Writes up to `most` rows.
    pub(crate) fn write(&mut self, db: &Connection, most: usize) -> Result<(), StoreError> {
        for _ in 0..most {
            if let Some((_, channel)) = self.channels.pop_first() {
                put_channel(db, &channel)?;
            } else if let Some(((team, channel, user), place)) = self.members.pop_first() {
                match place {
                    Some(place) => put_member(db, team, channel, user, place)?,
                    None => {
                        db.prepare_cached(
                            "delete from member where team = ?1 and channel = ?2 and user = ?3",
                        )?
                        .execute([team, channel, user])?;
                    }
                }
            } else if let Some(((team, channel, user), closed)) = self.closed.pop_first() {
                db.prepare_cached(
                    "update member set closed = ?4 where team = ?1 and channel = ?2 and user = ?3",
                )?
                .execute(params![team, channel, user, closed])?;
            } else if let Some(((team, channel, ts), doc)) = self.messages.pop_first() {
                put_message(db, team, channel, ts, &doc)?;
            } else if let Some((_, token)) = self.tokens.pop_first() {
                put_token(db, &token)?;
            } else if let Some(hash) = self.revoked.pop_first() {
                if let Some(token) = token(db, hash)? {
                    put_token(
                        db,
                        &Token {
                            revoked: true,
                            ..Token::clone(&token)
                        },
                    )?;
                }
            } else if let Some((id, events)) = self.subscriptions.pop_first() {
                if let Some(app) = app(db, id.key())? {
                    put_app(
                        db,
                        &App {
                            events: Some(events),
                            ..App::clone(&app)
                        },
                    )?;
                }
            } else {
                break;
            }
        }
        Ok(())
    }
}

pub(crate) fn put_member(
    db: &Connection,
    team: i64,
    channel: i64,
    user: i64,
    place: Membership,
) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into member (team, channel, user, since, closed) values (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![team, channel, user, place.since.0, place.closed])?;
    Ok(())
}

fn put_message(
    db: &Connection,
    team: i64,
    channel: i64,
    ts: i64,
    doc: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into message (team, channel, ts, doc) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![team, channel, ts, doc])?;
    Ok(())
}

/// Writes a message of `channel`, which `team` owns.
pub(crate) fn put_posted(
    db: &Connection,
    team: TeamId,
    channel: ChannelId,
    message: &Message,
) -> Result<(), StoreError> {
    put_message(
        db,
        team.key(),
        channel.key(),
        message.ts.0,
        &to_json(message),
    )
}

pub(crate) fn put_channel(db: &Connection, channel: &Channel) -> Result<(), StoreError> {
    let (team, id) = (channel.team.key(), channel.id.key());
    db.prepare_cached(
        "insert into channel (team, id, handle, kind, archived, doc) values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (team, id) do update set handle = ?3, kind = ?4, archived = ?5, doc = ?6",
    )?
    .execute(params![team, id, channel.handle(), channel.kind as i64, channel.archived, to_json(channel)])?;
    let share = |with: i64| -> Result<(), StoreError> {
        db.prepare_cached(
            "insert or ignore into channel_share (team, channel, owner) values (?1, ?2, ?3)",
        )?
        .execute([with, id, team])?;
        Ok(())
    };
    for with in &channel.workspaces {
        if *with != channel.team {
            share(with.key())?;
        }
    }
    for connection in &channel.connections {
        share(connection.workspace.key())?;
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
    db.prepare_cached("insert or replace into token (team, hash, doc) values (?1, ?2, ?3)")?
        .execute(params![token.team.key(), token.hash.0, to_json(token)])?;
    Ok(())
}

pub(crate) fn put_user(db: &Connection, user: &User) -> Result<(), StoreError> {
    let doc = to_json(user);
    for team in std::iter::once(&user.team).chain(&user.teams) {
        db.prepare_cached(
            "insert or replace into user (team, id, home, flags, name, email, bot, doc) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            team.key(),
            user.id.key(),
            user.team.key(),
            Standing::flags(user),
            user.name,
            user.email,
            user.bot.map(|bot| bot.id.key()),
            doc
        ])?;
    }
    Ok(())
}

pub(crate) fn put_workspace(db: &Connection, workspace: &Workspace) -> Result<(), StoreError> {
    db.prepare_cached(
        "insert or replace into workspace (team, enterprise, domain, doc) values (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        workspace.id.key(),
        workspace.enterprise.map(|e| e.key()),
        workspace.domain,
        to_json(workspace)
    ])?;
    Ok(())
}

pub(crate) fn put_enterprise(db: &Connection, enterprise: &Enterprise) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into enterprise (id, doc) values (?1, ?2)")?
        .execute(params![enterprise.id.key(), to_json(enterprise)])?;
    Ok(())
}

pub(crate) fn put_app(db: &Connection, app: &App) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into app (team, id, doc) values (?1, ?2, ?3)")?
        .execute(params![app.team.key(), app.id.key(), to_json(app)])?;
    Ok(())
}

pub(crate) fn put_invitation(
    db: &Connection,
    team: TeamId,
    invitation: &Invitation,
) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into invitation (team, id, doc) values (?1, ?2, ?3)")?
        .execute(params![
            team.key(),
            invitation.id.to_string(),
            to_json(invitation)
        ])?;
    Ok(())
}

/// Marks that the tables show a part of what is being folded. Whoever reads sees the mark of the
/// state that they see.
pub(crate) fn set_torn(db: &Connection, torn: bool) -> Result<(), StoreError> {
    if torn {
        return set_meta(db, "torn", "");
    }
    db.prepare_cached("delete from meta where key = 'torn'")?
        .execute([])?;
    Ok(())
}

/// A value of the table `meta`.
pub(crate) fn meta(db: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(db
        .prepare_cached("select value from meta where key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set_meta(db: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    db.prepare_cached("insert or replace into meta (key, value) values (?1, ?2)")?
        .execute([key, value])?;
    Ok(())
}

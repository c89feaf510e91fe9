//! Apps, the users they act as, and codes: their facts out of the tables, their changes into them.

use crate::{
    error::StoreError,
    sql::{Connection, OptionalExtension, params},
    tables::{self, connect, document, put_app, put_user, to_json},
};
use guestlist_domain::{
    App, AppId, BotId, Change, ChannelId, ChannelKind, Facts, Key, TeamId, Token, TokenHash, User,
    UserId, install::Code,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

/// Loads a fact of these kinds; the others are none of its business.
pub(crate) fn load(db: &Connection, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
    match key {
        Key::App(id) => facts.put_app(*id, tables::app(db, id.key())?),
        Key::Client(client_id) => facts.put_client(client_id, client(db, client_id)?),
        Key::Bot(id) => facts.put_bot(*id, bot(db, *id)?),
        Key::Link(link) => {
            let found = connect::linked(db, link)?;
            facts.put_link(link, found.map(|(_, invitation)| invitation.id));
        }
        Key::Code(hash) => facts.put_code(*hash, code(db, *hash)?),
        Key::BotOf(app, team) => facts.put_bot_of(*app, *team, bot_of(db, *app, *team)?),
        Key::TokensOf(app, team) => facts.put_tokens_of(*app, *team, tokens(db, *app, *team)?),
        Key::OrgTokensOf(app) => facts.put_org_tokens_of(*app, org_tokens(db, *app)?),
        _ => {}
    }
    Ok(())
}

/// The app with a client id.
pub(crate) fn client(db: &Connection, client_id: &str) -> Result<Option<AppId>, StoreError> {
    let id: Option<i64> = db
        .prepare_cached("select id from app where client = ?1 limit 1")?
        .query_row([client_id], |row| row.get(0))
        .optional()?;
    Ok(id.map(AppId::from_key))
}

/// Whose a bot's id is.
fn bot(db: &Connection, id: BotId) -> Result<Option<UserId>, StoreError> {
    let user: Option<i64> = db
        .prepare_cached("select id from user where bot = ?1 limit 1")?
        .query_row([id.key()], |row| row.get(0))
        .optional()?;
    Ok(user.map(UserId::from_key))
}

fn code(db: &Connection, hash: TokenHash) -> Result<Option<Arc<Code>>, StoreError> {
    let doc: Option<String> = db
        .prepare_cached("select doc from code where hash = ?1")?
        .query_row([hash.0], |row| row.get(0))
        .optional()?;
    doc.map(|doc| document("code", hash, &doc).map(Arc::new))
        .transpose()
}

/// Of the bots of a workspace, which are few, the one of this app.
fn bot_of(db: &Connection, app: AppId, team: TeamId) -> Result<Option<UserId>, StoreError> {
    let mut select = db.prepare_cached(
        "select id, doc from user where team = ?1 and home = ?1 and bot is not null order by id",
    )?;
    let mut rows = select.query([team.key()])?;
    while let Some(row) = rows.next()? {
        let id = UserId::from_key(row.get(0)?);
        let user: User = document("user", id, row.get_ref(1)?.as_str().unwrap_or_default())?;
        if user.bot.is_some_and(|bot| bot.app == Some(app)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

fn tokens(db: &Connection, app: AppId, team: TeamId) -> Result<Vec<Token>, StoreError> {
    let mut select = db
        .prepare_cached("select hash, doc from token where team = ?1 and app = ?2 order by hash")?;
    let mut rows = select.query(params![team.key(), app.to_string()])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = TokenHash(row.get(0)?);
        tokens.push(document(
            "token",
            hash,
            row.get_ref(1)?.as_str().unwrap_or_default(),
        )?);
    }
    Ok(tokens)
}

/// Of an app's tokens, of whichever workspaces, the organisation-wide ones. What they are stands in the document.
fn org_tokens(db: &Connection, app: AppId) -> Result<Vec<Token>, StoreError> {
    let mut select =
        db.prepare_cached("select hash, doc from token where app = ?1 order by team, hash")?;
    let mut rows = select.query([app.to_string()])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = TokenHash(row.get(0)?);
        let doc = row.get_ref(1)?;
        let token: Token = document("token", hash, doc.as_str().unwrap_or_default())?;
        tokens.extend(Some(token).filter(Token::is_org_wide));
    }
    Ok(tokens)
}

/// The channels somebody is in, DMs not among them.
pub(crate) fn channels_of(db: &Connection, user: UserId) -> Result<HashSet<ChannelId>, StoreError> {
    let mut select = db.prepare_cached(
        "select p.channel from place p join channel c on c.team = p.team and c.id = p.channel
         where p.user = ?1 and c.kind in (?2, ?3)",
    )?;
    let kinds = [ChannelKind::Public as i64, ChannelKind::Private as i64];
    let channels = select.query_map([user.key(), kinds[0], kinds[1]], |row| {
        row.get(0).map(ChannelId::from_key)
    })?;
    Ok(channels.collect::<Result<_, _>>()?)
}

/// Rows that a run of changes leaves: of each the last word.
#[derive(Default)]
pub(crate) struct AccessRows {
    users: BTreeMap<UserId, Arc<User>>,
    /// Those among them who have left a workspace, or may have.
    moved: BTreeSet<UserId>,
    apps: BTreeMap<AppId, Arc<App>>,
    codes: BTreeMap<TokenHash, Arc<Code>>,
    used: BTreeSet<TokenHash>,
}

impl AccessRows {
    /// How many rows are still to be written.
    pub(crate) fn len(&self) -> usize {
        self.users.len() + self.apps.len() + self.codes.len() + self.used.len()
    }

    /// Adds what a change leaves.
    pub(crate) fn add(&mut self, change: &Change) {
        match change {
            Change::UserMade { user } | Change::UserEdited { user, .. } => {
                self.users.insert(user.id, user.clone());
            }
            Change::Assigned { user, .. } | Change::Unassigned { user, .. } => {
                self.users.insert(user.id, user.clone());
                self.moved.insert(user.id);
            }
            Change::AppMade { app } | Change::AppEdited { app } => {
                self.apps.insert(app.id, app.clone());
            }
            Change::CodeMade { code } => {
                self.codes.insert(code.hash, code.clone());
            }
            Change::CodeUsed { hash } => {
                self.used.insert(*hash);
            }
            _ => {}
        }
    }

    /// What workspaces left that are gone is not written any more.
    pub(crate) fn remove(&mut self, workspaces: &[TeamId]) {
        self.users.retain(|_, one| !workspaces.contains(&one.team));
        self.apps.retain(|_, one| !workspaces.contains(&one.team));
        self.codes.retain(|_, one| !workspaces.contains(&one.team));
    }

    /// Writes up to `left` rows, and says how many may be written still.
    pub(crate) fn write(&mut self, db: &Connection, mut left: usize) -> Result<usize, StoreError> {
        while left > 0 && self.write_one(db)? {
            left -= 1;
        }
        Ok(left)
    }

    /// Writes one row; `false` when none is left.
    fn write_one(&mut self, db: &Connection) -> Result<bool, StoreError> {
        if let Some((id, user)) = self.users.pop_first() {
            if self.moved.remove(&id) {
                tables::leave_others(db, &user)?;
            }
            put_user(db, &user)?;
        } else if let Some((_, app)) = self.apps.pop_first() {
            put_app(db, &app)?;
        } else if let Some((_, code)) = self.codes.pop_first() {
            put_code(db, &code)?;
        } else if let Some(hash) = self.used.pop_first() {
            if let Some(code) = code(db, hash)? {
                put_code(
                    db,
                    &Code {
                        used: true,
                        ..Code::clone(&code)
                    },
                )?;
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Takes out the codes of a workspace. There are few: they live for minutes.
pub(crate) fn remove_codes(db: &Connection, team: TeamId) -> Result<(), StoreError> {
    let mut select = db.prepare_cached("select hash, doc from code")?;
    let mut rows = select.query([])?;
    let mut gone = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = TokenHash(row.get(0)?);
        let code: Code = document("code", hash, row.get_ref(1)?.as_str().unwrap_or_default())?;
        if code.team == team {
            gone.push(hash);
        }
    }
    for hash in gone {
        db.prepare_cached("delete from code where hash = ?1")?
            .execute([hash.0])?;
    }
    Ok(())
}

fn put_code(db: &Connection, code: &Code) -> Result<(), StoreError> {
    let made = code.expires_at.0 - guestlist_domain::install::CODE_LIVES;
    db.prepare_cached("delete from code where expires < ?1")?
        .execute([made])?;
    db.prepare_cached("insert or replace into code (hash, expires, doc) values (?1, ?2, ?3)")?
        .execute(params![code.hash.0, code.expires_at.0, to_json(code)])?;
    Ok(())
}

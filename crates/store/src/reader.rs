//! Reading: rules over facts, and lists page by page.

use crate::{
    access,
    error::StoreError,
    sql::{Connection, Row, params},
    tables::{self, document},
};
use guestlist_domain::{
    App, AppId, Channel, ChannelId, ChannelKind, Facts, Key, Message, Missing, TeamId, User,
    UserId, Usergroup, UsergroupId, Workspace, time::Timestamp,
};
use std::{cell::Cell, sync::Arc};

mod connect;
mod due;
mod invite_requests;
mod journal;
mod mail;
mod owner;
pub(crate) mod people;
mod threads;
mod tokens;

pub use connect::Told;
pub use mail::MailFilter;
pub use threads::Thread;

/// One consistent view of the store, for the length of one call.
pub struct Reader {
    db: Connection,
    facts: Facts,
    /// Up to which row of the journal the view shows everything; [`PART`] if it shows a part of
    /// some calls.
    upto: i64,
    view: Cell<View>,
    now: Timestamp,
}

/// What a [`Reader`] sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    /// Facts that an earlier call loaded and that still hold. Whoever needs more begins.
    Kept,
    /// A transaction's.
    Begun,
    /// The tables went on before the transaction began: what was seen so far is not what is
    /// there now.
    Lost,
}

/// What a reader leaves to the next one.
pub(crate) struct Kept {
    db: Connection,
    facts: Facts,
    upto: i64,
}

/// No row of the journal.
pub(crate) const PART: i64 = -1;
/// Bytes of facts that are left to the next reader.
const KEPT: usize = 1 << 20;

impl Kept {
    /// Nothing but a connection.
    pub(crate) fn new(db: Connection) -> Self {
        Self {
            db,
            facts: Facts::default(),
            upto: PART,
        }
    }

    /// Whether its facts hold as long as the journal ends with row `logged`.
    pub(crate) fn holds(&self, logged: i64) -> bool {
        self.upto == logged
    }

    /// The connection, between two views.
    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    /// Whether nothing can be read by it any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.db.is_closed()
    }

    /// A reader that goes on with these facts.
    pub(crate) fn reuse(self, now: Timestamp) -> Reader {
        let Self { db, facts, upto } = self;
        Reader {
            db,
            facts,
            upto,
            view: Cell::new(View::Kept),
            now,
        }
    }

    /// A view of the tables as they are now, be it of a part of some calls.
    pub(crate) fn begin(self, now: Timestamp) -> Result<Reader, StoreError> {
        self.db.begin_view()?;
        Ok(Reader {
            upto: tables::shown(&self.db)?,
            db: self.db,
            facts: Facts::default(),
            view: Cell::new(View::Begun),
            now,
        })
    }
}

impl Reader {
    /// The tables, at the state that the facts are of.
    pub(crate) fn db(&self) -> Result<&Connection, StoreError> {
        if self.view.get() == View::Kept {
            self.db.begin_view()?;
            let same = tables::shown(&self.db)? == self.upto;
            self.view.set(if same { View::Begun } else { View::Lost });
        }
        match self.view.get() {
            View::Lost => Err(StoreError::Unavailable),
            View::Kept | View::Begun => Ok(&self.db),
        }
    }

    /// Whether the tables show a part of some calls in this view.
    pub(crate) fn is_torn(&self) -> bool {
        self.upto == PART
    }

    /// Whether the call has to be answered anew, in a view that has begun.
    pub(crate) fn is_lost(&self) -> bool {
        self.view.get() == View::Lost
    }

    /// Whether the database has gone away from it.
    pub(crate) fn is_broken(&self) -> bool {
        self.db.is_closed()
    }

    /// The world's time when the view began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What is asked here may take as long as it takes.
    pub(crate) fn take_time(&self) {
        self.db.hurry(false);
    }

    /// Ends the view and leaves what the next reader can use, if anything.
    pub(crate) fn end(self) -> Option<Kept> {
        let Self {
            db,
            facts,
            upto,
            view,
            ..
        } = self;
        if db.is_closed() {
            return None;
        }
        db.hurry(true);
        if !db.is_autocommit() {
            db.end_view().ok()?;
        }
        if view.get() == View::Lost || facts.weight() > KEPT {
            return Some(Kept::new(db));
        }
        Some(Kept { db, facts, upto })
    }

    /// Asks a rule, loading each fact it looks at.
    pub fn look<T>(
        &mut self,
        rule: impl Fn(&Facts) -> Result<T, Missing>,
    ) -> Result<T, StoreError> {
        loop {
            match rule(&self.facts) {
                Ok(value) => return Ok(value),
                Err(Missing(key)) => {
                    self.db()?;
                    tables::load(&self.db, &mut self.facts, &[key])?;
                }
            }
        }
    }

    /// Loads facts that are about to be looked at.
    pub fn load(&mut self, keys: &[Key]) -> Result<(), StoreError> {
        self.db()?;
        tables::load(&self.db, &mut self.facts, keys)
    }

    /// A user.
    pub fn user(&mut self, id: UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.look(|facts| Ok(facts.user(id)?.cloned()))
    }

    /// A workspace.
    pub fn workspace(&mut self, id: TeamId) -> Result<Option<Arc<Workspace>>, StoreError> {
        self.look(|facts| Ok(facts.workspace(id)?.cloned()))
    }

    /// How many are in a conversation.
    pub fn member_count(&self, channel: &Channel) -> Result<u32, StoreError> {
        tables::member_count(self.db()?, channel.team, channel.id)
    }

    /// An app.
    pub fn app(&self, id: AppId) -> Result<Option<Arc<App>>, StoreError> {
        tables::app(self.db()?, id.key())
    }

    /// The app with this client id.
    pub fn client(&self, client_id: &str) -> Result<Option<Arc<App>>, StoreError> {
        match access::client(self.db()?, client_id)? {
            Some(id) => self.app(id),
            None => Ok(None),
        }
    }

    /// Every app, by workspace.
    pub fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.all("app", "select id, doc from app order by team, id")
    }

    /// The apps that a workspace lists.
    pub fn apps_in(&self, team: TeamId) -> Result<Vec<App>, StoreError> {
        let sql = "select id, doc from app where team = ?1 order by id";
        let mut select = self.db()?.prepare_cached(sql)?;
        let mut rows = select.query([team.key()])?;
        let mut apps = Vec::new();
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let doc = row.get_ref(1)?.as_str().unwrap_or_default();
            apps.push(document("app", key, doc)?);
        }
        Ok(apps)
    }

    /// The apps with subscriptions to events, and maybe others.
    pub fn subscribers(&self) -> Result<Vec<App>, StoreError> {
        // Nobody who subscribes to nothing has the word in their document.
        let sql = "select id, doc from app where doc like '%\"subscribe\":%' order by team, id";
        self.all("app", sql)
    }

    /// Every workspace.
    pub fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        self.all("workspace", "select team, doc from workspace order by team")
    }

    fn all<T: serde::de::DeserializeOwned>(
        &self,
        table: &'static str,
        sql: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.db()?.prepare_cached(sql)?;
        let mut rows = select.query([])?;
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

    /// The ids of who is in a conversation, in id order, from `from` on.
    pub fn members(
        &self,
        channel: &Channel,
        from: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut select = self.db()?.prepare_cached(
            "select user from member where team = ?1 and channel = ?2 and user >= ?3 order by user limit ?4",
        )?;
        let from = from.map_or(0, UserId::key);
        let rows = select.query_map(
            params![channel.team.key(), channel.id.key(), from, limit as i64],
            |row| row.get(0).map(UserId::from_key),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The users of a workspace, removed ones too, in id order, from `from` on.
    pub fn users(
        &self,
        team: TeamId,
        from: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        self.people(
            "select id, doc from user where team = ?1 and id >= ?2 order by id limit ?3",
            params![team.key(), from.map_or(0, UserId::key), limit as i64],
        )
    }

    /// The user groups of a workspace, disabled ones too, in the order of their ids.
    pub fn usergroups(&self, team: TeamId) -> Result<Vec<Usergroup>, StoreError> {
        tables::usergroups::all(self.db()?, team)
    }

    /// The user groups of a workspace that somebody is in, disabled ones too, in the order of their ids.
    pub fn usergroups_of(&self, team: TeamId, user: UserId) -> Result<Vec<Usergroup>, StoreError> {
        tables::usergroups::of(self.db()?, team, user)
    }

    /// A user group of a workspace.
    pub fn usergroup(
        &self,
        team: TeamId,
        id: UsergroupId,
    ) -> Result<Option<Arc<Usergroup>>, StoreError> {
        tables::usergroups::one(self.db()?, team, id)
    }

    /// The users of a workspace with this address (lower case).
    pub fn users_by_email(&self, team: TeamId, email: &str) -> Result<Vec<User>, StoreError> {
        self.people(
            "select id, doc from user where team = ?1 and email = ?2 order by id",
            params![team.key(), email],
        )
    }

    /// The user of the bot `bot` in a workspace.
    pub fn user_by_bot(
        &self,
        team: TeamId,
        bot: guestlist_domain::BotId,
    ) -> Result<Option<User>, StoreError> {
        let sql = "select id, doc from user where team = ?1 and bot = ?2 limit 1";
        Ok(self.people(sql, [team.key(), bot.key()])?.pop())
    }

    /// Conversations that a workspace has — its own and those shared with it — of the kinds
    /// given, in id order, from `from` on. Another organisation's private channels are among the public ones, too:
    /// this side may have them so. Visibility is the caller's business; the conversations
    /// are facts from here on, so that asking rules about them costs nothing more.
    pub fn channels(
        &mut self,
        team: TeamId,
        kinds: &[ChannelKind],
        from: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Arc<Channel>>, StoreError> {
        self.db()?;
        let mut select = self.db.prepare_cached(
            "select id, doc from (
               select id, doc from channel where team = ?1 and id >= ?2 and ((?3 >> kind) & 1) = 1
               union all
               select s.channel, c.doc
               from channel_share s join channel c on c.team = s.owner and c.id = s.channel
               where s.team = ?1 and s.channel >= ?2
                 and (((?3 >> c.kind) & 1) = 1 or (s.handle is not null and ((?5 >> c.kind) & 1) = 1))
             ) as conversation order by id limit ?4",
        )?;
        let of_partners = match kinds.contains(&ChannelKind::Public) {
            true => kind_bits(&[ChannelKind::Private]),
            false => 0,
        };
        let mut rows = select.query(params![
            team.key(),
            from.map_or(0, ChannelId::key),
            kind_bits(kinds),
            limit as i64,
            of_partners
        ])?;
        let mut channels = Vec::new();
        while let Some(row) = rows.next()? {
            let channel = channel_row(row)?;
            self.facts.put_channel(channel.id, Some(channel.clone()));
            channels.push(channel);
        }
        Ok(channels)
    }

    /// Conversations somebody is in, of the kinds given, in id order, from `from` on. Those of
    /// other workspaces are among them. They and the memberships are facts from here on.
    pub fn channels_of(
        &mut self,
        user: UserId,
        kinds: &[ChannelKind],
        from: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Arc<Channel>>, StoreError> {
        self.db()?;
        let mut select = self.db.prepare_cached(
            "select c.id, c.doc, m.since, m.closed, m.last_read, m.marked
             from place p
             join channel c on c.team = p.team and c.id = p.channel
             join member m on m.team = p.team and m.channel = p.channel and m.user = p.user
             where p.user = ?1 and p.channel >= ?2 and ((?3 >> c.kind) & 1) = 1 order by p.channel limit ?4",
        )?;
        let mut rows = select.query(params![
            user.key(),
            from.map_or(0, ChannelId::key),
            kind_bits(kinds),
            limit as i64
        ])?;
        let mut channels = Vec::new();
        while let Some(row) = rows.next()? {
            let channel = channel_row(row)?;
            let place = tables::place(row, 2)?;
            self.facts.put_membership(channel.id, user, Some(place));
            self.facts.put_channel(channel.id, Some(channel.clone()));
            channels.push(channel);
        }
        Ok(channels)
    }

    /// Whether there is a conversation that both are in.
    pub fn share_a_channel(&self, a: UserId, b: UserId) -> Result<bool, StoreError> {
        Ok(self
            .db()?
            .prepare_cached(
                "select exists (select 1 from place a join place b on b.channel = a.channel
                                where a.user = ?1 and b.user = ?2)",
            )?
            .query_row([a.key(), b.key()], |row| row.get(0))?)
    }

    /// Messages of a conversation, newest first: those with `oldest < ts < latest`, or with both
    /// ends included.
    pub fn history(
        &self,
        channel: &Channel,
        oldest: Timestamp,
        latest: Timestamp,
        inclusive: bool,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let (team, id, until) = source(channel);
        let latest = latest.min(Timestamp(until.saturating_add(1)));
        let (from, to) = if inclusive {
            (oldest.0, latest.0)
        } else {
            (oldest.0.saturating_add(1), latest.0.saturating_sub(1))
        };
        let mut select = self.db()?.prepare_cached(
            "select ts, joined, inviter, doc from message where team = ?1 and channel = ?2 and ts between ?3 and ?4
             order by ts desc limit ?5",
        )?;
        let mut rows = select.query(params![team, id, from, to, limit as i64])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            messages.push(tables::message(row, 0)?);
        }
        Ok(messages)
    }

    /// The workspaces of the organisation that `workspace` belongs to; itself alone without one.
    pub fn siblings(&self, workspace: &Workspace) -> Result<Vec<Workspace>, StoreError> {
        let Some(org) = workspace.enterprise else {
            return Ok(vec![workspace.clone()]);
        };
        tables::siblings(self.db()?, org)
    }

    /// Loads a fact for somebody who keeps facts of their own.
    pub fn load_into(&self, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
        tables::load(self.db()?, facts, std::slice::from_ref(key))
    }

    /// The conversations somebody is in, their ids alone.
    pub fn places_of(&self, user: UserId) -> Result<Vec<ChannelId>, StoreError> {
        let mut select = self
            .db()?
            .prepare_cached("select channel from place where user = ?1")?;
        let rows = select.query_map([user.key()], |row| row.get(0).map(ChannelId::from_key))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Where a conversation's messages are: the keys of a workspace and a conversation, and until when. A frozen
/// copy has no messages but those of the channel it is of, up to when it was made.
fn source(channel: &Channel) -> (i64, i64, i64) {
    match channel.frozen {
        Some(frozen) => (frozen.host.key(), frozen.of.key(), frozen.until.0),
        None => (channel.team.key(), channel.id.key(), i64::MAX),
    }
}

fn kind_bits(kinds: &[ChannelKind]) -> i64 {
    kinds
        .iter()
        .fold(0, |bits, kind| bits | 1 << (*kind as i64))
}

fn channel_row(row: Row<'_>) -> Result<Arc<Channel>, StoreError> {
    let id = ChannelId::from_key(row.get(0)?);
    document("channel", id, row.get_ref(1)?.as_str().unwrap_or_default()).map(Arc::new)
}

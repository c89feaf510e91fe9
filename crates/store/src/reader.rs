//! Reading: rules over facts, and lists page by page.

use crate::{
    error::StoreError,
    tables::{self, document},
};
use guestlist_domain::{
    App, AppId, Channel, ChannelId, ChannelKind, Facts, Key, Message, Missing, TeamId, Token,
    TokenHash, User, UserId, Workspace, facts::Membership, time::Timestamp,
};
use rusqlite::{Connection, params};
use std::sync::Arc;

/// One consistent view of the store, for the length of one call.
pub struct Reader {
    pub(crate) db: Connection,
    facts: Facts,
    now: Timestamp,
}

impl Reader {
    pub(crate) fn begin(db: Connection, now: Timestamp) -> Result<Self, StoreError> {
        db.prepare_cached("begin")?.execute([])?;
        Ok(Self {
            db,
            facts: Facts::default(),
            now,
        })
    }

    /// Whether the tables show a part of some calls in this view.
    pub(crate) fn is_torn(&self) -> Result<bool, StoreError> {
        Ok(tables::meta(&self.db, "torn")?.is_some())
    }

    /// The world's time when the view began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Ends the view and gives the connection back, unless it is no longer good for use.
    pub(crate) fn end(self) -> Option<Connection> {
        self.db
            .prepare_cached("commit")
            .and_then(|mut commit| commit.execute([]))
            .ok()?;
        Some(self.db)
    }

    /// Asks a rule, loading each fact it looks at.
    pub fn look<T>(
        &mut self,
        rule: impl Fn(&Facts) -> Result<T, Missing>,
    ) -> Result<T, StoreError> {
        loop {
            match rule(&self.facts) {
                Ok(value) => return Ok(value),
                Err(Missing(key)) => tables::load(&self.db, &mut self.facts, &[key])?,
            }
        }
    }

    /// Loads facts that are about to be looked at.
    pub fn load(&mut self, keys: &[Key]) -> Result<(), StoreError> {
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
        tables::member_count(&self.db, channel.team, channel.id)
    }

    /// An app.
    pub fn app(&self, id: AppId) -> Result<Option<Arc<App>>, StoreError> {
        tables::app(&self.db, id.key())
    }

    /// The ids of who is in a conversation, in id order, from `from` on.
    pub fn members(
        &self,
        channel: &Channel,
        from: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let mut select = self.db.prepare_cached(
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
        let mut select = self.db.prepare_cached(
            "select id, doc from user where team = ?1 and id >= ?2 order by id limit ?3",
        )?;
        let mut rows = select.query(params![
            team.key(),
            from.map_or(0, UserId::key),
            limit as i64
        ])?;
        let mut users = Vec::new();
        while let Some(row) = rows.next()? {
            users.push(document(
                "user",
                UserId::from_key(row.get(0)?),
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(users)
    }

    /// The users of a workspace with this address (lower case).
    pub fn users_by_email(&self, team: TeamId, email: &str) -> Result<Vec<User>, StoreError> {
        let mut select = self.db.prepare_cached(
            "select id, doc from user where team = ?1 and email = ?2 order by id",
        )?;
        let mut rows = select.query(params![team.key(), email])?;
        let mut users = Vec::new();
        while let Some(row) = rows.next()? {
            users.push(document(
                "user",
                UserId::from_key(row.get(0)?),
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(users)
    }

    /// The user of the bot `bot` in a workspace.
    pub fn user_by_bot(
        &self,
        team: TeamId,
        bot: guestlist_domain::BotId,
    ) -> Result<Option<User>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("select id, doc from user where team = ?1 and bot = ?2 limit 1")?;
        let mut rows = select.query([team.key(), bot.key()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        document(
            "user",
            UserId::from_key(row.get(0)?),
            row.get_ref(1)?.as_str().unwrap_or_default(),
        )
        .map(Some)
    }

    /// Conversations that a workspace has — its own and those shared with it — of the kinds
    /// given, in id order, from `from` on. Visibility is the caller's business; the conversations
    /// are facts from here on, so that asking rules about them costs nothing more.
    pub fn channels(
        &mut self,
        team: TeamId,
        kinds: &[ChannelKind],
        from: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Arc<Channel>>, StoreError> {
        let mut select = self.db.prepare_cached(
            "select id, doc from (
               select id, doc, kind from channel where team = ?1 and id >= ?2
               union all
               select s.channel, c.doc, c.kind
               from channel_share s join channel c on c.team = s.owner and c.id = s.channel
               where s.team = ?1 and s.channel >= ?2
             ) where (?3 >> kind) & 1 order by id limit ?4",
        )?;
        let mut rows = select.query(params![
            team.key(),
            from.map_or(0, ChannelId::key),
            kind_bits(kinds),
            limit as i64
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
        let mut select = self.db.prepare_cached(
            "select c.id, c.doc, m.since, m.closed
             from member m join channel c on c.team = m.team and c.id = m.channel
             where m.user = ?1 and m.channel >= ?2 and (?3 >> c.kind) & 1 order by m.channel limit ?4",
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
            let place = Membership {
                since: Timestamp(row.get(2)?),
                closed: row.get(3)?,
            };
            self.facts.put_membership(channel.id, user, Some(place));
            self.facts.put_channel(channel.id, Some(channel.clone()));
            channels.push(channel);
        }
        Ok(channels)
    }

    /// Whether there is a conversation that both are in.
    pub fn share_a_channel(&self, a: UserId, b: UserId) -> Result<bool, StoreError> {
        Ok(self
            .db
            .prepare_cached(
                "select exists (select 1 from member a join member b on b.team = a.team and b.channel = a.channel
                                where a.user = ?1 and b.user = ?2)",
            )?
            .query_row([a.key(), b.key()], |row| row.get(0))?)
    }

    /// Whether there is a channel that both workspaces have.
    pub fn are_connected(&self, a: TeamId, b: TeamId) -> Result<bool, StoreError> {
        Ok(self
            .db
            .prepare_cached(
                "select exists (select 1 from channel_share where team = ?1 and owner = ?2)
                     or exists (select 1 from channel_share where team = ?2 and owner = ?1)
                     or exists (select 1 from channel_share a join channel_share b on b.channel = a.channel
                                where a.team = ?1 and b.team = ?2)",
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
        let (from, to) = if inclusive {
            (oldest.0, latest.0)
        } else {
            (oldest.0.saturating_add(1), latest.0.saturating_sub(1))
        };
        let mut select = self.db.prepare_cached(
            "select ts, doc from message where team = ?1 and channel = ?2 and ts between ?3 and ?4
             order by ts desc limit ?5",
        )?;
        let mut rows = select.query(params![
            channel.team.key(),
            channel.id.key(),
            from,
            to,
            limit as i64
        ])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            let ts: i64 = row.get(0)?;
            messages.push(document(
                "message",
                ts,
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(messages)
    }

    /// The workspaces of the organisation that `workspace` belongs to; itself alone without one.
    pub fn siblings(&self, workspace: &Workspace) -> Result<Vec<Workspace>, StoreError> {
        let Some(org) = workspace.enterprise else {
            return Ok(vec![workspace.clone()]);
        };
        let mut select = self.db.prepare_cached(
            "select team, doc from workspace where enterprise = ?1 order by team",
        )?;
        let mut rows = select.query([org.key()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let id = TeamId::from_key(row.get(0)?);
            all.push(document(
                "workspace",
                id,
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(all)
    }

    /// Loads a fact for somebody who keeps facts of their own.
    pub fn load_into(&self, facts: &mut Facts, key: &Key) -> Result<(), StoreError> {
        tables::load(&self.db, facts, std::slice::from_ref(key))
    }

    /// The newest row of the journal that this view shows.
    pub fn folded(&self) -> Result<i64, StoreError> {
        Ok(tables::meta(&self.db, "folded")?
            .and_then(|text| text.parse().ok())
            .unwrap_or(0))
    }

    /// The conversations somebody is in, their ids alone.
    pub fn places_of(&self, user: UserId) -> Result<Vec<ChannelId>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("select channel from member where user = ?1")?;
        let rows = select.query_map([user.key()], |row| row.get(0).map(ChannelId::from_key))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every app, by workspace.
    pub fn apps(&self) -> Result<Vec<App>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("select id, doc from app order by team, id")?;
        let mut rows = select.query([])?;
        let mut apps = Vec::new();
        while let Some(row) = rows.next()? {
            let id = AppId::from_key(row.get(0)?);
            apps.push(document(
                "app",
                id,
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(apps)
    }

    /// Every token, by workspace.
    pub fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("select hash, doc from token order by team, hash")?;
        let mut rows = select.query([])?;
        let mut tokens = Vec::new();
        while let Some(row) = rows.next()? {
            tokens.push(document(
                "token",
                "of the list",
                row.get_ref(1)?.as_str().unwrap_or_default(),
            )?);
        }
        Ok(tokens)
    }

    /// A token, whichever workspace it belongs to.
    pub fn token(&self, hash: TokenHash) -> Result<Option<Arc<Token>>, StoreError> {
        tables::token(&self.db, hash)
    }
}

fn kind_bits(kinds: &[ChannelKind]) -> i64 {
    kinds
        .iter()
        .fold(0, |bits, kind| bits | 1 << (*kind as i64))
}

fn channel_row(row: &rusqlite::Row<'_>) -> Result<Arc<Channel>, StoreError> {
    let id = ChannelId::from_key(row.get(0)?);
    document("channel", id, row.get_ref(1)?.as_str().unwrap_or_default()).map(Arc::new)
}

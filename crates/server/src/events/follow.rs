//! Following the journal: which events its rows come to, and which apps are owed them.

use super::envelope;
use guestlist_domain::{
    App, AppId, Change, Channel, ChannelId, EnterpriseId, Facts, Key, Seed, TeamId, Timestamp,
    Token, TokenHash, UserId,
    event::{
        Position,
        audience::{Audience, Installation},
        of_change,
    },
    facts::Missing,
    workspace::Delivery,
};
use guestlist_store::{Bookmark, Reader, Row, Store, StoreError, deliveries::Owed};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Facts that are held; more are dropped and loaded again as they are needed.
const FACTS: usize = 4 << 20;

/// Who follows the journal, as of one place in it.
pub(super) struct Follower {
    store: Store,
    audience: Audience,
    facts: Facts,
    /// The place.
    mark: Bookmark,
    /// The newest row that changed who shares a channel: tables that show less are too old.
    shaped: i64,
}

/// What a step brought.
#[derive(Default)]
pub(super) struct Step {
    /// What is owed, in order.
    pub(super) owed: Vec<Owed>,
    /// What is another now of apps.
    pub(super) news: News,
}

impl Step {
    /// Workspaces are gone: nobody is told any more of what happened there.
    fn remove(&mut self, workspaces: &[TeamId], apps: &[AppId]) {
        self.owed.retain(|one| !workspaces.contains(&one.team));
        self.news.subscribed.retain(|app| !apps.contains(&app.id));
        self.news.removed.extend(workspaces);
        self.news.gone.extend(apps);
    }
}

/// What the journal says of apps, for who delivers to them.
#[derive(Default)]
pub(super) struct News {
    /// Apps whose subscription is another now.
    pub(super) subscribed: Vec<Arc<App>>,
    /// Apps that are gone with their workspaces.
    pub(super) gone: Vec<AppId>,
    /// Those workspaces.
    pub(super) removed: Vec<TeamId>,
}

impl Follower {
    /// As of a place in the journal: what was done to tokens and memberships since is taken back from
    /// what the tables show. Subscriptions are as they are now.
    pub(super) async fn at(store: Store, mark: Bookmark) -> Result<Self, StoreError> {
        let mut this = Self {
            audience: subscribed(&store).await?,
            store,
            facts: Facts::default(),
            shaped: 0,
            mark,
        };
        this.shaped = newest(&this.mark);
        if this.has_audience() {
            let tokens = this.tokens().await?;
            let theirs = tokens.into_iter().filter(|token| this.listens(token));
            let theirs: Vec<_> = theirs.map(Arc::new).collect();
            this.install(theirs).await?;
        }
        Ok(this)
    }

    fn listens(&self, token: &Token) -> bool {
        !token.revoked && token.app.is_some_and(|app| self.audience.listens(app))
    }

    /// The place it is at.
    pub(super) fn mark(&self) -> &Bookmark {
        &self.mark
    }

    /// The same place by a shorter name.
    pub(super) fn rename(&mut self, mark: Bookmark) {
        self.mark = mark;
    }

    /// Whether anybody is told of anything.
    pub(super) fn has_audience(&self) -> bool {
        !self.audience.is_empty()
    }

    /// Goes on over rows that nobody wants to hear of.
    async fn skip(&mut self) -> Result<(), StoreError> {
        let end = match self.mark {
            Bookmark::Row(seq) => {
                let newest = self.store.logged();
                // A row with a subscription is read, the first of several too.
                let subscribes = self.store.subscribes_after(seq);
                Bookmark::Row(subscribes.map_or(newest, |row| row - 1))
            }
            Bookmark::Lanes { .. } => {
                // One view shows both: if nobody subscribes there, nobody did so before its end
                // and stayed.
                let mark = self.mark.clone();
                let read = move |reader: &mut Reader| {
                    Ok::<_, StoreError>((audience(reader)?, reader.end_of_journal(&mark)?))
                };
                let (audience, end) = self.store.read_long(read).await?;
                if !audience.is_empty() {
                    return Ok(());
                }
                end
            }
        };
        self.mark = end;
        self.shaped = newest(&self.mark);
        Ok(())
    }

    /// Whether there is something in the journal that it has not read.
    pub(super) fn is_behind(&self) -> Result<bool, StoreError> {
        Ok(!self.store.entries_after(&self.mark, None)?.is_empty())
    }

    /// Goes on to a place up to which somebody else has recorded what is owed.
    pub(super) async fn go_to(&mut self, place: Bookmark) -> Result<News, StoreError> {
        if !self.has_audience() && subscribed(&self.store).await?.is_empty() {
            self.mark = place;
            return Ok(News::default());
        }
        let mut step = Step::default();
        loop {
            let rows = self.store.entries_after(&self.mark, Some(&place))?;
            if rows.is_empty() {
                self.mark = place;
                return Ok(step.news);
            }
            for row in rows {
                self.row(&row, &mut step, false).await?;
                self.mark.pass(&row);
            }
        }
    }

    /// Goes on by some rows.
    pub(super) async fn step(&mut self) -> Result<Step, StoreError> {
        let mut step = Step::default();
        if !self.has_audience() {
            self.skip().await?;
        } else if let Bookmark::Row(seq) = self.mark {
            // What was read is not kept for a later jump.
            self.store.subscribes_after(seq);
        }
        for row in self.store.entries_after(&self.mark, None)? {
            self.row(&row, &mut step, true).await?;
            self.mark.pass(&row);
        }
        if self.facts.weight() > FACTS {
            self.facts = Facts::default();
        }
        Ok(step)
    }

    /// Loads a fact that, once there, changes by what is read in the journal alone.
    async fn know(&mut self, key: &Key) -> Result<(), StoreError> {
        if self.facts.knows(key) {
            return Ok(());
        }
        let Self {
            store,
            facts,
            shaped,
            ..
        } = self;
        let loaded = store.glance(|reader| {
            let recent = !matches!(key, Key::Channel(_)) || reader.folded()? >= *shaped;
            if recent {
                reader.load_into(facts, key)?;
            }
            Ok::<_, StoreError>(recent)
        })?;
        if !loaded || is_absent(facts, key) {
            // It may have been made just now: the tables are asked again once they show that.
            let read = |reader: &mut Reader| {
                let mut anew = Facts::default();
                reader.load_into(&mut anew, key)?;
                Ok::<_, StoreError>(anew)
            };
            let anew = store.read(read).await?;
            copy(&anew, facts, key);
        }
        Ok(())
    }

    /// Goes on by one row; what it owes is found out if `owes`.
    async fn row(&mut self, row: &Row, step: &mut Step, owes: bool) -> Result<(), StoreError> {
        let mut at = Position {
            seq: row.seq,
            change: 0,
        };
        for entry in &row.entries {
            for change in &entry.changes {
                self.learn(row.seq, change);
                match change {
                    Change::TokenMade { token } if self.listens(token) => {
                        self.install(vec![token.clone()]).await?;
                        self.catch_up(row, at.change, &[token.user]);
                    }
                    Change::AppMade { app } | Change::AppEdited { app } => {
                        self.subscribe(app, row, at.change).await?;
                        step.news.subscribed.push(app.clone());
                    }
                    Change::Added { seed } => self.admit(seed, step),
                    Change::Removed {
                        workspaces, apps, ..
                    } => step.remove(workspaces, apps),
                    _ => {}
                }
                let events = match owes {
                    true => self.events(at, entry.at, change).await?,
                    false => Vec::new(),
                };
                for event in events {
                    let hearings = self.audience.of(&event, entry.at);
                    let reachable = hearings
                        .iter()
                        .filter(|hearing| can_be_reached(&hearing.app));
                    step.owed
                        .extend(reachable.map(|hearing| envelope::owed(&event, hearing, entry.at)));
                }
                at.change += 1;
            }
        }
        Ok(())
    }

    /// Goes on by one change in what is remembered.
    fn learn(&mut self, seq: i64, change: &Change) {
        match change {
            // What events look at beside their change.
            Change::Created { .. }
            | Change::Edited { .. }
            | Change::UserMade { .. }
            | Change::UserEdited { .. }
            | Change::Assigned { .. }
            | Change::Unassigned { .. }
            | Change::AppMade { .. }
            | Change::AppEdited { .. }
            | Change::Added { .. } => self.facts.apply(change),
            Change::Shared { .. } | Change::Severed { .. } => {
                self.facts.apply(change);
                self.shaped = seq;
            }
            // What is known of them holds no longer.
            Change::Removed { .. } => self.facts = Facts::default(),
            _ => {}
        }
        self.audience.apply(change);
    }

    async fn events(
        &mut self,
        at: Position,
        when: Timestamp,
        change: &Change,
    ) -> Result<Vec<guestlist_domain::event::Event>, StoreError> {
        if self.audience.is_empty() {
            return Ok(Vec::new());
        }
        loop {
            match of_change(&self.facts, at, when, change) {
                Ok(events) => return Ok(events),
                Err(Missing(key)) => self.know(&key).await?,
            }
        }
    }

    /// An app is this from the change `change` of a row on.
    async fn subscribe(
        &mut self,
        app: &Arc<App>,
        row: &Row,
        change: u32,
    ) -> Result<(), StoreError> {
        let is_new = !self.audience.listens(app.id);
        self.audience.subscribe(app.clone());
        if is_new && self.audience.listens(app.id) {
            let tokens = self.tokens().await?;
            let theirs: Vec<_> = tokens
                .into_iter()
                .filter(|token| token.app == Some(app.id) && self.listens(token))
                .map(Arc::new)
                .collect();
            let users: Vec<_> = theirs.iter().map(|token| token.user).collect();
            self.install(theirs).await?;
            self.catch_up(row, change, &users);
        }
        Ok(())
    }

    /// Workspaces came with their apps: all that matters of them is in the change.
    fn admit(&mut self, seed: &Seed, step: &mut Step) {
        for app in &seed.apps {
            let app = Arc::new(app.clone());
            self.audience.subscribe(app.clone());
            step.news.subscribed.push(app);
        }
        let mut places: HashMap<UserId, Vec<ChannelId>> = HashMap::new();
        for (_, channel, user, _) in &seed.members {
            places.entry(*user).or_default().push(*channel);
        }
        let orgs: HashMap<TeamId, EnterpriseId> = seed
            .workspaces
            .iter()
            .filter_map(|one| Some((one.id, one.enterprise?)))
            .collect();
        let bots: HashSet<UserId> = seed
            .users
            .iter()
            .filter(|user| user.bot.is_some())
            .map(|user| user.id)
            .collect();
        let teams = seed.users.iter();
        let teams: HashMap<UserId, Vec<TeamId>> = teams
            .map(|user| (user.id, user.all_teams().collect()))
            .collect();
        let guests = seed.users.iter().filter(|user| user.guest.is_some());
        let guests: HashSet<UserId> = guests.map(|user| user.id).collect();
        let removed = seed.users.iter().filter(|user| user.removed);
        let removed: HashSet<UserId> = removed.map(|user| user.id).collect();
        for token in &seed.tokens {
            let Some(user) = token.user.filter(|_| self.listens(token)) else {
                continue;
            };
            let installation = Installation {
                token: Arc::new(token.clone()),
                user,
                is_bot: Installation::acts_as_bot(token.kind, bots.contains(&user)),
                is_guest: guests.contains(&user),
                is_removed: removed.contains(&user),
                teams: teams.get(&user).cloned().unwrap_or_default(),
                enterprise: orgs.get(&token.team).copied(),
            };
            let places = places.get(&user).into_iter().flatten().copied();
            self.audience.install(installation, places);
        }
    }

    /// All tokens as of the place.
    async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mark = self.mark.clone();
        let read = move |reader: &mut Reader| -> Result<_, StoreError> {
            let tokens = reader.tokens()?.into_iter();
            let mut tokens: HashMap<TokenHash, Token> =
                tokens.map(|token| (token.hash, token)).collect();
            reader.changes_since(&mark, |change| match change {
                Change::TokenMade { token } => {
                    tokens.remove(&token.hash);
                }
                Change::TokenRevoked { hash, .. } => {
                    if let Some(token) = tokens.get_mut(hash) {
                        token.revoked = false;
                    }
                }
                _ => {}
            })?;
            Ok(tokens.into_values().collect())
        };
        self.store.read_long(read).await
    }

    /// Brings users whose places are as of the row before to the change `upto` of this one.
    fn catch_up(&mut self, row: &Row, upto: u32, users: &[Option<UserId>]) {
        let changes = row.entries.iter().flat_map(|entry| &entry.changes);
        for change in changes.take(upto as usize) {
            match change {
                Change::Joined { user, .. }
                | Change::Left { user, .. }
                | Change::Dropped { user, .. }
                    if users.contains(&Some(*user)) =>
                {
                    self.audience.apply(change);
                }
                // Who was moved already is where they are.
                Change::Severed { .. } => self.audience.apply(change),
                _ => {}
            }
        }
    }

    /// Adds installations, with where their users were at the place.
    async fn install(&mut self, tokens: Vec<Arc<Token>>) -> Result<(), StoreError> {
        let unknown: HashSet<UserId> = tokens
            .iter()
            .filter_map(|token| token.user)
            .filter(|user| !self.audience.follows(*user))
            .collect();
        let mut places = self.places(unknown).await?;
        for token in tokens {
            let installation = loop {
                match Installation::of(&self.facts, &token) {
                    Ok(installation) => break installation,
                    Err(Missing(key)) => self.know(&key).await?,
                }
            };
            if let Some(installation) = installation {
                let places = places.remove(&installation.user).unwrap_or_default();
                self.audience.install(installation, places);
            }
        }
        Ok(())
    }

    /// Where users were at the place.
    async fn places(
        &self,
        users: HashSet<UserId>,
    ) -> Result<HashMap<UserId, HashSet<ChannelId>>, StoreError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let mark = self.mark.clone();
        let read = move |reader: &mut Reader| -> Result<_, StoreError> {
            let mut places: HashMap<UserId, HashSet<ChannelId>> = HashMap::new();
            for user in users {
                places.insert(user, HashSet::from_iter(reader.places_of(user)?));
            }
            // The first change after the place tells what was before it.
            let mut met = HashSet::new();
            let mut was = |user: UserId, channel: ChannelId, is_in: bool| {
                if let Some(inside) = places.get_mut(&user)
                    && met.insert((user, channel))
                {
                    match is_in {
                        true => inside.insert(channel),
                        false => inside.remove(&channel),
                    };
                }
            };
            reader.changes_since(&mark, |change| match change {
                Change::Joined { user, channel, .. } => was(*user, *channel, false),
                Change::Left { user, channel, .. } | Change::Dropped { user, channel } => {
                    was(*user, *channel, true);
                }
                Change::Severed {
                    channel,
                    people,
                    copy,
                    ..
                } => {
                    for user in people {
                        was(*user, channel.id, true);
                        if let Some(copy) = copy {
                            was(*user, copy.id, false);
                        }
                    }
                }
                _ => {}
            })?;
            Ok(places)
        };
        self.store.read_long(read).await
    }
}

/// The apps with subscriptions as they are now, without their installations.
async fn subscribed(store: &Store) -> Result<Audience, StoreError> {
    store.read_long(|reader| audience(reader)).await
}

fn audience(reader: &Reader) -> Result<Audience, StoreError> {
    let mut audience = Audience::default();
    for app in reader.subscribers()? {
        audience.subscribe(Arc::new(app));
    }
    Ok(audience)
}

/// The newest row of a journal with one writer. Where there are lanes tables are never behind rows.
fn newest(mark: &Bookmark) -> i64 {
    match mark {
        Bookmark::Row(seq) => *seq,
        Bookmark::Lanes { .. } => 0,
    }
}

/// Whether there is a way to an app. One without is owed nothing.
fn can_be_reached(app: &App) -> bool {
    app.events
        .as_ref()
        .is_some_and(|events| events.delivery == Delivery::Socket || events.request_url.is_some())
}

fn is_absent(facts: &Facts, key: &Key) -> bool {
    match key {
        Key::Channel(id) => matches!(facts.channel(*id), Ok(None)),
        Key::Standing(id) => matches!(facts.standing(*id), Ok(None)),
        _ => false,
    }
}

fn copy(from: &Facts, to: &mut Facts, key: &Key) {
    match key {
        Key::Channel(id) => {
            let channel: Option<Arc<Channel>> = from.channel(*id).ok().flatten().cloned();
            to.put_channel(*id, channel);
        }
        Key::Standing(id) => to.put_standing(*id, from.standing(*id).ok().flatten()),
        _ => {}
    }
}

#[cfg(test)]
mod tests;

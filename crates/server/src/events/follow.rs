//! Following the journal: which events its rows come to, and which apps are owed them.

use super::envelope;
use guestlist_domain::{
    App, Change, Channel, ChannelId, Facts, Key, TeamId, Timestamp, Token, TokenHash, UserId,
    event::{
        Position,
        audience::{Audience, Installation},
        of_change,
    },
    facts::Missing,
    workspace::{Delivery, Events},
};
use guestlist_store::{Reader, Row, Store, StoreError, deliveries::Owed};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

/// Facts that are held; more are dropped and loaded again as they are needed.
const FACTS: usize = 4 << 20;

/// Who follows the journal, as of one of its rows.
pub(super) struct Follower {
    store: Store,
    audience: Audience,
    facts: Facts,
    /// The row.
    seq: i64,
}

/// What a step brought.
#[derive(Default)]
pub(super) struct Step {
    /// What is owed, in order.
    pub(super) owed: Vec<Owed>,
    /// Apps whose subscription is another now.
    pub(super) subscribed: Vec<Arc<App>>,
}

impl Follower {
    /// As of row `seq`: what was done since is taken back from what the tables show.
    pub(super) async fn at(store: Store, seq: i64) -> Result<Self, StoreError> {
        let (apps, tokens, folded) = store
            .read_long(|reader| {
                Ok::<_, StoreError>((reader.apps()?, reader.tokens()?, reader.folded()?))
            })
            .await?;
        let mut this = Self {
            store,
            audience: Audience::default(),
            facts: Facts::default(),
            seq,
        };
        let mut apps: BTreeMap<_, _> = apps.into_iter().map(|app| (app.id, app)).collect();
        let mut tokens: HashMap<_, _> = tokens.into_iter().map(|t| (t.hash, t)).collect();
        let mut met = HashSet::new();
        this.since(seq, folded, |change| match change {
            Change::Subscribed { app, was, .. } if met.insert(Met::App(*app)) => {
                if let Some(app) = apps.get_mut(app) {
                    app.events.clone_from(was);
                }
            }
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
        for app in apps.into_values() {
            this.audience.subscribe(Arc::new(app));
        }
        let theirs = tokens.into_values().filter(|token| this.listens(token));
        let theirs: Vec<_> = theirs.map(Arc::new).collect();
        this.install(theirs, seq).await?;
        Ok(this)
    }

    fn listens(&self, token: &Token) -> bool {
        !token.revoked && token.app.is_some_and(|app| self.audience.listens(app))
    }

    /// The row it is at.
    pub(super) fn seq(&self) -> i64 {
        self.seq
    }

    /// Whether anybody is told of anything.
    pub(super) fn has_audience(&self) -> bool {
        !self.audience.is_empty()
    }

    /// Goes on to rows that nobody wants to hear of.
    fn skip(&mut self) {
        let newest = self.store.logged();
        let subscribed = self.store.subscribed();
        // The row with the subscription is read.
        self.seq = if subscribed > self.seq {
            subscribed - 1
        } else {
            newest
        };
    }

    /// Goes on by some rows.
    pub(super) async fn step(&mut self) -> Result<Step, StoreError> {
        let mut step = Step::default();
        if !self.has_audience() {
            self.skip();
        }
        for row in self.store.entries_after(self.seq)? {
            self.prepare(&row).await?;
            self.row(&row, &mut step).await?;
            self.seq = row.seq;
        }
        if self.facts.weight() > FACTS {
            self.facts = Facts::default();
        }
        Ok(step)
    }

    /// Loads what the events of a row need to know.
    async fn prepare(&mut self, row: &Row) -> Result<(), StoreError> {
        for change in row.entries.iter().flat_map(|entry| &entry.changes) {
            for key in keys(change) {
                self.know(&key).await?;
            }
            // What is made here is known without looking.
            self.facts.apply(change);
        }
        Ok(())
    }

    /// Loads a fact that, once there, never changes in what events need of it.
    async fn know(&mut self, key: &Key) -> Result<(), StoreError> {
        if self.facts.knows(key) {
            return Ok(());
        }
        let Self { store, facts, .. } = self;
        store.glance(|reader| reader.load_into(facts, key))?;
        if is_absent(facts, key) {
            // It may have been made just now: the tables are asked again once they show that.
            let mut anew = Facts::default();
            store
                .read(|reader| reader.load_into(&mut anew, key))
                .await?;
            copy(&anew, facts, key);
        }
        Ok(())
    }

    async fn row(&mut self, row: &Row, step: &mut Step) -> Result<(), StoreError> {
        let mut at = Position {
            seq: row.seq,
            change: 0,
        };
        for entry in &row.entries {
            for change in &entry.changes {
                self.audience.apply(change);
                match change {
                    Change::TokenMade { token } if self.listens(token) => {
                        self.install(vec![token.clone()], row.seq - 1).await?;
                        self.catch_up(row, at.change, &[token.user]);
                    }
                    Change::Subscribed { app, events, .. } => {
                        step.subscribed
                            .extend(self.subscribe(*app, events, row, at.change).await?);
                    }
                    _ => {}
                }
                for event in self.events(at, entry.at, change).await? {
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

    async fn subscribe(
        &mut self,
        id: guestlist_domain::AppId,
        events: &Events,
        row: &Row,
        change: u32,
    ) -> Result<Option<Arc<App>>, StoreError> {
        let Some(app) = self.store.glance(|reader| reader.app(id))? else {
            return Ok(None);
        };
        let app = Arc::new(App {
            events: Some(events.clone()),
            ..App::clone(&app)
        });
        let is_new = !self.audience.listens(id);
        self.audience.subscribe(app.clone());
        if is_new && self.audience.listens(id) {
            let tokens = self.tokens_at(row.seq - 1).await?;
            let theirs: Vec<_> = tokens
                .into_values()
                .filter(|token| token.app == Some(id) && !token.revoked)
                .map(Arc::new)
                .collect();
            let users: Vec<_> = theirs.iter().map(|token| token.user).collect();
            self.install(theirs, row.seq - 1).await?;
            self.catch_up(row, change, &users);
        }
        Ok(Some(app))
    }

    /// All tokens as of a row.
    async fn tokens_at(&self, seq: i64) -> Result<HashMap<TokenHash, Token>, StoreError> {
        let (tokens, folded) = self
            .store
            .read_long(|reader| Ok::<_, StoreError>((reader.tokens()?, reader.folded()?)))
            .await?;
        let mut tokens: HashMap<_, _> = tokens.into_iter().map(|t| (t.hash, t)).collect();
        self.since(seq, folded, |change| match change {
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
        Ok(tokens)
    }

    /// Brings users whose places are as of the row before to the change `upto` of this one.
    fn catch_up(&mut self, row: &Row, upto: u32, users: &[Option<UserId>]) {
        let changes = row.entries.iter().flat_map(|entry| &entry.changes);
        for change in changes.take(upto as usize) {
            if let Change::Joined { user, .. } | Change::Left { user, .. } = change
                && users.contains(&Some(*user))
            {
                self.audience.apply(change);
            }
        }
    }

    /// Adds installations, with where their users were at row `seq`.
    async fn install(&mut self, tokens: Vec<Arc<Token>>, seq: i64) -> Result<(), StoreError> {
        let unknown: HashSet<UserId> = tokens
            .iter()
            .filter_map(|token| token.user)
            .filter(|user| !self.audience.follows(*user))
            .collect();
        let mut places = self.places(unknown, seq).await?;
        for token in tokens {
            let Some(user) = token.user else { continue };
            self.know(&Key::Workspace(token.team)).await?;
            let workspace = self.facts.workspace(token.team).ok().flatten();
            let enterprise = workspace.and_then(|workspace| workspace.enterprise);
            let places = places.remove(&user).unwrap_or_default();
            self.audience.install(
                Installation {
                    token,
                    user,
                    enterprise,
                },
                places,
            );
        }
        Ok(())
    }

    /// Where users were at row `seq`.
    async fn places(
        &self,
        users: HashSet<UserId>,
        seq: i64,
    ) -> Result<HashMap<UserId, HashSet<ChannelId>>, StoreError> {
        if users.is_empty() {
            return Ok(HashMap::new());
        }
        let asked = users.clone();
        let read = move |reader: &mut Reader| -> Result<_, StoreError> {
            let mut places = HashMap::new();
            for user in asked {
                places.insert(user, HashSet::from_iter(reader.places_of(user)?));
            }
            Ok((places, reader.folded()?))
        };
        let (mut places, folded): (HashMap<UserId, HashSet<ChannelId>>, _) =
            self.store.read_long(read).await?;
        // The first change after the row tells what was before it.
        let mut met = HashSet::new();
        self.since(seq, folded, |change| {
            if let Change::Joined { user, channel, .. } | Change::Left { user, channel, .. } =
                change
                && let Some(inside) = places.get_mut(user)
                && met.insert((*user, *channel))
            {
                match change {
                    Change::Left { .. } => inside.insert(*channel),
                    _ => inside.remove(channel),
                };
            }
        })?;
        Ok(places)
    }

    /// Every change after row `seq`, up to row `folded`.
    fn since(
        &self,
        mut seq: i64,
        folded: i64,
        mut each: impl FnMut(&Change),
    ) -> Result<(), StoreError> {
        while seq < folded {
            let rows = self.store.entries_after(seq)?;
            let Some(last) = rows.last() else { break };
            let last = last.seq;
            let known = rows.iter().filter(|row| row.seq <= folded);
            for change in known
                .flat_map(|row| &row.entries)
                .flat_map(|entry| &entry.changes)
            {
                each(change);
            }
            seq = last;
        }
        Ok(())
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Met {
    App(guestlist_domain::AppId),
}

/// Whether there is a way to an app. One without is owed nothing.
fn can_be_reached(app: &App) -> bool {
    app.events
        .as_ref()
        .is_some_and(|events| events.delivery == Delivery::Socket || events.request_url.is_some())
}

/// What the events of a change look at.
fn keys(change: &Change) -> Vec<Key> {
    match change {
        Change::Joined { channel, user, .. } | Change::Left { channel, user, .. } => {
            vec![Key::Channel(*channel), Key::Standing(*user)]
        }
        Change::Posted { channel, message } => {
            vec![Key::Channel(*channel), Key::Standing(message.user)]
        }
        Change::DmClosed { channel, .. } => vec![Key::Channel(*channel)],
        Change::TokenRevoked { team, hash } => vec![Key::Token(*team, *hash)],
        _ => Vec::new(),
    }
}

fn is_absent(facts: &Facts, key: &Key) -> bool {
    match key {
        Key::Channel(id) => matches!(facts.channel(*id), Ok(None)),
        Key::Standing(id) => matches!(facts.standing(*id), Ok(None)),
        Key::Token(team, hash) => matches!(facts.token(*team, *hash), Ok(None)),
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
        Key::Token(team, hash) => {
            let team: TeamId = *team;
            to.put_token(*hash, from.token(team, *hash).ok().flatten().cloned());
        }
        _ => {}
    }
}

//! Views that are open, as they are kept.

use super::{
    definition::{Definition, Surface},
    element::{self, Found},
};
use guestlist_domain::{AppId, BotId, ChannelId, TeamId, Timestamp, UserId};
use guestlist_store::{Drawn, Fleeting, Store, StoreError, world::token_hash};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How long a view is open at most, in microseconds of the world's time.
const LIFE: i64 = 24 * 3_600_000_000;
/// The most views of a stack.
pub const MOST_STACKED: usize = 3;

/// A view that somebody has open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its id, `V…`.
    pub id: String,
    /// Whose it is.
    pub app: AppId,
    /// The app's bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotId>,
    /// In which workspace.
    pub team: TeamId,
    /// Who has it open.
    pub user: UserId,
    /// The view that its stack begins with.
    pub root: String,
    /// The view below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Another each time that the app changes it.
    pub hash: String,
    /// What it is.
    pub definition: Definition,
    /// What was chosen in it, by block and action.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub chosen: Map<String, Value>,
    /// When it was opened.
    pub opened: Timestamp,
    /// The conversation that they had before them then, if its app knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
}

/// Why a view is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotKept {
    /// The workspace has another view with its `external_id`.
    DuplicateExternalId,
    /// Another lies on the view below it.
    Covered,
}

fn name(id: &str) -> String {
    format!("view:{id}")
}

/// What an app calls a view may be anything: it is kept as a hash.
fn external(team: TeamId, id: &str) -> String {
    format!("external:{team}:{}", token_hash(id))
}

/// The place on top of a view: one other has it.
fn over(id: &str) -> String {
    format!("over:{id}")
}

fn hash(now: Timestamp, drawn: &Drawn) -> String {
    format!("{}.{}", now.seconds(), &drawn.hex("hash")[..8])
}

impl View {
    /// A new view, on top of another or by itself.
    pub fn new(
        mut definition: Definition,
        (app, bot): (AppId, Option<BotId>),
        (team, user): (TeamId, UserId),
        below: Option<&Self>,
        (now, drawn): (Timestamp, &Drawn),
    ) -> Self {
        let id = format!("V{}", drawn.hex("view")[..10].to_uppercase());
        element::name_all(&mut definition.blocks, &id);
        let new = Self {
            root: below.map_or_else(|| id.clone(), |below| below.root.clone()),
            previous: below.map(|below| below.id.clone()),
            hash: hash(now, drawn),
            id,
            app,
            bot,
            team,
            user,
            definition,
            chosen: Map::new(),
            opened: now,
            channel: None,
        };
        new.opened_in(below.and_then(|below| below.channel))
    }

    /// The same view, opened in this conversation: menus that ask for it begin with it.
    pub fn opened_in(mut self, channel: Option<ChannelId>) -> Self {
        self.channel = channel;
        let Some(channel) = channel else {
            return self;
        };
        let mut begin = Vec::new();
        for one in self.elements() {
            let place = (one.block_id().to_owned(), one.action_id().to_owned());
            let has = self.chosen.get(&place.0);
            if has.is_some_and(|block| !block[&place.1].is_null()) {
                continue;
            }
            if let Some((field, value)) = element::current(one.element, channel) {
                begin.push((place, one.element["type"].clone(), field, value));
            }
        }
        for ((block, action), kind, field, value) in begin {
            self.choose((&block, &action), &kind, field, value);
        }
        self
    }

    /// The same view with another definition. What was chosen in elements that are there still stays.
    pub fn becomes(&self, mut definition: Definition, now: Timestamp, drawn: &Drawn) -> Self {
        element::name_all(&mut definition.blocks, &self.id);
        let mut next = Self {
            hash: hash(now, drawn),
            definition,
            chosen: Map::new(),
            ..self.clone()
        };
        let there = element::elements(&next.definition.blocks);
        for one in there {
            let kept = &self
                .chosen
                .get(one.block_id())
                .map(|block| &block[one.action_id()]);
            if let Some(kept) = kept.filter(|kept| kept["type"] == one.element["type"]) {
                let block = next.chosen.entry(one.block_id().to_owned());
                block.or_insert_with(|| json!({}))[one.action_id()] = kept.clone();
            }
        }
        let channel = next.channel;
        next.opened_in(channel)
    }

    /// Every element of it that people do something with.
    pub fn elements(&self) -> Vec<Found<'_>> {
        element::elements(&self.definition.blocks)
    }

    /// What every element has chosen.
    pub fn state(&self) -> element::State {
        let all = self.elements();
        let mut state = element::State::initial(&all);
        for one in all {
            let chosen = self
                .chosen
                .get(one.block_id())
                .map(|block| &block[one.action_id()]);
            let fields = chosen.and_then(Value::as_object).into_iter().flatten();
            for (field, value) in fields.filter(|(field, _)| *field != "type") {
                state.set(&one, field, value.clone());
            }
        }
        state
    }

    /// Something is chosen in it, and stays so if it does with elements of this type.
    pub fn choose(
        &mut self,
        (block, action): (&str, &str),
        kind: &Value,
        field: &str,
        value: Value,
    ) {
        if !element::stays(kind) {
            return;
        }
        let block = self.chosen.entry(block.to_owned());
        block.or_insert_with(|| json!({}))[action] = json!({"type": kind, field: value});
    }

    /// As apps are told it, with what is chosen in it.
    pub fn to_json(&self, state: Value) -> Value {
        let it = &self.definition;
        let is = match it.surface {
            Surface::Modal => "modal",
        };
        json!({
            "id": self.id,
            "team_id": self.team,
            "type": is,
            "blocks": it.blocks,
            "private_metadata": it.private_metadata,
            "callback_id": it.callback_id,
            "state": state,
            "hash": self.hash,
            "title": it.title,
            "clear_on_close": it.clear_on_close,
            "notify_on_close": it.notify_on_close,
            "close": it.close,
            "submit": it.submit,
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": self.app,
            "external_id": it.external_id,
            "app_installed_team_id": self.team,
            "bot_id": self.bot,
        })
    }

    /// Keeps a new view.
    pub async fn keep(&self, store: &Store) -> Result<Result<(), NotKept>, StoreError> {
        if let Some(below) = &self.previous
            && !self.claim(store, over(below)).await?
        {
            return Ok(Err(NotKept::Covered));
        }
        if !self.reserve(store).await? {
            self.uncover(store).await?;
            return Ok(Err(NotKept::DuplicateExternalId));
        }
        let doc = serde_json::to_string(self).unwrap_or_default();
        let kept = Fleeting::new(name(&self.id), self.whose(), self.until(), doc);
        store.keep_fleeting(kept).await?;
        Ok(Ok(()))
    }

    fn whose(&self) -> (String, TeamId) {
        (self.user.to_string(), self.team)
    }

    fn until(&self) -> Timestamp {
        Timestamp(self.opened.0.saturating_add(LIFE))
    }

    /// Takes the name that its app gave it, if it did.
    async fn reserve(&self, store: &Store) -> Result<bool, StoreError> {
        let id = &self.definition.external_id;
        if id.is_empty() {
            return Ok(true);
        }
        self.claim(store, external(self.team, id)).await
    }

    /// Takes what one view has at a time.
    async fn claim(&self, store: &Store, what: String) -> Result<bool, StoreError> {
        let claim = Fleeting::new(what, self.whose(), self.until(), self.id.clone());
        store.keep_fleeting(claim).await
    }

    /// Lets go of what it has, if it does.
    async fn leave(&self, store: &Store, what: &str) -> Result<(), StoreError> {
        if let Some(claim) = store.fleeting(what).await?
            && claim.doc == self.id
        {
            store.replace_fleeting(&claim, None).await?;
        }
        Ok(())
    }

    /// Lets another lie on the view below it.
    async fn uncover(&self, store: &Store) -> Result<(), StoreError> {
        match &self.previous {
            Some(below) => self.leave(store, &over(below)).await,
            None => Ok(()),
        }
    }

    /// Lets go of the name that its app gave it.
    async fn release(&self, store: &Store) -> Result<(), StoreError> {
        let id = &self.definition.external_id;
        if id.is_empty() {
            return Ok(());
        }
        self.leave(store, &external(self.team, id)).await
    }

    /// The open view of an id, and how it is kept.
    pub async fn find(store: &Store, id: &str) -> Result<Option<(Self, Fleeting)>, StoreError> {
        let kept = store.fleeting(&name(id)).await?;
        Ok(kept.and_then(|kept| Some((serde_json::from_str(&kept.doc).ok()?, kept))))
    }

    /// The open view that an app gave a name.
    pub async fn named(
        store: &Store,
        team: TeamId,
        external_id: &str,
    ) -> Result<Option<(Self, Fleeting)>, StoreError> {
        match store.fleeting(&external(team, external_id)).await? {
            Some(named) => Self::find(store, &named.doc).await,
            None => Ok(None),
        }
    }

    /// What somebody has open, the oldest first.
    pub async fn open_of(store: &Store, user: UserId) -> Result<Vec<(Self, Fleeting)>, StoreError> {
        let kept = store.fleeting_of(&user.to_string(), "view:").await?;
        let read = |kept: Fleeting| Some((serde_json::from_str::<Self>(&kept.doc).ok()?, kept));
        let mut views: Vec<_> = kept.into_iter().filter_map(read).collect();
        views.sort_by(|(a, _), (b, _)| {
            (a.opened, a.depth(), &a.id).cmp(&(b.opened, b.depth(), &b.id))
        });
        Ok(views)
    }

    /// Views that begin a stack come before those on top of them.
    fn depth(&self) -> bool {
        self.previous.is_some()
    }

    /// Puts `next` in the place of a view that was found. `Ok(false)`: it has changed since, or is closed.
    pub async fn replace(
        &self,
        store: &Store,
        kept: &Fleeting,
        next: &Self,
    ) -> Result<Result<bool, NotKept>, StoreError> {
        let renamed = self.definition.external_id != next.definition.external_id;
        if renamed && !next.reserve(store).await? {
            return Ok(Err(NotKept::DuplicateExternalId));
        }
        let doc = serde_json::to_string(next).unwrap_or_default();
        let done = store
            .replace_fleeting(kept, Some((doc, next.until())))
            .await?;
        if renamed {
            let gone = if done { self } else { next };
            gone.release(store).await?;
        }
        Ok(Ok(done))
    }

    /// Closes a view, whatever has become of it since it was found: its app may change it while somebody closes it.
    pub async fn close(&self, store: &Store) -> Result<(), StoreError> {
        while let Some((view, kept)) = Self::find(store, &self.id).await? {
            if store.replace_fleeting(&kept, None).await? {
                view.release(store).await?;
                view.uncover(store).await?;
            }
        }
        Ok(())
    }
}

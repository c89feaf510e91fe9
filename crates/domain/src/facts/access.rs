//! What is known of apps, of what they were allowed, and of whom they act for.

use super::{Facts, Key, Map, Missing, look};
use crate::{
    change::Change,
    id::{AppId, BotId, ChannelId, InvitationId, TeamId, UserId},
    install::Code,
    token::{Token, TokenHash},
    user::User,
    workspace::App,
};
use std::{collections::BTreeSet, sync::Arc};

#[derive(Debug, Default)]
pub(super) struct Known {
    apps: Map<AppId, Option<Arc<App>>>,
    clients: Map<String, Option<AppId>>,
    codes: Map<TokenHash, Option<Arc<Code>>>,
    /// Ids of bots and links of invitations, as whoever adds workspaces asks for them.
    bot_ids: Map<BotId, Option<UserId>>,
    links: Map<String, Option<InvitationId>>,
    bots: Map<(AppId, TeamId), Option<UserId>>,
    /// The tokens of an app in a workspace; what they are is among the facts' tokens.
    held: Map<(AppId, TeamId), BTreeSet<TokenHash>>,
    /// The organisation-wide tokens of an app.
    org_wide: Map<AppId, BTreeSet<TokenHash>>,
    /// The channels somebody is in, DMs not counted.
    places: Map<UserId, BTreeSet<ChannelId>>,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::App(id) => self.apps.contains_key(id),
            Key::Client(id) => self.clients.contains_key(id),
            Key::Bot(id) => self.bot_ids.contains_key(id),
            Key::Link(link) => self.links.contains_key(link),
            Key::Code(hash) => self.codes.contains_key(hash),
            Key::BotOf(app, team) => self.bots.contains_key(&(*app, *team)),
            Key::TokensOf(app, team) => self.held.contains_key(&(*app, *team)),
            Key::OrgTokensOf(app) => self.org_wide.contains_key(app),
            Key::ChannelsOf(user) => self.places.contains_key(user),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.apps.len()
            + self.clients.len()
            + self.codes.len()
            + self.bot_ids.len()
            + self.links.len()
            + self.bots.len()
            + self.held.len()
            + self.org_wide.len()
            + self.places.len()
    }
}

impl Facts {
    /// An app.
    pub fn app(&self, id: AppId) -> Result<Option<&Arc<App>>, Missing> {
        look(&self.access.apps, &id, self.complete, || Key::App(id))
    }

    /// The app with this client id.
    pub fn client(&self, client_id: &str) -> Result<Option<AppId>, Missing> {
        if let Some(known) = self.access.clients.get(client_id) {
            return Ok(*known);
        }
        if !self.complete {
            return Err(Missing(Key::Client(client_id.to_owned())));
        }
        let mut apps = self.access.apps.values().flatten();
        Ok(apps
            .find(|app| app.client_id.as_deref() == Some(client_id))
            .map(|app| app.id))
    }

    /// A code that a person's consent was answered with.
    pub fn code(&self, hash: TokenHash) -> Result<Option<&Arc<Code>>, Missing> {
        look(&self.access.codes, &hash, self.complete, || Key::Code(hash))
    }

    /// Whose a bot's id is.
    pub fn bot(&self, id: BotId) -> Result<Option<UserId>, Missing> {
        let known = || {
            let is = |user: &&Arc<User>| user.bot.is_some_and(|bot| bot.id == id);
            self.users.values().flatten().find(is).map(|user| user.id)
        };
        match self.access.bot_ids.get(&id) {
            Some(found) => Ok(found.or_else(known)),
            None if self.complete => Ok(known()),
            None => Err(Missing(Key::Bot(id))),
        }
    }

    /// Which invitation a link leads to.
    pub fn link(&self, link: &str) -> Result<Option<InvitationId>, Missing> {
        match self.access.links.get(link) {
            Some(found) => Ok(found.or_else(|| self.linked(link))),
            None if self.complete => Ok(self.linked(link)),
            None => Err(Missing(Key::Link(link.to_owned()))),
        }
    }

    /// The user that an app acts as in a workspace, removed or not.
    pub fn bot_of(&self, app: AppId, team: TeamId) -> Result<Option<UserId>, Missing> {
        match self.access.bots.get(&(app, team)) {
            Some(known) => Ok(*known),
            None if self.complete => {
                let is = |user: &&Arc<User>| is_bot_of(user, app, team);
                Ok(self.users.values().flatten().find(is).map(|user| user.id))
            }
            None => Err(Missing(Key::BotOf(app, team))),
        }
    }

    /// The tokens of an app in a workspace that were not revoked, expired ones too.
    pub fn tokens_of(&self, app: AppId, team: TeamId) -> Result<Vec<&Arc<Token>>, Missing> {
        let held = self.access.held.get(&(app, team));
        self.living(held, |token| token.app == Some(app) && token.team == team)
            .ok_or(Missing(Key::TokensOf(app, team)))
    }

    /// The organisation-wide tokens of an app that were not revoked, expired ones too, in whichever workspaces
    /// they were made.
    pub fn org_tokens_of(&self, app: AppId) -> Result<Vec<&Arc<Token>>, Missing> {
        self.living(self.access.org_wide.get(&app), |token| {
            token.app == Some(app) && token.is_org_wide()
        })
        .ok_or(Missing(Key::OrgTokensOf(app)))
    }

    /// Those of some tokens that were not revoked, by hash; they are known, or among all.
    fn living(
        &self,
        known: Option<&BTreeSet<TokenHash>>,
        is_meant: impl Fn(&Token) -> bool,
    ) -> Option<Vec<&Arc<Token>>> {
        let live = |token: &&Arc<Token>| !token.revoked;
        match known {
            Some(hashes) => Some(
                hashes
                    .iter()
                    .filter_map(|hash| self.tokens.get(hash)?.as_ref())
                    .filter(live)
                    .collect(),
            ),
            None if self.complete => {
                let all = self.tokens.values().flatten();
                let mut tokens: Vec<_> = all.filter(|one| is_meant(one)).filter(live).collect();
                tokens.sort_by_key(|token| token.hash);
                Some(tokens)
            }
            None => None,
        }
    }

    /// The channels somebody is in, DMs not counted.
    pub fn channels_of(&self, user: UserId) -> Result<Vec<ChannelId>, Missing> {
        match self.access.places.get(&user) {
            Some(places) => Ok(places.iter().copied().collect()),
            None if self.complete => Ok(self.known_channels_of(user).0.into_iter().collect()),
            None => Err(Missing(Key::ChannelsOf(user))),
        }
    }

    /// Channels that the rosters say somebody is in, and those they say somebody is not in.
    fn known_channels_of(&self, user: UserId) -> (BTreeSet<ChannelId>, BTreeSet<ChannelId>) {
        let (mut is, mut not) = (BTreeSet::new(), BTreeSet::new());
        for (id, roster) in &self.rosters {
            match roster.places.get(&user).map(|place| place.get()) {
                Some(Some(_)) if !self.is_dm(*id) => is.insert(*id),
                Some(None) => not.insert(*id),
                _ => false,
            };
        }
        (is, not)
    }

    /// Loads an app, or that there is none.
    pub fn put_app(&mut self, id: AppId, app: Option<Arc<App>>) {
        self.access.apps.insert(id, app);
    }

    /// Loads which app has a client id, or that none has.
    pub fn put_client(&mut self, client_id: &str, app: Option<AppId>) {
        self.access.clients.insert(client_id.to_owned(), app);
    }

    /// Loads whose a bot's id is, or that it is nobody's.
    pub fn put_bot(&mut self, id: BotId, user: Option<UserId>) {
        self.access.bot_ids.insert(id, user);
    }

    /// Loads which invitation a link leads to, or that it leads to none.
    pub fn put_link(&mut self, link: &str, invitation: Option<InvitationId>) {
        self.access.links.insert(link.to_owned(), invitation);
    }

    /// Loads a code, or that there is none.
    pub fn put_code(&mut self, hash: TokenHash, code: Option<Arc<Code>>) {
        self.access.codes.insert(hash, code);
    }

    /// Loads the user an app acts as, or that there is none. `older` is what was known before
    /// the changes that these facts show.
    pub fn put_bot_of(&mut self, app: AppId, team: TeamId, older: Option<UserId>) {
        let made = self.users.values().flatten();
        let made = made
            .filter(|user| is_bot_of(user, app, team))
            .map(|user| user.id)
            .next();
        self.access.bots.insert((app, team), older.or(made));
    }

    /// Loads the tokens of an app in a workspace, where older facts say that they are those.
    pub fn put_tokens_of(&mut self, app: AppId, team: TeamId, older: Vec<Token>) {
        let hashes = self.put_older(older, |token| token.app == Some(app) && token.team == team);
        self.access.held.insert((app, team), hashes);
    }

    /// Loads the organisation-wide tokens of an app, where older facts say that they are those.
    pub fn put_org_tokens_of(&mut self, app: AppId, older: Vec<Token>) {
        let hashes = self.put_older(older, |token| token.app == Some(app) && token.is_org_wide());
        self.access.org_wide.insert(app, hashes);
    }

    /// Loads tokens that older facts have, and gives those of all that are meant.
    fn put_older(
        &mut self,
        older: Vec<Token>,
        is_meant: impl Fn(&Token) -> bool,
    ) -> BTreeSet<TokenHash> {
        for token in older {
            // What is known already is as new, or newer.
            let hash = token.hash;
            self.tokens
                .entry(hash)
                .or_insert_with(|| Some(Arc::new(token)));
        }
        let all = self.tokens.values().flatten();
        let meant = all.filter(|token| is_meant(token));
        meant.map(|token| token.hash).collect()
    }

    /// Loads the channels somebody is in, where older facts say that they are those.
    pub fn put_channels_of(&mut self, user: UserId, older: impl IntoIterator<Item = ChannelId>) {
        let (mut places, left) = self.known_channels_of(user);
        places.extend(older.into_iter().filter(|id| !left.contains(id)));
        self.access.places.insert(user, places);
    }

    /// Somebody came into a channel, or is in it no more.
    pub(super) fn shift_places(&mut self, channel: ChannelId, user: UserId, is_in: bool) {
        let is_dm = self.is_dm(channel);
        if let Some(places) = self.access.places.get_mut(&user) {
            if is_in && !is_dm {
                places.insert(channel);
            } else {
                places.remove(&channel);
            }
        }
    }

    /// Makes the facts show what a change to apps, their users and their tokens does.
    pub(super) fn apply_access(&mut self, change: &Change) {
        match change {
            Change::TokenMade { token } | Change::TokenEdited { token } => {
                self.tokens.insert(token.hash, Some(token.clone()));
                let of = token.app.map(|app| (app, token.team));
                if let Some(held) = of.and_then(|of| self.access.held.get_mut(&of)) {
                    held.insert(token.hash);
                }
                let app = token.app.filter(|_| token.is_org_wide());
                if let Some(known) = app.and_then(|app| self.access.org_wide.get_mut(&app)) {
                    known.insert(token.hash);
                }
            }
            Change::TokenRevoked { hash, .. } => {
                if let Some(Some(token)) = self.tokens.get_mut(hash) {
                    Arc::make_mut(token).revoked = true;
                }
            }
            Change::CodeMade { code } => {
                self.access.codes.insert(code.hash, Some(code.clone()));
            }
            Change::CodeUsed { hash } => {
                if let Some(Some(code)) = self.access.codes.get_mut(hash) {
                    Arc::make_mut(code).used = true;
                }
            }
            Change::UserMade { user }
            | Change::UserEdited { user, .. }
            | Change::Assigned { user, .. }
            | Change::Unassigned { user, .. } => {
                self.standings.insert(user.id, Some(user.as_ref().into()));
                self.put_user(user.id, Some(user.clone()));
                if let Some(app) = user.bot.and_then(|bot| bot.app)
                    && let Some(bot) = self.access.bots.get_mut(&(app, user.team))
                {
                    *bot = Some(user.id);
                }
                self.shift_addresses(user);
            }
            Change::AppMade { app } | Change::AppEdited { app } => {
                if let Some(client_id) = &app.client_id {
                    self.access.clients.insert(client_id.clone(), Some(app.id));
                }
                self.access.apps.insert(app.id, Some(app.clone()));
            }
            _ => {}
        }
    }
}

fn is_bot_of(user: &User, app: AppId, team: TeamId) -> bool {
    user.team == team && user.bot.is_some_and(|bot| bot.app == Some(app))
}

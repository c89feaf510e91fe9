//! The part of the world that a rule is shown.

use crate::{
    channel::Channel,
    connect::Party,
    id::{AppId, BotId, ChannelId, EnterpriseId, InvitationId, InviteRequestId, TeamId, UserId},
    scim,
    time::Timestamp,
    token::{Token, TokenHash},
    user::{Standing, User},
    workspace::{Enterprise, Workspace},
};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
};

mod access;
mod apply;
mod connect;
mod invite_requests;
mod membership;
mod people;
mod said;
mod usergroups;

pub use connect::hour;
pub use membership::{Mark, Membership};
pub use usergroups::Usergroups;

use membership::Roster;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Names one fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An organisation.
    Enterprise(EnterpriseId),
    /// A workspace.
    Workspace(TeamId),
    /// A user.
    User(UserId),
    /// A user's [`Standing`].
    Standing(UserId),
    /// A conversation.
    Channel(ChannelId),
    /// Whether somebody is in a conversation.
    Member(ChannelId, UserId),
    /// Which conversation of a workspace has this [`Channel::handle`].
    Handle(TeamId, String),
    /// How many channels somebody is in, DMs not counted.
    ChannelCount(UserId),
    /// How many are in a conversation.
    MemberCount(ChannelId),
    /// A token of a workspace.
    Token(TeamId, TokenHash),
    /// A Slack Connect invitation.
    Invitation(InvitationId),
    /// The current invitations to a channel.
    Offers(ChannelId),
    /// How many invitations somebody sent by e-mail in an [`hour`].
    Mailed(UserId, i64),
    /// Who of a realm reads mail at an address.
    Address(String, String),
    /// Who of an organisation or a workspace has an address, removed people among them.
    Holders(Party, String),
    /// The channels in which the organisations of two workspaces take part.
    Links(TeamId, TeamId),
    /// Who of a workspace is in a channel.
    Side(ChannelId, TeamId),
    /// A letter.
    Mail(Timestamp),
    /// A message of a conversation.
    Message(ChannelId, Timestamp),
    /// How many messages answer one of a conversation.
    Replies(ChannelId, Timestamp),
    /// An app.
    App(AppId),
    /// Which app has a client id.
    Client(String),
    /// A code that a person's consent was answered with.
    Code(TokenHash),
    /// Whose a bot's id is.
    Bot(BotId),
    /// Which invitation a link leads to.
    Link(String),
    /// The user that an app acts as in a workspace.
    BotOf(AppId, TeamId),
    /// The tokens of an app in a workspace.
    TokensOf(AppId, TeamId),
    /// The organisation-wide tokens of an app, in whichever workspaces they were made.
    OrgTokensOf(AppId),
    /// The channels somebody is in, DMs not counted.
    ChannelsOf(UserId),
    /// Everybody who is in a channel, for those few rules that bring many in.
    Roster(ChannelId),
    /// The user groups of a workspace.
    Usergroups(TeamId),
    /// A request of a workspace to invite somebody.
    InviteRequest(TeamId, InviteRequestId),
    /// Which request of a workspace for an address is pending.
    Requested(TeamId, String),
    /// Who of an organisation or a workspace has a name, which is no longer than names of channels can be.
    Named(Party, String),
    /// Nothing to know. Whoever names it decides alone who comes into an organisation or a workspace; of a workspace
    /// also who is in its user groups. What it keeps others from is looked at later, behind what is locked of people:
    /// named at first it is locked before them, as by everybody else.
    Comings(Party),
    /// What of a workspace others may hang on.
    Reach(TeamId),
    /// The workspaces of an organisation. For whoever adds one.
    Siblings(EnterpriseId),
}

/// A rule looked at a fact that was not loaded. Load it and ask again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub Key);

/// Why a rule did not come to a plan. `R` is the method's own set of refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<R> {
    /// Facts are to be loaded first, one at least.
    Missing(Vec<Key>),
    /// The token holds none of these scopes, one of which the conversation's kind asks for.
    Scope(&'static [&'static str]),
    /// The workspace in which it was asked for is not there any more, or whoever asked is not in it.
    Gone,
    /// Refused.
    Refused(R),
}

impl<R> Stop<R> {
    /// The same with the refusal put into another's words.
    pub fn map<T>(self, into: impl FnOnce(R) -> T) -> Stop<T> {
        match self {
            Self::Missing(keys) => Stop::Missing(keys),
            Self::Scope(needed) => Stop::Scope(needed),
            Self::Gone => Stop::Gone,
            Self::Refused(refusal) => Stop::Refused(into(refusal)),
        }
    }

    /// The first of the facts that are to be loaded.
    pub fn missing(self) -> Option<Missing> {
        match self {
            Self::Missing(keys) => keys.into_iter().next().map(Missing),
            _ => None,
        }
    }
}

impl<R> From<Missing> for Stop<R> {
    fn from(Missing(key): Missing) -> Self {
        Self::Missing(vec![key])
    }
}

/// What of a workspace others may hang on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Its apps.
    pub apps: Vec<AppId>,
    /// What it shares with other workspaces: of each something.
    pub ties: Vec<Tie>,
}

/// Something that two workspaces share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The other one.
    pub with: TeamId,
    /// The id of what they share: an organisation, a channel, an invitation, or an app of one that has
    /// tokens in the other.
    pub by: String,
}

/// What is known of the world: each fact either *not loaded*, *known to be absent*, or there.
///
/// A getter answers [`Missing`] for a fact that is not loaded, so a rule can never mistake
/// ignorance for absence, and a list of keys to load up front is only ever a matter of speed.
#[derive(Debug, Default)]
pub struct Facts {
    /// What is not loaded counts as absent; for tests and for facts that were put in whole.
    complete: bool,
    enterprises: Map<EnterpriseId, Option<Arc<Enterprise>>>,
    workspaces: Map<TeamId, Option<Arc<Workspace>>>,
    reaches: Map<TeamId, Reach>,
    siblings: Map<EnterpriseId, Vec<Workspace>>,
    users: Map<UserId, Option<Arc<User>>>,
    /// About how many bytes take what identity providers say of these.
    attributes: usize,
    channels: Map<ChannelId, Option<Arc<Channel>>>,
    standings: Map<UserId, Option<Standing>>,
    rosters: Map<ChannelId, Roster>,
    handles: Map<TeamId, Map<String, Option<ChannelId>>>,
    channel_counts: Map<UserId, u32>,
    member_counts: Map<ChannelId, u32>,
    tokens: Map<TokenHash, Option<Arc<Token>>>,
    connect: connect::Known,
    access: access::Known,
    said: said::Known,
    usergroups: usergroups::Known,
    invite_requests: invite_requests::Known,
    people: people::Known,
}

fn look<'m, K: Hash + Eq, V>(
    map: &'m Map<K, Option<V>>,
    id: &K,
    complete: bool,
    key: impl FnOnce() -> Key,
) -> Result<Option<&'m V>, Missing> {
    match map.get(id) {
        Some(known) => Ok(known.as_ref()),
        None if complete => Ok(None),
        None => Err(Missing(key())),
    }
}

impl Facts {
    /// Facts among which what is not there is absent.
    pub fn complete() -> Self {
        Self {
            complete: true,
            ..Self::default()
        }
    }

    /// An organisation.
    pub fn enterprise(&self, id: EnterpriseId) -> Result<Option<&Arc<Enterprise>>, Missing> {
        look(&self.enterprises, &id, self.complete, || {
            Key::Enterprise(id)
        })
    }

    /// A workspace.
    pub fn workspace(&self, id: TeamId) -> Result<Option<&Arc<Workspace>>, Missing> {
        look(&self.workspaces, &id, self.complete, || Key::Workspace(id))
    }

    /// What of a workspace others may hang on.
    pub fn reach(&self, id: TeamId) -> Result<&Reach, Missing> {
        let known = self.reaches.get(&id);
        known.ok_or(Missing(Key::Reach(id)))
    }

    /// The workspaces of an organisation, deleted ones too.
    pub fn siblings(&self, id: EnterpriseId) -> Result<&[Workspace], Missing> {
        let known = self.siblings.get(&id).map(Vec::as_slice);
        known.ok_or(Missing(Key::Siblings(id)))
    }

    /// A user.
    pub fn user(&self, id: UserId) -> Result<Option<&Arc<User>>, Missing> {
        look(&self.users, &id, self.complete, || Key::User(id))
    }

    /// A conversation.
    pub fn channel(&self, id: ChannelId) -> Result<Option<&Arc<Channel>>, Missing> {
        look(&self.channels, &id, self.complete, || Key::Channel(id))
    }

    /// A user's standing.
    pub fn standing(&self, id: UserId) -> Result<Option<Standing>, Missing> {
        if let Some(known) = self.standings.get(&id) {
            return Ok(known.clone());
        }
        look(&self.users, &id, self.complete, || Key::Standing(id))
            .map(|user| user.map(|user| user.as_ref().into()))
    }

    /// Somebody's place in a conversation.
    pub fn membership(
        &self,
        channel: ChannelId,
        user: UserId,
    ) -> Result<Option<Membership>, Missing> {
        let roster = self.rosters.get(&channel);
        match roster.and_then(|roster| roster.get(user)) {
            Some(place) => Ok(place),
            None if self.complete || roster.is_some_and(|roster| roster.whole) => Ok(None),
            None => Err(Missing(Key::Member(channel, user))),
        }
    }

    /// Whether everybody who is in a conversation is known.
    pub fn roster(&self, channel: ChannelId) -> Result<(), Missing> {
        match self.knows(&Key::Roster(channel)) {
            true => Ok(()),
            false => Err(Missing(Key::Roster(channel))),
        }
    }

    /// The conversation of `team` with this [`Channel::handle`].
    pub fn handle(&self, team: TeamId, handle: &str) -> Result<Option<ChannelId>, Missing> {
        match self.handles.get(&team).and_then(|names| names.get(handle)) {
            Some(known) => Ok(*known),
            None if self.complete => Ok(None),
            None => Err(Missing(Key::Handle(team, handle.to_owned()))),
        }
    }

    /// How many channels `user` is in, DMs not counted.
    pub fn channel_count(&self, user: UserId) -> Result<u32, Missing> {
        match self.channel_counts.get(&user) {
            Some(count) => Ok(*count),
            None if self.complete => Ok(self.count(|c, u| u == user && !self.is_dm(c))),
            None => Err(Missing(Key::ChannelCount(user))),
        }
    }

    /// How many are in `channel`.
    pub fn member_count(&self, channel: ChannelId) -> Result<u32, Missing> {
        match self.member_counts.get(&channel) {
            Some(count) => Ok(*count),
            None if self.complete => Ok(self.count(|c, _| c == channel)),
            None => Err(Missing(Key::MemberCount(channel))),
        }
    }

    fn count(&self, which: impl Fn(ChannelId, UserId) -> bool) -> u32 {
        let known = |(channel, roster): (&ChannelId, &Roster)| {
            roster
                .places
                .iter()
                .filter(|(user, place)| place.get().is_some() && which(*channel, **user))
                .count() as u32
        };
        self.rosters.iter().map(known).sum()
    }

    /// How many channels `user` is in, where older facts say that they are those `older`.
    pub fn count_channels(&self, user: UserId, older: &HashSet<ChannelId>) -> u32 {
        let place = |roster: &Roster| roster.places.get(&user).map(|place| place.get().is_some());
        let left = |id: &ChannelId| self.rosters.get(id).and_then(place) == Some(false);
        let still = older.iter().filter(|id| !left(id)).count();
        let came = |(id, roster): &(&ChannelId, &Roster)| {
            place(roster) == Some(true) && !older.contains(id) && !self.is_dm(**id)
        };
        (still + self.rosters.iter().filter(came).count()) as u32
    }

    /// How many are in `channel`, where older facts say that they are those `older`.
    pub fn count_members(&self, channel: ChannelId, older: &[UserId]) -> u32 {
        let Some(roster) = self.rosters.get(&channel) else {
            return older.len() as u32;
        };
        let known = roster.places.values().filter(|place| place.get().is_some());
        let others = older
            .iter()
            .filter(|user| !roster.places.contains_key(user));
        (known.count() + others.count()) as u32
    }

    /// A token.
    pub fn token(&self, team: TeamId, hash: TokenHash) -> Result<Option<&Arc<Token>>, Missing> {
        look(&self.tokens, &hash, self.complete, || {
            Key::Token(team, hash)
        })
    }

    /// Whether all of these are known.
    pub fn all<R>(&self, keys: impl IntoIterator<Item = Key>) -> Result<(), Stop<R>> {
        let keys = keys.into_iter().filter(|key| !self.knows(key));
        match keys.collect::<Vec<_>>() {
            keys if keys.is_empty() => Ok(()),
            keys => Err(Stop::Missing(keys)),
        }
    }

    /// Whether the fact is loaded.
    pub fn knows(&self, key: &Key) -> bool {
        self.complete
            || match key {
                Key::Enterprise(id) => self.enterprises.contains_key(id),
                Key::Workspace(id) => self.workspaces.contains_key(id),
                Key::Reach(id) => self.reaches.contains_key(id),
                Key::Siblings(id) => self.siblings.contains_key(id),
                Key::User(id) => self.users.contains_key(id),
                Key::Standing(id) => self.standings.contains_key(id) || self.users.contains_key(id),
                Key::Channel(id) => self.channels.contains_key(id),
                Key::Member(channel, user) => self.membership(*channel, *user).is_ok(),
                Key::Handle(team, name) => {
                    self.handles.get(team).is_some_and(|n| n.contains_key(name))
                }
                Key::Roster(id) => self.rosters.get(id).is_some_and(|roster| roster.whole),
                Key::Usergroups(_) => self.usergroups.knows(key),
                Key::Address(..) | Key::Holders(..) | Key::Named(..) => self.people.knows(key),
                Key::InviteRequest(..) | Key::Requested(..) => self.invite_requests.knows(key),
                Key::Comings(_) => true,
                Key::ChannelCount(user) => self.channel_counts.contains_key(user),
                Key::MemberCount(channel) => self.member_counts.contains_key(channel),
                Key::Token(_, hash) => self.tokens.contains_key(hash),
                Key::Invitation(_)
                | Key::Offers(_)
                | Key::Mailed(..)
                | Key::Links(..)
                | Key::Side(..)
                | Key::Mail(_) => self.connect.knows(key),
                Key::Message(..) | Key::Replies(..) => self.said.knows(key),
                Key::App(_)
                | Key::Client(_)
                | Key::Bot(_)
                | Key::Link(_)
                | Key::Code(_)
                | Key::BotOf(..)
                | Key::TokensOf(..)
                | Key::OrgTokensOf(_)
                | Key::ChannelsOf(_) => self.access.knows(key),
            }
    }

    /// About how many bytes the facts take.
    pub fn weight(&self) -> usize {
        let rosters: usize = self.rosters.values().map(Roster::weight).sum();
        rosters
            + 64 * self.standings.len()
            + self.attributes
            + self.usergroups.weight()
            + 512 * (self.users.len() + self.channels.len() + self.len())
    }

    /// How many facts are held, users and memberships not counted.
    fn len(&self) -> usize {
        self.handles.values().map(Map::len).sum::<usize>()
            + self.channel_counts.len()
            + self.member_counts.len()
            + self.tokens.len()
            + self.connect.len()
            + self.access.len()
            + self.said.len()
            + self.usergroups.len()
            + self.invite_requests.len()
            + self.people.len()
            + self.siblings.values().map(Vec::len).sum::<usize>()
    }

    /// Loads an organisation, or that there is none.
    pub fn put_enterprise(&mut self, id: EnterpriseId, enterprise: Option<Arc<Enterprise>>) {
        self.enterprises.insert(id, enterprise);
    }

    /// Loads a workspace, or that there is none.
    pub fn put_workspace(&mut self, id: TeamId, workspace: Option<Arc<Workspace>>) {
        self.workspaces.insert(id, workspace);
    }

    /// Loads what of a workspace others may hang on.
    pub fn put_reach(&mut self, id: TeamId, reach: Reach) {
        self.reaches.insert(id, reach);
    }

    /// Loads the workspaces of an organisation.
    pub fn put_siblings(&mut self, id: EnterpriseId, workspaces: Vec<Workspace>) {
        self.siblings.insert(id, workspaces);
    }

    /// Loads a user, or that there is none.
    pub fn put_user(&mut self, id: UserId, user: Option<Arc<User>>) {
        let weight = |user: &Arc<User>| scim::weight(&user.scim);
        self.attributes += user.as_ref().map_or(0, weight);
        let before = self.users.insert(id, user).flatten();
        self.attributes -= before.as_ref().map_or(0, weight);
    }

    /// Loads a conversation, or that there is none.
    pub fn put_channel(&mut self, id: ChannelId, channel: Option<Arc<Channel>>) {
        self.channels.insert(id, channel);
    }

    /// Loads somebody's place in a conversation, or that they have none.
    pub fn put_membership(
        &mut self,
        channel: ChannelId,
        user: UserId,
        membership: Option<Membership>,
    ) {
        let roster = self.rosters.entry(channel).or_default();
        roster.put(user, membership);
    }

    /// Loads everybody who is in a conversation.
    pub fn put_roster(
        &mut self,
        channel: ChannelId,
        everybody: impl IntoIterator<Item = (UserId, Membership)>,
    ) {
        self.rosters.insert(channel, Roster::of(everybody));
    }

    /// Loads everybody who is in a conversation, where older facts say that it is these.
    pub fn put_everybody(
        &mut self,
        channel: ChannelId,
        older: impl IntoIterator<Item = (UserId, Membership)>,
    ) {
        let roster = self.rosters.entry(channel).or_default();
        roster.whole = true;
        for (user, place) in older {
            if roster.get(user).is_none() {
                roster.put(user, Some(place));
            }
        }
    }

    /// Everybody of whom it is known that they are in a conversation.
    pub fn known_members(&self, channel: ChannelId) -> impl Iterator<Item = (UserId, Membership)> {
        let roster = self.rosters.get(&channel).into_iter();
        roster.flat_map(Roster::people)
    }

    /// Whether anything is known of who is in a conversation.
    pub fn has_roster(&self, channel: ChannelId) -> bool {
        self.rosters.contains_key(&channel)
    }

    /// Loads a user's standing, or that there is no such user.
    pub fn put_standing(&mut self, id: UserId, standing: Option<Standing>) {
        self.standings.insert(id, standing);
    }

    /// Loads which conversation has the handle, or that none has.
    pub fn put_handle(&mut self, team: TeamId, handle: &str, channel: Option<ChannelId>) {
        self.handles
            .entry(team)
            .or_default()
            .insert(handle.to_owned(), channel);
    }

    /// Loads how many channels somebody is in.
    pub fn put_channel_count(&mut self, user: UserId, count: u32) {
        self.channel_counts.insert(user, count);
    }

    /// Loads how many are in a conversation.
    pub fn put_member_count(&mut self, channel: ChannelId, count: u32) {
        self.member_counts.insert(channel, count);
    }

    /// Loads a token, or that there is none.
    pub fn put_token(&mut self, hash: TokenHash, token: Option<Arc<Token>>) {
        self.tokens.insert(hash, token);
    }

    /// Whether a conversation is a DM of either kind. A rule that changes who is in a conversation
    /// has looked at it, so it is known; else its letter tells what it can.
    fn is_dm(&self, id: ChannelId) -> bool {
        match self.channels.get(&id) {
            Some(Some(channel)) => channel.kind.is_dm(),
            _ => id.letter() == 'D',
        }
    }

    fn shift_counts(&mut self, channel: ChannelId, user: UserId, by: impl Fn(u32) -> u32) {
        if let Some(count) = self.member_counts.get_mut(&channel) {
            *count = by(*count);
        }
        if !self.is_dm(channel)
            && let Some(count) = self.channel_counts.get_mut(&user)
        {
            *count = by(*count);
        }
    }
}

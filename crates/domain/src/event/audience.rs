//! Which apps are told of an event: those that subscribed, hold the scope and can see it.

use super::{Event, Hearers};
use crate::{
    change::Change,
    channel::{Channel, ChannelKind},
    id::{AppId, ChannelId, EnterpriseId, TeamId, UserId},
    see::Seen,
    time::Timestamp,
    token::{Token, TokenHash, TokenKind},
    workspace::App,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// A living token of an app that acts for somebody: through it the app sees what that user sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Installation {
    /// The token.
    pub token: Arc<Token>,
    /// Whom it acts for.
    pub user: UserId,
    /// The organisation of the token's workspace.
    pub enterprise: Option<EnterpriseId>,
}

impl Installation {
    /// Whether a bot acts through it.
    pub fn is_bot(&self) -> bool {
        self.token.kind != TokenKind::User
    }

    /// Whether it was made for a whole organisation.
    pub fn is_org_wide(&self) -> bool {
        self.token.kind == TokenKind::Org
    }

    /// The workspace from which it sees a conversation, if it has a workspace that has it.
    fn side(&self, channel: &Channel, enterprise: Option<EnterpriseId>) -> Option<TeamId> {
        let same_org = enterprise.is_some() && enterprise == self.enterprise;
        let has =
            |team: &TeamId| channel.connection(*team).is_some() || channel.is_in(*team, same_org);
        if self.is_org_wide() {
            let granted = || self.token.workspaces.iter().copied();
            return granted()
                .find(|team| *team == channel.team)
                .or_else(|| granted().find(has));
        }
        Some(self.token.team).filter(has)
    }
}

/// An app that is told of an event, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// The app.
    pub app: Arc<App>,
    /// Through which of its installations it hears; the others are not told.
    pub through: Installation,
    /// The workspace it hears it in.
    pub team: TeamId,
    /// What the conversation is on that side.
    pub kind: ChannelKind,
}

/// Apps with subscriptions, their installations, and where those are members, as of one place in
/// the journal. It follows the journal by [`apply`](Self::apply).
#[derive(Debug, Default)]
pub struct Audience {
    apps: BTreeMap<AppId, Listener>,
    /// Users whom some installation acts for, and those installations' apps.
    users: HashMap<UserId, BTreeSet<AppId>>,
    /// Where those users are members.
    places: HashMap<ChannelId, BTreeSet<UserId>>,
}

#[derive(Debug)]
struct Listener {
    app: Arc<App>,
    installations: BTreeMap<TokenHash, Installation>,
}

impl Audience {
    /// Whether no app is subscribed to anything.
    pub fn is_empty(&self) -> bool {
        self.apps.is_empty()
    }

    /// The apps with subscriptions.
    pub fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.apps.values().map(|listener| &listener.app)
    }

    /// An app's subscriptions are these now. Its installations stay, if it had any.
    pub fn subscribe(&mut self, app: Arc<App>) {
        let id = app.id;
        if app.events.as_ref().is_none_or(|e| e.subscribe.is_empty()) {
            if let Some(gone) = self.apps.remove(&id) {
                for installation in gone.installations.into_values() {
                    self.let_go(installation.user, id);
                }
            }
            return;
        }
        match self.apps.get_mut(&id) {
            Some(listener) => listener.app = app,
            None => {
                let installations = BTreeMap::new();
                self.apps.insert(id, Listener { app, installations });
            }
        }
    }

    /// Whether an app has subscriptions.
    pub fn listens(&self, app: AppId) -> bool {
        self.apps.contains_key(&app)
    }

    /// Whether somebody's memberships are followed.
    pub fn follows(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Adds an installation of an app that [`listens`](Self::listens). `places` are the
    /// conversations its user is in; not needed if they are followed already.
    pub fn install(
        &mut self,
        installation: Installation,
        places: impl IntoIterator<Item = ChannelId>,
    ) {
        let Some(app) = installation.token.app else {
            return;
        };
        let Some(listener) = self.apps.get_mut(&app) else {
            return;
        };
        let user = installation.user;
        listener
            .installations
            .insert(installation.token.hash, installation);
        self.users.entry(user).or_default().insert(app);
        for place in places {
            self.places.entry(place).or_default().insert(user);
        }
    }

    /// Follows the journal by one change. Tokens and subscriptions that are made need more than
    /// their change: see [`install`](Self::install) and [`subscribe`](Self::subscribe).
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Joined { channel, user, .. } if self.follows(*user) => {
                self.places.entry(*channel).or_default().insert(*user);
            }
            Change::Left { channel, user, .. } => self.forget(*channel, *user),
            Change::TokenRevoked { hash, .. } => {
                let gone = self.apps.values_mut().find_map(|listener| {
                    Some((listener.app.id, listener.installations.remove(hash)?))
                });
                if let Some((app, installation)) = gone {
                    self.let_go(installation.user, app);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, channel: ChannelId, user: UserId) {
        if let Some(inside) = self.places.get_mut(&channel) {
            inside.remove(&user);
            if inside.is_empty() {
                self.places.remove(&channel);
            }
        }
    }

    /// Follows a user for an app no more, unless another installation of it acts for them.
    fn let_go(&mut self, user: UserId, app: AppId) {
        let still = self
            .apps
            .get(&app)
            .is_some_and(|l| l.installations.values().any(|i| i.user == user));
        let Some(apps) = self.users.get_mut(&user).filter(|_| !still) else {
            return;
        };
        apps.remove(&app);
        if apps.is_empty() {
            self.users.remove(&user);
            self.places.retain(|_, inside| {
                inside.remove(&user);
                !inside.is_empty()
            });
        }
    }

    /// Who is told of an event: an app once, however many of its installations could hear it. A
    /// bot hears before a person, and the conversation's own workspace before others.
    pub fn of(&self, event: &Event, now: Timestamp) -> Vec<Hearing> {
        let channel = match (&event.hearers, &event.channel) {
            (Hearers::AppOf(token), _) => return self.app_of(event, token),
            (_, Some(channel)) => channel,
            (_, None) => return Vec::new(),
        };
        let inside = self.places.get(&channel.id);
        let mut apps: BTreeSet<AppId> = match &event.hearers {
            Hearers::Workspace if channel.kind == ChannelKind::Public => {
                self.apps.keys().copied().collect()
            }
            Hearers::Members | Hearers::Workspace => inside
                .into_iter()
                .flatten()
                .filter_map(|user| self.users.get(user))
                .flatten()
                .copied()
                .collect(),
            Hearers::One(user) | Hearers::Named(user) => {
                self.users.get(user).cloned().unwrap_or_default()
            }
            Hearers::AppOf(_) => BTreeSet::new(),
        };
        let mut hearings = Vec::new();
        while let Some(id) = apps.pop_first() {
            let Some(listener) = self.apps.get(&id) else {
                continue;
            };
            let is_inside = |user: UserId| inside.is_some_and(|users| users.contains(&user));
            let could = listener.installations.values().filter_map(|installation| {
                let user = installation.user;
                let team = installation.side(channel, event.enterprise)?;
                let kind = seen_from(channel, team);
                let sees = match &event.hearers {
                    Hearers::Members => is_inside(user),
                    Hearers::Workspace => kind == ChannelKind::Public || is_inside(user),
                    Hearers::One(one) => *one == user,
                    Hearers::Named(one) => *one == user && installation.is_bot() && is_inside(user),
                    Hearers::AppOf(_) => false,
                };
                let may = sees
                    && installation.token.expires_at.is_none_or(|at| at > now)
                    && subscribes(&listener.app, event, kind)
                    && event
                        .what
                        .scopes(kind)
                        .is_some_and(|scopes| installation.token.scopes.holds_any(scopes));
                may.then_some((installation, team, kind))
            });
            let best = could.min_by_key(|(installation, team, _)| {
                (
                    !installation.is_bot(),
                    *team != channel.team,
                    *team,
                    installation.token.hash,
                )
            });
            hearings.extend(best.map(|(installation, team, kind)| Hearing {
                app: listener.app.clone(),
                through: installation.clone(),
                team,
                kind,
            }));
        }
        hearings
    }

    fn app_of(&self, event: &Event, token: &Arc<Token>) -> Vec<Hearing> {
        let kind = ChannelKind::Public;
        let hearing = || {
            let listener = self.apps.get(&token.app?)?;
            let through = Installation {
                token: token.clone(),
                user: token.user?,
                enterprise: event.enterprise,
            };
            subscribes(&listener.app, event, kind).then(|| Hearing {
                app: listener.app.clone(),
                through,
                team: token.team,
                kind,
            })
        };
        hearing().into_iter().collect()
    }
}

fn subscribes(app: &App, event: &Event, kind: ChannelKind) -> bool {
    let names = event.what.subscriptions(kind);
    app.events.as_ref().is_some_and(|events| {
        events
            .subscribe
            .iter()
            .any(|name| names.contains(&name.as_str()))
    })
}

/// What a conversation is, seen from a workspace that has it.
fn seen_from(channel: &Arc<Channel>, team: TeamId) -> ChannelKind {
    let seen = Seen {
        channel: channel.clone(),
        team,
        membership: None,
    };
    seen.kind()
}

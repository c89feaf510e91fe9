//! Which apps are told of an event: those that subscribed, hold the scope and can see it.

use super::{Event, Hearers, Through};
use crate::{
    change::Change,
    channel::{Channel, ChannelKind},
    facts::{Facts, Missing},
    id::{AppId, ChannelId, EnterpriseId, TeamId, UserId},
    scope::ScopeSet,
    time::Timestamp,
    token::{Token, TokenHash, TokenKind},
    user::User,
    workspace::App,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// A living token of an app that acts for somebody: through it the app sees what that user sees.
/// One that only renews others counts, too: an app whose tokens expire is told meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Installation {
    /// The token.
    pub token: Arc<Token>,
    /// Whom it acts for.
    pub user: UserId,
    /// Whether that is the app's bot.
    pub is_bot: bool,
    /// Whether they are removed, or have left the token's workspace: nothing is heard through them meanwhile.
    pub is_removed: bool,
    /// Whether they are a guest, who sees only the conversations they are in.
    pub is_guest: bool,
    /// The workspaces they are in.
    pub teams: Vec<TeamId>,
    /// The organisation of the token's workspace.
    pub enterprise: Option<EnterpriseId>,
}

impl Installation {
    /// What a living token of an app is, unless it acts for nobody.
    pub fn of(facts: &Facts, token: &Arc<Token>) -> Result<Option<Self>, Missing> {
        let Some(user) = token.user else {
            return Ok(None);
        };
        let workspace = facts.workspace(token.team)?;
        let standing = facts.standing(user)?;
        let teams = standing.iter().flat_map(|user| user.all_teams()).collect();
        Ok(Some(Self {
            token: token.clone(),
            user,
            is_bot: Self::acts_as_bot(token.kind, standing.as_ref().is_some_and(|user| user.bot)),
            is_guest: standing.as_ref().is_some_and(|user| user.guest.is_some()),
            is_removed: standing
                .is_some_and(|user| user.removed || !token.is_good_in(user.all_teams())),
            teams,
            enterprise: workspace.and_then(|workspace| workspace.enterprise),
        }))
    }

    /// Whether a token of a kind acts as a bot; of some kinds whom it acts for says so.
    pub fn acts_as_bot(kind: TokenKind, is_for_bot: bool) -> bool {
        match kind {
            TokenKind::User => false,
            // One that renews stands for a token of either kind.
            TokenKind::Refresh | TokenKind::Org | TokenKind::OrgRefresh => is_for_bot,
            _ => true,
        }
    }

    /// Whether it was made for a whole organisation.
    pub fn is_org_wide(&self) -> bool {
        self.token.is_org_wide()
    }

    /// What it hears in the workspaces of its organisation: a bot in those that were granted, a person
    /// where they are themselves, too.
    fn granted(&self) -> impl Iterator<Item = TeamId> {
        let granted = self.token.workspaces.iter().copied();
        granted.filter(|team| self.is_bot || self.teams.contains(team))
    }

    /// Whom it acts for is this now.
    fn follow(&mut self, user: &User) {
        self.is_guest = user.guest.is_some();
        self.is_removed = user.removed || !self.token.is_good_in(user.all_teams());
        self.teams = user.all_teams().collect();
    }

    /// The workspace from which it sees a conversation, if it has a workspace that has it.
    fn side(&self, channel: &Channel, enterprise: Option<EnterpriseId>) -> Option<TeamId> {
        let same_org = enterprise.is_some() && enterprise == self.enterprise;
        let has =
            |team: &TeamId| channel.connection(*team).is_some() || channel.is_in(*team, same_org);
        if self.is_org_wide() {
            return self
                .granted()
                .find(|team| *team == channel.team)
                .or_else(|| self.granted().find(has));
        }
        Some(self.token.team).filter(has)
    }

    /// The first of some workspaces in which it is good.
    fn within(&self, teams: &[TeamId]) -> Option<TeamId> {
        let granted = |team: &&TeamId| match self.is_org_wide() {
            true => self.granted().any(|one| one == **team),
            false => self.token.team == **team,
        };
        teams.iter().find(granted).copied()
    }

    fn is_good(&self, now: Timestamp) -> bool {
        !self.is_removed && self.token.expires_at.is_none_or(|at| at > now)
    }

    fn authorization(&self) -> Authorization {
        Authorization {
            team: (!self.is_org_wide()).then_some(self.token.team),
            enterprise: self.enterprise,
            user: self.user,
            is_bot: self.is_bot,
        }
    }
}

/// For whom an app is told, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Authorization {
    /// The workspace; absent when it is the whole organisation.
    pub team: Option<TeamId>,
    /// The organisation.
    pub enterprise: Option<EnterpriseId>,
    /// The user.
    pub user: UserId,
    /// Whether that is the app's bot.
    pub is_bot: bool,
}

/// An app that is told of an event, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Hearing {
    /// The app.
    pub app: Arc<App>,
    /// Through which of its installations it hears; the others are not told. Absent when there is
    /// none any more.
    pub through: Option<Authorization>,
    /// The workspace it hears it in.
    pub team: TeamId,
    /// That workspace's organisation.
    pub enterprise: Option<EnterpriseId>,
    /// What it may do there.
    pub scopes: ScopeSet,
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

impl Listener {
    /// What the app may do there: by an installation, and by others that stand for the same user in
    /// the same place. Which of several tokens is asked for first says nothing.
    fn scopes(&self, through: &Installation, now: Timestamp) -> ScopeSet {
        let same = self
            .installations
            .values()
            .filter(|other| other.authorization() == through.authorization() && other.is_good(now));
        let others = same.filter(|other| other.token.scopes != through.token.scopes);
        others.fold(through.token.scopes.clone(), |scopes, other| {
            scopes.union(&other.token.scopes)
        })
    }
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
            // Whoever was there before and is in channels of what was added.
            Change::Added { seed } => {
                for (_, channel, user, _) in &seed.members {
                    if self.follows(*user) {
                        self.places.entry(*channel).or_default().insert(*user);
                    }
                }
            }
            Change::Left { channel, user, .. } | Change::Dropped { channel, user } => {
                self.forget(*channel, *user);
            }
            Change::Severed {
                channel,
                people,
                copy,
                ..
            } => {
                for user in people.iter().filter(|user| self.users.contains_key(user)) {
                    if let Some(copy) = copy {
                        self.places.entry(copy.id).or_default().insert(*user);
                    }
                    if let Some(inside) = self.places.get_mut(&channel.id) {
                        inside.remove(user);
                    }
                }
            }
            Change::UserMade { user }
            | Change::UserEdited { user, .. }
            | Change::Assigned { user, .. }
            | Change::Unassigned { user, .. } => {
                let apps = self.users.get(&user.id).into_iter().flatten();
                for app in apps {
                    let listener = self.apps.get_mut(app).into_iter();
                    let theirs = listener.flat_map(|one| one.installations.values_mut());
                    for one in theirs.filter(|one| one.user == user.id) {
                        one.follow(user);
                    }
                }
            }
            Change::TokenEdited { token } => {
                let listener = token.app.and_then(|app| self.apps.get_mut(&app));
                let known = listener.and_then(|one| one.installations.get_mut(&token.hash));
                if let Some(installation) = known {
                    installation.token = token.clone();
                }
            }
            Change::TokenRevoked { hash, .. } => {
                let gone = self.apps.values_mut().find_map(|listener| {
                    Some((listener.app.id, listener.installations.remove(hash)?))
                });
                if let Some((app, installation)) = gone {
                    self.let_go(installation.user, app);
                }
            }
            Change::Removed {
                workspaces, apps, ..
            } => self.remove(workspaces, apps),
            _ => {}
        }
    }

    /// Workspaces are gone with their apps, and what others had there.
    fn remove(&mut self, workspaces: &[TeamId], apps: &[AppId]) {
        let mut gone = Vec::new();
        for app in apps {
            let theirs = self.apps.remove(app).map(|one| one.installations);
            let theirs = theirs.into_iter().flat_map(BTreeMap::into_values);
            gone.extend(theirs.map(|one| (one.user, *app)));
        }
        for (app, listener) in &mut self.apps {
            listener.installations.retain(|_, one| {
                let stays = !workspaces.contains(&one.token.team);
                if !stays {
                    gone.push((one.user, *app));
                }
                stays
            });
        }
        for (user, app) in gone {
            self.let_go(user, app);
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
    /// bot hears before a person, the conversation's own workspace before others, and what was
    /// installed in a workspace before what is there for its whole organisation.
    pub fn of(&self, event: &Event, now: Timestamp) -> Vec<Hearing> {
        if let Hearers::App { app, team, through } = event.hearers {
            return self.app(event, app, team, through).into_iter().collect();
        }
        let mut apps = self.candidates(event);
        let mut hearings = Vec::new();
        while let Some(id) = apps.pop_first() {
            let Some(listener) = self.apps.get(&id) else {
                continue;
            };
            let could = self.could_hear(listener, event, now);
            let best = could.min_by_key(|(installation, team, _)| rank(installation, *team, event));
            hearings.extend(best.map(|(installation, team, kind)| Hearing {
                app: listener.app.clone(),
                through: Some(installation.authorization()),
                team,
                enterprise: installation.enterprise,
                scopes: listener.scopes(installation, now),
                kind,
            }));
        }
        hearings
    }

    /// All that an app could hear an event through, first what it is told through. Tokens that stand for
    /// the same user in the same place are one.
    pub fn authorizations(&self, app: AppId, event: &Event, now: Timestamp) -> Vec<Authorization> {
        if let Hearers::App { app, team, through } = event.hearers {
            let hearing = self.app(event, app, team, through);
            return hearing.and_then(|it| it.through).into_iter().collect();
        }
        let Some(listener) = self.apps.get(&app) else {
            return Vec::new();
        };
        let mut could: Vec<_> = self.could_hear(listener, event, now).collect();
        could.sort_by_key(|(installation, team, _)| rank(installation, *team, event));
        let mut all = Vec::new();
        let mut met = HashSet::new();
        for (installation, ..) in could {
            let one = installation.authorization();
            if met.insert(one) {
                all.push(one);
            }
        }
        all
    }

    /// The installations through which an app could hear an event, with the workspace in which it
    /// would, and what the conversation is there.
    fn could_hear<'a>(
        &'a self,
        listener: &'a Listener,
        event: &'a Event,
        now: Timestamp,
    ) -> impl Iterator<Item = (&'a Installation, TeamId, ChannelKind)> {
        listener
            .installations
            .values()
            .filter_map(move |installation| {
                let (team, kind) = self.hears(&listener.app, installation, event)?;
                installation
                    .is_good(now)
                    .then_some((installation, team, kind))
            })
    }

    /// Apps of which one might hear an event.
    fn candidates(&self, event: &Event) -> BTreeSet<AppId> {
        let is_public =
            |channel: &Arc<Channel>| channel.sides().any(|side| !channel.is_private_in(side));
        match (&event.hearers, &event.channel) {
            (Hearers::Workspace, Some(channel)) if is_public(channel) => {
                self.apps.keys().copied().collect()
            }
            (Hearers::Members | Hearers::Workspace, Some(channel)) => {
                let inside = self.places.get(&channel.id).into_iter().flatten();
                let apps = inside.filter_map(|user| self.users.get(user)).flatten();
                apps.copied().collect()
            }
            (Hearers::One(user) | Hearers::Named(user), _) => {
                self.users.get(user).cloned().unwrap_or_default()
            }
            (Hearers::Sides(audience), _) => match audience.app {
                Some(only) => BTreeSet::from([only]),
                None => self.apps.keys().copied().collect(),
            },
            (Hearers::Teams(_), _) => self.apps.keys().copied().collect(),
            (Hearers::App { .. } | Hearers::Members | Hearers::Workspace, _) => BTreeSet::new(),
        }
    }

    /// The workspace in which an app hears an event through an installation, if it does, and what
    /// the conversation is there.
    fn hears(
        &self,
        app: &App,
        installation: &Installation,
        event: &Event,
    ) -> Option<(TeamId, ChannelKind)> {
        let user = installation.user;
        let scopes = &installation.token.scopes;
        let aside = |teams: &[TeamId]| Some((installation.within(teams)?, ChannelKind::Public));
        let is_inside = || {
            let place = event.channel.as_ref().map(|channel| channel.id);
            let inside = place.and_then(|place| self.places.get(&place));
            inside.is_some_and(|users| users.contains(&user))
        };
        let (team, kind) = match &event.hearers {
            Hearers::Sides(audience) => {
                let holds = audience.scopes.iter().any(|scope| scopes.holds(scope));
                let sees = !(audience.members || installation.is_guest) || is_inside();
                let (team, kind) = aside(&audience.teams).filter(|_| holds && sees)?;
                return subscribes(app, event, kind).then_some((team, kind));
            }
            Hearers::Teams(teams) => aside(teams)?,
            Hearers::App { .. } => return None,
            Hearers::Members | Hearers::Workspace | Hearers::One(_) | Hearers::Named(_) => {
                let channel = event.channel.as_ref()?;
                let team = installation.side(channel, event.enterprise)?;
                let kind = channel.kind_in(team);
                let sees = match &event.hearers {
                    Hearers::Members => is_inside(),
                    Hearers::Workspace => {
                        kind == ChannelKind::Public && !installation.is_guest || is_inside()
                    }
                    Hearers::Named(one) => *one == user && installation.is_bot && is_inside(),
                    _ => event.hearers == Hearers::One(user),
                };
                Some((team, kind)).filter(|_| sees)?
            }
        };
        let may = event.what.scopes(kind)?;
        (subscribes(app, event, kind) && scopes.holds_any(may)).then_some((team, kind))
    }

    fn app(
        &self,
        event: &Event,
        app: AppId,
        team: TeamId,
        through: Option<Through>,
    ) -> Option<Hearing> {
        let app = &self.apps.get(&app)?.app;
        let kind = ChannelKind::Public;
        subscribes(app, event, kind).then(|| Hearing {
            app: app.clone(),
            through: through.map(|through| Authorization {
                team: (!through.org_wide).then_some(team),
                enterprise: event.enterprise,
                user: through.user,
                is_bot: through.bot,
            }),
            team,
            enterprise: event.enterprise,
            scopes: ScopeSet::default(),
            kind,
        })
    }
}

/// What hears before what.
fn rank(installation: &Installation, team: TeamId, event: &Event) -> impl Ord + use<> {
    let home = event.channel.as_ref().map(|channel| channel.team);
    (
        !installation.is_bot,
        Some(team) != home,
        team,
        installation.is_org_wide(),
        installation.token.hash,
    )
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

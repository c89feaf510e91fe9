//! What a file names: every id given is claimed, every id left out is made, and then it is
//! known who and what there is, before any reference is followed.

use super::{
    document::{Document, User, UserStatus, Workspace},
    problem::{Found, Path},
};
use guestlist_domain::{
    AppId, BotId, ChannelId, EnterpriseId, InvitationId, InviteRequestId, TeamId, UserId,
    UsergroupId,
    channel::ChannelKind,
    id::NotAnId,
    time::SeededIds,
    user::{Role, Stage},
};
use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
    str::FromStr,
};

pub(super) type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
pub(super) type Set<K> = HashSet<K, foldhash::fast::RandomState>;

/// What the kinds of id have in common. Keys hold the kind's letter, so that one set of
/// keys keeps ids of all kinds apart.
pub(super) trait Id: FromStr<Err = NotAnId> + Copy + Display {
    fn number(self) -> i64;
}

macro_rules! ids {
    ($($kind:ty),+) => {$(
        impl Id for $kind {
            fn number(self) -> i64 {
                self.key()
            }
        }
    )+};
}
ids!(
    AppId,
    BotId,
    ChannelId,
    EnterpriseId,
    InvitationId,
    InviteRequestId,
    TeamId,
    UserId,
    UsergroupId
);

/// The id in a key that was claimed or made; `None` where the problem is told already.
pub(super) fn read<I: Id>(id: &Option<String>) -> Option<I> {
    id.as_ref().and_then(|text| text.parse().ok())
}

impl User {
    /// Whether they are in the workspace now.
    pub(super) fn is_there(&self) -> bool {
        self.status == UserStatus::Active && !self.never_came()
    }

    fn never_came(&self) -> bool {
        let invited = self.invited.as_ref();
        invited.is_some_and(|invited| invited.state != Stage::Joined)
    }

    /// Whether this says nothing but an id, and so stands for somebody described elsewhere.
    pub(super) fn is_reference(&self) -> bool {
        // The name alone decides it for nearly everybody.
        self.id.is_some() && self.name.is_none() && {
            let id = self.id.clone();
            *self
                == Self {
                    id,
                    ..Self::default()
                }
        }
    }
}

/// Makes ids, each once, and none that is used.
#[derive(Default)]
pub(super) struct Ids {
    used: Set<i64>,
    seeded: SeededIds,
}

impl Ids {
    fn new(seeded: SeededIds) -> Self {
        Self {
            used: Set::default(),
            seeded,
        }
    }

    /// Makes others from now on.
    pub(super) fn follow(&mut self, seeded: SeededIds) {
        self.seeded = seeded;
    }

    /// Whether the id is new.
    pub(super) fn claim(&mut self, id: impl Id) -> bool {
        self.used.insert(id.number())
    }

    pub(super) fn make<I: Id>(&mut self, next: fn(&mut SeededIds) -> I) -> I {
        loop {
            let id = next(&mut self.seeded);
            if self.claim(id) {
                return id;
            }
        }
    }

    fn fill<I: Id>(&mut self, slot: &mut Option<String>, next: fn(&mut SeededIds) -> I) {
        if slot.is_none() {
            *slot = Some(self.make(next).to_string());
        }
    }

    fn take<I: Id>(
        &mut self,
        found: &mut Found,
        path: &Path<'_>,
        slot: &Option<String>,
    ) -> Option<I> {
        let text = slot.as_ref()?;
        match text.parse::<I>() {
            Err(why) => found.add(path, format_args!("`{text}`: {why}")),
            Ok(id) if self.claim(id) => return Some(id),
            Ok(_) => found.add(path, format_args!("{text} is used twice")),
        }
        None
    }
}

/// Claims the ids that are given and writes ids where none are.
pub(super) fn name(document: &mut Document, seeded: SeededIds, found: &mut Found) {
    let mut ids = Ids::new(seeded);
    let root = Path::ROOT;
    for (i, enterprise) in document.enterprises.iter().enumerate() {
        ids.take::<EnterpriseId>(
            found,
            &root.key("enterprises").at(i).key("id"),
            &enterprise.id,
        );
    }
    for (i, workspace) in document.workspaces.iter().enumerate() {
        claim_all(&mut ids, found, &root.key("workspaces").at(i), workspace);
    }
    for enterprise in &mut document.enterprises {
        ids.fill(&mut enterprise.id, SeededIds::enterprise);
    }
    for workspace in &mut document.workspaces {
        fill_all(&mut ids, workspace);
    }
}

fn claim_all(ids: &mut Ids, found: &mut Found, path: &Path<'_>, workspace: &Workspace) {
    ids.take::<TeamId>(found, &path.key("id"), &workspace.id);
    let users = path.key("users");
    for (i, user) in workspace
        .users
        .iter()
        .enumerate()
        .filter(|(_, user)| !user.is_reference())
    {
        claim_user(ids, found, &users.at(i), user);
    }
    let channels = path.key("channels");
    for (i, channel) in workspace.channels.iter().enumerate() {
        let path = channels.at(i);
        let id = ids.take::<ChannelId>(found, &path.key("id"), &channel.id);
        if id.is_some_and(|id| (id.letter() == 'D') != (channel.kind == ChannelKind::Im)) {
            found.add(
                &path.key("id"),
                "the id of a DM begins with D, and only a DM's",
            );
        }
    }
    let invitations = path.key("invitations");
    for (i, invitation) in workspace.invitations.iter().enumerate() {
        ids.take::<InvitationId>(found, &invitations.at(i).key("id"), &invitation.id);
    }
    let groups = path.key("usergroups");
    for (i, group) in workspace.usergroups.iter().enumerate() {
        ids.take::<UsergroupId>(found, &groups.at(i).key("id"), &group.id);
    }
    let requests = path.key("invite_requests");
    for (i, request) in workspace.invite_requests.iter().enumerate() {
        let path = requests.at(i);
        ids.take::<InviteRequestId>(found, &path.key("id"), &request.id);
        if let Some(approved) = &request.approved {
            let path = path.key("approved");
            ids.take::<InvitationId>(found, &path.key("invite"), &approved.invite);
        }
    }
    let apps = path.key("apps");
    for (i, app) in workspace.apps.iter().enumerate() {
        let path = apps.at(i);
        ids.take::<AppId>(found, &path.key("id"), &app.id);
        if let Some(user) = &app.bot_user {
            claim_user(ids, found, &path.key("bot_user"), user);
        }
    }
}

fn claim_user(ids: &mut Ids, found: &mut Found, path: &Path<'_>, user: &User) {
    let id = ids.take::<UserId>(found, &path.key("id"), &user.id);
    if id.is_some_and(UserId::is_slackbot) {
        found.add(
            &path.key("id"),
            "Slackbot is in every workspace without being listed",
        );
    }
    ids.take::<BotId>(found, &path.key("bot_id"), &user.bot_id);
}

fn fill_all(ids: &mut Ids, workspace: &mut Workspace) {
    ids.fill(&mut workspace.id, SeededIds::team);
    for user in &mut workspace.users {
        if user.id.is_none() {
            // Else somebody of whom nothing is said would pass for a reference by now.
            user.name.get_or_insert_default();
        }
        ids.fill(&mut user.id, SeededIds::user);
        if user.app.is_some() {
            ids.fill(&mut user.bot_id, SeededIds::bot);
        }
    }
    for channel in &mut workspace.channels {
        let next = if channel.kind == ChannelKind::Im {
            SeededIds::dm
        } else {
            SeededIds::channel
        };
        ids.fill(&mut channel.id, next);
    }
    for invitation in &mut workspace.invitations {
        ids.fill(&mut invitation.id, SeededIds::invitation);
    }
    for group in &mut workspace.usergroups {
        ids.fill(&mut group.id, SeededIds::usergroup);
    }
    for request in &mut workspace.invite_requests {
        ids.fill(&mut request.id, SeededIds::invite_request);
        if let Some(approved) = &mut request.approved {
            ids.fill(&mut approved.invite, SeededIds::invitation);
        }
    }
    for app in &mut workspace.apps {
        ids.fill(&mut app.id, SeededIds::app);
        if let Some(user) = &mut app.bot_user {
            ids.fill(&mut user.id, SeededIds::user);
            ids.fill(&mut user.bot_id, SeededIds::bot);
        }
    }
}

/// Every id that a document gives to something.
pub(super) fn given(document: &Document) -> impl Iterator<Item = &String> {
    fn of_user(user: &User) -> [Option<&String>; 2] {
        [user.id.as_ref(), user.bot_id.as_ref()]
    }
    let workspaces = document.workspaces.iter().flat_map(|workspace| {
        let users = workspace.users.iter().flat_map(of_user);
        let channels = workspace.channels.iter().map(|one| one.id.as_ref());
        let invitations = workspace.invitations.iter().map(|one| one.id.as_ref());
        let groups = workspace.usergroups.iter().map(|one| one.id.as_ref());
        let requests = workspace.invite_requests.iter().flat_map(|one| {
            let approved = one.approved.as_ref();
            [
                one.id.as_ref(),
                approved.and_then(|approved| approved.invite.as_ref()),
            ]
        });
        let apps = workspace.apps.iter().flat_map(|app| {
            let bot_user = app.bot_user.as_ref().map(of_user);
            std::iter::once(app.id.as_ref()).chain(bot_user.into_iter().flatten())
        });
        std::iter::once(workspace.id.as_ref())
            .chain(users)
            .chain(channels)
            .chain(invitations)
            .chain(groups)
            .chain(requests)
            .chain(apps)
    });
    let enterprises = document.enterprises.iter().map(|one| one.id.as_ref());
    enterprises.chain(workspaces).flatten()
}

/// Somebody, as far as references ask.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) team: TeamId,
    /// Further workspaces.
    pub(super) more: Vec<TeamId>,
    pub(super) bot: bool,
    /// Invited into their workspace, and never there.
    pub(super) never_came: bool,
    /// Not removed, no guest.
    full: bool,
    role: Role,
}

impl Person {
    /// Whether they are a person of the workspace who is no guest and not removed.
    pub(super) fn is_full_member_of(&self, team: TeamId) -> bool {
        self.full && !self.bot && self.teams().any(|one| one == team)
    }

    pub(super) fn teams(&self) -> impl Iterator<Item = TeamId> {
        std::iter::once(self.team).chain(self.more.iter().copied())
    }
}

/// Who and what there is.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) enterprises: Set<EnterpriseId>,
    pub(super) teams: Map<TeamId, Option<EnterpriseId>>,
    pub(super) people: Map<UserId, Person>,
    /// Conversations and the workspaces that own them.
    pub(super) channels: Map<ChannelId, TeamId>,
    /// Apps and their bot users.
    pub(super) apps: Map<AppId, Option<UserId>>,
    /// Active people and bots of a workspace, no guests, in order.
    pub(super) rosters: Map<TeamId, Vec<UserId>>,
    /// The first of those highest in role of a workspace: people before bots.
    leaders: Map<TeamId, UserId>,
}

impl Index {
    /// Reads a document in which every id is given.
    pub(super) fn of(document: &Document, found: &mut Found) -> Self {
        let mut index = Self::default();
        index.enterprises.extend(
            document
                .enterprises
                .iter()
                .filter_map(|e| read::<EnterpriseId>(&e.id)),
        );
        for workspace in &document.workspaces {
            if let Some(team) = read(&workspace.id) {
                index.describe(team, workspace);
            }
        }
        for (i, workspace) in document.workspaces.iter().enumerate() {
            if let Some(team) = read(&workspace.id) {
                index.gather(team, workspace, &Path::ROOT.key("workspaces").at(i), found);
            }
        }
        index
    }

    fn describe(&mut self, team: TeamId, workspace: &Workspace) {
        self.teams.insert(team, read(&workspace.enterprise));
        for user in workspace.users.iter().filter(|user| !user.is_reference()) {
            self.person(team, user, user.bot_id.is_some());
        }
        for app in &workspace.apps {
            if let Some(user) = &app.bot_user {
                self.person(team, user, true);
            }
            if let Some(id) = read(&app.id) {
                let bot_user = app.bot_user.as_ref().and_then(|user| read(&user.id));
                self.apps.entry(id).or_insert(bot_user);
            }
        }
        self.channels.extend(
            workspace
                .channels
                .iter()
                .filter_map(|c| Some((read::<ChannelId>(&c.id)?, team))),
        );
    }

    fn person(&mut self, team: TeamId, user: &User, bot: bool) {
        let Some(id) = read(&user.id) else { return };
        let full = user.is_there() && user.guest.is_none();
        self.people.entry(id).or_insert(Person {
            team,
            more: Vec::new(),
            bot,
            never_came: user.never_came(),
            full,
            role: user.role,
        });
    }

    /// Finds who is in a workspace: those described there, and those of its organisation
    /// who are mentioned by id alone.
    fn gather(&mut self, team: TeamId, workspace: &Workspace, path: &Path<'_>, found: &mut Found) {
        let mut roster = Vec::new();
        let users = path.key("users");
        for (i, user) in workspace.users.iter().enumerate() {
            let Some(id) = (match user.is_reference() {
                true => self.follow(team, user, &users.at(i), found),
                false => read(&user.id),
            }) else {
                continue;
            };
            if self.people.get(&id).is_some_and(|person| person.full) {
                roster.push(id);
            }
        }
        let bots = workspace
            .apps
            .iter()
            .filter_map(|app| read::<UserId>(&app.bot_user.as_ref()?.id));
        roster.extend(bots.filter(|id| self.people.get(id).is_some_and(|bot| bot.full)));
        let rank = |id: &UserId| self.people.get(id).map(|person| (!person.bot, person.role));
        // `max_by_key` gives the last of the highest, and the first is wanted.
        if let Some(leader) = roster.iter().rev().copied().max_by_key(rank) {
            self.leaders.insert(team, leader);
        }
        self.rosters.insert(team, roster);
    }

    fn follow(
        &mut self,
        team: TeamId,
        user: &User,
        path: &Path<'_>,
        found: &mut Found,
    ) -> Option<UserId> {
        let path = path.key("id");
        let text = user.id.as_deref().unwrap_or_default();
        let id: UserId = match text.parse() {
            Ok(id) => id,
            Err(why) => {
                found.add(&path, format_args!("`{text}`: {why}"));
                return None;
            }
        };
        let Some(home) = self.people.get(&id).map(|person| person.team) else {
            found.add(
                &path,
                format_args!(
                    "nobody with the id {id} is described in this file; a person needs a name"
                ),
            );
            return None;
        };
        if !self.same_org(home, team) {
            found.add(
                &path,
                format_args!("{id} is of {home}, which is not of the same organisation"),
            );
            return None;
        }
        let person = self.people.get_mut(&id)?;
        if person.teams().any(|known| known == team) {
            found.add(&path, format_args!("{id} is in this workspace already"));
            return None;
        }
        person.more.push(team);
        Some(id)
    }

    /// Whether two workspaces are the same or of one organisation.
    pub(super) fn same_org(&self, a: TeamId, b: TeamId) -> bool {
        let org = |team| self.teams.get(&team).copied().flatten();
        a == b || (org(a).is_some() && org(a) == org(b))
    }

    /// Who leads a workspace, if there is anybody.
    pub(super) fn leader(&self, team: TeamId) -> Option<UserId> {
        self.leaders.get(&team).copied()
    }
}

//! Rows from a document whose ids are all given: organisations, workspaces, people, apps.

mod channels;
mod invitations;
mod invite_requests;
mod invited;
mod messages;
mod tokens;
mod usergroups;

use super::{
    NewToken, check,
    document::{self, Document, User, UserStatus},
    index::{Map, Set, read},
    manifest::AppManifest,
    problem::Path,
    refs::Refs,
    shape::Duration,
};
use guestlist_domain::{
    AppId, EnterpriseId, Seed, TeamId, Timestamp, TokenHash, UserId,
    invitation::{OnInvite, StandingAnswer},
    scim,
    user::{self, Bot, Role, Stage},
    workspace::{self, Barrier, Connect, Events, ServerState, Who},
};
use std::{cell::OnceCell, collections::HashMap};

/// Rows as they are made.
pub(super) struct Build<'r> {
    pub(super) refs: Refs,
    pub(super) seed: Seed,
    pub(super) new_tokens: Vec<NewToken>,
    random: &'r mut dyn FnMut() -> [u8; 24],
    hashes: Set<TokenHash>,
    clients: Set<String>,
    realms: Map<EnterpriseId, String>,
    /// Where in the seed people are, for whoever asks.
    places: OnceCell<Map<UserId, usize>>,
    /// The newest time made for a message that had none.
    tick: Timestamp,
}

/// The workspace being read.
#[derive(Clone, Copy)]
struct Here {
    team: TeamId,
    created: Timestamp,
}

impl<'r> Build<'r> {
    pub(super) fn new(refs: Refs, random: &'r mut dyn FnMut() -> [u8; 24]) -> Self {
        let tick = Timestamp(refs.now.0 - 1);
        Self {
            refs,
            seed: Seed::default(),
            new_tokens: Vec::new(),
            random,
            hashes: Set::default(),
            clients: Set::default(),
            realms: Map::default(),
            places: OnceCell::new(),
            tick,
        }
    }

    /// Makes every row. People come before conversations, whose rows speak of them.
    pub(super) fn document(&mut self, document: Document) {
        let server = document.server;
        self.seed.server = ServerState {
            maintenance: server.maintenance,
            deprecated_methods: server.deprecated_methods,
            deprecated_endpoints: server.deprecated_endpoints,
        };
        self.seed
            .enterprises
            .extend(document.enterprises.into_iter().filter_map(enterprise));
        let workspaces = Path::ROOT.key("workspaces");
        let mut rest = Vec::new();
        for (i, mut workspace) in document.workspaces.into_iter().enumerate() {
            let path = workspaces.at(i);
            if let Some(here) = self.workspace(&path, &mut workspace) {
                self.people(&path, here, &mut workspace);
                rest.push((i, here, workspace));
            }
        }
        for (i, here, workspace) in rest {
            let path = workspaces.at(i);
            self.channels(&path, here, workspace.channels);
            self.invitations(&path, here, workspace.invitations);
            self.usergroups(&path, here, workspace.usergroups);
            self.invite_requests(&path, here, workspace.invite_requests);
            self.tokens(&path, here, workspace.tokens);
        }
        self.keep_for_copies();
    }

    /// What frozen copies show stays as it is in the channels they are of.
    fn keep_for_copies(&mut self) {
        let copies = self.seed.channels.iter().filter_map(|one| one.frozen);
        let mut kept = HashMap::new();
        for copy in copies {
            let until = kept.entry(copy.of).or_insert(copy.until);
            *until = copy.until.max(*until);
        }
        for channel in &mut self.seed.channels {
            channel.kept = kept.get(&channel.id).copied();
        }
    }

    fn workspace(&mut self, path: &Path<'_>, from: &mut document::Workspace) -> Option<Here> {
        let team = read(&from.id)?;
        let here = Here {
            team,
            created: self
                .refs
                .time(&path.key("created"), &from.created, self.refs.now),
        };
        if from.name.trim().is_empty() {
            let what = "a workspace needs a name";
            self.refs.found.add(&path.key("name"), what);
        }
        self.refs
            .networks(&path.key("allowed_networks"), &from.allowed_networks);
        if from.who_may_invite == Who::Nobody {
            self.refs.found.add(
                &path.key("who_may_invite"),
                "`nobody` is none of everyone, admins",
            );
        }
        let enterprise = from.enterprise.take().and_then(|text| {
            let path = path.key("enterprise");
            let id = self.refs.id(&path, &text)?;
            if !self.refs.index.enterprises.contains(&id) {
                self.refs
                    .found
                    .add(&path, format_args!("there is no enterprise {text}"));
            }
            Some(id)
        });
        if let Some(organisation) = enterprise {
            let known = self.realms.entry(organisation);
            if *known.or_insert_with(|| from.realm.clone()) != from.realm {
                let what = "workspaces of one organisation are of one realm";
                self.refs.found.add(&path.key("realm"), what);
            }
        }
        let connect = &from.connect;
        self.habit(
            &path.key("connect"),
            connect.on_invite,
            connect.on_invite_after,
        );
        let barriers = self.barriers(&path.key("barriers"), &from.barriers);
        self.seed.workspaces.push(workspace::Workspace {
            id: team,
            name: std::mem::take(&mut from.name),
            domain: std::mem::take(&mut from.domain),
            email_domain: std::mem::take(&mut from.email_domain),
            realm: std::mem::take(&mut from.realm),
            enterprise,
            plan: from.plan,
            status: from.status,
            created: here.created,
            two_factor_required: from.two_factor_required,
            allowed_networks: std::mem::take(&mut from.allowed_networks),
            who_may_invite: from.who_may_invite,
            who_may_create_public: from.who_may_create_public,
            who_may_create_private: from.who_may_create_private,
            who_may_manage_usergroups: from.who_may_manage_usergroups,
            invitations_need_approval: from.invitations_need_approval,
            description: std::mem::take(&mut from.description),
            discoverability: from.discoverability,
            legacy_methods: from.legacy_methods,
            connect: from.connect.clone().into(),
            barriers,
        });
        Some(here)
    }

    fn habit(
        &mut self,
        path: &Path<'_>,
        answer: Option<StandingAnswer>,
        after: Duration,
    ) -> Option<OnInvite> {
        if answer.is_none() && after != Duration::default() {
            self.refs.found.add(
                &path.key("on_invite_after"),
                "`on_invite` says what they answer",
            );
        }
        habit(answer, after)
    }

    fn barriers(&mut self, path: &Path<'_>, barriers: &[document::Barrier]) -> Vec<Barrier> {
        let side = |refs: &mut Refs, path: &Path<'_>, ids: &[String]| {
            refs.list(path, ids, Refs::user).into_iter().collect()
        };
        let one = |(i, barrier): (usize, &document::Barrier)| {
            let path = path.at(i);
            Barrier {
                from: side(&mut self.refs, &path.key("from"), &barrier.from),
                to: side(&mut self.refs, &path.key("to"), &barrier.to),
            }
        };
        barriers.iter().enumerate().map(one).collect()
    }

    /// Makes the rows of a workspace's people, then those of its apps and their bots.
    fn people(&mut self, path: &Path<'_>, here: Here, workspace: &mut document::Workspace) {
        let mut addresses = Map::default();
        let users = path.key("users");
        for (i, from) in std::mem::take(&mut workspace.users).into_iter().enumerate() {
            if !from.is_reference() {
                let path = users.at(i);
                let app = from
                    .app
                    .as_ref()
                    .and_then(|app| self.refs.app(&path.key("app"), app));
                let bot = read(&from.bot_id).map(|id| Bot { id, app });
                self.user(&path, here, from, bot, &mut addresses);
            }
        }
        let apps = path.key("apps");
        for (i, from) in std::mem::take(&mut workspace.apps).into_iter().enumerate() {
            self.app(&apps.at(i), here, from, &mut addresses);
        }
    }

    fn user(
        &mut self,
        path: &Path<'_>,
        here: Here,
        from: User,
        bot: Option<Bot>,
        addresses: &mut Map<String, UserId>,
    ) -> Option<UserId> {
        let id: UserId = read(&from.id)?;
        if from.name.as_ref().is_none_or(String::is_empty) {
            self.refs.found.add(
                &path.key("name"),
                "a name is needed, or the id alone of somebody described elsewhere",
            );
        }
        if from.guest.is_some() && from.role != Role::Member {
            self.refs
                .found
                .add(&path.key("guest"), "a guest has no role");
        }
        if from.guest.is_some() && bot.is_some() {
            self.refs.found.add(&path.key("guest"), "a bot is no guest");
        }
        if from.guest.is_none() && from.expires.is_some() {
            self.refs.found.add(
                &path.key("expires"),
                "the time of a guest ends, nobody else's",
            );
        }
        let email = from
            .email
            .as_ref()
            .and_then(|text| self.refs.email(&path.key("email"), text));
        if let Some(email) = &email
            && from.is_there()
            && let Some(other) = addresses.insert(email.clone(), id)
        {
            self.refs.found.add(
                &path.key("email"),
                format_args!("{other} of this workspace has {email} already"),
            );
        }
        if let Some(tz) = &from.tz
            && !check::is_time_zone(tz)
        {
            self.refs.found.add(
                &path.key("tz"),
                format_args!("`{tz}` is no time zone, such as Europe/Zurich"),
            );
        }
        for (key, text) in &from.scim {
            if let Err(bad) = scim::check(key, text) {
                let what = format_args!("`{key}`: {bad}");
                self.refs.found.add(&path.key("scim"), what);
            }
        }
        if from.is_there() && from.scim.contains_key(scim::ACTIVE) {
            let what = format_args!("`{}`: it is for who is removed", scim::ACTIVE);
            self.refs.found.add(&path.key("scim"), what);
        }
        let on_invite = self.habit(path, from.on_invite, from.on_invite_after);
        let invited = from.invited.as_ref();
        let invited = invited.and_then(|given| self.invited(path, here, &from, given));
        let waits = invited
            .as_ref()
            .is_some_and(|invited| invited.state != Stage::Joined);
        self.seed.users.push(user::User {
            id,
            team: here.team,
            teams: self
                .refs
                .index
                .people
                .get(&id)
                .map(|person| person.more.clone())
                .unwrap_or_default(),
            name: from.name.unwrap_or_default(),
            real_name: from.real_name,
            display_name: from.display_name,
            title: from.title,
            email,
            tz: from.tz,
            role: from.role,
            guest: from.guest,
            expires: self.refs.time_if_any(&path.key("expires"), &from.expires),
            removed: from.status == UserStatus::Removed || waits,
            invited,
            no_two_factor: !from.two_factor,
            bot,
            on_invite,
            scim: from.scim,
            updated: self
                .refs
                .time(&path.key("updated"), &from.updated, here.created),
        });
        Some(id)
    }

    fn app(
        &mut self,
        path: &Path<'_>,
        here: Here,
        mut from: document::App,
        addresses: &mut Map<String, UserId>,
    ) {
        let Some(id) = read::<AppId>(&from.id) else {
            return;
        };
        self.refs
            .networks(&path.key("allowed_addresses"), &from.allowed_addresses);
        let mut told = match from.manifest.take() {
            Some(manifest) => manifest.check(&path.key("manifest"), &mut self.refs.found),
            None => AppManifest::default(),
        };
        told.oauth.undistributed = !from.distributed;
        if from.name.is_empty() {
            from.name = told.name;
        }
        if from.name.is_empty() {
            self.refs.found.add(
                &path.key("name"),
                "an app needs a name, here or in its manifest",
            );
        }
        if from.allowed_addresses.is_empty() {
            from.allowed_addresses = told.allowed_addresses;
        }
        if let Some(client_id) = &from.client_id
            && !self.clients.insert(client_id.clone())
        {
            self.refs.found.add(
                &path.key("client_id"),
                format_args!("another app has the client id {client_id}"),
            );
        }
        let (mut bot, mut bot_user) = (None, None);
        if let Some(mut user) = from.bot_user {
            let path = path.key("bot_user");
            if user.app.is_some() {
                self.refs.found.add(
                    &path.key("app"),
                    "a bot_user belongs to the app that lists it",
                );
            }
            user.name.get_or_insert_with(|| from.name.clone());
            bot = read(&user.bot_id);
            let behind = bot.map(|id_of_bot| Bot {
                id: id_of_bot,
                app: Some(id),
            });
            bot_user = self.user(&path, here, user, behind, addresses);
        }
        self.seed.apps.push(workspace::App {
            id,
            team: here.team,
            name: from.name,
            created: self
                .refs
                .time(&path.key("created"), &from.created, self.refs.now),
            bot_user,
            bot,
            signing_secret: from.signing_secret,
            client_id: from.client_id,
            client_secret: from.client_secret,
            allowed_addresses: from.allowed_addresses,
            events: from
                .events
                .map(|events| Events {
                    delivery: events.delivery,
                    request_url: events.request_url,
                    subscribe: events.subscribe,
                })
                .or(told.events),
            oauth: told.oauth,
            interactivity: told.interactivity,
        });
    }
}

fn enterprise(from: document::Enterprise) -> Option<workspace::Enterprise> {
    Some(workspace::Enterprise {
        id: read(&from.id)?,
        name: from.name,
        domain: from.domain,
        ekm_suspended: from.ekm_suspended,
        blocked_methods: from.blocked_methods,
        added: Timestamp::default(),
    })
}

impl From<document::Connect> for Connect {
    fn from(from: document::Connect) -> Self {
        Self {
            enabled: from.enabled,
            send_post_only: from.send_post_only,
            send_full: from.send_full,
            invite_external_people: from.invite_external_people,
            approval: from.approval,
            review_before_sending: from.review_before_sending,
            email_quota_per_hour: from.email_quota_per_hour,
            manage: from.manage,
            on_invite: habit(from.on_invite, from.on_invite_after),
        }
    }
}

fn habit(answer: Option<StandingAnswer>, after: Duration) -> Option<OnInvite> {
    answer.map(|answer| OnInvite {
        answer,
        after: after.0,
    })
}

impl From<Connect> for document::Connect {
    fn from(from: Connect) -> Self {
        Self {
            enabled: from.enabled,
            send_post_only: from.send_post_only,
            send_full: from.send_full,
            invite_external_people: from.invite_external_people,
            approval: from.approval,
            review_before_sending: from.review_before_sending,
            email_quota_per_hour: from.email_quota_per_hour,
            manage: from.manage,
            on_invite: from.on_invite.map(|habit| habit.answer),
            on_invite_after: Duration(from.on_invite.map_or(0, |habit| habit.after)),
        }
    }
}

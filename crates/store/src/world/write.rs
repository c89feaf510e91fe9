//! From rows back to a [`Document`], as short as its defaults allow.

mod conversation;
mod invite_request;
mod yaml;

pub use yaml::{NotWritten, to_yaml};

use super::{
    check::time_text,
    document::{self, Document, UserStatus},
    index::Map,
    manifest::Manifest,
    shape::Duration,
};
use guestlist_domain::{
    App, Channel, ChannelId, Invitation, InviteRequest, Message, Seed, TeamId, Timestamp, Token,
    TokenHash, User, UserId, Usergroup, Workspace, facts::Membership, workspace::Enterprise,
};
use std::collections::HashSet;

/// The rows of a seed, found by what they belong to; in each list the seed's order.
#[derive(Default)]
struct Rows<'s> {
    users: Map<TeamId, Vec<&'s User>>,
    /// People of other workspaces.
    guests_of_org: Map<TeamId, Vec<UserId>>,
    bot_users: Map<UserId, &'s User>,
    channels: Map<TeamId, Vec<&'s Channel>>,
    /// All that are there.
    places: HashSet<ChannelId>,
    members: Map<ChannelId, Vec<(UserId, Membership)>>,
    messages: Map<ChannelId, Vec<&'s Message>>,
    invitations: Map<TeamId, Vec<&'s Invitation>>,
    usergroups: Map<TeamId, Vec<&'s Usergroup>>,
    invite_requests: Map<TeamId, Vec<&'s InviteRequest>>,
    apps: Map<TeamId, Vec<&'s App>>,
    tokens: Map<TeamId, Vec<&'s Token>>,
    /// Tokens of people who have left the workspace that they were made in.
    orphans: HashSet<TokenHash>,
}

impl<'s> Rows<'s> {
    fn of(seed: &'s Seed) -> Self {
        let mut rows = Self::default();
        let bots: Map<UserId, &App> = seed
            .apps
            .iter()
            .filter_map(|app| Some((app.bot_user?, app)))
            .collect();
        for user in &seed.users {
            let app = bots.get(&user.id).filter(|app| app.team == user.team);
            if app.is_some_and(|app| user.bot.is_some_and(|bot| bot.app == Some(app.id))) {
                rows.bot_users.insert(user.id, user);
            } else {
                rows.users.entry(user.team).or_default().push(user);
            }
            for team in &user.teams {
                rows.guests_of_org.entry(*team).or_default().push(user.id);
            }
        }
        for channel in &seed.channels {
            rows.channels.entry(channel.team).or_default().push(channel);
            rows.places.insert(channel.id);
        }
        for (_, channel, user, place) in &seed.members {
            rows.members
                .entry(*channel)
                .or_default()
                .push((*user, *place));
        }
        for (_, channel, message) in &seed.messages {
            rows.messages.entry(*channel).or_default().push(message);
        }
        for (team, invitation) in &seed.invitations {
            rows.invitations.entry(*team).or_default().push(invitation);
        }
        for one in &seed.invite_requests {
            rows.invite_requests.entry(one.team).or_default().push(one);
        }
        for group in &seed.usergroups {
            rows.usergroups.entry(group.team).or_default().push(group);
        }
        for app in &seed.apps {
            rows.apps.entry(app.team).or_default().push(app);
        }
        let people: Map<UserId, &User> = seed.users.iter().map(|user| (user.id, user)).collect();
        for token in &seed.tokens {
            let user = token.user.and_then(|id| people.get(&id));
            if user.is_some_and(|user| !token.is_good_in(user.all_teams())) {
                rows.orphans.insert(token.hash);
            }
            rows.tokens.entry(token.team).or_default().push(token);
        }
        rows
    }
}

/// The time, unless leaving it out says the same.
fn unless(time: Timestamp, usual: Timestamp) -> Option<String> {
    (time != usual).then(|| time_text(time))
}

fn texts<'a, T: ToString + 'a>(ids: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    ids.into_iter().map(T::to_string).collect()
}

/// Describes a world. [`read`](super::read) makes the same rows of it again, save that
/// tokens are told by their hashes.
pub fn write(seed: &Seed) -> Document {
    let rows = Rows::of(seed);
    Document {
        version: document::VERSION,
        server: document::Server {
            maintenance: seed.server.maintenance,
            deprecated_methods: seed.server.deprecated_methods.clone(),
            deprecated_endpoints: seed.server.deprecated_endpoints.clone(),
        },
        enterprises: seed.enterprises.iter().map(enterprise).collect(),
        workspaces: seed
            .workspaces
            .iter()
            .map(|from| workspace(from, &rows))
            .collect(),
    }
}

fn enterprise(from: &Enterprise) -> document::Enterprise {
    document::Enterprise {
        id: Some(from.id.to_string()),
        name: from.name.clone(),
        domain: from.domain.clone(),
        ekm_suspended: from.ekm_suspended,
        blocked_methods: from.blocked_methods.clone(),
    }
}

fn workspace(from: &Workspace, rows: &Rows<'_>) -> document::Workspace {
    let barrier = |barrier: &guestlist_domain::workspace::Barrier| document::Barrier {
        from: texts(&barrier.from),
        to: texts(&barrier.to),
    };
    let reference = |id: &UserId| document::User {
        id: Some(id.to_string()),
        ..document::User::default()
    };
    let mut users: Vec<document::User> = all(&rows.users, from.id)
        .map(|one| user(one, from.created))
        .collect();
    users.extend(
        rows.guests_of_org
            .get(&from.id)
            .into_iter()
            .flatten()
            .map(reference),
    );
    document::Workspace {
        id: Some(from.id.to_string()),
        name: from.name.clone(),
        domain: from.domain.clone(),
        email_domain: from.email_domain.clone(),
        realm: from.realm.clone(),
        enterprise: from.enterprise.map(|id| id.to_string()),
        plan: from.plan,
        status: from.status,
        created: Some(time_text(from.created)),
        two_factor_required: from.two_factor_required,
        allowed_networks: from.allowed_networks.clone(),
        who_may_invite: from.who_may_invite,
        who_may_create_public: from.who_may_create_public,
        who_may_create_private: from.who_may_create_private,
        who_may_manage_usergroups: from.who_may_manage_usergroups,
        invitations_need_approval: from.invitations_need_approval,
        description: from.description.clone(),
        discoverability: from.discoverability,
        legacy_methods: from.legacy_methods,
        connect: from.connect.clone().into(),
        users,
        channels: all(&rows.channels, from.id)
            .map(|channel| conversation::channel(channel, rows))
            .collect(),
        invitations: all(&rows.invitations, from.id)
            .map(conversation::invitation)
            .collect(),
        usergroups: all(&rows.usergroups, from.id)
            .map(|group| usergroup(group, from.created, &rows.places))
            .collect(),
        invite_requests: all(&rows.invite_requests, from.id)
            .map(|one| invite_request::invite_request(one, from.created))
            .collect(),
        barriers: from.barriers.iter().map(barrier).collect(),
        apps: all(&rows.apps, from.id)
            .map(|app| self::app(app, from.created, rows))
            .collect(),
        tokens: all(&rows.tokens, from.id)
            .map(|one| token(one, rows))
            .collect(),
    }
}

fn all<'r, T>(lists: &'r Map<TeamId, Vec<&'r T>>, team: TeamId) -> impl Iterator<Item = &'r T> {
    lists.get(&team).into_iter().flatten().copied()
}

fn user(from: &User, created: Timestamp) -> document::User {
    document::User {
        id: Some(from.id.to_string()),
        name: Some(from.name.clone()),
        real_name: from.real_name.clone(),
        display_name: from.display_name.clone(),
        title: from.title.clone(),
        email: from.email.clone(),
        tz: from.tz.clone(),
        role: from.role,
        guest: from.guest,
        expires: from.expires.map(time_text),
        status: if from.removed && from.has_come() {
            UserStatus::Removed
        } else {
            UserStatus::Active
        },
        invited: from.invited.as_ref().map(|invited| document::Invited {
            by: invited.by.to_string(),
            at: Some(time_text(invited.at)),
            channels: texts(&invited.channels),
            link: Some(invited.link.clone()),
            state: invited.state,
        }),
        two_factor: !from.no_two_factor,
        bot_id: from.bot.map(|bot| bot.id.to_string()),
        app: from.bot.and_then(|bot| bot.app).map(|id| id.to_string()),
        on_invite: from.on_invite.map(|habit| habit.answer),
        on_invite_after: Duration(from.on_invite.map_or(0, |habit| habit.after)),
        scim: from.scim.clone(),
        updated: unless(from.updated, created),
    }
}

fn usergroup(
    from: &Usergroup,
    created: Timestamp,
    places: &HashSet<ChannelId>,
) -> document::Usergroup {
    // One that another workspace shared, and took with it.
    let mut channels = from.channels.clone();
    channels.retain(|channel| places.contains(channel));
    document::Usergroup {
        id: Some(from.id.to_string()),
        name: from.name.clone(),
        handle: Some(from.handle.clone()),
        description: from.description.clone(),
        users: texts(&from.users),
        channels: texts(&channels),
        creator: Some(from.creator.to_string()),
        created: unless(from.created, created),
        updater: (from.updater != from.creator).then(|| from.updater.to_string()),
        updated: unless(from.updated, from.created),
        disabled: from.disabled.map(|disabled| document::Disabled {
            at: unless(disabled.at, from.updated),
            by: (disabled.by != from.updater).then(|| disabled.by.to_string()),
        }),
    }
}

fn app(from: &App, created: Timestamp, rows: &Rows<'_>) -> document::App {
    let bot_user = from.bot_user.and_then(|id| rows.bot_users.get(&id));
    document::App {
        id: Some(from.id.to_string()),
        name: from.name.clone(),
        created: Some(time_text(from.created)),
        bot_user: bot_user.map(|bot| document::User {
            app: None,
            ..user(bot, created)
        }),
        signing_secret: from.signing_secret.clone(),
        client_id: from.client_id.clone(),
        client_secret: from.client_secret.clone(),
        allowed_addresses: from.allowed_addresses.clone(),
        events: from.events.as_ref().map(|events| document::Events {
            delivery: events.delivery,
            request_url: events.request_url.clone(),
            subscribe: events.subscribe.clone(),
        }),
        distributed: !from.oauth.undistributed,
        manifest: Manifest::of(from),
    }
}

fn token(from: &Token, rows: &Rows<'_>) -> document::Token {
    document::Token {
        token: None,
        token_sha256: Some(from.hash.to_string()),
        kind: Some(from.kind),
        app: from.app.map(|id| id.to_string()),
        user: from.user.map(|id| id.to_string()),
        scopes: from.scopes.clone().into(),
        expires_at: from.expires_at.map(time_text),
        revoked: from.revoked || rows.orphans.contains(&from.hash),
        workspaces: texts(&from.workspaces),
        channels: texts(&from.channels),
    }
}

//! Checks that several rules make, in words. See [`crate::trail`].

use crate::{
    caller::Caller,
    channel::{Channel, ChannelKind},
    connect::{Actor, MOST_MESSAGE, Party},
    facts::Facts,
    id::{ChannelId, TeamId, UserId},
    invitation::State,
    see::{self, Seen},
    trail::Told,
    user::{Guest, Role, User},
    workspace::{Enterprise, Plan, Status, Who, Workspace},
};

pub(crate) fn is(so: bool) -> &'static str {
    if so { "is" } else { "is not" }
}

/// After "there".
pub(crate) fn there(so: bool) -> &'static str {
    if so { "is an" } else { "is no" }
}

pub(crate) fn kind(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Public => "public",
        ChannelKind::Private => "private",
        ChannelKind::Im => "im",
        ChannelKind::Mpim => "mpim",
    }
}

pub(crate) fn who(who: Who) -> &'static str {
    match who {
        Who::Everyone => "everyone",
        Who::Admins => "admins",
        Who::Nobody => "nobody",
    }
}

pub(crate) fn plan(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "free",
        Plan::Pro => "pro",
        Plan::BusinessPlus => "business_plus",
        Plan::Enterprise => "enterprise",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Deleted => "deleted",
        Status::Migrating => "migrating",
        Status::JoiningOrg => "joining_org",
    }
}

pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Requested => "requested",
        State::RequestDenied => "request_denied",
        State::Sent => "sent",
        State::Revoked => "revoked",
        State::Expired => "expired",
        State::PendingApproval => "pending_approval",
        State::Declined => "declined",
        State::Approved => "approved",
        State::Disconnected => "disconnected",
    }
}

/// Whether the caller sees such a channel, and why not.
pub(crate) fn seen(facts: &Facts, caller: &Caller, id: Option<ChannelId>) -> Told {
    let (saw, remedy) = match id.map(|id| (id, facts.channel(id))) {
        None => (
            "what was given is no channel's id".to_owned(),
            "name a channel by its id".to_owned(),
        ),
        Some((id, Ok(Some(channel))))
            if matches!(see::channel(facts, caller, Some(id)), Ok(None)) =>
        {
            let inside = facts.membership(id, caller.id()).is_ok_and(|m| m.is_some());
            if channel.is_in(caller.team(), false) || channel.connection(caller.team()).is_some() {
                let hidden = match caller.user.guest {
                    Some(_) => "a guest sees only what they are in".to_owned(),
                    None => format!("{id} is private for {}", caller.team()),
                };
                let me = caller.id();
                (
                    format!("{hidden}; {me} {} in it", is(inside)),
                    format!("let somebody in {id} invite {me}"),
                )
            } else {
                (
                    format!(
                        "{id} is a channel of {}, not of {}",
                        channel.team,
                        caller.team()
                    ),
                    format!("share {id} with {}", caller.team()),
                )
            }
        }
        Some((id, Ok(Some(_)))) => (format!("{id}, seen from {}", caller.team()), String::new()),
        Some((id, _)) => (
            format!("there is no conversation {id}"),
            "name a channel that exists".to_owned(),
        ),
    };
    Told::new(
        "the channel exists and the caller may know of it",
        saw,
        remedy,
    )
}

pub(crate) fn archived(channel: &Channel) -> Told {
    Told::new(
        "the channel is not archived",
        format!("{} has archived: {}", channel.id, channel.archived),
        format!("unarchive {}", channel.id),
    )
}

pub(crate) fn migrating(channel: &Channel) -> Told {
    Told::new(
        "the channel is not being moved",
        format!("{} has migrating: {}", channel.id, channel.migrating),
        format!("end the move of {}", channel.id),
    )
}

pub(crate) fn sealed(org: Option<&Enterprise>) -> Told {
    Told::new(
        "the organisation has not suspended its keys",
        match org {
            Some(org) => format!("{} has ekm_suspended: {}", org.id, org.ekm_suspended),
            None => "the workspace belongs to none".to_owned(),
        },
        "let the organisation restore its keys",
    )
}

pub(crate) fn member(seen: &Seen, me: UserId) -> Told {
    let id = seen.channel.id;
    Told::new(
        "the caller is in the channel",
        format!("{me} {} in {id}", is(seen.is_member())),
        format!("let {me} join {id}, or be invited to it"),
    )
}

pub(crate) fn listed(channel: &Channel, me: UserId) -> Told {
    let (id, list) = (channel.id, &channel.access_list);
    Told::new(
        "the channel's access list is empty or names whoever acts on it",
        format!(
            "the list of {id} has {} people, {me} {} among them",
            list.len(),
            is(list.contains(&me))
        ),
        format!("put {me} on the access list of {id}"),
    )
}

pub(crate) fn granted(caller: &Caller, id: ChannelId) -> Told {
    Told::new(
        "a workspace token was granted the channel",
        format!(
            "a {} token, granted {} channels",
            caller.token.kind.name(),
            caller.token.channels.len()
        ),
        format!("grant the token {id}"),
    )
}

/// Whether a setting of the workspace lets somebody do something.
pub(crate) fn allowed(
    demand: &'static str,
    workspace: &Workspace,
    (setting, value): (&str, Who),
    user: &User,
) -> Told {
    let me = user.id;
    Told::new(
        demand,
        format!(
            "{} has {setting}: {}; {me} {} an admin",
            workspace.id,
            who(value),
            is(user.is_admin())
        ),
        match (value, user.is_admin()) {
            (Who::Nobody, true) => format!("set {setting} to admins or everyone"),
            (Who::Nobody, false) => format!("set {setting} to everyone"),
            _ => format!("make {me} an admin, or set {setting} to everyone"),
        },
    )
}

pub(crate) fn no_guest(user: &User) -> Told {
    Told::new(
        "the caller is no guest",
        format!("{} {} a guest", user.id, is(user.guest.is_some())),
        format!("make {} a full member, or call as one", user.id),
    )
}

pub(crate) fn in_an_organisation(workspace: &Workspace) -> Told {
    Told::new(
        "the caller's workspace belongs to an organisation",
        match workspace.enterprise {
            Some(org) => format!("{} is of {org}", workspace.id),
            None => format!("{} has no enterprise", workspace.id),
        },
        format!("put {} into an organisation", workspace.id),
    )
}

pub(crate) fn admin(user: &User) -> Told {
    Told::new(
        "the caller is an admin or owner",
        format!("{} {} an admin", user.id, is(user.is_admin())),
        format!("make {} an admin, or call as one", user.id),
    )
}

/// Whether the caller's organisation has such a workspace; `None` is what is no workspace's id.
pub(crate) fn of_the_organisation(team: Option<TeamId>) -> Told {
    Told::new(
        "the workspace is one of the caller's organisation",
        match team {
            Some(id) => format!("there is no workspace {id} in it"),
            None => "what was given is no workspace's id".to_owned(),
        },
        "name a workspace of the organisation",
    )
}

pub(crate) fn workspace_in_use(workspace: &Workspace) -> Told {
    Told::new(
        "the workspace is in use",
        format!("{} has status: {:?}", workspace.id, workspace.status).to_lowercase(),
        "name another workspace",
    )
}

/// Whether the caller's organisation has such a channel, for its admins.
pub(crate) fn seen_by_admin(facts: &Facts, caller: &Caller, id: Option<ChannelId>) -> Told {
    let team = caller.team();
    let (saw, remedy) = match id.map(|id| (id, facts.channel(id))) {
        None => (
            "what was given is no channel's id".to_owned(),
            "name a channel by its id".to_owned(),
        ),
        Some((id, Ok(Some(channel)))) => (
            format!(
                "{id} is a channel of {}, the caller is of {team}",
                channel.team
            ),
            format!("share {id} with {team}"),
        ),
        Some((id, _)) => (
            format!("there is no conversation {id}"),
            "name a channel that exists".to_owned(),
        ),
    };
    Told::new(
        "the caller's organisation has the channel, or takes part in it",
        saw,
        remedy,
    )
}

pub(crate) fn connect_on(workspace: &Workspace) -> Told {
    Told::new(
        "Slack Connect is on in the caller's workspace",
        format!(
            "{} has connect.enabled: {}",
            workspace.id, workspace.connect.enabled
        ),
        format!("turn Slack Connect on in {}", workspace.id),
    )
}

/// Whether a workspace can take part in Slack Connect, as it stands there.
pub(crate) fn part(workspace: &Workspace) -> String {
    format!(
        "{} has status: {}, connect.enabled: {}",
        workspace.id,
        status(workspace.status),
        workspace.connect.enabled
    )
}

/// What would let a workspace take part.
pub(crate) fn part_remedy(workspace: &Workspace) -> String {
    let id = workspace.id;
    match workspace.connect.enabled {
        false => format!("turn Slack Connect on in {id}"),
        true => format!("{id} has to be in use: neither deleted nor migrating"),
    }
}

pub(crate) fn shareable(channel: &Channel) -> Told {
    let id = channel.id;
    Told::new(
        "the channel can be shared, and is not being moved",
        format!(
            "{id} has shareable: {}, migrating: {}",
            !channel.unshareable, channel.migrating
        ),
        format!("make {id} shareable, or end its move"),
    )
}

/// Whether words that go with an invitation are short enough.
pub(crate) fn length(characters: usize) -> Told {
    Told::new(
        "the message is short enough",
        format!("characters: {characters} of {MOST_MESSAGE}"),
        "shorten the message",
    )
}

/// Whether somebody may answer for their workspace.
pub(crate) fn manager(who: &Actor) -> Told {
    let (user, workspace) = (&who.user, &who.workspace);
    let manage = workspace.connect.manage;
    Told::new(
        "the caller may manage what the workspace shares",
        format!(
            "{} has connect.manage: {}; {}: admin {}, bot {}, guest {}{}",
            workspace.id,
            self::who(manage),
            user.id,
            user.is_admin(),
            user.bot.is_some(),
            user.guest.is_some(),
            match who.is_bound {
                true => ", by a token for some channels",
                false => "",
            }
        ),
        match (manage, user.guest) {
            _ if who.is_bound => "use a token that is good for the whole workspace".to_owned(),
            (Who::Nobody, _) => format!(
                "set connect.manage to admins, and let an admin of {} do it",
                workspace.id
            ),
            (_, Some(_)) => format!("let a full member of {} do it who may", workspace.id),
            (_, None) => format!("let an admin of {} do it", workspace.id),
        },
    )
}

/// Whether a place is the caller's organisation, or a workspace of it.
pub(crate) fn ours(caller: &Caller, place: Option<Party>) -> Told {
    Told::new(
        "the organisation is the caller's, or the workspace is one of it that is in use",
        match place {
            None => "what was given is neither's id".to_owned(),
            Some(Party::Team(team)) => format!("{team}, the caller is of {}", caller.team()),
            Some(Party::Org(org)) => format!("{org}, the caller is of {}", caller.team()),
        },
        format!("name {}", caller.team()),
    )
}

/// Whether somebody is where they are looked for.
pub(crate) fn found_there(user: Option<UserId>, found: bool) -> Told {
    let (saw, remedy) = match user {
        None => (
            "what was given is no user's id".to_owned(),
            "name somebody by their id".to_owned(),
        ),
        Some(id) => (
            format!("{id} {} there", is(found)),
            format!("name a workspace that {id} is in"),
        ),
    };
    Told::new("they are in the workspace or organisation", saw, remedy)
}

pub(crate) fn full_member(user: &User) -> Told {
    let what = match (user.bot.is_some(), user.guest.is_some()) {
        (true, _) => "a bot",
        (_, true) => "a guest",
        _ => "a full member",
    };
    Told::new(
        "they are a full member",
        format!("{} is {what}", user.id),
        "name a full member",
    )
}

pub(crate) fn guest(kind: Option<Guest>) -> &'static str {
    match kind {
        None => "a full member",
        Some(Guest::MultiChannel) => "a multi-channel guest",
        Some(Guest::SingleChannel) => "a single-channel guest",
    }
}

pub(crate) fn person(user: &User) -> Told {
    let what = if user.bot.is_some() {
        "a bot"
    } else {
        "a person"
    };
    Told::new(
        "they are a person",
        format!("{} is {what}", user.id),
        "name a person",
    )
}

pub(crate) fn in_use(user: &User, gone: bool) -> Told {
    Told::new(
        "they are not removed",
        format!("{} {} removed", user.id, is(gone)),
        format!("restore {}", user.id),
    )
}

pub(crate) fn no_primary_owner(user: &User) -> Told {
    let so = user.role == Role::PrimaryOwner;
    Told::new(
        "they are not the primary owner",
        format!("{} {} the primary owner", user.id, is(so)),
        "name somebody else",
    )
}

pub(crate) fn no_owner_over(caller: &Caller, user: &User) -> Told {
    let (owner, by) = (user.role >= Role::Owner, caller.user.role >= Role::Owner);
    Told::new(
        "they are no owner, or the caller is one, too",
        format!(
            "{} {} an owner, {} {} one",
            user.id,
            is(owner),
            caller.id(),
            is(by)
        ),
        "call as an owner",
    )
}

/// Whoever is in several workspaces has one role in all of them.
pub(crate) fn one_workspace(user: &User) -> Told {
    let further: Vec<_> = user.teams.iter().map(ToString::to_string).collect();
    Told::new(
        "they are in one workspace, or the organisation is named",
        match further.join(", ").as_str() {
            "" => format!("{} is in {}", user.id, user.team),
            others => format!("{} is in {} and {others}", user.id, user.team),
        },
        "name the organisation",
    )
}

pub(crate) fn taken(user: &User, so: bool) -> Told {
    Told::new(
        "their workspace is in use",
        format!("so it {} with {} in {}", is(so), user.id, user.team),
        format!("let {} be in a workspace that is", user.id),
    )
}

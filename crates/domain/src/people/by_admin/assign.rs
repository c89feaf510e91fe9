//! An admin brings somebody of the organisation into another of its workspaces.
//! <https://docs.slack.dev/reference/methods/admin.users.assign>
//!
//! A person has one role in all of their workspaces, and is a guest in all of them or in none. Who is removed is in
//! no workspace: they come back, into this one alone.

use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::{Change, Plan},
    channel::{Channel, ChannelKind},
    connect::Party,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    invite,
    people::{comings, for_everybody, holder, places},
    scim, see,
    time::{Moment, Timestamp},
    trail::{Told, Watch, demand},
    user::{Guest, Role, User},
    words,
};
use std::sync::Arc;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Into which workspace; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// Whom; `None` when what was given is no user's id.
    pub user: Option<UserId>,
    /// Into which channels, each once; `None` where what was given is no channel's id.
    pub channels: &'a [Option<ChannelId>],
    /// As a guest of which kind.
    pub guest: Option<Guest>,
    /// The channels that everybody of the workspace is in, as far as they were known.
    pub usual: &'a [ChannelId],
}

/// Why nobody comes, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// No workspace of the organisation that is in use.
    TeamNotFound,
    /// Nobody of this id in the organisation.
    UserNotFound,
    /// A bot goes with its app.
    Bot,
    /// They are there already.
    AlreadyIn,
    /// They are no such guest, or no full member, where they are now.
    OtherRole,
    /// A channel that the caller cannot bring them into.
    Channels,
    /// They cannot come so.
    NotTaken,
    /// They are removed, and cannot come back so.
    NotBack,
}

impl From<NotAdmin> for Refusal {
    fn from(no: NotAdmin) -> Self {
        match no {
            NotAdmin::NotAnEnterprise => Self::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Self::NotAnAdmin,
        }
    }
}

/// What is worth loading before the first attempt. What is asked of somebody keeps others from doing something about
/// them.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let Some(team) = ask.team else {
        return Vec::new();
    };
    let mut keys: Vec<Key> = comings(ask.caller.workspace.enterprise, [team]).collect();
    keys.push(Key::Workspace(team));
    let user = ask.user.into_iter();
    keys.extend(user.flat_map(|id| [Key::User(id), Key::ChannelsOf(id)]));
    let named = ask.channels.iter().flatten();
    keys.extend(named.chain(ask.usual).copied().map(Key::Channel));
    keys
}

/// Brings them in: they are in the workspace, in the channels named and, unless they are guests, in those that
/// everybody is in.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    let (team, known) = whom(facts, ask, watch)?;
    let channels = channels(facts, ask, team, known.id, watch)?;
    let mut user = User::clone(&known);
    if known.removed {
        user.removed = false;
        user.scim.remove(scim::ACTIVE);
        user.team = team;
        user.teams = Vec::new();
        user.role = Role::Member;
        user.guest = ask.guest;
        user.expires = user.expires.filter(|_| ask.guest.is_some());
    } else {
        user.teams.push(team);
    }
    user.updated = moment.now();
    fits(facts, ask, team, &known, &user, &channels, watch)?;

    let inside = facts.channels_of(user.id)?;
    let mut into: Vec<(ChannelId, Option<UserId>)> = Vec::new();
    let inviter = Some(ask.caller.id());
    into.extend(channels.iter().map(|channel| (channel.id, inviter)));
    for id in for_everybody(facts, ask.usual, &user)? {
        if !into.iter().any(|(named, _)| *named == id) {
            into.push((id, None));
        }
    }
    into.retain(|(id, _)| !inside.contains(id));
    let who = user.id;
    let user = Arc::new(user);
    let mut changes = vec![Change::Assigned { user, team }];
    changes.extend(into.into_iter().map(|(channel, inviter)| Change::Joined {
        channel,
        user: who,
        inviter,
        ts: moment.tick(),
    }));
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// Who is to come where, if it is theirs to come.
fn whom(
    facts: &Facts,
    ask: &Ask<'_>,
    watch: &mut dyn Watch,
) -> Result<(TeamId, Arc<User>), Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    admin::of_organisation(caller, watch).map_err(|no| Stop::Refused(no.into()))?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let workspace = admin::workspace(facts, caller, ask.team)?;
    must(workspace.is_some(), No::TeamNotFound, &|| {
        words::ours(caller, ask.team.map(Party::Team))
    })?;
    let Some(workspace) = workspace else {
        return Err(Stop::Refused(No::TeamNotFound));
    };
    let team = workspace.id;
    let found = find(facts, ask)?;
    must(found.is_some(), No::UserNotFound, &|| {
        words::found_there(ask.user, found.is_some())
    })?;
    let Some(user) = found else {
        return Err(Stop::Refused(No::UserNotFound));
    };
    must(user.bot.is_none(), No::Bot, &|| words::person(&user))?;
    let inside = user.is_in(team) && !user.removed;
    must(!inside, No::AlreadyIn, &|| {
        Told::new(
            "they are not in the workspace yet",
            format!("{} {} in {team}", user.id, words::is(inside)),
            format!("leave {} where they are", user.id),
        )
    })?;
    let alike = user.guest == ask.guest && !user.is_single_channel_guest();
    must(user.removed || alike, No::OtherRole, &|| {
        Told::new(
            "they come as what they are in their other workspaces, and are no single-channel guest there",
            format!(
                "{} is {} in {}, and asked for is {}",
                user.id,
                words::guest(user.guest),
                user.team,
                words::guest(ask.guest)
            ),
            match user.guest {
                None => "ask for neither kind of guest",
                Some(Guest::MultiChannel) => "ask for a multi-channel guest",
                Some(Guest::SingleChannel) => "let them be a multi-channel guest first",
            },
        )
    })?;
    Ok((team, user))
}

/// Somebody of the organisation; who is only invited has not come yet.
fn find(facts: &Facts, ask: &Ask<'_>) -> Result<Option<Arc<User>>, Missing> {
    let Some(id) = ask.user else { return Ok(None) };
    let Some(user) = facts.user(id)?.filter(|user| user.has_come()) else {
        return Ok(None);
    };
    let ours = see::same_org(facts, &ask.caller.workspace, user.team)?;
    Ok(ours.then(|| user.clone()))
}

/// The channels they come into: of the workspace, in use, and private ones only if the caller is in them. Each takes
/// them as it would if they were invited.
fn channels(
    facts: &Facts,
    ask: &Ask<'_>,
    team: TeamId,
    user: UserId,
    watch: &mut dyn Watch,
) -> Result<Vec<Arc<Channel>>, Stop<Refusal>> {
    let me = ask.caller.id();
    let no = Refusal::Channels;
    let mut channels = Vec::new();
    for id in ask.channels {
        let found = match id {
            Some(id) => facts.channel(*id)?,
            None => None,
        };
        let mut open = None;
        if let Some(one) = found.filter(|one| takes_people(one))
            && places::have(facts, one, [team])?
            && (!one.is_private_in(team) || facts.membership(one.id, me)?.is_some())
        {
            open = Some(one.clone());
        }
        demand(watch, open.is_some(), no, &|| {
            Told::new(
                "it is a channel of the workspace that is in use, public or with the caller in it",
                match id {
                    Some(id) => format!("{id} is none that {me} can bring somebody of {team} into"),
                    None => "what was given is no channel's id".to_owned(),
                },
                format!("name channels of {team} that {me} sees"),
            )
        })
        .map_err(Stop::Refused)?;
        if let Some(channel) = open {
            takes(facts, &channel, team, me, user, watch)?;
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// Whether a channel takes somebody of a workspace whom the caller brings: what is asked of whoever invites.
fn takes(
    facts: &Facts,
    channel: &Channel,
    team: TeamId,
    me: UserId,
    user: UserId,
    watch: &mut dyn Watch,
) -> Result<(), Stop<Refusal>> {
    let mut must = |holds, told: &dyn Fn() -> Told| {
        demand(watch, holds, Refusal::Channels, told).map_err(Stop::Refused)
    };
    let id = channel.id;
    let listed = channel.access_list.is_empty() || channel.access_list.contains(&me);
    must(listed, &|| words::listed(channel, me))?;
    let limited = channel
        .connection(team)
        .is_some_and(|side| side.external_limited);
    must(!limited, &|| {
        Told::new(
            "the workspace's side of the channel may invite",
            format!("{id}: external_limited of {team} is {limited}"),
            "let the host give this side full rights, or name another channel",
        )
    })?;
    let inside = facts.membership(id, user)?.is_some();
    let barred = !inside && invite::barred(facts, channel, user)?;
    must(!barred, &|| {
        Told::new(
            "no barrier stands between them and somebody in the channel",
            match barred {
                true => format!(
                    "a barrier of {} names {user} and one of those",
                    channel.team
                ),
                false => format!("no barrier of {} keeps {user} out", channel.team),
            },
            "take the barrier away, or name another channel",
        )
    })
}

fn takes_people(channel: &Channel) -> bool {
    let is_channel = matches!(channel.kind, ChannelKind::Public | ChannelKind::Private);
    is_channel && !channel.archived && !channel.migrating
}

/// Whether they can be there as they would be: guests by way of channels that take guests, until their time ends, and
/// nobody with an address that somebody else has: of the workspace or, if they come back, of the organisation.
fn fits(
    facts: &Facts,
    ask: &Ask<'_>,
    team: TeamId,
    known: &User,
    user: &User,
    channels: &[Arc<Channel>],
    watch: &mut dyn Watch,
) -> Result<(), Stop<Refusal>> {
    let no = match known.removed {
        true => Refusal::NotBack,
        false => Refusal::NotTaken,
    };
    let mut must =
        |holds, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let given = channels.len();
    let enough = match ask.guest {
        None => true,
        Some(Guest::MultiChannel) => given > 0,
        Some(Guest::SingleChannel) => given == 1,
    };
    must(enough, &|| {
        Told::new(
            "a guest comes into a channel, and a single-channel guest into one alone",
            format!("as {}, channels: {given}", words::guest(ask.guest)),
            "name a channel",
        )
    })?;
    for channel in channels.iter().filter(|_| ask.guest.is_some()) {
        let closed = channel.keeps_guests_out();
        must(!closed, &|| {
            Told::new(
                "it takes guests, if a guest comes",
                format!("{} is closed to guests: {closed}", channel.id),
                "name another channel",
            )
        })?;
    }
    let gone = user.is_gone(user.updated);
    must(!gone, &|| {
        let ends = user.expires.map(Timestamp::seconds);
        Told::new(
            "their time as a guest is not over",
            match ends {
                Some(ends) => format!("{} has expires: {ends}", user.id),
                None => format!("{} has no end", user.id),
            },
            format!("let the time of {} end later", user.id),
        )
    })?;
    let place = match known.removed {
        true => Party::of(&ask.caller.workspace),
        false => Party::Team(team),
    };
    let holder = holder(facts, place, user, false)?;
    must(holder.is_none(), &|| {
        Told::new(
            "nobody else has their address where they come",
            match holder {
                Some(other) => format!("{other} has that of {}", user.id),
                None => format!("nobody has that of {}", user.id),
            },
            format!("give {} another address", user.id),
        )
    })
}

//! An admin adds a workspace to their organisation (`admin.teams.create`). It begins with the admin alone, in the two
//! channels that every workspace begins with.

use crate::{
    act,
    admin::{self, NotAdmin},
    caller::Caller,
    change::{Change, Plan},
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Membership, Stop},
    id::{EnterpriseId, TeamId},
    message::{Message, What},
    seed::Seed,
    time::Moment,
    trail::{Blind, Told, Watch, demand},
    user::User,
    words,
    workspace::{Discoverability, Status, Workspace},
};
use std::sync::Arc;

/// The channels of a new workspace; everybody is in the first.
const CHANNELS: [&str; 2] = ["general", "random"];

/// What is to be added, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Its name; not empty.
    pub name: &'a str,
    /// Its sub-domain, in lower case.
    pub domain: &'a str,
    /// What it is for; may be empty.
    pub description: &'a str,
    /// Who may find it and join.
    pub discoverability: Discoverability,
}

/// Why it is not added, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is neither admin nor owner.
    NotAnAdmin,
    /// A workspace of the organisation has the domain.
    DomainTaken,
    /// A workspace of the organisation has the name.
    NameTaken,
}

/// Whether it depends on what is there. Else it is refused for who asks alone.
pub fn depends(ask: &Ask<'_>) -> bool {
    admin::of_organisation(ask.caller, &mut Blind).is_ok()
}

/// Facts worth loading first.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    if !depends(ask) {
        return Vec::new();
    }
    let caller = ask.caller;
    let mut needs = vec![Key::User(caller.id()), Key::ChannelsOf(caller.id())];
    needs.extend(caller.workspace.enterprise.map(Key::Siblings));
    needs
}

/// Adds it, and puts the caller into it. What is not there cannot be locked, so whoever decides this sees to it that nobody
/// else adds meanwhile.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<TeamId>, Stop<Refusal>> {
    let caller = ask.caller;
    admin::of_organisation(caller, watch).map_err(|no| {
        Stop::Refused(match no {
            NotAdmin::NotAnEnterprise => Refusal::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Refusal::NotAnAdmin,
        })
    })?;
    act::still_there(facts, caller)?;
    // Whose places change is looked at, so that nobody changes them meanwhile.
    facts.channels_of(caller.id())?;
    let (Some(org), Some(user)) = (caller.workspace.enterprise, facts.user(caller.id())?) else {
        return Err(Stop::Gone);
    };
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    // As they are now: what is known of the caller is from before the call waited.
    if !user.is_admin() {
        must(false, Refusal::NotAnAdmin, &|| words::admin(user))?;
    }
    let there = facts.siblings(org)?.iter();
    let there = there.filter(|one| one.status != Status::Deleted);
    let domain = |one: &&Workspace| one.domain.to_lowercase() == ask.domain;
    let taken = there.clone().find(domain);
    must(taken.is_none(), Refusal::DomainTaken, &|| {
        Told::new(
            "no workspace of the organisation has the domain",
            has(
                taken.map(|one| (one.id, &*one.domain)),
                org,
                "domain",
                ask.domain,
            ),
            "choose another domain",
        )
    })?;
    let name = ask.name.to_lowercase();
    let taken = there.clone().find(|one| one.name.to_lowercase() == name);
    must(taken.is_none(), Refusal::NameTaken, &|| {
        Told::new(
            "no workspace of the organisation has the name",
            has(taken.map(|one| (one.id, &*one.name)), org, "name", ask.name),
            "choose another name",
        )
    })?;

    let team = moment.team_id();
    let mut workspace = Workspace::new(team, ask.name, ask.domain);
    workspace.enterprise = Some(org);
    workspace.realm.clone_from(&caller.workspace.realm);
    workspace.plan = caller.workspace.plan;
    workspace.description = ask.description.to_owned();
    workspace.discoverability = ask.discoverability;
    workspace.created = moment.now();
    let mut seed = Seed {
        workspaces: vec![workspace],
        ..Seed::default()
    };
    for name in CHANNELS {
        begin(&mut seed, team, name, user, moment);
    }
    let mut user = User::clone(user);
    user.teams.push(team);
    user.updated = moment.now();
    Ok(Plan {
        changes: vec![
            Change::Added {
                seed: Arc::new(seed),
            },
            Change::Assigned {
                user: Arc::new(user),
                team,
            },
        ],
        outcome: team,
    })
}

/// Who of an organisation has something, in words.
fn has(found: Option<(TeamId, &str)>, org: EnterpriseId, what: &str, asked: &str) -> String {
    match found {
        Some((team, theirs)) => format!("{team} has {what}: {theirs}"),
        None => format!("none of {org} has {what}: {asked}"),
    }
}

/// A public channel with one person in it.
fn begin(seed: &mut Seed, team: TeamId, name: &str, user: &User, moment: &mut Moment) {
    let (id, kind) = (moment.channel_id('C'), ChannelKind::Public);
    let mut channel = Channel::new(id, team, kind, name, user.id, moment.now());
    channel.general = name == CHANNELS[0];
    let ts = moment.tick();
    let joined = Message {
        ts,
        user: user.id,
        what: What::Joined { inviter: None },
    };
    seed.members.push((team, id, user.id, Membership::new(ts)));
    seed.messages.push((team, id, joined));
    seed.channels.push(channel);
}

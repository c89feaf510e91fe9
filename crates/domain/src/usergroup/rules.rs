//! Who may make and change groups, and into what.
//! <https://docs.slack.dev/reference/methods/usergroups.create>

use super::{
    About, BadAbout, BadPeople, Barred, Disabled, FORBIDDEN, MAX_CHANNELS, MAX_DESCRIPTION,
    MAX_NAME, MAX_USERS, NotMade, Unchanged, Usergroup, bring::bring,
};
use crate::{
    caller::Caller,
    change::{Change, Plan},
    channel::ChannelKind,
    connect::{Party, is_stranger},
    facts::{Facts, Key, Stop},
    id::{ChannelId, UserId, UsergroupId},
    name, see,
    time::Moment,
    user::Guest,
    workspace,
};
use std::{collections::HashSet, convert::Infallible, sync::Arc};

pub(super) type Decided<R> = Result<Plan<Arc<Usergroup>>, Stop<R>>;

fn no<T, R>(refusal: R) -> Result<T, Stop<R>> {
    Err(Stop::Refused(refusal))
}

/// What is worth loading before the first attempt to say something of a group.
pub fn needs_of(caller: &Caller, about: &About) -> Vec<Key> {
    let team = caller.team();
    let mut keys = vec![Key::Usergroups(team)];
    if let Some(handle) = about
        .handle
        .as_ref()
        .filter(|text| name::check(text).is_ok())
    {
        keys.push(Key::Handle(team, handle.clone()));
        keys.push(Key::Named(Party::Team(team), handle.clone()));
    }
    let channels = about.channels.iter().flatten().flatten();
    for channel in channels.take(MAX_CHANNELS) {
        keys.push(Key::Channel(*channel));
        keys.push(Key::Member(*channel, caller.id()));
    }
    keys
}

/// What is worth loading before the first attempt to put people into a group.
pub fn needs(caller: &Caller, people: &[Result<UserId, String>]) -> Vec<Key> {
    let people = people.iter().flatten().take(MAX_USERS);
    let standings = people.map(|user| Key::Standing(*user));
    std::iter::once(Key::Usergroups(caller.team()))
        .chain(standings)
        .collect()
}

/// Whether the caller may make and change groups. A bot is a member who is no admin.
fn may_manage<R: From<Barred>>(caller: &Caller) -> Result<(), Stop<R>> {
    let home = &caller.workspace;
    if home.plan == workspace::Plan::Free {
        return no(Barred::Unpaid.into());
    }
    let who = home.who_may_manage_usergroups;
    if caller.user.guest.is_some() || !who.allows(caller.user.is_admin()) {
        return no(Barred::NotPermitted.into());
    }
    Ok(())
}

/// A group of the caller's workspace, be it disabled.
fn known<W>(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
) -> Result<Arc<Usergroup>, Stop<Unchanged<W>>> {
    let groups = facts.usergroups(caller.team())?;
    let found = id.and_then(|id| groups.get(&id));
    found.cloned().ok_or(Stop::Refused(Unchanged::NoSuchGroup))
}

/// A group without a name and with nobody in it, whose id is not drawn yet.
pub(super) fn empty(caller: &Caller, moment: &Moment) -> Usergroup {
    Usergroup {
        id: UsergroupId::from_key(0),
        team: caller.team(),
        name: String::new(),
        handle: String::new(),
        description: String::new(),
        creator: caller.id(),
        created: moment.now(),
        updater: caller.id(),
        updated: moment.now(),
        disabled: None,
        channels: Vec::new(),
        users: Vec::new(),
    }
}

/// A group is made, with nobody in it.
pub fn create(
    facts: &Facts,
    caller: &Caller,
    about: &About,
    moment: &mut Moment,
) -> Decided<NotMade> {
    may_manage(caller)?;
    let mut group = empty(caller, moment);
    let name = about.name.clone().unwrap_or_default();
    let handle = about.handle.clone();
    let about = About {
        handle: Some(handle.unwrap_or_else(|| name::repaired(&name))),
        name: Some(name),
        ..about.clone()
    };
    tell(facts, caller, &about, &mut group).map_err(|stop| stop.map(NotMade::Wrong))?;
    // Drawn last, once nothing is missing any more.
    group.id = moment.usergroup_id();
    let group = Arc::new(group);
    Ok(Plan {
        changes: vec![Change::UsergroupMade {
            group: group.clone(),
        }],
        outcome: group,
    })
}

/// Something is another about a group. Who is in it comes into channels that are new among its default ones.
pub fn update(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
    about: &About,
    moment: &mut Moment,
) -> Decided<Unchanged<BadAbout>> {
    may_manage(caller)?;
    let known = known(facts, caller, id)?;
    let mut group = Usergroup::clone(&known);
    tell(facts, caller, about, &mut group).map_err(|stop| stop.map(Unchanged::Wrong))?;
    let is_new = |channel: &&ChannelId| !known.channels.contains(channel);
    let new: Vec<_> = group.channels.iter().filter(is_new).copied().collect();
    let users = group.users.clone();
    edited(facts, caller, &known, group, (&users, &new), moment)
}

/// A group is in use, or is not. Who is in it stays; once it is in use again, they come into its default channels.
pub fn set_enabled(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
    enabled: bool,
    moment: &mut Moment,
) -> Decided<Unchanged<Infallible>> {
    may_manage(caller)?;
    let known = known(facts, caller, id)?;
    if enabled == known.disabled.is_none() {
        return Ok(Plan::nothing(known));
    }
    let by = Disabled {
        at: moment.now(),
        by: caller.id(),
    };
    let group = Usergroup {
        disabled: (!enabled).then_some(by),
        ..Usergroup::clone(&known)
    };
    let (users, channels) = (known.users.clone(), known.channels.clone());
    edited(facts, caller, &known, group, (&users, &channels), moment)
}

/// Other people are in a group, all of whom are named. Who is new comes into its default channels; who is gone
/// stays there.
pub fn set_users(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
    people: &[Result<UserId, String>],
    moment: &mut Moment,
) -> Decided<Unchanged<BadPeople>> {
    may_manage(caller)?;
    let known = known(facts, caller, id)?;
    let users = members(facts, caller, people).map_err(|stop| stop.map(Unchanged::Wrong))?;
    let before: HashSet<_> = known.users.iter().collect();
    let new: Vec<_> = (users.iter().filter(|user| !before.contains(user)))
        .copied()
        .collect();
    let group = Usergroup {
        users,
        ..Usergroup::clone(&known)
    };
    let channels = known.channels.clone();
    edited(facts, caller, &known, group, (&new, &channels), moment)
}

/// People who may be in a group of the caller's workspace.
fn members(
    facts: &Facts,
    caller: &Caller,
    people: &[Result<UserId, String>],
) -> Result<Vec<UserId>, Stop<BadPeople>> {
    if people.is_empty() {
        return no(BadPeople::NobodyNamed);
    }
    if people.len() > MAX_USERS {
        return no(BadPeople::TooMany);
    }
    let one = |person| member(facts, caller, person);
    people.iter().map(one).collect()
}

fn member(
    facts: &Facts,
    caller: &Caller,
    person: &Result<UserId, String>,
) -> Result<UserId, Stop<BadPeople>> {
    let Ok(id) = person else {
        return no(BadPeople::Invalid);
    };
    let Some(user) = facts.standing(*id)? else {
        return no(BadPeople::Invalid);
    };
    if !user.all_teams().any(|team| team == caller.team()) {
        for team in user.all_teams() {
            if !is_stranger(facts, &caller.workspace, team)? {
                return no(BadPeople::Elsewhere);
            }
        }
        return no(BadPeople::Invalid);
    }
    match user.guest {
        Some(Guest::SingleChannel) => no(BadPeople::SingleChannelGuest),
        None if !user.removed && !user.bot => Ok(*id),
        _ => no(BadPeople::Invalid),
    }
}

/// What becomes of a group that is another now, and brings some of its people into some of its channels.
pub(super) fn edited<R>(
    facts: &Facts,
    caller: &Caller,
    known: &Arc<Usergroup>,
    mut group: Usergroup,
    (people, channels): (&[UserId], &[ChannelId]),
    moment: &mut Moment,
) -> Decided<R> {
    if group == **known {
        return Ok(Plan::nothing(known.clone()));
    }
    group.updater = caller.id();
    group.updated = moment.now();
    let beyond = |these: &[UserId], those: &[UserId]| -> Vec<UserId> {
        let those: HashSet<_> = those.iter().collect();
        let rest = these.iter().filter(|user| !those.contains(user));
        rest.copied().collect()
    };
    let joins = match group.disabled {
        // Whoever is in it meanwhile comes when it is in use again.
        Some(_) => Vec::new(),
        None => bring(facts, caller, people, channels, moment)?,
    };
    let group = Arc::new(group);
    let mut changes = vec![Change::UsergroupEdited {
        added: beyond(&group.users, &known.users),
        removed: beyond(&known.users, &group.users),
        before: known.updated,
        group: group.clone(),
    }];
    changes.extend(joins);
    Ok(Plan {
        changes,
        outcome: group,
    })
}

/// Tells a group what is said of it, as far as that can be.
pub(super) fn tell(
    facts: &Facts,
    caller: &Caller,
    about: &About,
    group: &mut Usergroup,
) -> Result<(), Stop<BadAbout>> {
    use BadAbout as No;
    let team = caller.team();
    if let Some(name) = &about.name {
        let name = name.trim();
        if name.is_empty() {
            return no(No::NameMissing);
        }
        if name.chars().count() > MAX_NAME {
            return no(No::NameTooLong);
        }
        group.name = name.to_owned();
    }
    if let Some(description) = &about.description {
        if description.chars().count() > MAX_DESCRIPTION {
            return no(No::DescriptionTooLong);
        }
        group.description.clone_from(description);
    }
    let new_handle = about.handle.as_ref().filter(|new| **new != group.handle);
    if let Some(handle) = new_handle {
        if name::check(handle).is_err() {
            return no(No::BadHandle);
        }
        if FORBIDDEN.contains(&handle.as_str()) {
            return no(No::ForbiddenHandle);
        }
        group.handle.clone_from(handle);
    }
    let name = group.name.to_lowercase();
    for other in facts.usergroups(team)?.values() {
        if other.id == group.id {
            continue;
        }
        if other.name.to_lowercase() == name {
            return no(No::NameTaken);
        }
        if other.handle == group.handle {
            return no(No::HandleTaken);
        }
    }
    if new_handle.is_some()
        && (facts.handle(team, &group.handle)?.is_some()
            || !facts.named(Party::Team(team), &group.handle)?.is_empty())
    {
        return no(No::HandleTaken);
    }
    if let Some(channels) = &about.channels {
        if channels.len() > MAX_CHANNELS {
            return no(No::TooManyChannels);
        }
        let mut ids = Vec::with_capacity(channels.len());
        for channel in channels {
            ids.push(default_channel(facts, caller, channel, &group.channels)?);
        }
        group.channels = ids;
    }
    Ok(())
}

/// A channel into which a group's people can be brought: one that the caller sees, or that is a default channel of
/// the group already.
fn default_channel(
    facts: &Facts,
    caller: &Caller,
    given: &Result<ChannelId, String>,
    already: &[ChannelId],
) -> Result<ChannelId, Stop<BadAbout>> {
    let (id, of_old) = match given {
        Ok(id) => (Some(*id), id.letter() == 'G'),
        Err(text) => (None, text.starts_with('G')),
    };
    if let Some(id) = id.filter(|id| already.contains(id)) {
        return Ok(id);
    }
    let seen = see::channel(facts, caller, id)?;
    let takes = seen.filter(|seen| {
        let kind = seen.channel.kind;
        matches!(kind, ChannelKind::Public | ChannelKind::Private) && !seen.channel.archived
    });
    match takes {
        Some(seen) => Ok(seen.channel.id),
        None if of_old => no(BadAbout::InvalidGroup),
        None => no(BadAbout::InvalidChannel),
    }
}

//! An identity provider says which groups there are, and who is in them (SCIM).
//! <https://docs.slack.dev/reference/scim-api/>
//!
//! The workspace's setting of who may manage user groups does not count here: an identity provider is an admin's.

use super::{
    About, BadAbout, Disabled, MAX_MEMBERS, Usergroup,
    rules::{Decided, edited, empty, tell},
};
use crate::{
    caller::Caller,
    change::{Change, Plan},
    facts::{Facts, Key, Stop},
    id::{UserId, UsergroupId},
    name,
    time::Moment,
};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

/// Of so many handles one is free, or none is looked for any more.
const HANDLES: usize = 50;

/// Who is named as a member: an id, or the text that is none.
pub type Named = Result<UserId, String>;

/// Something that is to be another about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Its name.
    Name(String),
    /// Who is in it, all of whom are named.
    Set(Vec<Named>),
    /// Who comes into it.
    Add(Vec<Named>),
    /// Who goes out of it. Whoever is not in it stays out.
    Remove(Vec<Named>),
}

/// Why a group is not made, or stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever asks is no admin, not any more.
    NotAdmin,
    /// The workspace has no such group.
    NoSuchGroup,
    /// It cannot be called so.
    Wrong(BadAbout),
    /// There is nobody of this id in the workspace.
    UnknownUser(String),
    /// Who is removed, a guest or a bot is in no group.
    NoMember(UserId),
    /// More people than [`MAX_MEMBERS`].
    TooMany,
}

fn no<T>(refusal: Refusal) -> Result<T, Stop<Refusal>> {
    Err(Stop::Refused(refusal))
}

/// What is worth loading before the first attempt: the groups, and whoever is to come into one.
pub fn needs(caller: &Caller, edits: &[Edit]) -> Vec<Key> {
    let mut keys = vec![Key::Usergroups(caller.team()), Key::User(caller.id())];
    for edit in edits {
        if let Edit::Set(people) | Edit::Add(people) = edit {
            let people = people.iter().flatten().take(MAX_MEMBERS);
            keys.extend(people.map(|user| Key::Standing(*user)));
        }
    }
    keys
}

fn admin(facts: &Facts, caller: &Caller) -> Result<(), Stop<Refusal>> {
    match facts.user(caller.id())? {
        Some(user) if user.is_admin() && !user.removed && user.is_in(caller.team()) => Ok(()),
        _ => no(Refusal::NotAdmin),
    }
}

fn known(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
) -> Result<Arc<Usergroup>, Stop<Refusal>> {
    admin(facts, caller)?;
    let groups = facts.usergroups(caller.team())?;
    let found = id.and_then(|id| groups.get(&id));
    found.cloned().ok_or(Stop::Refused(Refusal::NoSuchGroup))
}

/// A group is made, with the people in it whom edits of nobody bring there. Its handle is made of its name: with a number behind it where that is taken.
pub fn create(
    facts: &Facts,
    caller: &Caller,
    name: &str,
    edits: &[Edit],
    moment: &mut Moment,
) -> Decided<Refusal> {
    admin(facts, caller)?;
    let mut group = empty(caller, moment);
    let wanted = match name::repaired(name) {
        // Nothing of it can be in a handle.
        text if name::check(&text).is_err() => "group-1".to_owned(),
        text => text,
    };
    let mut told = Ok(());
    for number in 1..=HANDLES {
        let about = About {
            name: Some(name.to_owned()),
            handle: Some(name::numbered(&wanted, number)),
            ..About::default()
        };
        told = tell(facts, caller, &about, &mut group);
        let Err(Stop::Refused(BadAbout::HandleTaken | BadAbout::ForbiddenHandle)) = &told else {
            break;
        };
    }
    told.map_err(|stop| stop.map(Refusal::Wrong))?;
    let users = members(facts, caller, &group, edits)?;
    // Drawn last, once nothing is missing any more.
    group.id = moment.usergroup_id();
    let made = Arc::new(group);
    let mut changes = vec![Change::UsergroupMade {
        group: made.clone(),
    }];
    let full = Usergroup {
        users: users.clone(),
        ..Usergroup::clone(&made)
    };
    let filled = edited(facts, caller, &made, full, (&users, &[]), moment)?;
    changes.extend(filled.changes);
    Ok(Plan {
        changes,
        outcome: filled.outcome,
    })
}

/// A group is called otherwise, or others are in it. Who is new comes into its default channels.
pub fn change(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
    edits: &[Edit],
    moment: &mut Moment,
) -> Decided<Refusal> {
    let known = known(facts, caller, id)?;
    let mut group = Usergroup::clone(&known);
    let name = edits.iter().rev().find_map(|edit| match edit {
        Edit::Name(name) => Some(name.clone()),
        _ => None,
    });
    let about = About {
        name,
        ..About::default()
    };
    tell(facts, caller, &about, &mut group).map_err(|stop| stop.map(Refusal::Wrong))?;
    group.users = members(facts, caller, &known, edits)?;
    let before: HashSet<_> = known.users.iter().collect();
    let new = group.users.iter().filter(|user| !before.contains(user));
    let new: Vec<_> = new.copied().collect();
    let channels = known.channels.clone();
    edited(facts, caller, &known, group, (&new, &channels), moment)
}

/// Who is in a group after all edits, one after the other. Who was in it is not looked at again.
fn members(
    facts: &Facts,
    caller: &Caller,
    group: &Usergroup,
    edits: &[Edit],
) -> Result<Vec<UserId>, Stop<Refusal>> {
    let mut users = group.users.clone();
    let was: BTreeSet<_> = users.iter().copied().collect();
    let mut is_in = was.clone();
    let come = |people: &[Named], users: &mut Vec<UserId>, is_in: &mut BTreeSet<UserId>| {
        for person in people {
            let id = match person {
                Ok(id) if was.contains(id) => *id,
                person => member(facts, caller, person)?,
            };
            if is_in.insert(id) {
                users.push(id);
            }
            if users.len() > MAX_MEMBERS {
                return no(Refusal::TooMany);
            }
        }
        Ok(())
    };
    for edit in edits {
        match edit {
            Edit::Name(_) => {}
            Edit::Add(people) => come(people, &mut users, &mut is_in)?,
            Edit::Set(people) => {
                users.clear();
                is_in.clear();
                come(people, &mut users, &mut is_in)?;
            }
            Edit::Remove(people) => {
                let gone: BTreeSet<_> = people.iter().flatten().copied().collect();
                users.retain(|user| !gone.contains(user));
                is_in.retain(|user| !gone.contains(user));
            }
        }
    }
    // Who is in it counts, not in which order they were named.
    match is_in == was {
        true => Ok(group.users.clone()),
        false => Ok(users),
    }
}

fn member(facts: &Facts, caller: &Caller, person: &Named) -> Result<UserId, Stop<Refusal>> {
    let id = match person {
        Ok(id) => *id,
        Err(text) => return no(Refusal::UnknownUser(text.clone())),
    };
    match facts.standing(id)? {
        Some(user) if !user.all_teams().any(|team| team == caller.team()) => {
            no(Refusal::UnknownUser(id.to_string()))
        }
        Some(user) if user.removed || user.bot || user.guest.is_some() => no(Refusal::NoMember(id)),
        Some(_) => Ok(id),
        None => no(Refusal::UnknownUser(id.to_string())),
    }
}

/// A group is gone for good. Apps that follow groups are told that it is disabled and that nobody is in it.
pub fn erase(
    facts: &Facts,
    caller: &Caller,
    id: Option<UsergroupId>,
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<Refusal>> {
    let known = known(facts, caller, id)?;
    let last = Usergroup {
        disabled: known.disabled.or(Some(Disabled {
            at: moment.now(),
            by: caller.id(),
        })),
        users: Vec::new(),
        ..Usergroup::clone(&known)
    };
    let mut changes = edited(facts, caller, &known, last, (&[], &[]), moment)?.changes;
    changes.push(Change::UsergroupErased {
        team: known.team,
        group: known.id,
    });
    Ok(Plan {
        changes,
        outcome: (),
    })
}

#[cfg(test)]
mod tests;

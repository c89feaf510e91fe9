//! What is known of user groups.

use super::{Facts, Key, Map, Missing};
use crate::{
    id::{TeamId, UsergroupId},
    usergroup::Usergroup,
};
use std::{collections::BTreeMap, sync::Arc};

/// The groups of a workspace.
pub type Usergroups = BTreeMap<UsergroupId, Arc<Usergroup>>;

static NONE: Usergroups = BTreeMap::new();

#[derive(Debug, Default)]
pub(super) struct Known {
    groups: Map<TeamId, Usergroups>,
    /// How many are in all of these together.
    people: usize,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Usergroups(team) => self.groups.contains_key(team),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        let groups = self.groups.values().map(|groups| 1 + groups.len());
        groups.sum()
    }

    /// About how many bytes lists of people take.
    pub(super) fn weight(&self) -> usize {
        8 * self.people
    }
}

impl Facts {
    /// The groups of a workspace, disabled ones too.
    pub fn usergroups(&self, team: TeamId) -> Result<&Usergroups, Missing> {
        match self.usergroups.groups.get(&team) {
            Some(known) => Ok(known),
            None if self.complete => Ok(&NONE),
            None => Err(Missing(Key::Usergroups(team))),
        }
    }

    /// Loads the groups of a workspace.
    pub fn put_usergroups(&mut self, team: TeamId, groups: Usergroups) {
        let people =
            |groups: &Usergroups| groups.values().map(|one| one.users.len()).sum::<usize>();
        let known = &mut self.usergroups;
        known.people += people(&groups);
        let before = known.groups.insert(team, groups);
        known.people -= before.as_ref().map_or(0, people);
    }

    /// Makes the facts show a group as it is now. Whoever changed it has looked at the others.
    pub(super) fn apply_usergroup(&mut self, group: &Arc<Usergroup>) {
        if let Some(groups) = self.usergroups.groups.get_mut(&group.team) {
            let before = groups.insert(group.id, group.clone());
            self.usergroups.people += group.users.len();
            self.usergroups.people -= before.map_or(0, |one| one.users.len());
        }
    }

    /// Makes the facts show that a group is gone.
    pub(super) fn erase_usergroup(&mut self, team: TeamId, group: UsergroupId) {
        if let Some(groups) = self.usergroups.groups.get_mut(&team) {
            let before = groups.remove(&group);
            self.usergroups.people -= before.map_or(0, |one| one.users.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{change::Change, time::Timestamp};

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_is_in_groups_has_weight() {
        let group = |text: &str, users: usize| {
            Arc::new(Usergroup {
                id: id(text),
                team: id("T0A"),
                name: text.to_owned(),
                handle: text.to_lowercase(),
                description: String::new(),
                creator: id("U0ADA"),
                created: Timestamp(1),
                updater: id("U0ADA"),
                updated: Timestamp(1),
                disabled: None,
                channels: Vec::new(),
                users: (0..users).map(|n| id(&format!("U0N{n}"))).collect(),
            })
        };
        let groups = |sizes: [usize; 2]| -> Usergroups {
            let groups = ["S0ONE", "S0TWO"].into_iter().zip(sizes);
            let groups = groups.map(|(text, users)| group(text, users));
            groups.map(|group| (group.id, group)).collect()
        };
        let mut facts = Facts::default();
        let edited = |group| Change::UsergroupEdited {
            group,
            added: Vec::new(),
            removed: Vec::new(),
            before: Timestamp(1),
        };
        // What is not known of a workspace weighs nothing.
        facts.apply(&edited(group("S0ONE", 9)));
        assert_eq!(facts.weight(), 0);
        facts.put_usergroups(id("T0A"), groups([5, 7]));
        facts.put_usergroups(id("T0A"), groups([3, 4]));
        assert_eq!(facts.usergroups.weight(), 8 * 7);
        facts.apply(&edited(group("S0TWO", 1)));
        facts.apply(&Change::UsergroupMade {
            group: group("S0NEW", 2),
        });
        assert_eq!(facts.usergroups.weight(), 8 * 6);
        let erased = |team, group| Change::UsergroupErased {
            team: id(team),
            group: id(group),
        };
        facts.apply(&erased("T0A", "S0ONE"));
        facts.apply(&erased("T0A", "S0NONE"));
        facts.apply(&erased("T0B", "S0NEW"));
        assert_eq!(facts.usergroups.weight(), 8 * 3);
    }
}

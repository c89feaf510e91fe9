//! What is known of user groups, and of the names that their handles may not have.

use super::{Facts, Key, Map, Missing};
use crate::{
    id::{TeamId, UserId, UsergroupId},
    user::User,
    usergroup::Usergroup,
};
use std::{collections::BTreeMap, sync::Arc};

/// The groups of a workspace.
pub type Usergroups = BTreeMap<UsergroupId, Arc<Usergroup>>;

static NONE: Usergroups = BTreeMap::new();

#[derive(Debug, Default)]
pub(super) struct Known {
    groups: Map<TeamId, Usergroups>,
    names: Map<(TeamId, String), Option<UserId>>,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Usergroups(team) => self.groups.contains_key(team),
            Key::Named(team, name) => self.names.contains_key(&(*team, name.clone())),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        let groups = self.groups.values().map(|groups| 1 + groups.len());
        groups.sum::<usize>() + self.names.len()
    }

    /// About how many bytes lists of people take.
    pub(super) fn weight(&self) -> usize {
        let groups = self.groups.values().flat_map(BTreeMap::values);
        groups.map(|group| 8 * group.users.len()).sum()
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

    /// Who of a workspace has a name, removed people among them.
    pub fn named(&self, team: TeamId, name: &str) -> Result<Option<UserId>, Missing> {
        match self.usergroups.names.get(&(team, name.to_owned())) {
            Some(known) => Ok(*known),
            None if self.complete => Ok(self.is_named(team, name)),
            None => Err(Missing(Key::Named(team, name.to_owned()))),
        }
    }

    fn is_named(&self, team: TeamId, name: &str) -> Option<UserId> {
        let mut users = self.users.values().flatten();
        let found = users.find(|user| user.is_in(team) && user.name == name);
        found.map(|user| user.id)
    }

    /// Loads the groups of a workspace.
    pub fn put_usergroups(&mut self, team: TeamId, groups: Usergroups) {
        self.usergroups.groups.insert(team, groups);
    }

    /// Loads who of a workspace has a name, where older facts say that it is this one.
    pub fn put_named(&mut self, team: TeamId, name: &str, older: Option<UserId>) {
        let still = |id: &UserId| match self.users.get(id) {
            Some(Some(user)) => user.name == name,
            _ => true,
        };
        let named = older.filter(still).or_else(|| self.is_named(team, name));
        let key = (team, name.to_owned());
        self.usergroups.names.insert(key, named);
    }

    /// Makes the facts show a group as it is now. Whoever changed it has looked at the others.
    pub(super) fn apply_usergroup(&mut self, group: &Arc<Usergroup>) {
        if let Some(groups) = self.usergroups.groups.get_mut(&group.team) {
            groups.insert(group.id, group.clone());
        }
    }

    /// Makes the facts show what somebody is called now.
    pub(super) fn apply_name(&mut self, user: &User) {
        for ((team, name), known) in &mut self.usergroups.names {
            if user.is_in(*team) && user.name == *name {
                *known = Some(user.id);
            } else if *known == Some(user.id) {
                *known = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::Change,
        facts::{Membership, Stop},
        id::ChannelId,
        time::Timestamp,
    };

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn called(user: &str, name: &str) -> Change {
        Change::UserEdited {
            user: Arc::new(User::new(id(user), id("T0A"), name)),
        }
    }

    #[test]
    fn names_follow_those_who_have_them() {
        let team: TeamId = id("T0A");
        let mut facts = Facts::default();
        assert!(facts.named(team, "ben").is_err());
        // Older facts know nothing of who was renamed since, and of who was not.
        facts.apply(&called("U0BEN", "benno"));
        facts.put_named(team, "ben", Some(id("U0BEN")));
        facts.put_named(team, "benno", None);
        facts.put_named(team, "ada", Some(id("U0ADA")));
        let named = |facts: &Facts, name| facts.named(team, name).unwrap();
        assert_eq!(named(&facts, "ben"), None);
        assert_eq!(named(&facts, "benno"), Some(id("U0BEN")));
        assert_eq!(named(&facts, "ada"), Some(id("U0ADA")));
        facts.apply(&called("U0BEN", "ben"));
        assert_eq!(named(&facts, "ben"), Some(id("U0BEN")));
        assert_eq!(named(&facts, "benno"), None);
    }

    #[test]
    fn a_roster_keeps_what_is_newer() {
        let channel: ChannelId = id("C0A");
        let place = |since| Membership {
            since: Timestamp(since),
            closed: false,
        };
        let mut facts = Facts::default();
        assert_eq!(
            facts.roster(channel).map_err(Stop::<()>::from),
            Err(Stop::Missing(Key::Roster(channel)))
        );
        facts.put_membership(channel, id("U0NEW"), Some(place(5)));
        facts.put_membership(channel, id("U0LEFT"), None);
        let older = ["U0OLD", "U0LEFT"].map(|user| (id(user), place(1)));
        facts.put_everybody(channel, older);
        assert_eq!(facts.roster(channel), Ok(()));
        let is_in = |user: &str| facts.membership(channel, id(user)).unwrap().is_some();
        for (user, expected) in [
            ("U0NEW", true),
            ("U0OLD", true),
            ("U0LEFT", false),
            ("U0NOBODY", false),
        ] {
            assert_eq!(is_in(user), expected, "{user}");
        }
        assert_eq!(facts.known_members(channel).count(), 2);
    }
}

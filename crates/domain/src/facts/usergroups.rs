//! What is known of user groups, and of the names that their handles may not have.

use super::{Facts, Key, Map, Missing};
use crate::{
    connect::Party,
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
    /// How many are in all of these together.
    people: usize,
    names: Map<(Party, String), Vec<UserId>>,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Usergroups(team) => self.groups.contains_key(team),
            Key::Named(place, name) => self.names.contains_key(&(*place, name.clone())),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        let groups = self.groups.values().map(|groups| 1 + groups.len());
        groups.sum::<usize>() + self.names.len()
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

    /// Who of an organisation or a workspace has a name, removed people among them.
    pub fn named(&self, place: Party, name: &str) -> Result<Vec<UserId>, Missing> {
        let has = |user: &User| user.name == name;
        let of = (place, name.to_owned());
        match self.usergroups.names.get(&of) {
            Some(known) => self.having(place, has, known),
            None if self.complete => self.having(place, has, &[]),
            None => Err(Missing(Key::Named(of.0, of.1))),
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

    /// Loads who of an organisation or a workspace has a name, where older facts say that it is they.
    pub fn put_named(&mut self, place: Party, name: &str, older: Vec<UserId>) {
        let of = (place, name.to_owned());
        self.usergroups.names.insert(of, older);
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
    use crate::{
        change::Change,
        facts::{Membership, Stop},
        id::ChannelId,
        scim,
        time::Timestamp,
        workspace::Workspace,
    };

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn called(user: &str, name: &str) -> Change {
        Change::UserEdited {
            user: Arc::new(User::new(id(user), id("T0A"), name)),
            before: None,
        }
    }

    #[test]
    fn names_follow_those_who_have_them() {
        let team = Party::Team(id("T0A"));
        let mut facts = Facts::default();
        assert!(facts.named(team, "ben").is_err());
        // Older facts know nothing of who was renamed since, and of who was not.
        facts.apply(&called("U0BEN", "benno"));
        facts.put_named(team, "ben", vec![id("U0BEN")]);
        facts.put_named(team, "benno", Vec::new());
        facts.put_named(team, "ada", vec![id("U0ADA")]);
        let named = |facts: &Facts, name| -> Vec<_> {
            let named = facts.named(team, name).unwrap();
            named.iter().map(ToString::to_string).collect()
        };
        assert!(named(&facts, "ben").is_empty());
        assert_eq!(named(&facts, "benno"), ["U0BEN"]);
        assert_eq!(named(&facts, "ada"), ["U0ADA"]);
        facts.apply(&called("U0BEN", "ben"));
        assert_eq!(named(&facts, "ben"), ["U0BEN"]);
        assert!(named(&facts, "benno").is_empty());

        // Of two who have a name each may be called something else, or leave.
        facts.apply(&called("U0ADA", "ben"));
        facts.apply(&called("U0BEN", "benno"));
        assert_eq!(named(&facts, "ben"), ["U0ADA"]);
        let elsewhere = User::new(id("U0ADA"), id("T0B"), "ben");
        facts.apply(&Change::UserEdited {
            user: Arc::new(elsewhere),
            before: None,
        });
        assert!(named(&facts, "ben").is_empty());
        facts.put_named(team, "ben", vec![id("U0ADA"), id("U0EVE"), id("U0DAN")]);
        assert_eq!(named(&facts, "ben"), ["U0DAN", "U0EVE"]);
    }

    #[test]
    fn of_an_organisation_are_the_people_of_all_of_its_workspaces() {
        let (org, mut facts) = (Party::Org(id("E0ORG")), Facts::default());
        facts.put_named(org, "ben", vec![id("U0BEN")]);
        assert_eq!(facts.named(org, "ben"), Ok(vec![id("U0BEN")]));
        facts.apply(&called("U0EVE", "ben"));
        let missing = Missing(Key::Workspace(id("T0A")));
        assert_eq!(facts.named(org, "ben"), Err(missing));
        for (of, found) in [
            (None, vec![id("U0BEN")]),
            (Some(id("E0ORG")), vec![id("U0BEN"), id("U0EVE")]),
            (Some(id("E0OTHER")), vec![id("U0BEN")]),
        ] {
            let mut workspace = Workspace::new(id("T0A"), "A", "a");
            workspace.enterprise = of;
            facts.put_workspace(id("T0A"), Some(Arc::new(workspace)));
            assert_eq!(facts.named(org, "ben"), Ok(found));
        }
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

    #[test]
    fn what_identity_providers_say_has_weight() {
        let saying = |text: &str| {
            let mut user = User::new(id("U0BEN"), id("T0A"), "ben");
            let said = [(scim::GIVEN_NAME.to_owned(), text.to_owned())];
            user.scim = said
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .collect();
            Arc::new(user)
        };
        let mut facts = Facts::default();
        facts.put_user(id("U0BEN"), Some(saying("")));
        let bare = facts.weight();
        facts.put_user(id("U0BEN"), Some(saying(&"b".repeat(200))));
        let more = facts.attributes;
        assert!((200..300).contains(&more), "{more}");
        assert_eq!(facts.weight(), bare + more);
        facts.apply(&Change::UserEdited {
            user: saying(&"b".repeat(150)),
            before: None,
        });
        assert_eq!(facts.attributes, more - 50);
        facts.put_user(id("U0BEN"), Some(saying("")));
        assert_eq!(facts.attributes, 0);
        facts.put_user(id("U0BEN"), Some(saying("b")));
        facts.put_user(id("U0BEN"), None);
        assert_eq!(facts.attributes, 0);
    }

    #[test]
    fn a_roster_keeps_what_is_newer() {
        let channel: ChannelId = id("C0A");
        let place = |since| Membership::new(Timestamp(since));
        let mut facts = Facts::default();
        assert_eq!(
            facts.roster(channel).map_err(Stop::<()>::from),
            Err(Stop::Missing(vec![Key::Roster(channel)]))
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

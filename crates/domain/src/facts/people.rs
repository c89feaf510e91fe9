//! What is known of who has an address, or a name.

use super::{Facts, Key, Map, Missing};
use crate::{connect::Party, id::UserId, user::User};
use std::{collections::BTreeSet, sync::Arc};

/// See [`Facts`].
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By realm and address.
    addresses: Map<(String, String), Vec<UserId>>,
    /// By organisation or workspace, and address.
    holders: Map<(Party, String), Vec<UserId>>,
    /// By organisation or workspace, and name.
    names: Map<(Party, String), Vec<UserId>>,
    /// People who are new or others since facts were loaded.
    changed: BTreeSet<UserId>,
}

impl Known {
    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Address(realm, address) => {
                let of = (realm.clone(), address.clone());
                self.addresses.contains_key(&of)
            }
            Key::Holders(place, address) => self.holders.contains_key(&(*place, address.clone())),
            Key::Named(place, name) => self.names.contains_key(&(*place, name.clone())),
            _ => false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.addresses.len() + self.holders.len() + self.names.len() + self.changed.len()
    }
}

impl Facts {
    /// Who reads mail at an address, in all workspaces of a realm; removed people do not.
    pub fn people_at(&self, realm: &str, address: &str) -> Result<Vec<UserId>, Missing> {
        let of = (realm.to_owned(), address.to_owned());
        if let Some(known) = self.people.addresses.get(&of) {
            return Ok(known.clone());
        }
        if !self.complete {
            return Err(Missing(Key::Address(of.0, of.1)));
        }
        Ok(self.readers(realm, address, &[]))
    }

    /// Who of an organisation or a workspace has an address, removed people among them.
    pub fn holders(&self, place: Party, address: &str) -> Result<Vec<UserId>, Missing> {
        let has = |user: &User| user.email.as_deref() == Some(address);
        let of = (place, address.to_owned());
        match self.people.holders.get(&of) {
            Some(known) => self.having(place, has, known),
            None if self.complete => self.having(place, has, &[]),
            None => Err(Missing(Key::Holders(of.0, of.1))),
        }
    }

    /// Loads who of an organisation or a workspace has an address, where older facts say that it is they.
    pub fn put_holders(&mut self, place: Party, address: &str, older: Vec<UserId>) {
        let of = (place, address.to_owned());
        self.people.holders.insert(of, older);
    }

    /// Who of an organisation or a workspace has a name, removed people among them.
    pub fn named(&self, place: Party, name: &str) -> Result<Vec<UserId>, Missing> {
        let has = |user: &User| user.name == name;
        let of = (place, name.to_owned());
        match self.people.names.get(&of) {
            Some(known) => self.having(place, has, known),
            None if self.complete => self.having(place, has, &[]),
            None => Err(Missing(Key::Named(of.0, of.1))),
        }
    }

    /// Loads who of an organisation or a workspace has a name, where older facts say that it is they.
    pub fn put_named(&mut self, place: Party, name: &str, older: Vec<UserId>) {
        let of = (place, name.to_owned());
        self.people.names.insert(of, older);
    }

    /// Those of an organisation or a workspace who have something: who had it before, and whoever has changed since
    /// and has it now.
    pub(super) fn having(
        &self,
        place: Party,
        has: impl Fn(&User) -> bool,
        older: &[UserId],
    ) -> Result<Vec<UserId>, Missing> {
        let changed = self.people.changed.iter();
        let changed = changed.filter_map(|id| self.users.get(id)?.as_ref());
        let all = self.users.values().flatten().filter(|_| self.complete);
        let mut people = Vec::new();
        for user in changed.chain(all).filter(|user| has(user)) {
            if self.is_of(user, place)? {
                people.push(user.id);
            }
        }
        for id in older {
            match self.users.get(id) {
                Some(Some(user)) if has(user) && self.is_of(user, place)? => people.push(*id),
                Some(_) => {}
                None => people.push(*id),
            }
        }
        people.sort();
        people.dedup();
        Ok(people)
    }

    /// Whether somebody is of an organisation, or of a workspace. Nobody's workspaces are of several organisations.
    fn is_of(&self, user: &User, place: Party) -> Result<bool, Missing> {
        match place {
            Party::Team(team) => Ok(user.is_in(team)),
            Party::Org(_) => place.is(self, user.team),
        }
    }

    /// Loads who of a realm reads mail at an address, where older facts say that it is they.
    pub fn put_address(&mut self, realm: &str, address: &str, older: Vec<UserId>) {
        let people = self.readers(realm, address, &older);
        let of = (realm.to_owned(), address.to_owned());
        self.people.addresses.insert(of, people);
    }

    /// Those who read mail at an address: who did before, and whoever has changed since and does so now.
    fn readers(&self, realm: &str, address: &str, older: &[UserId]) -> Vec<UserId> {
        let reads = |user: &User| user.email.as_deref() == Some(address) && !user.removed;
        let still = older.iter().copied().filter(|id| match self.users.get(id) {
            Some(known) => known.as_ref().is_some_and(|user| reads(user)),
            None => true,
        });
        let of_realm = |team| match self.workspaces.get(&team) {
            Some(Some(home)) => home.realm == realm,
            _ => self.complete && realm.is_empty(),
        };
        let fits = |user: &Arc<User>| reads(user) && of_realm(user.team);
        let changed = self.people.changed.iter();
        let changed = changed.filter_map(|id| self.users.get(id)?.as_ref());
        let all = self.users.values().flatten().filter(|_| self.complete);
        let new = changed.chain(all).filter(|user| fits(user));
        let mut people: Vec<_> = still.chain(new.map(|user| user.id)).collect();
        people.sort();
        people.dedup();
        people
    }

    /// Shows in who reads mail where that somebody is new, or another.
    pub(super) fn shift_addresses(&mut self, user: &User) {
        self.people.changed.insert(user.id);
        let touched = |((_, address), people): (&(String, String), &Vec<UserId>)| {
            user.email.as_ref() == Some(address) || people.contains(&user.id)
        };
        let touched: Vec<_> = self
            .people
            .addresses
            .iter()
            .filter(|entry| touched(*entry))
            .map(|(of, people)| (of.clone(), people.clone()))
            .collect();
        for ((realm, address), older) in touched {
            self.put_address(&realm, &address, older);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{change::Change, scim, workspace::Workspace};

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
}

//! From what was given to ids.

use super::{
    ask::{Pages, answer, ask, scopes},
    report::{Outcome, Person, grouped},
    wanted::Wanted,
};
use crate::{
    connector::{outcome::refusal_said, target::Target},
    output::{is_unseen, note},
};
use anyhow::Result;
use guestlist_client::{Arguments, Failure, objects::User};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};
use unicode_normalization::UnicodeNormalization;

/// More than so many are not looked up one by one: the whole list is read once.
const FEW: usize = 50;
const PAGE: u32 = 1000;
/// The scope by which answers have addresses.
const SEES_ADDRESSES: &str = "users:read.email";
/// How often it is told how far reading the list is.
const TELLING: Duration = Duration::from_secs(2);

/// Everybody, as far as it was asked.
#[derive(Default)]
pub(super) struct Known {
    users: HashMap<String, User>,
    /// The token's, as far as that was told.
    scopes: Option<String>,
    /// All users were read.
    all: bool,
}

/// Everybody who is wanted, one for one, before anybody was looked up.
pub(super) fn untried(wanted: &[Wanted]) -> Vec<Person> {
    let person = |one: &Wanted| match one {
        Wanted::Id(id) => by_id(id.clone(), id),
        other => Person {
            given: other.text().to_owned(),
            id: None,
            outcome: Outcome::NotTried,
        },
    };
    wanted.iter().map(person).collect()
}

/// Who was given twice is one person; who was not found is known by what was given.
pub(super) fn once_each(people: &mut Vec<Person>) {
    let mut seen = HashSet::new();
    people.retain(|person| seen.insert(person.id.clone().unwrap_or_else(|| person.given.clone())));
}

/// Looks everybody up who is wanted. `people`, untried, become those with an id, or with why there is none,
/// once each. When it ends early, they are as far as they were looked up.
pub(super) async fn resolve(
    target: &Target,
    wanted: &[Wanted],
    known: &mut Known,
    people: &mut Vec<Person>,
) -> Result<()> {
    let addresses = wanted
        .iter()
        .filter(|one| matches!(one, Wanted::Email(_)))
        .count();
    let names = wanted.iter().any(|one| matches!(one, Wanted::Name(_)));
    if names || addresses > FEW {
        known.read_all(target).await?;
    }
    if known.all && addresses > 0 && known.has_no_addresses() {
        let mut refusal = json!({"error": "missing_scope", "needed": SEES_ADDRESSES});
        if let Some(scopes) = &known.scopes {
            refusal["provided"] = scopes.as_str().into();
        }
        return Err(refusal_said("this token does not see addresses", &refusal));
    }
    let index = Index::of(known);
    let mut at = 0;
    for one in wanted {
        let given = one.text().to_owned();
        people[at] = match one {
            Wanted::Id(id) => by_id(given, id),
            Wanted::Group(group) => {
                let ids = members_of_group(target, group).await?;
                let count = ids.len();
                people.splice(at..=at, ids.into_iter().map(|id| by_id(id.clone(), &id)));
                at += count;
                continue;
            }
            Wanted::Email(address) if known.all => found(given, index.email(address)),
            Wanted::Email(address) => found(given, look_up(target, address).await?),
            Wanted::Name(name) => found(given, index.name(name)),
        };
        at += 1;
    }
    once_each(people);
    Ok(())
}

fn by_id(given: String, id: &str) -> Person {
    let word = id.len() > 1
        && id
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let found_id = if word && id.starts_with(['U', 'W']) {
        Ok(id.to_owned())
    } else {
        Err("this is no user's id".to_owned())
    };
    found(given, found_id)
}

fn found(given: String, id: Result<String, String>) -> Person {
    match id {
        Ok(id) => Person {
            given,
            id: Some(id),
            outcome: Outcome::NotTried,
        },
        Err(mut why) => {
            if let Some(letter) = given.chars().find(|letter| is_unseen(*letter)) {
                let code = u32::from(letter);
                why.push_str(&format!("; U+{code:04X}, which does not show, is in it"));
            }
            Person {
                given,
                id: None,
                outcome: Outcome::NotFound(why),
            }
        }
    }
}

async fn look_up(target: &Target, address: &str) -> Result<Result<String, String>> {
    let arguments = Arguments::from_iter([("email", address)]);
    let answer = target.client.raw("users.lookupByEmail", &arguments).await;
    if let Ok(envelope) = &answer
        && envelope.error() == Some("users_not_found")
    {
        return Ok(Err("nobody has this address".to_owned()));
    }
    let body = super::ask::good("users.lookupByEmail", answer)?.body;
    Ok(Ok(text(&body["user"]["id"])))
}

async fn members_of_group(target: &Target, group: &str) -> Result<Vec<String>> {
    let arguments = Arguments::from_iter([("usergroup", group)]);
    let body = ask(target, "usergroups.users.list", &arguments).await?;
    Ok(body["users"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Known {
    async fn read_all(&mut self, target: &Target) -> Result<()> {
        if self.all {
            return Ok(());
        }
        let mut arguments = Arguments::from_iter([("limit", PAGE)]);
        let mut pages = Pages::default();
        let mut told = Instant::now();
        loop {
            let answer = answer(target, "users.list", &arguments).await?;
            self.scopes = scopes(&answer).map(str::to_owned);
            let body = answer.body;
            if told.elapsed() >= TELLING {
                told = Instant::now();
                let read = grouped(self.users.len());
                note(&format!("looking people up: {read} read so far"));
            }
            for user in body["members"].as_array().into_iter().flatten() {
                if let Ok(user) = User::deserialize(user) {
                    self.users.insert(user.id.clone(), user);
                }
            }
            let Some(next) = pages.next(&body)? else {
                break;
            };
            arguments.set("cursor", next);
        }
        self.all = true;
        Ok(())
    }

    /// Whether there are no addresses, for want of the scope by which they are told.
    fn has_no_addresses(&self) -> bool {
        let holds = |scopes: &String| scopes.split(',').any(|one| one.trim() == SEES_ADDRESSES);
        let mut users = self.users.values();
        !self.scopes.as_ref().is_some_and(holds) && users.all(|user| user.profile.email.is_none())
    }

    /// Learns about these people, as far as there is something to learn.
    pub(super) async fn learn(&mut self, target: &Target, ids: &[String]) -> Result<()> {
        if ids.len() > FEW {
            return self.read_all(target).await;
        }
        for id in ids {
            if self.users.contains_key(id) {
                continue;
            }
            let arguments = Arguments::from_iter([("user", id.as_str())]);
            let answer: Result<_, Failure> = target.client.raw("users.info", &arguments).await;
            if let Ok(envelope) = &answer
                && matches!(
                    envelope.error(),
                    Some("user_not_found" | "user_not_visible")
                )
            {
                continue;
            }
            let body = super::ask::good("users.info", answer)?.body;
            if let Ok(user) = User::deserialize(&body["user"]) {
                self.users.insert(id.clone(), user);
            }
        }
        Ok(())
    }

    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }
}

/// A text as it is looked for: capitals make no difference, nor does whether a letter and its accent are
/// written as one character or as two.
fn key(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

/// People by the keys of addresses and names.
#[derive(Default)]
struct Index {
    emails: HashMap<String, String>,
    /// Of those who are gone.
    former: HashMap<String, String>,
    /// By handle, by display name, by full name.
    names: [HashMap<String, Vec<String>>; 3],
}

impl Index {
    fn of(known: &Known) -> Self {
        let mut index = Self::default();
        for user in known.users.values() {
            if let Some(email) = &user.profile.email {
                let emails = match user.deleted {
                    true => &mut index.former,
                    false => &mut index.emails,
                };
                emails.insert(key(email), user.id.clone());
            }
            // A removed person's names are free again.
            if user.deleted {
                continue;
            }
            let full = user.real_name.as_ref().or(user.profile.real_name.as_ref());
            let names = [Some(&user.name), user.profile.display_name.as_ref(), full];
            for (map, name) in index.names.iter_mut().zip(names) {
                if let Some(name) = name.filter(|name| !name.is_empty()) {
                    map.entry(key(name)).or_default().push(user.id.clone());
                }
            }
        }
        index
    }

    fn email(&self, address: &str) -> Result<String, String> {
        let address = key(address);
        match (self.emails.get(&address), self.former.get(&address)) {
            (Some(id), _) => Ok(id.clone()),
            (None, Some(former)) => Err(format!("{former} has this address and is removed")),
            (None, None) => Err("nobody has this address".to_owned()),
        }
    }

    fn name(&self, name: &str) -> Result<String, String> {
        let name = key(name.trim_start_matches('@'));
        for map in &self.names {
            match map.get(&name).map(Vec::as_slice) {
                Some([id]) => return Ok(id.clone()),
                Some(ids) => {
                    let mut ids = ids.to_vec();
                    ids.sort();
                    return Err(format!("several have this name: {}", ids.join(", ")));
                }
                None => {}
            }
        }
        Err("nobody has this name".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_show_is_named() {
        let person = by_id("U0\u{200b}BEN".to_owned(), "U0\u{200b}BEN");
        let why = "this is no user's id; U+200B, which does not show, is in it".to_owned();
        assert_eq!(person.outcome, Outcome::NotFound(why));
    }

    #[test]
    fn names_are_looked_for_from_the_handle_on() {
        let users = json!([
            {"id": "U1", "name": "ada", "real_name": "Ada Park", "profile": {"display_name": "Ben", "email": "ada@acme.test"}},
            {"id": "U2", "name": "ben", "real_name": "Ben Okafor", "profile": {"display_name": ""}},
            {"id": "U3", "name": "ben2", "real_name": "Ben Okafor"},
            {"id": "U5", "name": "zoe", "real_name": "Zo\u{eb} Kr\u{fc}ger"},
            {"id": "U6", "name": "rene", "real_name": "Rene\u{301}"},
            {"id": "U4", "name": "old", "deleted": true, "profile": {"email": "old@acme.test"}},
        ]);
        let mut known = Known {
            all: true,
            ..Known::default()
        };
        for user in users.as_array().unwrap() {
            let user = User::deserialize(user).unwrap();
            known.users.insert(user.id.clone(), user);
        }
        let index = Index::of(&known);
        for (name, expected) in [
            ("@Ben", Ok("U2")),
            ("ada park", Ok("U1")),
            ("Ben Okafor", Err("several have this name: U2, U3")),
            ("old", Err("nobody has this name")),
            ("Zoe\u{308} KRU\u{308}GER", Ok("U5")),
            ("zo\u{cb} kr\u{fc}ger", Ok("U5")),
            ("Ren\u{e9}", Ok("U6")),
            ("Zoe Kruger", Err("nobody has this name")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(index.name(name), expected, "{name}");
        }
        assert_eq!(index.email("ADA@acme.test").unwrap(), "U1");
        let gone = "U4 has this address and is removed".to_owned();
        assert_eq!(index.email("Old@acme.test"), Err(gone));
        assert!(index.email("new@acme.test").is_err());
    }
}

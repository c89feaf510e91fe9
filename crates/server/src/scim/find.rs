//! Accounts that a list asks for, looked up where the store can do that.

use super::{
    filter::Filter,
    list::Query,
    users::{ADDRESSES, HANDLES, values},
};
use guestlist_domain::{TeamId, User, UserId, people::provision::Realm};
use guestlist_store::{Reader, StoreError};
use std::collections::BTreeSet;

/// Accounts that are read at once where each is looked at.
const ROWS: usize = 500;

/// How many there are, and those who are asked for.
pub(super) fn find(
    reader: &Reader,
    realm: &Realm,
    query: &Query,
) -> Result<(usize, Vec<User>), StoreError> {
    let Some(filter) = &query.filter else {
        return all(reader, realm, query);
    };
    let now = reader.now();
    let is_meant = |user: &User| filter.matches(&|attribute: &str| values(user, now, attribute));
    let (mut total, mut page) = (0, Vec::new());
    let mut take = |user: User| {
        total += 1;
        if total > query.skip() && page.len() < query.count {
            page.push(user);
        }
    };
    let few = Few::of(filter);
    for team in &realm.workspaces {
        match &few {
            Some(few) => {
                let found = few.of_team(reader, *team, &is_meant)?;
                found.into_iter().for_each(&mut take);
            }
            None => each(
                |after| reader.accounts(*team, after, 0, ROWS),
                |user| {
                    if is_meant(&user) {
                        take(user);
                    }
                },
            )?,
        }
    }
    Ok((total, page))
}

/// Whoever a filter can mean, as texts by which the store looks people up.
#[derive(Debug, PartialEq, Eq)]
enum Few {
    Names(BTreeSet<String>),
    Ids(BTreeSet<String>),
    Addresses(BTreeSet<String>),
}

impl Few {
    /// If it says so.
    fn of(filter: &Filter) -> Option<Self> {
        // Longer names are in no index.
        let names = filter.equals(&HANDLES);
        let names = names.filter(|names| names.iter().all(|name| name.chars().count() <= 80));
        if let Some(names) = names {
            // As it is written, and as handles mostly are.
            let both = names
                .into_iter()
                .flat_map(|name| [name.to_owned(), name.to_lowercase()]);
            return Some(Self::Names(both.collect()));
        }
        if let Some(ids) = filter.equals(&["id"]) {
            return Some(Self::Ids(ids.into_iter().map(str::to_uppercase).collect()));
        }
        // Addresses are in lower case.
        let addresses = filter.equals(&ADDRESSES)?;
        let addresses = addresses.into_iter().map(str::to_lowercase);
        Some(Self::Addresses(addresses.collect()))
    }

    /// Those of a workspace who are meant, by their ids.
    fn of_team(
        &self,
        reader: &Reader,
        team: TeamId,
        is_meant: &impl Fn(&User) -> bool,
    ) -> Result<Vec<User>, StoreError> {
        let mut found: Vec<User> = Vec::new();
        match self {
            Self::Names(names) => {
                for name in names {
                    found.extend(reader.users_by_name(team, name)?);
                }
            }
            Self::Ids(ids) => {
                for id in ids.iter().filter_map(|id| id.parse().ok()) {
                    found.extend(one_of(reader, team, id)?);
                }
            }
            Self::Addresses(addresses) => {
                for address in addresses {
                    found.extend(reader.users_by_email(team, address)?);
                }
                each(
                    |after| reader.accounts_with_second_address(team, after, ROWS),
                    |user| {
                        if is_meant(&user) {
                            found.push(user);
                        }
                    },
                )?;
            }
        }
        found.retain(|user| {
            let is_account = user.team == team && user.bot.is_none() && user.has_come();
            is_account && is_meant(user)
        });
        found.sort_by_key(|user| user.id);
        found.dedup_by_key(|user| user.id);
        Ok(found)
    }
}

/// Hands over account after account of those that are read after one of them.
fn each(
    read: impl Fn(Option<UserId>) -> Result<Vec<User>, StoreError>,
    mut take: impl FnMut(User),
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let rows = read(after)?;
        let last = rows.len() < ROWS;
        after = rows.last().map(|user| user.id);
        rows.into_iter().for_each(&mut take);
        if last {
            return Ok(());
        }
    }
}

/// Somebody of a workspace by their id.
fn one_of(reader: &Reader, team: TeamId, id: UserId) -> Result<Vec<User>, StoreError> {
    let mut found = reader.users(team, Some(id), 1)?;
    found.retain(|user| user.id == id);
    Ok(found)
}

/// Those who are asked for, whoever they are: workspace after workspace.
fn all(reader: &Reader, realm: &Realm, query: &Query) -> Result<(usize, Vec<User>), StoreError> {
    let (mut total, mut page) = (0, Vec::new());
    for team in &realm.workspaces {
        let here = reader.count_accounts(*team)?;
        let skip = query.skip().saturating_sub(total);
        let wanted = query.count - page.len();
        if skip < here && wanted > 0 {
            page.extend(reader.accounts(*team, None, skip, wanted)?);
        }
        total += here;
    }
    Ok((total, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::users::FILTERS;

    #[test]
    fn who_can_be_meant_is_looked_up() {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let long = format!("userName eq '{}'", "x".repeat(81));
        for (filter, expected) in [
            (
                "userName eq 'Ben'",
                Some(Few::Names(texts(&["Ben", "ben"]))),
            ),
            ("id eq u0ben", Some(Few::Ids(texts(&["U0BEN"])))),
            (
                "emails.value eq 'Ben@Acme.test' or email eq 'b@acme.test'",
                Some(Few::Addresses(texts(&["b@acme.test", "ben@acme.test"]))),
            ),
            (
                "active eq true and emails eq 'b@acme.test'",
                Some(Few::Addresses(texts(&["b@acme.test"]))),
            ),
            ("email eq 'b@acme.test' or title eq 'x'", None),
            ("email sw 'b@acme.test'", None),
            (&long, None),
            ("externalId eq '00u1'", None),
        ] {
            let filter_read = Filter::read(filter, &FILTERS).unwrap();
            assert_eq!(Few::of(&filter_read), expected, "{filter}");
        }
    }
}

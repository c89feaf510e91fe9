//! Who has an address, or a name.

use super::connect::column;
use crate::{
    error::StoreError,
    sql::{Connection, params},
};
use guestlist_domain::{UserId, connect::Party};

/// Who of a realm reads mail at an address.
pub(crate) fn at(db: &Connection, realm: &str, address: &str) -> Result<Vec<UserId>, StoreError> {
    column(
        db,
        "select id from user
         where email = ?1 and realm = ?2 and team = home and (flags & 1) = 0 order by id",
        params![address, realm],
        UserId::from_key,
    )
}

/// Who of an organisation or a workspace has an address, removed people among them.
pub(super) fn holders(
    db: &Connection,
    place: Party,
    address: &str,
) -> Result<Vec<UserId>, StoreError> {
    let (sql, of) = match place {
        Party::Team(team) => (
            "select id from user where team = ?1 and email = ?2",
            team.key(),
        ),
        // Whoever is in several workspaces has a row in each.
        Party::Org(org) => (
            "select distinct u.id from workspace w join user u on u.team = w.team
             where w.enterprise = ?1 and u.email = ?2",
            org.key(),
        ),
    };
    column(db, sql, params![of, address], UserId::from_key)
}

/// Who of an organisation or a workspace has a name that is no longer than names of channels can be.
pub(super) fn named(db: &Connection, place: Party, name: &str) -> Result<Vec<UserId>, StoreError> {
    let (sql, of) = match place {
        Party::Team(team) => (
            "select id from user where team = ?1 and name = ?2 and length(name) <= 80",
            team.key(),
        ),
        // Whoever is in several workspaces has a row in each.
        Party::Org(org) => (
            "select distinct u.id from workspace w join user u on u.team = w.team
             where w.enterprise = ?1 and u.name = ?2 and length(u.name) <= 80",
            org.key(),
        ),
    };
    column(db, sql, params![of, name], UserId::from_key)
}

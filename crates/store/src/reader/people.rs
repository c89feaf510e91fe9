//! The accounts of workspaces: the people of each who belong there first, be they gone. Bots are none, nor is
//! whoever is invited and has not come.

use super::Reader;
use crate::{
    error::StoreError,
    sql::{Params, params},
    tables::document,
};
use guestlist_domain::{TeamId, User, UserId};

/// What follows `where` for one workspace. An invitation that was accepted says so in the document; in the texts of a
/// document such words have a backslash among them.
pub(crate) const ACCOUNTS: &str = "team = ?1 and home = ?1 and bot is null
  and ((flags & 1) = 0 or doc not like '%\"invited\":{%' or doc like '%\"state\":\"joined\"%')";

impl Reader {
    /// How many accounts a workspace has.
    pub fn count_accounts(&self, team: TeamId) -> Result<usize, StoreError> {
        let count: i64 = self
            .db()?
            .prepare_cached(&format!("select count(*) from user where {ACCOUNTS}"))?
            .query_row([team.key()], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The accounts of a workspace in the order of their ids: those after one of them, without the first `skip`, up
    /// to so many.
    pub fn accounts(
        &self,
        team: TeamId,
        after: Option<UserId>,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let sql = format!(
            "select id, doc from user where {ACCOUNTS} and id > ?2 order by id limit ?3 offset ?4"
        );
        let after = after.map_or(0, UserId::key);
        self.people(&sql, params![team.key(), after, limit as i64, skip as i64])
    }

    /// The accounts of a workspace that have a second address, in the order of their ids: those after one of them, up to
    /// so many. The address is in no index, and in the document alone; of others that is not read.
    pub fn accounts_with_second_address(
        &self,
        team: TeamId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<User>, StoreError> {
        let sql = format!(
            "select id, doc from user where {ACCOUNTS} and doc like '%\"emails.1.value\":%' and id > ?2
             order by id limit ?3"
        );
        let after = after.map_or(0, UserId::key);
        self.people(&sql, params![team.key(), after, limit as i64])
    }

    /// Who of a workspace has a name of at most 80 characters, be they gone, invited or bots.
    pub fn users_by_name(&self, team: TeamId, name: &str) -> Result<Vec<User>, StoreError> {
        let sql = "select id, doc from user where team = ?1 and name = ?2 and length(name) <= 80 order by id";
        self.people(sql, params![team.key(), name])
    }

    /// Whoever is in the rows of a statement, which are ids and documents.
    pub(super) fn people(&self, sql: &str, of: impl Params) -> Result<Vec<User>, StoreError> {
        let mut select = self.db()?.prepare_cached(sql)?;
        let mut rows = select.query(of)?;
        let mut users = Vec::new();
        while let Some(row) = rows.next()? {
            let id = UserId::from_key(row.get(0)?);
            let doc = row.get_ref(1)?;
            users.push(document("user", id, doc.as_str().unwrap_or_default())?);
        }
        Ok(users)
    }
}

#[cfg(test)]
mod tests {
    use guestlist_domain::scim;

    /// What a statement looks for in documents is how they have it.
    #[test]
    fn a_second_address_is_called_so() {
        assert_eq!(scim::SECOND_EMAIL, "emails.1.value");
    }
}

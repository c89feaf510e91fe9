//! Whose a workspace is.

use super::Reader;
use crate::{error::StoreError, sql::params, tables::document};
use guestlist_domain::{TeamId, User, UserId, user::Role};

impl Reader {
    /// The primary owner of a workspace. Where people who are in several workspaces make it have more than one, it is
    /// who belongs to it first, then the first by id. Reads through everybody of the workspace.
    pub fn primary_owner(&self, team: TeamId) -> Result<Option<User>, StoreError> {
        // Roles stand in the document alone.
        let mut select = self.db()?.prepare_cached(
            "select id, doc from user where team = ?1 and doc like ?2 order by id",
        )?;
        let mut rows = select.query(params![team.key(), "%\"role\":\"primary_owner\"%"])?;
        let mut first: Option<User> = None;
        while let Some(row) = rows.next()? {
            let doc = row.get_ref(1)?;
            let user: User = document(
                "user",
                UserId::from_key(row.get(0)?),
                doc.as_str().unwrap_or_default(),
            )?;
            let is_one = user.role == Role::PrimaryOwner && !user.removed && user.has_come();
            if is_one
                && first
                    .as_ref()
                    .is_none_or(|first| first.team != team && user.team == team)
            {
                first = Some(user);
            }
        }
        Ok(first)
    }
}

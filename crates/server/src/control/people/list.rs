//! People and bots, page by page.

use super::{UserView, no_such_user, no_such_workspace};
use crate::control::{Problem, workspace};
use guestlist_domain::{TeamId, User, UserId};
use guestlist_store::Store;
use serde::{Deserialize, Serialize};

/// Which people to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichUsers {
    /// Of this workspace, else of all.
    pub workspace: Option<TeamId>,
    /// Those after this one, in the order that the page before had.
    pub after: Option<UserId>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Some of the people.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsersPage {
    /// By workspace and id; bots are among them.
    pub users: Vec<UserView>,
    /// `after` for those that follow, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<UserId>,
}

/// Most people on a page, and how many unless it is said.
const MOST_USERS: usize = 1000;

impl WhichUsers {
    pub(in crate::control) fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "workspace" => which.workspace = Some(workspace(&value)?),
                "after" => {
                    let unknown = |_| {
                        let message = format!("`after` is a user's id, not `{value}`");
                        Problem::invalid("invalid_request", message)
                    };
                    which.after = Some(value.parse().map_err(unknown)?);
                }
                "limit" => match value.parse() {
                    Ok(limit @ 1..=MOST_USERS) => which.limit = Some(limit),
                    _ => {
                        let message = format!("`limit` is a number from 1 to {MOST_USERS}");
                        return Err(Problem::invalid("invalid_request", message));
                    }
                },
                other => {
                    let message = format!("`{other}` is none of workspace, after, limit");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

/// The people of a workspace, or of all one after the other.
pub async fn list_users(store: &Store, which: WhichUsers) -> Result<UsersPage, Problem> {
    let limit = which.limit.unwrap_or(MOST_USERS);
    store
        .read_long(move |reader| {
            let after = which.after.map(|id| reader.user(id)).transpose()?.flatten();
            if let (Some(id), None) = (which.after, &after) {
                return Err(no_such_user(id));
            }
            let mut workspaces: Vec<TeamId> = match which.workspace {
                Some(one) => match reader.workspace(one)? {
                    Some(_) => vec![one],
                    None => return Err(no_such_workspace(one)),
                },
                None => reader.workspaces()?.iter().map(|one| one.id).collect(),
            };
            workspaces.sort();
            let mut users = Vec::new();
            for team in workspaces {
                // Of one workspace those who are in it, whatever their home; of all each once, at home.
                let from = match &after {
                    Some(last) if which.workspace.is_some() || team == last.team => Some(last.id),
                    Some(last) if team < last.team => continue,
                    _ => None,
                };
                let is_asked = |user: &User| which.workspace.is_some() || user.team == team;
                let mut from = from;
                while users.len() <= limit {
                    let rows = reader.users(team, from, limit + 2)?;
                    let last = rows.len() < limit + 2;
                    let new = rows.into_iter().filter(|user| Some(user.id) != from);
                    let new: Vec<User> = new.collect();
                    from = new.last().map(|user| user.id);
                    users.extend(new.into_iter().filter(is_asked));
                    if last {
                        break;
                    }
                }
            }
            let more = users.len() > limit;
            users.truncate(limit);
            Ok(UsersPage {
                next: users.last().map(|user| user.id).filter(|_| more),
                users: users.iter().map(UserView::from).collect(),
            })
        })
        .await
}

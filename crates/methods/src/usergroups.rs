//! `usergroups.*`

pub mod create;
pub mod disable;
pub mod enable;
pub mod list;
pub mod update;
pub mod users_list;
pub mod users_update;

use crate::arguments::Arguments;
use guestlist_domain::{ByKind, ChannelId, Scopes, UsergroupId};
#[cfg(feature = "server")]
use guestlist_domain::{Caller, TeamId, TokenKind, workspace::Plan};

const READ: Scopes = Scopes {
    bot: ByKind::all(&["usergroups:read"]),
    user: ByKind::all(&["usergroups:read"]),
};
const WRITE: Scopes = Scopes {
    bot: ByKind::all(&["usergroups:write"]),
    user: ByKind::all(&["usergroups:write"]),
};

/// A group of the workspace that is named; `None` when what was given is no group's id.
pub type Which = Option<UsergroupId>;

/// The default channels that are named: each an id, or the text that is none.
fn channels(given: &Arguments) -> Option<Vec<Result<ChannelId, String>>> {
    let texts = given.list("channels")?.into_iter();
    let ids = texts.map(|text| text.parse().map_err(|_| text));
    Some(ids.collect())
}

/// Whether a token of a whole organisation names no workspace.
#[cfg(feature = "server")]
fn is_homeless(caller: &Caller, team: Option<TeamId>) -> bool {
    caller.token.kind == TokenKind::Org && team.is_none()
}

/// Whether the workspace pays for groups.
#[cfg(feature = "server")]
fn is_paid(caller: &Caller) -> bool {
    caller.workspace.plan != Plan::Free
}

/// Says why somebody may not manage groups, in the codes of a page.
#[cfg(feature = "server")]
macro_rules! barred {
    ($unpaid:ident) => {
        impl From<guestlist_domain::usergroup::Barred> for Error {
            fn from(barred: guestlist_domain::usergroup::Barred) -> Self {
                use guestlist_domain::usergroup::Barred;
                match barred {
                    Barred::Unpaid => Self::$unpaid,
                    Barred::NotPermitted => Self::PermissionDenied,
                }
            }
        }
    };
}
#[cfg(feature = "server")]
use barred;

#[cfg(all(test, feature = "server"))]
mod tests;

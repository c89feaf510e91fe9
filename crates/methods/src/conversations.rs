//! `conversations.*`

pub mod accept_shared_invite;
pub mod approve_shared_invite;
pub mod archive;
pub mod close;
pub mod create;
pub mod decline_shared_invite;
pub mod external_invite_permissions_set;
pub mod history;
pub mod info;
pub mod invite;
pub mod invite_shared;
pub mod join;
pub mod kick;
pub mod leave;
pub mod list;
pub mod list_connect_invites;
pub mod listing;
pub mod mark;
pub mod members;
pub mod messages;
pub mod notes;
pub mod open;
pub mod rename;
pub mod replies;
pub mod request_shared_invite_approve;
pub mod request_shared_invite_deny;
pub mod request_shared_invite_list;
pub mod scopes;
pub mod set_purpose;
pub mod set_topic;
#[cfg(all(test, feature = "server"))]
mod tests;
pub mod unarchive;

//! `admin.*`

pub mod conversations_disconnect_shared;
pub mod conversations_invite;
mod invite_requests;
pub mod invite_requests_approve;
pub mod invite_requests_approved_list;
pub mod invite_requests_denied_list;
pub mod invite_requests_deny;
pub mod invite_requests_list;
pub mod teams_create;
pub mod teams_list;
pub mod users_assign;
pub mod users_invite;
pub mod users_list;
pub mod users_remove;
pub mod users_session_reset;
pub mod users_set_admin;
pub mod users_set_regular;

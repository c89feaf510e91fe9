//! `admin.*`

pub mod conversations_disconnect_shared;
pub mod conversations_invite;
pub mod users_invite;

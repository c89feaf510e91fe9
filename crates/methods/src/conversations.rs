//! `conversations.*`

pub mod info;
pub mod invite;
pub mod scopes;

//! `conversations.*`

pub mod archive;
pub mod close;
pub mod create;
pub mod history;
pub mod info;
pub mod invite;
pub mod join;
pub mod kick;
pub mod leave;
pub mod list;
pub mod listing;
pub mod members;
pub mod notes;
pub mod open;
pub mod rename;
pub mod scopes;
pub mod set_purpose;
pub mod set_topic;
#[cfg(feature = "server")]
pub(crate) mod show;
#[cfg(all(test, feature = "server"))]
mod tests;
pub mod unarchive;

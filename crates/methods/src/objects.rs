//! Shapes that several methods answer with.

pub mod connect;
pub mod conversation;
#[cfg(feature = "server")]
pub mod event;
mod icon;
pub mod invite_request;
pub mod legacy;
pub mod message;
mod unread;
pub mod user;
pub mod usergroup;

pub use conversation::Conversation;
#[cfg(feature = "server")]
pub use event::event;
pub use icon::{BotIcons, Icon};
pub use legacy::LegacyChannel;
pub use message::message;
pub use user::UserObject;
pub use usergroup::UsergroupObject;

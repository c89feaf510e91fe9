//! Shapes that several methods answer with.

pub mod connect;
pub mod conversation;
pub mod legacy;
pub mod message;
pub mod user;

pub use conversation::Conversation;
pub use legacy::LegacyChannel;
pub use message::message;
pub use user::UserObject;

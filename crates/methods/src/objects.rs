//! Shapes that several methods answer with.

pub mod connect;
pub mod conversation;
pub mod event;
pub mod legacy;
pub mod message;
pub mod user;

pub use conversation::Conversation;
pub use event::event;
pub use legacy::LegacyChannel;
pub use message::message;
pub use user::UserObject;

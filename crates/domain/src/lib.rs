//! What is true and what is allowed.
//!
//! Ids, entities and the rules over them. Nothing here does IO, reads a clock or
//! draws a random number: a rule is a function of the [`Facts`] it is shown, the
//! caller's question and the [`Moment`] at which it is asked.

pub mod act;
pub mod add;
pub mod admin;
pub mod audit;
pub mod caller;
pub mod change;
pub mod channel;
pub mod connect;
pub mod dm;
pub mod event;
pub mod facts;
mod hex;
pub mod id;
pub mod install;
pub mod interactivity;
pub mod invitation;
pub mod invite;
pub mod invite_request;
pub mod mail;
pub mod message;
pub mod mrkdwn;
pub mod name;
pub mod people;
pub mod remove;
pub mod scim;
pub mod scope;
pub mod see;
pub mod seed;
pub mod time;
pub mod token;
pub mod trail;
pub mod user;
pub mod usergroup;
mod words;
pub mod workspace;
pub mod written;

pub use caller::Caller;
pub use change::{Actor, Change, Entry, Plan};
pub use channel::{Channel, ChannelKind};
pub use facts::{Facts, Key, Missing, Stop};
pub use hex::hex;
pub use id::{
    AppId, BotId, ChannelId, EnterpriseId, InvitationId, InviteRequestId, TeamId, UserId,
    UsergroupId,
};
pub use invitation::Invitation;
pub use invite_request::InviteRequest;
pub use mail::Mail;
pub use message::Message;
pub use scope::{ByKind, ScopeSet, Scopes};
pub use seed::Seed;
pub use time::{Moment, Timestamp};
pub use token::{Token, TokenHash, TokenKind};
pub use trail::Watch;
pub use user::User;
pub use usergroup::Usergroup;
pub use workspace::{App, Enterprise, Workspace};

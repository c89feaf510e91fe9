//! The API, one page per method.
//!
//! A page is a file that reads like the method's documentation: what it does, what it asks of
//! a token, its arguments, what it answers, and each error with its sentence. With the feature
//! `server` a page also decides calls; without, it is what a client needs to make them.

pub mod admin;
pub mod api;
pub mod apps;
pub mod arguments;
pub mod auth;
pub mod bots;
pub mod catalogue;
pub mod channels;
pub mod chat;
pub mod common;
pub mod contract;
pub mod conversations;
#[cfg(feature = "server")]
pub mod credentials;
#[cfg(feature = "server")]
pub mod doubts;
#[cfg(all(test, feature = "server"))]
mod fixture;
pub mod groups;
#[cfg(feature = "server")]
pub mod handle;
pub mod limits;
pub mod oauth;
pub mod objects;
pub mod paging;
#[cfg(all(test, feature = "server"))]
#[path = "../../../tests/seen.rs"]
mod seen;
pub mod team;
#[cfg(all(test, feature = "server"))]
mod trial;
pub mod usergroups;
pub mod users;
pub mod views;

pub use arguments::Arguments;
pub use catalogue::{CATALOGUE, Entry, find};
pub use contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb};
pub use limits::Limits;

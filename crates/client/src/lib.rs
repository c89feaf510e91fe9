//! Calls of Slack's Web API, and of guestlist, with everything that comes back.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use guestlist_client::{Client, conversations::{Invite, invite}};
//!
//! let client = Client::new("http://127.0.0.1:3999", "xoxb-sample-greeter")?;
//! let whom = invite::Args {
//!     channel: "C0WELCOME".into(),
//!     users: vec!["U0BEN".into()],
//!     ..Default::default()
//! };
//! let answer = client.call::<Invite>(whom).await?;
//! println!("invited to {}; {:?}", answer.channel.name, answer.envelope.headers["x-slack-req-id"]);
//! # Ok(())
//! # }
//! ```
//!
//! [`channels.invite`](channels::Invite) takes one person, and
//! [`conversations.inviteShared`](conversations::InviteShared) one of another organisation:
//!
//! ```no_run
//! # async fn example(client: guestlist_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use guestlist_client::{CallError, channels, conversations};
//!
//! let one = channels::invite::Args { channel: "C0WELCOME".into(), user: "U0BEN".into() };
//! match client.call::<channels::Invite>(one).await {
//!     Ok(answer) => println!("{:?}", answer.channel.members),
//!     Err(CallError::Refused(refusal)) => println!("{}", refusal.code),
//!     Err(other) => return Err(other.into()),
//! }
//!
//! let outside = conversations::invite_shared::Args {
//!     channel: "C0WELCOME".into(),
//!     emails: Some(vec!["mia@partner.test".into()]),
//!     external_limited: Some(false),
//!     ..Default::default()
//! };
//! let invitation = client.call::<conversations::InviteShared>(outside).await?;
//! println!("{}: {:?}", invitation.invite_id, invitation.url);
//! # Ok(())
//! # }
//! ```
//!
//! - **Typed**: [`Client::call`] takes a method's arguments and gives its reply, or its own error
//!   enum with an error per person; [`Client::pages`] and [`Client::items`] follow cursors.
//! - **By name**: [`Client::raw`] calls whatever there is; a refusal is an [`Envelope`] like any
//!   other answer.
//!   Methods of OAuth and of apps have no types of their own.
//! - **With an account**: [`Client::perform`] tells each HTTP exchange, each failure, and what was
//!   done about it.
//!
//! Calls are repeated only where that does no harm, and an invitation whose answer was lost is
//! resolved by asking who is in the channel: see [`Then`] and [`Why`].
//!
//! What is decided on the way is told to `tracing` at level `info`, and at level `warn` where it
//! makes a call last some seconds.

mod arguments;
mod attempt;
mod call;
mod client;
mod connect;
mod envelope;
mod exchange;
mod failure;
pub mod objects;
mod pace;
mod perform;
mod typed;
mod waits;

pub use arguments::Arguments;
pub use attempt::{Attempt, Then, Why, Witness};
pub use call::{Answer, CallError, Method, Paged, Refusal};
pub use client::{
    ANSWER_TIMEOUT, Builder, CONNECT_TIMEOUT, Client, REDACTED, SetupError, normalized, redacted,
};
pub use envelope::{Envelope, ErrorCode};
pub use exchange::{Exchange, MOST};
pub use failure::{Failure, Source};
pub use pace::Pace;
pub use perform::{Account, Policy};
pub use typed::{
    admin, api, auth, bots, channels, chat, conversations, groups, team, usergroups, users, views,
};
pub use waits::{TokioWaits, Waits};

/// The pages: what each method is, and what its codes mean.
pub use guestlist_methods as methods;

//! `channels.*`: the family before `conversations.*`, for public channels and people's own tokens.
//!
//! Its pages ask the rules that the newer methods ask and put the refusals into their own codes.
//! What is no public channel of the caller's does not exist for them.

pub mod create;
pub mod info;
pub mod invite;
pub mod join;
pub mod kick;
pub mod leave;
pub mod list;
#[cfg(all(test, feature = "server"))]
mod tests;

use guestlist_domain::{ByKind, Scopes};

/// Changes public channels, with a person's token.
pub const WRITE: Scopes = Scopes {
    bot: ByKind::NONE,
    user: ByKind {
        public: &["channels:write"],
        ..ByKind::NONE
    },
};

/// Reads about public channels.
pub const READ: Scopes = Scopes::both(ByKind {
    public: &["channels:read"],
    ..ByKind::NONE
});

#[cfg(feature = "server")]
use server::is_public;

#[cfg(feature = "server")]
mod server {
    use guestlist_domain::{Caller, ChannelId, ChannelKind, Facts, Missing, see};

    /// Whether this is a public channel that the caller may know of.
    pub(super) fn is_public(
        facts: &Facts,
        caller: &Caller,
        channel: Option<ChannelId>,
    ) -> Result<bool, Missing> {
        let seen = see::channel(facts, caller, channel)?;
        Ok(seen.is_some_and(|seen| seen.kind() == ChannelKind::Public))
    }
}

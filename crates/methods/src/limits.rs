//! Limits that an operator sets, as far as methods look at them.

/// Limits of one server. They come with the [`Arguments`](crate::Arguments) of a call: a page
/// checks them while it reads its arguments, or puts what its rule needs into them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most people that one call of `conversations.invite` may name, from 1 to [`Self::MOST_USERS_PER_INVITE`].
    pub users_per_invite: usize,
}

impl Limits {
    /// What `users_per_invite` can be set to: what the documentation allowed at its most generous.
    pub const MOST_USERS_PER_INVITE: usize = 1000;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            users_per_invite: Self::MOST_USERS_PER_INVITE,
        }
    }
}

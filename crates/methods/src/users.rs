//! `users.*`

pub mod conversations;
pub mod discoverable_contacts_lookup;
pub mod identity;
pub mod info;
pub mod list;
#[cfg(feature = "server")]
pub(crate) mod look;
pub mod lookup_by_email;
pub mod profile_get;
#[cfg(all(test, feature = "server"))]
mod tests;

//! `views.*`: what an app shows a person, and the triggers that let it.

#[cfg(feature = "server")]
pub mod trigger;

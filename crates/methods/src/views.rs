//! `views.*`: what an app shows a person, and the triggers that let it. What is open lives for a day at most and no
//! journal tells of it: `docs/adr/0054-what-is-under-way-is-no-history.md`.

mod check;
pub mod definition;
#[cfg(feature = "server")]
pub mod element;
#[cfg(feature = "server")]
pub mod kept;
pub mod open;
pub mod push;
#[cfg(feature = "server")]
pub mod trigger;
pub mod update;

#[cfg(all(test, feature = "server"))]
mod tests;

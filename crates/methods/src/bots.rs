//! `bots.*`

pub mod info;
#[cfg(all(test, feature = "server"))]
mod tests;

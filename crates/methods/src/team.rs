//! `team.*`

pub mod external_teams_disconnect;
pub mod external_teams_list;
pub mod info;
#[cfg(all(test, feature = "server"))]
mod tests;

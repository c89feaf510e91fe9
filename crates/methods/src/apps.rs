//! `apps.*`

pub mod connections_open;
pub mod uninstall;

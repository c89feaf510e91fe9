//! `apps.*`

pub mod connections_open;
pub mod event_authorizations_list;
pub mod uninstall;

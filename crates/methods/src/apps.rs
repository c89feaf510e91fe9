//! `apps.*`

pub mod uninstall;

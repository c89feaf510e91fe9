//! `apps.*`

pub mod connections_open;

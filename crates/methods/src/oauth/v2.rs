//! `oauth.v2.*`

pub mod access;
pub mod exchange;
pub mod granted;

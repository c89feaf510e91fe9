//! `oauth.*`

pub mod v2;

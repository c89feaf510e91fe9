//! `api.*`

pub mod test;

//! `auth.*`

pub mod revoke;
pub mod test;

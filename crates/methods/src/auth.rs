//! `auth.*`

pub mod revoke;
pub mod teams_list;
pub mod test;

//! `auth.*`

pub mod test;

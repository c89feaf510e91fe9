//! `team.*`

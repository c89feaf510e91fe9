//! `bots.*`

//! `chat.*`

//! `chat.*`

pub mod post_message;

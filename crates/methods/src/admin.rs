//! `admin.*`

pub mod conversations_disconnect_shared;

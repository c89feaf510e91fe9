//! `groups.*`: what `channels.*` was for private channels.

pub mod invite;

//! `chat.*`

mod content;
pub mod delete;
pub mod post_ephemeral;
pub mod post_message;
pub mod update;

#[cfg(feature = "server")]
mod server {
    use guestlist_domain::{ChannelId, ChannelKind, Key, Scopes, Timestamp, UserId, act::Terms};

    /// What is asked of a conversation of any kind, if it is no more than that the caller sees it.
    pub(super) fn everywhere<R: Copy>(scopes: &Scopes, not_found: R) -> Terms<'_, R> {
        Terms {
            scopes,
            kinds: &[
                ChannelKind::Public,
                ChannelKind::Private,
                ChannelKind::Im,
                ChannelKind::Mpim,
            ],
            not_found,
            wrong_kind: not_found,
            archived: None,
            migrating: None,
            ekm_suspended: None,
            outsider: None,
            not_listed: None,
            not_granted: None,
        }
    }

    /// What is looked at to do something to a message.
    pub(super) fn message_keys(
        channel: Option<ChannelId>,
        ts: Option<Timestamp>,
        caller: UserId,
    ) -> Vec<Key> {
        let Some(channel) = channel else {
            return Vec::new();
        };
        let mut keys = vec![Key::Channel(channel), Key::Member(channel, caller)];
        keys.extend(ts.map(|ts| Key::Message(channel, ts)));
        keys
    }
}
#[cfg(feature = "server")]
use server::{everywhere, message_keys};

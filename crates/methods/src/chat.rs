//! `chat.*`

pub(crate) mod content;
pub mod delete;
pub mod post_ephemeral;
pub mod post_message;
pub mod update;

use crate::{arguments::Arguments, contract::BadArguments};
pub use content::Content;

/// What an app answers to something that somebody did, by the rules of `chat.postMessage` and with its codes.
pub fn answered(given: &Arguments) -> Result<Content, &'static str> {
    let invalid = content::Invalid {
        markdown_text_conflict: "markdown_text_conflict",
        blocks_format: "invalid_blocks_format",
        blocks: "invalid_blocks",
        blocks_too_long: "msg_blocks_too_long",
        attachments: Some("invalid_attachments"),
        too_many_attachments: "too_many_attachments",
        attachments_too_long: "attachment_payload_limit_exceeded",
    };
    let read = Content::read(given, &invalid);
    let mut content = read.map_err(|bad| match bad {
        BadArguments::Refused(code) => code,
        _ => "invalid_arguments",
    })?;
    content.cut();
    Ok(content)
}

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

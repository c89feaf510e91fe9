//! What a conversation's object says that only the store knows.

use crate::objects::{Conversation, conversation::other_party};
use guestlist_domain::{Caller, ChannelKind, see::Seen};
use guestlist_store::{Reader, StoreError};

/// Completes a DM with whether its other person is removed, and a group DM with its name.
pub(crate) fn complete(
    conversation: Conversation,
    seen: &Seen,
    caller: &Caller,
    reader: &mut Reader,
) -> Result<Conversation, StoreError> {
    Ok(match seen.channel.kind {
        ChannelKind::Public | ChannelKind::Private => conversation,
        ChannelKind::Im => {
            let other = reader.user(other_party(seen, caller.id()))?;
            conversation.user_deleted(other.is_some_and(|user| user.removed))
        }
        ChannelKind::Mpim => {
            let mut handles = Vec::new();
            for party in &seen.channel.parties {
                handles.extend(reader.user(*party)?.map(|user| user.name.clone()));
            }
            conversation.between(&handles)
        }
    })
}

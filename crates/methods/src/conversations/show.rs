//! What a conversation's object says that only the store knows.

use crate::objects::{Conversation, conversation::other_party};
use guestlist_domain::{Caller, ChannelKind, see::Seen};
use guestlist_store::{Reader, StoreError};

/// Completes a DM with whether its other person is removed.
pub(crate) fn complete(
    conversation: Conversation,
    seen: &Seen,
    caller: &Caller,
    reader: &mut Reader,
) -> Result<Conversation, StoreError> {
    if seen.channel.kind != ChannelKind::Im {
        return Ok(conversation);
    }
    let other = reader.user(other_party(seen, caller.id()))?;
    Ok(conversation.user_deleted(other.is_some_and(|user| user.removed)))
}

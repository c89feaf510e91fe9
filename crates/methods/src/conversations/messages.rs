//! What `conversations.history` and `conversations.replies` have in common: messages as they tell them.

use crate::{arguments::Arguments, contract::BadArguments};

#[cfg(feature = "server")]
pub(super) use server::tell;

/// Metadata is told only where asked for.
#[derive(Clone, Debug)]
pub enum Metadata {
    /// Of every message.
    All,
    /// Of these event types.
    Of(Vec<String>),
}

impl Metadata {
    /// Reads `include_all_metadata` and `metadata_keys_to_include`; a list that is none is refused as `invalid`.
    pub(super) fn read<E>(given: &Arguments, invalid: E) -> Result<Self, BadArguments<E>> {
        let invalid = BadArguments::Refused(invalid);
        let types = match given.json("metadata_keys_to_include") {
            None => Vec::new(),
            Some(Ok(types)) => match serde_json::from_value(types) {
                Ok(types) => types,
                Err(_) => return Err(invalid),
            },
            Some(Err(_)) => return Err(invalid),
        };
        Ok(match given.flag("include_all_metadata")? {
            true => Self::All,
            false => Self::Of(types),
        })
    }
}

#[cfg(feature = "server")]
mod server {
    use super::Metadata;
    use crate::objects::message::{self, answered, answers, sign};
    use guestlist_domain::{Channel, Message, message::What};
    use guestlist_store::{Reader, StoreError};
    use serde_json::Value;

    /// A message of a conversation, with whose it is and what was said in answer to it. `parent` is what it
    /// answers itself, if that is at hand.
    pub(in super::super) fn tell(
        reader: &mut Reader,
        channel: &Channel,
        message: &Message,
        parent: Option<&Message>,
        metadata: &Metadata,
    ) -> Result<Value, StoreError> {
        let mut shown = message::message(message, channel.id);
        let wanted = match metadata {
            Metadata::All => true,
            Metadata::Of(types) => shown["metadata"]["event_type"]
                .as_str()
                .is_some_and(|given| types.iter().any(|t| t == given)),
        };
        if let Some(keys) = shown.as_object_mut().filter(|_| !wanted) {
            keys.remove("metadata");
        }
        if matches!(message.what, What::Text(_))
            && let Some(author) = reader.user(message.user)?
        {
            let app = author.bot.and_then(|bot| bot.app);
            let app = app.map(|app| reader.app(app)).transpose()?.flatten();
            sign(&mut shown, &author, app.as_deref());
        }
        if let Some(parent) = parent {
            answers(&mut shown, parent);
        } else if message.can_be_answered()
            && let Some(thread) = reader.thread(channel, message.ts)?
        {
            answered(&mut shown, message.ts, &thread);
        }
        Ok(shown)
    }
}

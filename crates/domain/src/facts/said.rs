//! What was said: facts for those who change a message, or delete it.
//!
//! They are not kept up with changes: whoever looks at them is decided by itself, over what is stored.

use super::{Facts, Key, Map, Missing, look};
use crate::{id::ChannelId, message::Message, time::Timestamp};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct Known {
    messages: Map<(ChannelId, Timestamp), Option<Arc<Message>>>,
    replies: Map<(ChannelId, Timestamp), u64>,
}

impl Known {
    pub(super) fn len(&self) -> usize {
        self.messages.len() + self.replies.len()
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Message(channel, ts) => self.messages.contains_key(&(*channel, *ts)),
            Key::Replies(channel, ts) => self.replies.contains_key(&(*channel, *ts)),
            _ => false,
        }
    }
}

impl Facts {
    /// A message of a conversation.
    pub fn message(
        &self,
        channel: ChannelId,
        ts: Timestamp,
    ) -> Result<Option<&Arc<Message>>, Missing> {
        look(&self.said.messages, &(channel, ts), self.complete, || {
            Key::Message(channel, ts)
        })
    }

    /// How many messages of a conversation answer another one.
    pub fn replies(&self, channel: ChannelId, ts: Timestamp) -> Result<u64, Missing> {
        match self.said.replies.get(&(channel, ts)) {
            Some(count) => Ok(*count),
            None if self.complete => {
                let answers = self.said.messages.iter().filter(|((place, _), message)| {
                    let message = message.as_ref();
                    *place == channel && message.is_some_and(|one| one.answers() == Some(ts))
                });
                Ok(answers.count() as u64)
            }
            None => Err(Missing(Key::Replies(channel, ts))),
        }
    }

    /// Loads a message, or that there is none.
    pub fn put_message(
        &mut self,
        channel: ChannelId,
        ts: Timestamp,
        message: Option<Arc<Message>>,
    ) {
        self.said.messages.insert((channel, ts), message);
    }

    /// Loads how many messages answer another one.
    pub fn put_replies(&mut self, channel: ChannelId, ts: Timestamp, count: u64) {
        self.said.replies.insert((channel, ts), count);
    }

    /// Forgets what was said.
    pub fn forget_said(&mut self) {
        self.said = Known::default();
    }
}

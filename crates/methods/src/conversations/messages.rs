//! What `conversations.history` and `conversations.replies` have in common: messages as they tell them.

use crate::{arguments::Arguments, contract::BadArguments, paging::Page};
use guestlist_domain::Timestamp;

#[cfg(feature = "server")]
pub(super) use server::tell;

/// Cursors hold the next message's time in microseconds.
pub(super) const CURSOR: &str = "next_ts";

/// Which messages are asked for, and with what.
#[derive(Clone, Debug)]
pub struct Which {
    /// Only later ones.
    pub oldest: Option<Timestamp>,
    /// Only earlier ones.
    pub latest: Option<Timestamp>,
    /// Those at the two ends too.
    pub inclusive: bool,
    /// Whose metadata to tell.
    pub metadata: Metadata,
    /// The page; its start is a time in microseconds.
    pub page: Page<i64>,
}

/// A method's codes for what cannot be read.
pub(super) struct Invalid<E> {
    pub(super) oldest: E,
    pub(super) latest: E,
    pub(super) metadata: E,
    pub(super) cursor: E,
}

impl Which {
    /// Reads what is asked for; `default` is the number of messages on a page.
    pub(super) fn read<E: Copy>(
        given: &Arguments,
        default: usize,
        invalid: Invalid<E>,
    ) -> Result<Self, BadArguments<E>> {
        let end = |name, invalid| match given.timestamp(name) {
            None => Ok(None),
            Some(Some(ts)) => Ok(Some(ts)),
            Some(None) => Err(BadArguments::Refused(invalid)),
        };
        Ok(Self {
            oldest: end("oldest", invalid.oldest)?,
            latest: end("latest", invalid.latest)?,
            inclusive: given.flag("inclusive")?,
            metadata: Metadata::read(given, invalid.metadata)?,
            page: Page::read(given, CURSOR, default, invalid.cursor)?,
        })
    }
}

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
    fn read<E>(given: &Arguments, invalid: E) -> Result<Self, BadArguments<E>> {
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
    use super::{Metadata, Which};
    use crate::objects::message::{self, sign};
    use guestlist_domain::{Channel, Message, Timestamp, message::What};
    use guestlist_store::{Reader, StoreError, Thread};
    use serde_json::{Value, json};

    impl Which {
        /// The first and the last time that is asked for, in microseconds.
        pub(in super::super) fn ends(&self) -> (i64, i64) {
            let outside = i64::from(!self.inclusive);
            let first = self.oldest.map_or(0, |ts| ts.0.saturating_add(outside));
            let last = self
                .latest
                .map_or(i64::MAX, |ts| ts.0.saturating_sub(outside));
            (first, last)
        }
    }

    /// A message of a conversation, with whose it is, and the thread below it, if there is one. `parent` is what
    /// it answers itself.
    pub(in super::super) fn tell(
        reader: &mut Reader,
        channel: &Channel,
        message: &Message,
        (parent, thread): (Option<&Message>, Option<&Thread>),
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
        } else if let Some(thread) = thread {
            answered(&mut shown, message.ts, thread);
        }
        Ok(shown)
    }

    /// The most people who answered that are named.
    const MOST_NAMED: usize = 5;

    /// Tells of a reply whom it answers.
    fn answers(reply: &mut Value, parent: &Message) {
        reply["parent_user_id"] = parent.user.to_string().into();
    }

    /// Tells of a message that was answered how often, when last, and by whom.
    fn answered(message: &mut Value, parent: Timestamp, thread: &Thread) {
        message["thread_ts"] = parent.ts().into();
        message["reply_count"] = thread.replies.into();
        message["reply_users_count"] = thread.users.len().into();
        message["latest_reply"] = thread.latest.ts().into();
        message["reply_users"] = json!(thread.users.iter().take(MOST_NAMED).collect::<Vec<_>>());
        message["is_locked"] = false.into();
        message["subscribed"] = false.into();
    }
}

//! What somebody has not read. It begins where they have marked it (`conversations.mark`), else in a
//! channel where they came in, in a DM after what they said last, be it since they marked it.

use serde::Serialize;
use serde_json::Value;

/// The read state of one conversation and one person.
#[derive(Debug, Serialize)]
pub(super) struct Unread {
    /// Up to where it is read.
    pub(super) last_read: String,
    /// The newest message; null where there is none.
    pub(super) latest: Option<Value>,
    /// Messages of others since.
    pub(super) unread_count: usize,
    /// Those among them that are not about who comes and goes.
    pub(super) unread_count_display: usize,
}

impl Unread {
    /// Of a conversation in which nobody has said anything.
    pub(super) fn nothing() -> Self {
        Self {
            last_read: "0000000000.000000".to_owned(),
            latest: None,
            unread_count: 0,
            unread_count_display: 0,
        }
    }
}

#[cfg(feature = "server")]
mod server {
    use super::Unread;
    use crate::objects::message;
    use guestlist_domain::{
        Message, Timestamp, UserId, channel::Channel, facts::Mark, message::What,
    };
    use guestlist_store::{Reader, StoreError};

    /// Messages that are counted as unread at most.
    const MOST: usize = 1000;
    const END: Timestamp = Timestamp(i64::MAX);

    impl Unread {
        /// Of a channel that somebody is in and has read so far.
        pub(in crate::objects) fn of_channel(
            channel: &Channel,
            (caller, last_read): (UserId, Timestamp),
            reader: &Reader,
        ) -> Result<Self, StoreError> {
            let latest = reader.history(channel, Timestamp(0), END, true, 1)?;
            let unread = reader.history(channel, last_read, END, false, MOST)?;
            Ok(Self::told(
                channel,
                caller,
                last_read,
                latest.first(),
                unread.iter(),
            ))
        }

        /// Of a DM that somebody may have marked.
        pub(in crate::objects) fn of_dm(
            dm: &Channel,
            (caller, mark): (UserId, Option<Mark>),
            reader: &Reader,
        ) -> Result<Self, StoreError> {
            let newest_first = reader.history(dm, Timestamp(0), END, true, MOST)?;
            let said = newest_first
                .iter()
                .position(|message| message.user == caller);
            // What they did last tells how far they have read.
            let mark = mark.filter(|mark| said.is_none_or(|own| newest_first[own].ts <= mark.at));
            let last_read = match (mark, said) {
                (Some(mark), _) => mark.ts,
                (None, Some(own)) => newest_first[own].ts,
                (None, None) => Timestamp(0),
            };
            let unread = newest_first
                .iter()
                .take_while(|message| message.ts > last_read);
            Ok(Self::told(
                dm,
                caller,
                last_read,
                newest_first.first(),
                unread,
            ))
        }

        fn told<'m>(
            channel: &Channel,
            caller: UserId,
            last_read: Timestamp,
            latest: Option<&Message>,
            unread: impl Iterator<Item = &'m Message> + Clone,
        ) -> Self {
            let others = unread.filter(|message| message.user != caller);
            let comes_or_goes =
                |what: &What| matches!(what, What::Joined { .. } | What::Left | What::Tombstone);
            Self {
                last_read: last_read.ts(),
                latest: latest.map(|newest| message(newest, channel.id)),
                unread_count: others.clone().count(),
                unread_count_display: others
                    .filter(|message| !comes_or_goes(&message.what))
                    .count(),
            }
        }
    }
}

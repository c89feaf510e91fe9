//! The channel object of `channels.*` and `groups.*`, from before the conversation object. It names
//! its members and tells what the caller has not read, and has none of the newer keys.

use super::{conversation::note, unread::Unread};
use guestlist_domain::{ChannelId, UserId, channel::Note, see::Seen};
use serde::Serialize;

/// A channel as one caller sees it.
#[derive(Debug, Serialize)]
pub struct LegacyChannel {
    #[serde(skip)]
    #[cfg_attr(
        not(feature = "server"),
        expect(dead_code, reason = "only those who answer look at it")
    )]
    seen: Seen,
    id: ChannelId,
    name: String,
    /// `is_channel` or `is_group`: which family's object it is.
    #[serde(flatten)]
    family: Family,
    created: i64,
    creator: UserId,
    is_archived: bool,
    is_general: bool,
    name_normalized: String,
    is_shared: bool,
    is_org_shared: bool,
    is_member: bool,
    is_private: bool,
    is_mpim: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    unread: Option<Unread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<UserId>>,
    #[serde(serialize_with = "note")]
    topic: Note,
    #[serde(serialize_with = "note")]
    purpose: Note,
    previous_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_members: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Family {
    Channel { is_channel: bool },
    Group { is_group: bool, is_open: bool },
}

impl LegacyChannel {
    /// The object of `channels.*`, so far without members.
    pub fn channel(seen: Seen) -> Self {
        Self::new(seen, Family::Channel { is_channel: true })
    }

    /// The object of `groups.*`, so far without members.
    pub fn group(seen: Seen) -> Self {
        let family = Family::Group {
            is_group: true,
            is_open: seen.is_member(),
        };
        Self::new(seen, family)
    }

    fn new(seen: Seen, family: Family) -> Self {
        let channel = &seen.channel;
        let own = seen.connection().and_then(|side| side.name.clone());
        let name = own.unwrap_or_else(|| channel.name.clone());
        Self {
            id: channel.id,
            name_normalized: name.clone(),
            name,
            family,
            created: channel.created.seconds(),
            creator: channel.creator,
            is_archived: channel.archived,
            is_general: channel.general,
            is_shared: channel.is_ext_shared() || channel.is_org_shared(),
            is_org_shared: channel.is_org_shared(),
            is_member: seen.is_member(),
            is_private: seen.is_private(),
            is_mpim: false,
            unread: None,
            members: None,
            topic: channel.topic.clone(),
            purpose: channel.purpose.clone(),
            previous_names: channel.previous_names.clone(),
            num_members: None,
            locale: None,
            seen,
        }
    }

    /// With the member and the read state of a channel that was just made.
    #[must_use]
    pub fn untouched(mut self, maker: UserId) -> Self {
        self.members = Some(vec![maker]);
        self.unread = Some(Unread::nothing());
        self
    }

    /// With `locale`.
    #[must_use]
    pub fn locale(mut self) -> Self {
        self.locale = Some(super::conversation::LOCALE);
        self
    }
}

#[cfg(feature = "server")]
mod server {
    use super::{LegacyChannel, Unread};
    use guestlist_domain::UserId;
    use guestlist_store::{Reader, StoreError};

    impl LegacyChannel {
        /// Puts in up to `most` members.
        pub(crate) fn name_members(
            &mut self,
            reader: &Reader,
            most: usize,
        ) -> Result<(), StoreError> {
            self.members = Some(reader.members(&self.seen.channel, None, most)?);
            Ok(())
        }

        /// Puts in how many members there are.
        pub(crate) fn count_members(&mut self, reader: &Reader) -> Result<(), StoreError> {
            self.num_members = Some(reader.member_count(&self.seen.channel)?);
            Ok(())
        }

        /// Puts in all members and, for somebody who is in the channel, what `caller` has not read.
        pub(crate) fn complete(
            &mut self,
            caller: UserId,
            reader: &Reader,
        ) -> Result<(), StoreError> {
            self.name_members(reader, i64::MAX as usize)?;
            if let Some(place) = self.seen.membership {
                let of = (caller, place.last_read());
                self.unread = Some(Unread::of_channel(&self.seen.channel, of, reader)?);
            }
            Ok(())
        }
    }
}

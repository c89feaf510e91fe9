//! Rows of messages.

use super::Build;
use crate::world::{
    document::{self, Subtype},
    index::Set,
    problem::Path,
};
use guestlist_domain::{
    Channel, Message, Timestamp,
    message::{Text, What},
};
use serde::de::IgnoredAny;

impl Build<'_> {
    pub(super) fn messages(
        &mut self,
        path: &Path<'_>,
        channel: &Channel,
        messages: Vec<document::Message>,
    ) {
        let path = path.key("messages");
        let mut times = Set::default();
        for (i, message) in messages.into_iter().enumerate() {
            let path = path.at(i);
            let Some(message) = self.message(&path, message) else {
                continue;
            };
            if !times.insert(message.ts) {
                self.refs.found.add(
                    &path.key("ts"),
                    format_args!("{} is used twice in this channel", message.ts.ts()),
                );
            }
            self.seed.messages.push((channel.team, channel.id, message));
        }
    }

    fn message(&mut self, path: &Path<'_>, mut from: document::Message) -> Option<Message> {
        let user = self.refs.anybody(&path.key("user"), &from.user);
        let ts = match self.refs.time_if_any(&path.key("ts"), &from.ts) {
            Some(ts) => ts,
            None => self.tick(),
        };
        let what = self.what(path, &mut from);
        for (key, left) in [
            ("text", from.text.is_some()),
            ("inviter", from.inviter.is_some()),
            ("topic", from.topic.is_some()),
            ("purpose", from.purpose.is_some()),
            ("old_name", from.old_name.is_some()),
            ("name", from.name.is_some()),
            ("bot_id", from.bot_id.is_some()),
            ("username", from.username.is_some()),
            ("thread_ts", from.thread_ts.is_some()),
            ("edited", from.edited.is_some()),
            ("broadcast", from.broadcast),
            ("blocks", from.blocks.is_some()),
            ("attachments", from.attachments.is_some()),
            ("metadata", from.metadata.is_some()),
        ] {
            if left {
                self.refs
                    .found
                    .add(&path.key(key), "is not told by a message of this subtype");
            }
        }
        Some(Message {
            ts,
            user: user?,
            what,
        })
    }

    /// Takes from the message what its subtype tells; what is left over does not belong.
    fn what(&mut self, path: &Path<'_>, from: &mut document::Message) -> What {
        match from.subtype {
            None => What::Text(Box::new(self.text(path, from))),
            Some(Subtype::ChannelJoin) => {
                let inviter = from.inviter.take();
                What::Joined {
                    inviter: inviter
                        .and_then(|text| self.refs.anybody(&path.key("inviter"), &text)),
                }
            }
            Some(Subtype::ChannelLeave) => What::Left,
            Some(Subtype::ChannelTopic) => What::Topic(from.topic.take().unwrap_or_default()),
            Some(Subtype::ChannelPurpose) => What::Purpose(from.purpose.take().unwrap_or_default()),
            Some(Subtype::ChannelName) => What::Renamed {
                old_name: self.needed(path, "old_name", from.old_name.take()),
                name: self.needed(path, "name", from.name.take()),
            },
            Some(Subtype::ChannelArchive) => What::Archived,
            Some(Subtype::ChannelUnarchive) => What::Unarchived,
            Some(Subtype::Tombstone) => What::Tombstone,
        }
    }

    fn text(&mut self, path: &Path<'_>, from: &mut document::Message) -> Text {
        if from.text.is_none() && from.blocks.is_none() && from.attachments.is_none() {
            self.refs.found.add(path, "a message needs a text");
        }
        let bot = from
            .bot_id
            .take()
            .and_then(|text| self.refs.id(&path.key("bot_id"), &text));
        Text {
            text: from.text.take().unwrap_or_default(),
            bot,
            username: from.username.take(),
            thread_ts: self
                .refs
                .time_if_any(&path.key("thread_ts"), &from.thread_ts.take()),
            edited: self
                .refs
                .time_if_any(&path.key("edited"), &from.edited.take()),
            broadcast: std::mem::take(&mut from.broadcast),
            blocks: self.json(path, "blocks", '[', from.blocks.take()),
            attachments: self.json(path, "attachments", '[', from.attachments.take()),
            metadata: self.json(path, "metadata", '{', from.metadata.take()),
        }
    }

    fn needed(&mut self, path: &Path<'_>, key: &'static str, value: Option<String>) -> String {
        if value.is_none() {
            self.refs
                .found
                .add(path, format_args!("the key `{key}` is missing"));
        }
        value.unwrap_or_default()
    }

    fn json(
        &mut self,
        path: &Path<'_>,
        key: &'static str,
        open: char,
        text: Option<String>,
    ) -> Option<String> {
        let text = text?;
        let what = if open == '[' { "an array" } else { "an object" };
        if !text.trim_start().starts_with(open) {
            self.refs.found.add(
                &path.key(key),
                format_args!("expected the text of {what} in JSON"),
            );
        } else if let Err(why) = serde_json::from_str::<IgnoredAny>(&text) {
            self.refs
                .found
                .add(&path.key(key), format_args!("malformed JSON: {why}"));
        }
        Some(text)
    }

    /// A time at or after now that no message made before has.
    fn tick(&mut self) -> Timestamp {
        self.tick = Timestamp(self.tick.0 + 1);
        self.tick
    }
}

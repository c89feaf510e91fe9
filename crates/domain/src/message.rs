//! What stands in a conversation's history.

use crate::{
    id::{BotId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A message. Its `ts` is its identity in the channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// When it was posted; unique in the store.
    pub ts: Timestamp,
    /// Who posted it, joined, left, …
    pub user: UserId,
    /// What it says.
    pub what: What,
}

impl Message {
    /// The message that this one answers. A parent may name itself.
    pub fn answers(&self) -> Option<Timestamp> {
        match &self.what {
            What::Text(text) => text.thread_ts.filter(|parent| *parent != self.ts),
            _ => None,
        }
    }

    /// Whether it stands in the thread alone, and not among the channel's messages.
    pub fn is_aside(&self) -> bool {
        let told = matches!(&self.what, What::Text(text) if text.broadcast);
        self.answers().is_some() && !told
    }

    /// Whether others may answer it: nobody answers that somebody came or went.
    pub fn can_be_answered(&self) -> bool {
        !matches!(self.what, What::Joined { .. } | What::Left)
    }
}

/// The kinds of message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Written by somebody.
    Text(Box<Text>),
    /// `channel_join`, with who invited them.
    Joined {
        /// Absent when they came by themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inviter: Option<UserId>,
    },
    /// `channel_leave`.
    Left,
    /// `channel_topic`.
    Topic(String),
    /// `channel_purpose`.
    Purpose(String),
    /// `channel_name`.
    Renamed {
        /// The name before.
        old_name: String,
        /// The name since.
        name: String,
    },
    /// `channel_archive`.
    Archived,
    /// `channel_unarchive`.
    Unarchived,
    /// `tombstone`: a message that was answered stood here, and was deleted.
    Tombstone,
}

/// A written message. What is JSON on the wire is kept as the JSON text it came as.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The plain text.
    pub text: String,
    /// The bot that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotId>,
    /// The name a bot wrote under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The parent of a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<Timestamp>,
    /// A reply that is told to the whole channel as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broadcast: bool,
    /// A JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<String>,
    /// A JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<String>,
    /// A JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
    /// When its author changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Timestamp>,
}

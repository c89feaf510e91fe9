//! What a decision does to the world, as data.

use crate::{
    channel::Channel,
    id::{AppId, ChannelId, TeamId, UserId},
    message::Message,
    time::Timestamp,
    token::{Token, TokenHash},
    workspace::Events,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One change. The journal keeps changes in this form: variants and fields may be added
/// (with a default), never renamed or given another meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Somebody is in a conversation now. Leaves a `channel_join` message, except in DMs.
    Joined {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// By whose invitation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inviter: Option<UserId>,
        /// When, and the message's `ts`.
        ts: Timestamp,
    },
    /// Somebody is no longer in a conversation. Leaves a `channel_leave` message.
    Left {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Who removed them; absent when they left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// When, and the message's `ts`.
        ts: Timestamp,
    },
    /// A conversation was made.
    Created {
        /// As it was made.
        channel: Arc<Channel>,
    },
    /// A conversation's settings changed; the message tells what.
    Edited {
        /// As it is now.
        channel: Arc<Channel>,
        /// What is left in its history.
        message: Message,
    },
    /// Somebody wrote.
    Posted {
        /// Where.
        channel: ChannelId,
        /// What.
        message: Message,
    },
    /// Somebody closed a DM, or has it open again.
    DmClosed {
        /// Which.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Whether it is closed now.
        closed: bool,
    },
    /// A token was made.
    TokenMade {
        /// As it is kept.
        token: Arc<Token>,
    },
    /// A token is dead.
    TokenRevoked {
        /// The workspace it was made in.
        team: TeamId,
        /// Which.
        hash: TokenHash,
    },
    /// An app's event subscription was set.
    Subscribed {
        /// The workspace that lists the app.
        team: TeamId,
        /// Which app.
        app: AppId,
        /// What it is subscribed to from here on, and where its events go.
        events: Events,
        /// The same before; absent when it had no subscription.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Events>,
    },
}

/// On whose behalf something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The workspace acted in.
    pub team: TeamId,
    /// The user; absent for the control interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
}

/// One call's changes in the journal: the audit trail and the source of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// For whom.
    pub by: Actor,
    /// What was done, in order; never empty.
    pub changes: Vec<Change>,
}

/// What a rule decided: changes that happen together or not at all, and what is answered
/// once they are durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<T> {
    /// What is done; empty when nothing is.
    pub changes: Vec<Change>,
    /// What the answer is made of.
    pub outcome: T,
}

impl<T> Plan<T> {
    /// A plan that changes nothing.
    pub fn nothing(outcome: T) -> Self {
        Self {
            changes: Vec::new(),
            outcome,
        }
    }
}

//! Slack Connect invitations: a channel offered to somebody of another organisation.

use crate::{
    id::{ChannelId, InvitationId, TeamId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// How long an invitation stands, and an acceptance after it: 14 days, in seconds.
pub const LIFE_SECONDS: i64 = 14 * 24 * 60 * 60;

/// Where an invitation is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for the inviting side's leave to be sent.
    Requested,
    /// The inviting side did not let it be sent.
    RequestDenied,
    /// On its way; nobody has accepted yet.
    #[default]
    Sent,
    /// Taken back.
    Revoked,
    /// Not accepted in time, or accepted and not approved in time.
    Expired,
    /// Accepted; a side has yet to approve.
    PendingApproval,
    /// Accepted, and a side did not approve.
    Declined,
    /// Accepted and approved: the sides are connected.
    Approved,
    /// Was connected, is no more.
    Disconnected,
}

/// Whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever reads mail at this address, lower case.
    Email(String),
    /// A person or a bot of another organisation.
    User(UserId),
}

/// What one side said to an acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The side.
    pub workspace: TeamId,
    /// Who said it; nobody where the side's settings did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// Yes or no.
    pub approved: bool,
}

/// Who accepted, and what is left to be said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The workspace the channel comes to.
    pub workspace: TeamId,
    /// Who accepted; becomes a member once connected.
    pub user: UserId,
    /// The name the channel has there; its own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The channel is private there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// When it was accepted.
    pub at: Timestamp,
    /// When the acceptance lapses unless every side has approved.
    pub expires: Timestamp,
    /// The sides that have yet to approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<TeamId>,
    /// What the other sides said, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
}

/// An invitation, or the request to send one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The channel that is offered.
    pub channel: ChannelId,
    /// Who invites.
    pub inviter: UserId,
    /// Whom.
    pub to: Recipient,
    /// The other side may post only.
    pub external_limited: bool,
    /// Words that go with it, at most 560 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where it is in its life.
    pub state: State,
    /// When it was made.
    pub created: Timestamp,
    /// When its state last changed.
    pub updated: Timestamp,
    /// When it lapses unless accepted.
    pub expires: Timestamp,
    /// Who answered the request to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<UserId>,
    /// The last part of the link that accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The code that goes with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conf_code: Option<String>,
    /// Set once accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
}

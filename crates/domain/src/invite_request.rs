//! Requests to invite somebody into a workspace: what a member makes where invitations need the approval of an admin,
//! and what became of each.

mod rules;

pub use rules::{
    Ask, Asked, Barred, NotApproved, NotAsked, Undecided, Wish, approve, ask, deny, needs, needs_of,
};

use crate::{
    id::{ChannelId, InvitationId, InviteRequestId, TeamId, UserId},
    time::Timestamp,
    user::Guest,
};
use serde::{Deserialize, Serialize};

/// The most characters of a reason: as many as of the words of an invitation.
pub const MOST_REASON: usize = crate::connect::MOST_MESSAGE;

/// A request to invite somebody into a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRequest {
    /// Its id.
    pub id: InviteRequestId,
    /// Into which workspace.
    pub team: TeamId,
    /// Whom, lower case.
    pub email: String,
    /// Who asked for it, the first before the others; one at least.
    pub requesters: Vec<UserId>,
    /// Into which channels, beside those that everybody is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// As a guest of which kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// What they are called; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// When their time as a guest ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Why they are to come, for whoever decides; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was first asked.
    pub created: Timestamp,
    /// What became of it.
    #[serde(default, skip_serializing_if = "State::is_pending")]
    pub state: State,
}

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has decided.
    #[default]
    Pending,
    /// It was approved, and the invitation went out.
    Approved(Approval),
    /// It was denied.
    Denied {
        /// By whom.
        by: UserId,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// Whether nobody has decided.
    pub fn is_pending(&self) -> bool {
        *self == Self::Pending
    }

    /// Which of its states it is.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Pending => Stage::Pending,
            Self::Approved(_) => Stage::Approved,
            Self::Denied { .. } => Stage::Denied,
        }
    }
}

/// A state without what goes with it: what requests are listed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has decided.
    Pending,
    /// Approved.
    Approved,
    /// Denied.
    Denied,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Approved, Self::Denied];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }

    /// The number that stands for it in tables.
    pub const fn number(self) -> i64 {
        self as i64
    }
}

/// How a request was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// By whom.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// The id of the invitation that went out.
    pub invite: InvitationId,
    /// Who invites: the first of those who asked who is still there, else who approved.
    pub inviter: UserId,
    /// Who is invited by it.
    pub user: UserId,
    /// Its letter; absent where it came with a world file, which has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Timestamp>,
}

#[cfg(test)]
mod tests;

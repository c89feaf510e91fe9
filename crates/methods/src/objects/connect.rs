//! Invitations and requests as lists tell them.
//! <https://docs.slack.dev/reference/methods/conversations.listConnectInvites>

use guestlist_domain::{
    Channel, ChannelId, Facts, Invitation, InvitationId, Missing, TeamId, Timestamp, UserId,
    connect::shape::{self, Invite, Offered, Person, Team},
    invitation::{Acceptance, Recipient, State},
};
use serde::Serialize;

/// An invitation in `conversations.listConnectInvites`.
#[derive(Debug, Serialize)]
pub struct InviteEntry {
    direction: &'static str,
    status: &'static str,
    date_last_updated: i64,
    invite_type: &'static str,
    invite: Invite,
    channel: Offered,
    #[serde(skip_serializing_if = "Option::is_none")]
    acceptances: Option<[AcceptanceObject; 1]>,
    invite_payload: Payload,
    /// What `invite` has, once more beside it.
    #[serde(flatten)]
    flat: Invite,
}

#[derive(Debug, Serialize)]
struct Payload {
    invite_type: &'static str,
    is_sponsored: bool,
    is_external_limited: bool,
    channel: Offered,
}

#[derive(Debug, Serialize)]
struct AcceptanceObject {
    approval_status: &'static str,
    date_accepted: i64,
    date_invalid: i64,
    date_last_updated: i64,
    accepting_team: Team,
    accepting_user: Person,
    reviews: Vec<ReviewObject>,
}

#[derive(Debug, Serialize)]
struct ReviewObject {
    #[serde(rename = "type")]
    kind: &'static str,
    date_review: i64,
    reviewing_team: Team,
}

impl InviteEntry {
    /// An invitation to a channel of another organisation or of the caller's, unless it is of the
    /// states that are not listed: requests, and what was declined or has led to a connection.
    pub fn new(
        facts: &Facts,
        invitation: &Invitation,
        channel: &Channel,
        outgoing: bool,
        now: Timestamp,
        site: &str,
    ) -> Result<Option<Self>, Missing> {
        let status = match invitation.state_at(now) {
            State::Sent | State::PendingApproval => "sent",
            // A request that nobody answered was never sent.
            State::Revoked | State::Expired
                if invitation.requested && invitation.reviewer.is_none() =>
            {
                return Ok(None);
            }
            State::Revoked => "revoked",
            State::Expired => "expired",
            _ => return Ok(None),
        };
        let acceptances = match &invitation.acceptance {
            Some(one) => Some([acceptance(facts, one, invitation, now)?]),
            None => None,
        };
        let invite = shape::invite(facts, invitation, channel.team, site)?;
        Ok(Some(Self {
            flat: invite.clone(),
            direction: if outgoing { "outgoing" } else { "incoming" },
            status,
            date_last_updated: invitation.updated.seconds(),
            invite_type: "channel",
            invite,
            channel: channel.into(),
            acceptances,
            invite_payload: Payload {
                invite_type: "channel",
                is_sponsored: false,
                is_external_limited: invitation.external_limited,
                channel: channel.into(),
            },
        }))
    }
}

fn acceptance(
    facts: &Facts,
    from: &Acceptance,
    invitation: &Invitation,
    now: Timestamp,
) -> Result<AcceptanceObject, Missing> {
    let mut reviews = Vec::new();
    // What a side's settings say is no review of anybody's.
    for review in from.reviews.iter().filter(|review| review.user.is_some()) {
        reviews.push(ReviewObject {
            kind: if review.approved {
                "approval"
            } else {
                "denial"
            },
            date_review: review.at.seconds(),
            reviewing_team: shape::team(facts, review.workspace)?,
        });
    }
    Ok(AcceptanceObject {
        approval_status: match invitation.state_at(now) {
            State::PendingApproval => "pending_approval",
            State::Expired => "expired",
            State::Declined => "declined",
            _ => "approved",
        },
        date_accepted: from.at.seconds(),
        date_invalid: from.expires.seconds(),
        date_last_updated: invitation.updated.seconds(),
        accepting_team: shape::team(facts, from.workspace)?,
        accepting_user: shape::person(facts, from.user, from.workspace)?,
        reviews,
    })
}

/// A request in `conversations.requestSharedInvite.list`.
#[derive(Debug, Serialize)]
pub struct RequestEntry {
    id: InvitationId,
    date_created: i64,
    date_last_updated: i64,
    expires_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_denied: Option<i64>,
    inviting_team: Team,
    inviting_user: Person,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewing_user: Option<Person>,
    is_external_limited: bool,
    is_sponsored: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_email: Option<String>,
    channel: RequestedChannel,
    target_user: Target,
}

#[derive(Debug, Serialize)]
struct RequestedChannel {
    id: ChannelId,
    is_im: bool,
    is_private: bool,
    date_created: i64,
    name: String,
    connections: Vec<Side>,
    pending_connections: Vec<Side>,
    previous_connections: Vec<Side>,
}

#[derive(Debug, Serialize)]
struct Side {
    team: Team,
    is_private: bool,
}

#[derive(Debug, Serialize)]
struct Target {
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_user_id: Option<UserId>,
}

impl RequestEntry {
    /// A request to invite somebody to a channel.
    pub fn new(facts: &Facts, from: &Invitation, channel: &Channel) -> Result<Self, Missing> {
        let sides = |teams: &[TeamId]| -> Result<Vec<Side>, Missing> {
            let side = |team: &TeamId| {
                Ok(Side {
                    team: shape::team(facts, *team)?,
                    is_private: channel.is_private_in(*team),
                })
            };
            teams.iter().map(side).collect()
        };
        let connected: Vec<TeamId> = channel.connections.iter().map(|c| c.workspace).collect();
        let (email, user) = match &from.to {
            Recipient::Email(email) => (Some(email.clone()), None),
            Recipient::User(user) => (None, Some(*user)),
        };
        let host = channel.team;
        let reviewer = from.reviewer.map(|user| shape::person(facts, user, host));
        let denied = from.state == State::RequestDenied;
        Ok(Self {
            id: from.id,
            date_created: from.created.seconds(),
            date_last_updated: from.updated.seconds(),
            expires_at: from.expires.seconds(),
            date_denied: denied.then(|| from.updated.seconds()),
            inviting_team: shape::team(facts, host)?,
            inviting_user: shape::person(facts, from.inviter, host)?,
            reviewing_user: reviewer.transpose()?,
            is_external_limited: from.external_limited,
            is_sponsored: false,
            recipient_email: email.clone(),
            channel: RequestedChannel {
                id: channel.id,
                is_im: false,
                is_private: channel.is_private_in(host),
                date_created: channel.created.seconds(),
                name: channel.name.clone(),
                connections: sides(&connected)?,
                pending_connections: sides(&channel.pending)?,
                previous_connections: sides(&channel.former)?,
            },
            target_user: Target {
                recipient_email: email,
                recipient_user_id: user,
            },
        })
    }
}

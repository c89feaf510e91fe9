//! Requests to invite people as methods and events tell them.
//! <https://docs.slack.dev/admins/managing-invite-requests>

use guestlist_domain::{
    ChannelId, InvitationId, InviteRequest, InviteRequestId, TeamId, Timestamp, UserId, Workspace,
    invite_request::Approval, user::Guest,
};
use serde::Serialize;

/// A request to invite somebody.
#[derive(Debug, Serialize)]
pub struct InviteRequestObject {
    id: InviteRequestId,
    email: String,
    date_created: i64,
    requester_ids: Vec<UserId>,
    channel_ids: Vec<ChannelId>,
    invite_type: &'static str,
    real_name: Option<String>,
    date_expire: Option<i64>,
    request_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<TeamPart>,
}

/// The workspace of a request, where it is told beside it.
#[derive(Debug, Serialize)]
struct TeamPart {
    id: TeamId,
    name: String,
    domain: String,
}

fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl InviteRequestObject {
    /// A request, without its workspace.
    pub fn new(request: &InviteRequest) -> Self {
        Self {
            id: request.id,
            email: request.email.clone(),
            date_created: request.created.seconds(),
            requester_ids: request.requesters.clone(),
            channel_ids: request.channels.clone(),
            invite_type: match request.guest {
                None => "full_member",
                Some(Guest::MultiChannel) => "restricted",
                Some(Guest::SingleChannel) => "ultra_restricted",
            },
            real_name: filled(&request.real_name),
            date_expire: request.expires.map(|end| end.seconds()),
            request_reason: filled(&request.reason),
            team: None,
        }
    }

    /// With its workspace.
    pub fn of(mut self, workspace: &Workspace) -> Self {
        self.team = Some(TeamPart {
            id: workspace.id,
            name: workspace.name.clone(),
            domain: workspace.domain.clone(),
        });
        self
    }
}

/// Who decided. Apps decide as the people whose tokens they hold.
#[derive(Debug, Serialize)]
pub struct DecidedBy {
    actor_id: UserId,
    actor_type: &'static str,
}

impl DecidedBy {
    /// A person.
    pub fn user(id: UserId) -> Self {
        Self {
            actor_id: id,
            actor_type: "user",
        }
    }
}

/// The invitation that an approved request came to.
#[derive(Debug, Serialize)]
pub struct InviteObject {
    id: InvitationId,
    inviter_id: UserId,
    email: String,
    date_created: i64,
    date_resent: Option<i64>,
    is_bouncing: bool,
    invite_preferences: Preferences,
}

/// As what somebody is invited.
#[derive(Debug, Serialize)]
struct Preferences {
    is_restricted: bool,
    is_ultra_restricted: bool,
    date_expire: Option<i64>,
    channel_ids: Vec<ChannelId>,
    is_domain_matched: bool,
    real_name: Option<String>,
}

impl InviteObject {
    /// The invitation of an approved request into a workspace: when it was sent again, if it was, and whether its letter
    /// could not be handed over.
    pub fn new(
        request: &InviteRequest,
        approval: &Approval,
        workspace: &Workspace,
        resent: Option<Timestamp>,
        is_bouncing: bool,
    ) -> Self {
        let domain = request.email.rsplit('@').next().unwrap_or_default();
        let mut domains = workspace.email_domain.split(',').map(str::trim);
        Self {
            id: approval.invite,
            inviter_id: approval.inviter,
            email: request.email.clone(),
            date_created: approval.at.seconds(),
            date_resent: resent.map(|at| at.seconds()),
            is_bouncing,
            invite_preferences: Preferences {
                is_restricted: request.guest.is_some(),
                is_ultra_restricted: request.guest == Some(Guest::SingleChannel),
                date_expire: request.expires.map(|end| end.seconds()),
                channel_ids: request.channels.clone(),
                is_domain_matched: domains.any(|one| one.eq_ignore_ascii_case(domain)),
                real_name: filled(&request.real_name),
            },
        }
    }
}

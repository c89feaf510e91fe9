//! What apps are told of Slack Connect: the inner payloads of its events, word for word.
//! <https://docs.slack.dev/apis/slack-connect/using-slack-connect-api-methods>

use super::shape::{self, Invite, Offered, Person, Team};
use crate::{
    change::Change,
    channel::Channel,
    facts::{Facts, Missing},
    id::{AppId, ChannelId, InvitationId, TeamId, UserId},
    invitation::{Invitation, Recipient},
    time::{Moment, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which apps an event is for: those in one of the workspaces that hold one of the scopes there
/// and have subscribed to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The workspaces.
    pub teams: Vec<TeamId>,
    /// The scopes; one is enough.
    pub scopes: Vec<String>,
    /// Only this app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// Only who is in the channel: it is private there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub members: bool,
}

impl Audience {
    fn new(teams: impl IntoIterator<Item = TeamId>, scopes: &[&str]) -> Self {
        Self {
            teams: teams.into_iter().collect(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            app: None,
            members: false,
        }
    }

    /// Who of a side may see what becomes of a channel.
    fn seeing(channel: &Channel, side: TeamId) -> Self {
        let members = channel.is_private_in(side);
        let scope = match members {
            true => "groups:read",
            false => "channels:read",
        };
        Self {
            members,
            ..Self::new([side], &[scope])
        }
    }
}

const READ: &str = "conversations.connect:read";
const WRITE: &str = "conversations.connect:write";
const MANAGE: &str = "conversations.connect:manage";

/// An event's payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A bot was invited to a channel of another organisation.
    SharedChannelInviteReceived {
        /// The invitation.
        invite: Invite,
        /// The channel.
        channel: Offered,
        /// When.
        event_ts: String,
    },
    /// Somebody accepted.
    SharedChannelInviteAccepted {
        /// Whether a side has yet to approve.
        approval_required: bool,
        /// The invitation.
        invite: Invite,
        /// The channel.
        channel: Offered,
        /// Who takes part in the channel.
        teams_in_channel: Vec<Team>,
        /// Who accepted.
        accepting_user: Person,
        /// When.
        event_ts: String,
    },
    /// A side approved the acceptance.
    SharedChannelInviteApproved {
        /// The invitation.
        invite: Invite,
        /// The channel.
        channel: Offered,
        /// The side.
        approving_team_id: TeamId,
        /// Who takes part in the channel.
        teams_in_channel: Vec<Team>,
        /// Who approved.
        approving_user: Person,
        /// When.
        event_ts: String,
    },
    /// The recipient did not accept, or a side did not approve.
    SharedChannelInviteDeclined {
        /// The invitation.
        invite: Invite,
        /// The channel.
        channel: Offered,
        /// The side.
        declining_team_id: TeamId,
        /// Who takes part in the channel.
        teams_in_channel: Vec<Team>,
        /// Who declined.
        declining_user: Person,
        /// When.
        event_ts: String,
    },
    /// Somebody asks to be let send an invitation.
    SharedChannelInviteRequested {
        /// Who asks.
        actor: Person,
        /// The channel.
        channel: RequestedChannel,
        /// The invited would be allowed to post only.
        is_external_limited: bool,
        /// Whom they want to invite.
        target_users: Vec<Target>,
        /// Who takes part in the channel.
        teams_in_channel: Vec<Team>,
        /// When; those of older stores do not say.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        event_ts: String,
    },
    /// An external workspace takes part in a channel.
    ChannelShared {
        /// The workspace.
        connected_team_id: TeamId,
        /// The channel.
        channel: ChannelId,
        /// When.
        event_ts: String,
    },
    /// An external workspace takes part no more.
    ChannelUnshared {
        /// The workspace.
        previously_connected_team_id: TeamId,
        /// The channel.
        channel: ChannelId,
        /// Whether others take part still.
        is_ext_shared: bool,
        /// When.
        event_ts: String,
    },
}

/// A channel for which somebody asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedChannel {
    id: ChannelId,
    is_im: bool,
    is_private: bool,
    date_created: i64,
    /// Microseconds. Which messages were counted is not kept: the time of the request.
    message_latest_counted_timestamp: i64,
    name: String,
}

/// Whom somebody wants to invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    invite_id: InvitationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl Event {
    /// Its name, as apps subscribe to it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SharedChannelInviteReceived { .. } => "shared_channel_invite_received",
            Self::SharedChannelInviteAccepted { .. } => "shared_channel_invite_accepted",
            Self::SharedChannelInviteApproved { .. } => "shared_channel_invite_approved",
            Self::SharedChannelInviteDeclined { .. } => "shared_channel_invite_declined",
            Self::SharedChannelInviteRequested { .. } => "shared_channel_invite_requested",
            Self::ChannelShared { .. } => "channel_shared",
            Self::ChannelUnshared { .. } => "channel_unshared",
        }
    }

    /// The channel it is about.
    pub const fn channel(&self) -> ChannelId {
        match self {
            Self::SharedChannelInviteReceived { channel, .. }
            | Self::SharedChannelInviteAccepted { channel, .. }
            | Self::SharedChannelInviteApproved { channel, .. }
            | Self::SharedChannelInviteDeclined { channel, .. } => channel.id,
            Self::SharedChannelInviteRequested { channel, .. } => channel.id,
            Self::ChannelShared { channel, .. } | Self::ChannelUnshared { channel, .. } => *channel,
        }
    }
}

/// What all events about one invitation tell.
pub(super) struct About<'a> {
    pub(super) facts: &'a Facts,
    pub(super) invitation: &'a Invitation,
    pub(super) channel: &'a Channel,
    pub(super) site: &'a str,
}

impl About<'_> {
    fn invite(&self) -> Result<Invite, Missing> {
        shape::invite(self.facts, self.invitation, self.channel.team, self.site)
    }

    fn teams(&self) -> Result<Vec<Team>, Missing> {
        shape::teams(self.facts, self.channel)
    }

    /// The inviting side, and the accepting one where somebody has accepted.
    fn both(&self, other: TeamId) -> [TeamId; 2] {
        [self.channel.team, other]
    }

    /// The bot `to` was invited.
    pub(super) fn received(
        &self,
        (team, app): (TeamId, Option<AppId>),
        moment: &mut Moment,
    ) -> Result<Change, Missing> {
        let ts = moment.name();
        let event = Event::SharedChannelInviteReceived {
            invite: self.invite()?,
            channel: self.channel.into(),
            event_ts: ts.ts(),
        };
        let audience = Audience {
            app,
            ..Audience::new([team], &[READ])
        };
        Ok(raised(ts, event, audience))
    }

    pub(super) fn accepted(
        &self,
        (team, user): (TeamId, UserId),
        approval_required: bool,
        moment: &mut Moment,
    ) -> Result<Change, Missing> {
        let ts = moment.name();
        let event = Event::SharedChannelInviteAccepted {
            approval_required,
            invite: self.invite()?,
            channel: self.channel.into(),
            teams_in_channel: self.teams()?,
            accepting_user: shape::person(self.facts, user, team)?,
            event_ts: ts.ts(),
        };
        Ok(raised(
            ts,
            event,
            Audience::new(self.both(team), &[WRITE, MANAGE]),
        ))
    }

    pub(super) fn approved(
        &self,
        other: TeamId,
        (team, user): (TeamId, UserId),
        moment: &mut Moment,
    ) -> Result<Change, Missing> {
        let ts = moment.name();
        let event = Event::SharedChannelInviteApproved {
            invite: self.invite()?,
            channel: self.channel.into(),
            approving_team_id: team,
            teams_in_channel: self.teams()?,
            approving_user: shape::person(self.facts, user, team)?,
            event_ts: ts.ts(),
        };
        Ok(raised(
            ts,
            event,
            Audience::new(self.both(other), &[MANAGE]),
        ))
    }

    pub(super) fn declined(
        &self,
        other: TeamId,
        (team, user): (TeamId, UserId),
        moment: &mut Moment,
    ) -> Result<Change, Missing> {
        let ts = moment.name();
        let event = Event::SharedChannelInviteDeclined {
            invite: self.invite()?,
            channel: self.channel.into(),
            declining_team_id: team,
            teams_in_channel: self.teams()?,
            declining_user: shape::person(self.facts, user, team)?,
            event_ts: ts.ts(),
        };
        Ok(raised(
            ts,
            event,
            Audience::new(self.both(other), &[MANAGE]),
        ))
    }

    pub(super) fn requested(&self, moment: &mut Moment) -> Result<Change, Missing> {
        let ts = moment.name();
        let email = match &self.invitation.to {
            Recipient::Email(email) => Some(email.clone()),
            Recipient::User(user) => self.facts.user(*user)?.and_then(|user| user.email.clone()),
        };
        let (channel, team) = (self.channel, self.channel.team);
        let event = Event::SharedChannelInviteRequested {
            actor: shape::person(self.facts, self.invitation.inviter, team)?,
            channel: RequestedChannel {
                id: channel.id,
                is_im: false,
                is_private: channel.is_private_in(team),
                date_created: channel.created.seconds(),
                message_latest_counted_timestamp: moment.now().0,
                name: channel.name.clone(),
            },
            is_external_limited: self.invitation.external_limited,
            target_users: vec![Target {
                invite_id: self.invitation.id,
                email,
            }],
            teams_in_channel: self.teams()?,
            event_ts: ts.ts(),
        };
        Ok(raised(ts, event, Audience::new([team], &[MANAGE])))
    }
}

/// Every side is told that `with` takes part now; its own apps are told of the host.
pub(super) fn shared(channel: &Channel, with: TeamId, moment: &mut Moment) -> Vec<Change> {
    let told = |side: TeamId| {
        let ts = moment.name();
        let event = Event::ChannelShared {
            connected_team_id: if side == with { channel.team } else { with },
            channel: channel.id,
            event_ts: ts.ts(),
        };
        raised(ts, event, Audience::seeing(channel, side))
    };
    channel.sides().map(told).collect()
}

/// Every side is told that `gone` takes part no more; its own apps are told of the host, and of the channel by the id
/// that they know. `before` is the channel as it was: whoever goes is told while they are still in it.
pub(super) fn unshared(before: &Channel, gone: TeamId, moment: &mut Moment) -> Vec<Change> {
    let others = before.connections.len() > 1;
    let told = |side: TeamId| {
        let ts = moment.name();
        let (other, still) = match side == gone {
            true => (before.team, false),
            false => (gone, others),
        };
        let event = Event::ChannelUnshared {
            previously_connected_team_id: other,
            channel: before.id,
            is_ext_shared: still,
            event_ts: ts.ts(),
        };
        raised(ts, event, Audience::seeing(before, side))
    };
    before.sides().map(told).collect()
}

fn raised(ts: Timestamp, event: Event, audience: Audience) -> Change {
    Change::Raised {
        ts,
        event: Arc::new(event),
        audience,
    }
}

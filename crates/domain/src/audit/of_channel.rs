//! Channels: who is in them, what became of them, and who shares them.
//!
//! An organisation is told everything of channels of its own. Of another's, in which it takes part, it is told what
//! was done since the two were connected; and, be it connected still or not, what its own people and workspaces did.

use super::{Action, ChannelSeen, Details, Entity, Here, Said, shape::ChannelKnown};
use crate::{
    change::Change,
    channel::{Channel, ChannelKind},
    connect::event::Event,
    facts::Missing,
    id::{ChannelId, TeamId, UserId},
    invitation::{Invitation, Recipient, Sharing, Step},
    message::What,
    time::Timestamp,
};

/// The organisation's part in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It is one of its workspaces'.
    Own(TeamId),
    /// One of its workspaces takes part, since that tick.
    Side(TeamId, Timestamp),
    /// None, or none any more.
    None,
}

impl Part {
    fn of(here: &Here<'_>, channel: &Channel) -> Self {
        if here.log.has(channel.team) {
            return Self::Own(channel.team);
        }
        let mut sides = channel.connections.iter();
        match sides.find(|side| here.log.has(side.workspace)) {
            Some(side) => Self::Side(side.workspace, side.connected),
            None => Self::None,
        }
    }

    /// Whether the organisation is told of what was done at a tick. Ticks alone tell what came first: the clock may
    /// stand, or be set back.
    fn hears(self, tick: Timestamp) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Side(_, since) => tick > since,
            Self::None => false,
        }
    }

    /// Its workspace, or else `otherwise`.
    fn team(self, otherwise: TeamId) -> TeamId {
        match self {
            Self::Own(team) | Self::Side(team, _) => team,
            Self::None => otherwise,
        }
    }
}

/// What the entry of somebody's coming or going is, as far as the change alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foretold {
    /// Which of these depends on who it is.
    pub actions: [Action; 2],
    /// Who comes or goes.
    pub actor: UserId,
    /// Where.
    pub channel: ChannelId,
}

/// What a change's one entry is, if it has any; `None` where the change alone does not tell.
pub fn foretold(change: &Change) -> Option<Foretold> {
    let (actions, actor, channel) = match change {
        Change::Joined { user, channel, .. } => {
            let actions = [Action::UserChannelJoin, Action::GuestChannelJoin];
            (actions, *user, *channel)
        }
        Change::Left { user, channel, .. } => {
            let actions = [Action::UserChannelLeave, Action::GuestChannelLeave];
            (actions, *user, *channel)
        }
        _ => return None,
    };
    Some(Foretold {
        actions,
        actor,
        channel,
    })
}

/// A channel as the organisation sees it.
fn seen(here: &Here<'_>, channel: &Channel) -> Entity {
    let known = match Part::of(here, channel) {
        Part::None => None,
        Part::Own(team) | Part::Side(team, _) => Some(ChannelKnown {
            name: channel.name_in(team).to_owned(),
            privacy: match channel.is_private_in(team) {
                true => "private",
                false => "public",
            },
            is_shared: channel.is_ext_shared(),
            is_org_shared: channel.is_org_shared(),
            teams_shared_with: channel
                .sides()
                .filter(|side| !here.log.has(*side))
                .collect(),
        }),
    };
    Entity::Channel(ChannelSeen {
        id: channel.id,
        known,
        original_connected_channel_id: channel.frozen.map(|frozen| frozen.of),
    })
}

impl Here<'_> {
    pub(super) fn of_channel(&self, change: &Change) -> Result<Vec<Said>, Missing> {
        let said = match change {
            Change::Joined {
                channel,
                user,
                inviter,
                ts,
            } => {
                let by = inviter.filter(|inviter| inviter != user);
                self.moved(*channel, *user, true, by, *ts)?
            }
            Change::Left {
                channel,
                user,
                by,
                ts,
            } => self.moved(*channel, *user, false, *by, *ts)?,
            Change::Created { channel } => match channel.kind {
                ChannelKind::Public => self.became(channel, Action::PublicChannelCreated)?,
                ChannelKind::Private => self.became(channel, Action::PrivateChannelCreated)?,
                ChannelKind::Im | ChannelKind::Mpim => None,
            },
            Change::Edited { channel, .. }
            | Change::Shared { channel, .. }
            | Change::Severed { channel, .. }
                if channel.kind.is_dm() =>
            {
                None
            }
            Change::Edited { channel, message } => self.edited_channel(channel, &message.what)?,
            Change::Shared {
                channel,
                step,
                with,
            } => self.shared(channel, *step, *with)?,
            Change::Severed {
                channel,
                workspace,
                copy,
                ts,
                ..
            } => self.severed(channel, *workspace, copy.as_deref(), *ts)?,
            Change::Invitation {
                team,
                step,
                invitation,
            } => return self.invited(*team, *step, invitation),
            _ => None,
        };
        Ok(said.into_iter().collect())
    }

    /// Somebody is in a channel now, or no more, at the tick `ts`; `by` is who saw to it. Whoever is not known any
    /// more, as their workspace was taken out, has their id alone.
    fn moved(
        &self,
        channel: ChannelId,
        user: UserId,
        joined: bool,
        by: Option<UserId>,
        ts: Timestamp,
    ) -> Result<Option<Said>, Missing> {
        let channel = self.facts.channel(channel)?;
        let Some(channel) = channel.filter(|channel| !channel.kind.is_dm()) else {
            return Ok(None);
        };
        let part = Part::of(self, channel);
        if !part.hears(ts) && !self.is_ours(user)? {
            return Ok(None);
        }
        let person = self.facts.user(user)?;
        let is_guest = person.is_some_and(|person| person.guest.is_some());
        let home = person.map_or(channel.team, |person| person.team);
        let by = by.map(|by| self.person(by)).transpose()?.map(Into::into);
        let (inviter, kicker) = if joined { (by, None) } else { (None, by) };
        let action = match (joined, is_guest) {
            (true, false) => Action::UserChannelJoin,
            (true, true) => Action::GuestChannelJoin,
            (false, false) => Action::UserChannelLeave,
            (false, true) => Action::GuestChannelLeave,
        };
        let details = Details {
            inviter,
            kicker,
            ..Details::default()
        };
        Ok(Some(Said {
            action,
            actor: self.person(user)?,
            entity: seen(self, channel),
            details,
            location: self.location(part.team(home)),
        }))
    }

    /// Something became of a channel of the organisation's.
    fn became(&self, channel: &Channel, action: Action) -> Result<Option<Said>, Missing> {
        match Part::of(self, channel) {
            Part::Own(team) => self.said(action, seen(self, channel), team).map(Some),
            Part::Side(..) | Part::None => Ok(None),
        }
    }

    fn edited_channel(&self, channel: &Channel, what: &What) -> Result<Option<Said>, Missing> {
        let archived = match what {
            What::Renamed { .. } => return self.became(channel, Action::ChannelRenamed),
            What::Archived => true,
            What::Unarchived => false,
            What::Topic(_)
            | What::Purpose(_)
            | What::Text(_)
            | What::Joined { .. }
            | What::Left
            | What::Tombstone => return Ok(None),
        };
        let (Part::Own(team) | Part::Side(team, _)) = Part::of(self, channel) else {
            return Ok(None);
        };
        let action = match (archived, channel.is_private_in(team)) {
            (true, false) => Action::PublicChannelArchive,
            (true, true) => Action::PrivateChannelArchive,
            (false, false) => Action::PublicChannelUnarchive,
            (false, true) => Action::PrivateChannelUnarchive,
        };
        self.said(action, seen(self, channel), team).map(Some)
    }

    /// Who shares a channel is another, or may do something else there.
    fn shared(
        &self,
        channel: &Channel,
        step: Sharing,
        with: TeamId,
    ) -> Result<Option<Said>, Missing> {
        let action = match step {
            Sharing::Connected => Action::Connected,
            Sharing::Reconnected => Action::Reconnected,
            Sharing::Upgraded => Action::AccessUpgraded,
            Sharing::Downgraded => Action::AccessDowngraded,
            // Told by the invitation, or by the change itself.
            Sharing::Pending | Sharing::Dropped | Sharing::Ended => return Ok(None),
        };
        let (Part::Own(team) | Part::Side(team, _)) = Part::of(self, channel) else {
            return Ok(None);
        };
        let details = Details {
            origin_team: Some(channel.team),
            target_team: Some(with),
            is_external_limited: channel.connection(with).map(|side| side.external_limited),
            ..self.parted(channel.team, with)?
        };
        let said = self.said(action, seen(self, channel), team)?;
        Ok(Some(Said { details, ..said }))
    }

    /// A workspace takes part in a channel no more.
    fn severed(
        &self,
        channel: &Channel,
        leaving: TeamId,
        copy: Option<&Channel>,
        ts: Timestamp,
    ) -> Result<Option<Said>, Missing> {
        let part = Part::of(self, channel);
        if !part.hears(ts) && !self.log.has(leaving) {
            return Ok(None);
        }
        let copy = copy.filter(|_| self.log.has(leaving));
        let entity = copy.map_or_else(|| seen(self, channel), |copy| seen(self, copy));
        let details = Details {
            origin_team: Some(channel.team),
            disconnecting_team: Some(leaving),
            ..self.parted(channel.team, leaving)?
        };
        let said = self.said(Action::Disconnected, entity, part.team(leaving))?;
        Ok(Some(Said { details, ..said }))
    }

    /// The other organisation of two that share a channel.
    fn parted(&self, host: TeamId, partner: TeamId) -> Result<Details, Missing> {
        let other = if self.log.has(partner) { host } else { partner };
        self.external(other)
    }

    /// Another organisation, by one of its workspaces.
    fn external(&self, team: TeamId) -> Result<Details, Missing> {
        let workspace = self.facts.workspace(team)?;
        let org = match workspace.and_then(|one| one.enterprise) {
            Some(org) => self.facts.enterprise(org)?,
            None => None,
        };
        let (id, name) = match (org, workspace) {
            (Some(org), _) => (org.id.to_string(), Some(org.name.clone())),
            (None, Some(workspace)) => (team.to_string(), Some(workspace.name.clone())),
            (None, None) => (team.to_string(), None),
        };
        Ok(Details {
            external_organization_id: Some(id),
            external_organization_name: name,
            ..Details::default()
        })
    }

    /// What an invitation's step comes to: to the side that invites each of them, to the other those that it took or
    /// that are about its acceptance.
    fn invited(
        &self,
        team: TeamId,
        step: Step,
        invitation: &Invitation,
    ) -> Result<Vec<Said>, Missing> {
        let actions: &[Action] = match step {
            Step::Requested => &[Action::InviteRequested],
            Step::RequestApproved => &[
                Action::InviteRequestApproved,
                Action::InviteCreated,
                Action::InviteSent,
            ],
            Step::RequestDenied => &[Action::InviteRequestDenied],
            Step::Sent => &[Action::InviteCreated, Action::InviteSent],
            Step::Revoked => &[Action::InviteRevoked],
            Step::Expired => &[Action::InviteExpired],
            Step::Accepted => &[Action::InviteAccepted],
            Step::Approved => &[Action::InviteApproved],
            Step::Declined => &[Action::InviteDeclined],
            // Told by what is shared no more; and that an answer could not be given is none.
            Step::Disconnected | Step::AnswerFailed => &[],
        };
        let channel = self.facts.channel(invitation.channel)?;
        if channel.is_some_and(|channel| channel.kind.is_dm()) {
            return Ok(Vec::new());
        }
        let acceptance = invitation.acceptance.as_ref();
        let accepted = acceptance.map(|one| one.workspace);
        let acting = Some(self.call.by.team);
        let declining = self.declining().filter(|_| step == Step::Declined);
        let declined = declining.map(|(team, _)| team);
        let ours = [Some(team), accepted, acting, declined]
            .into_iter()
            .flatten()
            .find(|team| self.log.has(*team));
        let Some(ours) = ours else {
            return Ok(Vec::new());
        };
        let mut details = self.offered(team, invitation)?;
        details.invite_id = Some(invitation.id);
        details.channel_id = Some(invitation.channel);
        details.is_external_limited = Some(invitation.external_limited);
        details.origin_team = Some(team);
        details.target_team = accepted;
        let entity = match channel {
            Some(channel) => seen(self, channel),
            None => Entity::Channel(ChannelSeen {
                id: invitation.channel,
                known: None,
                original_connected_channel_id: None,
            }),
        };
        let said = actions.iter().map(|action| {
            let mut said = self.said(*action, entity.clone(), ours)?;
            said.details = details.clone();
            // Who has a standing answer gives it without being asked.
            let answers = match (action, acceptance) {
                (Action::InviteAccepted, Some(acceptance)) => Some(acceptance.user),
                (Action::InviteDeclined, _) => declining.map(|(_, user)| user),
                _ => None,
            };
            if let Some(user) = answers {
                said.actor = self.person(user)?;
            }
            Ok(said)
        });
        said.collect()
    }

    /// Which side says no in this call, and who of it, as apps are told: with a standing answer whoever asks is nobody.
    fn declining(&self) -> Option<(TeamId, UserId)> {
        self.call.changes.iter().find_map(|change| match change {
            Change::Raised { event, .. } => match &**event {
                Event::SharedChannelInviteDeclined {
                    declining_team_id,
                    declining_user,
                    ..
                } => Some((*declining_team_id, declining_user.id)),
                _ => None,
            },
            _ => None,
        })
    }

    /// The other side of an invitation from `team`: to who invites whom they invite, to who is invited who does.
    fn offered(&self, team: TeamId, invitation: &Invitation) -> Result<Details, Missing> {
        if !self.log.has(team) {
            return Ok(Details {
                external_user_id: Some(invitation.inviter),
                ..self.external(team)?
            });
        }
        let user = match &invitation.to {
            Recipient::User(user) => Some(*user),
            Recipient::Email(_) => invitation.acceptance.as_ref().map(|one| one.user),
        };
        let home = match (&invitation.acceptance, user) {
            (Some(acceptance), _) => Some(acceptance.workspace),
            (None, Some(user)) => self.facts.user(user)?.map(|user| user.team),
            (None, None) => None,
        };
        let known = home.map(|home| self.external(home)).transpose()?;
        Ok(Details {
            external_user_id: user,
            external_user_email: match &invitation.to {
                Recipient::Email(address) => Some(address.clone()),
                Recipient::User(_) => None,
            },
            ..known.unwrap_or_default()
        })
    }
}

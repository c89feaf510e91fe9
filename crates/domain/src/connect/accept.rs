//! Accepting an invitation, and what a connection begins with.
//! <https://docs.slack.dev/reference/methods/conversations.acceptSharedInvite>

use super::{Actor, event, event::About, shared, step};
use crate::{
    change::{Change, Plan},
    channel::{Channel, Connection},
    facts::{Facts, Missing, Stop},
    id::{ChannelId, InvitationId, TeamId},
    invitation::{Acceptance, Invitation, Review, Sharing, State, Step, lapse},
    time::Moment,
    trail::Watch,
    workspace::{Approval, Workspace},
};
use std::sync::Arc;

mod checks;

/// Which invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This one.
    Id(InvitationId),
    /// The one to this channel that is meant for whoever accepts.
    To(ChannelId),
}

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who accepts, for which workspace.
    pub who: &'a Actor,
    /// Which invitation; `None` when what was given is no id of one.
    pub which: Option<Which>,
    /// What the channel is to be called there, a valid name.
    pub name: &'a str,
    /// Private there. A post-only side is whatever is asked.
    pub private: bool,
    /// Where this server is reached.
    pub site: &'a str,
}

/// Why it is not accepted, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Who accepts is a guest.
    Guest,
    /// Slack Connect is off in their workspace.
    Off,
    /// What was given is no invitation's id.
    InvalidLink,
    /// No such invitation, or one that is no longer open, or its channel is gone.
    NotFound,
    /// Accepted already.
    Used,
    /// It comes from their own organisation.
    SameOrg,
    /// It was sent to another organisation.
    WrongTeam,
    /// It was sent to another address.
    WrongEmail,
    /// The host can take part no more.
    HostOut,
    /// The channel is being moved.
    Migrating,
    /// Their organisation is in the channel.
    Connected,
    /// Their organisation has accepted already; that waits for approval.
    Pending,
    /// Shared in the old way, and there is a partner already.
    LegacyLimit,
    /// Shared in the old way, which goes on with old partners only.
    LegacyOrg,
    /// As many organisations are in it as may be.
    ConnectionLimit,
    /// They may not make private channels.
    NoPrivate,
    /// They may not make private channels, and this one has to be.
    HasToBePrivate,
    /// They may not make public channels.
    NoPublic,
    /// Another channel there has the name.
    NameTaken,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The invitation as it is now.
    pub invitation: Arc<Invitation>,
    /// The accepting side has approved by accepting.
    pub implicit_approval: bool,
}

/// Decides an acceptance. Where no side reviews, the sides are connected by it.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Outcome>, Stop<Refusal>> {
    let checks::Checked {
        invitation,
        channel,
        host,
    } = checks::all(facts, ask, moment.now(), watch)?;
    let team = ask.who.workspace.id;
    let now = moment.now();
    let required = |workspace: &Workspace| workspace.connect.approval == Approval::Required;
    let reviewers = [host.as_ref(), ask.who.workspace.as_ref()];
    let awaiting: Vec<TeamId> = reviewers
        .iter()
        .filter(|side| required(side))
        .map(|side| side.id)
        .collect();
    let reviews = reviewers
        .iter()
        .filter(|side| !required(side))
        .map(|side| Review {
            workspace: side.id,
            user: None,
            at: now,
            approved: true,
        })
        .collect();
    let waits = !awaiting.is_empty();
    let mut next = Invitation::clone(&invitation);
    next.state = if waits {
        State::PendingApproval
    } else {
        State::Approved
    };
    next.updated = now;
    next.expected = None;
    next.acceptance = Some(Acceptance {
        workspace: team,
        user: ask.who.user.id,
        name: Some(ask.name.to_owned()),
        private: ask.private || next.external_limited,
        at: now,
        expires: lapse(now),
        awaiting,
        reviews,
    });
    let (next, change) = step(channel.team, Step::Accepted, next);
    let mut changes = vec![change];
    let about = |channel| About {
        facts,
        invitation: &next,
        channel,
        site: ask.site,
    };
    if waits {
        let (channel, change) = shared(&channel, Sharing::Pending, team, now, |channel| {
            channel.pending.push(team);
        });
        changes.push(change);
        changes.push(about(&channel).accepted(ask.who.both(), true, moment)?);
    } else {
        let (channel, more) = connect(facts, &channel, &next, moment)?;
        changes.push(about(&channel).accepted(ask.who.both(), false, moment)?);
        changes.extend(more);
    }
    Ok(Plan {
        changes,
        outcome: Outcome {
            invitation: next,
            implicit_approval: !required(&ask.who.workspace),
        },
    })
}

fn is_taken(facts: &Facts, team: TeamId, name: &str, channel: ChannelId) -> Result<bool, Missing> {
    Ok(facts
        .handle(team, name)?
        .is_some_and(|other| other != channel))
}

/// A name that is free in a workspace: this one, or with a number after it.
pub fn free_name(
    facts: &Facts,
    team: TeamId,
    name: &str,
    channel: ChannelId,
) -> Result<String, Missing> {
    let short: String = name.chars().take(crate::name::MAX_LEN - 4).collect();
    let mut free = name.to_owned();
    for number in 2..1000 {
        if !is_taken(facts, team, &free, channel)? {
            break;
        }
        free = format!("{short}-{number}");
    }
    Ok(free)
}

/// The sides are connected, and whoever accepted comes in, if they still could accept. What has been taken
/// since the acceptance is the name: then there is a number after it.
pub(super) fn connect(
    facts: &Facts,
    channel: &Channel,
    invitation: &Invitation,
    moment: &mut Moment,
) -> Result<(Arc<Channel>, Vec<Change>), Missing> {
    let Some(acceptance) = &invitation.acceptance else {
        return Ok((Arc::new(channel.clone()), Vec::new()));
    };
    let team = acceptance.workspace;
    let name = acceptance.name.as_deref().unwrap_or(&channel.name);
    let name = free_name(facts, team, name, channel.id)?;
    let again = channel.former.contains(&team);
    let how = if again {
        Sharing::Reconnected
    } else {
        Sharing::Connected
    };
    // A tick, by which what was done in the channel before is told apart, whatever the clock shows.
    let connected = moment.tick();
    let (channel, change) = shared(channel, how, team, moment.now(), |channel| {
        channel.pending.retain(|pending| *pending != team);
        channel.former.retain(|former| *former != team);
        channel.connections.push(Connection {
            workspace: team,
            external_limited: invitation.external_limited,
            name: Some(name),
            private: Some(acceptance.private),
            connected,
        });
    });
    let mut changes = vec![change];
    let comes = facts.user(acceptance.user)?.is_some_and(|user| {
        // As who may accept: guests are in the channels that they are brought into, and in no others.
        !user.is_gone(moment.now()) && user.is_in(team) && user.guest.is_none()
    });
    if comes && facts.membership(channel.id, acceptance.user)?.is_none() {
        changes.push(Change::Joined {
            channel: channel.id,
            user: acceptance.user,
            inviter: Some(invitation.inviter),
            ts: moment.tick(),
        });
    }
    changes.extend(event::shared(&channel, team, moment));
    Ok((channel, changes))
}

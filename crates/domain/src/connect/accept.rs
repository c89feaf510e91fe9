//! Accepting an invitation, and what a connection begins with.
//! <https://docs.slack.dev/reference/methods/conversations.acceptSharedInvite>

use super::{
    Actor, event, event::About, is_ours, most_organisations, our_connection, reads_at, shared,
    step, takes_part,
};
use crate::{
    change::{Change, Plan},
    channel::{Channel, Connection},
    facts::{Facts, Missing, Stop},
    id::{ChannelId, InvitationId, TeamId},
    invitation::{Acceptance, Invitation, Recipient, Review, Sharing, State, Step, lapse},
    time::Moment,
    workspace::{Approval, Workspace},
};
use std::sync::Arc;

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
) -> Result<Plan<Outcome>, Stop<Refusal>> {
    let Checked {
        invitation,
        channel,
        host,
    } = check(facts, ask, moment)?;
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

struct Checked {
    invitation: Arc<Invitation>,
    channel: Arc<Channel>,
    host: Arc<Workspace>,
}

fn check(facts: &Facts, ask: &Ask<'_>, moment: &Moment) -> Result<Checked, Stop<Refusal>> {
    use Refusal as No;
    let refuse = |no| Err(Stop::Refused(no));
    let Actor { user, workspace } = ask.who;
    if user.guest.is_some() {
        return refuse(No::Guest);
    }
    if !workspace.connect.enabled {
        return refuse(No::Off);
    }
    let invitation = match ask.which {
        None => return refuse(No::InvalidLink),
        Some(Which::Id(id)) => facts.invitation(id)?.cloned(),
        Some(Which::To(channel)) => meant(facts, ask.who, channel, moment)?,
    };
    let Some(invitation) = invitation else {
        return refuse(No::NotFound);
    };
    match invitation.state_at(moment.now()) {
        State::Sent => {}
        State::PendingApproval | State::Approved | State::Disconnected => {
            return refuse(No::Used);
        }
        State::Requested
        | State::RequestDenied
        | State::Revoked
        | State::Expired
        | State::Declined => return refuse(No::NotFound),
    }
    let channel = facts.channel(invitation.channel)?.cloned();
    let Some(channel) = channel.filter(|channel| !channel.archived && !channel.unshareable) else {
        return refuse(No::NotFound);
    };
    if is_ours(facts, workspace, channel.team)? {
        return refuse(No::SameOrg);
    }
    match &invitation.to {
        Recipient::User(to) => {
            let home = facts.user(*to)?.map(|to| to.team);
            let ours = match home {
                Some(home) => is_ours(facts, workspace, home)?,
                None => false,
            };
            if !ours {
                return refuse(No::WrongTeam);
            }
        }
        Recipient::Email(to) => {
            if !reads_at(facts, channel.team, ask.who, to)? {
                return refuse(No::WrongEmail);
            }
        }
    }
    let host = facts.workspace(channel.team)?.cloned();
    let Some(host) = host.filter(|host| takes_part(host)) else {
        return refuse(No::HostOut);
    };
    if channel.migrating {
        return refuse(No::Migrating);
    }
    if our_connection(facts, workspace, &channel)?.is_some() {
        return refuse(No::Connected);
    }
    for offer in facts.offers(channel.id)? {
        if let Some(acceptance) = &offer.acceptance
            && offer.state_at(moment.now()) == State::PendingApproval
            && is_ours(facts, workspace, acceptance.workspace)?
        {
            return refuse(No::Pending);
        }
    }
    if channel.legacy_shared && !channel.connections.is_empty() {
        return refuse(No::LegacyLimit);
    }
    if channel.legacy_shared && !channel.former.contains(&workspace.id) {
        return refuse(No::LegacyOrg);
    }
    if 1 + channel.connections.len() >= most_organisations(&channel) {
        return refuse(No::ConnectionLimit);
    }
    let admin = user.is_admin();
    if !workspace.who_may_create_private.allows(admin) {
        if ask.private {
            return refuse(No::NoPrivate);
        }
        if invitation.external_limited {
            return refuse(No::HasToBePrivate);
        }
    }
    let public = !ask.private && !invitation.external_limited;
    if public && !workspace.who_may_create_public.allows(admin) {
        return refuse(No::NoPublic);
    }
    if is_taken(facts, workspace.id, ask.name, channel.id)? {
        return refuse(No::NameTaken);
    }
    Ok(Checked {
        invitation,
        channel,
        host,
    })
}

/// The open invitation to a channel that is meant for whoever accepts: for them before others of
/// their organisation.
fn meant(
    facts: &Facts,
    who: &Actor,
    channel: ChannelId,
    moment: &Moment,
) -> Result<Option<Arc<Invitation>>, Missing> {
    let mut ours = None;
    for offer in facts.offers(channel)? {
        if offer.state_at(moment.now()) != State::Sent {
            continue;
        }
        match &offer.to {
            Recipient::User(to) if *to == who.user.id => return Ok(Some(offer)),
            Recipient::Email(to) => {
                if let Some(channel) = facts.channel(channel)?
                    && reads_at(facts, channel.team, who, to)?
                {
                    return Ok(Some(offer));
                }
            }
            Recipient::User(to) => {
                if let Some(to) = facts.user(*to)?
                    && is_ours(facts, &who.workspace, to.team)?
                {
                    ours = Some(offer);
                }
            }
        }
    }
    Ok(ours)
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

/// The sides are connected, and whoever accepted comes in. What has been taken since the
/// acceptance is the name: then there is a number after it.
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
    let connected = moment.now();
    let (channel, change) = shared(channel, how, team, connected, |channel| {
        channel.pending.retain(|pending| *pending != team);
        channel.former.retain(|former| *former != team);
        channel.connections.push(Connection {
            workspace: team,
            external_limited: invitation.external_limited,
            name: Some(name),
            private: acceptance.private,
            connected,
        });
    });
    let mut changes = vec![change];
    if facts.membership(channel.id, acceptance.user)?.is_none() {
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

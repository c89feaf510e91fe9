//! The end of a connection: the side that goes keeps a frozen copy, if it could do more than post.
//! <https://docs.slack.dev/reference/methods/admin.conversations.disconnectShared>

use super::{Actor, Party, event, is_ours, is_stranger, our_connection, shared, step, takes_part};
use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::{Change, Plan},
    channel::{Channel, Frozen},
    facts::{Facts, Missing, Stop},
    id::{ChannelId, TeamId},
    invitation::{Invitation, Sharing, State, Step},
    see,
    time::Moment,
    trail::Blind,
    workspace::Workspace,
};
use std::sync::Arc;

/// Why a channel stays connected, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// Slack Connect is off in the workspace.
    Off,
    /// Nobody may disconnect here.
    Restricted,
    /// No such channel in the organisation.
    ChannelNotFound,
    /// A DM or a group DM.
    WrongKind,
    /// The general channel.
    General,
    /// A party named is none.
    TeamNotFound,
    /// Nobody takes part but the host.
    NotShared,
    /// Several partners, and none named; or several named.
    WhichTeam,
    /// The host was named.
    Host,
    /// The party named takes no part.
    NotInChannel,
    /// Another than the caller's own side, in a channel of somebody else.
    NotHost,
}

/// Ends one side's part in a channel.
pub fn disconnect(
    facts: &Facts,
    caller: &Caller,
    channel: Option<ChannelId>,
    leaving: &[Option<Party>],
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<Refusal>> {
    use Refusal as No;
    let refuse = |no| Err(Stop::Refused(no));
    let workspace = &caller.workspace;
    match admin::of_organisation(caller, &mut Blind) {
        Err(NotAdmin::NotAnEnterprise) => return refuse(No::NotAnEnterprise),
        Err(NotAdmin::NotAnAdmin) => return refuse(No::NotAnAdmin),
        Ok(()) => {}
    }
    if !takes_part(workspace) {
        return refuse(No::Off);
    }
    if !Actor::from(caller).may_manage() {
        return refuse(No::Restricted);
    }
    let Some(seen) = see::by_admin(facts, caller, channel)? else {
        return refuse(No::ChannelNotFound);
    };
    let own = seen.connection().map(|side| side.workspace);
    let channel = seen.channel;
    if channel.kind.is_dm() {
        return refuse(No::WrongKind);
    }
    if channel.general {
        return refuse(No::General);
    }
    let mut parties = Vec::new();
    for party in leaving {
        match party {
            Some(party) if is_known(facts, workspace, *party)? => parties.push(*party),
            _ => return refuse(No::TeamNotFound),
        }
    }
    if channel.connections.is_empty() {
        return refuse(No::NotShared);
    }
    let leaving = match (&parties[..], own, &channel.connections[..]) {
        ([party], _, _) => {
            if party.is(facts, channel.team)? {
                return refuse(No::Host);
            }
            match taking_part(facts, &channel, *party)? {
                Some(team) => team,
                None => return refuse(No::NotInChannel),
            }
        }
        ([], Some(own), [_]) => own,
        ([], None, [only]) => only.workspace,
        _ => return refuse(No::WhichTeam),
    };
    if own.is_some_and(|own| own != leaving) {
        return refuse(No::NotHost);
    }
    Ok(Plan {
        changes: sever(facts, &channel, leaving, moment)?,
        outcome: (),
    })
}

/// Why an organisation stays connected, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerRefusal {
    /// The caller may not disconnect.
    Restricted,
    /// The party named is none with which channels are shared.
    InvalidTarget,
}

/// Ends every channel that the caller's workspace and another organisation share; those that both have from
/// a third are the third's to end.
pub fn disconnect_party(
    facts: &Facts,
    caller: &Caller,
    target: Option<TeamId>,
    moment: &mut Moment,
) -> Result<Plan<()>, Stop<PartnerRefusal>> {
    let refuse = |no| Err(Stop::Refused(no));
    let workspace = &caller.workspace;
    if !Actor::from(caller).may_manage() {
        return refuse(PartnerRefusal::Restricted);
    }
    let target = match target {
        Some(id) => facts.workspace(id)?.cloned(),
        None => None,
    };
    let Some(target) = target else {
        return refuse(PartnerRefusal::InvalidTarget);
    };
    if is_ours(facts, workspace, target.id)? {
        return refuse(PartnerRefusal::InvalidTarget);
    }
    let shared = facts.links(workspace.id, target.id)?;
    let mut changes = Vec::new();
    for id in shared {
        let Some(channel) = facts.channel(id)?.cloned() else {
            continue;
        };
        let leaving = if channel.team == workspace.id {
            our_connection(facts, &target, &channel)?
        } else if is_ours(facts, &target, channel.team)? {
            channel.connection(workspace.id).map(|own| own.workspace)
        } else {
            None
        };
        if let Some(leaving) = leaving {
            changes.extend(sever(facts, &channel, leaving, moment)?);
        }
    }
    if changes.is_empty() {
        return refuse(PartnerRefusal::InvalidTarget);
    }
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// Whether a party is there, and no stranger to the caller.
fn is_known(facts: &Facts, home: &Workspace, party: Party) -> Result<bool, Missing> {
    let org = match party {
        Party::Team(team) => {
            return Ok(facts.workspace(team)?.is_some() && !is_stranger(facts, home, team)?);
        }
        Party::Org(org) => org,
    };
    if facts.enterprise(org)?.is_none() {
        return Ok(false);
    }
    // Workspaces of one organisation are of one realm and take part in the same channels.
    match facts.siblings(org)?.first().map(|first| first.id) {
        Some(first) => Ok(!is_stranger(facts, home, first)?),
        None => Ok(false),
    }
}

fn taking_part(facts: &Facts, channel: &Channel, party: Party) -> Result<Option<TeamId>, Missing> {
    for side in &channel.connections {
        if party.is(facts, side.workspace)? {
            return Ok(Some(side.workspace));
        }
    }
    Ok(None)
}

/// A side goes: its people leave the channel for its copy, which nobody can write to any more.
/// A side that could only post keeps none. A DM ends for all who are in it, and they keep it.
fn sever(
    facts: &Facts,
    before: &Channel,
    leaving: TeamId,
    moment: &mut Moment,
) -> Result<Vec<Change>, Missing> {
    let Some(side) = before.connection(leaving) else {
        return Ok(Vec::new());
    };
    if before.kind.is_dm() {
        return Ok(end(before, leaving, moment).into_iter().collect());
    }
    let people = facts.side(before.id, leaving)?;
    let ts = moment.tick();
    let copy = (!side.external_limited).then(|| {
        let kind = before.kind_in(leaving);
        let (id, name) = (moment.channel_id('C'), before.name_in(leaving));
        let mut copy = Channel::new(id, leaving, kind, name, before.creator, before.created);
        copy.updated = ts;
        copy.archived = true;
        copy.topic = before.topic.clone();
        copy.purpose = before.purpose.clone();
        copy.frozen = Some(Frozen {
            of: before.id,
            host: before.team,
            until: ts,
        });
        Arc::new(copy)
    });
    let mut channel = before.clone();
    channel.connections.retain(|side| side.workspace != leaving);
    channel.former.push(leaving);
    channel.kept = copy.as_ref().map(|_| ts).or(channel.kept);
    channel.updated = ts;

    let mut changes = Vec::new();
    for offer in facts.offers(before.id)? {
        let theirs = offer.acceptance.as_ref().map(|one| one.workspace) == Some(leaving);
        if offer.state == State::Approved && theirs {
            let next = Invitation {
                state: State::Disconnected,
                updated: moment.now(),
                ..Invitation::clone(&offer)
            };
            changes.push(step(before.team, Step::Disconnected, next).1);
        }
    }
    changes.extend(event::unshared(before, leaving, moment));
    changes.push(Change::Severed {
        channel: Arc::new(channel),
        workspace: leaving,
        people,
        copy,
        ts,
    });
    Ok(changes)
}

fn end(dm: &Channel, leaving: TeamId, moment: &Moment) -> Option<Change> {
    if dm.has_ended() {
        return None;
    }
    let archive = |dm: &mut Channel| dm.archived = true;
    let (_, change) = shared(dm, Sharing::Ended, leaving, moment.now(), archive);
    Some(change)
}

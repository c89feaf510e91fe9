//! Who sees which conversation, and from which side.

use crate::{
    caller::Caller,
    channel::{Channel, ChannelKind, Connection},
    facts::{Facts, Membership, Missing},
    id::{ChannelId, TeamId},
    user::User,
    workspace::Workspace,
};
use std::sync::Arc;

/// A conversation as one caller sees it. Having one means that they may know of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The conversation.
    pub channel: Arc<Channel>,
    /// The workspace it is seen from.
    pub team: TeamId,
    /// The caller's place in it.
    pub membership: Option<Membership>,
}

impl Seen {
    /// Whether the caller is in it.
    pub fn is_member(&self) -> bool {
        self.membership.is_some()
    }

    /// The connection through which the caller's organisation takes part; the host has none.
    pub fn connection(&self) -> Option<&Connection> {
        self.channel.connection(self.team)
    }

    /// Whether the caller's side may only talk: not invite, not change the channel.
    pub fn is_post_only(&self) -> bool {
        self.connection().is_some_and(|side| side.external_limited)
    }

    /// Whether it is private on the caller's side.
    pub fn is_private(&self) -> bool {
        self.channel.is_private_in(self.team)
    }

    /// Its kind on the caller's side, which decides the scopes.
    pub fn kind(&self) -> ChannelKind {
        self.channel.kind_in(self.team)
    }
}

/// Whether two workspaces are the same or belong to one organisation.
pub fn same_org(facts: &Facts, a: &Workspace, b: TeamId) -> Result<bool, Missing> {
    // Most are the same or of no organisation: then nothing is looked up.
    if a.id == b || a.enterprise.is_none() {
        return Ok(a.id == b);
    }
    Ok(facts.workspace(b)?.is_some_and(|b| a.is_with(b)))
}

/// The conversation `id`, unless there is none that this caller may know of: it is not in
/// their workspace, or it is private (or they are a guest) and they are not in it.
pub fn channel(
    facts: &Facts,
    caller: &Caller,
    id: Option<ChannelId>,
) -> Result<Option<Seen>, Missing> {
    let Some(id) = id else { return Ok(None) };
    let Some(channel) = facts.channel(id)? else {
        return Ok(None);
    };
    let team = caller.team();
    if !is_here(facts, &caller.workspace, channel)? {
        return Ok(None);
    }
    let membership = facts.membership(id, caller.id())?;
    let seen = Seen {
        channel: channel.clone(),
        team,
        membership,
    };
    let hidden = seen.is_private() || caller.user.guest.is_some();
    Ok((seen.is_member() || !hidden).then_some(seen))
}

/// Whether a workspace has a conversation: it is in it, or connected with it.
pub fn is_here(facts: &Facts, workspace: &Workspace, channel: &Channel) -> Result<bool, Missing> {
    let team = workspace.id;
    Ok(channel.team == team
        || channel.connection(team).is_some()
        || channel.is_in(
            team,
            channel.org_wide && same_org(facts, workspace, channel.team)?,
        ))
}

/// Whether somebody may know of a conversation, from whichever of their workspaces.
pub fn by_person(facts: &Facts, user: &User, channel: &Channel) -> Result<bool, Missing> {
    let is_member = facts.membership(channel.id, user.id)?.is_some();
    for team in user.all_teams() {
        let hidden = channel.is_private_in(team) || user.guest.is_some();
        if (is_member || !hidden)
            && let Some(workspace) = facts.workspace(team)?
            && is_here(facts, workspace, channel)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The conversation `id` as admins see it: any that their organisation has or takes part in,
/// whether they are in it or not.
pub fn by_admin(
    facts: &Facts,
    caller: &Caller,
    id: Option<ChannelId>,
) -> Result<Option<Seen>, Missing> {
    let Some(id) = id else { return Ok(None) };
    let Some(channel) = facts.channel(id)? else {
        return Ok(None);
    };
    for team in channel.sides() {
        if same_org(facts, &caller.workspace, team)? {
            return Ok(Some(Seen {
                channel: channel.clone(),
                team,
                membership: facts.membership(id, caller.id())?,
            }));
        }
    }
    Ok(None)
}

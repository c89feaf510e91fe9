//! Inviting people to a channel: the one rule behind `conversations.invite` and
//! `channels.invite`.
//! <https://docs.slack.dev/reference/methods/conversations.invite>

use crate::{
    caller::Caller,
    change::{Change, Plan},
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, UserId},
    scope::Scopes,
    see::{self, Seen},
    time::Moment,
    token::TokenKind,
    user::{Guest, Standing},
};

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where to; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The kinds of conversation the method is for, as the caller's side sees them.
    pub kinds: &'a [ChannelKind],
    /// Whom, each once: an id, or the text that is none.
    pub people: &'a [Result<UserId, String>],
    /// Leave out who cannot be invited instead of inviting nobody.
    pub force: bool,
    /// The method's scopes.
    pub scopes: &'a Scopes,
}

/// Why nobody at all can be invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelRefusal {
    /// No such channel, or none the caller may know of.
    ChannelNotFound,
    /// A kind of conversation that the method is not for.
    WrongKind,
    /// Archived.
    IsArchived,
    /// Being moved.
    Migrating,
    /// The organisation has suspended its keys.
    EkmSuspended,
    /// The caller is not in it.
    NotInChannel,
    /// Closed to the caller by its access list.
    AccessDenied,
    /// Only admins add people here, or the workspace token was not granted this channel.
    NoPermission,
}

/// Why one person cannot be invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonRefusal {
    /// Nobody the caller could know.
    UserNotFound,
    /// The caller.
    Oneself,
    /// Once a member of the workspace, no more.
    Removed,
    /// Already in the channel.
    AlreadyInChannel,
    /// Slackbot, or barred from somebody in the channel.
    CantInvite,
    /// A bot, and the channel admits no apps.
    AppCannotJoin,
    /// In the organisation, not in the one workspace that has the channel.
    OrgUserNotInTeam,
    /// In none of the workspaces that share the channel.
    CantSeeChannel,
    /// A guest, and the channel is closed to guests.
    GuestKeptOut,
    /// A single-channel guest who has a channel.
    GuestHasChannel,
    /// Of a connected organisation, and the caller may not bring such people.
    NoExternalPermission,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The channel as the caller sees it.
    pub seen: Seen,
    /// Who could not be invited and why, in the order given.
    pub failed: Vec<(String, PersonRefusal)>,
    /// Whether the call succeeded; without, `failed` is not empty.
    pub ok: bool,
}

/// What is worth loading before the first attempt.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let Some(channel) = ask.channel else {
        return Vec::new();
    };
    let mut keys = Vec::with_capacity(3 + 2 * ask.people.len());
    keys.extend([Key::Channel(channel), Key::Member(channel, ask.caller.id())]);
    for user in ask.people.iter().flatten() {
        keys.extend([Key::Standing(*user), Key::Member(channel, *user)]);
    }
    keys
}

/// Decides who is invited. Everything that follows — memberships, messages, events — is in
/// the plan's changes and happens as one.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
) -> Result<Plan<Outcome>, Stop<ChannelRefusal>> {
    let seen = channel(facts, ask)?;
    let mut welcome = Vec::new();
    let mut failed = Vec::new();
    for given in ask.people {
        match given {
            Err(text) => failed.push((text.clone(), PersonRefusal::UserNotFound)),
            Ok(user) => match person(facts, ask, &seen.channel, *user, &welcome)? {
                Ok(()) => welcome.push(*user),
                Err(refusal) => failed.push((user.to_string(), refusal)),
            },
        }
    }

    // People in state "removed" do not hold the others back, though the answer is an error.
    let only_removed = failed
        .iter()
        .all(|(_, refusal)| *refusal == PersonRefusal::Removed);
    let ok = failed.is_empty() || (ask.force && !welcome.is_empty());
    if !ok && !only_removed {
        welcome.clear();
    }
    let changes = welcome
        .into_iter()
        .map(|user| Change::Joined {
            channel: seen.channel.id,
            user,
            inviter: Some(ask.caller.id()),
            ts: moment.tick(),
        })
        .collect();
    Ok(Plan {
        changes,
        outcome: Outcome { seen, failed, ok },
    })
}

/// The checks that do not depend on whom is invited.
fn channel(facts: &Facts, ask: &Ask<'_>) -> Result<Seen, Stop<ChannelRefusal>> {
    use ChannelRefusal as No;
    let caller = ask.caller;
    let refuse = |no| Err(Stop::Refused(no));

    let Some(seen) = see::channel(facts, caller, ask.channel)? else {
        return refuse(No::ChannelNotFound);
    };
    let channel = &seen.channel;
    if !ask.kinds.contains(&seen.kind()) {
        return refuse(No::WrongKind);
    }
    caller
        .scope_for(ask.scopes, seen.kind())
        .map_err(Stop::Scope)?;
    if channel.archived {
        return refuse(No::IsArchived);
    }
    if channel.migrating {
        return refuse(No::Migrating);
    }
    if caller
        .enterprise
        .as_ref()
        .is_some_and(|org| org.ekm_suspended)
    {
        return refuse(No::EkmSuspended);
    }
    if !seen.is_member() {
        return refuse(No::NotInChannel);
    }
    if !channel.access_list.is_empty() && !channel.access_list.contains(&caller.id()) {
        return refuse(No::AccessDenied);
    }
    let granted =
        caller.token.kind != TokenKind::Workspace || caller.token.channels.contains(&channel.id);
    if !granted
        || !caller
            .workspace
            .who_may_invite
            .allows(caller.user.is_admin())
    {
        return refuse(No::NoPermission);
    }
    Ok(seen)
}

/// The checks for one person. `welcome` are those of the same call already found welcome.
fn person(
    facts: &Facts,
    ask: &Ask<'_>,
    channel: &Channel,
    id: UserId,
    welcome: &[UserId],
) -> Result<Result<(), PersonRefusal>, Missing> {
    use PersonRefusal as No;
    if id.is_slackbot() {
        return Ok(Err(No::CantInvite));
    }
    let Some(user) = facts.standing(id)? else {
        return Ok(Err(No::UserNotFound));
    };
    let place = place(facts, channel, &user)?;
    if place == Place::Stranger {
        return Ok(Err(No::UserNotFound));
    }
    if id == ask.caller.id() {
        return Ok(Err(No::Oneself));
    }
    if user.removed {
        return Ok(Err(No::Removed));
    }
    if facts.membership(channel.id, id)?.is_some() {
        return Ok(Err(No::AlreadyInChannel));
    }
    if barred(facts, channel, id, welcome)? {
        return Ok(Err(No::CantInvite));
    }
    if user.bot && channel.no_apps {
        return Ok(Err(No::AppCannotJoin));
    }
    match place {
        Place::ElsewhereInOrg if channel.is_org_shared() => return Ok(Err(No::CantSeeChannel)),
        Place::ElsewhereInOrg => return Ok(Err(No::OrgUserNotInTeam)),
        Place::Inside | Place::Connected | Place::Stranger => {}
    }
    if user.guest.is_some()
        && (channel.no_guests || channel.general || channel.mandatory || channel.org_wide)
    {
        return Ok(Err(No::GuestKeptOut));
    }
    if user.guest == Some(Guest::SingleChannel) && facts.channel_count(id)? > 0 {
        return Ok(Err(No::GuestHasChannel));
    }
    let caller = ask.caller;
    let post_only = channel
        .connection(caller.team())
        .is_some_and(|side| side.external_limited);
    let external = !user.all_teams().any(|team| team == caller.team())
        && !see::same_org(facts, &caller.workspace, user.team)?;
    let may_bring = caller
        .workspace
        .connect
        .invite_external_people
        .allows(caller.user.is_admin());
    if post_only || (external && !may_bring) {
        return Ok(Err(No::NoExternalPermission));
    }
    Ok(Ok(()))
}

/// Where somebody stands to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a workspace of the owning organisation that has the channel.
    Inside,
    /// In a workspace that takes part through Slack Connect.
    Connected,
    /// In the owning organisation, not in a workspace that has the channel.
    ElsewhereInOrg,
    /// Nothing connects them.
    Stranger,
}

fn place(facts: &Facts, channel: &Channel, user: &Standing) -> Result<Place, Missing> {
    if user.all_teams().any(|team| channel.is_in(team, false)) {
        return Ok(Place::Inside);
    }
    if user
        .all_teams()
        .any(|team| channel.connection(team).is_some())
    {
        return Ok(Place::Connected);
    }
    let Some(owner) = facts.workspace(channel.team)? else {
        return Ok(Place::Stranger);
    };
    Ok(match see::same_org(facts, owner, user.team)? {
        true if channel.org_wide => Place::Inside,
        true => Place::ElsewhereInOrg,
        false => Place::Stranger,
    })
}

/// Whether an information barrier stands between `id` and somebody who is in the channel or
/// comes in with them. Looks at the people barriers name, never at the whole channel.
pub fn barred(
    facts: &Facts,
    channel: &Channel,
    id: UserId,
    welcome: &[UserId],
) -> Result<bool, Missing> {
    if channel.kind != ChannelKind::Public && channel.kind != ChannelKind::Private {
        return Ok(false);
    }
    let Some(workspace) = facts.workspace(channel.team)? else {
        return Ok(false);
    };
    for barrier in &workspace.barriers {
        for other in barrier.from.iter().chain(&barrier.to) {
            if barrier.separates(id, *other)
                && (welcome.contains(other) || facts.membership(channel.id, *other)?.is_some())
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;

//! What is looked at before an invitation is accepted, in this order.

use super::{Ask, Refusal, Which, is_taken};
use crate::{
    channel::Channel,
    connect::{Actor, is_ours, most_organisations, our_connection, reads_at, takes_part},
    facts::{Facts, Missing, Stop},
    id::ChannelId,
    invitation::{Invitation, Recipient, State},
    time::Timestamp,
    trail::{Told, Watch, demand},
    words,
    workspace::Workspace,
};
use std::sync::Arc;

/// What is accepted, and of whom.
pub(super) struct Checked {
    pub(super) invitation: Arc<Invitation>,
    pub(super) channel: Arc<Channel>,
    pub(super) host: Arc<Workspace>,
}

/// All of them.
pub(super) fn all(
    facts: &Facts,
    ask: &Ask<'_>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Checked, Stop<Refusal>> {
    let (invitation, channel) = invitation(facts, ask, now, watch)?;
    let host = sides(facts, ask, &invitation, &channel, now, watch)?;
    place(facts, ask, &invitation, &channel, watch)?;
    Ok(Checked {
        invitation,
        channel,
        host,
    })
}

/// Those of who accepts, and of the invitation.
fn invitation(
    facts: &Facts,
    ask: &Ask<'_>,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<(Arc<Invitation>, Arc<Channel>), Stop<Refusal>> {
    use Refusal as No;
    let Actor {
        user, workspace, ..
    } = ask.who;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    must(user.guest.is_none(), No::Guest, &|| words::no_guest(user))?;
    must(workspace.connect.enabled, No::Off, &|| {
        words::connect_on(workspace)
    })?;
    must(ask.which.is_some(), No::InvalidLink, &|| {
        Told::new(
            "what was given is an invitation's id, or a channel's",
            match ask.which {
                Some(_) => "it is one",
                None => "it is none",
            },
            "give the invite_id, or the channel_id",
        )
    })?;
    let found = match ask.which {
        Some(Which::Id(id)) => facts.invitation(id)?.cloned(),
        Some(Which::To(channel)) => meant(facts, ask.who, channel, now)?,
        None => None,
    };
    must(found.is_some(), No::NotFound, &|| {
        let is = words::there(found.is_some());
        Told::new(
            "there is such an invitation",
            match ask.which {
                Some(Which::To(channel)) => {
                    format!(
                        "there {is} open invitation to {channel} for {} or {}",
                        user.id, workspace.id
                    )
                }
                Some(Which::Id(id)) => format!("there {is} invitation {id}"),
                None => String::new(),
            },
            "let them invite you",
        )
    })?;
    let Some(invitation) = found else {
        return Err(Stop::Refused(No::NotFound));
    };
    let state = invitation.state_at(now);
    let used = matches!(
        state,
        State::PendingApproval | State::Approved | State::Disconnected
    );
    let is_so = || format!("{} is {}", invitation.id, words::state(state));
    must(!used, No::Used, &|| {
        Told::new(
            "nobody has accepted it yet",
            is_so(),
            "let them invite you again",
        )
    })?;
    must(state == State::Sent, No::NotFound, &|| {
        Told::new(
            "it is on its way, and not too old",
            is_so(),
            match state {
                State::Requested => "let the inviting side approve its request",
                _ => "let them invite you again",
            },
        )
    })?;
    let found = facts.channel(invitation.channel)?;
    let open = found.is_some_and(|channel| !channel.archived && !channel.unshareable);
    must(open, No::NotFound, &|| {
        let id = invitation.channel;
        Told::new(
            "its channel is there and may be shared",
            match found {
                None => format!("there is no channel {id}"),
                Some(channel) => format!(
                    "{id} has archived: {}, shareable: {}",
                    channel.archived, !channel.unshareable
                ),
            },
            format!("unarchive {id}, or make it shareable"),
        )
    })?;
    match found.cloned() {
        Some(channel) => Ok((invitation, channel)),
        None => Err(Stop::Refused(No::NotFound)),
    }
}

/// Those of the two sides, and of the others that have the channel. Returns the host.
fn sides(
    facts: &Facts,
    ask: &Ask<'_>,
    invitation: &Invitation,
    channel: &Channel,
    now: Timestamp,
    watch: &mut dyn Watch,
) -> Result<Arc<Workspace>, Stop<Refusal>> {
    use Refusal as No;
    let Actor {
        user, workspace, ..
    } = ask.who;
    let (id, team) = (channel.id, workspace.id);
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let own = is_ours(facts, workspace, channel.team)?;
    must(!own, No::SameOrg, &|| {
        Told::new(
            "it comes from another organisation",
            format!("{id} is of {}, accepted for {team}", channel.team),
            "join the channel instead",
        )
    })?;
    match &invitation.to {
        Recipient::User(to) => {
            let home = facts.user(*to)?.map(|to| to.team);
            let ours = match home {
                Some(home) => is_ours(facts, workspace, home)?,
                None => false,
            };
            must(ours, No::WrongTeam, &|| {
                Told::new(
                    "it was sent to somebody of the caller's organisation",
                    match home {
                        Some(home) if ours => format!("it was sent to {to} of {home}"),
                        Some(home) => format!("it was sent to {to} of {home}, not for {team}"),
                        None => format!("it was sent to {to}, who is not there any more"),
                    },
                    format!("accept as {to}, or let them invite {}", user.id),
                )
            })?;
        }
        Recipient::Email(to) => {
            let theirs = reads_at(facts, channel.team, ask.who, to)?;
            must(theirs, No::WrongEmail, &|| {
                let own = user.email.as_deref().unwrap_or("no address");
                Told::new(
                    "it was sent to the caller's address",
                    match theirs {
                        true => format!("it was sent to {to}"),
                        false => format!("it was sent to {to}; {} has {own}", user.id),
                    },
                    "accept as whoever has that address",
                )
            })?;
        }
    }
    let host = facts.workspace(channel.team)?;
    let able = host.is_some_and(|host| takes_part(host));
    must(able, No::HostOut, &|| {
        Told::new(
            "the host takes part in Slack Connect",
            match host {
                Some(host) => words::part(host),
                None => format!("there is no workspace {}", channel.team),
            },
            match host {
                Some(host) => words::part_remedy(host),
                None => "let another workspace invite you".to_owned(),
            },
        )
    })?;
    let Some(host) = host.cloned() else {
        return Err(Stop::Refused(No::HostOut));
    };
    must(!channel.migrating, No::Migrating, &|| {
        words::migrating(channel)
    })?;
    let connected = our_connection(facts, workspace, channel)?;
    must(connected.is_none(), No::Connected, &|| {
        Told::new(
            "the caller's organisation is not in the channel yet",
            match connected {
                Some(team) => format!("{team} is connected to {id}"),
                None => format!("no workspace of theirs is connected to {id}"),
            },
            "nothing is left to do: the channel is there",
        )
    })?;
    let pending = pending(facts, workspace, channel, now)?;
    must(pending.is_none(), No::Pending, &|| {
        Told::new(
            "no other acceptance of the caller's organisation waits for approval",
            match &pending {
                Some(other) => format!("{} waits", other.id),
                None => "none waits".to_owned(),
            },
            "let the one that waits be approved or declined",
        )
    })?;
    let taken = channel.connections.len();
    let old = channel.legacy_shared;
    must(!(old && taken > 0), No::LegacyLimit, &|| {
        Told::new(
            "a channel shared in the old way has no partner yet",
            format!("{id} has legacy_shared: {old}; partners: {taken}"),
            format!("end the connection of {id}"),
        )
    })?;
    let former = channel.former.contains(&team);
    must(!old || former, No::LegacyOrg, &|| {
        Told::new(
            "a channel shared in the old way goes on with old partners",
            format!(
                "{id} has legacy_shared: {old}; {team} {} a former partner",
                words::is(former)
            ),
            "let them invite you to another channel",
        )
    })?;
    let most = most_organisations(channel);
    must(1 + taken < most, No::ConnectionLimit, &|| {
        Told::new(
            "there is room for another organisation",
            format!("organisations in {id}: {} of {most}", 1 + taken),
            format!("end a connection of {id}"),
        )
    })?;
    Ok(host)
}

/// Those of what the channel becomes on the accepting side.
fn place(
    facts: &Facts,
    ask: &Ask<'_>,
    invitation: &Invitation,
    channel: &Channel,
    watch: &mut dyn Watch,
) -> Result<(), Stop<Refusal>> {
    use Refusal as No;
    let Actor {
        user, workspace, ..
    } = ask.who;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);

    let (private, limited) = (ask.private, invitation.external_limited);
    let (name, who, no) = match (private, limited) {
        (true, _) => (
            "who_may_create_private",
            workspace.who_may_create_private,
            No::NoPrivate,
        ),
        (_, true) => (
            "who_may_create_private",
            workspace.who_may_create_private,
            No::HasToBePrivate,
        ),
        _ => (
            "who_may_create_public",
            workspace.who_may_create_public,
            No::NoPublic,
        ),
    };
    must(who.allows(user.is_admin()), no, &|| {
        words::allowed(
            match (private, limited) {
                (true, _) => "the caller may make private channels",
                (_, true) => {
                    "the caller may make private channels, which a side that posts only has"
                }
                _ => "the caller may make public channels",
            },
            workspace,
            (name, who),
            user,
        )
    })?;
    let taken = is_taken(facts, workspace.id, ask.name, channel.id)?;
    must(!taken, No::NameTaken, &|| {
        Told::new(
            "no other channel there has the name",
            format!(
                "{:?} {} taken in {}",
                ask.name,
                words::is(taken),
                workspace.id
            ),
            "give another channel_name",
        )
    })
}

/// The acceptance of somebody of the same organisation that waits for approval.
fn pending(
    facts: &Facts,
    workspace: &Workspace,
    channel: &Channel,
    now: Timestamp,
) -> Result<Option<Arc<Invitation>>, Missing> {
    for offer in facts.offers(channel.id)? {
        if let Some(acceptance) = &offer.acceptance
            && offer.state_at(now) == State::PendingApproval
            && is_ours(facts, workspace, acceptance.workspace)?
        {
            return Ok(Some(offer));
        }
    }
    Ok(None)
}

/// The open invitation to a channel that is meant for whoever accepts: for them before others of
/// their organisation.
fn meant(
    facts: &Facts,
    who: &Actor,
    channel: ChannelId,
    now: Timestamp,
) -> Result<Option<Arc<Invitation>>, Missing> {
    let mut ours = None;
    for offer in facts.offers(channel)? {
        if offer.state_at(now) != State::Sent {
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

//! Who asks that somebody be invited, and who decides that.

use super::{Approval, InviteRequest, MOST_REASON, State};
use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::{Change, Plan},
    channel::ChannelKind,
    connect::{Edge, Party},
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, EnterpriseId, InviteRequestId, TeamId, UserId},
    people::{
        comings,
        invite::{self, Terms},
    },
    time::{Moment, Timestamp},
    trail::{Blind, Told, Watch, demand},
    user::{Guest, User},
    words,
    workspace::{Status, Workspace},
};
use std::sync::Arc;

/// What somebody wishes who brings somebody into a workspace from their client.
#[derive(Debug)]
pub struct Wish<'a> {
    /// Who asks.
    pub who: UserId,
    /// In which workspace.
    pub team: TeamId,
    /// The organisation that it is of.
    pub org: Option<EnterpriseId>,
    /// Whom they mean, lower case; `None` when what was given is no address.
    pub email: Option<&'a str>,
    /// Into which channels, each once.
    pub channels: &'a [Option<ChannelId>],
    /// As a guest of which kind.
    pub guest: Option<Guest>,
    /// What they are called; may be empty.
    pub real_name: &'a str,
    /// Until when.
    pub expires: Option<Timestamp>,
    /// Why; may be empty.
    pub reason: &'a str,
    /// What is drawn, and where links lead.
    pub edge: Edge<'a>,
}

/// What a wish came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// An admin is to decide.
    Requested(Arc<InviteRequest>),
    /// Who asks may decide themselves: this one is invited.
    Invited(Arc<User>),
}

/// Why somebody may not ask, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// There is nobody of this id.
    Nobody,
    /// They are not in the workspace.
    NotInTeam,
    /// They are removed.
    Removed,
    /// They are a bot.
    Bot,
    /// They are a guest.
    Guest,
    /// The workspace is not in use.
    TeamNotActive,
}

/// Why nobody is asked for, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// They may not ask.
    Barred(Barred),
    /// The reason is too long.
    Reason,
    /// The person cannot be invited so.
    Invite(invite::Refusal),
    /// They have asked for it already.
    Already(InviteRequestId),
}

/// What is worth loading before the first attempt. The first keeps others from taking the address meanwhile.
pub fn needs_of(wish: &Wish<'_>) -> Vec<Key> {
    let team = wish.team;
    let mut keys: Vec<Key> = comings(wish.org, [team]).collect();
    keys.extend([Key::Workspace(team), Key::User(wish.who)]);
    keys.extend(wish.channels.iter().flatten().copied().map(Key::Channel));
    if let Some(email) = wish.email {
        let place = wish.org.map_or(Party::Team(team), Party::Org);
        keys.push(Key::Holders(place, email.to_owned()));
        keys.push(Key::Requested(team, email.to_owned()));
    }
    keys
}

/// Somebody asks that somebody be invited. Where invitations need no approval, and by an admin, they are invited.
/// Whoever asks for somebody who is asked for already is one more who did, and what was asked first stays.
pub fn ask(
    facts: &Facts,
    wish: &Wish<'_>,
    moment: &mut Moment,
) -> Result<Plan<Asked>, Stop<NotAsked>> {
    let no = |why| Err(Stop::Refused(why));
    let (asker, workspace) = may_ask(facts, wish, moment.now())?;
    if wish.reason.chars().count() > MOST_REASON {
        return no(NotAsked::Reason);
    }
    let Some(email) = wish.email else {
        return no(NotAsked::Invite(invite::Refusal::InvalidEmail));
    };
    for id in wish.channels.iter().flatten() {
        // What they do not see they bring nobody into.
        let channel = facts.channel(*id)?;
        if channel.is_some_and(|one| one.kind == ChannelKind::Private)
            && facts.membership(*id, wish.who)?.is_none()
        {
            return no(NotAsked::Invite(invite::Refusal::Channels));
        }
    }
    let terms = Terms {
        channels: wish.channels,
        may_be_none: true,
        message: None,
        real_name: Some(wish.real_name).filter(|name| !name.is_empty()),
        resend: false,
        guest: wish.guest,
        expires: wish.expires.map(Some),
        edge: wish.edge,
    };
    let checked = terms
        .check(facts, workspace, email, moment.now(), &mut Blind)
        .map_err(|stop| stop.map(NotAsked::Invite))?;
    if asker.is_admin() || !workspace.invitations_need_approval {
        let sent = checked.invite(asker, moment);
        return Ok(Plan {
            changes: sent.changes,
            outcome: Asked::Invited(sent.user),
        });
    }
    let pending = match facts.requested(wish.team, email)? {
        Some(id) => facts.invite_request(wish.team, id)?,
        None => None,
    };
    let request = match pending {
        Some(known) if known.requesters.contains(&wish.who) => {
            return no(NotAsked::Already(known.id));
        }
        Some(known) => {
            let mut request = InviteRequest::clone(known);
            request.requesters.push(wish.who);
            request
        }
        None => InviteRequest {
            id: moment.invite_request_id(),
            team: wish.team,
            email: email.to_owned(),
            requesters: vec![wish.who],
            channels: wish.channels.iter().flatten().copied().collect(),
            guest: wish.guest,
            real_name: wish.real_name.to_owned(),
            expires: wish.expires,
            reason: wish.reason.to_owned(),
            created: moment.now(),
            state: State::Pending,
        },
    };
    let request = Arc::new(request);
    Ok(Plan {
        changes: vec![Change::InviteRequest {
            request: request.clone(),
        }],
        outcome: Asked::Requested(request),
    })
}

/// Who asks, if they may, and where.
fn may_ask<'f>(
    facts: &'f Facts,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<(&'f User, &'f Workspace), Stop<NotAsked>> {
    let no = |why| Err(Stop::Refused(NotAsked::Barred(why)));
    let (workspace, asker) = (facts.workspace(wish.team)?, facts.user(wish.who)?);
    let Some(asker) = asker else {
        return no(Barred::Nobody);
    };
    let Some(workspace) = workspace.filter(|_| asker.is_in(wish.team)) else {
        return no(Barred::NotInTeam);
    };
    match () {
        () if asker.is_gone(now) => no(Barred::Removed),
        () if asker.bot.is_some() => no(Barred::Bot),
        () if asker.guest.is_some() => no(Barred::Guest),
        () if workspace.status != Status::Active => no(Barred::TeamNotActive),
        () => Ok((asker, workspace)),
    }
}

/// What an admin is asked to decide.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who decides.
    pub caller: &'a Caller,
    /// Of which workspace; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// What about; `None` when what was given is no request's id.
    pub request: Option<InviteRequestId>,
    /// Whether they do it in a client, which there is for workspaces without an organisation, too.
    pub in_client: bool,
    /// What is drawn, and where links lead.
    pub edge: Edge<'a>,
}

/// Why nothing is decided, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// No such workspace in the organisation, or it is not in use.
    TeamNotFound,
    /// The workspace has no such request.
    NoSuchRequest,
    /// It was approved or denied before.
    AlreadyProcessed,
}

impl From<NotAdmin> for Undecided {
    fn from(no: NotAdmin) -> Self {
        match no {
            NotAdmin::NotAnEnterprise => Self::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Self::NotAnAdmin,
        }
    }
}

/// Why nothing is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotApproved {
    /// The caller decides nothing about it.
    Undecided(Undecided),
    /// The person cannot be invited so, or not any more.
    NotSent(invite::Refusal),
}

/// What is worth loading before the first attempt. The first keeps others from deciding the same, or taking the
/// address, meanwhile.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let Some(team) = ask.team else {
        return Vec::new();
    };
    let request = ask.request.map(|id| Key::InviteRequest(team, id));
    let alone = comings(ask.caller.workspace.enterprise, [team]);
    alone.chain([Key::Workspace(team)]).chain(request).collect()
}

/// An admin approves a request: the invitation goes out as those who asked for it wished, or nothing is done.
pub fn approve(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Arc<InviteRequest>>, Stop<NotApproved>> {
    let (workspace, request) =
        pending(facts, ask, watch).map_err(|stop| stop.map(NotApproved::Undecided))?;
    let inviter = inviter(facts, ask, request, moment.now())?;
    let channels: Vec<_> = request.channels.iter().copied().map(Some).collect();
    let terms = Terms {
        channels: &channels,
        may_be_none: true,
        message: None,
        real_name: Some(request.real_name.as_str()).filter(|name| !name.is_empty()),
        resend: false,
        guest: request.guest,
        expires: request.expires.map(Some),
        edge: ask.edge,
    };
    let sent = terms
        .check(facts, workspace, &request.email, moment.now(), watch)
        .map_err(|stop| stop.map(NotApproved::NotSent))?
        .invite(inviter, moment);
    let approval = Approval {
        by: ask.caller.id(),
        at: moment.now(),
        invite: moment.invitation_id(),
        inviter: inviter.id,
        user: sent.user.id,
        letter: sent.letter,
    };
    Ok(answered(request, State::Approved(approval), sent.changes))
}

/// An admin denies a request.
pub fn deny(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<Arc<InviteRequest>>, Stop<Undecided>> {
    let (_, request) = pending(facts, ask, watch)?;
    let state = State::Denied {
        by: ask.caller.id(),
        at: moment.now(),
    };
    Ok(answered(request, state, Vec::new()))
}

/// The request is in another state, after what that brings about.
fn answered(
    request: &InviteRequest,
    state: State,
    mut changes: Vec<Change>,
) -> Plan<Arc<InviteRequest>> {
    let request = Arc::new(InviteRequest {
        state,
        ..request.clone()
    });
    changes.push(Change::InviteRequest {
        request: request.clone(),
    });
    Plan {
        changes,
        outcome: request,
    }
}

/// Who invites: the first of those who asked who is in the workspace still, else whoever approves.
fn inviter<'a>(
    facts: &'a Facts,
    ask: &Ask<'a>,
    request: &InviteRequest,
    now: Timestamp,
) -> Result<&'a User, Missing> {
    for id in &request.requesters {
        let there = |user: &&Arc<User>| user.is_in(request.team) && !user.is_gone(now);
        if let Some(user) = facts.user(*id)?.filter(there) {
            return Ok(user);
        }
    }
    Ok(&ask.caller.user)
}

/// The request, if the caller may decide about it and nobody has.
fn pending<'f>(
    facts: &'f Facts,
    ask: &Ask<'_>,
    watch: &mut dyn Watch,
) -> Result<(&'f Workspace, &'f InviteRequest), Stop<Undecided>> {
    use Undecided as No;
    let caller = ask.caller;
    match ask.in_client {
        true => admin::any(caller, watch),
        false => admin::of_organisation(caller, watch),
    }
    .map_err(|no| Stop::Refused(no.into()))?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let found = admin::ours(facts, caller, ask.team)?;
    must(found.is_some(), No::TeamNotFound, &|| {
        words::of_the_organisation(ask.team)
    })?;
    let Some(workspace) = found else {
        return Err(Stop::Refused(No::TeamNotFound));
    };
    let in_use = workspace.status == Status::Active;
    must(in_use, No::TeamNotFound, &|| {
        words::workspace_in_use(workspace)
    })?;
    let team = workspace.id;
    let found = match ask.request {
        Some(id) => facts.invite_request(team, id)?,
        None => None,
    };
    must(found.is_some(), No::NoSuchRequest, &|| {
        Told::new(
            "the workspace has the request",
            match ask.request {
                Some(id) => format!("{team} has no request {id}"),
                None => "what was given is no request's id".to_owned(),
            },
            "name one that admin.inviteRequests.list tells",
        )
    })?;
    let Some(request) = found else {
        return Err(Stop::Refused(No::NoSuchRequest));
    };
    must(request.state.is_pending(), No::AlreadyProcessed, &|| {
        let stage = request.state.stage().name();
        Told::new(
            "nobody has decided about it",
            format!("{} is {stage}", request.id),
            "ask for it once more, or invite them by admin.users.invite",
        )
    })?;
    Ok((workspace, request))
}

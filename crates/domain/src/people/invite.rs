//! An admin invites somebody into a workspace by their address, and they join.
//! <https://docs.slack.dev/reference/methods/admin.users.invite>
//!
//! Whoever is invited is listed as such. In every other respect they are like somebody who was removed: nobody
//! can bring them anywhere, nothing acts as them, and their address is nobody's, until they join.

use super::{NotTaken, fits, for_everybody, named, open_channel, person};
use crate::{
    caller::Caller,
    change::{Change, Plan},
    connect::{Edge, MOST_MESSAGE},
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    mail::{self, Letter},
    name::{self, MAX_LEN},
    time::{Moment, Timestamp},
    trail::{Told, Watch, demand},
    user::{Guest, Invited, Role, Stage, User},
    words,
    workspace::{Status, Workspace},
};
use std::sync::Arc;

/// Of so many handles one is free, or theirs is left as it is.
const HANDLES: usize = 50;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Into which workspace; `None` when what was given is no workspace's id.
    pub team: Option<TeamId>,
    /// Whom, lower case; `None` when what was given is no address.
    pub email: Option<&'a str>,
    /// Into which channels, each once; `None` where what was given is no channel's id.
    pub channels: &'a [Option<ChannelId>],
    /// In which words.
    pub message: Option<&'a str>,
    /// What they are called, as far as it is known.
    pub real_name: Option<&'a str>,
    /// Again, if they are invited and have not joined.
    pub resend: bool,
    /// As a guest of which kind.
    pub guest: Option<Guest>,
    /// Until when; `Some(None)` when what was given is no time.
    pub expires: Option<Option<Timestamp>>,
    /// What is drawn, and where links lead.
    pub edge: Edge<'a>,
}

/// Why somebody is not invited, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// No such workspace in the organisation.
    TeamNotFound,
    /// The caller is not in the workspace.
    NotInTeam,
    /// The workspace is not in use.
    TeamNotActive,
    /// What was given is no address.
    InvalidEmail,
    /// No channel, one that nobody can be brought into, or not the one of a single-channel guest.
    Channels,
    /// The message is too long.
    Message,
    /// No time that is still to come, or not that of a guest.
    Expiration,
    /// Somebody of the workspace has the address.
    AlreadyIn,
    /// Whoever has the address was removed.
    Removed,
    /// Whoever has the address is invited already.
    AlreadyInvited,
}

/// What is worth loading before the first attempt. The first keeps others from taking the address meanwhile.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let Some(team) = ask.team else {
        return Vec::new();
    };
    let mut keys = vec![Key::Handle(team, String::new()), Key::Workspace(team)];
    keys.extend(ask.channels.iter().flatten().copied().map(Key::Channel));
    keys.extend(ask.email.map(|email| Key::Holders(team, email.to_owned())));
    keys
}

/// Invites them: they are listed as invited, and a letter is on its way.
pub fn decide(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    let workspace = workspace(facts, ask, watch)?;
    let team = workspace.id;
    let email = email(ask, watch)?;
    let channels = channels(facts, ask, team, watch)?;
    terms(ask, moment.now(), watch)?;
    let known = holder(facts, ask, (team, email), watch)?;

    let now = moment.now();
    let mut user = match &known {
        Some(known) => User::clone(known),
        None => User::new(moment.user_id(), team, &handle(email)),
    };
    let code: String = ask.edge.chance.map(|byte| format!("{byte:02x}")).concat();
    // A letter that was sent before leads to the same page, unless that invitation was taken back.
    let link = match &user.invited {
        Some(invited) if user.is_invited() => invited.link.clone(),
        _ => code,
    };
    user.email = Some(email.to_owned());
    if let Some(name) = ask.real_name {
        name.clone_into(&mut user.real_name);
    }
    user.guest = ask.guest;
    if user.guest.is_some() {
        user.role = Role::Member;
    }
    user.expires = ask.expires.flatten();
    user.removed = true;
    user.updated = now;
    user.invited = Some(Invited {
        by: ask.caller.id(),
        at: now,
        channels: channels.iter().map(|(id, _)| *id).collect(),
        link,
        state: Stage::Pending,
    });
    let letter = letter(ask, workspace, &user, &channels);
    let user = Arc::new(user);
    let changes = vec![
        Change::UserMade { user },
        mail::write(team, email, letter, ask.edge.post, moment),
    ];
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// Who may invite, and where.
fn workspace<'f>(
    facts: &'f Facts,
    ask: &Ask<'_>,
    watch: &mut dyn Watch,
) -> Result<&'f Workspace, Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let home = &caller.workspace;
    must(home.enterprise.is_some(), No::NotAnEnterprise, &|| {
        words::in_an_organisation(home)
    })?;
    must(caller.user.is_admin(), No::NotAnAdmin, &|| {
        words::admin(&caller.user)
    })?;
    let found = match ask.team {
        Some(id) => facts.workspace(id)?,
        None => None,
    };
    let found = found.filter(|one| one.enterprise == home.enterprise);
    must(found.is_some(), No::TeamNotFound, &|| {
        Told::new(
            "the workspace is one of the caller's organisation",
            match ask.team {
                Some(id) => format!("there is no workspace {id} in it"),
                None => "what was given is no workspace's id".to_owned(),
            },
            "name a workspace of the organisation",
        )
    })?;
    let Some(workspace) = found else {
        return Err(Stop::Refused(No::TeamNotFound));
    };
    let (id, status) = (workspace.id, workspace.status);
    must(caller.user.is_in(id), No::NotInTeam, &|| {
        Told::new(
            "the caller is in the workspace",
            format!("{} is in {}", caller.id(), caller.user.team),
            format!("call as an admin who is in {id}"),
        )
    })?;
    must(status == Status::Active, No::TeamNotActive, &|| {
        let saw = format!("{id} has status: {status:?}").to_lowercase();
        Told::new("the workspace is in use", saw, "name another workspace")
    })?;
    Ok(workspace)
}

fn email<'a>(ask: &Ask<'a>, watch: &mut dyn Watch) -> Result<&'a str, Stop<Refusal>> {
    let no = Refusal::InvalidEmail;
    demand(watch, ask.email.is_some(), no, &|| {
        Told::new(
            "it is an e-mail address",
            match ask.email {
                Some(email) => format!("it is {email}"),
                None => "it is none".to_owned(),
            },
            "give one as name@domain",
        )
    })
    .map_err(Stop::Refused)?;
    ask.email.ok_or(Stop::Refused(no))
}

/// The channels they come into, each with its name.
fn channels(
    facts: &Facts,
    ask: &Ask<'_>,
    team: TeamId,
    watch: &mut dyn Watch,
) -> Result<Vec<(ChannelId, String)>, Stop<Refusal>> {
    let no = Refusal::Channels;
    let mut must =
        |holds, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let given = ask.channels.len();
    let single = ask.guest == Some(Guest::SingleChannel);
    must(given == 1 || given > 1 && !single, &|| {
        Told::new(
            "there is a channel to come into, and one only for a single-channel guest",
            format!("channels: {given}, single-channel guest: {single}"),
            "name a channel",
        )
    })?;
    let mut channels = Vec::new();
    for id in ask.channels {
        let found = match id {
            Some(id) => open_channel(facts, team, *id)?,
            None => None,
        };
        must(found.is_some(), &|| {
            Told::new(
                "it is a channel of the workspace, and not archived",
                match id {
                    Some(id) => format!("{id} is none of {team}"),
                    None => "what was given is no channel's id".to_owned(),
                },
                format!("name channels of {team} that are in use"),
            )
        })?;
        let Some(channel) = found else {
            return Err(Stop::Refused(no));
        };
        let closed = channel.keeps_guests_out();
        must(ask.guest.is_none() || !closed, &|| {
            Told::new(
                "it takes guests, if a guest is invited",
                format!("{} is closed to guests: {closed}", channel.id),
                "name another channel",
            )
        })?;
        channels.push((channel.id, channel.name.clone()));
    }
    Ok(channels)
}

/// In which words, and until when.
fn terms(ask: &Ask<'_>, now: Timestamp, watch: &mut dyn Watch) -> Result<(), Stop<Refusal>> {
    let length = ask.message.map_or(0, |text| text.chars().count());
    let fits = length <= MOST_MESSAGE;
    demand(watch, fits, Refusal::Message, &|| words::length(length)).map_err(Stop::Refused)?;
    let later = |at: Timestamp| at > now && at <= Timestamp::LATEST;
    let holds = match ask.expires {
        None => true,
        Some(at) => ask.guest.is_some() && at.is_some_and(later),
    };
    demand(watch, holds, Refusal::Expiration, &|| {
        Told::new(
            "the end, if there is one, is that of a guest, and still to come",
            match ask.expires.flatten() {
                Some(at) => format!("guest: {}, until {}", ask.guest.is_some(), at.ts()),
                None if ask.expires.is_some() => "what was given is no time".to_owned(),
                None => "there is none".to_owned(),
            },
            "give a time to come, for a guest alone",
        )
    })
    .map_err(Stop::Refused)
}

/// Whoever has the address and can be invited once more.
fn holder<'f>(
    facts: &'f Facts,
    ask: &Ask<'_>,
    (team, email): (TeamId, &str),
    watch: &mut dyn Watch,
) -> Result<Option<&'f Arc<User>>, Stop<Refusal>> {
    use Refusal as No;
    let mut holders = Vec::new();
    for id in facts.holders(team, email)? {
        holders.extend(facts.user(id)?);
    }
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let active = holders.iter().find(|user| !user.removed);
    must(active.is_none(), No::AlreadyIn, &|| {
        Told::new(
            "nobody of the workspace has the address",
            match active {
                Some(user) => format!("{} has {email}", user.id),
                None => format!("{email} is free in {team}"),
            },
            "bring them into channels by conversations.invite",
        )
    })?;
    let known = holders
        .iter()
        .filter(|user| !user.has_come())
        .max_by_key(|user| (user.is_invited(), user.id))
        .copied();
    let removed = holders.iter().find(|user| user.has_come());
    must(removed.is_none(), No::Removed, &|| {
        Told::new(
            "whoever has the address was not removed",
            match removed {
                Some(user) => format!("{} has {email}, and was removed", user.id),
                None => "nobody with it was".to_owned(),
            },
            match removed {
                Some(user) => format!("restore them: guestlist user restore {}", user.id),
                None => String::new(),
            },
        )
    })?;
    let invited = known.filter(|user| user.is_invited());
    must(ask.resend || invited.is_none(), No::AlreadyInvited, &|| {
        Told::new(
            "they are not invited yet, or it is asked to send it again",
            match invited {
                Some(user) => format!("{} is invited, resend: {}", user.id, ask.resend),
                None => format!("nobody is invited as {email}"),
            },
            "set resend",
        )
    })?;
    Ok(known)
}

/// A handle made of an address: of what stands before the `@` what a handle can have.
fn handle(email: &str) -> String {
    let local = email.split('@').next().unwrap_or_default();
    let fits =
        |c: &char| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '.' | '_' | '-');
    let name: String = local
        .chars()
        .filter(fits)
        .skip_while(|c| !c.is_alphanumeric())
        .take(MAX_LEN)
        .collect();
    match name.as_str() {
        "" => "guest".to_owned(),
        _ => name,
    }
}

/// The handle that somebody is to have, with a number behind it where somebody has come who is called so.
fn free_handle(facts: &Facts, user: &User) -> Result<String, Missing> {
    let is_taken = |name: &str| {
        for team in user.all_teams() {
            if named(facts, team, name, Some(user.id))? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    for number in 1..=HANDLES {
        let name = name::numbered(&user.name, number);
        if !is_taken(&name)? {
            return Ok(name);
        }
    }
    Ok(user.name.clone())
}

fn letter(
    ask: &Ask<'_>,
    workspace: &Workspace,
    user: &User,
    channels: &[(ChannelId, String)],
) -> Letter {
    let names: Vec<&str> = channels.iter().map(|(_, name)| name.as_str()).collect();
    let link = user.invited.as_ref().map(|invited| invited.link.as_str());
    Letter {
        invitation: None,
        user: Some(user.id),
        inviter: ask.caller.user.full_name().to_owned(),
        workspace: workspace.name.clone(),
        channel: names.join(", #"),
        message: ask.message.map(str::to_owned),
        external_limited: false,
        expires: user.expires.unwrap_or(Timestamp::LATEST),
        link: join_code(user.id, link.unwrap_or_default()),
    }
}

/// The last part of the link by which somebody joins.
pub fn join_code(user: UserId, link: &str) -> String {
    format!("{user}-{link}")
}

/// Where somebody joins.
pub fn join_url(site: &str, code: &str) -> String {
    format!("{site}/join/{code}")
}

/// How somebody joins.
#[derive(Debug)]
pub struct How<'a> {
    /// By the link that ends so; `None` where no link is needed.
    pub link: Option<&'a str>,
    /// What they say they are called.
    pub real_name: Option<&'a str>,
}

/// They join: into the channels they were invited into, by whoever invited them, and, unless they are guests, into
/// those of `usual` that everybody is in. A channel that takes nobody any more holds nobody back. Whoever decides this
/// keeps others from coming to the workspace meanwhile.
pub fn join(
    facts: &Facts,
    who: UserId,
    how: &How<'_>,
    usual: &[ChannelId],
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    let known = person(facts, who)?;
    let is_meant = |invited: &Invited| {
        let link = how.link.is_none_or(|link| link == invited.link);
        link && invited.state == Stage::Pending
    };
    let Some(invited) = known.invited.clone().filter(is_meant) else {
        return Err(Stop::Refused(NotTaken::NotInvited));
    };
    let mut user = User::clone(known);
    user.removed = false;
    user.updated = moment.now();
    if let Some(name) = how.real_name {
        name.clone_into(&mut user.real_name);
    }
    user.invited = Some(Invited {
        state: Stage::Joined,
        channels: Vec::new(),
        ..invited.clone()
    });
    fits(facts, &user)?;
    if user.is_gone(moment.now()) {
        return Err(Stop::Refused(NotTaken::Ended));
    }
    user.name = free_handle(facts, &user)?;
    let mut channels: Vec<(ChannelId, Option<UserId>)> = Vec::new();
    for id in invited.channels {
        let found = open_channel(facts, user.team, id)?;
        if found.is_some_and(|one| user.guest.is_none() || !one.keeps_guests_out()) {
            channels.push((id, Some(invited.by)));
        }
    }
    for id in for_everybody(facts, usual, &user)? {
        if !channels.iter().any(|(known, _)| *known == id) {
            channels.push((id, None));
        }
    }
    let user = Arc::new(user);
    let mut changes = vec![Change::UserMade { user: user.clone() }];
    changes.extend(
        channels
            .into_iter()
            .map(|(channel, inviter)| Change::Joined {
                channel,
                user: who,
                inviter,
                ts: moment.tick(),
            }),
    );
    Ok(Plan {
        changes,
        outcome: user,
    })
}

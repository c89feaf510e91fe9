//! An admin invites somebody into a workspace by their address, and they join.
//! <https://docs.slack.dev/reference/methods/admin.users.invite>
//!
//! Whoever is invited is listed as such. In every other respect they are like somebody who was removed: nobody
//! can bring them anywhere, nothing acts as them, and their address is nobody's, until they join.

mod terms;

pub use terms::Terms;

use super::{NotTaken, comings, fits, for_everybody, named, open_channel, person, realm};
use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::{Change, Plan},
    connect::Party,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    name,
    time::Moment,
    trail::{Told, Watch, demand},
    user::{Invited, Stage, User},
    words,
    workspace::{Status, Workspace},
};
use std::sync::Arc;

/// So many handles are tried before one is made that nobody can have.
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
    /// To what.
    pub terms: Terms<'a>,
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
    /// Somebody of the organisation has the address.
    AlreadyIn,
    /// Whoever has the address was removed.
    Removed,
    /// Whoever has the address is invited already.
    AlreadyInvited,
}

impl From<NotAdmin> for Refusal {
    fn from(no: NotAdmin) -> Self {
        match no {
            NotAdmin::NotAnEnterprise => Self::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Self::NotAnAdmin,
        }
    }
}

/// What is worth loading before the first attempt.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let Some(team) = ask.team else {
        return Vec::new();
    };
    let home = &ask.caller.workspace;
    let mut keys: Vec<Key> = comings(home.enterprise, []).collect();
    keys.push(Key::Workspace(team));
    keys.extend(
        ask.terms
            .channels
            .iter()
            .flatten()
            .copied()
            .map(Key::Channel),
    );
    let place = Party::of(home);
    keys.extend(ask.email.map(|email| Key::Holders(place, email.to_owned())));
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
    let email = email(ask, watch)?;
    let checked = ask
        .terms
        .check(facts, workspace, email, moment.now(), watch)?;
    Ok(Plan {
        changes: checked.invite(&ask.caller.user, moment).changes,
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
    admin::of_organisation(caller, watch).map_err(|no| Stop::Refused(no.into()))?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let found = admin::ours(facts, caller, ask.team)?;
    must(found.is_some(), No::TeamNotFound, &|| {
        words::of_the_organisation(ask.team)
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
        words::workspace_in_use(workspace)
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

/// The handle that somebody is to have, with a number behind it where somebody has come who is called so, or their id
/// where many have.
fn free_handle(facts: &Facts, user: &User) -> Result<String, Missing> {
    let place = realm(facts, user.team)?;
    for number in 1..=HANDLES {
        let name = name::numbered(&user.name, number);
        if named(facts, place, &name, Some(user.id))?.is_none() {
            return Ok(name);
        }
    }
    let id = user.id.to_string().to_lowercase();
    Ok(name::with_end(&user.name, &id))
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
    user.name = free_handle(facts, &user)?;
    fits(facts, &user, None)?;
    if user.is_gone(moment.now()) {
        return Err(Stop::Refused(NotTaken::Ended));
    }
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

//! Admins of an organisation about its people.

pub mod assign;
mod remove;

pub use remove::{needs_to_remove, remove};

use super::{About, NotTaken, comings, edit};
use crate::{
    admin::{self, NotAdmin},
    caller::Caller,
    change::Plan,
    connect::Party,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, UserId},
    see,
    time::Moment,
    trail::{Told, Watch, demand},
    user::{Role, User},
    words,
};
use std::sync::Arc;

/// What is asked.
#[derive(Debug)]
pub struct Ask<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// Where: a workspace, or all of the organisation; `None` when what was given is neither's id.
    pub place: Option<Party>,
    /// About whom; `None` when what was given is no user's id.
    pub user: Option<UserId>,
}

/// Why nothing is done, in the order of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The caller's workspace belongs to no organisation.
    NotAnEnterprise,
    /// The caller is no admin.
    NotAnAdmin,
    /// Neither the organisation nor a workspace of it that is in use.
    NoSuchPlace,
    /// Nobody of this id there.
    UserNotFound,
    /// A bot; where members are asked for a guest, too.
    NoMember,
    /// They are removed.
    Removed,
    /// A workspace has one primary owner, who stays that.
    PrimaryOwner,
    /// It takes an owner to do it to one.
    OwnersOnly,
    /// They are in several workspaces, in which they have one role, and one alone was named.
    SeveralWorkspaces {
        /// They are a guest in all of them.
        guest: bool,
    },
    /// Their first workspace does not take them as they would be.
    NotTaken,
}

impl From<NotAdmin> for Refusal {
    fn from(no: NotAdmin) -> Self {
        match no {
            NotAdmin::NotAnEnterprise => Self::NotAnEnterprise,
            NotAdmin::NotAnAdmin => Self::NotAnAdmin,
        }
    }
}

impl From<NotTaken> for Refusal {
    fn from(no: NotTaken) -> Self {
        match no {
            NotTaken::Nobody => Self::UserNotFound,
            NotTaken::Bot | NotTaken::GuestWithRole => Self::NoMember,
            NotTaken::PrimaryOwner => Self::PrimaryOwner,
            NotTaken::NeverCame => Self::Removed,
            NotTaken::NoWorkspace
            | NotTaken::EndOfMember
            | NotTaken::Ended
            | NotTaken::NotInvited
            | NotTaken::NoAddress
            | NotTaken::NotOneChannel
            | NotTaken::AddressTaken(_)
            | NotTaken::HandleTaken(_)
            | NotTaken::NoChannel(_)
            | NotTaken::NoGuests(_) => Self::NotTaken,
        }
    }
}

/// What is worth loading before the first attempt. Who looks at somebody's channels keeps others from doing
/// something about them.
pub fn needs(ask: &Ask<'_>) -> Vec<Key> {
    let team = match ask.place {
        Some(Party::Team(team)) => Some(team),
        _ => None,
    };
    let mut needs: Vec<Key> = comings(ask.caller.workspace.enterprise, team).collect();
    needs.extend(team.map(Key::Workspace));
    let user = ask.user.into_iter();
    needs.extend(user.flat_map(|id| [Key::User(id), Key::ChannelsOf(id)]));
    needs
}

/// Makes a member or an owner an admin. Whoever is one already stays it.
pub fn set_admin(
    facts: &Facts,
    ask: &Ask<'_>,
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    use Refusal as No;
    let user = found(facts, ask, watch)?;
    let member = user.bot.is_none() && user.guest.is_none();
    demand(watch, member, No::NoMember, &|| words::full_member(&user)).map_err(Stop::Refused)?;
    open_to(ask, &user, user.removed, watch)?;
    whole(ask, &user, watch)?;
    let about = About {
        role: Some(Role::Admin),
        ..About::default()
    };
    edited(facts, &user, &about, &[], moment, watch)
}

/// Makes a guest, an admin or an owner a regular member, who comes into those of `usual` that everybody is in if they
/// were a guest. Whoever is one already stays it.
pub fn set_regular(
    facts: &Facts,
    ask: &Ask<'_>,
    usual: &[ChannelId],
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    use Refusal as No;
    let user = found(facts, ask, watch)?;
    let person = user.bot.is_none();
    demand(watch, person, No::NoMember, &|| words::person(&user)).map_err(Stop::Refused)?;
    open_to(ask, &user, user.is_gone(moment.now()), watch)?;
    let is_regular = user.guest.is_none() && user.role == Role::Member;
    if is_regular {
        return Ok(Plan::nothing(()));
    }
    whole(ask, &user, watch)?;
    let about = About {
        role: Some(Role::Member),
        guest: Some(None),
        ..About::default()
    };
    edited(facts, &user, &about, usual, moment, watch)
}

/// Whom it is about, if the caller is an admin of the organisation and they are where it is said.
fn found(facts: &Facts, ask: &Ask<'_>, watch: &mut dyn Watch) -> Result<Arc<User>, Stop<Refusal>> {
    use Refusal as No;
    let caller = ask.caller;
    admin::of_organisation(caller, watch).map_err(|no| Stop::Refused(no.into()))?;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    let known = is_ours(facts, caller, ask.place)?;
    must(known, No::NoSuchPlace, &|| words::ours(caller, ask.place))?;
    let found = find(facts, ask)?;
    must(found.is_some(), No::UserNotFound, &|| {
        words::found_there(ask.user, found.is_some())
    })?;
    found.ok_or(Stop::Refused(No::UserNotFound))
}

/// Whether somebody is there for admins to do something about.
fn open_to(
    ask: &Ask<'_>,
    user: &User,
    gone: bool,
    watch: &mut dyn Watch,
) -> Result<(), Stop<Refusal>> {
    use Refusal as No;
    let mut must =
        |holds, no, told: &dyn Fn() -> Told| demand(watch, holds, no, told).map_err(Stop::Refused);
    must(!gone, No::Removed, &|| words::in_use(user, gone))?;
    must(user.role != Role::PrimaryOwner, No::PrimaryOwner, &|| {
        words::no_primary_owner(user)
    })?;
    let may = user.role < Role::Owner || ask.caller.user.role >= Role::Owner;
    must(may, No::OwnersOnly, &|| {
        words::no_owner_over(ask.caller, user)
    })
}

/// Whether what somebody is in all of their workspaces is named as such.
fn whole(ask: &Ask<'_>, user: &User, watch: &mut dyn Watch) -> Result<(), Stop<Refusal>> {
    let whole = user.teams.is_empty() || matches!(ask.place, Some(Party::Org(_)));
    let no = Refusal::SeveralWorkspaces {
        guest: user.guest.is_some(),
    };
    demand(watch, whole, no, &|| words::one_workspace(user)).map_err(Stop::Refused)
}

/// Something is another about them, if their first workspace takes them so.
fn edited(
    facts: &Facts,
    user: &User,
    about: &About,
    usual: &[ChannelId],
    moment: &mut Moment,
    watch: &mut dyn Watch,
) -> Result<Plan<()>, Stop<Refusal>> {
    let edited = match edit(facts, user.id, about, usual, moment) {
        Err(Stop::Refused(no)) => Err(no.into()),
        Err(Stop::Missing(key)) => return Err(Stop::Missing(key)),
        Err(Stop::Scope(needed)) => return Err(Stop::Scope(needed)),
        Err(Stop::Gone) => return Err(Stop::Gone),
        Ok(plan) => Ok(plan),
    };
    let no = edited.as_ref().err().copied().unwrap_or(Refusal::NotTaken);
    demand(watch, edited.is_ok(), no, &|| {
        words::taken(user, edited.is_ok())
    })
    .map_err(Stop::Refused)?;
    Ok(Plan {
        changes: edited.map(|plan| plan.changes).unwrap_or_default(),
        outcome: (),
    })
}

/// Whether it is the caller's organisation, or a workspace of it that is in use.
fn is_ours(facts: &Facts, caller: &Caller, place: Option<Party>) -> Result<bool, Missing> {
    Ok(match place {
        None => false,
        Some(Party::Org(org)) => caller.workspace.enterprise == Some(org),
        Some(Party::Team(team)) => admin::workspace(facts, caller, Some(team))?.is_some(),
    })
}

/// Whom it is about, if they are there.
fn find(facts: &Facts, ask: &Ask<'_>) -> Result<Option<Arc<User>>, Missing> {
    let Some(id) = ask.user else { return Ok(None) };
    let Some(user) = facts.user(id)? else {
        return Ok(None);
    };
    let there = match ask.place {
        Some(Party::Team(team)) => user.is_in(team),
        _ => see::same_org(facts, &ask.caller.workspace, user.team)?,
    };
    Ok(there.then(|| user.clone()))
}

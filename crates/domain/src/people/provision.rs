//! An identity provider says who there is, and what they are called (SCIM).
//! <https://docs.slack.dev/reference/scim-api/>
//!
//! Accounts are those of all workspaces of an organisation, or of one workspace that belongs to none. Whoever is only
//! invited has no account yet.

use super::{About, Newcomer, NotTaken, back, come, comings, edit, leave, named};
use crate::{
    caller::Caller,
    change::{Change, Plan},
    connect::Party,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    scim,
    time::Moment,
    user::{Role, User},
};
use std::sync::Arc;

/// For whom accounts are managed, and where.
#[derive(Clone, Debug)]
pub struct Realm {
    /// The admin who asks.
    pub caller: Arc<Caller>,
    /// The workspaces whose people have the accounts, the caller's among them.
    pub workspaces: Vec<TeamId>,
    /// The channels that everybody is in of the workspaces that somebody may come into, as far as they were known.
    pub usual: Vec<ChannelId>,
}

/// What somebody is to be.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// What there is to say of them.
    pub about: About,
    /// Whether they are there; as they were when absent, and there when they are new.
    pub active: Option<bool>,
}

/// Why an account is not made, or stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Whoever asks is no admin, not any more.
    NotAdmin,
    /// There is no such account.
    NoSuchUser,
    /// A bot goes with its app.
    Bot,
    /// They may do more than whoever asks.
    Owner,
    /// The primary owner stays.
    PrimaryOwner,
    /// No admin and no owner is a guest.
    NoGuest,
    /// Somebody, or a channel, has the handle.
    UserNameTaken,
    /// Somebody has the address, gone or not.
    EmailTaken,
    /// The identity provider knows them by another id, which stays.
    ExternalId,
    /// Their time as a guest would have ended already.
    Ended,
    /// They cannot be so: their workspace is out of use, or a single-channel guest would be in several.
    NotTaken,
}

impl From<NotTaken> for Refusal {
    fn from(no: NotTaken) -> Self {
        match no {
            NotTaken::Nobody | NotTaken::NeverCame | NotTaken::NotInvited => Self::NoSuchUser,
            NotTaken::Bot => Self::Bot,
            NotTaken::PrimaryOwner => Self::PrimaryOwner,
            NotTaken::GuestWithRole => Self::NoGuest,
            NotTaken::Ended => Self::Ended,
            NotTaken::AddressTaken(_) => Self::EmailTaken,
            NotTaken::HandleTaken(_) => Self::UserNameTaken,
            NotTaken::NoWorkspace
            | NotTaken::EndOfMember
            | NotTaken::NoAddress
            | NotTaken::NotOneChannel
            | NotTaken::NoChannel(_)
            | NotTaken::NoGuests(_) => Self::NotTaken,
        }
    }
}

fn no<T>(refusal: Refusal) -> Result<T, Stop<Refusal>> {
    Err(Stop::Refused(refusal))
}

impl Realm {
    /// What is worth loading before the first attempt, where somebody is, of whom it is asked, with the workspaces that they were in.
    pub fn needs(&self, who: Option<UserId>, teams: &[TeamId]) -> Vec<Key> {
        let org = self.caller.workspace.enterprise;
        let mut keys: Vec<_> = comings(org, teams.iter().copied()).collect();
        keys.push(Key::User(self.caller.id()));
        keys.extend(
            who.into_iter()
                .flat_map(|id| [Key::User(id), Key::ChannelsOf(id)]),
        );
        keys.extend(self.usual.iter().copied().map(Key::Channel));
        keys
    }

    /// Whether somebody is of these workspaces.
    pub fn has(&self, user: &User) -> bool {
        user.all_teams().any(|team| self.workspaces.contains(&team))
    }
}

/// Whoever asks, if they are an admin still.
fn admin<'f>(facts: &'f Facts, realm: &Realm) -> Result<&'f Arc<User>, Stop<Refusal>> {
    let caller = &realm.caller;
    match facts.user(caller.id())? {
        Some(user) if user.is_admin() && !user.removed && user.is_in(caller.team()) => Ok(user),
        _ => no(Refusal::NotAdmin),
    }
}

/// Somebody who has an account, be they gone.
pub fn account<'f>(
    facts: &'f Facts,
    realm: &Realm,
    who: Option<UserId>,
) -> Result<&'f Arc<User>, Stop<Refusal>> {
    admin(facts, realm)?;
    let Some(id) = who else {
        return no(Refusal::NoSuchUser);
    };
    match facts.user(id)? {
        Some(user) if !realm.has(user) || !user.has_come() => no(Refusal::NoSuchUser),
        Some(user) if user.bot.is_some() => no(Refusal::Bot),
        Some(user) => Ok(user),
        None => no(Refusal::NoSuchUser),
    }
}

/// An account is made, in the caller's workspace.
pub fn create(
    facts: &Facts,
    realm: &Realm,
    person: &Person,
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<Refusal>> {
    admin(facts, realm)?;
    free(facts, realm, None, &person.about)?;
    let who = Newcomer {
        workspace: realm.caller.team(),
        about: person.about.clone(),
        channels: Vec::new(),
    };
    let made = come(facts, &who, &realm.usual, moment).map_err(|stop| stop.map(Refusal::from))?;
    if person.active != Some(false) {
        return Ok(made);
    }
    // They are known, and not there: in no channel.
    let mut user = User::clone(&made.outcome);
    user.removed = true;
    let absent = (scim::ACTIVE.to_owned(), "false".to_owned());
    user.scim.extend([absent]);
    let user = Arc::new(user);
    Ok(Plan {
        changes: vec![Change::UserMade { user: user.clone() }],
        outcome: user,
    })
}

/// An account is another: somebody is called otherwise, becomes a guest, goes, or is back.
pub fn change(
    facts: &Facts,
    realm: &Realm,
    who: Option<UserId>,
    person: &Person,
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<Refusal>> {
    let known = account(facts, realm, who)?;
    let goes = person.active == Some(false) && !known.removed;
    if known.role == Role::PrimaryOwner && goes {
        return no(Refusal::PrimaryOwner);
    }
    if known.role > admin(facts, realm)?.role {
        return no(Refusal::Owner);
    }
    let about = &person.about;
    let becomes_guest = matches!(about.guest, Some(Some(_))) && known.guest.is_none();
    if becomes_guest && known.role != Role::Member {
        return no(Refusal::NoGuest);
    }
    let about = keeping(known, about)?;
    free(facts, realm, Some(known), &about)?;
    let taken = |stop: Stop<NotTaken>| stop.map(Refusal::from);
    let edited = edit(facts, known.id, &about, &realm.usual, moment).map_err(taken)?;
    // Whoever is made a guest is there.
    let active = person.active.or(becomes_guest.then_some(true));
    match active {
        Some(false) if !known.removed => Ok(gone(facts, known.id, edited, moment)?),
        Some(true) if known.removed => {
            let user = User::clone(&edited.outcome);
            back(facts, user, &realm.usual, moment).map_err(taken)
        }
        _ => Ok(edited),
    }
}

/// The same, with the id that they are known by, and that they have never been there.
fn keeping(known: &User, about: &About) -> Result<About, Stop<Refusal>> {
    let mut about = about.clone();
    if let (Some((path, text)), Some(said)) =
        (known.scim.get_key_value(scim::ACTIVE), &mut about.scim)
    {
        said.insert(path.clone(), text.clone());
    }
    if let (Some(kept), Some(said)) = (known.scim.get(scim::EXTERNAL_ID), &mut about.scim) {
        match said.get(scim::EXTERNAL_ID) {
            Some(other) if other != kept => return no(Refusal::ExternalId),
            Some(_) => {}
            None => {
                said.insert(scim::EXTERNAL_ID.to_owned(), kept.clone());
            }
        }
    }
    Ok(about)
}

/// Somebody is gone as they are left.
fn gone(
    facts: &Facts,
    who: UserId,
    edited: Plan<Arc<User>>,
    moment: &Moment,
) -> Result<Plan<Arc<User>>, Missing> {
    // Out of everything they are in, so also out of what they would have left as they are now.
    let mut changes = leave(facts, who, moment)?;
    let mut outcome = edited.outcome;
    if let Some(Change::UserEdited { user, .. }) = changes.last_mut() {
        outcome = Arc::new(User {
            removed: true,
            updated: user.updated,
            ..User::clone(&outcome)
        });
        *user = outcome.clone();
    }
    Ok(Plan { changes, outcome })
}

/// Whether nobody else has the handle or an address that somebody is to have.
fn free(
    facts: &Facts,
    realm: &Realm,
    known: Option<&Arc<User>>,
    about: &About,
) -> Result<(), Stop<Refusal>> {
    let place = Party::of(&realm.caller.workspace);
    let me = known.map(|known| known.id);
    let other = |id: &UserId| me != Some(*id);
    let had_name = known.map(|known| &known.name);
    if let Some(name) = about.name.as_ref().filter(|name| had_name != Some(*name)) {
        let taken = named(facts, place, name, me)?.is_some();
        let teams = realm.workspaces.iter();
        facts.all(teams.clone().map(|team| Key::Handle(*team, name.clone())))?;
        for team in teams {
            if taken || facts.handle(*team, name)?.is_some() {
                return no(Refusal::UserNameTaken);
            }
        }
    }
    let had_first = known.and_then(|known| known.email.as_ref());
    let had_second = known.and_then(|known| known.scim.get(scim::SECOND_EMAIL));
    // A second address becomes the first only where nobody else has it as theirs.
    let first = about.email.iter().flatten();
    let first = first.filter(|email| had_first != Some(*email));
    let second = about
        .scim
        .iter()
        .filter_map(|scim| scim.get(scim::SECOND_EMAIL));
    let second = second.filter(|email| ![had_first, had_second].contains(&Some(*email)));
    for email in first.chain(second) {
        for id in facts.holders(place, email)?.iter().filter(|id| other(id)) {
            // An invitation that nobody has answered holds no address.
            if facts.user(*id)?.is_some_and(|user| user.has_come()) {
                return no(Refusal::EmailTaken);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

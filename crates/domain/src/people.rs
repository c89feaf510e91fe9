//! People come to a workspace, change, go, and come back.

pub mod by_admin;
pub mod invite;
mod places;
pub mod provision;

pub use places::withdraw;

use crate::{
    change::{Change, Plan},
    channel::{Channel, ChannelKind},
    connect::Party,
    facts::{Facts, Key, Missing, Stop},
    id::{ChannelId, EnterpriseId, TeamId, UserId},
    scim,
    time::{Moment, Timestamp},
    user::{Guest, Invited, Role, Stage, User},
    usergroup,
    workspace::Status,
};
use std::sync::Arc;

/// Somebody who is to come.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Where.
    pub workspace: TeamId,
    /// What there is to say of them.
    pub about: About,
    /// Channels they are brought into, beside those that everybody is in.
    pub channels: Vec<ChannelId>,
}

/// What there is to say of a person; what is absent stays as it is, or is nothing.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Their handle.
    pub name: Option<String>,
    /// Their full name; may be empty.
    pub real_name: Option<String>,
    /// The name they are shown by; may be empty.
    pub display_name: Option<String>,
    /// Their job; may be empty.
    pub title: Option<String>,
    /// Their address, lower case; or that they have none.
    pub email: Option<Option<String>>,
    /// Their IANA time zone; or that none is known.
    pub tz: Option<Option<String>>,
    /// What they may do.
    pub role: Option<Role>,
    /// What kind of guest they are; or that they are none.
    pub guest: Option<Option<Guest>>,
    /// When their time as a guest ends; or that it does not.
    pub expires: Option<Option<Timestamp>>,
    /// What an identity provider says of them, beside all this.
    pub scim: Option<scim::Attributes>,
}

impl About {
    /// Makes somebody be what is said of them.
    pub fn tell(&self, user: &mut User) {
        fn set<T: Clone>(field: &mut T, value: &Option<T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        set(&mut user.name, &self.name);
        set(&mut user.real_name, &self.real_name);
        set(&mut user.display_name, &self.display_name);
        set(&mut user.title, &self.title);
        set(&mut user.email, &self.email);
        set(&mut user.tz, &self.tz);
        set(&mut user.role, &self.role);
        set(&mut user.guest, &self.guest);
        set(&mut user.expires, &self.expires);
        set(&mut user.scim, &self.scim);
        // Who is no guest any more stays.
        if user.guest.is_none() && self.expires.is_none() {
            user.expires = None;
        }
    }

    /// Whether it says when somebody's time ends, and that is over.
    fn ends_in_the_past(&self, known: Option<&User>, now: Timestamp) -> bool {
        let is_new = |at: &Timestamp| known.is_none_or(|user| user.expires != Some(*at));
        self.expires
            .flatten()
            .filter(is_new)
            .is_some_and(|at| at <= now)
    }
}

/// Why somebody cannot come, or be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no such workspace, or it is not in use.
    NoWorkspace,
    /// There is nobody of this id.
    Nobody,
    /// A bot goes with its app.
    Bot,
    /// A workspace has one primary owner, who stays that.
    PrimaryOwner,
    /// A guest has no role.
    GuestWithRole,
    /// The time of a guest ends, nobody else's.
    EndOfMember,
    /// Their time would have ended already.
    Ended,
    /// A single-channel guest is in one channel.
    NotOneChannel,
    /// Somebody of the workspace, or of its organisation, has the address already.
    AddressTaken(UserId),
    /// Somebody of the organisation has the handle already.
    HandleTaken(UserId),
    /// They were invited once, and never joined.
    NeverCame,
    /// An invitation goes to an address.
    NoAddress,
    /// They are not invited, or not any more.
    NotInvited,
    /// No channel of the workspace that people can be brought into.
    NoChannel(ChannelId),
    /// A guest cannot be in this channel.
    NoGuests(ChannelId),
}

/// What whoever decides who comes to workspaces, changes or leaves them names before anything of people: in the
/// organisation that the workspaces are of, if they are of one, an address and a handle are one account's; and who is
/// in which of their user groups goes with it.
pub fn comings(
    org: Option<EnterpriseId>,
    teams: impl IntoIterator<Item = TeamId>,
) -> impl Iterator<Item = Key> {
    let org = org.into_iter().map(Party::Org);
    org.chain(teams.into_iter().map(Party::Team))
        .map(Key::Comings)
}

/// Where an account is one: an organisation, or a workspace that is of none.
fn realm(facts: &Facts, team: TeamId) -> Result<Party, Missing> {
    let workspace = facts.workspace(team)?;
    Ok(workspace.map_or(Party::Team(team), |workspace| Party::of(workspace)))
}

/// Whether somebody can be so: what they may do, and that their address and their handle are nobody else's. `known` is
/// who they were, if they had come.
fn fits(facts: &Facts, user: &User, known: Option<&User>) -> Result<(), Stop<NotTaken>> {
    let no = |why| Err(Stop::Refused(why));
    let workspace = facts.workspace(user.team)?;
    if workspace.is_none_or(|one| one.status != Status::Active) {
        return no(NotTaken::NoWorkspace);
    }
    if user.guest.is_some() && user.role != Role::Member {
        return no(NotTaken::GuestWithRole);
    }
    if user.guest.is_none() && user.expires.is_some() {
        return no(NotTaken::EndOfMember);
    }
    // Who is only invited holds neither.
    if !user.has_come() {
        return Ok(());
    }
    let realm = realm(facts, user.team)?;
    let in_org = matches!(realm, Party::Org(_));
    // An address is taken by whoever had another one, or comes back with it. Of an organisation who is removed has
    // an account, and so an address, which nobody else takes: only a world may have given it to somebody before.
    let new = known.is_none_or(|known| known.email != user.email);
    let back = known.is_some_and(|known| known.removed) && !user.removed;
    if (new || back)
        && (in_org || !user.removed)
        && let Some(other) = holder(facts, realm, user, in_org && new)?
    {
        return no(NotTaken::AddressTaken(other));
    }
    if in_org
        && known.is_none_or(|known| known.name != user.name)
        && let Some(other) = named(facts, realm, &user.name, Some(user.id))?
    {
        return no(NotTaken::HandleTaken(other));
    }
    Ok(())
}

/// Who else of an organisation or a workspace has somebody's address; who is `gone`, too, if that counts. Who is only
/// invited holds none.
fn holder(facts: &Facts, place: Party, user: &User, gone: bool) -> Result<Option<UserId>, Missing> {
    let Some(email) = &user.email else {
        return Ok(None);
    };
    let others = facts.holders(place, email)?.into_iter();
    for other in others.filter(|other| *other != user.id) {
        let holds = |other: &Arc<User>| other.has_come() && (gone || !other.removed);
        if facts.user(other)?.is_some_and(holds) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Who else of an organisation or a workspace is called so, gone or not. Who is only invited holds no handle.
fn named(
    facts: &Facts,
    place: Party,
    name: &str,
    known: Option<UserId>,
) -> Result<Option<UserId>, Missing> {
    let others = facts.named(place, name)?.into_iter();
    for other in others.filter(|other| known != Some(*other)) {
        if facts.user(other)?.is_some_and(|user| user.has_come()) {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// Of `usual` the channels that everybody of their workspaces is in.
fn for_everybody(
    facts: &Facts,
    usual: &[ChannelId],
    user: &User,
) -> Result<Vec<ChannelId>, Missing> {
    let mut channels = Vec::new();
    // They were read before it is decided: who it is about may have left one of the workspaces meanwhile.
    for id in usual.iter().filter(|_| user.guest.is_none()) {
        let channel = facts.channel(*id)?;
        if channel.is_some_and(|one| {
            (one.general || one.mandatory) && !one.archived && user.is_in(one.team)
        }) {
            channels.push(*id);
        }
    }
    Ok(channels)
}

fn joined(
    channels: Vec<ChannelId>,
    user: UserId,
    moment: &mut Moment,
) -> impl Iterator<Item = Change> {
    channels.into_iter().map(move |channel| Change::Joined {
        channel,
        user,
        inviter: None,
        ts: moment.tick(),
    })
}

/// They come: into the channels asked for and, unless they are guests, into those of `usual` that everybody is
/// in. Whoever decides this keeps others from coming to the workspace meanwhile.
pub fn come(
    facts: &Facts,
    who: &Newcomer,
    usual: &[ChannelId],
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    let no = |why| Err(Stop::Refused(why));
    let mut user = User::new(moment.user_id(), who.workspace, "");
    who.about.tell(&mut user);
    user.updated = moment.now();
    if user.role == Role::PrimaryOwner {
        return no(NotTaken::PrimaryOwner);
    }
    fits(facts, &user, None)?;
    if who.about.ends_in_the_past(None, moment.now()) {
        return no(NotTaken::Ended);
    }
    if user.guest == Some(Guest::SingleChannel) && who.channels.len() != 1 {
        return no(NotTaken::NotOneChannel);
    }
    let mut channels = for_everybody(facts, usual, &user)?;
    for id in &who.channels {
        match open_channel(facts, who.workspace, *id)? {
            None => return no(NotTaken::NoChannel(*id)),
            Some(channel) if user.guest.is_some() && channel.keeps_guests_out() => {
                return no(NotTaken::NoGuests(*id));
            }
            Some(_) if !channels.contains(id) => channels.push(*id),
            Some(_) => {}
        }
    }
    let user = Arc::new(user);
    let mut changes = vec![Change::UserMade { user: user.clone() }];
    changes.extend(joined(channels, user.id, moment));
    Ok(Plan {
        changes,
        outcome: user,
    })
}

/// A channel of the workspace that people can be brought into.
fn open_channel(
    facts: &Facts,
    team: TeamId,
    id: ChannelId,
) -> Result<Option<&Arc<Channel>>, Missing> {
    Ok(facts.channel(id)?.filter(|one| {
        let is_channel = matches!(one.kind, ChannelKind::Public | ChannelKind::Private);
        one.team == team && is_channel && !one.archived
    }))
}

fn person(facts: &Facts, who: UserId) -> Result<&Arc<User>, Stop<NotTaken>> {
    match facts.user(who)? {
        None => Err(Stop::Refused(NotTaken::Nobody)),
        Some(user) if user.bot.is_some() => Err(Stop::Refused(NotTaken::Bot)),
        Some(user) => Ok(user),
    }
}

/// Something is another about a person. Who becomes a guest leaves user groups and the channels that are closed to guests; who is
/// none any more comes into those of `usual` that everybody is in. Whoever decides this keeps others from coming to the
/// workspace meanwhile.
pub fn edit(
    facts: &Facts,
    who: UserId,
    about: &About,
    usual: &[ChannelId],
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    let no = |why| Err(Stop::Refused(why));
    let known = person(facts, who)?;
    let mut user = User::clone(known);
    about.tell(&mut user);
    if user == **known {
        return Ok(Plan::nothing(known.clone()));
    }
    user.updated = moment.now();
    let is_primary = |user: &User| user.role == Role::PrimaryOwner;
    if is_primary(&user) != is_primary(known) || (is_primary(known) && user.guest.is_some()) {
        return no(NotTaken::PrimaryOwner);
    }
    fits(facts, &user, Some(known))?;
    if !user.has_come() {
        if user.email.is_none() {
            return no(NotTaken::NoAddress);
        }
        let into = user.invited.as_ref().map_or(0, |one| one.channels.len());
        if user.guest == Some(Guest::SingleChannel) && into != 1 {
            return no(NotTaken::NotOneChannel);
        }
    }
    if about.ends_in_the_past(Some(known), moment.now()) {
        return no(NotTaken::Ended);
    }
    let channels = facts.channels_of(who)?;
    let mut changes = Vec::new();
    if user.guest.is_some() && user.guest != known.guest {
        changes = kept_out(facts, who)?;
        let left = channels.len() - changes.len();
        if user.guest == Some(Guest::SingleChannel) && left > 1 {
            return no(NotTaken::NotOneChannel);
        }
        changes.extend(usergroup::leave(facts, known, known.all_teams(), moment)?);
    }
    let user = Arc::new(user);
    changes.push(Change::UserEdited {
        user: user.clone(),
        before: Some(known.clone()),
    });
    if known.guest.is_some() && user.guest.is_none() && !user.removed {
        let mut new = for_everybody(facts, usual, &user)?;
        new.retain(|channel| !channels.contains(channel));
        changes.extend(joined(new, who, moment));
    }
    Ok(Plan {
        changes,
        outcome: user,
    })
}

/// A guest is out of the channels that are closed to guests.
fn kept_out(facts: &Facts, who: UserId) -> Result<Vec<Change>, Missing> {
    let mut changes = Vec::new();
    for channel in facts.channels_of(who)? {
        if facts
            .channel(channel)?
            .is_some_and(|one| one.keeps_guests_out())
        {
            changes.push(Change::Dropped { channel, user: who });
        }
    }
    Ok(changes)
}

/// Where somebody cannot be any more they are not, though somebody brought them there meanwhile.
pub fn sweep(facts: &Facts, who: UserId, moment: &Moment) -> Result<Vec<Change>, Missing> {
    match facts.user(who)? {
        Some(user) if user.removed => leave(facts, who, moment),
        Some(user) => {
            let mut changes = places::strays(facts, user)?;
            if user.guest.is_some() {
                for out in kept_out(facts, who)? {
                    if !changes.contains(&out) {
                        changes.push(out);
                    }
                }
            }
            Ok(changes)
        }
        None => Ok(Vec::new()),
    }
}

/// Somebody who was gone is back, in those of `usual` that everybody is in. Whoever decides this keeps others from
/// coming to the workspace meanwhile.
pub fn come_back(
    facts: &Facts,
    who: UserId,
    usual: &[ChannelId],
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    let known = person(facts, who)?;
    if !known.removed {
        return Ok(Plan::nothing(known.clone()));
    }
    if !known.has_come() {
        return Err(Stop::Refused(NotTaken::NeverCame));
    }
    back(facts, User::clone(known), usual, moment)
}

/// They are back, as they are to be from now on.
fn back(
    facts: &Facts,
    mut user: User,
    usual: &[ChannelId],
    moment: &mut Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    user.removed = false;
    user.scim.remove(scim::ACTIVE);
    user.updated = moment.now();
    let known = person(facts, user.id)?;
    fits(facts, &user, Some(known))?;
    // They would be gone again at once.
    if user.is_gone(moment.now()) {
        return Err(Stop::Refused(NotTaken::Ended));
    }
    let channels = for_everybody(facts, usual, &user)?;
    let before = Some(known.clone());
    let user = Arc::new(user);
    let mut changes = vec![Change::UserEdited {
        user: user.clone(),
        before,
    }];
    changes.extend(joined(channels, user.id, moment));
    Ok(Plan {
        changes,
        outcome: user,
    })
}

/// Somebody is gone. Of who has not joined yet the invitation is taken back.
pub fn remove(
    facts: &Facts,
    who: UserId,
    moment: &Moment,
) -> Result<Plan<Arc<User>>, Stop<NotTaken>> {
    let known = person(facts, who)?;
    if known.role == Role::PrimaryOwner && !known.removed {
        return Err(Stop::Refused(NotTaken::PrimaryOwner));
    }
    if let Some(invited) = known.invited.as_ref().filter(|_| known.is_invited()) {
        let user = Arc::new(User {
            invited: Some(Invited {
                state: Stage::Withdrawn,
                ..invited.clone()
            }),
            updated: moment.now(),
            ..User::clone(known)
        });
        return Ok(Plan {
            changes: vec![Change::UserEdited {
                user: user.clone(),
                before: Some(known.clone()),
            }],
            outcome: user,
        });
    }
    let changes = leave(facts, who, moment)?;
    let outcome = match changes.last() {
        Some(Change::UserEdited { user, .. }) => user.clone(),
        _ => known.clone(),
    };
    Ok(Plan { changes, outcome })
}

/// A guest whose time has ended is gone, as whoever is removed; nothing when it has not, or somebody was quicker.
pub fn expire(facts: &Facts, who: UserId, moment: &Moment) -> Result<Plan<()>, Missing> {
    let leaves = facts.user(who)?.and_then(|user| user.leaves());
    let changes = match leaves {
        Some(at) if at <= moment.now() => leave(facts, who, moment)?,
        _ => Vec::new(),
    };
    Ok(Plan {
        changes,
        outcome: (),
    })
}

/// A person or a bot is gone from their workspace, and so out of its channels and user groups. Where they are gone already they are
/// out of channels that somebody brought them into meanwhile.
pub fn leave(facts: &Facts, who: UserId, moment: &Moment) -> Result<Vec<Change>, Missing> {
    let Some(user) = facts.user(who)? else {
        return Ok(Vec::new());
    };
    let channels = facts.channels_of(who)?.into_iter();
    let mut changes: Vec<Change> = channels
        .map(|channel| Change::Dropped { channel, user: who })
        .collect();
    if user.removed {
        return Ok(changes);
    }
    changes.extend(usergroup::leave(facts, user, user.all_teams(), moment)?);
    changes.push(Change::UserEdited {
        user: Arc::new(User {
            removed: true,
            updated: moment.now(),
            ..User::clone(user)
        }),
        before: Some(user.clone()),
    });
    Ok(changes)
}

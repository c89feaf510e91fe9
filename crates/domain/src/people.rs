//! People come to a workspace, and go.

use crate::{
    change::{Change, Plan},
    channel::ChannelKind,
    facts::{Facts, Missing, Stop},
    id::{ChannelId, TeamId, UserId},
    time::Moment,
    user::{Guest, Role, User},
    workspace::Status,
};
use std::sync::Arc;

/// Somebody who is to come.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Where.
    pub workspace: TeamId,
    /// Their handle.
    pub name: String,
    /// Their full name; may be empty.
    pub real_name: String,
    /// Their address, lower case.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Set for guests.
    pub guest: Option<Guest>,
    /// Channels they are brought into, beside those that everybody is in.
    pub channels: Vec<ChannelId>,
}

/// Why somebody cannot come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no such workspace, or it is not in use.
    NoWorkspace,
    /// A guest has no role.
    GuestWithRole,
    /// A single-channel guest is in one channel.
    NotOneChannel,
    /// Somebody of the workspace has the address already.
    AddressTaken(UserId),
    /// No channel of the workspace that people can be brought into.
    NoChannel(ChannelId),
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
    let workspace = facts.workspace(who.workspace)?;
    let Some(workspace) = workspace.filter(|one| one.status == Status::Active) else {
        return no(NotTaken::NoWorkspace);
    };
    match who.guest {
        Some(_) if who.role != Role::Member => return no(NotTaken::GuestWithRole),
        Some(Guest::SingleChannel) if who.channels.len() != 1 => {
            return no(NotTaken::NotOneChannel);
        }
        _ => {}
    }
    if let Some(email) = &who.email {
        for other in facts.people_at(&workspace.realm, email)? {
            if facts
                .standing(other)?
                .is_some_and(|other| other.team == who.workspace)
            {
                return no(NotTaken::AddressTaken(other));
            }
        }
    }
    let mut channels = Vec::new();
    for id in usual.iter().filter(|_| who.guest.is_none()) {
        let channel = facts.channel(*id)?;
        if channel.is_some_and(|one| (one.general || one.mandatory) && !one.archived) {
            channels.push(*id);
        }
    }
    for id in &who.channels {
        let fits = facts.channel(*id)?.is_some_and(|one| {
            let is_channel = matches!(one.kind, ChannelKind::Public | ChannelKind::Private);
            one.team == who.workspace && is_channel && !one.archived
        });
        if !fits {
            return no(NotTaken::NoChannel(*id));
        }
        if !channels.contains(id) {
            channels.push(*id);
        }
    }
    let mut user = User::new(moment.user_id(), who.workspace, &who.name);
    user.real_name = who.real_name.clone();
    user.email = who.email.clone();
    user.role = who.role;
    user.guest = who.guest;
    user.updated = moment.now();
    let user = Arc::new(user);
    let mut changes = vec![Change::UserMade { user: user.clone() }];
    changes.extend(channels.into_iter().map(|channel| Change::Joined {
        channel,
        user: user.id,
        inviter: None,
        ts: moment.tick(),
    }));
    Ok(Plan {
        changes,
        outcome: user,
    })
}

/// Somebody is gone from their workspace, and so out of its channels. Where they are gone already they are out of
/// channels that somebody brought them into meanwhile.
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
    changes.push(Change::UserEdited {
        user: Arc::new(User {
            removed: true,
            updated: moment.now(),
            ..User::clone(user)
        }),
    });
    Ok(changes)
}

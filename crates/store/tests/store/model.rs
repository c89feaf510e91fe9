//! What changes do, told a second time and plainly: the measure for the tables.

use guestlist_domain::{
    Change, Channel, ChannelId, Message, Seed, TeamId, UserId,
    facts::{Mark, Membership},
    message::What,
};
use std::collections::BTreeMap;

/// The world with its rows in the order of a dump.
pub(crate) fn sorted(mut seed: Seed) -> Seed {
    seed.enterprises.sort_by_key(|org| org.id);
    seed.workspaces.sort_by_key(|workspace| workspace.id);
    seed.users.sort_by_key(|user| (user.team, user.id));
    seed.channels
        .sort_by_key(|channel| (channel.team, channel.id));
    seed.usergroups.sort_by_key(|group| (group.team, group.id));
    seed.invite_requests.sort_by_key(|one| (one.team, one.id));
    seed.apps.sort_by_key(|app| (app.team, app.id));
    seed.tokens.sort_by_key(|token| (token.team, token.hash));
    seed.invitations
        .sort_by_key(|(team, invitation)| (*team, invitation.id.to_string()));
    seed.members
        .sort_by_key(|(team, channel, user, _)| (*team, *channel, *user));
    seed.messages
        .sort_by_key(|(team, channel, message)| (*team, *channel, message.ts));
    seed
}

/// The world after these changes.
pub(crate) fn after<'c>(seed: &Seed, changes: impl IntoIterator<Item = &'c Change>) -> Seed {
    let mut model = Model {
        seed: seed.clone(),
        members: BTreeMap::new(),
    };
    for (_, channel, user, place) in model.seed.members.drain(..) {
        model.members.insert((channel, user), place);
    }
    for change in changes {
        model.apply(change);
    }
    let Model { mut seed, members } = model;
    for ((channel, user), place) in members {
        let (team, _) = home(&seed, channel);
        seed.members.push((team, channel, user, place));
    }
    sorted(seed)
}

struct Model {
    /// All but the members.
    seed: Seed,
    members: BTreeMap<(ChannelId, UserId), Membership>,
}

/// The workspace of a conversation, and whether that is a DM.
fn home(seed: &Seed, id: ChannelId) -> (TeamId, bool) {
    let channel = seed.channels.iter().find(|channel| channel.id == id);
    let channel = channel.expect("the channel is there");
    (channel.team, channel.kind.is_dm())
}

impl Model {
    fn say(&mut self, channel: ChannelId, message: Message) {
        let (team, _) = home(&self.seed, channel);
        self.seed.messages.push((team, channel, message));
    }

    fn put(&mut self, channel: &Channel) {
        let mut channels = self.seed.channels.iter_mut();
        let old = channels.find(|old| old.id == channel.id);
        *old.expect("the channel is there") = channel.clone();
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Joined {
                channel,
                user,
                inviter,
                ts,
            } => {
                let place = Membership::new(*ts);
                self.members.insert((*channel, *user), place);
                let (_, is_dm) = home(&self.seed, *channel);
                if !is_dm {
                    let what = What::Joined { inviter: *inviter };
                    self.say(
                        *channel,
                        Message {
                            ts: *ts,
                            user: *user,
                            what,
                        },
                    );
                }
            }
            Change::Left {
                channel, user, ts, ..
            } => {
                self.members.remove(&(*channel, *user));
                self.say(
                    *channel,
                    Message {
                        ts: *ts,
                        user: *user,
                        what: What::Left,
                    },
                );
            }
            Change::Created { channel } => self.seed.channels.push(channel.as_ref().clone()),
            Change::Edited { channel, message } => {
                self.put(channel);
                self.say(channel.id, message.clone());
            }
            Change::Posted { channel, message } => self.say(*channel, message.clone()),
            Change::Reworded {
                channel, message, ..
            } => {
                let mut said = self.seed.messages.iter_mut();
                let at = (*channel, message.ts);
                let one = said.find(|(_, place, one)| (*place, one.ts) == at);
                one.expect("the message is there").2 = message.as_ref().clone();
            }
            Change::Deleted {
                channel, message, ..
            } => {
                let said = &mut self.seed.messages;
                said.retain(|(_, place, one)| (*place, one.ts) != (*channel, message.ts));
            }
            Change::DmClosed {
                channel,
                user,
                closed,
            } => {
                if let Some(place) = self.members.get_mut(&(*channel, *user)) {
                    place.closed = *closed;
                }
            }
            Change::Marked {
                channel,
                user,
                ts,
                at,
            } => {
                if let Some(place) = self.members.get_mut(&(*channel, *user)) {
                    place.mark = Some(Mark { ts: *ts, at: *at });
                }
            }
            Change::Invitation {
                team, invitation, ..
            } => {
                let known = self.seed.invitations.iter_mut();
                let mut known = known.filter(|(_, one)| one.id == invitation.id);
                match known.next() {
                    Some((_, one)) => *one = invitation.as_ref().clone(),
                    None => {
                        let row = (*team, invitation.as_ref().clone());
                        self.seed.invitations.push(row);
                    }
                }
            }
            Change::Shared { channel, .. } => self.put(channel),
            Change::Severed {
                channel,
                people,
                copy,
                ts,
                ..
            } => {
                self.put(channel);
                for user in people {
                    self.members.remove(&(channel.id, *user));
                }
                if let Some(copy) = copy {
                    self.seed.channels.push(copy.as_ref().clone());
                    let rows = people.iter().map(|user| (copy.id, *user));
                    self.members
                        .extend(rows.map(|row| (row, Membership::new(*ts))));
                }
            }
            // What apps are told is no part of a world, nor are letters, nor what one person is shown.
            Change::Raised { .. } | Change::Mail { .. } | Change::Shown { .. } => {}
            Change::TokenMade { token } => self.seed.tokens.push(token.as_ref().clone()),
            Change::TokenRevoked { hash, .. } => {
                let tokens = self.seed.tokens.iter_mut();
                tokens
                    .filter(|token| token.hash == *hash)
                    .for_each(|token| token.revoked = true);
            }
            Change::TokenEdited { token } => {
                let tokens = self.seed.tokens.iter_mut();
                tokens
                    .filter(|old| old.hash == token.hash)
                    .for_each(|old| *old = token.as_ref().clone());
            }
            Change::UserMade { user }
            | Change::UserEdited { user, .. }
            | Change::Assigned { user, .. }
            | Change::Unassigned { user, .. } => {
                self.seed.users.retain(|old| old.id != user.id);
                self.seed.users.push(user.as_ref().clone());
            }
            Change::UsergroupMade { group } | Change::UsergroupEdited { group, .. } => {
                self.seed.usergroups.retain(|old| old.id != group.id);
                self.seed.usergroups.push(group.as_ref().clone());
            }
            Change::InviteRequest { request } => {
                self.seed.invite_requests.retain(|old| old.id != request.id);
                self.seed.invite_requests.push(request.as_ref().clone());
            }
            Change::UsergroupErased { group, .. } => {
                self.seed.usergroups.retain(|old| old.id != *group);
            }
            Change::AppMade { app } | Change::AppEdited { app } => {
                self.seed.apps.retain(|old| old.id != app.id);
                self.seed.apps.push(app.as_ref().clone());
            }
            Change::Added { seed } => {
                let Seed {
                    server: _,
                    enterprises,
                    workspaces,
                    users,
                    channels,
                    members,
                    messages,
                    invitations,
                    usergroups,
                    invite_requests,
                    apps,
                    tokens,
                } = Seed::clone(seed);
                self.seed.enterprises.extend(enterprises);
                self.seed.workspaces.extend(workspaces);
                self.seed.users.extend(users);
                self.seed.channels.extend(channels);
                self.seed.messages.extend(messages);
                self.seed.invitations.extend(invitations);
                self.seed.usergroups.extend(usergroups);
                self.seed.invite_requests.extend(invite_requests);
                self.seed.apps.extend(apps);
                self.seed.tokens.extend(tokens);
                let places = members.into_iter();
                self.members
                    .extend(places.map(|(_, channel, user, place)| ((channel, user), place)));
            }
            Change::Removed {
                workspaces,
                enterprises,
                ..
            } => {
                let gone = |team: &TeamId| workspaces.contains(team);
                let seed = &mut self.seed;
                let theirs = seed.channels.iter().filter(|one| gone(&one.team));
                let channels: Vec<_> = theirs.map(|one| one.id).collect();
                self.members
                    .retain(|(channel, _), _| !channels.contains(channel));
                seed.enterprises
                    .retain(|one| !enterprises.contains(&one.id));
                seed.workspaces.retain(|one| !gone(&one.id));
                seed.users.retain(|one| !gone(&one.team));
                seed.channels.retain(|one| !gone(&one.team));
                seed.messages.retain(|(team, ..)| !gone(team));
                seed.invitations.retain(|(team, _)| !gone(team));
                seed.usergroups.retain(|one| !gone(&one.team));
                seed.invite_requests.retain(|one| !gone(&one.team));
                seed.apps.retain(|one| !gone(&one.team));
                seed.tokens.retain(|one| !gone(&one.team));
            }
            Change::Dropped { channel, user } => {
                self.members.remove(&(*channel, *user));
            }
            // Codes live for minutes and are in no dump; the others say what these do.
            Change::CodeMade { .. }
            | Change::CodeUsed { .. }
            | Change::Deauthorized { .. }
            | Change::TeamAccess { .. }
            | Change::Uninstalled { .. } => {}
        }
    }
}

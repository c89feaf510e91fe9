//! What is known of Slack Connect: invitations, and who takes part in what with whom.

use super::{Facts, Key, Map, Missing, look};
use crate::{
    change::Change,
    channel::{Channel, dm_handle},
    id::{ChannelId, InvitationId, TeamId, UserId},
    invitation::{Invitation, Recipient},
    mail::Mail,
    time::Timestamp,
};
use std::sync::Arc;

/// See [`Facts`].
#[derive(Debug, Default)]
pub(super) struct Known {
    invitations: Map<InvitationId, Option<Arc<Invitation>>>,
    offers: Map<ChannelId, Offers>,
    mailed: Map<(UserId, i64), u32>,
    links: Map<(TeamId, TeamId), Links>,
    /// Who of a side was in a channel when that was loaded; what came since is in the roster.
    sides: Map<(ChannelId, TeamId), Vec<UserId>>,
    /// Letters, each with the workspace that sends it.
    mails: Map<Timestamp, Option<(TeamId, Arc<Mail>)>>,
}

/// Invitations to one channel.
#[derive(Debug, Default)]
struct Offers {
    /// All current ones are among them.
    whole: bool,
    ids: Vec<InvitationId>,
}

/// Channels in which two organisations take part.
#[derive(Clone, Debug)]
struct Links {
    ours: Vec<TeamId>,
    theirs: Vec<TeamId>,
    channels: Vec<ChannelId>,
}

impl Links {
    fn hold(&self, channel: &Channel) -> bool {
        let has = |teams: &[TeamId]| channel.sides().any(|side| teams.contains(&side));
        has(&self.ours) && has(&self.theirs)
    }

    fn add(&mut self, channel: &Channel) {
        if self.hold(channel) && !self.channels.contains(&channel.id) {
            self.channels.push(channel.id);
        }
    }
}

/// The hour since 1970 that a time falls into.
pub const fn hour(time: Timestamp) -> i64 {
    time.seconds().div_euclid(3600)
}

fn is_mail_of(invitation: &Invitation, user: UserId, of: i64) -> bool {
    invitation.inviter == user
        && matches!(invitation.to, Recipient::Email(_))
        && hour(invitation.created) == of
}

impl Known {
    pub(super) fn len(&self) -> usize {
        let sides: usize = self.sides.values().map(Vec::len).sum();
        let letters = self.mailed.len() + self.mails.len();
        self.invitations.len() + self.offers.len() + self.links.len() + letters + sides
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        match key {
            Key::Invitation(id) => self.invitations.contains_key(id),
            Key::Offers(channel) => self.offers.get(channel).is_some_and(|known| known.whole),
            Key::Mailed(user, hour) => self.mailed.contains_key(&(*user, *hour)),
            Key::Links(a, b) => self.links.contains_key(&(*a, *b)),
            Key::Side(channel, team) => self.sides.contains_key(&(*channel, *team)),
            Key::Mail(id) => self.mails.contains_key(id),
            _ => false,
        }
    }

    fn of_channel(&self, channel: ChannelId) -> Vec<Arc<Invitation>> {
        let ids = self.offers.get(&channel).map(|known| known.ids.as_slice());
        let one = |id: &InvitationId| self.invitations.get(id).cloned().flatten();
        ids.unwrap_or_default().iter().filter_map(one).collect()
    }

    fn put(&mut self, invitation: &Arc<Invitation>) {
        let (id, channel) = (invitation.id, invitation.channel);
        let before = self.invitations.insert(id, Some(invitation.clone()));
        // A request may be approved for another channel than it was made for.
        if let Some(before) = before.flatten()
            && before.channel != channel
            && let Some(left) = self.offers.get_mut(&before.channel)
        {
            left.ids.retain(|one| *one != id);
        }
        let known = self.offers.entry(channel).or_default();
        if !known.ids.contains(&id) {
            known.ids.push(id);
        }
    }
}

impl Facts {
    /// Which of the invitations that are known a link leads to.
    pub(super) fn linked(&self, link: &str) -> Option<InvitationId> {
        let mut known = self.connect.invitations.values().flatten();
        let found = known.find(|one| one.link.as_deref() == Some(link));
        found.map(|one| one.id)
    }

    /// An invitation.
    pub fn invitation(&self, id: InvitationId) -> Result<Option<&Arc<Invitation>>, Missing> {
        look(&self.connect.invitations, &id, self.complete, || {
            Key::Invitation(id)
        })
    }

    /// The invitations to a channel, among them all that are
    /// [current](Invitation::is_current).
    pub fn offers(&self, channel: ChannelId) -> Result<Vec<Arc<Invitation>>, Missing> {
        if self.complete || self.connect.knows(&Key::Offers(channel)) {
            return Ok(self.connect.of_channel(channel));
        }
        Err(Missing(Key::Offers(channel)))
    }

    /// How many invitations somebody sent by e-mail in one [`hour`].
    pub fn mailed(&self, user: UserId, of: i64) -> Result<u32, Missing> {
        match self.connect.mailed.get(&(user, of)) {
            Some(count) => Ok(*count),
            None if self.complete => Ok(self.count_mailed(user, of, &[])),
            None => Err(Missing(Key::Mailed(user, of))),
        }
    }

    /// The channels in which the organisations of both workspaces take part.
    pub fn links(&self, a: TeamId, b: TeamId) -> Result<Vec<ChannelId>, Missing> {
        if let Some(known) = self.connect.links.get(&(a, b)) {
            let still = |id: &&ChannelId| match self.channels.get(id) {
                Some(channel) => channel.as_ref().is_some_and(|channel| known.hold(channel)),
                None => true,
            };
            return Ok(known.channels.iter().filter(still).copied().collect());
        }
        if !self.complete {
            return Err(Missing(Key::Links(a, b)));
        }
        let (ours, theirs) = (self.teams_of(a), self.teams_of(b));
        let channels = Vec::new();
        let mut links = Links {
            ours,
            theirs,
            channels,
        };
        for channel in self.channels.values().flatten() {
            links.add(channel);
        }
        links.channels.sort();
        Ok(links.channels)
    }

    /// The workspaces of one organisation, as far as they are loaded.
    pub fn teams_of(&self, team: TeamId) -> Vec<TeamId> {
        let org = self.workspaces.get(&team).cloned().flatten();
        let org = org.and_then(|workspace| workspace.enterprise);
        let all = self.workspaces.values().flatten();
        all.filter(|other| other.id == team || (org.is_some() && other.enterprise == org))
            .map(|other| other.id)
            .collect()
    }

    /// Who of a workspace is in a channel.
    pub fn side(&self, channel: ChannelId, team: TeamId) -> Result<Vec<UserId>, Missing> {
        let older = self.connect.sides.get(&(channel, team));
        if older.is_none() && !self.complete {
            return Err(Missing(Key::Side(channel, team)));
        }
        let mut people: Vec<UserId> = older.cloned().unwrap_or_default();
        let roster = self.rosters.get(&channel);
        if let Some(roster) = roster {
            people.extend(roster.places.keys());
        }
        people.sort();
        people.dedup();
        let mut side = Vec::with_capacity(people.len());
        for user in people {
            let place = roster.and_then(|roster| roster.places.get(&user));
            // Whom the tables had in it is in it still, unless something is known since.
            if place.is_none_or(|place| place.get().is_some())
                && self
                    .standing(user)?
                    .is_some_and(|user| user.all_teams().any(|of| of == team))
            {
                side.push(user);
            }
        }
        Ok(side)
    }

    /// A letter, and the workspace that sends it.
    pub fn mail(&self, id: Timestamp) -> Result<Option<&(TeamId, Arc<Mail>)>, Missing> {
        look(&self.connect.mails, &id, self.complete, || Key::Mail(id))
    }

    fn count_mailed(&self, user: UserId, of: i64, older: &[InvitationId]) -> u32 {
        let known = self.connect.invitations.values().flatten();
        let newer = known.filter(|one| is_mail_of(one, user, of) && !older.contains(&one.id));
        (older.len() + newer.count()) as u32
    }

    /// Loads an invitation, or that there is none.
    pub fn put_invitation(&mut self, id: InvitationId, invitation: Option<Arc<Invitation>>) {
        match &invitation {
            Some(known) => self.connect.put(known),
            None => {
                self.connect.invitations.insert(id, None);
            }
        }
    }

    /// Loads the current invitations to a channel. What is known of them is newer.
    pub fn put_offers(&mut self, channel: ChannelId, current: Vec<Arc<Invitation>>) {
        for invitation in current {
            if !self.connect.invitations.contains_key(&invitation.id) {
                self.connect.put(&invitation);
            }
        }
        self.connect.offers.entry(channel).or_default().whole = true;
    }

    /// Loads which invitations somebody sent by e-mail in one hour, as far as older facts know.
    pub fn put_mailed(&mut self, user: UserId, of: i64, older: &[InvitationId]) {
        let count = self.count_mailed(user, of, older);
        self.connect.mailed.insert((user, of), count);
    }

    /// Loads the workspaces of two organisations, and the channels in which both take part as far
    /// as older facts know.
    pub fn put_links(
        &mut self,
        (a, b): (TeamId, TeamId),
        (ours, theirs): (Vec<TeamId>, Vec<TeamId>),
        channels: Vec<ChannelId>,
    ) {
        let mut links = Links {
            ours,
            theirs,
            channels,
        };
        for channel in self.channels.values().flatten() {
            links.add(channel);
        }
        self.connect.links.insert((a, b), links);
    }

    /// Loads who of a workspace is in a channel, as far as older facts know.
    pub fn put_side(&mut self, channel: ChannelId, team: TeamId, people: Vec<UserId>) {
        self.connect.sides.insert((channel, team), people);
    }

    /// Loads a letter, or that there is none.
    pub fn put_mail(&mut self, id: Timestamp, mail: Option<(TeamId, Arc<Mail>)>) {
        self.connect.mails.insert(id, mail);
    }

    /// Copies what is known of one key of this chapter.
    pub(crate) fn copy_connect(&self, key: &Key, to: &mut Self) {
        match key {
            Key::Invitation(id) => {
                if let Ok(found) = self.invitation(*id) {
                    to.put_invitation(*id, found.cloned());
                }
            }
            Key::Offers(channel) => {
                if let Ok(found) = self.offers(*channel) {
                    to.put_offers(*channel, found);
                }
            }
            Key::Mailed(user, of) => {
                if let Ok(count) = self.mailed(*user, *of) {
                    to.connect.mailed.insert((*user, *of), count);
                }
            }
            Key::Links(a, b) => {
                if let Some(known) = self.connect.links.get(&(*a, *b)) {
                    to.connect.links.insert((*a, *b), known.clone());
                }
            }
            Key::Side(channel, team) => {
                if let Ok(people) = self.side(*channel, *team) {
                    to.put_side(*channel, *team, people);
                }
            }
            Key::Mail(id) => {
                if let Ok(found) = self.mail(*id) {
                    to.put_mail(*id, found.cloned());
                }
            }
            _ => {}
        }
    }

    /// Makes the facts show a change of this chapter.
    pub(super) fn apply_connect(&mut self, change: &Change) {
        match change {
            Change::Invitation { invitation, .. } => {
                let known = self.connect.invitations.contains_key(&invitation.id);
                self.connect.put(invitation);
                let of = (invitation.inviter, hour(invitation.created));
                if !known
                    && is_mail_of(invitation, of.0, of.1)
                    && let Some(count) = self.connect.mailed.get_mut(&of)
                {
                    *count += 1;
                }
            }
            Change::Mail { team, mail, .. } => {
                self.put_mail(mail.id, Some((*team, mail.clone())));
            }
            Change::Shared { channel, .. } => self.put_shared(channel),
            Change::Severed {
                channel,
                workspace,
                people,
                copy,
                ts,
            } => {
                let old = match self.channels.get(&channel.id) {
                    Some(Some(old)) => Some(old.name_in(*workspace).to_owned()),
                    _ => None,
                };
                if let Some(name) = old {
                    self.put_handle(*workspace, &name, None);
                }
                self.put_shared(channel);
                for user in people {
                    self.put_membership(channel.id, *user, None);
                    self.shift_places(channel.id, *user, false);
                    self.shift_counts(channel.id, *user, |count| count.saturating_sub(1));
                }
                if let Some(copy) = copy {
                    self.put_handle(copy.team, &copy.handle(), Some(copy.id));
                    self.channels.insert(copy.id, Some(copy.clone()));
                    let place = super::Membership::new(*ts);
                    self.put_roster(copy.id, people.iter().map(|user| (*user, place)));
                    self.member_counts.insert(copy.id, people.len() as u32);
                    for user in people {
                        self.shift_places(copy.id, *user, true);
                        if let Some(count) = self.channel_counts.get_mut(user) {
                            *count = count.saturating_add(1);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// A channel that several organisations have, or did until now.
    pub(super) fn put_shared(&mut self, channel: &Arc<Channel>) {
        if channel.has_ended() {
            let handle = dm_handle(&channel.parties);
            for side in channel.sides() {
                self.put_handle(side, &handle, None);
            }
        }
        for side in &channel.connections {
            let handle = channel.handle_in(side.workspace);
            self.put_handle(side.workspace, &handle, Some(channel.id));
        }
        for links in self.connect.links.values_mut() {
            links.add(channel);
        }
        self.channels.insert(channel.id, Some(channel.clone()));
    }
}

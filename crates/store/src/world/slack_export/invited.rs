//! People of an export who were invited into the workspace.

use super::convert::Import;
use crate::world::{index::Map, link_end};
use guestlist_domain::{
    Timestamp, User, UserId,
    user::{Guest, Invited, Stage},
};

impl Import {
    /// Settles by whom people were invited, and where they come in who have not joined yet. Who cannot be
    /// kept as invited stays a removed person.
    pub(super) fn settle_invited(&mut self, random: &mut dyn FnMut() -> [u8; 24]) {
        let invited = std::mem::take(&mut self.people.invited);
        if invited.is_empty() {
            return;
        }
        let channels = self.channels.iter();
        let owners: Map<_, _> = channels.map(|channel| (channel.id, channel.team)).collect();
        for (id, by, state) in invited {
            let told = by.and_then(|by| self.people.mentioned(&by, &mut self.ids));
            let leader = self.people.leader.filter(|_| state == Stage::Pending);
            let Some(user) = self.people.get(id) else {
                continue;
            };
            let by = [told, leader].into_iter().flatten();
            let by = by.into_iter().find(|by| self.can_invite(*by, user));
            let mut channels = self.awaited.remove(&id).unwrap_or_default();
            // What is another workspace's they will not see.
            channels.retain(|channel| owners.get(channel) == Some(&user.team));
            let is_single = user.guest == Some(Guest::SingleChannel);
            let is_whole = user.email.is_some() && (!is_single || channels.len() == 1);
            let Some(by) = by.filter(|_| state == Stage::Joined || is_whole) else {
                if state == Stage::Pending {
                    self.rolls.uninvited.add(id);
                }
                continue;
            };
            let at = match user.updated {
                Timestamp(0) => self.now,
                updated => updated,
            };
            let link = link_end(random());
            self.people.set_invited(
                id,
                Invited {
                    by,
                    at,
                    channels,
                    link,
                    state,
                },
            );
        }
    }

    fn can_invite(&self, by: UserId, user: &User) -> bool {
        let by = self.people.get(by).filter(|by| by.bot.is_none());
        by.is_some_and(|by| self.people.organisations.same(by.team, user.team))
    }
}

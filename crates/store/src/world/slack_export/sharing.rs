//! Which workspaces a conversation belongs to, and what of that cannot be kept.

use super::{convert::Import, entries::Conversation};
use crate::world::index::Set;
use guestlist_domain::{Channel, TeamId, UserId};

impl Import {
    /// The workspace of the organisation that a conversation belongs to: the host that is told, the one
    /// that was exported if anybody in it is there, or else that of the first of the organisation. None
    /// where nobody in it is.
    pub(super) fn owner(&self, host: Option<&str>, members: &[UserId]) -> Option<TeamId> {
        let (places, home) = (&self.people.organisations, self.people.home());
        let host = host.and_then(|host| places.known(host));
        if let Some(host) = host.filter(|host| *host != home && places.same(home, *host)) {
            return Some(host);
        }
        // Who is only spoken of counts where nobody else is there.
        let listed = members.iter().any(|id| self.people.is_listed(*id));
        let members = || {
            let counted = members
                .iter()
                .filter(|id| !listed || self.people.is_listed(**id));
            counted.filter_map(|id| self.people.get(*id))
        };
        if members().any(|user| user.is_in(home)) {
            return Some(home);
        }
        let ours = |team: &TeamId| places.same(home, *team);
        members().map(|user| user.team).find(ours)
    }

    /// Workspaces of the organisation whose people are in a channel share it; those of others are
    /// there through Slack Connect. So are workspaces that the entry names.
    pub(super) fn share(&mut self, channel: &mut Channel, members: &[UserId], from: &Conversation) {
        let places = &self.people.organisations;
        channel.org_wide = from.is_global_shared && places.of(channel.team).is_some();
        let people = members.iter().filter_map(|id| self.people.get(*id));
        let told = [
            &from.internal_team_ids,
            &from.shared_team_ids,
            &from.connected_team_ids,
        ];
        // The id of their own organisation says nothing of which workspaces.
        let own = |text: &str, team| text.starts_with('E') && places.same(channel.team, team);
        let workspace = |text: &String| places.known(text).filter(|team| !own(text, *team));
        let mut known = Set::from_iter([channel.team]);
        let mut teams: Vec<TeamId> = people
            .map(|user| user.team)
            .filter(|team| known.insert(*team))
            .collect();
        // An organisation's id adds none of its workspaces where one is known.
        let here: Set<_> = teams.iter().filter_map(|team| places.of(*team)).collect();
        for text in told.into_iter().flatten() {
            let is_new = |team: &TeamId| {
                let of = places.of(*team).filter(|_| text.starts_with('E'));
                !of.is_some_and(|of| here.contains(&of))
            };
            let team = workspace(text).filter(is_new);
            teams.extend(team.filter(|team| known.insert(*team)));
        }
        for team in teams {
            if places.same(channel.team, team) {
                channel.workspaces.push(team);
            } else {
                channel.connect([team]);
            }
        }
    }

    /// Notes what a world cannot have of a channel.
    pub(super) fn note_rest(&mut self, channel: &Channel, from: &Conversation) {
        self.note_connections(channel, from);
        let (rolls, id) = (&mut self.rolls, channel.id);
        for team in from
            .pending_shared
            .iter()
            .chain(&from.pending_connected_team_ids)
        {
            rolls.pending.add(format!("{id} for {team}"));
        }
        let restricted = from
            .properties
            .as_ref()
            .is_some_and(|properties| properties.posting_restricted_to);
        for (is, roll) in [
            (from.is_frozen, &mut rolls.frozen),
            // Where a channel is read-only that is kept.
            (restricted && !channel.read_only, &mut rolls.posting),
            (from.is_thread_only, &mut rolls.threads),
            (from.is_org_default, &mut rolls.default),
        ] {
            if is {
                roll.add(id);
            }
        }
    }

    /// Notes workspaces that are told to have a channel, and of which nobody is here, and a host elsewhere.
    fn note_connections(&mut self, channel: &Channel, from: &Conversation) {
        let (places, id) = (&mut self.people.organisations, channel.id);
        let host = from.conversation_host_id.as_deref().unwrap_or_default();
        let known = places.known(host);
        if !host.is_empty() && !known.is_some_and(|host| places.same(channel.team, host)) {
            self.rolls.hosted.add(format!("{id} of {host}"));
        }
        let ours: Set<&String> = from.internal_team_ids.iter().collect();
        let told = from.connected_team_ids.iter().chain(&from.shared_team_ids);
        for team in told.filter(|team| places.known(team).is_none()) {
            if !ours.contains(team) {
                self.rolls.unconnected.add(format!("{id} with {team}"));
            }
        }
        for team in &from.internal_team_ids {
            if places.known(team).is_none() {
                places.unknown.add(team);
            }
        }
    }
}

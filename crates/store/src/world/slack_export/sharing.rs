//! Which workspaces a conversation belongs to, and what of that cannot be kept.

use super::{convert::Import, entries::Conversation};
use crate::world::index::Set;
use guestlist_domain::{Channel, TeamId, UserId};

impl Import {
    /// The workspaces of the organisation that an entry says a channel belongs to.
    pub(super) fn told(&self, from: &Conversation) -> Vec<TeamId> {
        let (places, home) = (&self.people.organisations, self.people.home());
        let texts = from.internal_team_ids.iter().chain(&from.shared_team_ids);
        // The organisation's own id says nothing of which.
        let known = texts.filter_map(|text| places.known(text).filter(|_| text.starts_with('T')));
        let mut met = Set::default();
        known
            .filter(|team| places.same(home, *team) && met.insert(*team))
            .collect()
    }

    /// The workspace of the organisation that a conversation belongs to: the host that is told, or one of those
    /// that are told; or else one that everybody in it is of, or in doubt the first one's. Of several the one
    /// that was exported. None where nobody in it is of the organisation.
    pub(super) fn owner(
        &self,
        host: Option<&str>,
        told: &[TeamId],
        members: &[UserId],
    ) -> Option<TeamId> {
        let (places, home) = (&self.people.organisations, self.people.home());
        let host_is_organisation = host.is_some_and(|host| host.starts_with('E'));
        // An organisation's id says nothing of which workspace.
        let of_home = |host: &TeamId| *host != home || !host_is_organisation;
        let known = host.and_then(|host| places.known(host)).filter(of_home);
        if let Some(host) = known.filter(|host| places.same(home, *host)) {
            return Some(host);
        }
        if let Some(first) = told.first() {
            return Some(if told.contains(&home) { home } else { *first });
        }
        // Who is only spoken of counts where nobody else is there.
        let listed = members.iter().any(|id| self.people.is_listed(*id));
        let counted = members
            .iter()
            .filter(|id| !listed || self.people.is_listed(**id));
        let ours = counted
            .filter_map(|id| self.people.get(*id))
            .filter(|user| places.same(home, user.team));
        let mut is_home = false;
        let mut first = None;
        let mut common: Vec<TeamId> = Vec::new();
        for user in ours {
            is_home |= user.is_in(home);
            match first {
                None => {
                    common = std::iter::once(user.team)
                        .chain(user.teams.clone())
                        .collect()
                }
                Some(_) => common.retain(|team| user.is_in(*team)),
            }
            first = first.or(Some(user.team));
        }
        if is_home && (common.is_empty() || common.contains(&home)) {
            return Some(home);
        }
        common.first().copied().or(first)
    }

    /// Workspaces of the organisation that are told share a channel, and those of people who are in none of
    /// these; those of others are there through Slack Connect. So are others that the entry names.
    pub(super) fn share(
        &mut self,
        channel: &mut Channel,
        told: &[TeamId],
        members: &[UserId],
        from: &Conversation,
    ) {
        let places = &self.people.organisations;
        channel.org_wide = from.is_global_shared && places.of(channel.team).is_some();
        let mut known = Set::from_iter([channel.team]);
        let mut teams: Vec<TeamId> = told.to_vec();
        teams.retain(|team| known.insert(*team));
        for user in members.iter().filter_map(|id| self.people.get(*id)) {
            let is_there = user.teams.iter().any(|team| known.contains(team));
            if !is_there && known.insert(user.team) {
                teams.push(user.team);
            }
        }
        // The id of their own organisation says nothing of which workspaces.
        let own = |text: &str, team| text.starts_with('E') && places.same(channel.team, team);
        let workspace = |text: &String| places.known(text).filter(|team| !own(text, *team));
        // Another organisation's adds none of its workspaces where one is known.
        let here: Set<_> = teams.iter().filter_map(|team| places.of(*team)).collect();
        for text in from.shared_team_ids.iter().chain(&from.connected_team_ids) {
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

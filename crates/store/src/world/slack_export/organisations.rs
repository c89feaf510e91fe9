//! Workspaces and organisations, as an export's people tell of them.

use super::{domain_from, notes::Roll};
use crate::world::index::{Ids, Map, Set};
use guestlist_domain::{EnterpriseId, TeamId, User, time::SeededIds, workspace::Enterprise};
use sha2::{Digest, Sha256};

/// What an entry says of where somebody is.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// Their workspace; none where the entry has the organisation's id in its place, or nothing.
    pub(super) team: Option<TeamId>,
    /// Their organisation.
    pub(super) organisation: Option<EnterpriseId>,
    /// All workspaces of the organisation they are in.
    pub(super) teams: Vec<TeamId>,
    pub(super) stranger: bool,
    pub(super) standing: Standing,
}

/// How much somebody's workspace counts when the one that was exported is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    #[default]
    Other,
    Admin,
    Owner,
    PrimaryOwner,
}

impl Origin {
    /// What is known of their workspace before others are looked at.
    fn first(&self) -> Option<TeamId> {
        self.team.or(self.teams.first().copied())
    }

    /// Their workspace, if the entry says anything of it.
    fn place(&self, home: TeamId) -> Option<TeamId> {
        match self.team {
            None if self.teams.contains(&home) => Some(home),
            _ => self.first(),
        }
    }
}

/// Where everybody is.
#[derive(Debug, Default)]
pub(super) struct Organisations {
    /// The workspace that was exported, then others by how many people they have.
    pub(super) teams: Vec<TeamId>,
    /// Where each of them stands among `teams`.
    pub(super) order: Map<TeamId, usize>,
    /// Those that have a workspace here.
    pub(super) enterprises: Vec<Enterprise>,
    /// Which organisation a workspace is of.
    of: Map<TeamId, EnterpriseId>,
    /// The workspace that an organisation's id stands for.
    heads: Map<EnterpriseId, TeamId>,
    /// Workspaces that nobody here is of first.
    pub(super) unknown: Roll,
}

impl Organisations {
    /// Finds the workspace that was exported, from which made ids follow, puts everybody into
    /// a workspace, and workspaces into organisations. `name` is what the workspace will be called.
    pub(super) fn settle(
        &mut self,
        origins: &[Origin],
        users: &mut [User],
        names: &Map<EnterpriseId, String>,
        name: &str,
        ids: &mut Ids,
    ) {
        let home = home(origins);
        ids.follow(made_ids(home, users, name));
        for team in origins.iter().filter_map(Origin::first) {
            ids.claim(team);
        }
        let home = home.unwrap_or_else(|| ids.make(SeededIds::team));
        self.find_organisations(origins, home);
        let mut counts = Map::default();
        self.teams.push(home);
        for (origin, user) in origins.iter().zip(users.iter_mut()) {
            user.team = self.place(origin, home, ids);
            let count = counts.entry(user.team).or_insert(0_usize);
            if *count == 0 && user.team != home {
                self.teams.push(user.team);
            }
            *count += 1;
        }
        self.teams[1..].sort_by_key(|team| std::cmp::Reverse(counts.get(team).copied()));
        self.order = self
            .teams
            .iter()
            .enumerate()
            .map(|(i, team)| (*team, i))
            .collect();
        self.further(origins, users);
        self.name(names, ids);
    }

    /// A workspace is of the organisation that most of its people are of, and of those who are in it besides.
    fn find_organisations(&mut self, origins: &[Origin], home: TeamId) {
        let known: Set<TeamId> = origins.iter().filter_map(|one| one.place(home)).collect();
        // Of whom an organisation is all that is told may be a partner's: they speak for home only where
        // somebody there does, or where nobody's workspace is told.
        let at_home = origins.iter().filter(|one| one.place(home) == Some(home));
        let ours: Set<EnterpriseId> = at_home.filter_map(|one| one.organisation).collect();
        let mut votes: Vec<((TeamId, EnterpriseId), usize)> = Vec::new();
        let mut places = Map::default();
        for origin in origins {
            let Some(organisation) = origin.organisation else {
                continue;
            };
            let team = match origin.place(home) {
                None if origin.stranger => continue,
                None if !known.is_empty() && !ours.contains(&organisation) => continue,
                place => place.unwrap_or(home),
            };
            let further = origin.teams.iter().copied();
            let further = further.filter(|one| *one != team && known.contains(one));
            for team in std::iter::once(team).chain(further) {
                let place = *places.entry((team, organisation)).or_insert_with(|| {
                    votes.push(((team, organisation), 0));
                    votes.len() - 1
                });
                votes[place].1 += 1;
            }
        }
        votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for ((team, organisation), _) in votes {
            if *self.of.entry(team).or_insert(organisation) == organisation {
                self.heads.entry(organisation).or_insert(team);
            }
        }
        if let Some(organisation) = self.of(home) {
            self.heads.insert(organisation, home);
        }
    }

    /// The workspace somebody is of first.
    fn place(&mut self, origin: &Origin, home: TeamId, ids: &mut Ids) -> TeamId {
        if let Some(team) = origin.place(home) {
            return team;
        }
        match origin.organisation {
            Some(other) if origin.stranger || self.of.get(&home) != Some(&other) => {
                self.team_of(other, ids)
            }
            _ => home,
        }
    }

    /// A workspace of another organisation, of whose people nothing else is known.
    fn team_of(&mut self, organisation: EnterpriseId, ids: &mut Ids) -> TeamId {
        *self.heads.entry(organisation).or_insert_with(|| {
            let team = ids.make(SeededIds::team);
            self.of.insert(team, organisation);
            team
        })
    }

    /// Puts people into further workspaces, as far as those are known.
    fn further(&mut self, origins: &[Origin], users: &mut [User]) {
        for (origin, user) in origins.iter().zip(users) {
            let mut known = Set::from_iter([user.team]);
            for team in &origin.teams {
                if !self.order.contains_key(team) {
                    self.unknown.add(team);
                } else if self.same(user.team, *team) && known.insert(*team) {
                    user.teams.push(*team);
                }
            }
            user.teams.sort_by_key(|team| self.order.get(team));
        }
    }

    /// Makes the organisations that have a workspace, in the order of the workspaces.
    fn name(&mut self, names: &Map<EnterpriseId, String>, ids: &mut Ids) {
        let mut known = Set::default();
        for team in &self.teams {
            let Some(id) = self.of.get(team).copied().filter(|id| known.insert(*id)) else {
                continue;
            };
            ids.claim(id);
            let name = names.get(&id).cloned().unwrap_or_else(|| id.to_string());
            self.enterprises.push(Enterprise {
                id,
                domain: domain_from(&name),
                name,
                ekm_suspended: false,
                blocked_methods: Vec::new(),
                added: guestlist_domain::Timestamp::default(),
            });
        }
    }

    /// The organisation of a workspace.
    pub(super) fn of(&self, team: TeamId) -> Option<EnterpriseId> {
        self.of.get(&team).copied()
    }

    /// Whether two workspaces are of one organisation.
    pub(super) fn same(&self, a: TeamId, b: TeamId) -> bool {
        a == b || (self.of(a).is_some() && self.of(a) == self.of(b))
    }

    /// The known workspace that an id names, which may be that of an organisation.
    pub(super) fn known(&self, text: &str) -> Option<TeamId> {
        if let Ok(organisation) = text.parse::<EnterpriseId>() {
            return self.heads.get(&organisation).copied();
        }
        text.parse()
            .ok()
            .filter(|team| self.order.contains_key(team))
    }
}

/// The workspace that was exported: where the primary owner is, or else an owner, an admin, anybody; of
/// several such the one of most people. Partners may have an owner here, too, and strangers are never asked.
fn home(origins: &[Origin]) -> Option<TeamId> {
    /// What is known of a workspace: the highest standing of its people, and how many they are.
    type Known = (Standing, usize);
    let mut known: Vec<(TeamId, Known)> = Vec::new();
    let mut places = Map::default();
    for origin in origins.iter().filter(|origin| !origin.stranger) {
        let Some(team) = origin.first() else { continue };
        let place = *places.entry(team).or_insert_with(|| {
            known.push((team, Known::default()));
            known.len() - 1
        });
        let (highest, people) = &mut known[place].1;
        *highest = origin.standing.max(*highest);
        *people += 1;
    }
    // `max_by_key` gives the last of equals, and the first is wanted.
    let most = known.iter().rev().max_by_key(|(_, known)| *known);
    most.map(|(team, _)| *team)
}

/// Ids that follow from the workspace's, or else from who is in it: the same export makes the same, and two
/// exports can be brought together, since neither makes those of the other.
fn made_ids(home: Option<TeamId>, users: &[User], name: &str) -> SeededIds {
    let mut hash = Sha256::new();
    match home {
        Some(home) => hash.update(home.to_string()),
        None if users.is_empty() => hash.update(name),
        None => {
            users
                .iter()
                .for_each(|user| hash.update(user.id.to_string()));
        }
    }
    let hash = hash.finalize();
    let bytes = hash.iter().take(6);
    SeededIds::after(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

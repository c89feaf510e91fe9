//! People of an export.

use super::entries::{Profile, Refused, User as Entry};
use crate::world::{
    check,
    index::{Ids, Map},
};
use guestlist_domain::{
    AppId, BotId, TeamId, Timestamp, User, UserId,
    id::NotAnId,
    time::SeededIds,
    user::{Bot, Guest, Role},
};
use std::str::FromStr;

/// Everybody, and what was decided about them.
#[derive(Default)]
pub(super) struct People {
    /// In the file's order, placeholders after.
    pub(super) all: Vec<User>,
    /// Where they stand in `all`, and their entry's number.
    places: Map<UserId, (usize, u64)>,
    /// The workspaces they are of: the one that was exported, then those that take part in
    /// its channels.
    pub(super) teams: Vec<TeamId>,
    /// Who holds an address in a workspace.
    addresses: Map<(TeamId, String), usize>,
    /// Who an imported workspace's user token acts as: the first of those highest in role.
    pub(super) leader: Option<UserId>,
    /// Bots whose ids are to be made.
    nameless_bots: Vec<(usize, Option<AppId>)>,
    /// Addresses left out.
    pub(super) addresses_dropped: usize,
    /// Time zones left out.
    pub(super) zones_dropped: usize,
    /// People who are only mentioned.
    pub(super) placeholders: Vec<UserId>,
}

/// An id that must be there and be one.
pub(super) fn needed<I: FromStr<Err = NotAnId>>(text: Option<&str>) -> Result<I, Refused> {
    let refuse = |what| Refused { field: "id", what };
    let text = text.ok_or_else(|| refuse("missing".to_owned()))?;
    text.parse()
        .map_err(|why| refuse(format!("`{text}`: {why}")))
}

/// Seconds since 1970 as a time, none after [`Timestamp::LATEST`]; 1970 where there are none.
pub(super) fn seconds(seconds: Option<i64>) -> Timestamp {
    Timestamp::from_seconds(seconds.unwrap_or_default().max(0)).min(Timestamp::LATEST)
}

impl People {
    /// Adds somebody of `users.json`. Slackbot, who is listed there, is everywhere anyway.
    pub(super) fn add(&mut self, entry: u64, from: Entry, ids: &mut Ids) -> Result<(), Refused> {
        let id: UserId = needed(from.id.as_deref())?;
        if id.is_slackbot() {
            return Ok(());
        }
        if !ids.claim(id) {
            let first = self.places.get(&id).map_or(0, |(_, entry)| *entry);
            return Err(Refused {
                field: "id",
                what: format!("{id} is entry {first} too"),
            });
        }
        let profile = from.profile.unwrap_or_default();
        let place = self.all.len();
        let name = from
            .name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| id.to_string().to_lowercase());
        let mut user = User::new(id, team(from.team_id.as_deref()), &name);
        user.real_name = from
            .real_name
            .or(profile.real_name.clone())
            .unwrap_or_default();
        user.display_name = profile.display_name.clone().unwrap_or_default();
        user.title = profile.title.clone().unwrap_or_default();
        user.tz = from.tz.filter(|tz| !tz.is_empty());
        if user
            .tz
            .as_deref()
            .is_some_and(|tz| !check::is_time_zone(tz))
        {
            user.tz = None;
            self.zones_dropped += 1;
        }
        user.removed = from.deleted == Some(true);
        user.no_two_factor = from.has_2fa == Some(false);
        user.updated = seconds(from.updated);
        if from.is_bot == Some(true) {
            user.bot = self.bot(place, &profile, ids);
        } else {
            user.guest = guest(from.is_restricted, from.is_ultra_restricted);
        }
        if user.guest.is_none() {
            user.role = role(from.is_primary_owner, from.is_owner, from.is_admin);
        }
        user.email = profile.email.filter(|email| !email.is_empty());
        self.places.insert(id, (place, entry));
        self.all.push(user);
        Ok(())
    }

    /// The bot behind a user. One that has no id of its own gets one when all are known.
    fn bot(&mut self, place: usize, profile: &Profile, ids: &mut Ids) -> Option<Bot> {
        let app = profile
            .api_app_id
            .as_ref()
            .and_then(|text| text.parse::<AppId>().ok());
        if let Some(app) = app {
            ids.claim(app);
        }
        let id = profile
            .bot_id
            .as_ref()
            .and_then(|text| text.parse::<BotId>().ok())
            .filter(|id| ids.claim(*id));
        if id.is_none() {
            self.nameless_bots.push((place, app));
        }
        id.map(|id| Bot { id, app })
    }

    /// Settles what needs everybody: whose workspace it is, ids of bots, who holds which address.
    pub(super) fn settle(&mut self, ids: &mut Ids) {
        self.find_home(ids);
        for (place, app) in std::mem::take(&mut self.nameless_bots) {
            self.all[place].bot = Some(Bot {
                id: ids.make(SeededIds::bot),
                app,
            });
        }
        for place in 0..self.all.len() {
            self.address(place);
        }
        self.leader = self.find_leader();
    }

    /// Home is where most people are; of equals, the one that comes first.
    fn find_home(&mut self, ids: &mut Ids) {
        let mut counts: Map<TeamId, usize> = Map::default();
        for user in self.all.iter().filter(|user| user.team != NOWHERE) {
            let count = counts.entry(user.team).or_default();
            if *count == 0 {
                self.teams.push(user.team);
            }
            *count += 1;
        }
        self.teams
            .sort_by_key(|team| std::cmp::Reverse(counts.get(team).copied()));
        if self.teams.is_empty() {
            self.teams.push(ids.make(SeededIds::team));
        }
        let home = self.home();
        for user in self.all.iter_mut().filter(|user| user.team == NOWHERE) {
            user.team = home;
        }
    }

    /// The workspace that was exported.
    pub(super) fn home(&self) -> TeamId {
        self.teams.first().copied().unwrap_or(NOWHERE)
    }

    /// Gives an address to one person: to the first of those who are not removed.
    fn address(&mut self, place: usize) {
        let Some(email) = self.all[place].email.take() else {
            return;
        };
        let Ok(email) = check::email(&email) else {
            self.addresses_dropped += 1;
            return;
        };
        let key = (self.all[place].team, email.clone());
        if let Some(&holder) = self.addresses.get(&key) {
            self.addresses_dropped += 1;
            if !self.all[holder].removed || self.all[place].removed {
                return;
            }
            self.all[holder].email = None;
        }
        self.addresses.insert(key, place);
        self.all[place].email = Some(email);
    }

    pub(super) fn get(&self, id: UserId) -> Option<&User> {
        self.places.get(&id).map(|(place, _)| &self.all[*place])
    }

    /// Somebody who is mentioned: known, Slackbot, or from now on a removed person.
    pub(super) fn mentioned(&mut self, text: &str, ids: &mut Ids) -> Option<UserId> {
        let id: UserId = text.parse().ok()?;
        if !id.is_slackbot() && self.get(id).is_none() {
            ids.claim(id);
            let mut user = User::new(id, self.home(), &text.to_lowercase());
            user.removed = true;
            self.places.insert(id, (self.all.len(), 0));
            self.all.push(user);
            self.placeholders.push(id);
        }
        Some(id)
    }

    /// Looked for once: whoever is only mentioned is removed, and never it.
    fn find_leader(&self) -> Option<UserId> {
        let home = self.home();
        let full = |user: &&User| {
            user.team == home && !user.removed && user.guest.is_none() && user.bot.is_none()
        };
        // `max_by_key` gives the last of the highest, and the first is wanted.
        self.all
            .iter()
            .rev()
            .filter(full)
            .max_by_key(|user| user.role)
            .map(|user| user.id)
    }
}

/// Stands for a workspace until it is known.
const NOWHERE: TeamId = TeamId::from_key(0);

/// Old exports have no `team_id`, and those of organisations may have the organisation's.
fn team(text: Option<&str>) -> TeamId {
    text.and_then(|text| text.parse().ok()).unwrap_or(NOWHERE)
}

fn guest(restricted: Option<bool>, ultra: Option<bool>) -> Option<Guest> {
    match (restricted, ultra) {
        (_, Some(true)) => Some(Guest::SingleChannel),
        (Some(true), _) => Some(Guest::MultiChannel),
        _ => None,
    }
}

fn role(primary_owner: Option<bool>, owner: Option<bool>, admin: Option<bool>) -> Role {
    let told = [
        (primary_owner, Role::PrimaryOwner),
        (owner, Role::Owner),
        (admin, Role::Admin),
    ];
    told.into_iter()
        .find(|(is, _)| *is == Some(true))
        .map_or(Role::Member, |(_, role)| role)
}

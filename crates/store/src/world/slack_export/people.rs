//! People of an export.

use super::{
    entries::{Profile, Refused, User as Entry},
    notes::Roll,
    organisations::{Organisations, Origin, Standing},
};
use crate::world::{
    check,
    index::{Ids, Map, Set},
};
use guestlist_domain::{
    AppId, BotId, EnterpriseId, TeamId, Timestamp, User, UserId,
    id::NotAnId,
    time::SeededIds,
    user::{Bot, Guest, Invited, Role, Stage},
};
use std::str::FromStr;

/// Everybody, and what was decided about them.
#[derive(Default)]
pub(super) struct People {
    /// When the export is read.
    now: Timestamp,
    /// In the file's order, placeholders after.
    pub(super) all: Vec<User>,
    /// Where they stand in `all`.
    places: Map<UserId, usize>,
    /// So many of all are in index files; the others are only spoken of.
    listed: usize,
    /// Their entries, by file and number, until all are there.
    entries: Map<UserId, (&'static str, u64)>,
    /// Where they are, until that is settled.
    origins: Vec<Origin>,
    /// What organisations are called.
    names: Map<EnterpriseId, String>,
    pub(super) organisations: Organisations,
    /// Who holds an address in a workspace.
    held: Map<(TeamId, String), usize>,
    /// Who an imported workspace's user token acts as: the first of those highest in role.
    pub(super) leader: Option<UserId>,
    /// Bots whose ids are to be made.
    nameless_bots: Vec<(usize, Option<AppId>)>,
    /// Bots whose ids could not be kept.
    pub(super) bots: Roll,
    /// People whose address was left out.
    pub(super) addresses: Roll,
    /// People whose time zone was left out.
    pub(super) zones: Roll,
    /// Of whom and what a time was left out.
    pub(super) times: Roll,
    /// People who are only mentioned.
    pub(super) placeholders: Roll,
    /// Who was invited into the workspace, by whom as far as that is told, and whether they have come.
    pub(super) invited: Vec<(UserId, Option<String>, Stage)>,
    /// Those who have not come yet.
    pub(super) waiting: Set<UserId>,
}

/// An id that must be there and be one.
pub(super) fn needed<I: FromStr<Err = NotAnId>>(text: Option<&str>) -> Result<I, Refused> {
    let refuse = |what| Refused { field: "id", what };
    let text = text.ok_or_else(|| refuse("missing".to_owned()))?;
    text.parse()
        .map_err(|why| refuse(format!("`{text}`: {why}")))
}

/// How far ahead the clock of who made the export may be: what is told within that was just now.
const AHEAD: i64 = 86_400;

impl People {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    /// When something was, told in seconds since 1970, of what has this id. 1970 where that is not told, or cannot
    /// be: later times would follow it.
    pub(super) fn past(&mut self, id: impl ToString, told: Option<i64>) -> Timestamp {
        let told = told.filter(|told| *told != 0);
        let latest = self.now.seconds() + AHEAD;
        let fits = told.filter(|told| (1..=latest).contains(told));
        if fits.is_none() && told.is_some() {
            self.times.add(id);
        }
        fits.map_or(Timestamp(0), |told| {
            Timestamp::from_seconds(told).min(self.now)
        })
    }

    /// Adds somebody of an index file. Slackbot, who is listed there, is everywhere anyway; those of an
    /// organisation's file may have been in the workspace's before, which says more of them.
    pub(super) fn add(
        &mut self,
        file: &'static str,
        entry: u64,
        from: Entry,
        ids: &mut Ids,
    ) -> Result<(), Refused> {
        let id: UserId = needed(from.id.as_deref())?;
        if id.is_slackbot() {
            return Ok(());
        }
        if !ids.claim(id) {
            return match self.entries.get(&id) {
                Some((first, number)) if *first == file => Err(Refused {
                    field: "id",
                    what: format!("{id} is entry {number} too"),
                }),
                _ => {
                    self.tell_more(id, &from);
                    Ok(())
                }
            };
        }
        self.origins.push(self.origin(&from));
        self.tell_organisation(&from);
        let user = self.user(id, from, ids);
        self.places.insert(id, self.all.len());
        self.entries.insert(id, (file, entry));
        self.all.push(user);
        Ok(())
    }

    /// What the organisation's file tells of somebody and the workspace's does not: their organisation.
    fn tell_more(&mut self, id: UserId, from: &Entry) {
        self.tell_organisation(from);
        let more = self.origin(from);
        let known = self
            .places
            .get(&id)
            .and_then(|place| self.origins.get_mut(*place));
        if let Some(known) = known.filter(|known| known.organisation.is_none()) {
            known.organisation = more.organisation;
            if known.teams.is_empty() {
                known.teams = more.teams;
            }
        }
    }

    /// Whether somebody is in an index file, and not only spoken of.
    pub(super) fn is_listed(&self, id: UserId) -> bool {
        self.places
            .get(&id)
            .is_some_and(|place| *place < self.listed)
    }

    /// Somebody as far as their own entry tells.
    fn user(&mut self, id: UserId, from: Entry, ids: &mut Ids) -> User {
        let profile = from.profile.unwrap_or_default();
        let name = from
            .name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| id.to_string().to_lowercase());
        let mut user = User::new(id, NOWHERE, &name);
        user.tz = self.zone(id, from.tz);
        user.removed = from.deleted == Some(true);
        user.no_two_factor = from.has_2fa == Some(false);
        user.updated = self.past(id, from.updated);
        if from.is_bot == Some(true) {
            user.bot = self.bot(id, &profile, ids);
        } else {
            user.guest = guest(from.is_restricted, from.is_ultra_restricted);
            let ends = profile.guest_expiration_ts.filter(|at| *at != 0);
            let ends = ends.filter(|_| user.guest.is_some());
            user.expires = ends
                .filter(|at| (1..=Timestamp::LATEST.seconds()).contains(at))
                .map(Timestamp::from_seconds);
            if user.expires.is_none() && ends.is_some() {
                self.times.add(id);
            }
            let by = profile.guest_invited_by.filter(|by| !by.is_empty());
            let waits = from.is_invited_user && !user.removed;
            if waits {
                user.removed = true;
                self.invited.push((id, by, Stage::Pending));
            } else if user.guest.is_some() && by.is_some() {
                self.invited.push((id, by, Stage::Joined));
            }
        }
        if user.guest.is_none() {
            user.role = role(from.is_primary_owner, from.is_owner, from.is_admin);
        }
        user.real_name = from.real_name.or(profile.real_name).unwrap_or_default();
        user.display_name = profile.display_name.unwrap_or_default();
        user.title = profile.title.unwrap_or_default();
        let email = profile.email.map(|email| email.trim().to_owned());
        user.email = email.filter(|email| !email.is_empty());
        user
    }

    fn zone(&mut self, id: UserId, tz: Option<String>) -> Option<String> {
        let tz = tz.filter(|tz| !tz.is_empty())?;
        if !check::is_time_zone(&tz) {
            self.zones.add(id);
            return None;
        }
        Some(tz)
    }

    fn origin(&self, from: &Entry) -> Origin {
        let of = from.enterprise_user.as_ref();
        let told = of.and_then(|user| id_in(user.enterprise_id.as_deref()));
        let told = told.or(id_in(from.enterprise_id.as_deref()));
        let teams = of.map(|user| &user.teams).filter(|teams| !teams.is_empty());
        let roles = [
            (from.is_primary_owner, Standing::PrimaryOwner),
            (from.is_owner, Standing::Owner),
            (from.is_admin, Standing::Admin),
        ];
        let standing = roles.into_iter().find(|(is, _)| *is == Some(true));
        Origin {
            // People of an organisation may have its id here.
            organisation: told.or(id_in(from.team_id.as_deref())),
            team: id_in(from.team_id.as_deref()),
            teams: teams
                .unwrap_or(&from.teams)
                .iter()
                .filter_map(|team| team.parse().ok())
                .collect(),
            stranger: from.is_stranger,
            standing: standing.map_or(Standing::Other, |(_, standing)| standing),
        }
    }

    fn tell_organisation(&mut self, from: &Entry) {
        if let Some(user) = &from.enterprise_user
            && let Some(id) = id_in(user.enterprise_id.as_deref())
            && let Some(name) = user
                .enterprise_name
                .as_ref()
                .filter(|name| !name.is_empty())
        {
            self.names.entry(id).or_insert_with(|| name.clone());
        }
    }

    /// The bot behind a user. One that has no id of its own gets one when all are known.
    fn bot(&mut self, user: UserId, profile: &Profile, ids: &mut Ids) -> Option<Bot> {
        let app = id_in::<AppId>(profile.api_app_id.as_deref());
        if let Some(app) = app {
            ids.claim(app);
        }
        let told = profile.bot_id.as_deref().filter(|text| !text.is_empty());
        let id = id_in::<BotId>(told).filter(|id| ids.claim(*id));
        if id.is_none() {
            self.nameless_bots.push((self.all.len(), app));
            if let Some(told) = told {
                self.bots.add(format!("{user} instead of {told}"));
            }
        }
        id.map(|id| Bot { id, app })
    }

    /// Settles what needs everybody: whose workspace it is, which will be called `name`, organisations,
    /// ids of bots, who holds which address.
    pub(super) fn settle(&mut self, name: &str, ids: &mut Ids) {
        let origins = std::mem::take(&mut self.origins);
        self.organisations
            .settle(&origins, &mut self.all, &self.names, name, ids);
        self.entries = Map::default();
        self.listed = self.all.len();
        for (place, app) in std::mem::take(&mut self.nameless_bots) {
            self.all[place].bot = Some(Bot {
                id: ids.make(SeededIds::bot),
                app,
            });
        }
        let waiting = self.invited.iter();
        let waiting = waiting.filter(|(_, _, stage)| *stage == Stage::Pending);
        self.waiting = waiting.map(|(id, _, _)| *id).collect();
        for place in 0..self.all.len() {
            self.address(place);
        }
        self.leader = self.find_leader();
    }

    /// The workspace that was exported.
    pub(super) fn home(&self) -> TeamId {
        self.organisations.teams.first().copied().unwrap_or(NOWHERE)
    }

    /// How good somebody's claim to an address is: that of who is there before that of who is invited.
    fn claim(&self, place: usize) -> u8 {
        let user = &self.all[place];
        match user.removed {
            false => 2,
            true if self.waiting.contains(&user.id) => 1,
            true => 0,
        }
    }

    /// Gives an address to one person: to the first of those with the best claim.
    fn address(&mut self, place: usize) {
        let Some(email) = self.all[place].email.take() else {
            return;
        };
        let Ok(email) = check::email(&email) else {
            self.addresses.add(self.all[place].id);
            return;
        };
        let key = (self.all[place].team, email.clone());
        if let Some(&holder) = self.held.get(&key) {
            if self.claim(holder) >= self.claim(place) {
                self.addresses.add(self.all[place].id);
                return;
            }
            self.addresses.add(self.all[holder].id);
            self.all[holder].email = None;
        }
        self.held.insert(key, place);
        self.all[place].email = Some(email);
    }

    pub(super) fn get(&self, id: UserId) -> Option<&User> {
        self.places.get(&id).map(|place| &self.all[*place])
    }

    pub(super) fn set_invited(&mut self, id: UserId, invited: Invited) {
        if let Some(place) = self.places.get(&id) {
            self.all[*place].invited = Some(invited);
        }
    }

    /// Somebody who is mentioned: known, Slackbot, or from now on a removed person.
    pub(super) fn mentioned(&mut self, text: &str, ids: &mut Ids) -> Option<UserId> {
        let id: UserId = text.parse().ok()?;
        if !id.is_slackbot() && self.get(id).is_none() {
            ids.claim(id);
            let mut user = User::new(id, self.home(), &text.to_lowercase());
            user.removed = true;
            self.places.insert(id, self.all.len());
            self.all.push(user);
            self.placeholders.add(id);
        }
        Some(id)
    }

    /// Looked for once: whoever is only mentioned is removed, and never it.
    fn find_leader(&self) -> Option<UserId> {
        let home = self.home();
        let full = |user: &&User| {
            user.is_in(home) && !user.removed && user.guest.is_none() && user.bot.is_none()
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

/// The id of this kind that a text is.
fn id_in<I: FromStr<Err = NotAnId>>(text: Option<&str>) -> Option<I> {
    text.and_then(|text| text.parse().ok())
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

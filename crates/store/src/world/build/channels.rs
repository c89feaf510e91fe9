//! Rows of conversations and of who is in them.

use super::{Build, Here};
use crate::world::{
    check,
    document::{self, Member, Note},
    index::{Map, Set, read},
    problem::Path,
    refs::Refs,
    shape::{Members, TextOr},
};
use guestlist_domain::{
    Channel, ChannelId, ChannelKind, TeamId, Timestamp, UserId, channel,
    channel::{Connection, Frozen},
    facts::{Mark, Membership},
};

/// What one workspace may have once.
#[derive(Default)]
struct Once {
    handles: Map<String, ChannelId>,
    general: Option<ChannelId>,
}

impl Build<'_> {
    pub(super) fn channels(
        &mut self,
        path: &Path<'_>,
        here: Here,
        channels: Vec<document::Channel>,
    ) {
        let path = path.key("channels");
        let mut once = Once::default();
        for (i, channel) in channels.into_iter().enumerate() {
            self.channel(&path.at(i), here, channel, &mut once);
        }
    }

    fn channel(
        &mut self,
        path: &Path<'_>,
        here: Here,
        mut from: document::Channel,
        once: &mut Once,
    ) {
        let Some(id) = read::<ChannelId>(&from.id) else {
            return;
        };
        let created = self
            .refs
            .time(&path.key("created"), &from.created, self.refs.now);
        let nobody = UserId::from_key(0);
        let mut channel = Channel::new(id, here.team, from.kind, "", nobody, created);
        flags(&mut channel, &from);
        self.sharing(path, &mut channel, &from);
        let members = self.members(&path.key("members"), &channel, &from.members);
        if from.kind.is_dm() {
            channel.parties = members.iter().map(|(user, _)| *user).collect();
            channel.parties.sort();
            channel.connect(self.homes_elsewhere(&channel));
        }
        let Some(creator) = self.creator(path, here, &from, &members) else {
            return;
        };
        channel.creator = creator;
        self.name(path, &mut channel, from.name.take(), &members);
        if channel.kind == ChannelKind::Mpim {
            // As one that `conversations.open` makes.
            let text = |value: String| TextOr::Text(value);
            let topic = || text("Group messaging".to_owned());
            from.topic.get_or_insert_with(topic);
            let names = self.names(&members).join(" @");
            let purpose = || text(format!("Group messaging with: @{names}"));
            from.purpose.get_or_insert_with(purpose);
        }
        channel.updated = self.refs.time(&path.key("updated"), &from.updated, created);
        channel.access_list =
            self.refs
                .list(&path.key("access_list"), &from.access_list, Refs::user);
        channel.topic = self.note(&path.key("topic"), from.topic.take(), &channel);
        channel.purpose = self.note(&path.key("purpose"), from.purpose.take(), &channel);
        channel.previous_names = from.previous_names;
        self.once(path, &channel, once);
        self.messages(path, &channel, from.messages);
        self.seed.members.extend(
            members
                .into_iter()
                .map(|(user, place)| (here.team, id, user, place)),
        );
        self.seed.channels.push(channel);
    }

    /// Who is in it, each once.
    fn members(
        &mut self,
        path: &Path<'_>,
        channel: &Channel,
        from: &Members,
    ) -> Vec<(UserId, Membership)> {
        let usual = Membership::new(channel.created);
        let list = match from {
            Members::All if channel.kind.is_dm() => {
                self.refs.found.add(path, "a DM lists its members");
                return Vec::new();
            }
            Members::All => {
                let roster = self
                    .refs
                    .index
                    .rosters
                    .get(&channel.team)
                    .cloned()
                    .unwrap_or_default();
                return roster.into_iter().map(|user| (user, usual)).collect();
            }
            Members::List(list) => list,
        };
        let mut known = Set::default();
        let mut members = Vec::with_capacity(list.len());
        for (i, member) in list.iter().enumerate() {
            let path = path.at(i);
            let Some((user, place)) = self.member(&path, channel.kind, member, usual) else {
                continue;
            };
            if !known.insert(user) {
                self.refs
                    .found
                    .add(&path, format_args!("{user} is listed twice"));
                continue;
            }
            if !channel.kind.is_dm() && !self.may_be_in(channel, user) {
                self.refs.found.add(
                    &path,
                    format_args!("{user} is of no workspace that has this channel"),
                );
            }
            let person = self.refs.index.people.get(&user);
            if person.is_some_and(|person| person.never_came) {
                let what = format!("{user} is invited, and in no channel before they join");
                self.refs.found.add(&path, what);
            }
            members.push((user, place));
        }
        if channel.kind.is_dm() {
            self.between(path, channel, &members, list.len());
        }
        members
    }

    fn member(
        &mut self,
        path: &Path<'_>,
        kind: ChannelKind,
        member: &TextOr<Member>,
        usual: Membership,
    ) -> Option<(UserId, Membership)> {
        let user = if kind == ChannelKind::Im {
            Refs::anybody
        } else {
            Refs::user
        };
        match member {
            TextOr::Text(text) => Some((user(&mut self.refs, path, text)?, usual)),
            TextOr::More(more) => {
                let since = self.refs.time(&path.key("since"), &more.since, usual.since);
                if more.closed && !kind.is_dm() {
                    self.refs
                        .found
                        .add(&path.key("closed"), "only a DM can be closed");
                }
                let id = user(&mut self.refs, &path.key("user"), &more.user)?;
                let place = Membership {
                    since,
                    closed: more.closed,
                    mark: self.mark(path, more, since),
                };
                Some((id, place))
            }
        }
    }

    /// Up to where somebody has read who came in at `since`, if they have said so.
    fn mark(&mut self, path: &Path<'_>, from: &Member, since: Timestamp) -> Option<Mark> {
        let found = &mut self.refs.found;
        if from.last_read.is_none() && from.marked.is_some() {
            let what = "says when they marked what they have read, and not what: `last_read`";
            found.add(&path.key("marked"), what);
        }
        let ts = self
            .refs
            .time_if_any(&path.key("last_read"), &from.last_read)?;
        let Some(at) = self.refs.time_if_any(&path.key("marked"), &from.marked) else {
            // As one who marks it while it is loaded: what is to come nobody has read.
            let at = self.refs.now.max(since);
            return Some(Mark { ts: ts.min(at), at });
        };
        if at < ts {
            let what = "nobody has read what is said later than they marked it: `last_read`";
            self.refs.found.add(&path.key("marked"), what);
        }
        if at < since {
            let what = "nobody marks what they have read before they come in: `since`";
            self.refs.found.add(&path.key("marked"), what);
        }
        Some(Mark { ts, at })
    }

    /// Whether somebody is of a workspace that has the channel.
    fn may_be_in(&self, channel: &Channel, user: UserId) -> bool {
        let index = &self.refs.index;
        let has = |team: TeamId| {
            channel.is_in(team, channel.org_wide && index.same_org(channel.team, team))
                || channel.connection(team).is_some()
        };
        index
            .people
            .get(&user)
            .is_some_and(|person| person.teams().any(has))
    }

    /// Whether somebody is of the organisation that has a DM: who has left its workspace keeps it.
    fn is_of_org(&self, dm: &Channel, user: UserId) -> bool {
        let index = &self.refs.index;
        let person = index.people.get(&user);
        person.is_some_and(|person| index.same_org(dm.team, person.team))
    }

    /// Other organisations' workspaces whose people a DM is between: they take part in it.
    fn homes_elsewhere(&self, dm: &Channel) -> Vec<TeamId> {
        let index = &self.refs.index;
        let people = dm.parties.iter().filter_map(|id| index.people.get(id));
        let elsewhere = people.map(|person| person.team);
        elsewhere
            .filter(|home| !index.same_org(dm.team, *home))
            .collect()
    }

    /// Checks who a DM is between.
    fn between(
        &mut self,
        path: &Path<'_>,
        channel: &Channel,
        members: &[(UserId, Membership)],
        listed: usize,
    ) {
        match channel.kind {
            ChannelKind::Im if !(1..=2).contains(&listed) => {
                self.refs
                    .found
                    .add(path, "a DM is between two, or one alone");
            }
            ChannelKind::Mpim if listed < 2 => {
                self.refs.found.add(path, "a group DM is between several")
            }
            _ if members.len() == listed
                && !members.iter().any(|(user, _)| {
                    self.may_be_in(channel, *user) || self.is_of_org(channel, *user)
                }) =>
            {
                self.refs.found.add(
                    path,
                    format_args!("none of them is of {} or its organisation", channel.team),
                );
            }
            _ => {}
        }
    }

    fn creator(
        &mut self,
        path: &Path<'_>,
        here: Here,
        from: &document::Channel,
        members: &[(UserId, Membership)],
    ) -> Option<UserId> {
        let path = path.key("creator");
        if let Some(text) = &from.creator {
            return self.refs.anybody(&path, text);
        }
        let creator = match members {
            [(first, _), ..] if from.kind.is_dm() => Some(*first),
            _ => self.refs.index.leader(here.team),
        };
        if creator.is_none() {
            self.refs.found.add(
                &path,
                "there is nobody in the workspace who could have made it",
            );
        }
        creator
    }

    fn name(
        &mut self,
        path: &Path<'_>,
        channel: &mut Channel,
        name: Option<String>,
        members: &[(UserId, Membership)],
    ) {
        let path = path.key("name");
        // An export leaves an empty name out.
        let name = name.filter(|name| channel.kind != ChannelKind::Mpim || !name.is_empty());
        channel.name = match (channel.kind, name) {
            (ChannelKind::Im, Some(_)) => {
                self.refs.found.add(&path, "a DM has no name");
                return;
            }
            (ChannelKind::Im, None) => return,
            (ChannelKind::Mpim, None) => format!("mpdm-{}-1", self.names(members).join("--")),
            (_, name) => name.unwrap_or_default(),
        };
        if channel.kind != ChannelKind::Mpim
            && let Err(why) = check::channel_name(&channel.name)
        {
            self.refs.found.add(&path, why);
        }
    }

    fn names(&self, members: &[(UserId, Membership)]) -> Vec<&str> {
        // All people are there before the first conversation.
        let users = self.seed.users.iter();
        let places = self
            .places
            .get_or_init(|| users.enumerate().map(|(i, user)| (user.id, i)).collect());
        let name = |id: UserId| {
            let place = places.get(&id);
            place.map_or("", |place| &self.seed.users[*place].name)
        };
        members.iter().map(|(user, _)| name(*user)).collect()
    }

    /// The workspaces of its own organisation and those of others that have it.
    fn sharing(&mut self, path: &Path<'_>, channel: &mut Channel, from: &document::Channel) {
        let shared = path.key("workspaces");
        channel.workspaces = self.refs.list(&shared, &from.workspaces, Refs::team);
        for (i, text) in from.workspaces.iter().enumerate() {
            if text.parse().is_ok_and(|team| {
                channel.workspaces.contains(&team) && !self.refs.index.same_org(channel.team, team)
            }) {
                let what = format!("{text} is not of the same organisation as {}", channel.team);
                self.refs.found.add(&shared.at(i), what);
            }
        }
        channel.workspaces.retain(|team| *team != channel.team);
        channel.org_wide = from.org_wide;
        if from.org_wide
            && self
                .refs
                .index
                .teams
                .get(&channel.team)
                .copied()
                .flatten()
                .is_none()
        {
            self.refs.found.add(
                &path.key("org_wide"),
                format_args!("{} is of no organisation", channel.team),
            );
        }
        let connections = path.key("connections");
        for (i, connection) in from.connections.iter().enumerate() {
            self.connection(&connections.at(i), channel, connection);
        }
        channel.former = self
            .refs
            .list(&path.key("former"), &from.former, Refs::team);
        if let Some(frozen) = &from.frozen {
            channel.frozen = self.frozen(&path.key("frozen"), frozen);
        }
    }

    /// What a copy is of. Its owner is found wherever that channel is listed.
    fn frozen(&mut self, path: &Path<'_>, from: &document::Frozen) -> Option<Frozen> {
        let of = self.refs.channel(&path.key("of"), &from.of);
        let until = self
            .refs
            .time_if_any(&path.key("until"), &Some(from.until.clone()));
        let of = of?;
        Some(Frozen {
            of,
            host: *self.refs.index.channels.get(&of)?,
            until: until?,
        })
    }

    fn connection(&mut self, path: &Path<'_>, channel: &mut Channel, from: &document::Connection) {
        let connected = self
            .refs
            .time(&path.key("connected"), &from.connected, channel.created);
        let path = path.key("workspace");
        let Some(workspace) = self.refs.team(&path, &from.workspace) else {
            return;
        };
        if self.refs.index.same_org(channel.team, workspace) {
            let what =
                format!("{workspace} is of the same organisation: list it under `workspaces`");
            self.refs.found.add(&path, what);
        }
        if channel.connection(workspace).is_some() {
            self.refs
                .found
                .add(&path, format_args!("{workspace} is listed twice"));
        }
        channel.connections.push(Connection {
            workspace,
            external_limited: from.external_limited,
            name: from.name.clone(),
            private: from.private,
            connected,
        });
    }

    fn note(
        &mut self,
        path: &Path<'_>,
        from: Option<TextOr<Note>>,
        channel: &Channel,
    ) -> channel::Note {
        match from {
            None => channel::Note::default(),
            Some(TextOr::Text(value)) if value.is_empty() => channel::Note::default(),
            Some(TextOr::Text(value)) => channel::Note {
                value,
                creator: Some(channel.creator),
                last_set: channel.created,
            },
            Some(TextOr::More(note)) => channel::Note {
                value: note.value,
                creator: note
                    .creator
                    .and_then(|text| self.refs.anybody(&path.key("creator"), &text)),
                last_set: self.refs.time(
                    &path.key("last_set"),
                    &note.last_set,
                    Timestamp::default(),
                ),
            },
        }
    }

    fn once(&mut self, path: &Path<'_>, channel: &Channel, once: &mut Once) {
        if channel.kind.is_dm() && channel.parties.is_empty() {
            return;
        }
        if let Some(other) = once.handles.insert(channel.handle(), channel.id) {
            let (path, what) = match channel.kind.is_dm() {
                true => (
                    path.key("members"),
                    format!("{other} is between the same people"),
                ),
                false => (
                    path.key("name"),
                    format!(
                        "{other} of this workspace has the name {} already",
                        channel.name
                    ),
                ),
            };
            self.refs.found.add(&path, what);
        }
        if channel.general
            && let Some(other) = once.general.replace(channel.id)
        {
            self.refs.found.add(
                &path.key("general"),
                format_args!("{other} is this workspace's general channel"),
            );
        }
    }
}

fn flags(channel: &mut Channel, from: &document::Channel) {
    channel.general = from.general;
    channel.archived = from.archived;
    channel.mandatory = from.mandatory;
    channel.read_only = from.read_only;
    channel.no_guests = !from.guests_allowed;
    channel.no_apps = !from.apps_allowed;
    channel.unshareable = !from.shareable;
    channel.legacy_shared = from.legacy_shared;
    channel.migrating = from.migrating;
    channel.member_limit = from.member_limit;
    channel.connection_limit = from.connection_limit;
}

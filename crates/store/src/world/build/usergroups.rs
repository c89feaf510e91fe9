//! Rows of user groups.

use super::{Build, Here};
use crate::world::{
    document,
    index::{Map, read},
    problem::Path,
    refs::Refs,
};
use guestlist_domain::{
    TeamId, UserId, Usergroup, name,
    usergroup::{Disabled, FORBIDDEN, MAX_CHANNELS, MAX_DESCRIPTION, MAX_MEMBERS, MAX_NAME},
};
use std::fmt::Display;

impl Build<'_> {
    /// Makes the rows of a workspace's groups. Channels and people may have come to be called as a group is.
    pub(super) fn usergroups(
        &mut self,
        path: &Path<'_>,
        here: Here,
        groups: Vec<document::Usergroup>,
    ) {
        let mut names = Map::default();
        let mut handles = Map::default();
        let path = path.key("usergroups");
        for (i, from) in groups.into_iter().enumerate() {
            let path = path.at(i);
            let Some(group) = self.usergroup(&path, here, from) else {
                continue;
            };
            let id = group.id.to_string();
            self.claim(
                &path.key("name"),
                &mut names,
                group.name.to_lowercase(),
                &id,
            );
            self.claim(&path.key("handle"), &mut handles, group.handle.clone(), &id);
            self.seed.usergroups.push(group);
        }
    }

    /// What one has nothing else has.
    pub(super) fn claim(
        &mut self,
        path: &Path<'_>,
        taken: &mut Map<String, String>,
        text: String,
        id: &str,
    ) {
        if let Some(other) = taken.get(&text) {
            let what = format!("{other} of this workspace has `{text}` already");
            self.refs.found.add(path, what);
        }
        taken.insert(text, id.to_owned());
    }

    fn usergroup(
        &mut self,
        path: &Path<'_>,
        here: Here,
        from: document::Usergroup,
    ) -> Option<Usergroup> {
        let refs = &mut self.refs;
        let name = from.name.trim().to_owned();
        let handle = from.handle.unwrap_or_else(|| name::repaired(&name));
        let mut must = |holds: bool, key: &'static str, what: &dyn Display| {
            if !holds {
                refs.found.add(&path.key(key), what);
            }
        };
        must(!name.is_empty(), "name", &"a name is needed");
        let most = |what: &str, most: usize| format!("a group has at most {most} {what}");
        let long = name.chars().count() > MAX_NAME;
        must(!long, "name", &most("characters in its name", MAX_NAME));
        let long = from.description.chars().count() > MAX_DESCRIPTION;
        let told = most("characters in its description", MAX_DESCRIPTION);
        must(!long, "description", &told);
        let told = format!("`{handle}` is no handle: lower-case letters, digits, `-` and `_`");
        let is_handle = name.is_empty() || name::check(&handle).is_ok();
        must(is_handle, "handle", &told);
        let is_free = !FORBIDDEN.contains(&handle.as_str());
        let told = format!("`{handle}` means something else in a message");
        must(is_free, "handle", &told);
        must(
            from.users.len() <= MAX_MEMBERS,
            "users",
            &most("people", MAX_MEMBERS),
        );
        let told = most("default channels", MAX_CHANNELS);
        must(from.channels.len() <= MAX_CHANNELS, "channels", &told);

        let users = refs.list(&path.key("users"), &from.users, |refs, path, text| {
            member(refs, path, here.team, text)
        });
        let channels = refs.list(&path.key("channels"), &from.channels, |refs, path, text| {
            refs.channel(path, text)
        });
        let created = refs.time(&path.key("created"), &from.created, here.created);
        let updated = refs.time(&path.key("updated"), &from.updated, created);
        let leader = refs.index.leader(here.team);
        let mut who = |key, text: Option<String>, otherwise: Option<UserId>| match text {
            Some(text) => refs.user(&path.key(key), &text),
            None => otherwise,
        };
        let creator = who("creator", from.creator, leader);
        if creator.is_none() {
            let what = "somebody made it: nobody of this workspace could have";
            self.refs.found.add(&path.key("creator"), what);
            return None;
        }
        let updater = who("updater", from.updater, creator);
        let disabled = from.disabled.and_then(|from| {
            let path = path.key("disabled");
            let by = match from.by {
                Some(by) => self.refs.user(&path.key("by"), &by),
                None => updater,
            };
            let at = self.refs.time(&path.key("at"), &from.at, updated);
            Some(Disabled { at, by: by? })
        });
        Some(Usergroup {
            id: read(&from.id)?,
            team: here.team,
            name,
            handle,
            description: from.description,
            creator: creator?,
            created,
            updater: updater?,
            updated,
            disabled,
            channels,
            users,
        })
    }
}

/// Somebody who may be in a group of the workspace.
fn member(refs: &mut Refs, path: &Path<'_>, team: TeamId, text: &str) -> Option<UserId> {
    let id = refs.user(path, text)?;
    let person = refs.index.people.get(&id);
    if !person.is_some_and(|person| person.is_full_member_of(team)) {
        let what =
            format!("{text} is no full member of this workspace, and so in none of its groups");
        refs.found.add(path, what);
    }
    Some(id)
}

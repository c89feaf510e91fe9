//! Rows of people who were invited into a workspace.

use super::{Build, Here};
use crate::world::{
    document::{Invited, User},
    link_end,
    problem::Path,
    refs::Refs,
};
use guestlist_domain::user::{self, Guest, Stage};

impl Build<'_> {
    pub(super) fn invited(
        &mut self,
        path: &Path<'_>,
        here: Here,
        user: &User,
        from: &Invited,
    ) -> Option<user::Invited> {
        let path = path.key("invited");
        let (refs, random) = (&mut self.refs, &mut self.random);
        if user.bot_id.is_some() {
            refs.found.add(&path, "a bot is installed, and not invited");
        }
        if from.state != Stage::Joined && user.email.is_none() {
            refs.found
                .add(&path, "`email` says where the invitation goes");
        }
        let channels = refs.list(&path.key("channels"), &from.channels, Refs::channel);
        for (i, id) in channels.iter().enumerate() {
            let owner = refs.index.channels.get(id);
            if owner.is_some_and(|owner| *owner != here.team) {
                let what = format!("{id} is a channel of another workspace");
                refs.found.add(&path.key("channels").at(i), what);
            }
        }
        let single = user.guest == Some(Guest::SingleChannel) && from.state != Stage::Joined;
        if single && channels.len() != 1 {
            refs.found.add(
                &path.key("channels"),
                "a single-channel guest is invited into one channel",
            );
        }
        let by = refs.user(&path.key("by"), &from.by);
        let inviter = by.and_then(|by| refs.index.people.get(&by));
        let ours = |team| refs.index.same_org(here.team, team);
        if inviter.is_some_and(|one| one.bot || !one.teams().any(ours)) {
            let what = format!(
                "{} is nobody of this workspace or its organisation",
                from.by
            );
            refs.found.add(&path.key("by"), what);
        }
        let is_code = |c: char| c.is_ascii_alphanumeric();
        let link = match &from.link {
            Some(link) if link.is_empty() || link.len() > 64 || !link.chars().all(is_code) => {
                refs.found.add(
                    &path.key("link"),
                    "a link ends in up to 64 letters and digits",
                );
                None
            }
            Some(link) => Some(link.clone()),
            None => Some(link_end(random())),
        };
        Some(user::Invited {
            by: by?,
            at: refs.time(&path.key("at"), &from.at, refs.now),
            channels,
            link: link?,
            state: from.state,
        })
    }
}

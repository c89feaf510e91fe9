//! Following references and reading values: each gives what was meant, or tells a problem.

use super::{
    check,
    index::{Id, Index, Set},
    problem::{Found, Path},
};
use guestlist_domain::{AppId, ChannelId, TeamId, Timestamp, UserId};

/// What is known while rows are made, and where problems go.
pub(super) struct Refs {
    pub(super) index: Index,
    pub(super) found: Found,
    pub(super) now: Timestamp,
}

impl Refs {
    pub(super) fn id<I: Id>(&mut self, path: &Path<'_>, text: &str) -> Option<I> {
        text.parse()
            .map_err(|why| self.found.add(path, format_args!("`{text}`: {why}")))
            .ok()
    }

    fn known<I: Id>(
        &mut self,
        path: &Path<'_>,
        text: &str,
        what: &str,
        is: impl FnOnce(&Index, I) -> bool,
    ) -> Option<I> {
        let id = self.id(path, text)?;
        if is(&self.index, id) {
            return Some(id);
        }
        match text {
            UserId::SLACKBOT => self.found.add(path, "Slackbot cannot be named here"),
            _ => self
                .found
                .add(path, format_args!("there is no {what} {text}")),
        }
        None
    }

    /// Somebody described in the file.
    pub(super) fn user(&mut self, path: &Path<'_>, text: &str) -> Option<UserId> {
        self.known(path, text, "user", |index, id| {
            index.people.contains_key(&id)
        })
    }

    /// Somebody described in the file, or Slackbot.
    pub(super) fn anybody(&mut self, path: &Path<'_>, text: &str) -> Option<UserId> {
        self.known(path, text, "user", |index, id: UserId| {
            id.is_slackbot() || index.people.contains_key(&id)
        })
    }

    pub(super) fn team(&mut self, path: &Path<'_>, text: &str) -> Option<TeamId> {
        self.known(path, text, "workspace", |index, id| {
            index.teams.contains_key(&id)
        })
    }

    pub(super) fn app(&mut self, path: &Path<'_>, text: &str) -> Option<AppId> {
        self.known(path, text, "app", |index, id| index.apps.contains_key(&id))
    }

    pub(super) fn channel(&mut self, path: &Path<'_>, text: &str) -> Option<ChannelId> {
        self.known(path, text, "channel", |index, id| {
            index.channels.contains_key(&id)
        })
    }

    /// A list of references, each once.
    pub(super) fn list<I: Id>(
        &mut self,
        path: &Path<'_>,
        texts: &[String],
        one: impl Fn(&mut Self, &Path<'_>, &str) -> Option<I>,
    ) -> Vec<I> {
        let (mut list, mut known) = (Vec::with_capacity(texts.len()), Set::default());
        for (i, text) in texts.iter().enumerate() {
            let path = path.at(i);
            match one(self, &path, text) {
                Some(id) if !known.insert(id.number()) => self
                    .found
                    .add(&path, format_args!("{text} is listed twice")),
                Some(id) => list.push(id),
                None => {}
            }
        }
        list
    }

    /// A time, or another where it is left out.
    pub(super) fn time(
        &mut self,
        path: &Path<'_>,
        text: &Option<String>,
        otherwise: Timestamp,
    ) -> Timestamp {
        self.time_if_any(path, text).unwrap_or(otherwise)
    }

    pub(super) fn time_if_any(
        &mut self,
        path: &Path<'_>,
        text: &Option<String>,
    ) -> Option<Timestamp> {
        let text = text.as_ref()?;
        check::time(text)
            .map_err(|why| self.found.add(path, format_args!("`{text}`: {why}")))
            .ok()
    }

    pub(super) fn email(&mut self, path: &Path<'_>, text: &str) -> Option<String> {
        check::email(text)
            .map_err(|why| self.found.add(path, format_args!("`{text}`: {why}")))
            .ok()
    }

    pub(super) fn networks(&mut self, path: &Path<'_>, networks: &[String]) {
        for (i, text) in networks.iter().enumerate() {
            if let Err(why) = check::network(text) {
                self.found.add(&path.at(i), format_args!("`{text}`: {why}"));
            }
        }
    }
}

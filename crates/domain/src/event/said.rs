//! The events of what is said, and of what becomes of it.

use super::{Author, Event, Happened, Hearers, Here};
use crate::{
    facts::{Facts, Missing},
    id::UserId,
    message::{Message, What},
};
use std::sync::Arc;

impl Here {
    /// What is said in the conversation, to its members and to whom it names.
    pub(super) fn said(&self, facts: &Facts, message: &Message) -> Result<Vec<Event>, Missing> {
        let written = match &message.what {
            What::Text(text) => Some(text),
            _ => None,
        };
        let author = match written {
            Some(_) => Author::of(facts, message.user)?,
            None => None,
        };
        let message = Arc::new(message.clone());
        let said = Happened::Said {
            message: message.clone(),
            author: author.clone(),
        };
        let mut events = vec![self.event(said, Hearers::Members)];
        for named in written.map(|text| named(&text.text)).unwrap_or_default() {
            let what = Happened::Mentioned {
                message: message.clone(),
                author: author.clone(),
            };
            events.push(self.event(what, Hearers::Named(named)));
        }
        Ok(events)
    }

    /// A message says something else. Who is named by it is not told once more.
    pub(super) fn reworded(
        &self,
        facts: &Facts,
        message: &Arc<Message>,
        before: &Arc<Message>,
    ) -> Result<Event, Missing> {
        let what = Happened::Reworded {
            message: message.clone(),
            before: before.clone(),
            author: Author::of(facts, message.user)?,
        };
        Ok(self.event(what, Hearers::Members))
    }

    /// A message is gone.
    pub(super) fn deleted(&self, facts: &Facts, before: &Arc<Message>) -> Result<Event, Missing> {
        let what = Happened::Deleted {
            before: before.clone(),
            author: Author::of(facts, before.user)?,
        };
        Ok(self.event(what, Hearers::Members))
    }
}

/// Whom a text names as `<@U…>` or `<@U…|name>`, each once.
fn named(text: &str) -> Vec<UserId> {
    let mut found = Vec::new();
    for part in text.split("<@").skip(1) {
        let Some((inside, _)) = part.split_once('>') else {
            continue;
        };
        let id = inside.split_once('|').map_or(inside, |(id, _)| id);
        if let Ok(id) = id.parse()
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

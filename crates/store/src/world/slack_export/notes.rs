//! What was changed or left out, and whom and what it is about.

use super::{archive::Outcome, convert::Import};
use crate::world::index::Set;
use std::fmt;

/// The most that the short form of a note names.
const NAMED: usize = 10;

/// What an import changed or left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was done, in a sentence.
    pub what: String,
    /// To whom or to what: ids, where there are any.
    pub which: Vec<String>,
}

impl Note {
    /// A note that is about nothing in particular.
    pub fn new(what: String) -> Self {
        let which = Vec::new();
        Self { what, which }
    }

    /// All that it is about.
    pub fn in_full(&self) -> String {
        self.text(usize::MAX)
    }

    fn text(&self, most: usize) -> String {
        let Self { what, which } = self;
        let count = which.len();
        if count == 0 {
            return what.clone();
        }
        let named = which[..count.min(most)].join(", ");
        match count.saturating_sub(most) {
            0 => format!("{what}: {count} ({named})"),
            more => format!("{what}: {count} ({named} and {more} more)"),
        }
    }
}

/// The first that it is about, and how many more there are.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(NAMED))
    }
}

/// What a note will be about: each once, in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Roll {
    known: Set<String>,
    all: Vec<String>,
}

impl Roll {
    pub(super) fn add(&mut self, one: impl ToString) {
        let one = one.to_string();
        if !self.known.contains(&one) {
            self.known.insert(one.clone());
            self.all.push(one);
        }
    }

    pub(super) fn has(&self, one: &str) -> bool {
        self.known.contains(one)
    }

    fn note(&self, what: &str) -> Option<Note> {
        let (what, which) = (what.to_owned(), self.all.clone());
        (!which.is_empty()).then_some(Note { what, which })
    }
}

/// What is noted of conversations.
#[derive(Debug, Default)]
pub(super) struct Rolls {
    /// Members of channels who are in no index file of people.
    pub(super) unknown: Roll,
    /// Members of channels who are removed.
    pub(super) removed: Roll,
    /// People who were invited and cannot be kept as that.
    pub(super) uninvited: Roll,
    /// Channels whose name could not be kept.
    pub(super) renamed: Roll,
    /// Channels that were general beside another.
    pub(super) not_general: Roll,
    pub(super) dms_dropped: Roll,
    /// Channels that another organisation hosts.
    pub(super) hosted: Roll,
    pub(super) unconnected: Roll,
    pub(super) pending: Roll,
    pub(super) frozen: Roll,
    pub(super) posting: Roll,
    pub(super) threads: Roll,
    pub(super) default: Roll,
    /// Index files without a list.
    pub(super) blank: Roll,
    /// Conversations that are in two files.
    pub(super) twice: Roll,
    /// Files that have more than is read.
    pub(super) unread: Roll,
}

impl Import {
    pub(super) fn note_blank(&mut self, file: &str, outcome: Outcome) {
        if outcome == Outcome::Blank {
            self.rolls.blank.add(file);
        }
    }

    pub(super) fn note_unread(&mut self, files: Vec<String>) {
        files
            .into_iter()
            .for_each(|file| self.rolls.unread.add(file));
    }

    /// What was changed or left out.
    pub(super) fn notes(&self) -> Vec<Note> {
        let notes = [self.notes_of_people(), self.notes_of_channels()];
        notes.into_iter().flatten().flatten().collect()
    }

    fn notes_of_people(&self) -> Vec<Option<Note>> {
        let (people, rolls) = (&self.people, &self.rolls);
        let places = &people.organisations;
        vec![
            rolls
                .unknown
                .note("members of channels left out, because no file of people has them"),
            rolls
                .removed
                .note("members of channels left out, because they are removed"),
            people
                .placeholders
                .note("people made, as removed, because something speaks of them"),
            rolls.uninvited.note(
                "people who are invited into the workspace, taken over as removed, since an address, who \
                 invited them, or a single-channel guest's one channel is not known",
            ),
            people
                .addresses
                .note("e-mail addresses left out, malformed or held by another; they are those of"),
            people
                .zones
                .note("time zones left out, unknown; they are those of"),
            people
                .times
                .note("times left out, before 1970 or yet to come; they are those of"),
            people
                .bots
                .note("bots given another id, because theirs is malformed or another's"),
            self.organisation(),
            places
                .unknown
                .note("workspaces left out, because nobody here is of them first"),
            self.partners(),
        ]
    }

    fn organisation(&self) -> Option<Note> {
        let places = &self.people.organisations;
        let home = places.of(places.teams[0])?;
        let made = places.enterprises.iter().find(|one| one.id == home)?;
        let teams = places
            .teams
            .iter()
            .filter(|team| places.of(**team) == Some(home));
        Some(Note {
            what: format!(
                "organisation made, {home} ({}), with its workspaces",
                made.name
            ),
            which: teams.map(ToString::to_string).collect(),
        })
    }

    fn partners(&self) -> Option<Note> {
        let places = &self.people.organisations;
        let home = places.teams[0];
        let mut partners = Roll::default();
        for team in places
            .teams
            .iter()
            .filter(|team| !places.same(home, **team))
        {
            match places.of(*team) {
                Some(organisation) => partners.add(format!("{team} of {organisation}")),
                None => partners.add(team),
            }
        }
        partners.note("workspaces made for people of other organisations")
    }

    fn notes_of_channels(&self) -> Vec<Option<Note>> {
        let rolls = &self.rolls;
        vec![
            rolls.renamed.note("channels given another name"),
            rolls
                .not_general
                .note("channels that are general no more, because another is"),
            rolls.dms_dropped.note(
                "DMs left out, without people of the workspace or between the same as another",
            ),
            rolls
                .hosted
                .note("channels that another organisation hosts, taken over as this one's own"),
            rolls.unconnected.note(
                "connections of channels left out, because nobody of the other side is known",
            ),
            rolls
                .pending
                .note("invitations of channels left out that were not answered yet"),
            rolls.frozen.note("channels that were frozen, and are not"),
            rolls
                .posting
                .note("channels in which few may post, and now everybody"),
            rolls
                .threads
                .note("channels in which only replies may be written, and now anything"),
            rolls
                .default
                .note("channels that newcomers to the organisation are put into, and now are not"),
            rolls
                .twice
                .note("conversations that are in two files, taken as the first has them"),
            rolls.blank.note("index files that are empty"),
            rolls.unread.note("files that are not read"),
        ]
    }
}

//! What a batch leaves in the tables and in the journal.

use super::{
    apply::{self, Note, Notes},
    session::Session,
};
use crate::{
    error::StoreError,
    journal, owners,
    progress::of_an_app,
    rows::{Homes, Rows},
    sql::Connection,
};
use guestlist_domain::{Change, Entry, Timestamp};

/// What the database is told of a batch.
pub(super) struct Told<'a> {
    db: &'a Connection,
    pub(super) rows: Rows,
    entries: &'a [Entry],
}

impl<'a> Told<'a> {
    pub(super) fn new(
        db: &'a Connection,
        homes: &mut Homes,
        entries: &'a [Entry],
    ) -> Result<Self, StoreError> {
        let mut rows = Rows::default();
        for change in entries.iter().flat_map(|entry| &entry.changes) {
            rows.add(db, homes, change)?;
        }
        Ok(Self {
            db,
            rows: rows.sealed(),
            entries,
        })
    }

    /// Tells it, with the journal's rows after this number of the lane, after which `last` is the newest
    /// time. Answers with the number of the last of them.
    pub(super) fn tell(
        self,
        session: &Session,
        (lane, number, last): (i64, i64, Timestamp),
    ) -> Result<i64, StoreError> {
        let Self {
            db,
            mut rows,
            entries,
        } = self;
        let notes = Notes {
            lane,
            last: last.0,
            rows: notes(entries, number),
        };
        let number = number + notes.rows.len() as i64;
        if rows.only_come() {
            rows.write_coming(session, notes)?;
        } else {
            rows.write(db, usize::MAX)?;
            apply::note(session, notes)?;
        }
        let mut changes = entries.iter().flat_map(|entry| &entry.changes);
        let is_news = |change| owners::touched_by(change) || is_dated(change) || of_an_app(change);
        if changes.any(is_news) {
            // Every node asks for this a few times a second, and forgets what it remembers.
            db.execute(
                "update meta set value = cast(cast(value as bigint) + 1 as text) where key = ?1",
                ["access"],
            )?;
        }
        Ok(number)
    }
}

/// The rows after this number: one for calls of a workspace that were decided one after the other.
fn notes(entries: &[Entry], number: i64) -> Vec<Note> {
    let runs = journal::by_workspace(entries).zip(number + 1..);
    let note = |(run, number): (&[Entry], i64)| Note {
        team: run[0].by.team.key(),
        number,
        entries: journal::pack(run),
    };
    runs.map(note).collect()
}

/// Something may happen by itself later.
pub(super) fn is_dated(change: &Change) -> bool {
    match change {
        Change::Invitation { .. } | Change::Mail { .. } => true,
        Change::Added { seed } => {
            let mut users = seed.users.iter();
            !seed.invitations.is_empty() || users.any(|user| user.leaves().is_some())
        }
        Change::UserMade { user }
        | Change::UserEdited { user, .. }
        | Change::Assigned { user, .. }
        | Change::Unassigned { user, .. } => user.leaves().is_some(),
        _ => false,
    }
}

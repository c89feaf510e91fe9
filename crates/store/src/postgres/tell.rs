//! What a batch leaves in the tables and in the journal.

use super::apply::Notes;
use crate::{
    error::StoreError,
    journal, owners,
    postgres::NOTE,
    progress::of_an_app,
    rows::{Homes, Rows},
    sql::{Connection, params},
};
use guestlist_domain::{Change, Entry, TeamId, Timestamp};
use std::collections::BTreeMap;

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

    /// Tells it, with the journal's row at this lane and number, after which `last` is the newest time.
    pub(super) fn tell(
        self,
        (lane, number, last): (i64, i64, Timestamp),
    ) -> Result<(), StoreError> {
        let Self {
            db,
            mut rows,
            entries,
        } = self;
        let notes = Notes {
            lane,
            number,
            last: last.0,
            entries: by_team(entries),
        };
        match db.postgres() {
            Some(session) if rows.only_come() => rows.write_coming(session, notes)?,
            _ => {
                rows.write(db, usize::MAX)?;
                for (team, entries) in notes.entries {
                    db.execute(NOTE, params![team, lane, number, last.0, entries])?;
                }
            }
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
        Ok(())
    }
}

/// Who did what, by workspace, as the journal has it.
fn by_team(entries: &[Entry]) -> Vec<(i64, Vec<u8>)> {
    let mut by_team: BTreeMap<TeamId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        by_team
            .entry(entry.by.team)
            .or_default()
            .push(entry.clone());
    }
    let packed = |(team, entries): (TeamId, Vec<Entry>)| (team.key(), journal::pack(&entries));
    by_team.into_iter().map(packed).collect()
}

/// Something may happen by itself later.
pub(super) fn is_dated(change: &Change) -> bool {
    match change {
        Change::Invitation { .. } | Change::Mail { .. } => true,
        Change::Added { seed } => {
            let mut users = seed.users.iter();
            !seed.invitations.is_empty() || users.any(|user| user.leaves().is_some())
        }
        Change::UserMade { user } | Change::UserEdited { user } => user.leaves().is_some(),
        _ => false,
    }
}

//! The journal, for those who follow it.

use super::Reader;
use crate::{
    error::StoreError,
    journal::{Bookmark, Sealed, back, follow},
};
use guestlist_domain::{Change, Facts, Timestamp};

impl Reader {
    /// The newest row of the journal that this view shows. Where the tables are never behind, later
    /// than every row that was read before.
    pub fn folded(&self) -> Result<i64, StoreError> {
        follow::folded(self.db()?)
    }

    /// The end of the journal as this view shows it, for somebody who has followed it so far.
    pub fn end_of_journal(&self, mark: &Bookmark) -> Result<Bookmark, StoreError> {
        follow::shown(self.db()?, mark)
    }

    /// The journal after a bookmark, nothing before what it depends on: some rows, none if there are no more. With
    /// `upto`, no row after that; without, rows of an embedded store may be among them that are not on the disk yet.
    pub fn entries_after(
        &self,
        mark: &Bookmark,
        upto: Option<&Bookmark>,
    ) -> Result<Vec<follow::Row>, StoreError> {
        follow::after(self.db()?, mark, upto)
    }

    /// A row of the journal.
    pub fn row(&self, seq: i64) -> Result<Option<follow::Row>, StoreError> {
        follow::row(self.db()?, seq)
    }

    /// Where to begin reading backwards what is not later than a time: the number of a row that this view shows.
    /// `None` if all is later.
    pub fn upto(&self, time: Timestamp) -> Result<Option<i64>, StoreError> {
        let db = self.db()?;
        back::upto(db, follow::folded(db)?, time)
    }

    /// The same among rows up to one that is on the disk, also those that leave nothing in the tables and so need not be
    /// folded yet: what people alone are shown.
    pub fn logged_upto(&self, logged: i64, time: Timestamp) -> Result<Option<i64>, StoreError> {
        let db = self.db()?;
        let end = follow::folded(db)?.max(logged);
        back::upto(db, end, time)
    }

    /// Some rows up to one that [`logged_upto`](Self::logged_upto) found, or before it, the newest first; none if there
    /// are none.
    pub fn logged_back(&self, upto: i64) -> Result<Vec<Sealed>, StoreError> {
        back::rows(self.db()?, upto)
    }

    /// Some rows of the journal up to one that this view shows, the newest first; none if there are none.
    pub fn rows_back(&self, upto: i64) -> Result<Vec<Sealed>, StoreError> {
        let db = self.db()?;
        back::rows(db, upto.min(follow::folded(db)?))
    }

    /// Lets go of the facts that were looked at once they weigh more than so many bytes: for whoever looks at the
    /// whole world, piece by piece.
    pub fn lighten(&mut self, most: usize) {
        if self.facts.weight() > most {
            self.facts = Facts::default();
        }
    }

    /// Every change after a bookmark that this view shows, in order.
    pub fn changes_since(
        &self,
        mark: &Bookmark,
        mut each: impl FnMut(&Change),
    ) -> Result<(), StoreError> {
        let end = self.end_of_journal(mark)?;
        let mut mark = mark.clone();
        loop {
            let rows = follow::after(self.db()?, &mark, Some(&end))?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let entries = row.entries.iter();
                entries.flat_map(|entry| &entry.changes).for_each(&mut each);
                mark.pass(row);
            }
        }
    }
}

//! Reading a page of a log out of the journal, from the newest row backwards.

use super::question::Question;
use guestlist_domain::{
    Timestamp,
    audit::{self, Entry, EntryId, Log},
    event::Position,
};
use guestlist_store::{Reader, Sealed, StoreError};

/// How many changes one call looks at, at most and about. A page that ends by it has a cursor and fewer entries than
/// were asked for, perhaps none.
pub(super) const MOST_CHANGES: usize = 50_000;
/// So many bytes of the journal count as one change: a row is unpacked whole, whatever is asked of it.
const BYTES_OF_CHANGE: usize = 1 << 10;
/// After how many changes it is seen whether too many facts are held.
const LIGHTEN: usize = 1000;
/// Bytes of facts that are held meanwhile, about; more are dropped and loaded again as they are needed.
const FACTS: usize = 8 << 20;

/// A page of a log.
#[derive(Debug)]
pub(super) struct Page {
    /// The entries, newest first, each with its time.
    pub(super) entries: Vec<(Timestamp, Entry)>,
    /// The entry after which the next page goes on, if there is more to be looked at.
    pub(super) next: Option<EntryId>,
}

/// What was found so far.
struct Search<'a> {
    log: &'a Log,
    question: &'a Question,
    /// Nothing that is older is asked for, or the log's.
    oldest: Timestamp,
    entries: Vec<(Timestamp, Entry)>,
    /// How many changes may still be looked at.
    left: usize,
}

/// How a search goes on.
enum Then {
    /// With what came before.
    On,
    /// Not: nothing before is the log's.
    End,
    /// By another call, after this entry.
    Later(EntryId),
}

/// The page that is asked for, or what of it is found in about `most` changes.
pub(super) fn page(
    reader: &mut Reader,
    log: &Log,
    question: &Question,
    most: usize,
) -> Result<Page, StoreError> {
    let mut search = Search {
        log,
        question,
        oldest: question.oldest.max(log.since),
        entries: Vec::new(),
        left: most,
    };
    let mut next = None;
    let mut from = reader.upto(question.latest)?;
    if let Some(before) = question.before {
        let is_row_done = before == first_of(before.at.seq);
        let place = before.at.seq.saturating_sub(i64::from(is_row_done));
        from = from.map(|from| from.min(place));
    }
    'rows: while let Some(upto) = from {
        let rows = reader.rows_back(upto)?;
        from = rows.last().map(|oldest| oldest.seq() - 1);
        for row in &rows {
            match search.row(reader, row)? {
                Then::On => {}
                Then::End => break 'rows,
                Then::Later(after) => {
                    next = Some(after);
                    break 'rows;
                }
            }
        }
    }
    Ok(Page {
        entries: search.entries,
        next,
    })
}

/// What nothing of a row comes before.
fn first_of(seq: i64) -> EntryId {
    let at = Position { seq, change: 0 };
    EntryId { at, part: 0 }
}

impl Search<'_> {
    /// Goes through a row, the newest of its changes first.
    fn row(&mut self, reader: &mut Reader, sealed: &Sealed) -> Result<Then, StoreError> {
        let row = sealed.open()?;
        if row.is_past(self.oldest) {
            return Ok(Then::End);
        }
        let is_asked = (self.oldest..=self.question.latest).contains(&row.at);
        let entries = &row.row.entries;
        let mut number: usize = entries.iter().map(|entry| entry.changes.len()).sum();
        for call in entries.iter().rev() {
            for (index, change) in call.changes.iter().enumerate().rev() {
                number -= 1;
                let at = Position {
                    seq: row.row.seq,
                    change: u32::try_from(number).unwrap_or(u32::MAX),
                };
                // Of a change nothing comes before its first entry.
                let done = EntryId { at, part: 0 };
                if self.question.before.is_some_and(|before| done >= before) {
                    continue;
                }
                self.left = self.left.saturating_sub(1);
                if number.is_multiple_of(LIGHTEN) {
                    reader.lighten(FACTS);
                }
                if is_asked && self.question.could_ask(change) {
                    let log = self.log;
                    let derived =
                        reader.look(|facts| audit::of_change(facts, log, call, index, at))?;
                    if let Some(after) = self.take(row.at, derived) {
                        return Ok(Then::Later(after));
                    }
                }
                if self.log.begins_with(change) {
                    return Ok(Then::End);
                }
                if self.left == 0 {
                    return Ok(Then::Later(done));
                }
            }
        }
        reader.lighten(FACTS);
        // Of a row that is gone on with from within no more is taken than its changes: else the rest of it would come
        // one by one.
        self.left = self.left.saturating_sub(sealed.bytes() / BYTES_OF_CHANGE);
        Ok(match self.left {
            0 => Then::Later(first_of(row.row.seq)),
            _ => Then::On,
        })
    }

    /// Takes what is asked for. Where the page is full and there is one more, the one that it ends with.
    fn take(&mut self, when: Timestamp, derived: Vec<Entry>) -> Option<EntryId> {
        for entry in derived.into_iter().rev() {
            let is_before = self.question.before.is_none_or(|before| entry.id < before);
            if !is_before || !self.question.asks(&entry) {
                continue;
            }
            if self.entries.len() == self.question.limit {
                return self.entries.last().map(|(_, last)| last.id);
            }
            self.entries.push((when, entry));
        }
        None
    }
}

//! What the fuzz targets call and nobody else: the ways in for what others wrote, without a disk.

use crate::{
    error::StoreError,
    load, sqlite,
    world::slack_export::{self, ExportError, Imported},
};
use guestlist_domain::{Seed, Timestamp};

/// Reads a Slack export held in memory, no index file of which may have more than `most` bytes.
pub fn export(bytes: &[u8], most: u64, now: Timestamp) -> Result<Imported, ExportError> {
    let mut count = 0;
    slack_export::read_bytes(bytes, most, now, &mut || {
        count += 1;
        [count; 24]
    })
}

/// What a store that was filled with this world gives back.
pub fn stored(seed: &Seed) -> Result<Seed, StoreError> {
    let db = sqlite::in_memory()?;
    load::load(&db, seed, "fuzzing", &mut |_, _| {})?;
    load::dump(&db, &[])
}

//! Slack exports.

use crate::{altered::altered, holds};
use guestlist_domain::Timestamp;
use guestlist_store::fuzzing;
use serde_json::Value;
use std::{
    io::{Cursor, Write},
    sync::LazyLock,
};
use zip::{ZipWriter, write::SimpleFileOptions};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// The most bytes of an index file here. As small as that, a bomb is one soon.
const MOST_BYTES: u64 = 1 << 18;

/// The index files of an export, by name.
static FILES: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../seeds/export/full");
    let file = |part: &str| {
        let (name, text) = part.split_once('\n')?;
        Some((name.to_owned(), serde_json::from_str(text).ok()?))
    };
    Value::Object(text.split("===").filter_map(file).collect())
});

/// A Slack export: a zip archive, the text of one (see `packed`), or after `~` how one is altered
/// (see `altered`). It is refused with its reason, or becomes a world that can be loaded and
/// exported.
pub fn export(data: &[u8]) {
    let archive = if let Some(script) = data.strip_prefix(b"~") {
        let files = altered(FILES.clone(), script);
        let part = |(name, value): (&String, &Value)| format!("==={name}\n{value}\n");
        let text: String = files.as_object().into_iter().flatten().map(part).collect();
        packed(text.as_bytes())
    } else if data.starts_with(b"===") {
        packed(data)
    } else {
        data.to_vec()
    };
    match fuzzing::export(&archive, MOST_BYTES, NOW) {
        Ok(imported) => {
            assert!(imported.notes.iter().all(|note| !note.what.is_empty()));
            assert!((1..=2).contains(&imported.loaded.new_tokens.len()));
            holds::of_world(&imported.loaded.seed);
        }
        Err(error) => assert!(error.to_string().starts_with("export.zip: ")),
    }
}

/// An archive of the files in a text: a line `===users.json` begins one. A fuzzer that had to get
/// compressed data and checksums right would never come to what is inside.
fn packed(text: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut open = false;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(name) = line.strip_prefix(b"===") {
            let name = String::from_utf8_lossy(name);
            // Of two files of one name the writer takes the first.
            open = zip
                .start_file(name.trim(), SimpleFileOptions::default())
                .is_ok();
        } else if open {
            zip.write_all(line).expect("memory is written to");
        }
    }
    zip.finish().expect("memory is written to").into_inner()
}

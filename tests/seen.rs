//! What the tests saw answered, noted for the ledger.
//!
//! A pair is noted after the assertion that it was answered, under the name of the test that runs.
//! Nothing is noted unless `cargo xtask` asks: it compares the notes with `docs/ledger/seen.tsv`.

use std::{fs::File, io::Write};

/// The running test has seen `method` answer with `code`; `*` stands for every method it applies to.
pub(crate) fn saw(method: &str, code: &str) {
    let Some(file) = std::env::var_os("GUESTLIST_SEEN") else {
        return;
    };
    let thread = std::thread::current();
    let test = thread.name().expect("a test's thread has its name");
    let crate_name = env!("CARGO_PKG_NAME").trim_start_matches("guestlist-");
    // One write, so that lines of several processes do not mix.
    let line = format!("{method}\t{code}\t{crate_name} {test}\n");
    File::options()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut notes| notes.write_all(line.as_bytes()))
        .expect("the notes can be written");
}

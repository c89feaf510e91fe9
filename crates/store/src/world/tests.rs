//! Worlds good and bad.

mod bad;
mod good;
mod shapes;

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn load(text: &str) -> Result<Loaded, Problems> {
    let mut count = 0;
    read("world.yaml", text, NOW, &mut || {
        count += 1;
        [count; 24]
    })
}

/// The rows of a world that has nothing wrong.
fn seed(text: &str) -> Seed {
    load(text)
        .unwrap_or_else(|problems| panic!("{problems}"))
        .seed
}

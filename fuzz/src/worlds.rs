//! World files.

use crate::{altered::altered, holds};
use guestlist_domain::Timestamp;
use guestlist_store::world::{self, MOST};
use serde_json::Value;
use std::sync::LazyLock;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

/// A world in which every key is used, as a document.
static EVERY_KEY: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../crates/store/src/world/tests/every_key.yaml");
    let loaded = world::read("every_key.yaml", text, NOW, &mut counting());
    let seed = loaded.expect("it is a world").seed;
    serde_json::to_value(world::write(&seed)).expect("a world is JSON")
});

/// A world file, or after `~` how one is altered (see `altered`): what is wrong is told with its
/// place; what is not can be loaded and exported.
pub fn world(data: &[u8]) {
    if let Some(script) = data.strip_prefix(b"~") {
        read(altered(EVERY_KEY.clone(), script).to_string().as_bytes());
    } else {
        read(data);
    }
}

/// Bytes for what is drawn, others each time.
fn counting() -> impl FnMut() -> [u8; 24] {
    let mut count = 0_u8;
    move || {
        count = count.wrapping_add(1);
        [count; 24]
    }
}

fn read(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match world::read("world.yaml", text, NOW, &mut counting()) {
        Ok(loaded) => {
            for token in &loaded.new_tokens {
                let hash = world::token_hash(&token.text);
                assert!(loaded.seed.tokens.iter().any(|kept| kept.hash == hash));
            }
            holds::of_world(&loaded.seed);
        }
        Err(problems) => {
            assert!((1..=MOST).contains(&problems.problems.len()));
            assert!(problems.more == 0 || problems.problems.len() == MOST);
            // YAML breaks lines at a carriage return, too.
            let breaks = text
                .bytes()
                .filter(|byte| matches!(byte, b'\n' | b'\r'))
                .count() as u64;
            for problem in &problems.problems {
                assert!(!problem.what.is_empty());
                assert!(
                    problem
                        .line
                        .is_none_or(|line| (1..=breaks + 1).contains(&line)),
                    "{problem:?}"
                );
            }
            assert!(problems.to_string().starts_with("world.yaml:"));
        }
    }
}

//! The ids of blocks and elements that came without.

use super::kind_of;
use guestlist_store::world::token_hash;
use serde_json::Value;

/// Gives every block a `block_id` and every element that people do something with an `action_id`, where they have
/// none: made of `of`, and so the same each time.
pub fn name_all(blocks: &mut Value, of: &str) {
    let made = |at: &str| token_hash(&format!("{of} {at}")).to_string()[..5].to_owned();
    for (i, block) in blocks.as_array_mut().into_iter().flatten().enumerate() {
        let Value::Object(block) = block else {
            continue;
        };
        let has = block.get("block_id").and_then(Value::as_str);
        if has.is_none_or(str::is_empty) {
            block.insert("block_id".to_owned(), made(&i.to_string()).into());
        }
        for key in ["accessory", "element", "elements"] {
            let found = match block.get_mut(key) {
                Some(Value::Array(many)) => many.iter_mut().collect(),
                Some(one) => vec![one],
                None => Vec::new(),
            };
            for (j, element) in found.into_iter().enumerate() {
                if kind_of(element).is_some()
                    && element["action_id"].as_str().is_none_or(str::is_empty)
                {
                    element["action_id"] = made(&format!("{i} {key} {j}")).into();
                }
            }
        }
    }
}

/// The blocks of a message with all their ids: made of what they are and where they stand, for nobody knows yet which
/// message it will be.
pub fn named(blocks: &str) -> String {
    let Ok(mut named) = serde_json::from_str(blocks) else {
        return blocks.to_owned();
    };
    name_all(&mut named, blocks);
    named.to_string()
}

//! What the fuzz target goes in by: bodies and filters without a connection.

use super::{attributes, filter::Filter, patch, user, users, version::Version};
use guestlist_domain::User;

/// What a body makes of somebody, of either version, whole or of a part; and what they become when that is said back.
pub(crate) fn told(body: &[u8], known: &User) -> Vec<[User; 2]> {
    let now = known.updated;
    let tell = |version, body: &attributes::Object, known: &User| {
        let person = user::read(version, body, Some(known)).ok()?;
        let mut told = known.clone();
        person.about.tell(&mut told);
        Some(told)
    };
    let mut all = Vec::new();
    for version in [Version::One, Version::Two] {
        let whole = attributes::body(version, body, version.user()).ok();
        let merged = whole.clone().and_then(|body| {
            let mut said = user::start(version, known, now);
            patch::merge(&mut said, &body).ok()?;
            Some(said)
        });
        let patched = attributes::body(version, body, version.patch()).ok();
        let patched = patched.and_then(|body| {
            let mut said = user::start(version, known, now);
            let operations = patch::operations(&body).ok()?;
            for operation in &operations {
                patch::apply(&mut said, operation).ok()?;
            }
            Some(said)
        });
        for body in [whole, merged, patched].into_iter().flatten() {
            if let Some(first) = tell(version, &body, known) {
                let said = user::said(version, &first, now);
                // What was taken is taken again.
                let again = tell(version, &said, &first).unwrap_or_else(|| known.clone());
                all.push([first, again]);
            }
        }
    }
    all
}

/// Reads a filter over people, and asks it.
pub(crate) fn read_filter(text: &str) {
    if let Ok(filter) = Filter::read(text, &users::FILTERS) {
        // Of what has several values there are two.
        let is_there = |attribute: &str| !attribute.contains(".2.");
        filter.matches(&|attribute: &str| match is_there(attribute) {
            true => vec![attribute.to_owned()],
            false => Vec::new(),
        });
    }
}

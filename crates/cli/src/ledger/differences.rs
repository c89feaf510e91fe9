//! Where a page differs from the table of facts.

use super::reference::{Method, Table, documented_tier, documented_verb, kinds};
use guestlist_methods::{
    catalogue::Entry,
    common::{Common, Warning},
    contract::documented,
};
use std::collections::BTreeSet;

/// Each difference, as `deviations.toml` names it.
pub(super) fn of(entry: &Entry, table: &Table, facts: &Method) -> BTreeSet<String> {
    let spec = entry.spec;
    let mut found = BTreeSet::new();

    let own = (entry.errors)().into_iter().map(|error| error.code);
    let here: BTreeSet<&str> = own
        .chain(documented::<Common>().into_iter().map(|error| error.code))
        .collect();
    let there: BTreeSet<&str> = facts
        .errors
        .keys()
        .chain(
            (!facts.lists_everything())
                .then_some(table.common.errors.keys())
                .into_iter()
                .flatten(),
        )
        .map(String::as_str)
        .collect();
    // The codes of every method are on each page, also where older documentation lists fewer.
    let everywhere: BTreeSet<&str> = table.common.errors.keys().map(String::as_str).collect();
    let unlisted = here
        .difference(&there)
        .filter(|code| !everywhere.contains(**code));
    found.extend(
        unlisted
            .chain(there.difference(&here))
            .map(|code| format!("error {code}")),
    );

    let here: BTreeSet<&str> = spec
        .warnings
        .iter()
        .map(|(code, _)| *code)
        .chain(
            documented::<Warning>()
                .into_iter()
                .map(|warning| warning.code),
        )
        .collect();
    let there: BTreeSet<&str> = facts
        .warnings
        .keys()
        .chain(table.common.warnings.keys())
        .map(String::as_str)
        .collect();
    found.extend(
        here.symmetric_difference(&there)
            .map(|code| format!("warning {code}")),
    );

    for arg in spec.args {
        if facts
            .args
            .get(arg.name)
            .is_none_or(|there| there.required != arg.required)
        {
            found.insert(format!("argument {}", arg.name));
        }
    }
    for name in facts.args.keys() {
        if spec.args.iter().all(|arg| arg.name != name) {
            found.insert(format!("argument {name}"));
        }
    }

    for (token, here, there) in [
        ("bot", &spec.scopes.bot, &facts.scopes.bot),
        ("user", &spec.scopes.user, &facts.scopes.user),
    ] {
        for (kind, scopes) in kinds(here) {
            if scopes != there.of(kind) {
                found.insert(format!("scopes {token} {kind}"));
            }
        }
    }
    for (item, differs) in [
        ("tier", documented_tier(spec.tier) != facts.tier),
        ("verb", documented_verb(spec.verb) != facts.verb),
        ("json", spec.json != facts.json),
    ] {
        if differs {
            found.insert(item.to_owned());
        }
    }
    found
}

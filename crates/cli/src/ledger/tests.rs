use super::*;
use guestlist_methods::{
    catalogue::CATALOGUE,
    common::{Common, Warning},
    contract::documented,
};
use rows::{EVERY, Standing, Totals, seen};
use std::collections::BTreeSet;

const HINT: &str = "if there is a test, `cargo xtask ledger --write` notes it";

#[test]
fn every_page_is_as_documented_or_says_why_not() {
    let table = Table::read().unwrap();
    let mut unexplained = Vec::new();
    let mut used = BTreeSet::new();
    for entry in CATALOGUE {
        let name = entry.spec.name;
        let facts = table
            .methods
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in reference/"));
        for item in differences::of(entry, &table, facts) {
            match table.reason(name, &item) {
                Some(deviation) => {
                    used.insert((std::ptr::from_ref(deviation), item));
                }
                None => unexplained.push(format!("{name}: {item}")),
            }
        }
    }
    assert!(
        unexplained.is_empty(),
        "pages differ from reference/ without a reason in reference/deviations.toml:\n{}",
        unexplained.join("\n")
    );
    for deviation in &table.deviations {
        let served = |name: &String| name == "*" || CATALOGUE.iter().any(|e| e.spec.name == name);
        for item in &deviation.items {
            assert!(
                used.contains(&(std::ptr::from_ref(deviation), item.clone()))
                    || !deviation.methods.iter().any(served),
                "reference/deviations.toml explains what is no difference: {:?} {item}",
                deviation.methods
            );
        }
    }
}

#[test]
fn every_code_has_a_test_or_a_reason() {
    let table = Table::read().unwrap();
    let ledger = Ledger::new(&table);
    let mut wrong = Vec::new();
    let served = ledger.accounts.iter().filter(|account| account.served);
    let rows = served.flat_map(|account| account.rows.iter().map(|row| (account.method, row)));
    for (method, row) in rows.chain(ledger.common.iter().map(|row| (EVERY, row))) {
        let code = row.code;
        match row.standing() {
            Standing::Open => wrong.push(format!("{method}: no test reaches {code}; {HINT}")),
            Standing::Reached if row.never.is_some() => {
                wrong.push(format!(
                    "{method}: {code} is reached, and its page says never"
                ));
            }
            Standing::Reasoned if row.state.is_some() => {
                wrong.push(format!("{method}: {code} has a state and no test; {HINT}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_tests_saw_nothing_undocumented() {
    for ((method, code), test) in seen() {
        let common = documented::<Common>()
            .into_iter()
            .chain(documented::<Warning>());
        let mut codes: Vec<_> = common.map(|doc| doc.code).collect();
        if method != EVERY {
            let entry = CATALOGUE.iter().find(|entry| entry.spec.name == method);
            let entry = entry.unwrap_or_else(|| panic!("{test} saw {method}, which is not served"));
            codes.extend((entry.errors)().into_iter().map(|doc| doc.code));
            codes.extend(entry.spec.warnings.iter().map(|(code, _)| *code));
        }
        assert!(
            codes.contains(&code),
            "{test} saw {code} of {method}, which no page documents"
        );
    }
}

/// The specification's own counts: the seeds are the measure of the whole.
#[test]
fn the_seeds_are_accounted_for_whole() {
    let table = Table::read().unwrap();
    for (method, errors) in [
        ("channels.invite", 27),
        ("conversations.invite", 46),
        ("conversations.inviteShared", 58),
    ] {
        let facts = &table.methods[method];
        let of_seed =
            |listing: &&reference::Listing| listing.from.iter().any(|from| from == "seed");
        assert_eq!(
            facts.errors.values().filter(of_seed).count(),
            errors,
            "{method}"
        );
        assert_eq!(
            facts.warnings.values().filter(of_seed).count(),
            2,
            "{method}"
        );
        let ledger = Ledger::new(&table);
        let account = ledger
            .accounts
            .iter()
            .find(|account| account.method == method)
            .unwrap();
        let totals = Totals::of(&account.rows);
        assert!(totals.documented >= errors + 2, "{method}: {totals:?}");
    }
}

#[test]
fn the_document_is_current() {
    let table = Table::read().unwrap();
    let written = include_str!("../../../../docs/ledger.md");
    assert!(
        show::markdown(&Ledger::new(&table)) == written,
        "docs/ledger.md is not what `guestlist ledger --markdown` prints: `cargo xtask ledger --write`"
    );
}

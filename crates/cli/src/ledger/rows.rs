//! The ledger's rows: the table of facts, the pages, and what the tests saw, brought together.

use super::{
    differences,
    reference::{Listing, Table},
};
use guestlist_methods::{
    catalogue::{CATALOGUE, Entry, find},
    common::{Common, Warning},
    contract::documented,
};
use std::collections::{BTreeMap, BTreeSet};

/// What the tests saw: method, code, test.
const SEEN: &str = include_str!("../../../../docs/ledger/seen.tsv");

/// The name under which the codes of every method are accounted for.
pub(super) const EVERY: &str = "*";

/// All accounts.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    /// Codes of every method, once.
    pub(super) common: Vec<Row<'a>>,
    /// The methods, by name.
    pub(super) accounts: Vec<Account<'a>>,
}

/// One method's account.
#[derive(Debug)]
pub(super) struct Account<'a> {
    pub(super) method: &'a str,
    pub(super) served: bool,
    /// It lists the codes of every method itself; they are among its rows.
    pub(super) lists_everything: bool,
    pub(super) sources: Vec<(&'a str, &'a str)>,
    pub(super) rows: Vec<Row<'a>>,
    /// Where the page differs in arguments, scopes and the like, and why.
    pub(super) differences: Vec<(String, &'a str)>,
}

/// One code or warning.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) code: &'a str,
    pub(super) warning: bool,
    /// Who documents it; nobody, where only our page does.
    pub(super) source: Option<&'a Listing>,
    /// What produces it here, or what the page says of it.
    pub(super) state: Option<&'static str>,
    /// Why nothing does.
    pub(super) never: Option<&'a str>,
    /// The test that reaches it.
    pub(super) test: Option<&'static str>,
}

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Reached,
    Reasoned,
    Open,
}

impl Row<'_> {
    pub(super) fn standing(&self) -> Standing {
        match (self.test, self.never) {
            (Some(_), _) => Standing::Reached,
            (None, Some(_)) => Standing::Reasoned,
            (None, None) => Standing::Open,
        }
    }
}

/// Rows by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) documented: usize,
    pub(super) reached: usize,
    pub(super) reasoned: usize,
    pub(super) open: usize,
}

impl Totals {
    pub(super) fn of<'r>(rows: impl IntoIterator<Item = &'r Row<'r>>) -> Self {
        let mut totals = Self::default();
        for row in rows {
            totals.documented += 1;
            match row.standing() {
                Standing::Reached => totals.reached += 1,
                Standing::Reasoned => totals.reasoned += 1,
                Standing::Open => totals.open += 1,
            }
        }
        totals
    }
}

/// The tests by method and code.
pub(super) fn seen() -> BTreeMap<(&'static str, &'static str), &'static str> {
    SEEN.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t');
            Some(((parts.next()?, parts.next()?), parts.next()?))
        })
        .collect()
}

/// What a page, or all of them, say of a code.
struct Said {
    state: Option<&'static str>,
    never: Option<&'static str>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        let seen = seen();
        let errors = documented::<Common>().into_iter().map(|doc| (doc, false));
        let warnings = documented::<Warning>().into_iter().map(|doc| (doc, true));
        let common_said: BTreeMap<(&str, bool), Said> = errors
            .chain(warnings)
            .map(|(doc, warning)| {
                let said = Said {
                    state: doc.state,
                    never: doc.never,
                };
                ((doc.code, warning), said)
            })
            .collect();
        let row = |method: &str, code: &'a str, warning, source, own: Option<&Said>| {
            let item = format!("{} {code}", if warning { "warning" } else { "error" });
            let said = own.or_else(|| common_said.get(&(code, warning)));
            let reason = said
                .and_then(|said| said.never)
                .map(|never| never as &'a str);
            let deviation = || {
                table
                    .reason(method, &item)
                    .map(|found| found.reason.as_str())
            };
            Row {
                code,
                warning,
                source,
                state: said.and_then(|said| said.state),
                never: reason.or_else(|| said.is_none().then(deviation).flatten()),
                test: seen
                    .get(&(method, code))
                    .or_else(|| said.is_some().then(|| seen.get(&(EVERY, code))).flatten())
                    .copied(),
            }
        };
        let listed = |errors: &'a BTreeMap<String, Listing>,
                      warnings: &'a BTreeMap<String, Listing>| {
            let errors = errors
                .iter()
                .map(|(code, listing)| (code.as_str(), false, listing));
            let warnings = warnings
                .iter()
                .map(|(code, listing)| (code.as_str(), true, listing));
            errors.chain(warnings).collect::<Vec<_>>()
        };
        let common = listed(&table.common.errors, &table.common.warnings)
            .into_iter()
            .map(|(code, warning, listing)| row(EVERY, code, warning, Some(listing), None))
            .collect();

        let names: BTreeSet<&'a str> = CATALOGUE
            .iter()
            .map(|entry| entry.spec.name)
            .chain(table.methods.keys().map(String::as_str))
            .collect();
        let account = |method: &'a str| {
            let entry = find(method);
            let facts = table.methods.get(method);
            let own = entry.map(own).unwrap_or_default();
            let documented = facts
                .map(|facts| listed(&facts.errors, &facts.warnings))
                .unwrap_or_default();
            let mut rows: Vec<Row<'a>> = documented
                .iter()
                .map(|(code, warning, listing)| {
                    row(
                        method,
                        code,
                        *warning,
                        Some(*listing),
                        own.get(&(*code, *warning)),
                    )
                })
                .collect();
            for ((code, warning), said) in &own {
                let is_there =
                    |(other, kind, _): &(&str, bool, _)| other == code && kind == warning;
                if !documented.iter().any(is_there) {
                    let source = (!warning).then(|| table.common.errors.get(*code)).flatten();
                    rows.push(row(method, code, *warning, source, Some(said)));
                }
            }
            rows.sort_by_key(|row| (row.warning, row.code));
            let items = entry
                .zip(facts)
                .map(|(entry, facts)| differences::of(entry, table, facts))
                .unwrap_or_default();
            let differences = items
                .into_iter()
                // Those of codes are told in the codes' rows.
                .filter(|item| !item.starts_with("error ") && !item.starts_with("warning "))
                .map(|item| {
                    let reason = table.reason(method, &item);
                    let reason = reason.map_or("", |found| found.reason.as_str());
                    (item, reason)
                })
                .collect();
            Account {
                differences,
                method,
                served: entry.is_some(),
                lists_everything: facts.is_some_and(|facts| facts.lists_everything()),
                sources: facts
                    .into_iter()
                    .flat_map(|facts| &facts.sources)
                    .map(|(source, date)| (source.as_str(), date.as_str()))
                    .collect(),
                rows,
            }
        };
        Self {
            common,
            accounts: names.into_iter().map(account).collect(),
        }
    }
}

/// What a page says of its own codes and warnings.
fn own(entry: &'static Entry) -> BTreeMap<(&'static str, bool), Said> {
    let errors = (entry.errors)().into_iter().map(|error| {
        (
            (error.code, false),
            Said {
                state: error.state,
                never: error.never,
            },
        )
    });
    let warnings = entry.spec.warnings.iter().map(|(code, about)| {
        (
            (*code, true),
            Said {
                state: Some(*about),
                never: None,
            },
        )
    });
    errors.chain(warnings).collect()
}

//! The ledger as people and programs read it.

use super::rows::{Account, Ledger, Row, Standing, Totals};
use crate::output::{table, wrap};
use serde_json::{Value, json};

const WIDTH: usize = 100;

/// The methods of the specification, whose totals come first.
const SEEDS: [&str; 3] = [
    "channels.invite",
    "conversations.invite",
    "conversations.inviteShared",
];

fn totals_row(name: &str, served: bool, totals: Totals) -> Vec<String> {
    let mut row = vec![name.to_owned()];
    row.push(totals.documented.to_string());
    let parts = [totals.reached, totals.reasoned, totals.open];
    row.extend(parts.map(|part| {
        if served {
            part.to_string()
        } else {
            "-".to_owned()
        }
    }));
    if !served {
        row.push("not served".to_owned());
    }
    row
}

const HEAD: [&str; 6] = ["METHOD", "DOCUMENTED", "REACHED", "REASONED", "OPEN", ""];

fn totals_rows(ledger: &Ledger<'_>) -> Vec<Vec<String>> {
    let mut accounts: Vec<_> = ledger.accounts.iter().collect();
    accounts.sort_by_key(|account| !SEEDS.contains(&account.method));
    accounts
        .into_iter()
        .map(|account| totals_row(account.method, account.served, Totals::of(&account.rows)))
        .chain([totals_row(
            "codes of every method",
            true,
            Totals::of(&ledger.common),
        )])
        .collect()
}

/// One line per method.
pub(super) fn totals(ledger: &Ledger<'_>) -> String {
    table(&HEAD, &totals_rows(ledger))
}

/// One method, each code with all there is to say.
pub(super) fn account(ledger: &Ledger<'_>, account: &Account<'_>) -> String {
    let mut text = format!("{}\n", account.method);
    let totals = Totals::of(&account.rows);
    text.push_str(&format!("{}\n", said(account, totals)));
    for row in &account.rows {
        text.push_str(&format!("\n{}\n", row_text(account.served, row)));
    }
    for (item, reason) in &account.differences {
        text.push_str(&format!(
            "\nDiffers in {}\n",
            wrap(&format!("{item}: {reason}."), WIDTH - 11, 4)
        ));
    }
    if !account.lists_everything {
        text.push_str("\nCodes of every method\n");
        for row in &ledger.common {
            text.push_str(&format!("\n{}\n", row_text(account.served, row)));
        }
    }
    text
}

fn said(account: &Account<'_>, totals: Totals) -> String {
    let Totals {
        documented,
        reached,
        reasoned,
        open,
    } = totals;
    if account.served {
        format!("{documented} documented: {reached} reached, {reasoned} reasoned, {open} open")
    } else {
        format!("{documented} documented; not served")
    }
}

fn row_text(served: bool, row: &Row<'_>) -> String {
    let kind = if row.warning { "  (a warning)" } else { "" };
    let lines = [
        Some(format!("Listed by: {}.", listed(row))),
        row.state
            .map(|state| format!("Here: {}.", state.trim_end_matches('.'))),
        row.never
            .map(|never| format!("Never here: {}.", never.trim_end_matches('.'))),
        served
            .then(|| row.test.map(|test| format!("Test: {test}")))
            .flatten(),
    ];
    let lines: Vec<_> = lines
        .into_iter()
        .flatten()
        .map(|line| format!("    {}", wrap(&line, WIDTH - 4, 4)))
        .collect();
    format!("{}{kind}\n{}", row.code, lines.join("\n"))
}

fn listed(row: &Row<'_>) -> String {
    row.source
        .map_or_else(|| "our page alone".to_owned(), |listing| listing.text())
}

fn row_json(served: bool, row: &Row<'_>) -> Value {
    json!({
        "code": row.code,
        "kind": if row.warning { "warning" } else { "error" },
        "listed_by": row.source.map(|listing| &listing.from),
        "since": row.source.and_then(|listing| listing.since.as_deref()),
        "until": row.source.and_then(|listing| listing.until.as_deref()),
        "state": row.state,
        "never": row.never,
        "test": row.test,
        "standing": match row.standing() {
            _ if !served => "not_served",
            Standing::Reached => "reached",
            Standing::Reasoned => "reasoned",
            Standing::Open => "open",
        },
    })
}

pub(super) fn account_json(ledger: &Ledger<'_>, account: &Account<'_>) -> Value {
    let totals = Totals::of(&account.rows);
    let rows = |rows: &[Row<'_>]| {
        rows.iter()
            .map(|row| row_json(account.served, row))
            .collect::<Vec<_>>()
    };
    let mut value = json!({
        "method": account.method,
        "served": account.served,
        "sources": account.sources.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
        "documented": totals.documented,
        "reached": account.served.then_some(totals.reached),
        "reasoned": account.served.then_some(totals.reasoned),
        "open": account.served.then_some(totals.open),
        "rows": rows(&account.rows),
        "differences": account
            .differences
            .iter()
            .map(|(item, reason)| json!({"item": item, "reason": reason}))
            .collect::<Vec<_>>(),
    });
    if !account.lists_everything {
        value["rows_of_every_method"] = rows(&ledger.common).into();
    }
    value
}

pub(super) fn json(ledger: &Ledger<'_>) -> Value {
    let methods: Vec<_> = ledger
        .accounts
        .iter()
        .map(|account| {
            let mut value = account_json(ledger, account);
            if let Some(fields) = value.as_object_mut() {
                fields.remove("rows_of_every_method");
            }
            value
        })
        .collect();
    let common: Vec<_> = ledger
        .common
        .iter()
        .map(|row| row_json(true, row))
        .collect();
    json!({"methods": methods, "every_method": common})
}

const INTRODUCTION: &str = "\
# The ledger

Every code and warning that documentation lists for a method: who lists it, the state that produces
it here, and the test that reaches it, or the reason why nothing does. Written by
`cargo xtask ledger --write` from the table of facts ([reference](../reference/README.md)), the pages
and what the tests saw; `guestlist ledger METHOD` prints one method. A test keeps it current.

A test is named by its crate and its path: `server ledger::invite::each_refusal` is
`cargo test -p guestlist-server ledger::invite::each_refusal`. [ledger/world.yaml](ledger/world.yaml)
is the world of the tests in `server ledger`: serve it and make their calls by hand.

";

/// `docs/ledger.md`.
pub(super) fn markdown(ledger: &Ledger<'_>) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str(
        "| method | documented | reached | reasoned | open | |\n|---|---|---|---|---|---|\n",
    );
    for mut row in totals_rows(ledger) {
        row.resize(HEAD.len(), String::new());
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text.push_str(
        "\nMethods that do not list the codes of every method themselves are counted without them.\n",
    );
    text.push_str(&format!("\n## {}\n\n", "Codes of every method"));
    text.push_str(&rows_markdown(true, &ledger.common));
    for account in &ledger.accounts {
        text.push_str(&format!("\n{}", account_markdown(account)));
    }
    text
}

pub(super) fn account_markdown(account: &Account<'_>) -> String {
    let totals = Totals::of(&account.rows);
    let sources: Vec<_> = account
        .sources
        .iter()
        .map(|(source, date)| format!("{source} {date}"))
        .collect();
    let mut text = format!("## {}\n\n{}.", account.method, said(account, totals));
    if !sources.is_empty() {
        text.push_str(&format!(" Sources: {}.", sources.join(", ")));
    }
    text.push('\n');
    if !account.rows.is_empty() {
        text.push_str(&format!(
            "\n{}",
            rows_markdown(account.served, &account.rows)
        ));
    }
    for (item, reason) in &account.differences {
        text.push_str(&format!("\nDiffers in {item}: {reason}.\n"));
    }
    text
}

fn rows_markdown(served: bool, rows: &[Row<'_>]) -> String {
    let mut text = "| code | listed by | here | test |\n|---|---|---|---|\n".to_owned();
    for row in rows {
        let here = match (row.state, row.never) {
            (Some(state), _) => state.to_owned(),
            (None, Some(never)) => format!("never: {never}"),
            (None, None) => String::new(),
        };
        let test = match row.test {
            Some(test) if served => format!("`{test}`"),
            _ => String::new(),
        };
        let kind = if row.warning { " (warning)" } else { "" };
        let cells = [format!("`{}`{kind}", row.code), listed(row), here, test];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

//! `guestlist ledger`: every documented code with who documents it, the state that produces it
//! here, and the test that reaches it.

mod differences;
mod reference;
mod rows;
mod show;
#[cfg(test)]
mod tests;

use crate::{
    exit::Usage,
    near,
    output::{print, print_json},
};
use anyhow::Result;
use reference::Table;
use rows::Ledger;

/// How the ledger is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Markdown,
}

pub(crate) fn run(method: Option<&str>, form: Form) -> Result<()> {
    let table = Table::read()?;
    let ledger = Ledger::new(&table);
    let Some(name) = method else {
        return match form {
            Form::Text => print(&show::totals(&ledger)),
            Form::Json => print_json(&show::json(&ledger)),
            Form::Markdown => print(&show::markdown(&ledger)),
        };
    };
    let Some(account) = ledger
        .accounts
        .iter()
        .find(|account| account.method == name)
    else {
        let known = ledger.accounts.iter().map(|account| account.method);
        let near = near::names(name, known);
        let hint = match near.as_slice() {
            [] => "`guestlist ledger` lists them all".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        return Err(Usage(format!("the ledger has no method `{name}`; {hint}")).into());
    };
    match form {
        Form::Text => print(&show::account(&ledger, account)),
        Form::Json => print_json(&show::account_json(&ledger, account)),
        Form::Markdown => print(&show::account_markdown(account)),
    }
}

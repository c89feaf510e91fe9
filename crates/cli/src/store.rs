//! `guestlist store`: copying a store, looking it over, putting a copy back.

use crate::{
    config::Config,
    data::{absent, hold},
    exit::{Told, Usage},
    output::{note, print, print_json, table},
    progress::Progress,
};
use anyhow::{Result, bail};
use guestlist_store::{
    Directory, StoreError,
    backup::{self, Checked},
};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// `guestlist store backup`.
pub(crate) fn back_up(config: &Config, to: &Path, as_json: bool) -> Result<()> {
    let data = &config.data.value;
    must_be_embedded(config, "backup")?;
    store_in(data)?;
    let mut progress = Progress::new("backing up");
    let copied = backup::back_up(data, to, &mut |done, all| progress.at(done, all))?;
    drop(progress);
    if as_json {
        return print_json(&json!({
            "file": to.display().to_string(),
            "bytes": copied.bytes,
            "journal": copied.journal,
        }));
    }
    note(&format!(
        "{}: {} bytes, up to row {} of the journal; it is on disk",
        to.display(),
        copied.bytes,
        copied.journal
    ));
    Ok(())
}

/// `guestlist store check`.
pub(crate) fn check(config: &Config, file: Option<&Path>, as_json: bool) -> Result<()> {
    let path = match file {
        Some(file) if names_postgres(file) => {
            return Err(Usage(
                "`guestlist store check` looks a file over, which a store on PostgreSQL is not"
                    .to_owned(),
            )
            .into());
        }
        Some(file) => file.to_owned(),
        None => {
            must_be_embedded(config, "check")?;
            store_in(&config.data.value)?
        }
    };
    let checked = look_over(&path)?;
    let sound = checked.problems.is_empty();
    if as_json {
        let rows = checked.rows.iter();
        let rows: Map<_, _> = rows
            .map(|(table, rows)| ((*table).to_owned(), Value::from(*rows)))
            .collect();
        print_json(&json!({
            "ok": sound,
            "file": path.display().to_string(),
            "rows": rows,
            "journal": {"newest": checked.journal, "folded": checked.folded},
            "left_out": checked.left_out,
            "problems": checked.problems,
        }))?;
    } else {
        print(&text(&path, &checked))?;
    }
    if sound { Ok(()) } else { Err(Told.into()) }
}

fn text(path: &Path, checked: &Checked) -> String {
    let path = path.display();
    let mut text = String::new();
    if !checked.rows.is_empty() {
        let rows = checked.rows.iter();
        let rows: Vec<_> = rows
            .map(|(table, rows)| vec![(*table).to_owned(), rows.to_string()])
            .collect();
        text.push_str(&table(&["TABLE", "ROWS"], &rows));
    }
    for left_out in &checked.left_out {
        text.push_str(&format!("{path}: not looked at: {left_out}\n"));
    }
    for problem in &checked.problems {
        text.push_str(&format!("{path}: {problem}\n"));
    }
    if checked.problems.is_empty() {
        text.push_str(&format!("{path}: sound\n"));
    }
    text
}

/// `guestlist store restore`.
pub(crate) fn restore(config: &Config, from: &Path, as_json: bool) -> Result<()> {
    let data = &config.data.value;
    must_be_embedded(config, "restore")?;
    if let Err(taken) = backup::vacant(data) {
        // That somebody has it open is said before that it is there.
        crate::wait(async { Ok(hold(data, None).await.map(drop)?) })?;
        return Err(taken.into());
    }
    let checked = look_over(from)?;
    if !checked.problems.is_empty() {
        note(text(from, &checked).trim_end());
        bail!(
            "{}: a copy that is not sound is not put back",
            from.display()
        );
    }
    let directory = crate::wait(async { Ok(hold(data, None).await?) })?;
    let mut progress = Progress::new("restoring");
    let copied = backup::restore(from, &directory, &mut |done, all| progress.at(done, all))?;
    drop(progress);
    if as_json {
        return print_json(&json!({
            "data": data.display().to_string(),
            "bytes": copied.bytes,
            "journal": copied.journal,
        }));
    }
    note(&format!(
        "{} holds {} now; serve it: guestlist serve --data '{}'",
        data.display(),
        from.display(),
        data.display()
    ));
    Ok(())
}

/// Whether a file is an address, which may have a password in it.
fn names_postgres(file: &Path) -> bool {
    let text = file.to_string_lossy();
    ["postgres:", "postgresql:"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
}

fn look_over(path: &Path) -> Result<Checked> {
    let mut progress = Progress::new("checking");
    let checked = backup::check(path, &mut |done, all| progress.at(done, all));
    checked.map_err(|error| match error {
        // It says itself which file it is about.
        StoreError::Directory { .. } => error.into(),
        _ => anyhow::Error::new(error)
            .context(format!("{}: it cannot be looked over", path.display())),
    })
}

/// A file in the data directory is not what an operator means whose store is elsewhere.
fn must_be_embedded(config: &Config, command: &str) -> Result<()> {
    let Some(postgres) = &config.store.value else {
        return Ok(());
    };
    bail!(Usage(format!(
        "{}: the store is {}, and store {command} is for the embedded store; a PostgreSQL database has \
         pg_dump and pg_restore",
        config.store.source,
        postgres.place()
    )))
}

/// The file of a data directory's store.
fn store_in(data: &Path) -> Result<PathBuf> {
    let file = Directory::database_in(data);
    if !file.exists() {
        bail!(absent(data));
    }
    Ok(file)
}

//! `guestlist store move`: a store from one kind of database to the other.

use crate::{
    exit::Usage,
    output::{note, print, print_json, table},
    progress::Progress,
};
use anyhow::Result;
use guestlist_store::{Clock, Moved, Place, Sums, move_store};
use serde_json::{Map, Value, json};

/// Moves, and tells what was moved.
pub(crate) async fn run(from: &str, to: &str, as_json: bool) -> Result<()> {
    let (from, to) = (place("FROM", from)?, place("TO", to)?);
    let mut progress: Option<(&str, Progress)> = None;
    let mut say = |table: &'static str, done, total| {
        let same = progress.as_ref().is_some_and(|(name, _)| *name == table);
        if !same {
            progress = Some((table, Progress::new(table)));
        }
        if let Some((_, progress)) = &mut progress {
            progress.at(done, total);
        }
    };
    let Moved { sums, owed } = move_store(&from, &to, Clock::default(), &mut say).await?;
    drop(progress);
    note(&format!("{to} holds now all that {from} does, row by row."));
    if owed > 0 {
        note(&format!(
            "{owed} deliveries to apps wait in {from} and were not moved: a server there delivers them."
        ));
    }
    if as_json {
        return print_json(&as_object(&sums));
    }
    let row = |(name, sum): (&&str, &guestlist_store::Sum)| {
        vec![
            (*name).to_owned(),
            sum.rows.to_string(),
            format!("{:032x}", sum.sum),
        ]
    };
    print(&table(
        &["TABLE", "ROWS", "CHECKSUM"],
        &sums.iter().map(row).collect::<Vec<_>>(),
    ))
}

fn as_object(sums: &Sums) -> Map<String, Value> {
    let row = |(name, sum): (&&str, &guestlist_store::Sum)| {
        let told = json!({"rows": sum.rows, "checksum": format!("{:032x}", sum.sum)});
        ((*name).to_owned(), told)
    };
    sums.iter().map(row).collect()
}

/// A data directory, or the address of a database.
fn place(which: &str, text: &str) -> Result<Place> {
    if !text.contains("://") {
        return Ok(Place::Directory(text.into()));
    }
    match text.parse() {
        Ok(postgres) => Ok(Place::Postgres(Box::new(postgres))),
        Err(why) => Err(Usage(format!("{which}: {why}")).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_directory_or_an_address() {
        for (text, told) in [
            ("guestlist-data", "guestlist-data"),
            ("./a b", "./a b"),
            (
                "postgres://me:secret@localhost/acme?schema=one",
                "postgres://localhost:5432/acme?schema=one",
            ),
        ] {
            assert_eq!(place("TO", text).unwrap().to_string(), told);
        }
        let wrong = place("TO", "mysql://me:secret@localhost/acme").unwrap_err();
        assert!(!wrong.to_string().contains("secret"), "{wrong}");
    }
}

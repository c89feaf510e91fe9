//! Who is to be invited, as it was given.

use super::super::args::InviteArgs;
use crate::exit::Usage;
use anyhow::{Context, Result};
use std::{fs::File, io, path::Path};

/// One of those to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Id(String),
    Email(String),
    Name(String),
    /// Everybody in a user group.
    Group(String),
}

impl Wanted {
    /// As it was given.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::Email(text) | Self::Name(text) | Self::Group(text) => text,
        }
    }
}

/// From flags, then from the file.
pub(super) fn read(args: &InviteArgs) -> Result<Vec<Wanted>> {
    let clean = |texts: &[String]| -> Vec<String> {
        let trimmed = texts.iter().map(|text| text.trim().to_owned());
        trimmed.filter(|text| !text.is_empty()).collect()
    };
    let mut wanted: Vec<Wanted> = clean(&args.user).into_iter().map(Wanted::Id).collect();
    wanted.extend(clean(&args.email).into_iter().map(Wanted::Email));
    wanted.extend(clean(&args.name).into_iter().map(Wanted::Name));
    wanted.extend(clean(&args.group).into_iter().map(Wanted::Group));
    if let Some(file) = &args.from {
        let name = file.display().to_string();
        if file == Path::new("-") {
            table(io::stdin().lock(), "stdin", &mut wanted)?;
        } else {
            let file = File::open(file).with_context(|| format!("{name} cannot be read"))?;
            table(file, &name, &mut wanted)?;
        }
    }
    if wanted.is_empty() {
        let how = "nobody to invite: name people with --user, --email, --name, --group or --from";
        return Err(Usage(how.to_owned()).into());
    }
    Ok(wanted)
}

/// What a cell of a column is.
type Of = fn(String) -> Wanted;

/// Reads a CSV table whose header has `id`, `email` or `name`. A row is known by the first of these
/// that it fills in; other columns mean nothing.
fn table(from: impl io::Read, file: &str, wanted: &mut Vec<Wanted>) -> Result<()> {
    let bad = |text: String| anyhow::Error::from(Usage(format!("{file}: {text}")));
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(from);
    let head = reader
        .headers()
        .map_err(|error| bad(error.to_string()))?
        .clone();
    // Spreadsheets like to put a byte order mark before the first word.
    let column = |name: &str| {
        let mut names = head.iter().map(|cell| cell.trim_start_matches('\u{feff}'));
        names.position(|cell| cell.eq_ignore_ascii_case(name))
    };
    let columns: [(Option<usize>, Of); 3] = [
        (column("id"), Wanted::Id),
        (column("email"), Wanted::Email),
        (column("name"), Wanted::Name),
    ];
    if columns.iter().all(|(at, _)| at.is_none()) {
        let found: Vec<_> = head.iter().collect();
        return Err(bad(format!(
            "line 1: the header needs a column `id`, `email` or `name`; it has {}",
            found.join(", ")
        )));
    }
    for row in reader.records() {
        let row = row.map_err(|error| bad(error.to_string()))?;
        let given = columns.iter().find_map(|(at, of)| {
            let cell = row.get((*at)?).filter(|cell| !cell.is_empty())?;
            Some(of(cell.to_owned()))
        });
        let line = row.position().map_or(0, csv::Position::line);
        let nobody = || {
            bad(format!(
                "line {line}: it names nobody: `id`, `email` and `name` are empty"
            ))
        };
        wanted.push(given.ok_or_else(nobody)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<Wanted>> {
        let mut wanted = Vec::new();
        table(text.as_bytes(), "list.csv", &mut wanted)?;
        Ok(wanted)
    }

    #[test]
    fn rows_are_known_by_what_they_fill_in() {
        let text =
            "\u{feff}Name, team ,EMAIL,id\n\"Park, Ada\",x,,\nBen,x,ben@acme.test,\n,,,U0CLEO\n";
        assert_eq!(
            rows(text).unwrap(),
            [
                Wanted::Name("Park, Ada".to_owned()),
                Wanted::Email("ben@acme.test".to_owned()),
                Wanted::Id("U0CLEO".to_owned()),
            ]
        );
    }

    #[test]
    fn bad_tables_say_where() {
        for (text, words) in [
            (
                "user,mail\nU1,x\n",
                "list.csv: line 1: the header needs a column `id`, `email` or `name`; it has user, mail",
            ),
            ("id,x\nU1,y\n,z\n", "list.csv: line 3: it names nobody"),
            ("id,x\nU1\n", "list.csv: CSV error: record 1 (line: 2"),
        ] {
            let error = rows(text).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }
}

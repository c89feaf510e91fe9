//! Who is to be invited, as it was given.

use super::super::{args::InviteArgs, parameters::without_mark};
use crate::{exit::Usage, output::is_unseen};
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
    let all = |texts: &[String]| -> Vec<String> {
        let trimmed = texts.iter().map(|text| trimmed(text).to_owned());
        trimmed.filter(|text| !text.is_empty()).collect()
    };
    let mut wanted: Vec<Wanted> = all(&args.user).into_iter().map(Wanted::Id).collect();
    wanted.extend(all(&args.email).into_iter().map(Wanted::Email));
    wanted.extend(all(&args.name).into_iter().map(Wanted::Name));
    wanted.extend(all(&args.group).into_iter().map(Wanted::Group));
    if let Some(file) = &args.from {
        let name = file.display().to_string();
        if file == Path::new("-") {
            table(io::stdin().lock(), "stdin", &mut wanted)?;
        } else {
            let file = File::open(file).with_context(|| format!("{name} cannot be read"))?;
            table(file, &name, &mut wanted)?;
        }
    }
    // A list that has a header and nobody in it may well be what a query came to.
    if wanted.is_empty() && args.from.is_none() {
        let how = "nobody to invite: name people with --user, --email, --name, --group or --from";
        return Err(Usage(how.to_owned()).into());
    }
    Ok(wanted)
}

/// A text without what does not show around it: chats and web pages leave such characters at what is copied
/// from them.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || is_unseen(letter))
}

/// What a cell of a column is.
type Of = fn(String) -> Wanted;

/// What the columns are called, the first first; the others are those of Slack's own lists of members and of
/// spreadsheets.
const COLUMNS: [(&[&str], Of); 3] = [
    (&["id", "userid", "user id", "member id"], Wanted::Id),
    (
        &["email", "e-mail", "email address", "e-mail address", "mail"],
        Wanted::Email,
    ),
    (&["name", "username", "full name"], Wanted::Name),
];

/// Reads a CSV table whose header has `id`, `email` or `name`. A row is known by the first of these
/// that it fills in; other columns mean nothing, and neither do rows in which there is nothing.
fn table(mut from: impl io::Read, file: &str, wanted: &mut Vec<Wanted>) -> Result<()> {
    let bad = |text: String| anyhow::Error::from(Usage(format!("{file}: {text}")));
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)
        .with_context(|| format!("{file} cannot be read"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        bad(format!(
            "line {line}: this is not UTF-8; spreadsheets save it as \"CSV UTF-8\""
        ))
    })?;
    // Spreadsheets like to put a byte order mark before the first word. With `\r\n` at the ends of lines the
    // reader counts them one too low.
    let text = without_mark(&text).replace("\r\n", "\n");
    let blank = text
        .split_inclusive('\n')
        .take_while(|line| trimmed(line).is_empty());
    let (blank, rest) = text.split_at(blank.map(str::len).sum());
    let first = rest.lines().next().unwrap_or_default();
    // Excel begins with a line that names what stands between cells: `sep=;`. An empty line in its place
    // counts as one, and is no row.
    let named = first.strip_prefix("sep=").and_then(|named| {
        let mark = u8::try_from(named.chars().next()?).ok()?;
        (named.len() == 1).then_some(mark)
    });
    let rest = named.map_or(rest, |_| &rest[first.len()..]);
    // Lines before it are left, empty, so that all are counted as they are.
    let text = "\n".repeat(blank.matches('\n').count()) + rest;
    let text = text.as_str();
    if trimmed(text).is_empty() {
        return Err(bad(
            "it is empty: a header line has `id`, `email` or `name`".to_owned(),
        ));
    }
    let count = |mark: u8| first.bytes().filter(|byte| *byte == mark).count();
    let usual = || {
        [b'\t', b';', b',']
            .into_iter()
            .max_by_key(|mark| count(*mark))
    };
    let delimiter = named.or_else(usual).unwrap_or(b',');
    if let Some(line) = open_quote(text, delimiter) {
        return Err(bad(format!(
            "line {line}: a quote opens here and is closed nowhere"
        )));
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let bad_row = |error: csv::Error| match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos: Some(at),
            expected_len,
            len,
        } => bad(format!(
            "line {}: cells in this row: {len}, in the header: {expected_len}",
            line_of(text, at)
        )),
        _ => bad(error.to_string()),
    };
    let head = reader.headers().map_err(bad_row)?.clone();
    let column = |names: &[&str]| {
        let at = |name: &&str| {
            head.iter()
                .position(|cell| trimmed(cell).eq_ignore_ascii_case(name))
        };
        names.iter().find_map(at)
    };
    let columns = COLUMNS.map(|(names, of)| (column(names), of));
    if columns.iter().all(|(at, _)| at.is_none()) {
        let found: Vec<_> = head.iter().filter(|cell| !cell.is_empty()).collect();
        let found = match found.as_slice() {
            [] => "none with a name".to_owned(),
            found => found.join(", "),
        };
        let line = head.position().map_or(1, |at| line_of(text, at));
        return Err(bad(format!(
            "line {line}: the header needs a column `id`, `email` or `name`; it has {found}"
        )));
    }
    for row in reader.records() {
        let row = row.map_err(bad_row)?;
        if row.iter().all(|cell| trimmed(cell).is_empty()) {
            continue;
        }
        let given = columns.iter().find_map(|(at, of)| {
            let cell = trimmed(row.get((*at)?)?);
            (!cell.is_empty()).then(|| of(cell.to_owned()))
        });
        let line = row.position().map_or(0, |at| line_of(text, at));
        let nobody = || {
            bad(format!(
                "line {line}: it names nobody: `id`, `email` and `name` are empty"
            ))
        };
        let given = given.ok_or_else(nobody)?;
        // What a stray quote swallows ends at the next one.
        if given.text().contains('\n') {
            return Err(bad(format!(
                "line {line}: whom it names goes on over several lines: is there a quote too many?"
            )));
        }
        wanted.push(given);
    }
    Ok(())
}

/// In which line a row begins. The reader's place is before the empty lines that it skips.
fn line_of(text: &str, at: &csv::Position) -> usize {
    let at = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let (before, row) = text.split_at_checked(at).unwrap_or((text, ""));
    let empty = row.len() - row.trim_start_matches('\n').len();
    1 + before.matches('\n').count() + empty
}

/// In which line a quote opens that is not closed, by the rules of the reader, which takes all that
/// follows for one cell.
fn open_quote(text: &str, delimiter: u8) -> Option<usize> {
    let mut opened = None;
    let (mut line, mut begins) = (1, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        line += usize::from(byte == b'\n');
        match byte {
            b'"' if opened.is_some() => {
                // Two of them are one that belongs to the cell.
                let doubled = bytes.next_if_eq(&b'"').is_some();
                opened = opened.filter(|_| doubled);
            }
            b'"' if begins => opened = Some(line),
            _ => {}
        }
        begins = byte == delimiter || byte == b'\n' || byte == b'\r';
    }
    opened
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
    fn what_does_not_show_around_a_cell_is_not_part_of_it() {
        let text = "\u{feff}\u{200b}id\u{200b},name\u{a0}\n\u{200b}U0BEN\u{feff},\n\u{200b},\u{2068}Ben \u{200d}B\u{2069}\n\u{200b},\u{a0}\n";
        let expected = [
            Wanted::Id("U0BEN".to_owned()),
            Wanted::Name("Ben \u{200d}B".to_owned()),
        ];
        assert_eq!(rows(text).unwrap(), expected);
        let args = InviteArgs {
            user: vec!["\u{a0}U0BEN\u{200b}".to_owned(), "\u{200b}".to_owned()],
            ..InviteArgs::default()
        };
        assert_eq!(read(&args).unwrap(), expected[..1]);
    }

    #[test]
    fn tables_of_spreadsheets_are_taken() {
        let ben = [Wanted::Email("ben@acme.test".to_owned())];
        for text in [
            "E-Mail;Team\nben@acme.test;a, b\n;\n",
            "team\tEmail Address\nx\tben@acme.test\n",
            "username,email,status,userid\r\n,ben@acme.test,Member,\r\n,,,\r\n",
            " \r\n\r\nE-Mail;Team\r\nben@acme.test;a, b\r\n",
            "sep=;\r\nemail;team, floor, desk\r\nben@acme.test;x\r\n",
            "\u{feff}sep=,\nemail,team;floor;desk\nben@acme.test,x\n",
        ] {
            assert_eq!(rows(text).unwrap(), ben, "{text}");
        }
        // A quote within a cell is one of its letters, and what is quoted may have several lines.
        let quotes = "name,note\nBen \"B\" O,\"two\n\"\"lines\"\"\"\nEmil\",x\n";
        let names = ["Ben \"B\" O", "Emil\""].map(|name| Wanted::Name(name.to_owned()));
        assert_eq!(rows(quotes).unwrap(), names);
        let userid = "username,email,userid\nben,ben@acme.test,U0BEN\n";
        assert_eq!(rows(userid).unwrap(), [Wanted::Id("U0BEN".to_owned())]);
        for bytes in [&b"name\nBen\nZo\xeb\n"[..], b"\xff\xfen\0a\0m\0e\0\n\0"] {
            let error = table(bytes, "list.csv", &mut Vec::new()).unwrap_err();
            assert!(error.to_string().contains("not UTF-8"), "{error}");
        }
        let error = table(&b"name\nBen\nZo\xeb\n"[..], "list.csv", &mut Vec::new());
        assert!(
            error
                .unwrap_err()
                .to_string()
                .starts_with("list.csv: line 3: ")
        );
    }

    #[test]
    fn bad_tables_say_where() {
        let empty = "list.csv: it is empty: a header line has `id`, `email` or `name`";
        for (text, words) in [
            ("", empty),
            ("\u{feff}", empty),
            ("\u{feff}\r\n \t\r\n\n\u{200b}", empty),
            ("sep=;\r\n", empty),
            (
                "\n\nuser;post\nU1;x\n",
                "list.csv: line 3: the header needs a column `id`, `email` or `name`; it has user, post",
            ),
            (
                "\"\",\nU1,x\n",
                "list.csv: line 1: the header needs a column `id`, `email` or `name`; it has none with a name",
            ),
            (
                "user,post\nU1,x\n",
                "list.csv: line 1: the header needs a column `id`, `email` or `name`; it has user, post",
            ),
            ("id,x\nU1,y\n,z\n", "list.csv: line 3: it names nobody"),
            (
                "sep=;\nid;x\nU1;y\n;z\n",
                "list.csv: line 4: it names nobody",
            ),
            (
                "id,x\nU1\n",
                "list.csv: line 2: cells in this row: 1, in the header: 2",
            ),
            (
                "id,x\r\nU1,y\r\n\r\nU2,z,\r\nU3\r\n",
                "list.csv: line 4: cells in this row: 3, in the header: 2",
            ),
            (
                "id\nU1\n\"U2\nU3\nU4\n",
                "list.csv: line 3: a quote opens here and is closed nowhere",
            ),
            (
                "\"id\nU1\n",
                "list.csv: line 1: a quote opens here and is closed nowhere",
            ),
            (
                "sep=;\nname;x\nBen;\"a \"\"b\"\"\n",
                "list.csv: line 3: a quote opens here and is closed nowhere",
            ),
            (
                "name,x\n\"Ben,y\nEmil,z\n\"Dana\",z\nSol,z\n",
                "list.csv: line 2: whom it names goes on over several lines",
            ),
            (
                "id,x\r\nU1,y\r\n,z\r\n",
                "list.csv: line 3: it names nobody",
            ),
        ] {
            let error = rows(text).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }
}

//! PostgreSQL takes every statement that stands in the source: a slip in a rare one is found without
//! anything that would ask it.

use super::{LANES, claims};
use crate::{deliveries::rows, error::chain, reader::people::ACCOUNTS, testing};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where statements are for SQLite alone.
const EMBEDDED: [&str; 5] = [
    "sqlite.rs",
    "backup.rs",
    "backup/check.rs",
    "deliveries/numbers.rs",
    "sql/dialect.rs",
];
/// The column by which SQLite's journal goes.
const ITS_JOURNAL: &str = "seq";
/// Statements made of parts that are not known here; the tests of their files send each.
const OF_PARTS: [&str; 4] = [
    "insert or ignore into invitation_side",
    "insert into {} ({})",
    "select {} from {}",
    "select {order}, last",
];

/// Each statement, with its file.
fn statements() -> Vec<(PathBuf, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    let mut found = Vec::new();
    for path in files {
        let name = path.strip_prefix(&source).unwrap().to_owned();
        let is_test = name.ends_with("tests.rs") || name.ends_with("statements.rs");
        if is_test || EMBEDDED.iter().any(|file| name == Path::new(file)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let is_its = |text: &str| text.split([' ', ',', '(', ')']).any(|w| w == ITS_JOURNAL);
        let here = literals(code).into_iter();
        let here = here.filter(|text| is_statement(text) && !is_its(text));
        found.extend(here.map(|text| (name.clone(), text)));
    }
    found
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next();
    let begins = ["select", "insert", "update", "delete", "with"];
    let is_more = text.trim().contains(char::is_whitespace);
    is_more && first.is_some_and(|first| begins.contains(&first))
}

/// What stands in quotes in a program.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        match rest.as_bytes()[at] {
            b'/' => rest = after.strip_prefix('/').map_or(after, after_line),
            // A letter, or a lifetime.
            b'\'' if after.starts_with('\\') => rest = after[2..].split_once('\'').unwrap().1,
            b'\'' => {
                let mut letters = after.chars();
                let is_letter = letters.nth(1) == Some('\'');
                rest = if is_letter { letters.as_str() } else { after };
            }
            _ => {
                let marks = before.bytes().rev().take_while(|b| *b == b'#').count();
                if before[..before.len() - marks].ends_with('r') {
                    let end = format!("\"{}", "#".repeat(marks));
                    let (text, more) = after.split_once(&end).unwrap();
                    found.push(text.to_owned());
                    rest = more;
                    continue;
                }
                let mut text = String::new();
                let mut letters = after.chars();
                loop {
                    match letters.next().unwrap() {
                        '"' => break,
                        '\\' => match letters.next().unwrap() {
                            'n' => text.push('\n'),
                            '\n' => {
                                let more = letters.as_str().trim_start();
                                letters = more.chars();
                            }
                            other => text.push(other),
                        },
                        letter => text.push(letter),
                    }
                }
                found.push(text);
                rest = letters.as_str();
            }
        }
    }
    found
}

fn after_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, after)| after)
}

/// A statement with the parts that are known.
fn whole(sql: &str) -> String {
    let alive = claims::ALIVE.replace("LANES", LANES);
    let class = format!("cast({LANES} as int)");
    let order = ("{order}", "id desc");
    [
        ("{ACCOUNTS}", ACCOUNTS),
        ("{COLUMNS}", rows::COLUMNS),
        ("{alive}", &alive),
        ("{class}", &class),
        ("= LANES", &format!("= {LANES}")),
        ("{key}", "1"),
        ("{table}", "mail"),
        order,
    ]
    .into_iter()
    .fold(sql.to_owned(), |sql, (part, text)| sql.replace(part, text))
}

#[test]
fn every_statement_is_taken() {
    let Some(place) = testing::elsewhere() else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let (_database, db) = place.open().unwrap();
    let session = db.postgres().unwrap();
    if place.has_advisory_locks() {
        // What is locked instead is not there, and asked for as well.
        session
            .batch("create table exclusive (key bigint primary key)")
            .unwrap();
    }
    let statements = statements();
    assert!(statements.len() > 150, "{}", statements.len());
    let mut wrong = Vec::new();
    let mut left = OF_PARTS.to_vec();
    for (file, sql) in statements {
        if let Some(at) = left
            .iter()
            .position(|begins| sql.trim().starts_with(begins))
        {
            left.remove(at);
            continue;
        }
        let sql = whole(&sql);
        // One of PostgreSQL's own says so by its parameters or its quotes.
        let own = sql.contains('$') || sql.contains("\"user\"");
        let taken = match own {
            true => session.prepare_own(sql.clone().leak()),
            false => session.prepare(&sql),
        };
        if let Err(error) = taken {
            wrong.push(format!("{}: {sql}\n{}", file.display(), chain(&error)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(left.is_empty(), "there are no such statements: {left:?}");
}

#[test]
fn literals_are_found() {
    let code = r##"
        // "no"
        let a = "one \
                 line"; let b: &'static str = r#"two "quoted""#;
        let c = '"'; let d = '\''; x / "three\n";
    "##;
    assert_eq!(literals(code), ["one line", "two \"quoted\"", "three\n"]);
}

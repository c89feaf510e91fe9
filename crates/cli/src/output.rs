//! Writing to stdout and stderr.

use anyhow::{Context, Result};
use guestlist_client::redacted;
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt,
    io::{self, ErrorKind, Write},
    sync::OnceLock,
};

/// What is never written: the token that calls are made with. Servers may send it back in anything
/// they answer, which ends up in a report, a message or a trace; all of these are written here.
static HIDDEN: OnceLock<String> = OnceLock::new();

/// Writes this nowhere from now on.
pub(crate) fn hide(token: &str) {
    // A process makes calls with one token.
    let _ = HIDDEN.set(token.to_owned());
}

fn shown(text: &str) -> Cow<'_, str> {
    match HIDDEN.get() {
        Some(token) => redacted(text, token).into(),
        None => text.into(),
    }
}

/// A text from elsewhere in one line, without what a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        // The latter turn the direction of what follows, which then reads as something else.
        let obeyed = letter.is_control()
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if obeyed {
            plain.extend(letter.escape_debug());
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// Whoever read stdout has seen enough: `guestlist docs | head`.
#[derive(Debug)]
pub(crate) struct NobodyReads;

impl fmt::Display for NobodyReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output")
    }
}

impl std::error::Error for NobodyReads {}

/// Writes a result to stdout, all of it.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out
        .write_all(shown(text).as_bytes())
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(NobodyReads.into()),
        written => written.context("cannot write to stdout"),
    }
}

/// Writes a result to stdout as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Tells people something on stderr. Nobody may be there to read it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", shown(text));
}

/// Writes lines of a trace to stderr, each as it is handed over.
pub(crate) struct Trace;

impl Write for Trace {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        note(&plain(text.trim_end_matches('\n')));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Tells people what they may want to know of what they asked for.
pub(crate) fn notes(texts: &[impl fmt::Display]) {
    let told = |text| note(&format!("note: {}", plain(&format!("{text}"))));
    texts.iter().for_each(told);
}

/// Rows under a head, each column as wide as its widest cell. A cell is one line, whatever is in it.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: String = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}  "))
            .collect();
        format!("{}\n", padded.trim_end())
    };
    let mut text = line(&mut head.iter().copied());
    for row in &rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

/// Lines of at most `width` characters, `indent` spaces before each but the first.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if at > 0 && at + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            at = 0;
        } else if at > 0 {
            lines.push(' ');
            at += 1;
        }
        lines.push_str(word);
        at += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let text = table(
            &["A", "LONG"],
            &[
                vec!["wide one".to_owned(), String::new()],
                vec!["é".to_owned(), "x".to_owned()],
            ],
        );
        assert_eq!(text, "A         LONG\nwide one\né         x\n");
    }

    #[test]
    fn cells_are_one_line_that_a_terminal_only_shows() {
        let rows = [vec!["\u{1b}[31mred\u{7}\nnext".to_owned(), "x".to_owned()]];
        assert_eq!(
            table(&["A", "B"], &rows),
            "A                         B\n\\u{1b}[31mred\\u{7}\\nnext  x\n"
        );
        for (given, expected) in [
            ("é \"quoted\" \\ 'x' 👋", "é \"quoted\" \\ 'x' 👋"),
            ("\u{202e}txt\u{9b}", "\\u{202e}txt\\u{9b}"),
        ] {
            assert_eq!(plain(given), expected);
        }
    }

    #[test]
    fn long_text_is_wrapped_at_words() {
        assert_eq!(wrap("one two three four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrap("incomprehensibilities", 9, 2), "incomprehensibilities");
    }
}

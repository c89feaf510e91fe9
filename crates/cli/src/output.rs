//! Writing to stdout and stderr.

use anyhow::{Context, Result};
use guestlist_client::redacted;
use serde::Serialize;
use serde_json::json;
use std::{
    borrow::Cow,
    fmt,
    io::{self, ErrorKind, IsTerminal, Write},
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
        if is_obeyed(letter) {
            plain.extend(letter.escape_debug());
        } else {
            plain.push(letter);
        }
    }
    plain
}

/// Whether a terminal does something else with it than show it.
fn is_obeyed(letter: char) -> bool {
    // The latter turn the direction of what follows, which then reads as something else.
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing shows where it stands.
pub(crate) fn is_unseen(letter: char) -> bool {
    is_obeyed(letter)
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A text of several lines, each of them plain.
fn tame(text: &str) -> Cow<'_, str> {
    let is_line = |letter| matches!(letter, '\n' | '\t');
    if !text.contains(|letter| is_obeyed(letter) && !is_line(letter)) {
        return text.into();
    }
    let pieces = text.split_inclusive(is_line);
    let tamed = pieces.map(|piece| {
        let end = piece.len() - usize::from(piece.ends_with(is_line));
        plain(&piece[..end]) + &piece[end..]
    });
    tamed.collect::<String>().into()
}

/// As JSON in several lines. What a terminal would obey is written in JSON's own way, so that programs
/// read the same.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string_pretty(value)?) + "\n")
}

/// The same in one line.
pub(crate) fn json_line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escaped(&serde_json::to_string(value)?) + "\n")
}

/// In JSON such letters are in strings alone. Those that others obey, too, are escaped already.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + 1);
    for letter in json.chars() {
        if is_obeyed(letter) && letter != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            escaped.push(letter);
        }
    }
    escaped
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

/// Writes a result to stdout, all of it. A terminal is sent nothing that it would obey; a file or a
/// program gets what there is.
pub(crate) fn print(text: &str) -> Result<()> {
    let text = shown(text);
    let mut out = io::stdout().lock();
    let text = match out.is_terminal() {
        true => tame(&text),
        false => text.as_ref().into(),
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(NobodyReads.into()),
        written => written.context("cannot write to stdout"),
    }
}

/// Writes a result to stdout as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&json(value)?)
}

/// Writes a list to stdout: as JSON under a name, or as a table.
pub(crate) fn print_list<T: Serialize>(
    as_json: bool,
    name: &str,
    all: &[T],
    head: &[&str],
    row: impl Fn(&T) -> Vec<String>,
) -> Result<()> {
    if as_json {
        return print_json(&json!({name: all}));
    }
    print(&table(head, &all.iter().map(row).collect::<Vec<_>>()))
}

/// Tells people something on stderr. Nobody may be there to read it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", tame(&shown(text)));
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
    // Heads may be names that a server thought of.
    let head: Vec<String> = head.iter().map(|cell| plain(cell)).collect();
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
    let mut text = line(&mut head.iter().map(String::as_str));
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
    fn heads_are_shown_as_cells_are() {
        let rows = [vec!["x".to_owned()]];
        assert_eq!(table(&["\u{9b}A"], &rows), "\\u{9b}A\nx\n");
    }

    #[test]
    fn a_terminal_is_sent_lines_and_nothing_else_that_it_obeys() {
        for (given, expected) in [
            ("one\n\ttwo\n", "one\n\ttwo\n"),
            ("\u{1b}[2J\n\n\u{202e}\r\n", "\\u{1b}[2J\n\n\\u{202e}\\r\n"),
            ("\u{9b}\u{7f}", "\\u{9b}\\u{7f}"),
        ] {
            assert_eq!(tame(given), expected);
        }
    }

    #[test]
    fn json_reads_the_same_and_steers_nothing() {
        let value = serde_json::json!({"\u{9b}key": "\u{1b}\u{7f}\u{85}\u{202e}\u{2066} é 👋"});
        for text in [json(&value).unwrap(), json_line(&value).unwrap()] {
            assert!(text.contains(r"\u007f\u0085\u202e\u2066 é 👋"), "{text}");
            assert!(!text.trim_end().replace('\n', "").contains(is_obeyed));
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read, value);
        }
    }

    #[test]
    fn long_text_is_wrapped_at_words() {
        assert_eq!(wrap("one two three four", 9, 2), "one two\n  three\n  four");
        assert_eq!(wrap("incomprehensibilities", 9, 2), "incomprehensibilities");
    }
}

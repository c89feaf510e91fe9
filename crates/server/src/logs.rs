//! What is logged of calls, and what never is. The rules stand in docs/logging.md.

use crate::answer::RequestId;
use guestlist_domain::Caller;
use guestlist_methods::{Spec, common::Common, handle::Answer};
use http::StatusCode;
use std::{borrow::Cow, time::Duration};

tokio::task_local! {
    /// The call that the task is at.
    static CALL: RequestId;
}

/// Answers a call; whatever is logged meanwhile carries its id.
pub(crate) async fn within<T>(id: RequestId, answering: impl Future<Output = T>) -> T {
    CALL.scope(id, answering).await
}

/// `x-slack-req-id` of the call that is being answered, where this is asked while one is.
pub fn call_id() -> Option<String> {
    CALL.try_with(|id| id.as_str().to_owned()).ok()
}

/// A call's line: of one that failed here a warning, of any other for whoever debugs. What was `called` has a name of
/// ours, or is `unknown`: the rest is text of strangers.
pub(crate) fn answered(
    called: &'static str,
    caller: Option<&Caller>,
    outcome: &str,
    status: StatusCode,
    took: Duration,
) {
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                method = called,
                outcome,
                status = status.as_u16(),
                micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                workspace = caller.map(|caller| tracing::field::display(caller.team())),
                user = caller.map(|caller| tracing::field::display(caller.id())),
                app = caller
                    .and_then(|caller| caller.token.app)
                    .map(tracing::field::display),
                "call"
            )
        };
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        line!(warn);
    } else {
        line!(debug);
    }
}

/// `ok`, or the code. What `api.test` was told to answer is text of a stranger, too.
pub(crate) fn outcome<'a>(spec: Option<&Spec>, answer: &'a Answer) -> &'a str {
    match answer {
        Answer::Good { .. } => "ok",
        Answer::Refused { code, .. }
            if spec.is_some_and(|spec| spec.name == "api.test")
                && code.parse::<Common>().is_err() =>
        {
            "other"
        }
        Answer::Refused { code, .. } => code,
    }
}

/// How tokens of Slack's kind begin.
const TOKENS: [&str; 2] = ["xox", "xapp-"];

/// A text for the log: on one line, and without words that look like a token or an e-mail address,
/// which should not have come this far.
pub fn clean(text: &str) -> Cow<'_, str> {
    let suspicious =
        |text: &str| text.contains('@') || TOKENS.iter().any(|start| text.contains(start));
    let text: Cow<'_, str> = if text.chars().any(char::is_control) {
        text.chars()
            .flat_map(|char| {
                if char.is_control() {
                    char.escape_default().collect()
                } else {
                    vec![char]
                }
            })
            .collect::<String>()
            .into()
    } else {
        text.into()
    };
    if !suspicious(&text) {
        return text;
    }
    let of_a_word = |char: char| char.is_alphanumeric() || "-_.@+%".contains(char);
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        let word = rest.find(|char| !of_a_word(char)).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(word);
        cleaned.push_str(if suspicious(head) { "(redacted)" } else { head });
        let between = tail.find(of_a_word).unwrap_or(tail.len());
        cleaned.push_str(&tail[..between]);
        rest = &tail[between..];
    }
    cleaned.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    #[test]
    fn a_text_for_the_log_is_one_line_without_tokens_and_addresses() {
        for (text, expected) in [
            ("", ""),
            ("the disk is full", "the disk is full"),
            ("one\ntwo\u{1b}[31m", "one\\ntwo\\u{1b}[31m"),
            (
                "token xoxb-12-ab_c, \"xapp-1.2\" of ada@acme.test.",
                "token (redacted), \"(redacted)\" of (redacted)",
            ),
            ("Bearer=xoxe.xoxp-1-abc", "Bearer=(redacted)"),
            ("C0WELCOME of T0ACME", "C0WELCOME of T0ACME"),
            ("é@é x", "(redacted) x"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    /// What writes a line, the words last, or named just before.
    const WRITERS: [&str; 9] = [
        "tracing::error!(",
        "tracing::warn!(",
        "tracing::info!(",
        "tracing::debug!(",
        "tracing::trace!(",
        ".met(",
        ".coped(",
        ".is_over(",
        ".lament(",
    ];

    #[test]
    fn the_page_has_the_words_of_every_line() {
        let page = include_str!("../../../docs/logging.md");
        let mut words = BTreeSet::from(["call".to_owned()]);
        for package in ["domain", "methods", "store", "server", "cli"] {
            let source = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
            collect(&Path::new(source).join(package).join("src"), &mut words);
        }
        assert!(words.len() > 60, "{words:?}");
        let lacks = |words: &&String| !page.contains(&format!("`{words}`"));
        let lacking: Vec<_> = words.iter().filter(lacks).collect();
        assert!(lacking.is_empty(), "not in docs/logging.md: {lacking:#?}");
    }

    /// The words of all lines in the sources of a directory but for tests.
    fn collect(directory: &Path, words: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                collect(&path, words);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("mod tests {").next().unwrap();
            for (at, writer) in WRITERS.iter().flat_map(|writer| text.match_indices(writer)) {
                let named = || {
                    let (_, named) = text[..at].rsplit_once("let what = \"")?;
                    Some(named.split_once('"')?.0)
                };
                let given = last_literal(&text[at + writer.len()..]);
                let Some(told) = given.or_else(named) else {
                    continue;
                };
                // What differs stands as dots on the page. Words that are handed on whole are another's.
                let told = dotted(told);
                if told != "…" {
                    words.insert(told);
                }
            }
        }
    }

    /// The last literal before the end of a call, whose arguments the text begins with.
    fn last_literal(text: &str) -> Option<&str> {
        let (mut found, mut depth, mut rest) = (None, 1, text);
        while depth > 0 {
            let (between, after) = rest.split_once(['"', '(', ')'])?;
            match rest.as_bytes()[between.len()] {
                b'"' => {
                    let (literal, after) = after.split_once('"')?;
                    found = Some(literal);
                    rest = after;
                    continue;
                }
                b'(' => depth += 1,
                _ => depth -= 1,
            }
            rest = after;
        }
        found
    }

    fn dotted(words: &str) -> String {
        let mut parts = words.split('{');
        let mut dotted = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            dotted.push('…');
            dotted.push_str(part.split_once('}').map_or(part, |(_, after)| after));
        }
        dotted
    }
}

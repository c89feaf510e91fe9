//! From text to [`Document`], and a parser's complaint put into the words of a user.

use super::{
    document::{Document, VERSION},
    locate::{Aim, Places},
    problem::{Found, Problem, Problems, render},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_saphyr::{DuplicateKeyPolicy, Error, Options, Spanned, budget, options};

/// What is said of a file of another version.
pub(super) const OTHER_VERSION: &str = "this program reads version 1";

/// A world is the operator's own file and may be large: a million people are some ten
/// million nodes. What guards against bombs are the limits on aliases, which stay.
pub(super) fn strict() -> Options {
    options! {
        budget: budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_reader_input_bytes: None,
        },
        strict_booleans: true,
        with_snippet: false,
    }
}

/// The same where it only matters what stands where.
pub(super) fn lenient() -> Options {
    let mut options = strict();
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options
}

/// Reads a document. JSON is YAML, but a parser of its own reads it several times faster;
/// whatever that one does not take is left to the other to read or to complain about.
pub(super) fn document(file: &str, text: &str) -> Result<Document, Problems> {
    read(file, text)
}

/// Reads a file of any such shape.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Problems> {
    let no_json = match text
        .trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text))
    {
        Some(Ok(document)) => return Ok(document),
        Some(Err(error)) => Some(error),
        None => None,
    };
    serde_saphyr::from_str_with_options(text, strict()).map_err(|error| {
        let problem = complaint(text, &error, no_json.as_ref());
        Problems {
            file: file.to_owned(),
            problems: vec![problem],
            more: 0,
        }
    })
}

fn complaint(text: &str, error: &Error, no_json: Option<&serde_json::Error>) -> Problem {
    let error = error.without_snippet();
    let places = Places::of(text);
    if let Some(problem) = other_version(text) {
        return problem;
    }
    if let Some(error) = no_json.filter(|_| places.is_empty()) {
        let what = format!("malformed JSON: {}", without_place(&error.to_string()));
        return Problem {
            line: u64::try_from(error.line()).ok(),
            path: String::new(),
            what,
        };
    }
    let spot = error
        .location()
        .map(|location| (location.line(), location.column()));
    let aim = match error {
        Error::SerdeUnknownField { .. }
        | Error::SerdeMissingField { .. }
        | Error::DuplicateMappingKey { .. } => Aim::Mapping,
        Error::SerdeInvalidType { .. } | Error::SerdeInvalidValue { .. } => Aim::Innermost,
        _ => Aim::Outermost,
    };
    let path = spot.map(|spot| places.path(spot, aim)).unwrap_or_default();
    Problem {
        line: spot.map(|(line, _)| line),
        path,
        what: words(error),
    }
}

fn without_place(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(what, _)| what)
}

/// Another version of the format has other keys: then the version is what is to be told.
fn other_version(text: &str) -> Option<Problem> {
    #[derive(Deserialize)]
    struct Versioned {
        version: Spanned<u32>,
    }
    let Versioned { version } = serde_saphyr::from_str_with_options(text, lenient()).ok()?;
    (version.value != VERSION).then(|| Problem {
        line: Some(version.referenced.line()),
        path: "version".to_owned(),
        what: OTHER_VERSION.to_owned(),
    })
}

fn words(error: &Error) -> String {
    match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => {
            format!("unknown key `{field}`; known are {}", list(expected))
        }
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing"),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => {
            format!("`{variant}` is none of {}", list(expected))
        }
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => {
            format!("expected {expected}, found {unexpected}")
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` is given twice")
        }
        Error::InvalidBooleanStrict { .. } => "expected true or false".to_owned(),
        Error::InvalidScalar { .. } => "expected a whole number, not negative".to_owned(),
        Error::NullIntoString { .. } => "expected a text, found nothing".to_owned(),
        Error::Unexpected {
            expected: "sequence start",
            ..
        } => "expected a list".to_owned(),
        Error::Unexpected {
            expected: "mapping start",
            ..
        } => "expected a mapping".to_owned(),
        Error::Unexpected {
            expected: "string scalar",
            ..
        } => "expected a single value".to_owned(),
        Error::MultipleDocuments { .. } => "a second document begins; a world is one".to_owned(),
        Error::Eof { .. } => "the file is empty".to_owned(),
        other => without_place(&other.to_string()).to_owned(),
    }
}

fn list(words: &[&str]) -> String {
    words.join(", ")
}

/// Puts lines to what was found.
pub(super) fn problems(file: &str, text: &str, found: Found) -> Problems {
    let places = Places::of(text);
    let told = found.told.into_iter();
    let mut problems: Vec<Problem> = told
        .map(|(steps, what)| Problem {
            line: places.line(&steps),
            path: render(&steps),
            what,
        })
        .collect();
    problems.sort_by_key(|problem| problem.line);
    Problems {
        file: file.to_owned(),
        problems,
        more: found.more,
    }
}

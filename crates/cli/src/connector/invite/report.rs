//! What became of whom.

use super::super::args::ReportFormat;
use crate::{
    exit::{self, Ended},
    output::{self, table},
};
use anyhow::{Error as AnyError, Result};
use guestlist_client::{ErrorCode, conversations::invite::Error};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What became of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Added,
    WouldBeAdded,
    AlreadyIn,
    /// With the code.
    Refused(String),
    /// With what was looked for.
    NotFound(String),
    /// Sent for, and it is not known whether that was carried out.
    Unknown,
    NotTried,
}

impl Outcome {
    const NAMES: [&str; 7] = [
        "added",
        "would_be_added",
        "already_in",
        "refused",
        "not_found",
        "unknown",
        "not_tried",
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::WouldBeAdded => "would_be_added",
            Self::AlreadyIn => "already_in",
            Self::Refused(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::Unknown => "unknown",
            Self::NotTried => "not_tried",
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Refused(code) => code,
            _ => "",
        }
    }

    fn why(&self) -> String {
        match self {
            Self::Refused(code) => match ErrorCode::<Error>::read(code).sentence() {
                Some(sentence) => format!("{code}: {sentence}"),
                None => code.clone(),
            },
            Self::NotFound(why) => why.clone(),
            Self::Unknown => "it is not known whether the call was carried out".to_owned(),
            _ => String::new(),
        }
    }

    /// Whether it is as it was wished.
    pub(super) fn is_well(&self, ensure: bool) -> bool {
        match self {
            Self::Added | Self::WouldBeAdded => true,
            Self::AlreadyIn => ensure,
            Self::Refused(_) | Self::NotFound(_) | Self::Unknown | Self::NotTried => false,
        }
    }
}

/// One of those who were to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// As they were given.
    pub(super) given: String,
    /// Who they are, if they were found.
    pub(super) id: Option<String>,
    pub(super) outcome: Outcome,
}

impl Person {
    fn why(&self, stopped: Option<&Stopped>) -> String {
        match (&self.outcome, stopped) {
            (Outcome::NotTried, Some(stopped)) => format!("stopped: {}", stopped.word()),
            (outcome, _) => outcome.why(),
        }
    }
}

/// Why not everybody was tried.
pub(super) struct Stopped(Map<String, Value>);

impl Stopped {
    pub(super) fn by(error: &AnyError) -> Self {
        let mut fields = Map::new();
        fields.insert("exit_code".to_owned(), exit::number(error).into());
        fields.insert("message".to_owned(), format!("{error:#}").into());
        if let Some(ended) = error.downcast_ref::<Ended>() {
            fields.extend(ended.refused.clone());
        }
        Self(fields)
    }

    /// The code of a refusal, or what else there is to say.
    fn word(&self) -> &str {
        let word = self.0.get("code").or_else(|| self.0.get("message"));
        word.and_then(Value::as_str).unwrap_or_default()
    }
}

/// `2 added, 1 refused`
pub(super) fn summary(people: &[Person]) -> String {
    let counts = counts(people).into_iter().filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts
        .map(|(name, count)| format!("{} {}", grouped(count), name.replace('_', " ")))
        .collect();
    counts.join(", ")
}

fn counts(people: &[Person]) -> Vec<(&'static str, usize)> {
    let count = |name| {
        people
            .iter()
            .filter(|person| person.outcome.name() == name)
            .count()
    };
    Outcome::NAMES
        .into_iter()
        .map(|name| (name, count(name)))
        .collect()
}

/// `12,345`
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The report.
pub(super) fn text(
    format: ReportFormat,
    channel: &str,
    people: &[Person],
    stopped: Option<&Stopped>,
) -> Result<String> {
    let id = |person: &Person| person.id.clone().unwrap_or_default();
    Ok(match format {
        ReportFormat::Table => {
            let row = |person: &Person| {
                let outcome = person.outcome.name().replace('_', " ");
                vec![
                    person.given.clone(),
                    id(person),
                    outcome,
                    person.why(stopped),
                ]
            };
            let rows: Vec<_> = people.iter().map(row).collect();
            table(&["PERSON", "ID", "OUTCOME", "WHY"], &rows)
        }
        ReportFormat::Json => {
            let person = |person: &Person| {
                let mut fields = Map::new();
                fields.insert("person".to_owned(), person.given.clone().into());
                fields.insert("id".to_owned(), person.id.clone().into());
                fields.insert("outcome".to_owned(), person.outcome.name().into());
                if !person.outcome.code().is_empty() {
                    fields.insert("code".to_owned(), person.outcome.code().into());
                }
                let why = person.why(stopped);
                if !why.is_empty() {
                    fields.insert("why".to_owned(), why.into());
                }
                fields
            };
            let summary: Map<_, _> = counts(people)
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count.into()))
                .collect();
            let report = json!({
                "channel": channel,
                "stopped": stopped.map(|stopped| &stopped.0),
                "summary": summary,
                "people": people.iter().map(person).collect::<Vec<_>>(),
            });
            output::json(&report)?
        }
        ReportFormat::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["person", "id", "outcome", "code", "why"])?;
            for person in people {
                let outcome = &person.outcome;
                writer.write_record([
                    person.given.as_str(),
                    &id(person),
                    outcome.name(),
                    outcome.code(),
                    &person.why(stopped),
                ])?;
            }
            String::from_utf8_lossy(&writer.into_inner()?).into_owned()
        }
    })
}

/// Prints the report to stdout and its summary to stderr.
pub(super) fn print(
    format: ReportFormat,
    channel: &str,
    people: &[Person],
    stopped: Option<&Stopped>,
) -> Result<()> {
    let printed = output::print(&text(format, channel, people, stopped)?);
    output::note(&format!("{channel}: {}", summary(people)));
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<Person> {
        let person = |given: &str, id: Option<&str>, outcome| Person {
            given: given.to_owned(),
            id: id.map(str::to_owned),
            outcome,
        };
        vec![
            person("ben@acme.test", Some("U0BEN"), Outcome::Added),
            person("U0ADA", Some("U0ADA"), Outcome::AlreadyIn),
            person(
                "U0SOL",
                Some("U0SOL"),
                Outcome::Refused("ura_max_channels".to_owned()),
            ),
            person(
                "Nobody, N.",
                None,
                Outcome::NotFound("nobody has this name".to_owned()),
            ),
        ]
    }

    #[test]
    fn one_line_for_each_person() {
        assert_eq!(
            text(ReportFormat::Table, "C1", &people(), None).unwrap(),
            "PERSON         ID     OUTCOME     WHY\n\
             ben@acme.test  U0BEN  added\n\
             U0ADA          U0ADA  already in\n\
             U0SOL          U0SOL  refused     ura_max_channels: The invited single-channel guest has a channel already.\n\
             Nobody, N.            not found   nobody has this name\n"
        );
        assert_eq!(
            text(ReportFormat::Csv, "C1", &people(), None).unwrap(),
            "person,id,outcome,code,why\n\
             ben@acme.test,U0BEN,added,,\n\
             U0ADA,U0ADA,already_in,,\n\
             U0SOL,U0SOL,refused,ura_max_channels,ura_max_channels: The invited single-channel guest has a channel already.\n\
             \"Nobody, N.\",,not_found,,nobody has this name\n"
        );
        let json: Value =
            serde_json::from_str(&text(ReportFormat::Json, "C1", &people(), None).unwrap())
                .unwrap();
        assert_eq!(json["summary"]["refused"], 1);
        assert_eq!(json["people"][2]["code"], "ura_max_channels");
        assert_eq!(json["people"][3]["id"], Value::Null);
        assert_eq!(
            summary(&people()),
            "1 added, 1 already in, 1 refused, 1 not found"
        );
    }

    #[test]
    fn numbers_can_be_read() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}

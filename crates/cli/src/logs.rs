//! Lines of the log, for people and for programs. The rules stand in docs/logging.md.

use guestlist_server::{call_id, clean};
use serde_json::{Map, Value};
use std::{
    fmt::{self, Debug, Write as _},
    io,
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// `TIME LEVEL words field=value …`
    #[default]
    Human,
    /// A JSON object a line.
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Human => "human",
            Self::Json => "json",
        })
    }
}

/// Logs on stderr from here on, panics as well.
pub(crate) fn begin(level: LevelFilter, format: Format) {
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| Stderr)
        .event_format(Lines(format))
        .finish()
        .with(lines(level))
        .init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(tracing::field::display);
        let words = panic.payload_as_str().unwrap_or("no words");
        tracing::error!(place, words, "a mistake of ours: a thread panicked");
    }));
}

/// Stderr, where a line that it does not take (a full disk, a reader that is gone) is lost and nothing else: what
/// writes lines says so on stderr too, and would panic there.
struct Stderr;

impl io::Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Which lines are written at a level: all of ours, and what libraries have to say at `trace` alone.
fn lines(level: LevelFilter) -> Targets {
    let others = if level == LevelFilter::TRACE {
        level
    } else {
        LevelFilter::OFF
    };
    Targets::new()
        .with_default(others)
        .with_target("guestlist", level)
}

/// Writes each event as a line.
struct Lines(Format);

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let Some(id) = call_id() {
            fields.put("req_id", Value::from(id));
        }
        let meta = event.metadata();
        // The machine's time, whatever the world's clock says: lines are read beside those of others.
        let time = jiff::Timestamp::now();
        writer.write_str(
            &self
                .0
                .line(&time, meta.level().as_str(), meta.target(), fields),
        )
    }
}

impl Format {
    fn line(self, time: &jiff::Timestamp, level: &str, target: &str, fields: Fields) -> String {
        let Fields { words, others } = fields;
        let time = format!("{time:.6}");
        match self {
            Self::Human => {
                let mut line = format!("{time} {level:>5} {words}");
                for (name, value) in others {
                    // Texts are quoted where one could not see where they end.
                    let value = match value {
                        Value::String(text) if is_a_word(&text) => text,
                        other => other.to_string(),
                    };
                    let _ = write!(line, " {name}={value}");
                }
                line.push('\n');
                line
            }
            Self::Json => {
                let mut line = Map::new();
                line.insert("time".to_owned(), time.into());
                line.insert("level".to_owned(), level.to_lowercase().into());
                line.insert("target".to_owned(), target.into());
                line.insert("message".to_owned(), words.into());
                line.extend(others);
                format!("{}\n", Value::Object(line))
            }
        }
    }
}

fn is_a_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || "_-.:/+".contains(char))
}

/// The words and the fields of an event.
#[derive(Default)]
struct Fields {
    words: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, name: &str, value: Value) {
        let value = match value {
            Value::String(text) => Value::String(clean(&text).into_owned()),
            other => other,
        };
        match (name, value) {
            ("message", Value::String(words)) => self.words = words,
            (name, value) => {
                self.others.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_heard_at_trace_alone() {
        use tracing::Level;
        for (level, most) in [
            (LevelFilter::DEBUG, Level::DEBUG),
            (LevelFilter::INFO, Level::INFO),
        ] {
            let lines = lines(level);
            assert!(lines.would_enable("guestlist_server::logs", &most));
            assert!(!lines.would_enable("guestlist_server::logs", &Level::TRACE));
            assert!(!lines.would_enable("hyper_util::client::legacy::pool", &Level::ERROR));
        }
        assert!(lines(LevelFilter::TRACE).would_enable("hyper_util", &Level::TRACE));
    }

    #[test]
    fn a_line_for_people_and_one_for_programs() {
        let fields = || {
            let mut fields = Fields::default();
            fields.put("message", "the token xoxb-1 of a@b.test\nis bad".into());
            fields.put("method", "users.info".into());
            fields.put("error", "no space left".into());
            fields.put("status", 500.into());
            fields
        };
        let time = "2026-01-02T03:04:05.678901Z".parse().unwrap();
        let line = |format: Format| format.line(&time, "WARN", "guestlist_server::logs", fields());
        assert_eq!(
            line(Format::Human),
            "2026-01-02T03:04:05.678901Z  WARN the token (redacted) of (redacted)\\nis bad \
             method=users.info error=\"no space left\" status=500\n"
        );
        assert_eq!(
            line(Format::Json),
            "{\"time\":\"2026-01-02T03:04:05.678901Z\",\"level\":\"warn\",\"target\":\"guestlist_server::logs\",\
             \"message\":\"the token (redacted) of (redacted)\\\\nis bad\",\"method\":\"users.info\",\
             \"error\":\"no space left\",\"status\":500}\n"
        );
    }
}

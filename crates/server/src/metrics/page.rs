//! The text format that Prometheus reads: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use guestlist_store::Counted;
use std::fmt::{Display, Write};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Names and values of what tells a line of a metric from its others.
pub(crate) type Labels<'l> = &'l [(&'l str, &'l str)];

/// Nanoseconds as seconds, for [`Page::histograms`].
pub(crate) const NANOS: f64 = 1e9;
/// Values as they were counted.
pub(crate) const AS_THEY_ARE: f64 = 1.0;

/// A page while it is written.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn text(self) -> String {
        self.0
    }

    /// A value that only grows; its name ends in `_total`.
    pub(crate) fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "counter");
        self.line(name, "", &[], None, value);
    }

    /// A value that goes up and down.
    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help, "gauge");
        self.line(name, "", &[], None, value);
    }

    /// A counter of several lines.
    pub(crate) fn counters<'l, const LABELS: usize>(
        &mut self,
        name: &str,
        help: &str,
        lines: impl IntoIterator<Item = ([(&'l str, &'l str); LABELS], u64)>,
    ) {
        self.head(name, help, "counter");
        for (labels, value) in lines {
            self.line(name, "", &labels, None, value);
        }
    }

    /// A gauge of one line that says something by its labels.
    pub(crate) fn info(&mut self, name: &str, help: &str, labels: Labels<'_>) {
        self.head(name, help, "gauge");
        self.line(name, "", labels, None, 1);
    }

    /// Histograms of one name; what was counted is divided by `scale`.
    pub(crate) fn histograms<'l>(
        &mut self,
        name: &str,
        help: &str,
        scale: f64,
        lines: impl IntoIterator<Item = (Vec<(&'l str, &'l str)>, Counted)>,
    ) {
        self.head(name, help, "histogram");
        for (labels, counted) in lines {
            let mut number = 0;
            let bounds = counted.bounds.iter().map(|bound| *bound as f64 / scale);
            let bounds = bounds.map(|bound| bound.to_string());
            let bounds = bounds.chain(["+Inf".to_owned()]);
            for (bound, count) in bounds.zip(&counted.counts) {
                number += count;
                self.line(name, "_bucket", &labels, Some(&bound), number);
            }
            self.line(name, "_sum", &labels, None, counted.sum as f64 / scale);
            self.line(name, "_count", &labels, None, number);
        }
    }

    /// Nobody reads what cannot be written to a `String`: it cannot fail.
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(
        &mut self,
        name: &str,
        end: &str,
        labels: Labels<'_>,
        le: Option<&str>,
        value: impl Display,
    ) {
        self.0.push_str(name);
        self.0.push_str(end);
        let labels = labels.iter().copied().chain(le.map(|bound| ("le", bound)));
        let mut before = '{';
        for (name, value) in labels {
            let value = value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.0, "{before}{name}=\"{value}\"");
            before = ',';
        }
        if before == ',' {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

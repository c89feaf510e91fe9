//! The table, the same as JSON, and what the numbers say about the generator.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use super::load::Cell;

/// Whose answers a row counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Floor,
    Product,
    /// Something else that does the product's work.
    Compared,
}

pub(crate) struct Row {
    pub(crate) name: String,
    of: Of,
    pub(crate) connections: Option<usize>,
    /// Calls per second, a figure per round.
    rates: Vec<f64>,
    /// Nanoseconds, all rounds together.
    latency: Histogram<u64>,
    cpu: Spent,
    server_ratio: Vec<f64>,
    /// To what, and a figure per round.
    ratios: Vec<(&'static str, Vec<f64>)>,
    memory: Option<(f64, f64)>,
    goals: Vec<(Figure, Bound)>,
}

/// CPU seconds of all rounds, and what they bought.
#[derive(Default)]
struct Spent {
    calls: u64,
    seconds: f64,
    generator: f64,
    server: f64,
    later: f64,
    database: f64,
    others: f64,
}

impl Spent {
    /// Ticks are 10 ms: of less than half a second no share can be told.
    fn known(&self) -> Option<&Self> {
        (self.seconds >= 0.5 && self.calls > 0).then_some(self)
    }

    fn micros(&self, cpu: f64) -> f64 {
        cpu * 1e6 / self.calls as f64
    }
}

/// A figure that a goal speaks of.
#[derive(Clone, Copy)]
pub(crate) enum Figure {
    /// The first ratio of the row.
    Ratio,
    /// The ratio to what this names.
    RatioTo(&'static str),
    /// The p99 over the p50.
    Spread,
    P50,
    P99,
    Resident,
}

#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    pub(crate) fn new(of: Of, name: impl Into<String>, connections: Option<usize>) -> Self {
        Self {
            name: name.into(),
            of,
            connections,
            rates: Vec::new(),
            // Three digits suffice: the machine's own noise is in the second.
            latency: Histogram::new(3).expect("three digits are allowed"),
            cpu: Spent::default(),
            server_ratio: Vec::new(),
            ratios: Vec::new(),
            memory: None,
            goals: Vec::new(),
        }
    }

    pub(crate) fn goal(&mut self, figure: Figure, bound: Bound) {
        self.goals.push((figure, bound));
    }

    /// Goals are set for full sizes only.
    pub(crate) fn without_goals(&mut self) {
        self.goals.clear();
    }

    pub(crate) fn add(&mut self, cell: &Cell) {
        self.rates.push(cell.rate());
        self.latency
            .add(&cell.latency)
            .expect("both histograms grow as needed");
        self.cpu.calls += cell.calls;
        self.cpu.seconds += cell.seconds;
        self.cpu.generator += cell.cpu.generator;
        self.cpu.server += cell.cpu.server;
        self.cpu.later += cell.later.0;
        self.cpu.database += cell.cpu.database + cell.later.1;
        let ours = cell.cpu.generator + cell.cpu.server + cell.cpu.database;
        self.cpu.others += (cell.cpu.machine - ours).max(0.0);
    }

    /// The share of the floor in this round: of its rate, and of its server's CPU per call.
    pub(crate) fn share(&mut self, floor: &Cell, product: &Cell) {
        self.ratio("floor", product.rate() / floor.rate());
        if floor.server_cost() > 0.0 && product.server_cost() > 0.0 {
            self.server_ratio
                .push(floor.server_cost() / product.server_cost());
        }
    }

    /// A latency that is no call of the generator (a start).
    pub(crate) fn record(&mut self, nanos: u64) {
        self.latency
            .record(nanos)
            .expect("the histogram grows as needed");
    }

    /// This round's ratio to what `to` names.
    pub(crate) fn ratio(&mut self, to: &'static str, ratio: f64) {
        match self.ratios.iter_mut().find(|(name, _)| *name == to) {
            Some((_, rounds)) => rounds.push(ratio),
            None => self.ratios.push((to, vec![ratio])),
        }
    }

    /// Resident now and at its highest, in MiB.
    pub(crate) fn memory(&mut self, (now, peak): (f64, f64)) {
        self.memory = Some((now, peak));
    }

    fn millis(&self, quantile: f64) -> Option<f64> {
        let any = !self.latency.is_empty();
        any.then(|| self.latency.value_at_quantile(quantile) as f64 / 1e6)
    }

    fn rate(&self) -> Option<f64> {
        median(&self.rates)
    }

    fn figure(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Ratio => self.ratios.first().and_then(|(_, rounds)| median(rounds)),
            Figure::RatioTo(to) => {
                let found = self.ratios.iter().find(|(name, _)| *name == to);
                found.and_then(|(_, rounds)| median(rounds))
            }
            Figure::Spread => Some(self.millis(0.99)? / self.millis(0.5)?),
            Figure::P50 => self.millis(0.5),
            Figure::P99 => self.millis(0.99),
            Figure::Resident => self.memory.map(|(now, _)| now),
        }
    }

    /// The generator's share of the one core it can use.
    fn generator_share(&self) -> Option<f64> {
        self.cpu.known().map(|cpu| cpu.generator / cpu.seconds)
    }

    fn all_cores(&self, cores: usize) -> Option<f64> {
        let used =
            |cpu: &Spent| (cpu.generator + cpu.server + cpu.database) / cpu.seconds / cores as f64;
        self.cpu.known().map(used)
    }

    fn others(&self, cores: usize) -> Option<f64> {
        let used = |cpu: &Spent| cpu.others / cpu.seconds / cores as f64;
        self.cpu.known().map(used)
    }

    fn cells(&self, cores: usize) -> Vec<String> {
        let cpu = self.cpu.known();
        vec![
            self.name.clone(),
            show(self.connections, |number| number.to_string()),
            show(self.rate(), thousands),
            show(self.millis(0.5), three_digits),
            show(self.millis(0.99), three_digits),
            self.ratio_text(),
            show(median(&self.server_ratio), |value| format!("{value:.2}")),
            show(self.memory, |(now, peak)| format!("{now:.1} ({peak:.1})")),
            show(cpu, |cpu| format!("{:.2}", cpu.generator)),
            show(cpu, |cpu| format!("{:.2}+{:.2}", cpu.server, cpu.later)),
            show(self.all_cores(cores), percent),
            show(self.others(cores), percent),
            show(cpu, |cpu| format!("{:.1}", cpu.micros(cpu.generator))),
            show(cpu, |cpu| {
                format!("{:.1}", cpu.micros(cpu.server + cpu.later))
            }),
            show(cpu.filter(|cpu| cpu.database > 0.0), |cpu| {
                format!("{:.1}", cpu.micros(cpu.database))
            }),
            self.goals_text(),
        ]
    }

    fn ratio_text(&self) -> String {
        let text = |(to, rounds): &(&str, Vec<f64>)| {
            let low = rounds.iter().copied().fold(f64::INFINITY, f64::min);
            let high = rounds.iter().copied().fold(0.0, f64::max);
            let middle = median(rounds).unwrap_or(0.0);
            format!("{middle:.2} × {to} ({low:.2}–{high:.2})")
        };
        let texts: Vec<String> = self.ratios.iter().map(text).collect();
        texts.join(", ")
    }

    fn goals_text(&self) -> String {
        let texts = self.goals.iter().map(|&(figure, bound)| {
            let (sign, limit) = match bound {
                Bound::AtLeast(limit) => ("≥", limit),
                Bound::AtMost(limit) => ("≤", limit),
            };
            let name = match figure {
                Figure::Ratio => "ratio",
                Figure::RatioTo(to) => to,
                Figure::Spread => "p99/p50",
                Figure::P50 => "p50",
                Figure::P99 => "p99",
                Figure::Resident => "MiB",
            };
            let met = if self.met(figure, bound) {
                "met"
            } else {
                "MISSED"
            };
            format!("{name} {sign} {limit} {met}")
        });
        texts.collect::<Vec<_>>().join(", ")
    }

    fn met(&self, figure: Figure, bound: Bound) -> bool {
        self.figure(figure).is_some_and(|value| match bound {
            Bound::AtLeast(limit) => value >= limit,
            Bound::AtMost(limit) => value <= limit,
        })
    }

    fn json(&self, cores: usize) -> Value {
        let cpu = self.cpu.known();
        json!({
            "name": self.name,
            "of": match self.of {
                Of::Floor => "floor",
                Of::Product => "product",
                Of::Compared => "compared",
            },
            "connections": self.connections,
            "calls": (self.cpu.calls > 0).then_some(self.cpu.calls),
            "measured_seconds": (self.cpu.calls > 0).then_some(self.cpu.seconds),
            "calls_per_second": self.rate(),
            "calls_per_second_rounds": self.rates,
            "p50_ms": self.millis(0.5),
            "p99_ms": self.millis(0.99),
            "max_ms": self.millis(1.0),
            "ratio": self.figure(Figure::Ratio),
            "ratio_to": self.ratios.first().map(|(to, _)| to),
            "ratio_rounds": self.ratios.first().map(|(_, rounds)| rounds),
            "more_ratios": self.ratios.iter().skip(1).map(|(to, rounds)| {
                json!({"to": to, "ratio": median(rounds), "rounds": rounds})
            }).collect::<Vec<_>>(),
            "ratio_by_server_cpu": median(&self.server_ratio),
            "resident_mib": self.memory.map(|(now, _)| now),
            "resident_peak_mib": self.memory.map(|(_, peak)| peak),
            "generator_cpu_seconds": cpu.map(|cpu| cpu.generator),
            "server_cpu_seconds": cpu.map(|cpu| cpu.server),
            "server_cpu_seconds_put_off": cpu.map(|cpu| cpu.later),
            "generator_and_server_share_of_cores": self.all_cores(cores),
            "others_share_of_cores": self.others(cores),
            "generator_cpu_us_per_call": cpu.map(|cpu| cpu.micros(cpu.generator)),
            "server_cpu_us_per_call": cpu.map(|cpu| cpu.micros(cpu.server + cpu.later)),
            "database_cpu_us_per_call": cpu.map(|cpu| cpu.micros(cpu.database)),
            "goals": self.goals_text(),
            "goals_met": self.goals.iter().all(|&(figure, bound)| self.met(figure, bound)),
        })
    }
}

pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        even if even % 2 == 0 => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        _ => Some(sorted[middle]),
    }
}

const HEADINGS: [&str; 16] = [
    "row",
    "conns",
    "calls/s",
    "p50 ms",
    "p99 ms",
    "ratio (rounds)",
    "by CPU",
    "MiB (peak)",
    "gen s",
    "server s",
    "cores",
    "others",
    "gen µs",
    "srv µs",
    "db µs",
    "goal",
];

pub(crate) fn table(rows: &[Row], cores: usize) -> String {
    let mut lines = vec![HEADINGS.map(String::from).to_vec()];
    lines.extend(rows.iter().map(|row| row.cells(cores)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    // What no row has is not shown.
    let shown: Vec<bool> = (0..HEADINGS.len())
        .map(|column| lines[1..].iter().any(|line| !line[column].is_empty()))
        .collect();
    lines.insert(1, widths.iter().map(|&width| "-".repeat(width)).collect());
    let mut text = String::new();
    for line in lines {
        let padded = line
            .iter()
            .zip(&widths)
            .enumerate()
            .filter(|(column, _)| shown[*column])
            .map(|(column, (cell, &width))| {
                // Words to the left, numbers to the right.
                match column {
                    0 | 5 | 15 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                }
            });
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(crate) fn json(rows: &[Row], cores: usize) -> Value {
    rows.iter().map(|row| row.json(cores)).collect()
}

/// How one knows whether the generator was the bottleneck, and whether the machine was ours.
pub(crate) fn generator_statement(rows: &[Row], cores: usize) -> Vec<String> {
    let most = |of: Of, figure: &dyn Fn(&Row) -> Option<f64>| {
        let known = |row: &&Row| row.of == of && row.cpu.known().is_some();
        let figures = rows
            .iter()
            .filter(known)
            .filter_map(|row| Some((row, figure(row)?)));
        figures.max_by(|(_, a), (_, b)| a.total_cmp(b))
    };
    let named = |row: &Row| {
        let connections = row.connections.unwrap_or(0);
        format!("\"{}\" at {connections} connections", row.name)
    };
    let mut notes = Vec::new();
    let fastest = (most(Of::Floor, &Row::rate), most(Of::Product, &Row::rate));
    if let (Some((floor, top)), Some((product, rate))) = fastest {
        let micros = floor.cpu.micros(floor.cpu.generator);
        let alone = 1e6 / micros;
        notes.push(format!(
            "Generator: one thread. It drove {} at {} calls/s for {micros:.1} µs of its CPU a \
             call, so with a core to itself it could send {} calls/s, {:.2} times the fastest \
             product row ({}, {} calls/s).",
            named(floor),
            thousands(top),
            thousands(alone),
            alone / rate,
            named(product),
            thousands(rate),
        ));
    }
    if let Some((row, share)) = most(Of::Product, &Row::generator_share) {
        notes.push(format!(
            "In product rows it was busy for at most {} of its one core ({}) and otherwise waited \
             for answers or for a core. Server and generator share {cores} cores: where their sum \
             (cores) nears 100 %, the machine is the limit; floor and product then both pay the \
             generator, and \"by CPU\" is the share of the floor without it.",
            percent(share),
            named(row),
        ));
        if share > 0.85 {
            notes.push(format!(
                "WARNING: in {} the generator had hardly any time left; the rate may be its own.",
                named(row)
            ));
        }
    }
    let others: Vec<f64> = rows.iter().filter_map(|row| row.others(cores)).collect();
    if let Some(middle) = median(&others) {
        let highest = others.iter().copied().fold(0.0, f64::max);
        notes.push(format!(
            "{}Everything else on this machine took {} of the cores (median row), {} at most.",
            if highest > 0.1 {
                "WARNING, disturbed run: "
            } else {
                ""
            },
            percent(middle),
            percent(highest),
        ));
    }
    notes
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn show<T>(value: Option<T>, form: impl Fn(T) -> String) -> String {
    value.map(form).unwrap_or_default()
}

/// Three significant digits, for milliseconds from 0.02 to 2,000.
fn three_digits(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{value:.3}"),
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// Whole numbers with commas.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Bound, Figure, Of, Row, median, table, thousands, three_digits};

    #[test]
    fn medians_and_numbers_as_people_read_them() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(thousands(1_234_567.4), "1,234,567");
        assert_eq!(thousands(12.0), "12");
        assert_eq!(three_digits(0.1234), "0.123");
        assert_eq!(three_digits(123.4), "123");
    }

    #[test]
    fn a_row_shows_its_ratio_and_its_goals() {
        let mut row = Row::new(Of::Product, "invite", Some(64));
        row.goal(Figure::Ratio, Bound::AtLeast(0.5));
        row.goal(Figure::P99, Bound::AtMost(1.0));
        for ratio in [0.4, 0.6, 0.7] {
            row.ratio("floor", ratio);
        }
        row.record(2_000_000);
        let text = table(&[row], 2);
        assert!(text.contains("0.60 × floor (0.40–0.70)"), "{text}");
        assert!(text.contains("ratio ≥ 0.5 met, p99 ≤ 1 MISSED"), "{text}");
    }
}

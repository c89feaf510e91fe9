//! Where spans go: settings of ours, and before the file the variables that OpenTelemetry has for it.

use super::{
    Layers, Set, Source, default,
    layers::{Found, place},
    optional,
};
use crate::exit::Usage;
use anyhow::Result;
use guestlist_server::{Otlp, Pairs, Sampler};
use std::path::PathBuf;

const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const CERTIFICATE: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];
const HEADERS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];
const PROTOCOL: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SERVICE: &str = "OTEL_SERVICE_NAME";

/// What is set of traces.
#[derive(Debug)]
pub(crate) struct Traces {
    /// Absent: nothing is traced.
    pub(crate) to: Set<Option<Otlp>>,
    pub(crate) sampler: Set<Sampler>,
    /// Who vouches for the collector's certificate beside those the system trusts.
    pub(crate) ca: Set<Option<PathBuf>>,
}

impl Traces {
    pub(super) fn read(layers: &Layers<'_>) -> Result<Self> {
        let sampler = sampler(layers)?;
        let mut to = to(layers)?.unwrap_or(default(None));
        if let Some(otlp) = to.value.take() {
            let mut otlp = described(layers, otlp)?;
            otlp.sampler = sampler.value;
            to.value = Some(otlp);
        }
        Ok(Self {
            to,
            sampler,
            ca: optional(layers.path_or("traces_ca", &CERTIFICATE)?),
        })
    }
}

/// The address, or that there is none.
fn to(layers: &Layers<'_>) -> Result<Option<Set<Option<Otlp>>>> {
    let is = |name: &str, value: &str| {
        let set = layers.variable(name);
        set.is_some_and(|(set, _)| {
            set.to_str()
                .is_some_and(|set| set.eq_ignore_ascii_case(value))
        })
    };
    let standard: &[&str] = match () {
        () if is(DISABLED, "true") => &[DISABLED],
        () if is(EXPORTER, "none") => &[EXPORTER],
        () => &[ENDPOINT, BASE],
    };
    let Some((raw, source)) = layers.given_or("traces", standard) else {
        return Ok(None);
    };
    let text = raw.to_str().map(str::trim).unwrap_or_default();
    let of = |name: &str| matches!(&source, Source::Variable(set) if set == name);
    let read = match text {
        _ if of(DISABLED) || of(EXPORTER) => Ok(None),
        "off" => Ok(None),
        at if of(ENDPOINT) => Otlp::at(at).map(Some),
        below => Otlp::below(below).map(Some),
    };
    // A password may have been written into it.
    let value = read.map_err(|why| Usage(format!("{}: {why}", place(&source, "traces"))))?;
    if value.is_some()
        && let Some((protocol, name)) = first(layers, &PROTOCOL)?
        && !["http/json", "http/protobuf"].contains(&protocol.as_str())
    {
        return Err(Usage(format!(
            "{name}: {protocol:?}: spans are sent as JSON over HTTP (http/json)"
        ))
        .into());
    }
    Ok(Some(Set { value, source }))
}

fn sampler(layers: &Layers<'_>) -> Result<Set<Sampler>> {
    let Some((raw, source)) = layers.given_or("traces_sampler", &[SAMPLER]) else {
        return Ok(default(Sampler::default()));
    };
    let mut text = raw.to_string_lossy().into_owned();
    if source == Source::Variable(SAMPLER.to_owned())
        && text.ends_with("traceidratio")
        && let Some((ratio, _)) = first(layers, &[SAMPLER_ARG])?
    {
        text = format!("{text}={ratio}");
    }
    let read = text.parse();
    let value = read.map_err(|why: String| {
        Usage(format!(
            "{}: {text:?}: {why}",
            place(&source, "traces_sampler")
        ))
    })?;
    Ok(Set { value, source })
}

/// With the headers it is sent with, and what the server says of itself.
fn described(layers: &Layers<'_>, mut otlp: Otlp) -> Result<Otlp> {
    let wrong = |name: &str, why: String| Usage(format!("{name}: {why}"));
    if let Some((text, name)) = first(layers, &HEADERS)? {
        let headers: Pairs = text.parse().map_err(|why| wrong(name, why))?;
        otlp = otlp
            .with_headers(&headers)
            .map_err(|why| wrong(name, why))?;
    }
    if let Some((text, name)) = first(layers, &[RESOURCE])? {
        otlp = otlp.with_resource(text.parse().map_err(|why| wrong(name, why))?);
    }
    if let Some((name, _)) = first(layers, &[SERVICE])? {
        otlp = otlp.with_resource(Pairs::one("service.name", &name));
    }
    Ok(otlp)
}

/// The first of these variables that is set.
fn first<'n>(layers: &Layers<'_>, names: &[&'n str]) -> Result<Option<(String, &'n str)>> {
    for name in names {
        let Some((raw, _)): Option<Found> = layers.variable(name) else {
            continue;
        };
        let text = raw.into_string();
        let text = text.map_err(|_| Usage(format!("{name}: is not text")))?;
        return Ok(Some((text, name)));
    }
    Ok(None)
}

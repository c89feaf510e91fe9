//! Settings: flags before variables before the file before defaults, each with its source.

mod file;
mod layers;
mod read;
#[cfg(test)]
mod tests;
#[cfg(feature = "otel")]
mod traces;

use crate::{control_token, exit::Usage, logs::Format, near, output};
use anyhow::Result;
use guestlist_domain::Timestamp;
use guestlist_methods::Limits;
use guestlist_server::{Away, Exposure, MailServer, PublicUrl, RateLimits, Redis, Sender};
use guestlist_store::{Clock, Postgres, world::time_text};
pub(crate) use layers::{Flags, Set, Source, Surroundings};
use layers::{Layers, variable};
use serde_json::{Map, json};
use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tracing_subscriber::filter::LevelFilter;

/// What can be set: in the file under this name, as `--max-body` and as `GUESTLIST_MAX_BODY`.
const KEYS: &[&str] = &[
    "data",
    "store",
    "world",
    "listen",
    "max_body",
    "read_timeout",
    "users_per_invite",
    "rate_limits",
    "limits",
    "limits_away",
    "public_url",
    "smtp",
    "smtp_ca",
    "mail_from",
    "app_ca",
    "threads",
    "remember",
    "clock",
    "seed",
    "metrics",
    "log",
    "log_format",
    #[cfg(feature = "otel")]
    "traces",
    #[cfg(feature = "otel")]
    "traces_sampler",
    #[cfg(feature = "otel")]
    "traces_ca",
];
/// Variables that are no settings of that kind.
const CONFIG: &str = "GUESTLIST_CONFIG";
const CONTROL_TOKEN: &str = "GUESTLIST_CONTROL_TOKEN";
/// Of commands that call a server.
pub(crate) const BASE_URL: &str = "GUESTLIST_BASE_URL";
pub(crate) const TOKEN: &str = "GUESTLIST_TOKEN";
/// Looked for in the working directory.
const FILE: &str = "guestlist.toml";

/// A text that is not shown.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

/// Every setting.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) data: Set<PathBuf>,
    /// A database elsewhere; absent: the one in the data directory.
    pub(crate) store: Set<Option<Postgres>>,
    pub(crate) world: Set<Option<PathBuf>>,
    pub(crate) listen: Set<SocketAddr>,
    pub(crate) max_body: Set<usize>,
    pub(crate) read_timeout: Set<Duration>,
    pub(crate) users_per_invite: Set<usize>,
    pub(crate) rate_limits: Set<RateLimits>,
    /// What counts calls for several servers.
    pub(crate) limits: Set<Option<Redis>>,
    pub(crate) limits_away: Set<Away>,
    /// Where people reach the server; where it listens when absent.
    pub(crate) public_url: Set<Option<PublicUrl>>,
    /// What letters are handed to; kept when absent. With a server there is a sender.
    pub(crate) smtp: Set<Option<MailServer>>,
    pub(crate) smtp_ca: Set<Option<PathBuf>>,
    pub(crate) mail_from: Set<Option<Sender>>,
    /// Who vouches for apps' certificates beside those the system trusts.
    pub(crate) app_ca: Set<Option<PathBuf>>,
    pub(crate) threads: Set<usize>,
    /// Bytes of the newest calls to hold for `guestlist why`.
    pub(crate) remember: Set<usize>,
    /// Where the world's time stands; absent: it goes on.
    pub(crate) clock: Set<Option<Timestamp>>,
    /// What chance follows from; absent: nothing.
    pub(crate) seed: Set<Option<Secret>>,
    pub(crate) metrics: Set<Exposure>,
    pub(crate) log: Set<LevelFilter>,
    pub(crate) log_format: Set<Format>,
    #[cfg(feature = "otel")]
    pub(crate) traces: traces::Traces,
    /// Absent: the one in the data directory.
    pub(crate) control_token: Set<Option<Secret>>,
    /// Variables that look like settings and are none.
    pub(crate) strangers: Vec<String>,
}

impl Config {
    /// Reads all layers and checks every value, used or not.
    pub(crate) fn read(flags: Flags, around: &Surroundings) -> Result<Self> {
        let layers = Layers {
            flags,
            variables: &around.variables,
            file: around.file()?,
        };
        let cores = || std::thread::available_parallelism().map_or(2, usize::from);
        let smtp = layers.secret("smtp", read::any::<MailServer>)?;
        let mail_from = layers.value("mail_from", read::any::<Sender>)?;
        if let (Some(smtp), None) = (&smtp, &mail_from) {
            return Err(Usage(format!(
                "{}: mail comes from somebody: `mail_from` is needed with `smtp`",
                smtp.source
            ))
            .into());
        }
        let limits = layers.secret("limits", read::any::<Redis>)?;
        let limits_away = layers.value("limits_away", read::any::<Away>)?;
        if let (Some(away), None) = (&limits_away, &limits) {
            return Err(Usage(format!(
                "{}: nothing can be away: `limits_away` is about `limits`, which is not set",
                away.source
            ))
            .into());
        }
        let store = layers.secret("store", read::any::<Postgres>)?;
        let seed = layers.secret("seed", read::seed)?;
        if let (Some(seed), Some(_)) = (&seed, &store) {
            return Err(Usage(format!(
                "{}: only calls of one server come out the same again: `seed` is for the store in the data \
                 directory",
                seed.source
            ))
            .into());
        }
        Ok(Self {
            data: layers
                .path("data")?
                .unwrap_or(default("guestlist-data".into())),
            store: optional(store),
            world: optional(layers.path("world")?),
            listen: layers
                .value("listen", read::address)?
                .unwrap_or(default(([127, 0, 0, 1], 3999).into())),
            max_body: layers
                .value("max_body", read::bytes)?
                .unwrap_or(default(1 << 20)),
            read_timeout: layers
                .value("read_timeout", read::seconds)?
                .unwrap_or(default(Duration::from_secs(10))),
            users_per_invite: layers
                .value("users_per_invite", read::users_per_invite)?
                .unwrap_or(default(Limits::default().users_per_invite)),
            rate_limits: layers
                .value("rate_limits", read::rate_limits)?
                .unwrap_or(default(RateLimits::Documented)),
            limits: optional(limits),
            limits_away: limits_away.unwrap_or(default(Away::default())),
            public_url: optional(layers.value("public_url", read::public_url)?),
            smtp: optional(smtp),
            smtp_ca: optional(layers.path("smtp_ca")?),
            mail_from: optional(mail_from),
            app_ca: optional(layers.path("app_ca")?),
            threads: match layers.value("threads", read::threads)? {
                Some(set) => set,
                None => default(cores()),
            },
            remember: layers
                .value("remember", read::bytes_or_none)?
                .unwrap_or(default(4 << 20)),
            clock: optional(layers.value("clock", read::time)?),
            seed: optional(seed),
            metrics: layers
                .value("metrics", read::exposure)?
                .unwrap_or(default(Exposure::Here)),
            log: layers
                .value("log", read::level)?
                .unwrap_or(default(LevelFilter::INFO)),
            log_format: layers
                .value("log_format", read::log_format)?
                .unwrap_or(default(Format::Human)),
            #[cfg(feature = "otel")]
            traces: traces::Traces::read(&layers)?,
            control_token: control_token(around)?,
            strangers: strangers(around.variables.keys()),
        })
    }

    /// Setting, value, source.
    fn rows(&self) -> Vec<(&'static str, String, &Source)> {
        let world = self
            .world
            .value
            .as_deref()
            .map_or("the sample, into an empty store".to_owned(), show_path);
        let store = match &self.store.value {
            Some(postgres) => postgres.place(),
            None => "the one in the data directory".to_owned(),
        };
        let or_else = |value: Option<String>, text: &str| value.unwrap_or_else(|| text.to_owned());
        let text = |value: &dyn ToString| value.to_string();
        let limits = self.limits.value.as_ref().map(|redis| text(redis));
        let limits = or_else(limits, "the store, if it is shared");
        let public_url = self.public_url.value.as_ref().map(|url| text(url));
        let public_url = or_else(public_url, "where it listens");
        let smtp = self.smtp.value.as_ref().map(|smtp| text(smtp));
        let smtp = or_else(smtp, "none: letters are kept");
        let trusted = |file: &Option<PathBuf>| {
            or_else(file.as_deref().map(show_path), "what the system trusts")
        };
        let smtp_ca = trusted(&self.smtp_ca.value);
        let app_ca = trusted(&self.app_ca.value);
        let mail_from = self.mail_from.value.as_ref().map(|sender| text(sender));
        let mail_from = or_else(mail_from, "nobody");
        let clock = or_else(self.clock.value.map(time_text), "the machine's");
        let seed = or_else(
            self.seed.value.as_ref().map(|_| "(redacted)".to_owned()),
            "chance",
        );
        let control_token = match self.control_token.value {
            Some(_) => "(redacted)".to_owned(),
            None => format!(
                "the one in {}",
                control_token::file(&self.data.value).display()
            ),
        };
        vec![
            ("data", show_path(&self.data.value), &self.data.source),
            ("store", store, &self.store.source),
            ("world", world, &self.world.source),
            ("listen", self.listen.value.to_string(), &self.listen.source),
            (
                "max_body",
                self.max_body.value.to_string(),
                &self.max_body.source,
            ),
            (
                "read_timeout",
                self.read_timeout.value.as_secs_f64().to_string(),
                &self.read_timeout.source,
            ),
            (
                "users_per_invite",
                self.users_per_invite.value.to_string(),
                &self.users_per_invite.source,
            ),
            (
                "rate_limits",
                self.rate_limits.value.to_string(),
                &self.rate_limits.source,
            ),
            ("limits", limits, &self.limits.source),
            (
                "limits_away",
                self.limits_away.value.to_string(),
                &self.limits_away.source,
            ),
            ("public_url", public_url, &self.public_url.source),
            ("smtp", smtp, &self.smtp.source),
            ("smtp_ca", smtp_ca, &self.smtp_ca.source),
            ("mail_from", mail_from, &self.mail_from.source),
            ("app_ca", app_ca, &self.app_ca.source),
            (
                "threads",
                self.threads.value.to_string(),
                &self.threads.source,
            ),
            (
                "remember",
                self.remember.value.to_string(),
                &self.remember.source,
            ),
            ("clock", clock, &self.clock.source),
            ("seed", seed, &self.seed.source),
            (
                "metrics",
                match self.metrics.value {
                    Exposure::Here => "on".to_owned(),
                    Exposure::Off => "off".to_owned(),
                    Exposure::At(address) => address.to_string(),
                },
                &self.metrics.source,
            ),
            ("log", self.log.value.to_string(), &self.log.source),
            (
                "log_format",
                self.log_format.value.to_string(),
                &self.log_format.source,
            ),
            #[cfg(feature = "otel")]
            (
                "traces",
                or_else(self.traces.to.value.as_ref().map(|otlp| text(otlp)), "off"),
                &self.traces.to.source,
            ),
            #[cfg(feature = "otel")]
            (
                "traces_sampler",
                self.traces.sampler.value.to_string(),
                &self.traces.sampler.source,
            ),
            #[cfg(feature = "otel")]
            (
                "traces_ca",
                trusted(&self.traces.ca.value),
                &self.traces.ca.source,
            ),
            ("control_token", control_token, &self.control_token.source),
        ]
    }

    /// The clock of the store's world.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.value.map_or_else(Clock::default, Clock::stopped)
    }

    /// Where links to the server lead, if it listens where it is told to.
    pub(crate) fn site(&self) -> String {
        match &self.public_url.value {
            Some(url) => url.to_string(),
            None => format!("http://{}", self.listen.value),
        }
    }

    /// Tells people of variables that do nothing.
    pub(crate) fn note_strangers(&self) {
        for name in &self.strangers {
            output::note(&format!("warning: {name} is no setting and does nothing"));
        }
    }
}

fn show_path(path: &Path) -> String {
    path.display().to_string()
}

fn optional<T>(set: Option<Set<T>>) -> Set<Option<T>> {
    set.map_or(default(None), |set| Set {
        value: Some(set.value),
        source: set.source,
    })
}

fn default<T>(value: T) -> Set<T> {
    Set {
        value,
        source: Source::Default,
    }
}

/// Unknown variables are told and no errors: a container platform sets some of its own, as
/// `GUESTLIST_PORT` beside a service of this name.
fn strangers<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    let known: Vec<String> = KEYS
        .iter()
        .map(|key| variable(key))
        .chain([CONFIG, CONTROL_TOKEN, BASE_URL, TOKEN].map(str::to_owned))
        .collect();
    names
        .filter(|name| name.starts_with("GUESTLIST_") && !known.contains(name))
        .cloned()
        .collect()
}

/// A variable only: a secret on the command line can be seen by others, and one in a file
/// would lie beside settings that are meant to be shared.
fn control_token(around: &Surroundings) -> Result<Set<Option<Secret>>> {
    let Some(raw) = around.variables.get(CONTROL_TOKEN) else {
        return Ok(default(None));
    };
    let Some(text) = raw.to_str().filter(|text| control_token::is_token(text)) else {
        return Err(Usage(format!("{CONTROL_TOKEN}: {}", control_token::FORM)).into());
    };
    Ok(Set {
        value: Some(Secret(text.to_owned())),
        source: Source::Variable(CONTROL_TOKEN.to_owned()),
    })
}

/// What to say of a key nobody knows.
fn unknown_key(key: &str) -> String {
    match near::names(key, KEYS.iter().copied()).first() {
        Some(near) => format!("there is no setting `{key}`; did you mean `{near}`?"),
        None => format!("there is no setting `{key}`; there are {}", KEYS.join(", ")),
    }
}

/// `guestlist config`.
pub(crate) fn show(config: &Config, as_json: bool) -> Result<()> {
    config.note_strangers();
    let rows = config.rows();
    if as_json {
        let settings = rows.into_iter().map(|(key, value, source)| {
            let layer = match source {
                Source::Flag(_) => "flag",
                Source::Variable(_) => "variable",
                Source::File(..) => "file",
                Source::Default => "default",
            };
            (
                key.to_owned(),
                json!({"value": value, "layer": layer, "source": source.to_string()}),
            )
        });
        return output::print_json(&settings.collect::<Map<_, _>>());
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(key, value, source)| vec![key.to_owned(), value, source.to_string()])
        .collect();
    output::print(&output::table(&["SETTING", "VALUE", "SOURCE"], &rows))
}

//! Where calls go: base URL, token, proxy, certificates, patience.

use super::{
    args::TargetArgs,
    outcome::{AUTH, ended},
    parameters::without_mark,
};
use crate::{
    config::{BASE_URL, Secret, TOKEN},
    exit::Usage,
    output::{self, note},
};
use anyhow::{Context, Result};
use guestlist_client::{ANSWER_TIMEOUT, CONNECT_TIMEOUT, Client, Policy, redacted};
use serde_json::Value;
use std::{
    env, fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};
use tracing_subscriber::{filter::LevelFilter, fmt::format::FmtSpan};

const DEFAULT_BASE_URL: &str = "http://127.0.0.1:3999/api";
/// What scripts for Slack have set.
const SLACK_TOKEN: &str = "SLACK_TOKEN";

/// What one command does unless told otherwise.
pub(super) struct Usual {
    pub(super) answer_timeout: Duration,
    pub(super) policy: Policy,
    /// Within the rate limit.
    pub(super) paced: bool,
}

impl Usual {
    pub(super) fn call() -> Self {
        Self {
            answer_timeout: ANSWER_TIMEOUT,
            policy: Policy::default(),
            paced: false,
        }
    }

    /// A long job outlives a restart of the server and waits whatever it is told to.
    pub(super) fn job() -> Self {
        Self {
            answer_timeout: Duration::from_secs(60),
            policy: Policy {
                tries: 100,
                total: Duration::from_secs(600),
            },
            paced: true,
        }
    }
}

/// Where calls go.
pub(super) struct Target {
    pub(super) base_url: String,
    pub(super) token: Option<Secret>,
    pub(super) client: Client,
}

impl Target {
    pub(super) fn read(args: &TargetArgs, usual: &Usual) -> Result<Self> {
        trace(match (args.verbose, usual.paced) {
            (true, _) => LevelFilter::INFO,
            (false, true) => LevelFilter::WARN,
            (false, false) => LevelFilter::OFF,
        });
        let base_url = args.base_url.clone().or_else(|| variable(BASE_URL));
        let base_url = base_url.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned());
        let token = token(args.token_file.as_deref())?;
        let mut policy = usual.policy;
        policy.total = args.max_time.unwrap_or(policy.total);
        policy.tries = args.max_tries.unwrap_or(policy.tries);
        let mut client = Client::builder(&base_url)
            .connect_timeout(args.connect_timeout.unwrap_or(CONNECT_TIMEOUT))
            .answer_timeout(args.answer_timeout.unwrap_or(usual.answer_timeout))
            .policy(policy);
        if let Some(token) = &token {
            output::hide(&token.0);
            client = client.token(&token.0);
        }
        if let Some(proxy) = &args.proxy {
            client = client.proxy(proxy);
        }
        for file in &args.ca {
            let pem = fs::read(file);
            client = client.ca(&pem.with_context(|| format!("{} cannot be read", file.display()))?);
        }
        if usual.paced {
            client = client.paced();
        }
        let client = client.build().map_err(|error| Usage(error.to_string()))?;
        if token.is_some() && client.is_open() {
            note(&format!(
                "warning: {base_url} is not encrypted: others may read the token on its way"
            ));
        }
        Ok(Self {
            base_url,
            token,
            client,
        })
    }

    /// Fails without a token.
    pub(super) fn need_token(&self) -> Result<()> {
        match self.token {
            Some(_) => Ok(()),
            None => Err(ended(
                AUTH,
                format!(
                    "there is no token: set {TOKEN} or {SLACK_TOKEN}, or name a file with --token-file"
                ),
            )),
        }
    }

    /// A text without the token, should whoever answered have repeated it.
    pub(super) fn redacted(&self, text: String) -> String {
        match &self.token {
            Some(Secret(token)) => redacted(&text, token),
            None => text,
        }
    }

    /// The same of each text in a JSON value.
    pub(super) fn redacted_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.redacted(text).into(),
            Value::Array(entries) => {
                let entries = entries.into_iter().map(|entry| self.redacted_json(entry));
                entries.collect()
            }
            Value::Object(fields) => {
                let clean = |(name, value)| (self.redacted(name), self.redacted_json(value));
                Value::Object(fields.into_iter().map(clean).collect())
            }
            other => other,
        }
    }
}

/// An empty variable counts as none.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Never from the command line, which others can see.
fn token(file: Option<&Path>) -> Result<Option<Secret>> {
    let text = match file {
        Some(file) if file == Path::new("-") => {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .context("the token cannot be read from stdin")?;
            Some(text)
        }
        Some(file) => {
            let text = fs::read_to_string(file);
            Some(text.with_context(|| format!("{}: the token cannot be read", file.display()))?)
        }
        None => variable(TOKEN).or_else(|| variable(SLACK_TOKEN)),
    };
    let Some(text) = text else { return Ok(None) };
    let text = without_mark(&text).trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ended(
            AUTH,
            "the token is empty or has characters that no token has",
        ));
    }
    Ok(Some(Secret(text.to_owned())))
}

/// Decisions go to stderr, as they are made.
fn trace(level: LevelFilter) {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::NONE)
        .with_target(false)
        .with_level(false)
        .without_time()
        .with_ansi(false)
        .with_writer(|| output::Trace);
    // There is one already only in tests.
    let _ = subscriber.try_init();
}

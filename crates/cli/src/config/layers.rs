//! The layers that settings come from.

use super::{CONFIG, FILE, file::File};
use crate::exit::Usage;
use anyhow::Result;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, iter,
    path::{Path, PathBuf},
};

/// Values of flags as they were typed.
#[derive(Debug, Default)]
pub(crate) struct Flags(pub(super) BTreeMap<&'static str, OsString>);

impl Flags {
    pub(crate) fn add(&mut self, key: &'static str, value: &Option<OsString>) {
        if let Some(value) = value {
            self.0.insert(key, value.clone());
        }
    }
}

/// What a process finds around it.
pub(crate) struct Surroundings {
    pub(super) config: Option<PathBuf>,
    pub(super) variables: BTreeMap<String, OsString>,
    pub(super) directory: PathBuf,
}

impl Surroundings {
    /// The variables and working directory of this process, and what `--config` names. Of OpenTelemetry's
    /// variables, which other programs share, only for whoever `serves`.
    pub(crate) fn of_this_process(config: Option<PathBuf>, serves: bool) -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        // An empty variable counts as none: that is how Compose files and scripts pass "not set".
        let ours = variables.filter(|(name, value)| {
            let counts = name.starts_with("GUESTLIST_") || (serves && name.starts_with("OTEL_"));
            counts && !value.is_empty()
        });
        Self {
            config,
            variables: ours.collect(),
            directory: PathBuf::new(),
        }
    }

    pub(super) fn file(&self) -> Result<Option<File>> {
        if let Some(path) = self
            .config
            .clone()
            .or_else(|| self.variables.get(CONFIG).map(PathBuf::from))
        {
            return File::read(&path).map(Some);
        }
        let path = self.directory.join(FILE);
        if path.exists() {
            File::read(&path).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag.
    Flag(String),
    /// A variable.
    Variable(String),
    /// A file's line.
    File(PathBuf, usize),
    /// Nothing says otherwise.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and its source.
#[derive(Clone, Debug)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// One setting's variable.
pub(super) fn variable(key: &str) -> String {
    format!("GUESTLIST_{}", key.to_uppercase())
}

/// What was given, by layer.
pub(super) struct Layers<'a> {
    pub(super) flags: Flags,
    pub(super) variables: &'a BTreeMap<String, OsString>,
    pub(super) file: Option<File>,
}

/// A value as it was given, and its source.
pub(super) type Found = (OsString, Source);

impl Layers<'_> {
    fn given(&self, key: &str) -> Option<Found> {
        self.given_or(key, &[])
    }

    /// The same; variables of these names come after ours and before the file.
    pub(super) fn given_or(&self, key: &str, others: &[&str]) -> Option<Found> {
        if let Some(value) = self.flags.0.get(key) {
            return Some((
                value.clone(),
                Source::Flag(format!("--{}", key.replace('_', "-"))),
            ));
        }
        let ours = variable(key);
        let mut names = iter::once(ours.as_str()).chain(others.iter().copied());
        if let Some(found) = names.find_map(|name| self.variable(name)) {
            return Some(found);
        }
        let file = self.file.as_ref()?;
        let (value, line) = file.values.get(key)?;
        Some((value.into(), Source::File(file.path.clone(), *line)))
    }

    /// A variable of this very name.
    pub(super) fn variable(&self, name: &str) -> Option<Found> {
        let value = self.variables.get(name)?.clone();
        Some((value, Source::Variable(name.to_owned())))
    }

    pub(super) fn value<T>(
        &self,
        key: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<Option<Set<T>>> {
        let Some((raw, source)) = self.given(key) else {
            return Ok(None);
        };
        let read = raw.to_str().ok_or("is not text".to_owned()).and_then(read);
        let value = read.map_err(|why| wrong(&source, key, &raw, &why))?;
        Ok(Some(Set { value, source }))
    }

    /// The same of what may have a password in it: it is shown nowhere.
    pub(super) fn secret<T>(
        &self,
        key: &str,
        read: fn(&str) -> Result<T, String>,
    ) -> Result<Option<Set<T>>> {
        let Some((raw, source)) = self.given(key) else {
            return Ok(None);
        };
        let read = raw.to_str().ok_or("is not text".to_owned()).and_then(read);
        let value = read.map_err(|why| Usage(format!("{}: {why}", place(&source, key))))?;
        Ok(Some(Set { value, source }))
    }

    /// A path in the file starts where the file lies; any other in the working directory.
    pub(super) fn path(&self, key: &str) -> Result<Option<Set<PathBuf>>> {
        self.path_or(key, &[])
    }

    /// The same; variables of these names come after ours and before the file.
    pub(super) fn path_or(&self, key: &str, others: &[&str]) -> Result<Option<Set<PathBuf>>> {
        let Some((raw, source)) = self.given_or(key, others) else {
            return Ok(None);
        };
        if raw.is_empty() {
            return Err(wrong(&source, key, &raw, "a path is not empty"));
        }
        let value = match &source {
            Source::File(file, _) => file.parent().unwrap_or(Path::new("")).join(&raw),
            _ => PathBuf::from(raw),
        };
        Ok(Some(Set { value, source }))
    }
}

fn wrong(source: &Source, key: &str, raw: &OsStr, why: &str) -> anyhow::Error {
    Usage(format!("{}: {raw:?}: {why}", place(source, key))).into()
}

pub(super) fn place(source: &Source, key: &str) -> String {
    match source {
        Source::File(..) => format!("{source}: {key}"),
        _ => source.to_string(),
    }
}

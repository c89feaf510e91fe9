//! The settings file.

use super::{KEYS, unknown_key};
use crate::exit::Usage;
use anyhow::{Context, Result};
use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::de::{DeTable, DeValue};

/// A settings file as it was read: values as text, each with its line.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<&'static str, (String, usize)>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            Usage(format!(
                "{}: the settings file cannot be read",
                path.display()
            ))
        })?;
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self> {
        let line = |span: Range<usize>| {
            1 + text[..span.start]
                .bytes()
                .filter(|byte| *byte == b'\n')
                .count()
        };
        let wrong = |line: usize, why: &str| Usage(format!("{}:{line}: {why}", path.display()));
        let table = DeTable::parse(text)
            .map_err(|error| wrong(line(error.span().unwrap_or_default()), error.message()))?
            .into_inner();
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let at = line(key.span());
            let Some(known) = KEYS
                .iter()
                .copied()
                .find(|known| *known == key.get_ref().as_ref())
            else {
                return Err(wrong(at, &unknown_key(key.get_ref())).into());
            };
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Float(number) => number.to_string(),
                other => {
                    let why = format!(
                        "{known}: a setting is a text or a number, not a TOML {}",
                        other.type_str()
                    );
                    return Err(wrong(at, &why).into());
                }
            };
            values.insert(known, (text, at));
        }
        Ok(Self {
            path: path.to_owned(),
            values,
        })
    }
}

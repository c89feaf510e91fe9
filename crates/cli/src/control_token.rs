//! The control token: made at first start, readable only by its owner.

use crate::config::{Config, Secret};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Where it is kept.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join("control-token")
}

/// The token of the server that holds the data directory.
pub(crate) fn known(config: &Config) -> Result<Secret> {
    if let Some(token) = &config.control_token.value {
        return Ok(token.clone());
    }
    let path = file(&config.data.value);
    match read(&path)? {
        Some(token) => Ok(token),
        None => bail!(
            "{}: there is no control token; set GUESTLIST_CONTROL_TOKEN to the server's",
            path.display()
        ),
    }
}

/// The token to serve with. The data directory must be held.
pub(crate) fn ensure(config: &Config) -> Result<Secret> {
    if let Some(token) = &config.control_token.value {
        return Ok(token.clone());
    }
    let path = file(&config.data.value);
    match read(&path)? {
        Some(token) => Ok(token),
        None => make(&path)
            .with_context(|| format!("{}: the control token cannot be written", path.display())),
    }
}

/// An empty file is what a crash can leave, and counts as none.
fn read(path: &Path) -> Result<Option<Secret>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(|text| Secret(text.to_owned()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error)
            .with_context(|| format!("{}: the control token cannot be read", path.display())),
    }
}

fn make(path: &Path) -> Result<Secret> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    // Written aside and renamed, so that nobody ever reads half of it.
    let aside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(&aside)?
        .write_all(format!("{token}\n").as_bytes())?;
    fs::rename(&aside, path)?;
    Ok(Secret(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn made_once_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = file(directory.path());
        assert!(read(&path).unwrap().is_none());
        let made = make(&path).unwrap();
        assert_eq!(made.0.len(), 64);
        assert_eq!(read(&path).unwrap().unwrap().0, made.0);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&path, "\n").unwrap();
        assert!(read(&path).unwrap().is_none());
    }
}

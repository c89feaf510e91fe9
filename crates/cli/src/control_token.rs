//! The control token: made at first start, readable only by its owner.

use crate::{
    config::{Config, Secret},
    output::note,
};
use anyhow::{Context, Result, bail};
use guestlist_domain::hex;
use guestlist_store::private;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
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
            "{}: there is no control token; set GUESTLIST_CONTROL_TOKEN to the server's, or start the server again: it makes a new one",
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

/// What a control token has to be, wherever it comes from.
pub(crate) const FORM: &str = "a control token has 16 or more visible ASCII characters";

/// Whether a text is one.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|b| b.is_ascii_graphic())
}

/// An empty file is what a crash can leave, and counts as none.
fn read(path: &Path) -> Result<Option<Secret>> {
    match read_text(path) {
        Ok(text) => match text.trim() {
            "" => Ok(None),
            token if is_token(token) => Ok(Some(Secret(token.to_owned()))),
            _ => bail!(
                "{}: {FORM}; remove the file and start the server again: it makes a new one",
                path.display()
            ),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error)
            .with_context(|| format!("{}: the control token cannot be read", path.display())),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut file = private::open(path, OpenOptions::new().read(true))?;
    if private::is_open_to_others(&file)? {
        tighten(&file, path);
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Who could read it has the token still: it is said how to make another.
fn tighten(file: &File, path: &Path) {
    let place = path.display();
    let now = match private::close_to_others(file) {
        Ok(true) => {
            "now it is its owner's alone; remove it and restart the server for another token"
        }
        _ => {
            "it is for its owner to change that, and to remove it and restart the server for another token"
        }
    };
    note(&format!(
        "warning: {place}: other users could read the control token; {now}"
    ));
}

fn make(path: &Path) -> Result<Secret> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let token = hex(&random);
    // Written aside and renamed, so that nobody ever reads half of it.
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    private::open(&aside, OpenOptions::new().create_new(true).write(true))?
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

    /// The file may hold what nobody has to guess for long.
    #[test]
    fn one_of_the_file_is_no_worse_than_one_of_the_environment() {
        let directory = tempfile::tempdir().unwrap();
        let path = file(directory.path());
        for (text, good) in [
            ("a", false),
            ("fifteen-letters", false),
            ("two words, and many letters", false),
            ("sixteen--letters\n", true),
        ] {
            private::open(
                &path,
                OpenOptions::new().create(true).truncate(true).write(true),
            )
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
            match read(&path) {
                Ok(token) => assert!(good && token.unwrap().0 == text.trim(), "{text}"),
                Err(error) => {
                    let told = error.to_string();
                    assert!(!good && told.contains("remove the file"), "{text}: {told}");
                    assert!(told.starts_with(&path.display().to_string()), "{told}");
                }
            }
        }
    }
}

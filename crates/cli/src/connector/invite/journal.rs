//! What was done, on disk before and after each call, so that the same command can go on.
//!
//! Lines of JSON. The first says what the journal is of; then, for each call, whom it names before it
//! is sent, and what came of it. A line that a crash cut off is dropped.

use super::report::Outcome;
use crate::exit::Usage;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// What a journal is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) base_url: String,
    pub(super) channel: String,
    /// SHA-256 of the people as they were given.
    pub(super) people: String,
}

impl Job {
    pub(super) fn new<'p>(
        base_url: &str,
        channel: &str,
        people: impl Iterator<Item = &'p str>,
    ) -> Self {
        let mut hash = Sha256::new();
        for person in people {
            hash.update(person.as_bytes());
            hash.update([0]);
        }
        let people = hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            base_url: base_url.to_owned(),
            channel: channel.to_owned(),
            people,
        }
    }

    /// Where its journal is, unless told otherwise.
    pub(super) fn file(&self) -> PathBuf {
        let channel: String = self
            .channel
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        format!("guestlist-invite-{channel}-{}.journal", &self.people[..8]).into()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Job(Job),
    /// These are about to be invited.
    Sent(Vec<String>),
    /// This came of it.
    Came(Vec<(String, Outcome)>),
}

/// A journal in use. Nobody else may use it meanwhile.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// Who was named in a call, in whatever became of it.
    pub(super) sent: HashSet<String>,
    /// What is known of whom.
    pub(super) known: HashMap<String, Outcome>,
}

impl Journal {
    /// Opens it, or begins it.
    pub(super) fn open(path: &Path, job: &Job) -> Result<Self> {
        let failed = || format!("{}: the journal cannot be used", path.display());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).with_context(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!(
                    "{}: another guestlist is inviting with this journal",
                    path.display()
                )
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(failed)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut journal = Self {
            path: path.to_owned(),
            file,
            sent: HashSet::new(),
            known: HashMap::new(),
        };
        for (at, line) in text[..whole].lines().enumerate() {
            let line = serde_json::from_str(line).map_err(|error| {
                Usage(format!(
                    "{}:{}: this is no journal: {error}",
                    path.display(),
                    at + 1
                ))
            })?;
            match line {
                Line::Job(of) if of == *job => {}
                Line::Job(of) => {
                    return Err(Usage(format!(
                        "{}: this journal is of other people, another channel ({}) or another server ({}); \
                         --journal names another file",
                        path.display(),
                        of.channel,
                        of.base_url
                    ))
                    .into());
                }
                Line::Sent(people) => journal.sent.extend(people),
                Line::Came(people) => journal.known.extend(people),
            }
        }
        journal.file.set_len(whole as u64).with_context(failed)?;
        journal.file.seek(SeekFrom::End(0)).with_context(failed)?;
        if whole == 0 {
            journal.write(&Line::Job(job.clone()))?;
        }
        Ok(journal)
    }

    /// Remembers who is about to be invited.
    pub(super) fn sent(&mut self, people: &[String]) -> Result<()> {
        self.write(&Line::Sent(people.to_vec()))?;
        self.sent.extend(people.iter().cloned());
        Ok(())
    }

    /// Remembers what came of it.
    pub(super) fn came(&mut self, people: Vec<(String, Outcome)>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        self.write(&Line::Came(people.clone()))?;
        self.known.extend(people);
        Ok(())
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let written = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        written.with_context(|| format!("{}: the journal cannot be written", self.path.display()))
    }

    /// Removes it: all is done and told.
    pub(super) fn close(self) -> Result<()> {
        fs::remove_file(&self.path)
            .with_context(|| format!("{}: the journal cannot be removed", self.path.display()))
    }

    /// Whether nothing was sent and nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty() && self.known.is_empty()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_known_again() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("j");
        let job = Job::new("http://x/api", "C1", ["U1", "U2"].into_iter());
        let mut journal = Journal::open(&path, &job).unwrap();
        let busy = Journal::open(&path, &job).err().unwrap().to_string();
        assert!(busy.contains("another guestlist"), "{busy}");
        journal.sent(&["U1".to_owned(), "U2".to_owned()]).unwrap();
        let refused = Outcome::Refused("user_not_found".to_owned());
        journal
            .came(vec![("U2".to_owned(), refused.clone())])
            .unwrap();
        drop(journal);

        // A crash in the middle of a line.
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"sent\":[\"U9")).unwrap();
        let mut journal = Journal::open(&path, &job).unwrap();
        assert_eq!(journal.sent.len(), 2);
        assert_eq!(journal.known, HashMap::from([("U2".to_owned(), refused)]));
        journal
            .came(vec![("U1".to_owned(), Outcome::Added)])
            .unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path, &job).unwrap().known.len(), 2);

        for other in [
            Job::new("http://x/api", "C2", ["U1", "U2"].into_iter()),
            Job::new("http://y/api", "C1", ["U1", "U2"].into_iter()),
            Job::new("http://x/api", "C1", ["U1"].into_iter()),
        ] {
            let error = Journal::open(&path, &other).err().unwrap().to_string();
            assert!(error.contains("this journal is of other people"), "{error}");
        }
        Journal::open(&path, &job).unwrap().close().unwrap();
        assert!(!path.exists());
        fs::write(&path, "a letter\n").unwrap();
        let error = Journal::open(&path, &job).err().unwrap().to_string();
        assert!(error.contains("j:1: this is no journal"), "{error}");
    }
}

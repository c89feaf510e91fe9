//! What was done, on disk before and after each call, so that the same command can go on.
//!
//! Lines of JSON. The first says what the journal is of; then, for each attempt at a call, whom it names,
//! right before it is sent, and what came of it, also that it was nothing. A line that a crash cut off is
//! dropped. There is no file before something is sent.

use super::report::Outcome;
use crate::exit::Usage;
use anyhow::{Context, Error, Result, anyhow};
use guestlist_client::normalized;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
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
        Self {
            base_url: normal(base_url),
            channel: channel.to_owned(),
            people: hash(people),
        }
    }

    /// Where its journal is, unless told otherwise: each server has its own, so that one list can go to
    /// several.
    pub(super) fn file(&self) -> PathBuf {
        let channel: String = self
            .channel
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let of = hash([self.base_url.as_str(), self.people.as_str()]);
        format!("guestlist-invite-{channel}-{}.journal", &of[..8]).into()
    }

    /// What is different of another one.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if normal(&other.base_url) != self.base_url {
            found.push(format!(
                "it is for the server {}, and this is for {}",
                other.base_url, self.base_url
            ));
        }
        if other.channel != self.channel {
            found.push(format!(
                "it is for the channel {}, and this is for {}",
                other.channel, self.channel
            ));
        }
        if other.people != self.people {
            found.push("it is of other people than are named now".to_owned());
        }
        found
    }
}

/// SHA-256 of texts, in hexadecimal digits.
fn hash<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    let digits = hash.finalize();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A base URL in the one way that is used, however it was given.
fn normal(base_url: &str) -> String {
    normalized(base_url).unwrap_or_else(|| base_url.to_owned())
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Job(Job),
    /// These are about to be invited.
    Sent(Vec<String>),
    /// This came of it.
    Came(Vec<(String, Outcome)>),
    /// What was noted of these counts no more: nothing was carried out of the call, or they are out of
    /// the channel again.
    Forgotten(Vec<String>),
}

/// A line as it is written, with its end.
fn line_of(line: &Line) -> Result<String> {
    Ok(serde_json::to_string(line)? + "\n")
}

/// More than a journal of millions of people has.
const MOST: u64 = 1 << 30;

/// A journal in use. Nobody else may use it meanwhile.
pub(super) struct Journal {
    path: PathBuf,
    job: Job,
    /// None before something is sent.
    file: Option<File>,
    /// Who was named in a call, in whatever became of it.
    pub(super) sent: HashSet<String>,
    /// What is known of whom.
    pub(super) known: HashMap<String, Outcome>,
}

impl Journal {
    /// Opens it, if there is one. What is no journal is left as it is.
    pub(super) fn open(path: &Path, job: &Job) -> Result<Self> {
        let mut journal = Self {
            path: path.to_owned(),
            job: job.clone(),
            file: None,
            sent: HashSet::new(),
            known: HashMap::new(),
        };
        // Opening waits for whoever writes into a pipe, and a device has no end.
        match fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(journal.none("it is no regular file").into()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(journal),
            Err(error) => return Err(error).with_context(|| journal.unusable()),
        }
        let file = OpenOptions::new().read(true).write(true).open(path);
        let mut file = file.with_context(|| journal.unusable())?;
        journal.lock(&file)?;
        let mut bytes = Vec::new();
        let read = (&file).take(MOST + 1).read_to_end(&mut bytes);
        if read.with_context(|| journal.unusable())? as u64 > MOST {
            let large = format!("it is larger than {} MiB", MOST >> 20);
            return Err(journal.none(&large).into());
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |end| end + 1);
        let first = line_of(&Line::Job(job.clone()))?;
        // A crash may have cut the first line off. Whatever else has no line is somebody's.
        if whole == 0 && !first.as_bytes().starts_with(&bytes) {
            return Err(journal.none("it has no line that is whole").into());
        }
        for (at, line) in bytes[..whole]
            .split_inclusive(|byte| *byte == b'\n')
            .enumerate()
        {
            let bad = |why: &str| journal.none(&format!("line {}: {why}", at + 1));
            let line = serde_json::from_slice(line).map_err(|error| bad(&error.to_string()))?;
            if at == 0 && !matches!(line, Line::Job(_)) {
                return Err(bad("it does not say what it is of").into());
            }
            match line {
                Line::Job(of) => {
                    let differences = job.differences(&of);
                    if !differences.is_empty() {
                        return Err(Usage(format!(
                            "{}: this journal is of something else: {}; --journal names another file",
                            path.display(),
                            differences.join("; ")
                        ))
                        .into());
                    }
                }
                Line::Sent(people) => journal.sent.extend(people),
                Line::Came(people) => journal.known.extend(people),
                Line::Forgotten(people) => journal.drop_all(&people),
            }
        }
        let cut = file.set_len(whole as u64);
        let at_end = cut.and_then(|()| file.seek(SeekFrom::End(0)));
        at_end.with_context(|| journal.unusable())?;
        journal.file = Some(file);
        if whole == 0 {
            journal.write(&Line::Job(job.clone()))?;
        }
        Ok(journal)
    }

    /// Begins it, unless that was done.
    fn begin(&mut self) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&self.path);
        let file = file.with_context(|| self.unusable())?;
        self.lock(&file)?;
        let length = file.metadata().with_context(|| self.unusable())?.len();
        if length > 0 {
            return Err(self.busy());
        }
        self.file = Some(file);
        self.write(&Line::Job(self.job.clone()))?;
        if !self.known.is_empty() {
            let known = self.known.iter();
            let known = known.map(|(id, outcome)| (id.clone(), outcome.clone()));
            self.write(&Line::Came(known.collect()))?;
        }
        Ok(())
    }

    /// Nobody else may use it meanwhile.
    fn lock(&self, file: &File) -> Result<()> {
        match file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(self.busy()),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| self.unusable()),
        }
    }

    fn busy(&self) -> Error {
        let path = self.path.display();
        anyhow!("{path}: another guestlist is inviting with this journal")
    }

    fn none(&self, why: &str) -> Usage {
        Usage(format!(
            "{}: this is no journal: {why}",
            self.path.display()
        ))
    }

    fn unusable(&self) -> String {
        format!("{}: the journal cannot be used", self.path.display())
    }

    /// Remembers who is about to be invited.
    pub(super) fn sent(&mut self, people: &[String]) -> Result<()> {
        self.begin()?;
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

    /// Remembers that what was noted of these counts no more.
    pub(super) fn forget(&mut self, people: &[String]) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        self.write(&Line::Forgotten(people.to_vec()))?;
        self.drop_all(people);
        Ok(())
    }

    fn drop_all(&mut self, people: &[String]) {
        for id in people {
            self.sent.remove(id);
            self.known.remove(id);
        }
    }

    /// Writes a line, if there is a file by now.
    fn write(&mut self, line: &Line) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let text = line_of(line)?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_data());
        written.with_context(|| format!("{}: the journal cannot be written", self.path.display()))
    }

    /// Removes it: all is done and told, or nothing was done.
    pub(super) fn close(self) -> Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        fs::remove_file(&self.path)
            .with_context(|| format!("{}: the journal cannot be removed", self.path.display()))
    }

    /// Whether there is nothing to go on from: nobody was sent for, and all that is known is who is in.
    pub(super) fn is_idle(&self) -> bool {
        let mut known = self.known.values();
        self.sent.is_empty() && known.all(|outcome| *outcome == Outcome::AlreadyIn)
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
        journal.sent(&["U1".to_owned(), "U2".to_owned()]).unwrap();
        let busy = Journal::open(&path, &job).err().unwrap().to_string();
        assert!(busy.contains("another guestlist"), "{busy}");
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

        let other = |base: &str, channel: &str, people: &[&str]| {
            Job::new(base, channel, people.iter().copied())
        };
        for (other, words) in [
            (
                other("http://x/api", "C2", &["U1", "U2"]),
                "it is for the channel C1, and this is for C2; --journal",
            ),
            (
                other("http://y/", "C1", &["U1", "U2"]),
                "it is for the server http://x/api, and this is for http://y/api; --journal",
            ),
            (
                other("http://x", "C1", &["U1"]),
                "it is of other people than are named now; --journal",
            ),
        ] {
            let error = Journal::open(&path, &other).err().unwrap().to_string();
            let words = format!("this journal is of something else: {words}");
            assert!(error.contains(&words), "{error}");
        }
        for same in ["http://x", "http://X/", "http://x/api/"] {
            let same = other(same, "C1", &["U1", "U2"]);
            assert!(Journal::open(&path, &same).is_ok());
        }
        Journal::open(&path, &job).unwrap().close().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_journal_is_left_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("j");
        let job = Job::new("http://x/api", "C1", ["U1"].into_iter());
        for (text, words) in [
            (&b"a letter\n"[..], "line 1: expected value"),
            (b"a letter", "it has no line that is whole"),
            (b"{\"job\":{\"base_url\":7", "it has no line that is whole"),
            (
                b"{\"sent\":[\"U1\"]}\n",
                "line 1: it does not say what it is of",
            ),
            (b"{\"job\"\xff\n", "line 1: "),
        ] {
            fs::write(&path, text).unwrap();
            let error = Journal::open(&path, &job).err().unwrap();
            assert!(error.is::<Usage>(), "{error}");
            let error = error.to_string();
            let words = format!("j: this is no journal: {words}");
            assert!(error.contains(&words), "{error}");
            assert_eq!(fs::read(&path).unwrap(), text);
        }
        let error = Journal::open(place.path(), &job).err().unwrap();
        assert!(
            error.is::<Usage>() && error.to_string().ends_with("it is no regular file"),
            "{error}"
        );
        // Nothing yet, and as far as a crash let it come.
        let first = line_of(&Line::Job(job.clone())).unwrap();
        for length in [0, 1, 12, first.len() - 1] {
            fs::write(&path, &first[..length]).unwrap();
            drop(Journal::open(&path, &job).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), first);
        }
    }

    #[test]
    fn there_is_no_file_before_something_is_sent() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("j");
        let job = Job::new("http://x/api", "C1", ["U1", "U2"].into_iter());
        let in_already = || vec![("U1".to_owned(), Outcome::AlreadyIn)];
        let mut journal = Journal::open(&path, &job).unwrap();
        journal.came(in_already()).unwrap();
        assert!(journal.is_idle() && !path.exists());
        let mut other = Journal::open(&path, &job).unwrap();
        journal.sent(&["U2".to_owned()]).unwrap();
        let busy = other.sent(&["U2".to_owned()]).unwrap_err().to_string();
        assert!(busy.contains("another guestlist"), "{busy}");
        drop(journal);
        let busy = other.sent(&["U2".to_owned()]).unwrap_err().to_string();
        assert!(busy.contains("another guestlist"), "{busy}");

        let mut journal = Journal::open(&path, &job).unwrap();
        assert_eq!(journal.known, HashMap::from_iter(in_already()));
        assert!(!journal.is_idle());
        journal.forget(&["U2".to_owned()]).unwrap();
        assert!(journal.is_idle());
        drop(journal);
        let journal = Journal::open(&path, &job).unwrap();
        assert!(journal.is_idle());
        journal.close().unwrap();
        assert!(!path.exists());
    }
}

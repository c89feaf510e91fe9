//! Index files out of the archive, entry by entry: a file is never held as a whole.

use super::{
    ExportError, MOST_ENTRY_BYTES, Progress,
    entries::Refused,
    json::{Bounded, culprit, entries, nth, words},
    layout::{Layout, Unclear},
};
use serde::de::{DeserializeOwned, Error as _};
use std::{
    cell::Cell,
    fs::File,
    io::{BufReader, ErrorKind, Read, Seek},
    path::Path,
};
use zip::{ZipArchive, result::ZipError};

/// Entries between two reports of progress.
const STEP: u64 = 1_000;
/// A file of so many bytes has no entry.
const EMPTY: u64 = 4;

pub(super) struct Archive<R> {
    /// The file name, for errors.
    name: String,
    zip: ZipArchive<R>,
    layout: Layout,
    most: u64,
}

/// What an index file was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is not there.
    Absent,
    /// It is there, and nothing is in it, not even a list.
    Blank,
    /// A list, all of which was given.
    Read,
}

impl Archive<BufReader<File>> {
    pub(super) fn open(path: &Path, most: u64) -> Result<Self, ExportError> {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        match File::open(path) {
            Ok(file) => Self::new(name, BufReader::new(file), most),
            Err(why) => Err(ExportError::Open { archive: name, why }),
        }
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Reads what is in `file`; `name` is how errors call it.
    pub(super) fn new(name: String, file: R, most: u64) -> Result<Self, ExportError> {
        let mut zip = unzip(&name, file)?;
        let unclear = |unclear| match unclear {
            Unclear::Twice(file) => ExportError::Twice {
                archive: name.clone(),
                file,
            },
            Unclear::Several(folders) => ExportError::Several {
                archive: name.clone(),
                folders: folders.join(", "),
            },
            Unclear::Damaged(what) => ExportError::Damaged {
                archive: name.clone(),
                what,
            },
        };
        let mut layout = Layout::of(zip.file_names_raw()).map_err(unclear)?;
        layout.note_others(zip.file_names_raw());
        if zip.has_duplicate_names() {
            let directory = zip.central_directory_start();
            let mut file = zip.into_inner();
            layout.only_once(&mut file, directory).map_err(unclear)?;
            zip = unzip(&name, file)?;
        }
        Ok(Self {
            name,
            zip,
            layout,
            most,
        })
    }

    /// Whether an index file is there.
    pub(super) fn has(&self, file: &str) -> bool {
        self.layout.files.contains_key(file)
    }

    /// Files that have entries and that nobody reads.
    pub(super) fn unread(&mut self) -> Vec<String> {
        let mut unread = std::mem::take(&mut self.layout.unread);
        unread.retain(|(_, number)| {
            let size = self.zip.by_index_raw(*number).map(|file| file.size());
            size.is_ok_and(|size| size > EMPTY)
        });
        unread.into_iter().map(|(name, _)| name).collect()
    }

    fn missing(&self, file: &'static str) -> ExportError {
        ExportError::Missing {
            archive: self.name.clone(),
            file,
            found: self.layout.found(),
        }
    }

    /// There are files of people, and nothing is in them.
    pub(super) fn without_people(&self) -> ExportError {
        ExportError::File {
            archive: self.name.clone(),
            file: super::entries::PEOPLE[1],
            what: "there is nobody in it: it is empty".to_owned(),
        }
    }

    /// Gives every entry of an index file, with its number from 1.
    pub(super) fn each<T: DeserializeOwned>(
        &mut self,
        file: &'static str,
        needed: bool,
        progress: &mut dyn FnMut(Progress),
        take: &mut dyn FnMut(u64, T) -> Result<(), Refused>,
    ) -> Result<Outcome, ExportError> {
        let archive = self.name.clone();
        let Some(&index) = self.layout.files.get(file) else {
            return match needed {
                true => Err(self.missing(file)),
                false => Ok(Outcome::Absent),
            };
        };
        let most = self.most;
        let zipped = |error: ZipError| ExportError::File {
            archive: archive.clone(),
            file,
            what: error.to_string(),
        };
        let unpacked = self.zip.by_index(index).map_err(zipped)?;
        let of_bytes = unpacked.size();
        if of_bytes > most {
            return Err(ExportError::TooLarge {
                archive,
                file,
                most,
            });
        }
        let (count, bytes, blank) = (Cell::new(0), Cell::new(0), Cell::new(true));
        let mut refused = None;
        let mut report = |entries| {
            progress(Progress {
                file,
                entries,
                bytes: bytes.get(),
                of_bytes,
            })
        };
        let outcome = entries(
            Bounded {
                inner: unpacked,
                read: &bytes,
                blank: &blank,
                most,
                entry: &count,
                began: (0, 0),
            },
            &count,
            &mut |entry, value: T| {
                if entry % STEP == 0 {
                    report(entry);
                }
                take(entry, value)
                    .map_err(|why| refused = Some(why))
                    .is_ok()
            },
        );
        let error = match outcome {
            Ok(true) => {
                report(count.get());
                return Ok(Outcome::Read);
            }
            // What can be left out can be empty.
            Ok(false) if !needed => return Ok(Outcome::Blank),
            Err(error) if !needed && blank.get() && error.is_eof() => return Ok(Outcome::Blank),
            Ok(false) => serde_json::Error::custom("a list is expected, not null"),
            Err(error) => error,
        };
        let entry = count.get();
        Err(match refused {
            Some(Refused { field, what }) => ExportError::Field {
                archive,
                file,
                entry,
                field: field.to_owned(),
                what,
            },
            None if bytes.get() > most => ExportError::TooLarge {
                archive,
                file,
                most,
            },
            None if error.io_error_kind() == Some(ErrorKind::FileTooLarge) => ExportError::Entry {
                archive,
                file,
                entry,
                what: format!("larger than {MOST_ENTRY_BYTES} bytes"),
            },
            None => self.explain::<T>(file, index, entry, error),
        })
    }

    /// Puts an error of the JSON reader into words; for a value of the wrong type by looking
    /// at the entry again, field by field.
    fn explain<T: DeserializeOwned>(
        &mut self,
        file: &'static str,
        index: usize,
        entry: u64,
        error: serde_json::Error,
    ) -> ExportError {
        let archive = self.name.clone();
        if error.is_io() {
            return ExportError::File {
                archive,
                file,
                what: format!("cannot be unpacked: {error}"),
            };
        }
        let what = words(&error);
        if entry == 0 {
            return ExportError::File {
                archive,
                file,
                what,
            };
        }
        let value = error.is_data().then(|| self.entry(index, entry)).flatten();
        match value.as_ref().and_then(culprit::<T>) {
            Some((field, what)) => ExportError::Field {
                archive,
                file,
                entry,
                field,
                what,
            },
            None => ExportError::Entry {
                archive,
                file,
                entry,
                what,
            },
        }
    }

    /// One entry of an index file as it stands there.
    fn entry(&mut self, index: usize, entry: u64) -> Option<serde_json::Value> {
        let (read, blank, count) = (Cell::new(0), Cell::new(false), Cell::new(0));
        let reader = Bounded {
            inner: self.zip.by_index(index).ok()?,
            read: &read,
            blank: &blank,
            most: self.most,
            entry: &count,
            began: (0, 0),
        };
        nth(reader, entry, &count)
    }
}

/// The archive that a file is.
fn unzip<R: Read + Seek>(name: &str, mut file: R) -> Result<ZipArchive<R>, ExportError> {
    let archive = name.to_owned();
    let mut magic = [0; 2];
    let like_zip = file.read_exact(&mut magic).is_ok() && magic == *b"PK";
    if let Err(why) = file.rewind() {
        return Err(ExportError::Open { archive, why });
    }
    ZipArchive::new(file).map_err(|error| match error {
        ZipError::Io(why) if !like_zip => ExportError::Open { archive, why },
        _ if !like_zip => ExportError::NotZip { archive },
        error => ExportError::Damaged {
            archive,
            what: error.to_string(),
        },
    })
}

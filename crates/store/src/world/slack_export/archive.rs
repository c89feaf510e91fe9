//! Index files out of the archive, entry by entry: a file is never held as a whole.

use super::{ExportError, Progress, entries::Refused};
use serde::de::{DeserializeOwned, Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Deserializer, Value, json};
use std::{
    cell::Cell,
    fmt,
    fs::File,
    io::{self, BufReader, Read, Seek},
    marker::PhantomData,
    path::Path,
};
use zip::{ZipArchive, result::ZipError};

/// Entries between two reports of progress.
const STEP: u64 = 1_000;

pub(super) struct Archive<R> {
    /// The file name, for errors.
    name: String,
    zip: ZipArchive<R>,
    /// The folder everything is in, with its slash; empty for none.
    folder: String,
    most: u64,
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
            Err(source) => Err(ExportError::Open {
                archive: name,
                source,
            }),
        }
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Reads what is in `file`; `name` is how errors call it.
    pub(super) fn new(name: String, mut file: R, most: u64) -> Result<Self, ExportError> {
        let open = |source| ExportError::Open {
            archive: name.clone(),
            source,
        };
        let mut magic = [0; 2];
        let like_zip = file.read_exact(&mut magic).is_ok() && magic == *b"PK";
        file.rewind().map_err(open)?;
        let zip = ZipArchive::new(file).map_err(|error| match error {
            ZipError::Io(source) if !like_zip => ExportError::Open {
                archive: name.clone(),
                source,
            },
            _ if !like_zip => ExportError::NotZip {
                archive: name.clone(),
            },
            error => ExportError::Damaged {
                archive: name.clone(),
                what: error.to_string(),
            },
        })?;
        // Which of them is meant, nobody can say.
        if zip.has_duplicate_names() {
            return Err(ExportError::Damaged {
                archive: name,
                what: "two files in it have the same name".to_owned(),
            });
        }
        let folder = folder(&zip);
        Ok(Self {
            name,
            zip,
            folder,
            most,
        })
    }

    /// Gives every entry of an index file, with its number from 1.
    pub(super) fn each<T: DeserializeOwned>(
        &mut self,
        file: &'static str,
        needed: bool,
        progress: &mut dyn FnMut(Progress),
        take: &mut dyn FnMut(u64, T) -> Result<(), Refused>,
    ) -> Result<(), ExportError> {
        let archive = self.name.clone();
        let Some(index) = self.zip.index_for_name(&format!("{}{file}", self.folder)) else {
            return if needed {
                Err(ExportError::Missing { archive, file })
            } else {
                Ok(())
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
        let (count, bytes) = (Cell::new(0), Cell::new(0));
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
                most,
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
        let Err(error) = outcome else {
            report(count.get());
            return Ok(());
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
        let what = if error.is_data() {
            error.to_string()
        } else {
            format!("malformed JSON: {error}")
        };
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
    fn entry(&mut self, index: usize, entry: u64) -> Option<Value> {
        let unread = Cell::new(0);
        let reader = Bounded {
            inner: self.zip.by_index(index).ok()?,
            read: &unread,
            most: self.most,
        };
        let mut found = None;
        // What comes after the entry does not matter, nor an error there.
        let _ = Deserializer::from_reader(BufReader::new(reader)).deserialize_seq(Nth {
            entry,
            found: &mut found,
        });
        found
    }
}

/// The folder that everything is in, with its slash, if it is not at the top.
fn folder<R: Read + Seek>(zip: &ZipArchive<R>) -> String {
    let mut names = zip
        .file_names()
        .flatten()
        .filter(|name| !name.starts_with("__MACOSX/"));
    let Some(folder) = names.next().and_then(|name| {
        let (folder, _) = name.split_once('/')?;
        // Those lead out of the archive and are nobody's folder.
        (!matches!(folder, "" | "." | "..")).then(|| format!("{folder}/"))
    }) else {
        return String::new();
    };
    if names.all(|name| name.starts_with(&folder)) {
        folder
    } else {
        String::new()
    }
}

/// Reads a JSON array, giving each entry with its number. `count` is that of the entry at
/// hand, `take` says whether to go on.
fn entries<T: DeserializeOwned>(
    reader: impl Read,
    count: &Cell<u64>,
    take: &mut dyn FnMut(u64, T) -> bool,
) -> Result<(), serde_json::Error> {
    let mut json = Deserializer::from_reader(BufReader::with_capacity(1 << 16, reader));
    json.deserialize_seq(Entries {
        count,
        take,
        kind: PhantomData,
    })?;
    json.end()
}

struct Entries<'a, T> {
    count: &'a Cell<u64>,
    take: &'a mut dyn FnMut(u64, T) -> bool,
    kind: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Entries<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            // Counted before it is read, so that an error in it knows its number.
            self.count.set(self.count.get() + 1);
            let Some(entry) = seq.next_element()? else {
                break;
            };
            if !(self.take)(self.count.get(), entry) {
                return Err(A::Error::custom("refused"));
            }
        }
        self.count.set(self.count.get() - 1);
        Ok(())
    }
}

struct Nth<'a> {
    entry: u64,
    found: &'a mut Option<Value>,
}

impl<'de> Visitor<'de> for Nth<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for _ in 1..self.entry {
            seq.next_element::<IgnoredAny>()?;
        }
        *self.found = seq.next_element()?;
        Ok(())
    }
}

/// Which field of an entry is not what `T` has there, and what it is.
fn culprit<T: DeserializeOwned>(entry: &Value) -> Option<(String, String)> {
    // Every field of `T` may be missing, so that each can be tried alone.
    let alone = |key: &str, value: Value| serde_json::from_value::<T>(json!({ key: value })).err();
    entry.as_object()?.iter().find_map(|(key, value)| {
        let what = alone(key, value.clone())?.to_string();
        let inner = value.as_object().and_then(|object| {
            object.iter().find_map(|(inner, value)| {
                Some((inner, alone(key, json!({ inner: value }))?.to_string()))
            })
        });
        Some(inner.map_or((key.clone(), what), |(inner, what)| {
            (format!("{key}.{inner}"), what)
        }))
    })
}

/// Counts the bytes that are read, and stops at a limit whatever the archive says of sizes.
struct Bounded<'a, R> {
    inner: R,
    read: &'a Cell<u64>,
    most: u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        if self.read.get() > self.most {
            Err(io::Error::other("too large"))
        } else {
            Ok(count)
        }
    }
}

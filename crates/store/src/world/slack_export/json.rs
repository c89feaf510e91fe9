//! JSON lists, entry by entry, and what is wrong with them in words that are not a programmer's.

use super::MOST_ENTRY_BYTES;
use serde::de::{DeserializeOwned, Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Deserializer, Value, json};
use std::{
    cell::Cell,
    fmt,
    io::{self, BufReader, ErrorKind, Read},
    marker::PhantomData,
};

/// The most letters of a value that an error shows.
const SHOWN: usize = 60;

/// Reads a JSON array, giving each entry with its number. `count` is that of the entry at
/// hand, `take` says whether to go on. Gives whether there was a list, and not `null`.
pub(super) fn entries<T: DeserializeOwned>(
    reader: impl Read,
    count: &Cell<u64>,
    take: &mut dyn FnMut(u64, T) -> bool,
) -> Result<bool, serde_json::Error> {
    let reader = BufReader::with_capacity(1 << 16, Unmarked::new(reader));
    let mut json = Deserializer::from_reader(reader);
    let is_list = json.deserialize_any(Entries {
        count,
        take,
        kind: PhantomData,
    })?;
    json.end()?;
    Ok(is_list)
}

/// A file without the mark of UTF-8 that editors of Windows begin files with.
struct Unmarked<R> {
    inner: R,
    /// The first bytes, as long as they are not given; none before anything was read.
    start: Option<Vec<u8>>,
}

const MARK: &[u8] = b"\xef\xbb\xbf";

impl<R: Read> Unmarked<R> {
    fn new(inner: R) -> Self {
        Self { inner, start: None }
    }

    fn begin(&mut self) -> io::Result<Vec<u8>> {
        let mut start = Vec::with_capacity(MARK.len());
        let most = MARK.len() as u64;
        self.inner.by_ref().take(most).read_to_end(&mut start)?;
        if start == MARK {
            start.clear();
        }
        Ok(start)
    }
}

impl<R: Read> Read for Unmarked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut start = match self.start.take() {
            Some(start) => start,
            None => self.begin()?,
        };
        let given = start.len().min(buffer.len());
        buffer[..given].copy_from_slice(&start[..given]);
        self.start = Some(start.split_off(given));
        match given {
            0 => self.inner.read(buffer),
            given => Ok(given),
        }
    }
}

struct Entries<'a, T> {
    count: &'a Cell<u64>,
    take: &'a mut dyn FnMut(u64, T) -> bool,
    kind: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Entries<'_, T> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
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
        Ok(true)
    }
}

/// One entry of a list as it stands there, `count` being that of the entry at hand. What comes after it
/// does not matter, nor an error there.
pub(super) fn nth(reader: impl Read, entry: u64, count: &Cell<u64>) -> Option<Value> {
    let mut found = None;
    let mut json = Deserializer::from_reader(BufReader::new(Unmarked::new(reader)));
    let _ = json.deserialize_seq(Nth {
        entry,
        count,
        found: &mut found,
    });
    found
}

struct Nth<'a> {
    entry: u64,
    count: &'a Cell<u64>,
    found: &'a mut Option<Value>,
}

impl<'de> Visitor<'de> for Nth<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for number in 1..self.entry {
            self.count.set(number);
            seq.next_element::<IgnoredAny>()?;
        }
        self.count.set(self.entry);
        *self.found = seq.next_element()?;
        Ok(())
    }
}

/// Which field of an entry is not what `T` has there, and what it is.
pub(super) fn culprit<T: DeserializeOwned>(entry: &Value) -> Option<(String, String)> {
    // Every field of `T` may be missing, so that each can be tried alone.
    let alone = |key: &str, value: Value| {
        let error = serde_json::from_value::<T>(json!({ key: value })).err()?;
        Some(words(&error))
    };
    entry.as_object()?.iter().find_map(|(key, value)| {
        let what = alone(key, value.clone())?;
        // Whether an object can stand there at all.
        let object = value
            .as_object()
            .filter(|_| alone(key, json!({})).is_none());
        let inner = object.and_then(|object| {
            object
                .iter()
                .find_map(|(inner, value)| Some((inner, alone(key, json!({ inner: value }))?)))
        });
        Some(inner.map_or((key.clone(), what), |(inner, what)| {
            (format!("{key}.{inner}"), what)
        }))
    })
}

/// An error of the JSON reader.
pub(super) fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if !error.is_data() {
        return format!("malformed JSON: {text}");
    }
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    let kinds = what
        .strip_prefix("invalid type: ")
        .or(what.strip_prefix("invalid value: "))
        .and_then(|kinds| kinds.rsplit_once(", expected "));
    match kinds {
        Some((found, expected)) => format!("{} is expected, not {}", kind(expected), value(found)),
        None => what.to_owned(),
    }
}

fn kind(expected: &str) -> &str {
    match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other => other,
    }
}

fn value(found: &str) -> String {
    let inside = |start| found.strip_prefix(start)?.strip_suffix('`');
    match found {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        _ => {
            let number = inside("integer `").or(inside("floating point `"));
            let told = found
                .strip_prefix("string ")
                .map(|text| format!("the text {}", cut(text)));
            let told = told.or(number.map(|number| format!("the number {number}")));
            told.or(inside("boolean `").map(str::to_owned))
                .unwrap_or_else(|| found.to_owned())
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Counts the bytes that are read, and stops at a limit whatever the archive says of sizes. An entry is
/// held as a whole, so it has a limit of its own; what is read ahead counts as its.
pub(super) struct Bounded<'a, R> {
    pub(super) inner: R,
    pub(super) read: &'a Cell<u64>,
    /// Whether nothing but blanks was read.
    pub(super) blank: &'a Cell<bool>,
    pub(super) most: u64,
    /// The number of the entry at hand.
    pub(super) entry: &'a Cell<u64>,
    /// Which it was when was read last, and how much had been read before it.
    pub(super) began: (u64, u64),
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.began.0 != self.entry.get() {
            self.began = (self.entry.get(), self.read.get());
        }
        let count = self.inner.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        if self.blank.get() {
            // The mark that a file may begin with is none of its text.
            let is_blank = |byte: &u8| byte.is_ascii_whitespace() || MARK.contains(byte);
            self.blank.set(buffer[..count].iter().all(is_blank));
        }
        let of_entry = self.read.get() - self.began.1;
        if self.read.get() > self.most || of_entry > MOST_ENTRY_BYTES {
            Err(ErrorKind::FileTooLarge.into())
        } else {
            Ok(count)
        }
    }
}

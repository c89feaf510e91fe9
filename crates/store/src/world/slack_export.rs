//! A Slack workspace export (a zip archive) as a world.
//!
//! Read are the index files: `users.json` or an organisation's `org_users.json`, `channels.json`, and
//! where they are there `groups.json`, `mpims.json` and `dms.json`. History is skipped: the files of the days
//! are never opened. What an export cannot say stays at its default; what it says that a
//! world cannot hold is left out, counted, and told in [`Imported::notes`].

mod archive;
mod convert;
mod entries;
mod finish;
#[cfg(test)]
pub(crate) mod fixture;
mod invited;
mod json;
mod lax;
mod layout;
mod naming;
mod notes;
mod organisations;
mod people;
mod sharing;
#[cfg(test)]
mod tests;

pub use notes::Note;

use super::Loaded;
use guestlist_domain::{Timestamp, name::without_accents};
use std::{io, path::Path};

/// The most bytes an index file may have once unpacked: several hundred thousand people.
pub const MOST_BYTES: u64 = 256 << 20;

/// The most bytes of one entry of an index file: a conversation of a million people.
pub const MOST_ENTRY_BYTES: u64 = 16 << 20;

/// The most characters of a sub-domain, as names of hosts have them.
const LONGEST_DOMAIN: usize = 63;

/// What an imported workspace's bot token may do: whatever bots may do in the methods here.
pub const BOT_SCOPES: &[&str] = &[
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "conversations.connect:manage",
    "conversations.connect:read",
    "conversations.connect:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "team:read",
    "usergroups:read",
    "usergroups:write",
    "users.profile:read",
    "users:read",
    "users:read.email",
];

/// What an imported workspace's user token may do: whatever people may do in the methods here.
pub const USER_SCOPES: &[&str] = &[
    "admin.conversations:write",
    "admin.invites:read",
    "admin.invites:write",
    "admin.teams:read",
    "admin.teams:write",
    "admin.users:read",
    "admin.users:write",
    "channels:history",
    "channels:read",
    "channels:write",
    "chat:write",
    "conversations.connect:manage",
    "conversations.connect:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "identity.avatar",
    "identity.basic",
    "identity.email",
    "identity.team",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "team:read",
    "usergroups:read",
    "usergroups:write",
    "users.profile:read",
    "users:read",
    "users:read.email",
];

/// What an export does not say about its workspace.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its name; taken from the archive's file name when left out.
    pub name: Option<String>,
    /// Its sub-domain; made of the name when left out.
    pub domain: Option<String>,
}

impl Options {
    /// What is wrong with what was given, if anything is.
    pub fn problem(&self) -> Option<String> {
        if self
            .name
            .as_ref()
            .is_some_and(|name| name.trim().is_empty())
        {
            return Some("a workspace needs a name".to_owned());
        }
        let domain = self.domain.as_deref()?;
        let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=LONGEST_DOMAIN).contains(&domain.len())
            && domain.chars().all(is_letter)
            && !domain.starts_with('-')
            && !domain.ends_with('-');
        (!fits).then(|| {
            format!(
                "`{domain}` is no sub-domain: up to {LONGEST_DOMAIN} of a to z, 0 to 9 and `-`, which is \
                 neither first nor last; {} would be one",
                domain_from(domain)
            )
        })
    }
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The index file being read.
    pub file: &'static str,
    /// Entries read of it.
    pub entries: u64,
    /// Bytes read of it, unpacked.
    pub bytes: u64,
    /// Bytes there are, unpacked, as the archive has it.
    pub of_bytes: u64,
}

/// An export as a world.
#[derive(Debug)]
pub struct Imported {
    /// The rows, and the two tokens that were made.
    pub loaded: Loaded,
    /// What was changed or left out.
    pub notes: Vec<Note>,
}

/// Why an export was not read. Entries are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The archive cannot be opened.
    #[error("{archive}: {why}")]
    Open {
        /// The archive's file name.
        archive: String,
        /// Why. It is told above, and not once more as the source.
        why: io::Error,
    },
    /// It is something else.
    #[error("{archive}: this is not a zip archive")]
    NotZip {
        /// The archive's file name.
        archive: String,
    },
    /// It begins like an archive.
    #[error("{archive}: the archive is damaged or cut short: {what}")]
    Damaged {
        /// The archive's file name.
        archive: String,
        /// How.
        what: String,
    },
    /// An index file that every export has is not there.
    #[error("{archive}: {file} is missing; a Slack export has it at its top level. Found: {found}")]
    Missing {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
        /// What is at the top of the archive.
        found: String,
    },
    /// An index file is there twice.
    #[error("{archive}: {file} is in the archive twice")]
    Twice {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
    },
    /// Several exports in one archive.
    #[error("{archive}: there are exports in several folders: {folders}")]
    Several {
        /// The archive's file name.
        archive: String,
        /// The folders inside.
        folders: String,
    },
    /// An index file is larger than [`MOST_BYTES`].
    #[error("{archive}: {file}: larger than {most} bytes once unpacked")]
    TooLarge {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
        /// The limit.
        most: u64,
    },
    /// An index file as a whole.
    #[error("{archive}: {file}: {what}")]
    File {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
        /// What is wrong.
        what: String,
    },
    /// An entry of an index file.
    #[error("{archive}: {file}: entry {entry}: {what}")]
    Entry {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
        /// Which, from 1.
        entry: u64,
        /// What is wrong.
        what: String,
    },
    /// A field of an entry.
    #[error("{archive}: {file}: entry {entry}: field `{field}`: {what}")]
    Field {
        /// The archive's file name.
        archive: String,
        /// The file inside.
        file: &'static str,
        /// Which, from 1.
        entry: u64,
        /// Which, as `profile.email`.
        field: String,
        /// What is wrong.
        what: String,
    },
}

/// Reads an export. `now` is the time of loading, `random` gives the bytes of the two
/// tokens, `progress` is told every thousand entries and at the end of each file.
pub fn read(
    path: &Path,
    options: &Options,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ExportError> {
    let archive = archive::Archive::open(path, MOST_BYTES)?;
    let given = options.name.clone().filter(|name| !name.trim().is_empty());
    let name = given.unwrap_or_else(|| name_from(path));
    convert(archive, name, options, now, random, progress)
}

/// Reads an export that is held in memory, no index file of which may have more than `most` bytes.
pub(crate) fn read_bytes(
    bytes: &[u8],
    most: u64,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
) -> Result<Imported, ExportError> {
    let archive = archive::Archive::new("export.zip".to_owned(), io::Cursor::new(bytes), most)?;
    let (name, options) = ("Imported".to_owned(), Options::default());
    convert(archive, name, &options, now, random, &mut |_| {})
}

fn convert<R: io::Read + io::Seek>(
    mut archive: archive::Archive<R>,
    name: String,
    options: &Options,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ExportError> {
    let mut import = convert::Import::new(now);
    let mut has_people = false;
    for file in entries::PEOPLE {
        // One of them is needed, and exports of workspaces have the first.
        let needed = file == entries::PEOPLE[0] && !archive.has(entries::PEOPLE[1]);
        let outcome = archive.each(file, needed, progress, &mut |entry, user| {
            import.user(file, entry, user)
        })?;
        has_people |= outcome == archive::Outcome::Read;
        import.note_blank(file, outcome);
    }
    if !has_people {
        return Err(archive.without_people());
    }
    import.settle(&name);
    for (file, kind, needed) in entries::CONVERSATIONS {
        let outcome = archive.each(file, needed, progress, &mut |entry, one| {
            import.conversation(file, kind, entry, one)
        })?;
        import.note_blank(file, outcome);
    }
    import.note_unread(archive.unread());
    let domain = options.domain.clone().unwrap_or_else(|| domain_from(&name));
    Ok(import.finish(&name, &domain, random))
}

/// Slack calls exports `NAME Slack export DATE - DATE.zip`.
fn name_from(path: &Path) -> String {
    let stem = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = stem
        .split(" Slack export")
        .next()
        .unwrap_or_default()
        .trim();
    if name.is_empty() {
        "Imported".to_owned()
    } else {
        name.to_owned()
    }
}

/// The sub-domain that a name leads to.
fn domain_from(name: &str) -> String {
    let plain = without_accents(name).to_lowercase();
    let mut letters = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            'ß' => letters.push_str("ss"),
            'æ' => letters.push_str("ae"),
            'œ' => letters.push_str("oe"),
            'ø' => letters.push('o'),
            'ł' => letters.push('l'),
            'đ' => letters.push('d'),
            'þ' => letters.push_str("th"),
            'ı' => letters.push('i'),
            other => letters.push(other),
        }
    }
    let words = letters.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let domain: String = words.join("-").chars().take(LONGEST_DOMAIN).collect();
    match domain.trim_end_matches('-') {
        "" => "imported".to_owned(),
        domain => domain.to_owned(),
    }
}

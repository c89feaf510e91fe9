//! Where in an archive the index files are: at the top, or together in a folder.

use super::entries::{CONVERSATIONS, PEOPLE};
use crate::world::index::Map;
use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom},
};

/// How many folders an export may be packed into.
const DEEPEST: usize = 3;
/// What is between folders; some programs of Windows write the other.
const SEPARATORS: [char; 2] = ['/', '\\'];
/// The most names of what was found instead.
const NAMED: usize = 10;
/// The most characters of each.
const LONGEST: usize = 80;
/// How the entries of an archive's directory begin, how long the part before the name is, and where the lengths
/// of the name, of what else is there, and of a comment stand in it.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_LENGTH: usize = 46;
const LENGTHS: [usize; 3] = [28, 30, 32];

/// What is wrong with the way an archive is packed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// The index file is there twice, and which of them is meant, nobody can say.
    Twice(&'static str),
    /// There is an export in each of these folders.
    Several(Vec<String>),
    /// The archive's directory cannot be read.
    Damaged(String),
}

/// Index files by the folder they are in, the highest folders first.
type Folders = BTreeMap<(usize, Vec<String>), Vec<(&'static str, usize)>>;

/// What is where.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The index files, and their numbers in the archive.
    pub(super) files: Map<&'static str, usize>,
    /// Other files that could be index files, and their numbers.
    pub(super) unread: Vec<(String, usize)>,
    /// What is at the top: names of files, and of folders with a slash.
    top: Vec<String>,
    /// The folder of the index files.
    folder: Vec<String>,
}

impl Layout {
    /// Looks at all names in an archive.
    pub(super) fn of<'n>(names: impl Iterator<Item = &'n [u8]>) -> Result<Self, Unclear> {
        let mut layout = Self::default();
        let mut folders = Folders::new();
        for (number, name) in names.enumerate() {
            let name = String::from_utf8_lossy(name);
            layout.note_top(&name);
            if let Some(file) = index_file(&name)
                && let Some(folder) = folders_of(&name)
            {
                let place = folders.entry((folder.len(), folder)).or_default();
                place.push((file, number));
            }
        }
        if let Some(folder) = base(&folders)? {
            layout.folder = folder;
            layout.sort(folders)?;
        }
        Ok(layout)
    }

    /// Sorts index files into those of the export, and others.
    fn sort(&mut self, folders: Folders) -> Result<(), Unclear> {
        for ((_, at), files) in folders {
            for (file, number) in files {
                if at != self.folder {
                    let name = format!("{}/{file}", at.join("/"));
                    self.unread.push((name, number));
                } else if self.files.insert(file, number).is_some() {
                    return Err(Unclear::Twice(file));
                }
            }
        }
        Ok(())
    }

    /// Notes what is beside the index files. Every export has the log of integrations, and what begins with a
    /// point is the system's.
    pub(super) fn note_others<'n>(&mut self, names: impl Iterator<Item = &'n [u8]>) {
        for (number, name) in names.enumerate() {
            let name = String::from_utf8_lossy(name);
            let (folder, file) = name.rsplit_once(SEPARATORS).unwrap_or((".", &name));
            let is_list = file.ends_with(".json") && !file.starts_with('.');
            let is_read = file == "integration_logs.json" || index_file(file).is_some();
            if is_list && !is_read && self.is_it(folder) {
                self.unread.push((name.into_owned(), number));
            }
        }
    }

    /// Whether this is the folder of the index files.
    fn is_it(&self, folder: &str) -> bool {
        let parts = folder.split(SEPARATORS).filter(|part| *part != ".");
        parts.eq(self.folder.iter().map(String::as_str))
    }

    fn note_top(&mut self, name: &str) {
        if self.top.len() > NAMED {
            return;
        }
        let name = name.trim_start_matches("./");
        let (first, is_folder) = match name.split_once(SEPARATORS) {
            Some((first, _)) => (first, true),
            None => (name, false),
        };
        if first == "__MACOSX" {
            return;
        }
        let first: String = first.chars().take(LONGEST).collect();
        let shown = format!(
            "{}{}",
            first.escape_debug(),
            if is_folder { "/" } else { "" }
        );
        if !self.top.contains(&shown) {
            self.top.push(shown);
        }
    }

    /// What is at the top of the archive, for people.
    pub(super) fn found(&self) -> String {
        match self.top.len() {
            0 => "nothing".to_owned(),
            count if count > NAMED => format!("{}, …", self.top[..NAMED].join(", ")),
            _ => self.top.join(", "),
        }
    }

    /// Looks for index files of the same name in an archive that names something twice: the reader of archives
    /// gives one file for each name.
    pub(super) fn only_once(
        &self,
        reader: impl Read + Seek,
        directory: u64,
    ) -> Result<(), Unclear> {
        let mut seen = Map::default();
        for name in
            index_names(reader, directory).map_err(|error| Unclear::Damaged(error.to_string()))?
        {
            let (Some(file), Some(folder)) = (index_file(&name), folders_of(&name)) else {
                continue;
            };
            if folder == self.folder && seen.insert(file, ()).is_some() {
                return Err(Unclear::Twice(file));
            }
        }
        Ok(())
    }
}

/// The folder of the export: the highest that has people, if there is one.
fn base(folders: &Folders) -> Result<Option<Vec<String>>, Unclear> {
    let has_people = |files: &[(&str, usize)]| files.iter().any(|(file, _)| PEOPLE.contains(file));
    let mut exports = folders
        .iter()
        .filter(|((depth, _), files)| *depth <= DEEPEST && has_people(files))
        .map(|(place, _)| place);
    let Some((depth, folder)) = exports.next() else {
        return Ok(None);
    };
    let more = exports.take_while(|(other, _)| other == depth);
    let more: Vec<&Vec<String>> = more.map(|(_, folder)| folder).take(NAMED).collect();
    if more.is_empty() {
        return Ok(Some(folder.clone()));
    }
    let all = std::iter::once(folder).chain(more);
    let shown = |folder: &Vec<String>| folder.join("/").chars().take(LONGEST).collect::<String>();
    let names = all.map(|folder| format!("{}/", shown(folder).escape_debug()));
    Err(Unclear::Several(names.collect()))
}

/// The index file that something is by its name.
fn index_file(name: &str) -> Option<&'static str> {
    let conversations = CONVERSATIONS.iter().map(|(file, ..)| *file);
    // Most of an archive's names, of which there may be millions, end otherwise.
    PEOPLE.into_iter().chain(conversations).find(|file| {
        name.strip_suffix(*file)
            .is_some_and(|before| before.is_empty() || before.ends_with(SEPARATORS))
    })
}

/// The folders that something is in. None for what leads out of the archive, and for what systems add.
fn folders_of(name: &str) -> Option<Vec<String>> {
    let mut folders: Vec<&str> = name.split(SEPARATORS).filter(|part| *part != ".").collect();
    folders.pop()?;
    let odd = |part: &&str| matches!(*part, "" | ".." | "__MACOSX");
    (!folders.iter().any(odd)).then(|| folders.into_iter().map(str::to_owned).collect())
}

/// The names in an archive's directory that are index files', with those that come twice.
fn index_names(mut reader: impl Read + Seek, directory: u64) -> io::Result<Vec<String>> {
    reader.seek(SeekFrom::Start(directory))?;
    let mut reader = io::BufReader::new(reader);
    let (mut names, mut head) = (Vec::new(), [0; ENTRY_LENGTH]);
    while reader.read_exact(&mut head).is_ok() && head.starts_with(ENTRY) {
        let [name, rest, comment] =
            LENGTHS.map(|at| usize::from(u16::from_le_bytes([head[at], head[at + 1]])));
        let mut text = vec![0; name];
        reader.read_exact(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        if index_file(&text).is_some() {
            names.push(text.into_owned());
        }
        reader.seek_relative((rest + comment) as i64)?;
    }
    Ok(names)
}

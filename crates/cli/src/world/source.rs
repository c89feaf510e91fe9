//! Where a world comes from, and filling an empty store with it.

use crate::{config::Config, exit::Usage, progress::Progress};
use anyhow::{Context, Result, bail};
use guestlist_domain::{Seed, Timestamp, add::AHEAD, hex};
use guestlist_methods::doubts;
use guestlist_store::{
    Directory, Drawn, Loaded, StoreError, is_empty, load_into,
    world::{
        self, NewToken,
        slack_export::{self, Note, Options},
        time_text,
    },
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read},
    os::fd::AsFd,
    path::{Path, PathBuf},
};

/// A world that can be read.
pub(crate) struct Source {
    name: String,
    form: Form,
    /// Tells this world from others: the SHA-256 of the file.
    origin: String,
}

enum Form {
    Text(String),
    SlackExport(PathBuf, Options),
}

/// A world that was read.
pub(crate) struct World {
    pub(crate) seed: Seed,
    /// Tokens whose texts stand in the file.
    pub(crate) given: Vec<NewToken>,
    /// Tokens whose texts had to be made.
    pub(crate) made: Vec<NewToken>,
    /// What was changed or left out of an export.
    pub(crate) notes: Vec<Note>,
}

impl Source {
    /// The world of a server that was given none.
    fn sample() -> Self {
        let origin = origin(Sha256::digest(world::SAMPLE));
        Self {
            name: "the sample world".to_owned(),
            form: Form::Text(world::SAMPLE_JSON.to_owned()),
            origin,
        }
    }

    /// A world file, or a Slack export: those are told by how zip files begin, or by their name. `-` is what comes
    /// by stdin.
    pub(crate) fn file(path: &Path) -> Result<Self> {
        let (piped, name) = (is_stdin(path), called(path));
        let unreadable = || format!("{name}: cannot be read");
        let file = match piped {
            true => io::stdin().as_fd().try_clone_to_owned().map(File::from),
            false => File::open(path),
        };
        let mut file = file.with_context(unreadable)?;
        let kind = file.metadata().with_context(unreadable)?.file_type();
        if kind.is_dir() {
            bail!(
                "{name}: a folder; a Slack export is read as the .zip file that Slack made: zip what is in the folder"
            );
        }
        let mut bytes = Vec::new();
        file.by_ref()
            .take(4)
            .read_to_end(&mut bytes)
            .with_context(unreadable)?;
        // One that is named like an export and is none gets to hear what is wrong with it.
        let named_zip = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        if bytes.starts_with(b"PK") || named_zip {
            // The directory of an archive is at its end, and what is read of it lies apart.
            if piped || !kind.is_file() {
                bail!("{name}: a Slack export is read from a file, not from a pipe: save it first");
            }
            let mut hash = Sha256::new_with_prefix(&bytes);
            let mut part = vec![0; 1 << 16];
            loop {
                match file.read(&mut part).with_context(unreadable)? {
                    0 => break,
                    length => hash.update(&part[..length]),
                }
            }
            return Ok(Self {
                name,
                form: Form::SlackExport(path.to_owned(), Options::default()),
                origin: origin(hash.finalize()),
            });
        }
        file.read_to_end(&mut bytes).with_context(unreadable)?;
        let origin = origin(Sha256::digest(&bytes));
        let Ok(text) = String::from_utf8(bytes) else {
            bail!("{name}: neither a world file (UTF-8 text) nor a Slack export (.zip)");
        };
        Ok(Self {
            name,
            form: Form::Text(text),
            origin,
        })
    }

    /// Says what a Slack export does not: the workspace's name and sub-domain.
    pub(crate) fn call(&mut self, name: Option<String>, domain: Option<String>) -> Result<()> {
        match &mut self.form {
            Form::SlackExport(_, options) => {
                *options = Options { name, domain };
                match options.problem() {
                    Some(problem) => bail!(Usage(problem)),
                    None => Ok(()),
                }
            }
            Form::Text(_) if name.is_none() && domain.is_none() => Ok(()),
            Form::Text(_) => bail!(Usage(format!(
                "{}: a world file names its workspaces itself",
                self.name
            ))),
        }
    }

    /// Its text.
    pub(crate) fn into_text(self) -> Result<String> {
        match self.form {
            Form::Text(text) => Ok(text),
            Form::SlackExport(..) => bail!(Usage(format!(
                "{}: an export is imported into a store of its own; what `guestlist world export` makes of \
                 that can be added to others",
                self.name
            ))),
        }
    }

    /// Reads and checks it.
    pub(crate) fn read(&self, config: &Config) -> Result<World> {
        let seed = config.seed.value.as_ref().map(|seed| &*seed.0);
        self.read_at(config.clock().now(), seed)
    }

    /// The same as it would be read at a time, with nothing left to chance where there is a seed.
    pub(crate) fn read_at(&self, now: Timestamp, seed: Option<&str>) -> Result<World> {
        let mut drawn = HashSet::new();
        let mut no_randomness = None;
        let mut random = || {
            let mut bytes = [0; 24];
            match seed {
                Some(seed) => {
                    bytes = Drawn::of_seed(seed, &self.origin, drawn.len() as u64).bytes("world");
                }
                None => no_randomness = no_randomness.or(getrandom::fill(&mut bytes).err()),
            }
            drawn.insert(hex(&bytes));
            bytes
        };
        let (loaded, notes) = match &self.form {
            Form::Text(text) => {
                let loaded = world::read(&self.name, text, now, &mut random)?;
                let doubts = doubts::world(&loaded.seed).into_iter();
                let notes = doubts
                    .chain(to_come(&loaded.seed, now))
                    .map(Note::new)
                    .collect();
                (loaded, notes)
            }
            Form::SlackExport(path, options) => {
                let mut shown = Progress::new("reading");
                let mut progress = |at: slack_export::Progress| shown.at(at.bytes, at.of_bytes);
                let imported = slack_export::read(path, options, now, &mut random, &mut progress)?;
                (imported.loaded, imported.notes)
            }
        };
        if let Some(error) = no_randomness {
            bail!("no randomness for tokens: {error}");
        }
        let secret = |token: &NewToken| {
            token
                .text
                .strip_prefix(token.kind.prefix())
                .map(str::to_owned)
        };
        let was_made =
            |token: &NewToken| secret(token).is_some_and(|secret| drawn.contains(&secret));
        let (made, given) = loaded.new_tokens.into_iter().partition(was_made);
        Ok(World {
            seed: loaded.seed,
            given,
            made,
            notes,
        })
    }
}

/// Times that most likely are a mistake: whatever happens in a world comes after all that did.
fn to_come(seed: &Seed, now: Timestamp) -> Option<String> {
    let newest = seed.newest_tick();
    (newest.0 > now.0.saturating_add(AHEAD)).then(|| {
        format!(
            "{} at {}, which is later than now: what happens next gets times after it",
            doubts::happens(newest, seed),
            time_text(newest)
        )
    })
}

/// How a file is spoken of.
pub(crate) fn called(path: &Path) -> String {
    match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.display().to_string(),
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn origin(hash: impl AsRef<[u8]>) -> String {
    format!("sha256:{}", hex(hash.as_ref()))
}

/// Holds the data directory and sees that it holds this world: fills it if it is empty, does
/// nothing if it was filled from the same file before. Gives the world if it was read in now.
pub(crate) fn fill(
    config: &Config,
    source: &Source,
    hold: impl FnOnce(&Path) -> Result<Directory>,
) -> Result<(Directory, Option<World>)> {
    let path = &config.data.value;
    // A file that cannot be read leaves nothing behind, not even a directory.
    let read = if path.join("guestlist.db").exists() {
        None
    } else {
        Some(source.read(config)?)
    };
    let directory = hold(path)?;
    if is_empty(&directory)? {
        let world = match read {
            Some(world) => world,
            None => source.read(config)?,
        };
        // Of several that start at once, one has filled it.
        if load(&directory, &world.seed, &source.origin)? == Loaded::Now {
            return Ok((directory, Some(world)));
        }
    }
    // Nothing is loaded into a store that is not empty: this only tells what is there.
    if load(&directory, &Seed::default(), &source.origin)? == Loaded::OtherThere {
        bail!(
            "{} holds another world than {}, and only an empty store is loaded: name another directory with \
             --data, or serve what is there without --world",
            directory.place(),
            source.name
        );
    }
    Ok((directory, None))
}

/// Fills an empty store with the sample world. Gives it if nobody else was faster.
pub(crate) fn fill_with_sample(directory: &Directory, config: &Config) -> Result<Option<World>> {
    let source = Source::sample();
    let world = source.read(config)?;
    let loaded = load(directory, &world.seed, &source.origin)?;
    Ok((loaded == Loaded::Now).then_some(world))
}

fn load(directory: &Directory, seed: &Seed, origin: &str) -> Result<Loaded, StoreError> {
    let mut progress = Progress::new("loading");
    load_into(directory, seed, origin, &mut |done, total| {
        progress.at(done as u64, total as u64)
    })
}

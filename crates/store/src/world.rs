//! The world file: one YAML or JSON file for organisations, workspaces, people, channels,
//! apps and tokens; and the Slack export, which becomes the same rows.
//!
//! The format is described in `docs/world.md`. Reading takes three steps: text to
//! [`Document`] (keys and types), names to an index (every id given or made, each once),
//! rows (references followed, values checked). The last two tell everything that is wrong;
//! lines are looked up only then.

mod build;
mod check;
mod copy;
pub mod document;
mod index;
mod locate;
mod manifest;
mod parse;
mod problem;
mod refs;
mod schema;
mod shape;
pub mod slack_export;
#[cfg(test)]
mod tests;
mod write;

pub use check::{time as read_time, time_text};
pub use copy::{Copied, read_copy};
pub use document::Document;
pub use manifest::{AppManifest, Manifest, manifest};
pub use problem::{MOST, Problem, Problems};
pub use schema::schema;
pub use shape::{Members, TextOr};
pub use write::{NotWritten, to_yaml, write};

use build::Build;
use guestlist_domain::{
    AppId, Seed, TeamId, Timestamp, TokenHash, TokenKind, UserId, hex, time::SeededIds,
};
use index::Index;
use problem::{Found, Path};
use refs::Refs;
use sha2::{Digest, Sha256};
use std::fmt;

/// A small world for a server that was given none: Acme, and Globex so that there are
/// strangers. Its tokens are no secrets.
pub const SAMPLE: &str = include_str!("world/sample.yaml");

/// The same as JSON: a first start is quicker, and an idle server smaller, that never ran the
/// parser of YAML.
pub const SAMPLE_JSON: &str = include_str!("world/sample.json");

/// A token whose text is known now and never again.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The token.
    pub text: String,
    /// What it stands for.
    pub kind: TokenKind,
    /// Whom it acts as.
    pub user: Option<UserId>,
    /// Its app.
    pub app: Option<AppId>,
    /// The workspace it was made in.
    pub team: TeamId,
}

/// Without the text, which is nobody's business in a log.
impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            text: _,
            kind,
            user,
            app,
            team,
        } = self;
        f.debug_struct("NewToken")
            .field("kind", kind)
            .field("user", user)
            .field("app", app)
            .field("team", team)
            .finish_non_exhaustive()
    }
}

/// A world as it was read.
#[derive(Debug)]
pub struct Loaded {
    /// Every row; all references lead somewhere.
    pub seed: Seed,
    /// Tokens whose text was given or made, in the file's order.
    pub new_tokens: Vec<NewToken>,
}

/// The hash that is kept of a token.
pub fn token_hash(text: &str) -> TokenHash {
    TokenHash(Sha256::digest(text.as_bytes()).into())
}

/// The text of a new token, from random bytes.
pub fn token_text(kind: TokenKind, random: [u8; 24]) -> String {
    format!("{}{}", kind.prefix(), hex(&random))
}

/// The end of the link by which somebody joins a workspace, from random bytes.
fn link_end(random: [u8; 24]) -> String {
    hex(&random[..16])
}

/// Reads and checks a world. `file_name` is how problems call the file, `now` the time of
/// loading, `random` gives the bytes of tokens that are to be made.
pub fn read(
    file_name: &str,
    text: &str,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
) -> Result<Loaded, Problems> {
    let document = parse::document(file_name, text)?;
    read_document(file_name, text, document, SeededIds::default(), now, random)
}

/// Reads and checks workspaces that are to be added to a world. The same as [`read`], but ids that are
/// left out follow from the whole file, so that no two files have the same, and switches of the whole server
/// are refused.
pub fn read_addition(
    file_name: &str,
    text: &str,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
) -> Result<Loaded, Problems> {
    let document = parse::document(file_name, text)?;
    copy::check_server(file_name, text, &document)?;
    let ids = copy::ids_of::<32>(Sha256::digest(text).into());
    read_document(file_name, text, document, ids, now, random)
}

fn read_document(
    file_name: &str,
    text: &str,
    mut document: Document,
    ids: SeededIds,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
) -> Result<Loaded, Problems> {
    let mut found = Found::default();
    if document.version != document::VERSION {
        found.add(&Path::ROOT.key("version"), parse::OTHER_VERSION);
    }
    index::name(&mut document, ids, &mut found);
    let index = Index::of(&document, &mut found);
    let mut build = Build::new(Refs { index, found, now }, random);
    build.document(document);
    if build.refs.found.is_empty() {
        Ok(Loaded {
            seed: build.seed,
            new_tokens: build.new_tokens,
        })
    } else {
        Err(parse::problems(file_name, text, build.refs.found))
    }
}

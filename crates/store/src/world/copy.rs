//! Copies of a world file's workspaces: the same in everything but ids and tokens, so that one file makes
//! any number of them in one world.

use super::{
    Document, Loaded, Problems, document, index, parse,
    problem::{Found, Path, Problem},
    read_addition, read_document,
};
use guestlist_domain::{
    Timestamp, TokenKind,
    connect::send::{conf_code, link},
    time::SeededIds,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Workspaces under ids of their own.
#[derive(Debug)]
pub struct Copied {
    /// What they are made of. All tokens are new, in the order of the file.
    pub loaded: Loaded,
    /// For each id of the file, that of its copy.
    pub ids: BTreeMap<String, String>,
}

/// Reads and checks workspaces that are to be added to a world under ids of their own. The ids of the file
/// are replaced wherever they stand as words: in references, in texts and blocks of messages. Tokens, client
/// ids and links are made anew, whatever the file says of them but the tokens' kinds.
pub fn read_copy(
    file_name: &str,
    text: &str,
    now: Timestamp,
    random: &mut dyn FnMut() -> [u8; 24],
) -> Result<Copied, Problems> {
    // What is wrong is told by the ids that stand in the file.
    let mut checked = 0_u64;
    read_addition(file_name, text, now, &mut || {
        checked += 1;
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&checked.to_be_bytes());
        bytes
    })?;
    let document = parse::document(file_name, text)?;
    let mut fresh = ids_of(random());
    let ids: BTreeMap<String, String> = index::given(&document)
        .map(|id| (id.clone(), fresh.like(id)))
        .collect();
    let mut document = renamed(document, &ids).map_err(|why| told(file_name, why))?;
    let realm = document.workspaces.first().and_then(|one| one.id.clone());
    let realm = realm.unwrap_or_else(|| fresh.team().to_string());
    for workspace in &mut document.workspaces {
        // An address leads to people of the same copy alone.
        workspace.realm.insert_str(0, &realm);
        for app in &mut workspace.apps {
            let numbers = || number(random()) % 10_000_000_000_000;
            app.client_id = app.client_id.take().map(|_| client_id(numbers));
        }
        for invited in workspace
            .users
            .iter_mut()
            .filter_map(|user| user.invited.as_mut())
        {
            invited.link = None;
        }
        for invitation in &mut workspace.invitations {
            let chance = half(random());
            invitation.link = invitation.link.take().map(|_| link(&chance));
            invitation.conf_code = invitation.conf_code.take().map(|_| conf_code(&chance));
        }
        workspace.tokens.iter_mut().for_each(forget_text);
    }
    let loaded = read_document(file_name, text, document, fresh, now, random)?;
    Ok(Copied { loaded, ids })
}

/// The document with each word that is an id replaced, in all its texts.
fn renamed(document: Document, ids: &BTreeMap<String, String>) -> serde_json::Result<Document> {
    let mut value = serde_json::to_value(document)?;
    rename(&mut value, ids);
    serde_json::from_value(value)
}

fn rename(value: &mut Value, ids: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => *text = replaced(text, ids),
        Value::Array(all) => all.iter_mut().for_each(|one| rename(one, ids)),
        Value::Object(all) => {
            for (key, one) in all {
                match one {
                    Value::String(text) if LAYERED.contains(&key.as_str()) => {
                        rename_layered(text, ids);
                    }
                    one => rename(one, ids),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Texts that are JSON in JSON: where something in them is escaped, words begin elsewhere than they seem to.
const LAYERED: [&str; 3] = ["blocks", "attachments", "metadata"];

fn rename_layered(text: &mut String, ids: &BTreeMap<String, String>) {
    let inner = text.contains('\\').then(|| serde_json::from_str(text));
    match inner {
        Some(Ok(mut inner)) => {
            rename(&mut inner, ids);
            *text = inner.to_string();
        }
        _ => *text = replaced(text, ids),
    }
}

/// Our own type, written and read: it does not fail.
fn told(file_name: &str, why: serde_json::Error) -> Problems {
    Problems {
        file: file_name.to_owned(),
        problems: vec![Problem {
            line: None,
            path: String::new(),
            what: why.to_string(),
        }],
        more: 0,
    }
}

/// Refuses what belongs to a whole server.
pub(super) fn check_server(
    file_name: &str,
    text: &str,
    document: &Document,
) -> Result<(), Problems> {
    if document.server == document::Server::default() {
        return Ok(());
    }
    let mut found = Found::default();
    found.add(
        &Path::ROOT.key("server"),
        "switches of the whole server cannot be added with workspaces",
    );
    Err(parse::problems(file_name, text, found))
}

/// Ids that follow from these bytes: others have others.
pub(super) fn ids_of<const N: usize>(bytes: [u8; N]) -> SeededIds {
    SeededIds::after(number(bytes) >> 16)
}

fn number<const N: usize>(bytes: [u8; N]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn half(random: [u8; 24]) -> [u8; 16] {
    std::array::from_fn(|i| random[i])
}

/// In the form of Slack's: two numbers.
fn client_id(mut numbers: impl FnMut() -> u64) -> String {
    format!("{:013}.{:013}", numbers(), numbers())
}

fn forget_text(token: &mut document::Token) {
    let told = token.token.as_deref().and_then(TokenKind::from_prefix);
    token.kind = token.kind.or(told);
    (token.token, token.token_sha256) = (None, None);
}

/// The text with each word that is an id replaced.
fn replaced(text: &str, ids: &BTreeMap<String, String>) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut made = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        let word = ids.get(word).map_or(word, String::as_str);
        made.extend([before, word]);
        rest = after;
    }
    made.push_str(rest);
    made
}

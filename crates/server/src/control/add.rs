//! Adding workspaces while the server goes on.

use super::{Control, Problem, answer};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use guestlist_domain::{
    Actor, AppId, Facts, Key, Moment, Plan, ScopeSet, Seed, Stop, TeamId, TokenHash, TokenKind,
    UserId,
    add::{self, No},
};
use guestlist_methods::doubts;
use guestlist_store::{
    Apart, Decide, Store,
    world::{self, Copied, Loaded, Problems},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// The largest file, in bytes: whoever writes meanwhile waits for it, on PostgreSQL for seconds.
pub(super) const MOST_BYTES: usize = 8 << 20;
/// The most of what is there already that is named.
const MOST_NAMED: usize = 10;

/// Under which ids a file's workspaces are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// Those of the file.
    #[default]
    Kept,
    /// Others, made for this copy.
    New,
}

/// What was added.
#[derive(Debug, Serialize, Deserialize)]
pub struct Added {
    /// The workspaces, in the file's order.
    pub workspaces: Vec<TeamId>,
    /// The apps, in the file's order.
    pub apps: Vec<AddedApp>,
    /// The tokens whose texts were given or made, in the file's order.
    pub tokens: Vec<AddedToken>,
    /// For each id of the file, that of its copy. Empty where ids are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
    /// What is taken and may not be meant, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The place in the journal after which this stands, and all that comes of it.
    pub place: String,
}

/// An app that was added.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddedApp {
    /// Its id.
    pub app_id: AppId,
    /// Its name.
    pub name: String,
    /// Its OAuth client, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// A token that was added. Its text is kept nowhere.
#[derive(Serialize, Deserialize)]
pub struct AddedToken {
    /// The text.
    pub token: String,
    /// What it stands for.
    pub kind: TokenKind,
    /// The workspace it was made in.
    pub workspace: TeamId,
    /// Whom it acts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Its app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// What it may do.
    #[serde(default)]
    pub scopes: ScopeSet,
}

/// Without the text, which is nobody's business in a log.
impl std::fmt::Debug for AddedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddedToken")
            .field("kind", &self.kind)
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// `POST /control/v1/world`.
pub(super) async fn world_add(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Problem> {
    let ids = which_ids(query.as_deref().unwrap_or_default())?;
    let text = String::from_utf8(body.into())
        .map_err(|_| Problem::invalid("invalid_world", "the body is not UTF-8 text"))?;
    let added = add_world(&control.store, text, ids).await?;
    Ok(answer(StatusCode::CREATED, &added))
}

fn which_ids(query: &str) -> Result<Ids, Problem> {
    let mut ids = Ids::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        ids = match (&*name, &*value) {
            ("ids", "kept") => Ids::Kept,
            ("ids", "new") => Ids::New,
            ("ids", other) => {
                let message = format!("`ids` is kept or new, not `{other}`");
                return Err(Problem::invalid("invalid_request", message));
            }
            (other, _) => {
                let message = format!("`{other}` is not ids");
                return Err(Problem::invalid("invalid_request", message));
            }
        };
    }
    Ok(ids)
}

/// Adds the workspaces of a world file to a store: all or nothing.
pub async fn add_world(store: &Store, text: String, ids: Ids) -> Result<Added, Problem> {
    let now = store.clock().now();
    // A large one takes a while: not on a thread that answers calls.
    let chance = store.clone();
    let read = tokio::task::spawn_blocking(move || {
        let (mut count, mut drawn) = (0, None);
        // A file of which nothing is to be made, or that is refused before, takes nothing of what calls draw.
        let mut random = || {
            count += 1;
            let drawn = drawn.get_or_insert_with(|| chance.draw());
            let bytes = drawn
                .as_ref()
                .map(|drawn| drawn.bytes(&format!("added {count}")));
            bytes.unwrap_or_default()
        };
        let file_name = "the body";
        let read = match ids {
            Ids::New => world::read_copy(file_name, &text, now, &mut random),
            Ids::Kept => {
                let loaded = world::read_addition(file_name, &text, now, &mut random);
                let ids = BTreeMap::new();
                loaded.map(|loaded| Copied { loaded, ids })
            }
        };
        match drawn {
            Some(Err(error)) => Err(Problem::failed(format!("no randomness: {error}"))),
            _ => read.map_err(|problems| not_a_world(&problems)),
        }
    });
    let read = read.await;
    let Copied { loaded, ids } = read.map_err(|error| Problem::failed(error.to_string()))??;
    let Loaded { seed, new_tokens } = loaded;
    let held = seed.tokens.iter().map(|token| (token.hash, &token.scopes));
    let held: HashMap<TokenHash, &ScopeSet> = held.collect();
    let added = Added {
        workspaces: seed.workspaces.iter().map(|one| one.id).collect(),
        apps: seed
            .apps
            .iter()
            .map(|app| AddedApp {
                app_id: app.id,
                name: app.name.clone(),
                client_id: app.client_id.clone(),
            })
            .collect(),
        tokens: new_tokens
            .into_iter()
            .map(|token| AddedToken {
                scopes: held
                    .get(&world::token_hash(&token.text))
                    .map_or_else(ScopeSet::default, |scopes| (*scopes).clone()),
                token: token.text,
                kind: token.kind,
                workspace: token.team,
                user: token.user,
                app: token.app,
            })
            .collect(),
        ids,
        notes: doubts::world(&seed),
        place: store.here().await?.to_string(),
    };
    let Some(first) = added.workspaces.first().copied() else {
        return Err(problem(&No::Empty, &seed));
    };
    let seed = Arc::new(seed);
    store.write(Arc::new(Add { first, seed })).await?;
    Ok(added)
}

fn not_a_world(problems: &Problems) -> Problem {
    Problem::invalid("invalid_world", problems.to_string())
}

/// An addition, as the store decides it.
struct Add {
    /// The journal has it under the first workspace.
    first: TeamId,
    seed: Arc<Seed>,
}

impl Decide for Add {
    type Outcome = ();
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.first)
    }

    fn needs(&self) -> Vec<Key> {
        add::needs(&self.seed)
    }

    fn apart(&self) -> Option<Apart> {
        Some(Apart::Adds)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<Problem>> {
        add::decide(facts, &self.seed, moment)
            .map_err(|stop| stop.map(|no| problem(&no, &self.seed)))
    }
}

fn problem(no: &No, seed: &Seed) -> Problem {
    match no {
        No::Empty => Problem::invalid("invalid_world", "there is no workspace in it"),
        No::Taken(taken) => {
            let mut named = taken[..taken.len().min(MOST_NAMED)].join(", ");
            if let more @ 1.. = taken.len().saturating_sub(MOST_NAMED) {
                named.push_str(&format!(" and {more} more"));
            }
            let message = format!("already there: {named}; with new ids a copy can be added");
            Problem::new(StatusCode::CONFLICT, "already_there", message)
        }
        No::ToCome(ts) => {
            let what = doubts::happens(*ts, seed);
            let message = format!(
                "{what} at {}, which is later than the world's time",
                ts.ts()
            );
            Problem::invalid("invalid_time", message)
        }
    }
}

//! What apps are told, to be looked at.

use super::{Problem, workspace};
use guestlist_domain::{AppId, TeamId, Timestamp};
use guestlist_store::{Store, StoreError, Told};
use serde::Serialize;
use serde_json::value::RawValue;

/// The most events in one answer.
const MOST: usize = 1000;

/// Which events.
#[derive(Clone, Debug, Default)]
pub(super) struct Which {
    /// Only later ones than this `ts`.
    after: Option<String>,
    /// Only those of this name.
    name: Option<String>,
    /// Only those whose apps are in one of these workspaces may be told; all, where none is named.
    workspaces: Vec<TeamId>,
}

impl Which {
    /// Reads a query. Times and names of events need no escapes.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("after", value)) => which.after = Some(value.to_owned()),
                Some(("name", value)) => which.name = Some(value.to_owned()),
                Some(("workspace", value)) => which.workspaces.push(workspace(value)?),
                _ => {
                    let message = format!("`{pair}` is none of `after=…`, `name=…`, `workspace=…`");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

/// An event and whom it is for.
#[derive(Debug, Serialize)]
pub struct EventView {
    /// When; it names the event.
    pub ts: String,
    /// Its name.
    pub name: String,
    /// The workspaces whose apps may be told.
    pub workspaces: Vec<TeamId>,
    /// The scopes of which an app needs one.
    pub scopes: Vec<String>,
    /// The apps that hold one and have subscribed, each in the workspace where it is told.
    pub apps: Vec<Listener>,
    /// The payload, word for word.
    pub event: Box<RawValue>,
}

/// An app that is told.
#[derive(Debug, Serialize)]
pub struct Listener {
    /// Where.
    pub workspace: TeamId,
    /// Which.
    pub app: AppId,
}

/// A page of events, oldest first; the next one is after the last of these.
pub(super) async fn list(store: &Store, which: Which) -> Result<Vec<EventView>, Problem> {
    let after = match which.after.as_deref() {
        None => Timestamp::default(),
        Some(text) => Timestamp::parse_ts(text).ok_or_else(|| {
            let message = format!("`after` is a `ts` like 1580774400.000100, not `{text}`");
            Problem::invalid("invalid_time", message)
        })?,
    };
    let told = store.read_long(move |reader| {
        let mut events = Vec::new();
        let mut after = after;
        loop {
            let page = reader.told(after, which.name.as_deref(), MOST)?;
            let is_full = page.len() == MOST;
            for told in page {
                after = told.ts;
                let teams = &told.audience.teams;
                let is_asked = which.workspaces.is_empty()
                    || teams.iter().any(|team| which.workspaces.contains(team));
                if is_asked && events.len() < MOST {
                    let apps = reader.listeners(&told)?;
                    events.push(view(told, apps));
                }
            }
            if !is_full || events.len() == MOST {
                return Ok::<_, StoreError>(events);
            }
        }
    });
    Ok(told.await?)
}

fn view(told: Told, apps: Vec<(TeamId, AppId)>) -> EventView {
    EventView {
        ts: told.ts.ts(),
        name: told.name,
        workspaces: told.audience.teams,
        scopes: told.audience.scopes,
        apps: apps
            .into_iter()
            .map(|(workspace, app)| Listener { workspace, app })
            .collect(),
        event: told.payload,
    }
}

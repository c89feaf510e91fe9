//! Answers in the words of the API.

use super::{question, read::Page};
use guestlist_domain::{
    TeamId, Timestamp,
    audit::{AppSeen, Details, Entity, Entry, GROUPS, Names},
};
use guestlist_methods::handle::Answer;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An entry as it is told. Addresses, clients and sessions are no part of the journal, so `context` has none.
#[derive(Serialize)]
struct Told<'a> {
    id: String,
    date_create: i64,
    action: &'static str,
    actor: Entity,
    entity: &'a Entity,
    context: Context<'a>,
    details: &'a Details,
}

#[derive(Serialize)]
struct Context<'a> {
    location: Location<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a AppSeen>,
}

#[derive(Serialize)]
struct Location<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    workspace: &'a Names<TeamId>,
}

impl<'a> Told<'a> {
    fn new(when: Timestamp, entry: &'a Entry) -> Self {
        Self {
            id: entry.id.uuid(when),
            date_create: when.seconds(),
            action: entry.action.name(),
            actor: Entity::User(entry.actor.clone()),
            entity: &entry.entity,
            context: Context {
                location: Location {
                    kind: "workspace",
                    workspace: &entry.location,
                },
                app: entry.app.as_ref(),
            },
            details: &entry.details,
        }
    }
}

#[derive(Serialize)]
struct Entries<'a> {
    entries: Vec<Told<'a>>,
}

/// A page of a log.
pub(super) fn page(page: &Page) -> Answer {
    let entries = page.entries.iter();
    let entries = Entries {
        entries: entries
            .map(|(when, entry)| Told::new(*when, entry))
            .collect(),
    };
    Answer::Good {
        // Our own types: string keys and no failing serializers.
        reply: serde_json::to_vec(&entries).unwrap_or_default(),
        warnings: Vec::new(),
        next_cursor: Some(page.next.map(question::cursor).unwrap_or_default()),
    }
}

/// Every action that there can be here, by group.
pub(super) fn actions() -> Answer {
    let groups = GROUPS.iter().map(|(group, actions)| {
        let names = actions.iter().map(|action| Value::from(action.name()));
        ((*group).to_owned(), names.collect())
    });
    good(&json!({"actions": groups.collect::<Map<_, _>>()}))
}

/// What entities are made of.
pub(super) fn schemas() -> Answer {
    let place = |what: &str| {
        json!({
            "id": format!("The id of the {what}."),
            "name": format!("Its name."),
            "domain": "Its sub-domain.",
        })
    };
    let user = json!({
        "id": "The id of the user.",
        "name": "Their handle.",
        "email": "Their address; told of people of the organisation alone.",
        "team": "The workspace they belong to first.",
    });
    let channel = json!({
        "id": "The id of the channel.",
        "name": "Its name on the organisation's side; left out where the organisation has it no more.",
        "privacy": "`public` or `private`, on that side.",
        "is_shared": "Whether other organisations take part.",
        "is_org_shared": "Whether several workspaces of its organisation have it.",
        "teams_shared_with": "The workspaces of other organisations that take part.",
        "original_connected_channel_id": "Of the copy that a disconnected side keeps, the channel it is of.",
    });
    let app = json!({
        "id": "The id of the app.",
        "name": "Its name.",
        "is_distributed": "Whether other workspaces than its own may install it.",
        "is_directory_approved": "Never: there is no directory.",
        "scopes": "What its manifest asks of people.",
        "scopes_bot": "What its manifest asks for its bot.",
        "team": "The workspace that lists it.",
    });
    let schemas = [
        ("workspace", place("workspace")),
        ("user", user),
        ("channel", channel),
        ("app", app),
    ];
    let schemas = schemas.map(|(name, fields)| {
        let mut schema = Map::new();
        schema.insert("type".to_owned(), name.into());
        schema.insert(name.to_owned(), fields);
        schema
    });
    good(&json!({"schemas": schemas}))
}

fn good(reply: &Value) -> Answer {
    Answer::Good {
        reply: reply.to_string().into_bytes(),
        warnings: Vec::new(),
        next_cursor: None,
    }
}

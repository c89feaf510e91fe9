//! Events as apps are told of them: the inner part, under the key `event`.
//! <https://docs.slack.dev/reference/events>

use super::{
    conversation::note,
    invite_request::InviteRequestObject,
    message::{message, sign},
    user::{UserObject, Viewer},
    usergroup::UsergroupObject,
};
use guestlist_domain::{
    Channel, ChannelId, ChannelKind, Enterprise, Message, TeamId, Timestamp, User, UserId,
    Usergroup,
    channel::Note,
    event::{Author, Event, Happened, audience::Hearing},
    message::What,
};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// What `hearing`'s app is told of an event.
pub fn event(event: &Event, hearing: &Hearing) -> Value {
    if let Happened::Connect(told) = &event.what {
        return serde_json::to_value(&**told).unwrap_or_default();
    }
    let name = event.what.name(hearing.kind);
    let channel = event.channel.as_ref().map(|channel| channel.id);
    let mut out = match &event.what {
        Happened::MemberJoined {
            user,
            team,
            enterprise,
            inviter,
        } => {
            let mut out = membership(*user, channel, *team);
            if let Some(inviter) = inviter {
                out.insert("inviter".to_owned(), json!(inviter));
            }
            if let Some(enterprise) = enterprise {
                out.insert("enterprise".to_owned(), json!(enterprise));
            }
            out
        }
        Happened::MemberLeft { user, team } => membership(*user, channel, *team),
        Happened::Left { actor } => object(json!({"channel": channel, "actor_id": actor})),
        Happened::Said { message, author } => {
            let mut out = said(message, channel, author.as_ref());
            out.insert("channel_type".to_owned(), place(hearing.kind).into());
            out
        }
        Happened::Reworded {
            message,
            before,
            author,
        } => object(json!({
            "subtype": "message_changed",
            "channel": channel,
            "hidden": true,
            "message": signed(message, channel, author.as_ref()),
            "previous_message": signed(before, channel, author.as_ref()),
            "ts": event.ts.ts(),
            "channel_type": place(hearing.kind),
        })),
        Happened::Deleted { before, author } => object(json!({
            "subtype": "message_deleted",
            "channel": channel,
            "hidden": true,
            "deleted_ts": before.ts.ts(),
            "previous_message": signed(before, channel, author.as_ref()),
            "ts": event.ts.ts(),
            "channel_type": place(hearing.kind),
        })),
        Happened::Mentioned { message, author } => {
            let mut out = said(message, channel, author.as_ref());
            out.shift_remove("subtype");
            out
        }
        Happened::Created { channel } => object(json!({"channel": created(channel, hearing.team)})),
        Happened::Renamed { channel } => object(json!({"channel": renamed(channel, hearing)})),
        Happened::Archived { user } => {
            object(json!({"channel": channel, "user": user, "is_moved": 0}))
        }
        Happened::Unarchived { user } if name == "group_unarchive" => {
            object(json!({"channel": channel, "actor_id": user}))
        }
        Happened::Unarchived { user } | Happened::Opened { user } | Happened::Closed { user } => {
            object(json!({"channel": channel, "user": user}))
        }
        Happened::TeamJoined { user, org } | Happened::UserChanged { user, org } => object(json!({
            "user": person(user, org.as_deref(), hearing, event.ts),
            "cache_ts": event.ts.seconds(),
        })),
        Happened::UsergroupMade { group } | Happened::UsergroupEdited { group } => {
            object(json!({"subteam": told_whole(group)}))
        }
        Happened::UsersOfGroupChanged {
            group,
            added,
            removed,
            before,
        } => object(json!({
            "subteam_id": group.id,
            "team_id": group.team,
            "date_previous_update": before.seconds(),
            "date_update": group.updated.seconds(),
            "added_users": added,
            "added_users_count": added.len(),
            "removed_users": removed,
            "removed_users_count": removed.len(),
        })),
        Happened::InviteRequested { request, workspace } => {
            let told = InviteRequestObject::new(request).of(workspace);
            object(json!({"invite_request": told}))
        }
        Happened::TokensRevoked { user, bot } => {
            let [oauth, bot] = match bot {
                true => [&[][..], &[*user]],
                false => [&[*user][..], &[]],
            };
            object(json!({"tokens": {"oauth": oauth, "bot": bot}}))
        }
        Happened::AccessGranted { teams } | Happened::AccessRevoked { teams } => {
            object(json!({"team_ids": teams}))
        }
        Happened::Uninstalled | Happened::Connect(_) => Map::new(),
    };
    // First the type, last the time, as people are used to.
    out.shift_insert(0, "type".to_owned(), name.into());
    out.insert("event_ts".to_owned(), event.ts.ts().into());
    Value::Object(out)
}

/// A topic or purpose, as a value of its own.
struct NoteObject<'a>(&'a Note);

impl Serialize for NoteObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        note(self.0, serializer)
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn person(user: &User, org: Option<&Enterprise>, hearing: &Hearing, now: Timestamp) -> UserObject {
    let viewer = Viewer {
        id: None,
        team: hearing.team,
        enterprise: org,
        scopes: &hearing.scopes,
        is_admin: false,
    };
    UserObject::seen(user, &viewer, now).locale()
}

/// A user group, with as many of its people as an event names.
fn told_whole(group: &Usergroup) -> UsergroupObject {
    const MOST: usize = 500;
    UsergroupObject::new(group)
        .users(group, MOST)
        .count(group, true)
}

fn membership(user: UserId, channel: Option<ChannelId>, team: TeamId) -> Map<String, Value> {
    let old = channel.is_some_and(|channel| channel.letter() == 'G');
    let kind = if old { "G" } else { "C" };
    object(json!({"user": user, "channel": channel, "channel_type": kind, "team": team}))
}

/// What kind of conversation it is to whoever hears of what is said in it.
fn place(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Public => "channel",
        ChannelKind::Private => "group",
        ChannelKind::Im => "im",
        ChannelKind::Mpim => "mpim",
    }
}

/// A message, and whose it is where somebody wrote it.
fn signed(said: &Message, channel: Option<ChannelId>, author: Option<&Author>) -> Value {
    let Some(channel) = channel else {
        return json!({});
    };
    let mut shown = message(said, channel);
    if let Some(Author { user, app }) = author.filter(|_| matches!(said.what, What::Text(_))) {
        sign(&mut shown, user, app.as_deref());
    }
    shown
}

fn said(said: &Message, channel: Option<ChannelId>, author: Option<&Author>) -> Map<String, Value> {
    let mut out = object(signed(said, channel, author));
    out.insert("channel".to_owned(), json!(channel));
    out
}

fn created(channel: &Channel, team: TeamId) -> Value {
    let old = channel.id.letter() == 'G';
    json!({
        "id": channel.id,
        "is_channel": !old,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": channel.created.seconds(),
        "creator": channel.creator,
        "is_shared": channel.is_ext_shared() || channel.is_org_shared(),
        "is_org_shared": channel.is_org_shared(),
        "context_team_id": team,
        "is_group": old,
        "is_im": false,
        "is_mpim": false,
        "is_private": channel.kind != ChannelKind::Public,
        "is_archived": channel.archived,
        "is_general": channel.general,
        "unlinked": 0,
        "is_pending_ext_shared": false,
        "pending_shared": [],
        "updated": channel.updated.millis(),
        "is_ext_shared": channel.is_ext_shared(),
        "shared_team_ids": [channel.team],
        "internal_team_ids": [],
        "pending_connected_team_ids": [],
        "topic": NoteObject(&channel.topic),
        "purpose": NoteObject(&channel.purpose),
        "previous_names": channel.previous_names,
        "is_moved": 0,
        "is_frozen": false,
    })
}

/// In a connected channel each side knows its own name.
fn renamed(channel: &Channel, hearing: &Hearing) -> Value {
    let own = channel
        .connection(hearing.team)
        .and_then(|side| side.name.as_deref());
    let name = own.unwrap_or(&channel.name);
    json!({
        "id": channel.id,
        "is_channel": channel.id.letter() != 'G',
        "is_mpim": false,
        "name": name,
        "name_normalized": name,
        "created": channel.created.seconds(),
    })
}

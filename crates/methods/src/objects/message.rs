//! Messages as history and events show them.
//! <https://docs.slack.dev/reference/events/message>

use super::BotIcons;
use guestlist_domain::{App, ChannelId, Message, User, message::What};
use serde_json::{Map, Value, json};

/// A message's JSON. Private channels of old (`G…`) say "group" where others say "channel".
pub fn message(message: &Message, channel: ChannelId) -> Value {
    let old = channel.letter() == 'G';
    let noun = if old { "group" } else { "channel" };
    let user = message.user;
    let mut out = Map::new();
    let mut set = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    set("type", "message".into());
    let by_name =
        matches!(&message.what, What::Text(it) if it.bot.is_some() && it.username.is_some());
    let (subtype, text) = match &message.what {
        What::Text(written) => {
            let subtype = match message.answers().is_some() && written.broadcast {
                true => Some("thread_broadcast"),
                false => by_name.then_some("bot_message"),
            };
            (subtype.map(str::to_owned), written.text.clone())
        }
        What::Joined { .. } => (
            Some(format!("{noun}_join")),
            format!("<@{user}> has joined the {noun}"),
        ),
        What::Left => (
            Some(format!("{noun}_leave")),
            format!("<@{user}> has left the {noun}"),
        ),
        What::Topic(topic) => (
            Some(format!("{noun}_topic")),
            format!("set the channel topic: {topic}"),
        ),
        What::Purpose(purpose) => (
            Some(format!("{noun}_purpose")),
            format!("set the channel description: {purpose}"),
        ),
        What::Renamed { old_name, name } => (
            Some(format!("{noun}_name")),
            format!("has renamed the channel from \"{old_name}\" to \"{name}\""),
        ),
        What::Archived => (
            Some(format!("{noun}_archive")),
            "archived the channel".to_owned(),
        ),
        What::Unarchived => (
            Some(format!("{noun}_unarchive")),
            "un-archived the channel".to_owned(),
        ),
        What::Tombstone => (
            Some("tombstone".to_owned()),
            "This message was deleted.".to_owned(),
        ),
    };
    if matches!(message.what, What::Tombstone) {
        set("hidden", true.into());
    }
    if let Some(subtype) = subtype {
        set("subtype", subtype.into());
    }
    set("ts", message.ts.ts().into());
    // A bot that goes by a name of its choice shows no user beside it.
    if !by_name {
        let is_tombstone = matches!(message.what, What::Tombstone);
        set(
            "user",
            match is_tombstone {
                true => "USLACKBOT".into(),
                false => user.to_string().into(),
            },
        );
    }
    set("text", text.into());
    match &message.what {
        What::Joined {
            inviter: Some(inviter),
        } => set("inviter", inviter.to_string().into()),
        What::Topic(topic) => set("topic", topic.as_str().into()),
        What::Purpose(purpose) => set("purpose", purpose.as_str().into()),
        What::Renamed { old_name, name } => {
            set("old_name", old_name.as_str().into());
            set("name", name.as_str().into());
        }
        What::Text(written) => {
            if let Some(bot) = written.bot {
                set("bot_id", bot.to_string().into());
            }
            if let Some(name) = &written.username {
                set("username", name.as_str().into());
            }
            if let Some(thread) = written.thread_ts {
                set("thread_ts", thread.ts().into());
            }
            if let Some(edited) = written.edited {
                let by = match written.bot {
                    Some(bot) => bot.to_string(),
                    None => user.to_string(),
                };
                set("edited", json!({"user": by, "ts": edited.ts()}));
            }
            let stored = |text: &Option<String>| -> Option<Value> {
                text.as_deref()
                    .and_then(|text| serde_json::from_str(text).ok())
            };
            for (key, value) in [
                ("blocks", stored(&written.blocks)),
                (
                    "attachments",
                    stored(&written.attachments).map(with_fallbacks),
                ),
                ("metadata", stored(&written.metadata)),
            ] {
                if let Some(value) = value {
                    set(key, value);
                }
            }
        }
        _ => {}
    }
    json!(out)
}

/// Attachments are numbered from 1, and each has words for where it cannot be shown.
fn with_fallbacks(mut attachments: Value) -> Value {
    let all = attachments.as_array_mut().into_iter().flatten();
    for (attachment, number) in all.filter_map(Value::as_object_mut).zip(1..) {
        attachment.insert("id".to_owned(), json!(number));
        let told = |key: &str| {
            attachment
                .get(key)?
                .as_str()
                .filter(|text| !text.is_empty())
        };
        let words = ["fallback", "text", "title", "pretext"];
        let words = words.into_iter().find_map(told);
        let fallback = words.unwrap_or("[no preview available]").to_owned();
        attachment.insert("fallback".to_owned(), fallback.into());
    }
    attachments
}

/// Tells with a written message whose it is: the workspace, and the app and its bot where one wrote it.
pub fn sign(message: &mut Value, author: &User, app: Option<&App>) {
    message["team"] = json!(author.team);
    let Some(bot) = author.bot else { return };
    let app_id = bot.app.or(app.map(|app| app.id));
    message["app_id"] = json!(app_id);
    message["bot_profile"] = json!({
        "id": bot.id,
        "deleted": author.removed,
        "name": app.map_or(&author.name, |app| &app.name),
        "updated": author.updated.seconds(),
        "app_id": app_id,
        "icons": BotIcons::of(bot.id),
        "team_id": author.team,
    });
}

//! Buttons and menus: somebody presses one or chooses from one, and the app whose it is hears of it.
//! <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>

use super::{
    Stage, There,
    answer::Place,
    channel_name,
    hook::{self, Kind},
    lost, payload,
};
use crate::{control::Problem, events::Parcel};
use axum::http::StatusCode;
use guestlist_domain::{
    App, AppId, Caller, Change, ChannelId, ChannelKind, Message, TeamId, Timestamp, UserId,
    message::What, see::Seen,
};
use guestlist_methods::{
    objects,
    views::element::{self, Found, Named, State},
};
use guestlist_store::{Reader, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What somebody presses or chooses, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clicking {
    /// The conversation.
    pub channel: ChannelId,
    /// The message in it.
    pub ts: String,
    /// The element, by its `action_id`.
    pub action: String,
    /// The block it is in, where several have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// What is chosen; of several a list. Nothing where a button is pressed.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// In which of their workspaces; their own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClickedView {
    /// The app whose it is.
    pub app_id: AppId,
    /// It was told. Of inputs in a view it hears when the view is submitted.
    pub told: bool,
    /// What it was told.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub action: Value,
}

/// Where it was done, as a payload tells it.
pub(super) struct Around<'a> {
    pub(super) found: Found<'a>,
    /// What is chosen all around in a message; a view tells it by itself.
    pub(super) state: Option<State>,
    /// `container`, `channel`, `message`, `view`: what there is of them.
    pub(super) more: Map<String, Value>,
    /// The view it is in.
    pub(super) view: Option<String>,
    /// Where the app may answer.
    pub(super) place: Option<Place>,
}

impl Stage<'_> {
    /// Somebody presses or chooses something in a message.
    pub(crate) async fn click(
        &self,
        user: UserId,
        clicking: Clicking,
    ) -> Result<ClickedView, Problem> {
        let no = |code, message: String| Problem::invalid(code, message);
        let ts = Timestamp::parse_ts(&clicking.ts).ok_or_else(|| {
            let message = format!(
                "`ts` is a message's, as 1503435956.000247, not `{}`",
                clicking.ts
            );
            no("invalid_ts", message)
        })?;
        let person = self.person(user, clicking.workspace).await?;
        let seen = self.place(&person, clicking.channel).await?;
        let found = self.message(&person, &seen, ts).await?;
        let (message, is_ephemeral) = found.ok_or_else(|| {
            let message = format!(
                "{user} sees no message {} in {}",
                clicking.ts, seen.channel.id
            );
            no("message_not_found", message)
        })?;
        let (app, author) = self.author(&message).await?;
        let there = self.there(app.id, &person, author.team).await?;
        let mut shown = objects::message(&message, seen.channel.id);
        objects::message::sign(&mut shown, &author, Some(&app));
        element::name_all(
            &mut shown["blocks"],
            &format!("{} {ts}", seen.channel.id, ts = ts.ts()),
        );
        let blocks = shown["blocks"].clone();
        let all = element::elements(&blocks);
        let found = element::find(&all, &clicking.action, clicking.block.as_deref())
            .map_err(|why| no("action_not_found", why))?;
        if found.is_silent() {
            let message = format!(
                "`{}` is an input without `dispatch_action`: in a message its app hears nothing of it by itself",
                found.action_id()
            );
            return Err(no("not_dispatched", message));
        }
        let mut more = Map::new();
        let mut container = json!({
            "type": "message",
            "message_ts": ts.ts(),
            "channel_id": seen.channel.id,
            "is_ephemeral": is_ephemeral,
        });
        if let What::Text(text) = &message.what
            && let Some(thread) = text.thread_ts
        {
            container["thread_ts"] = thread.ts().into();
        }
        let channel = json!({"id": seen.channel.id, "name": channel_name(&seen)});
        for (key, value) in [
            ("container", container),
            ("channel", channel),
            ("message", shown),
        ] {
            more.insert(key.to_owned(), value);
        }
        let place = Place {
            app: app.id,
            team: there.workspace.id,
            bot: Some(author.id),
            user,
            channel: seen.channel.id,
            message: (!is_ephemeral).then_some(ts),
        };
        let around = Around {
            found,
            state: Some(State::initial(&all)),
            more,
            view: None,
            place: Some(place),
        };
        self.act(&app, &person, &there, &clicking.value, around)
            .await
    }

    /// Tells an app what was pressed or chosen, if it is to hear of it now.
    pub(super) async fn act(
        &self,
        app: &App,
        person: &Caller,
        there: &There,
        given: &Value,
        around: Around<'_>,
    ) -> Result<ClickedView, Problem> {
        let Around {
            found,
            state,
            more,
            view,
            place,
        } = around;
        if found.is_silent() {
            return Ok(ClickedView {
                app_id: app.id,
                told: false,
                action: Value::Null,
            });
        }
        let (field, value) = self.chosen(person, &found, given).await?;
        listens(app)?;
        let now = self.store.clock().now();
        let action = told(&found, field, &value, now);
        let drawn = self.draw()?;
        let mut payload = payload("block_actions", app, person, there);
        payload.extend(more);
        if let Some(mut state) = state {
            if found.stays() {
                state.set(&found, field, value);
            }
            payload.insert("state".to_owned(), state.into_json());
        }
        payload.insert("actions".to_owned(), json!([action]));
        let channel = place.as_ref().map(|place| place.channel);
        let trigger = self
            .trigger_at(app.id, person, there.workspace.id, (view, channel), &drawn)
            .await?;
        payload.insert("trigger_id".to_owned(), trigger.into());
        if let Some(place) = &place {
            let hook = hook::make(self.store, Kind::Actions, place, &drawn).await?;
            payload.insert("response_url".to_owned(), hook.into());
        }
        self.interactive(app, payload).await?;
        Ok(ClickedView {
            app_id: app.id,
            told: true,
            action,
        })
    }

    /// What is chosen with an element, if it can be: whoever is named is there, and seen.
    pub(super) async fn chosen(
        &self,
        person: &Caller,
        found: &Found<'_>,
        given: &Value,
    ) -> Result<(&'static str, Value), Problem> {
        let name = found.action_id();
        let chosen = element::choose(found.element, given)
            .map_err(|why| Problem::invalid("invalid_value", format!("`{name}`: {why}")))?;
        for named in chosen.named {
            match named {
                Named::Channel(channel) => {
                    self.place(person, channel).await?;
                }
                Named::Public(channel) => {
                    let seen = self.place(person, channel).await?;
                    if seen.kind() != ChannelKind::Public {
                        let message = format!("`{name}`: {channel} is no public channel");
                        return Err(Problem::invalid("invalid_value", message));
                    }
                }
                Named::User(user) => {
                    let known = self.store.read(|reader| reader.user(user)).await?;
                    let now = self.store.clock().now();
                    let team = person.team();
                    let is_here =
                        |user: &Arc<guestlist_domain::User>| user.is_in(team) && !user.is_gone(now);
                    if !known.as_ref().is_some_and(is_here) {
                        let message = format!("`{name}`: there is no {user} in {team}");
                        return Err(Problem::invalid("user_not_found", message));
                    }
                }
            }
        }
        Ok((chosen.field, chosen.value))
    }

    /// Hands a payload over to an app that takes such.
    pub(super) async fn interactive(
        &self,
        app: &App,
        payload: Map<String, Value>,
    ) -> Result<crate::events::Said, Problem> {
        listens(app)?;
        let parcel = Parcel {
            kind: "interactive",
            payload: Value::Object(payload),
            url: app.interactivity.request_url.clone(),
        };
        let said = self.events.hand(self.store, app, parcel).await;
        said.map_err(|why| lost(app, &why))
    }

    /// A message as somebody sees it, and whether they alone do.
    pub(super) async fn message(
        &self,
        person: &Caller,
        seen: &Seen,
        ts: Timestamp,
    ) -> Result<Option<(Message, bool)>, Problem> {
        let channel = seen.channel.clone();
        let found = self
            .store
            .read(|reader| reader.message(&channel, ts))
            .await?;
        if let Some(message) = found {
            return Ok(Some((message, false)));
        }
        let which = (channel.id, person.id(), ts);
        let logged = self.store.logged();
        let look = move |reader: &mut Reader| shown_to(reader, logged, which);
        let found = self.store.read_long(look).await?;
        Ok(found.map(|message| (message, true)))
    }

    /// The app that wrote a message, and whom it acted as.
    async fn author(
        &self,
        message: &Message,
    ) -> Result<(Arc<App>, Arc<guestlist_domain::User>), Problem> {
        let nobodys = || {
            let message = format!("the message {} is not an app's", message.ts.ts());
            Problem::invalid("not_interactive", message)
        };
        if !matches!(message.what, What::Text(_)) {
            return Err(nobodys());
        }
        let user = message.user;
        let found = self.store.read(|reader| {
            let Some(user) = reader.user(user)? else {
                return Ok(None);
            };
            let app = match user.bot.and_then(|bot| bot.app) {
                Some(app) => reader.app(app)?,
                None => None,
            };
            Ok::<_, StoreError>(app.map(|app| (app, user)))
        });
        found.await?.ok_or_else(nobodys)
    }
}

/// Whether an app takes what is pressed, chosen and submitted. Of what nobody is told nothing is kept.
pub(super) fn listens(app: &App) -> Result<(), Problem> {
    if app.interactivity.is_enabled {
        return Ok(());
    }
    let message = format!(
        "{} ({}) does not take what people do: its manifest has no `settings.interactivity` with `is_enabled`",
        app.name, app.id
    );
    let (status, code) = (StatusCode::BAD_GATEWAY, "app_missing_action_url");
    Err(Problem::new(status, code, message))
}

/// A message that somebody alone was shown: no history has it, and the journal does.
fn shown_to(
    reader: &Reader,
    logged: i64,
    (channel, user, ts): (ChannelId, UserId, Timestamp),
) -> Result<Option<Message>, StoreError> {
    let mut from = reader.logged_upto(logged, ts)?;
    while let Some(upto) = from {
        let rows = reader.logged_back(upto)?;
        from = rows.last().map(|oldest| oldest.seq() - 1);
        for row in &rows {
            let row = row.open()?;
            for change in row.row.entries.iter().flat_map(|entry| &entry.changes) {
                if let Change::Shown {
                    channel: there,
                    to,
                    message,
                } = change
                    && (*there, *to, message.ts) == (channel, user, ts)
                {
                    return Ok(Some(Message::clone(message)));
                }
            }
            if row.is_past(ts) {
                return Ok(None);
            }
        }
    }
    Ok(None)
}

/// What an app is told of an element: all of it but what could have been chosen instead.
fn told(found: &Found<'_>, field: &str, value: &Value, now: Timestamp) -> Value {
    let mut action = Map::new();
    for (key, value) in found.element.as_object().into_iter().flatten() {
        if !["options", "option_groups"].contains(&key.as_str()) {
            action.insert(key.clone(), value.clone());
        }
    }
    action.insert("block_id".to_owned(), found.block_id().into());
    if !value.is_null() || found.element["type"] != "button" {
        action.insert(field.to_owned(), value.clone());
    }
    action.insert("action_ts".to_owned(), now.ts().into());
    Value::Object(action)
}

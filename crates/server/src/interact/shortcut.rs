//! Shortcuts: somebody chooses one from the menu of their client, or from that of a message.
//! <https://docs.slack.dev/interactivity/implementing-shortcuts>

use super::{
    Stage, There,
    answer::Place,
    channel_name,
    click::listens,
    command::SCOPE,
    hook::{self, Kind},
    payload,
};
use crate::control::Problem;
use guestlist_domain::{
    App, AppId, Caller, ChannelId, TeamId, Timestamp, UserId, interactivity::ShortcutKind,
};
use guestlist_methods::objects;
use guestlist_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Which shortcut somebody chooses, and of which message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choosing {
    /// The shortcut, by its `callback_id`.
    pub callback_id: String,
    /// Whose it is, where several apps have one of that id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// The conversation, for a message's shortcut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// The message in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    /// In which of their workspaces; their own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenView {
    /// The app that took it.
    pub app_id: AppId,
    /// The shortcut.
    pub callback_id: String,
}

impl Stage<'_> {
    /// Somebody chooses a shortcut.
    pub(crate) async fn shortcut(
        &self,
        user: UserId,
        choosing: Choosing,
    ) -> Result<ChosenView, Problem> {
        let no = |code, message: String| Err(Problem::invalid(code, message));
        let of = match (choosing.channel, &choosing.ts) {
            (Some(channel), Some(text)) => match Timestamp::parse_ts(text) {
                Some(ts) => Some((channel, ts)),
                None => {
                    let message =
                        format!("`ts` is a message's, as 1503435956.000247, not `{text}`");
                    return no("invalid_ts", message);
                }
            },
            (None, None) => None,
            _ => {
                let message = "a message is named by `channel` and `ts`".to_owned();
                return no("invalid_request", message);
            }
        };
        let person = self.person(user, choosing.workspace).await?;
        let kind = match of {
            Some(_) => ShortcutKind::Message,
            None => ShortcutKind::Global,
        };
        let (app, there) = self.offering(&choosing, kind, &person).await?;
        listens(&app)?;
        let now = self.store.clock().now();
        let drawn = self.draw()?;
        let word = match kind {
            ShortcutKind::Global => "shortcut",
            ShortcutKind::Message => "message_action",
        };
        let mut payload = payload(word, &app, &person, &there);
        payload.insert(
            "callback_id".to_owned(),
            choosing.callback_id.clone().into(),
        );
        payload.insert("action_ts".to_owned(), now.ts().into());
        let team = there.workspace.id;
        if let Some((channel, ts)) = of {
            let seen = self.place(&person, channel).await?;
            let found = self.message(&person, &seen, ts).await?;
            // What one person was shown has no menu.
            let Some((message, false)) = found else {
                let message = format!("{user} sees no message {} in {channel}", ts.ts());
                return no("message_not_found", message);
            };
            let mut shown = objects::message(&message, channel);
            let author = message.user;
            let author = self
                .store
                .read::<_, StoreError>(|reader| {
                    let author = reader.user(author)?;
                    let bot = author.as_ref().and_then(|author| author.bot);
                    let app = match bot.and_then(|bot| bot.app) {
                        Some(app) => reader.app(app)?,
                        None => None,
                    };
                    Ok(author.map(|author| (author, app)))
                })
                .await?;
            if let Some((author, app)) = author {
                objects::message::sign(&mut shown, &author, app.as_deref());
            }
            let place = Place {
                app: app.id,
                team,
                bot: there.installed.bot,
                user,
                channel,
                message: (Some(message.user) == there.installed.bot).then_some(ts),
            };
            let url = hook::make(self.store, Kind::App, &place, &drawn).await?;
            let channel = json!({"id": channel, "name": channel_name(&seen)});
            for (key, value) in [
                ("channel", channel),
                ("message", shown),
                ("message_ts", ts.ts().into()),
                ("response_url", url.into()),
            ] {
                payload.insert(key.to_owned(), value);
            }
        }
        let channel = of.map(|(channel, _)| channel);
        let trigger = self
            .trigger_at(app.id, &person, team, (None, channel), &drawn)
            .await?;
        payload.insert("trigger_id".to_owned(), trigger.into());
        self.interactive(&app, payload).await?;
        Ok(ChosenView {
            app_id: app.id,
            callback_id: choosing.callback_id,
        })
    }

    /// The app whose shortcut this is where somebody chooses it. Of other workspaces' apps none is.
    async fn offering(
        &self,
        choosing: &Choosing,
        kind: ShortcutKind,
        person: &Caller,
    ) -> Result<(App, There), Problem> {
        let id = &choosing.callback_id;
        let apps = self.store.read_long(|reader| reader.apps()).await?;
        let has = |app: &App| {
            let shortcuts = app.interactivity.shortcuts.iter();
            let is_meant = choosing.app.is_none_or(|meant| meant == app.id);
            is_meant
                && shortcuts
                    .clone()
                    .any(|one| one.callback_id == *id && one.kind == kind)
        };
        let mut found = Vec::new();
        for app in apps.into_iter().filter(has) {
            let installed = self.installed(app.id, &person.workspace).await?;
            if let Some(installed) = installed.filter(|one| one.scopes.holds(SCOPE)) {
                let there = There {
                    workspace: person.workspace.clone(),
                    enterprise: person.enterprise.clone(),
                    installed,
                };
                found.push((app, there));
            }
        }
        let team = person.team();
        if found.len() > 1 {
            let apps: Vec<_> = found.iter().map(|(app, _)| app.id.to_string()).collect();
            let message = format!("several apps have `{id}`: name one of {}", apps.join(", "));
            return Err(Problem::invalid("several_apps", message));
        }
        found.pop().ok_or_else(|| {
            let of = match kind {
                ShortcutKind::Global => "global shortcut",
                ShortcutKind::Message => "shortcut of messages",
            };
            let message = format!(
                "no app that is installed in {team} with the scope `{SCOPE}` has the {of} `{id}`"
            );
            Problem::invalid("unknown_shortcut", message)
        })
    }
}

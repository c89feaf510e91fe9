//! Slash commands: somebody types one, its app is handed it, and what the app answers they see.
//! <https://docs.slack.dev/interactivity/implementing-slash-commands>

use super::{
    Stage,
    answer::{Place, ShownView, Spoken, Unseen},
    channel_name,
    hook::{self, Kind},
    lost, mentions,
};
use crate::{
    control::Problem,
    events::{Parcel, verification_token},
};
use axum::http::StatusCode;
use guestlist_domain::{
    App, AppId, Caller, ChannelId, TeamId, UserId,
    interactivity::{Installed, SlashCommand},
    see::Seen,
};
use guestlist_store::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The scope that an app has slash commands and shortcuts by.
pub(super) const SCOPE: &str = "commands";

/// What somebody types, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// The command, with its slash, and what follows it.
    pub text: String,
    /// The conversation they are in.
    pub channel: ChannelId,
    /// In which of their workspaces; their own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypedView {
    /// The app that took it.
    pub app_id: AppId,
    /// The command.
    pub command: String,
    /// What followed it, as the app was told it.
    pub text: String,
    /// What the app answered at once; nothing to see when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ShownView>,
}

impl Stage<'_> {
    /// Somebody types a slash command.
    pub(crate) async fn command(&self, user: UserId, typing: Typing) -> Result<TypedView, Problem> {
        let typed = typing.text.trim();
        let (name, rest) = match typed.split_once(char::is_whitespace) {
            Some((name, rest)) => (name, rest.trim()),
            None => (typed, ""),
        };
        if !name.starts_with('/') || name.len() < 2 {
            let message = format!("a slash command is written `/name …`, not `{typed}`");
            return Err(Problem::invalid("invalid_command", message));
        }
        let person = self.person(user, typing.workspace).await?;
        let seen = self.place(&person, typing.channel).await?;
        if !seen.is_member() {
            let message = format!(
                "{user} is not in {}: people type where they are",
                typing.channel
            );
            return Err(Problem::invalid("not_in_channel", message));
        }
        if seen.channel.archived {
            let message = format!("{} is archived: nobody types there", typing.channel);
            return Err(Problem::invalid("is_archived", message));
        }
        let (app, command, installed) = self.behind(name, &person).await?;
        let text = match command.should_escape {
            true => {
                let escape =
                    |reader: &mut guestlist_store::Reader| mentions::escaped(rest, &person, reader);
                self.store.read::<_, StoreError>(escape).await?
            }
            false => rest.to_owned(),
        };
        let place = Place {
            app: app.id,
            team: person.team(),
            bot: installed.bot,
            user,
            channel: seen.channel.id,
            message: None,
        };
        let drawn = self.draw()?;
        let trigger = self
            .trigger_at(
                app.id,
                &person,
                person.team(),
                (None, Some(place.channel)),
                &drawn,
            )
            .await?;
        let hook = hook::make(self.store, Kind::Commands, &place, &drawn).await?;
        let mut payload = fields(&app, &person, &seen, &installed);
        for (name, value) in [
            ("command", command.command.clone()),
            ("text", text.clone()),
            ("response_url", hook),
            ("trigger_id", trigger),
        ] {
            payload.insert(name.to_owned(), value.into());
        }
        let parcel = Parcel {
            kind: "slash_commands",
            payload: Value::Object(payload),
            url: command.url.clone(),
        };
        let said = self.events.hand(self.store, &app, parcel).await;
        let said = said.map_err(|why| lost(&app, &why))?;
        let answer = match Spoken::read(said) {
            Ok(None) => None,
            Ok(Some(spoken)) => spoken.show(self.store, &place).await.map_err(unseen)?,
            Err(code) => return Err(unseen(code.into())),
        };
        Ok(TypedView {
            app_id: app.id,
            command: command.command,
            text,
            answer,
        })
    }

    /// The app whose command this is where somebody types it. Of several the one that was made last has it.
    async fn behind(
        &self,
        name: &str,
        person: &Caller,
    ) -> Result<(App, SlashCommand, Installed), Problem> {
        let apps = self.store.read_long(|reader| reader.apps()).await?;
        let has = |app: App| {
            let command = app.interactivity.command(name).cloned();
            command.map(|command| (app, command))
        };
        let mut having: Vec<_> = apps.into_iter().filter_map(has).collect();
        having.sort_by_key(|(app, _)| std::cmp::Reverse((app.created, app.id)));
        let mut lacking = None;
        for (app, command) in having {
            match self.installed(app.id, &person.workspace).await? {
                Some(installed) if installed.scopes.holds(SCOPE) => {
                    return Ok((app, command, installed));
                }
                Some(_) => lacking = lacking.or(Some(app)),
                None => {}
            }
        }
        let team = person.team();
        Err(match lacking {
            Some(app) => {
                let message = format!(
                    "{} ({}) has {name} and is installed in {team} without the scope `{SCOPE}`",
                    app.name, app.id
                );
                Problem::invalid("missing_scope", message)
            }
            None => {
                let message = format!("no app that is installed in {team} has the command {name}");
                Problem::invalid("unknown_command", message)
            }
        })
    }
}

/// An answer that cannot be shown.
pub(super) fn unseen(unseen: Unseen) -> Problem {
    match unseen {
        Unseen::Code(code) => {
            let message = format!("what the app answered cannot be shown: {code}");
            Problem::new(StatusCode::BAD_GATEWAY, "dispatch_unknown_error", message)
        }
        Unseen::Failed(error) => error.into(),
    }
}

/// What a command tells of who typed it where: the fields of a form, all of them text.
fn fields(app: &App, person: &Caller, seen: &Seen, installed: &Installed) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: String| {
        fields.insert(name.to_owned(), Value::String(value));
    };
    set("token", verification_token(app));
    set("team_id", person.workspace.id.to_string());
    set("team_domain", person.workspace.domain.clone());
    if let Some(org) = &person.enterprise {
        set("enterprise_id", org.id.to_string());
        set("enterprise_name", org.name.clone());
    }
    set("channel_id", seen.channel.id.to_string());
    set("channel_name", channel_name(seen));
    set("user_id", person.user.id.to_string());
    set("user_name", person.user.name.clone());
    set("api_app_id", app.id.to_string());
    set("is_enterprise_install", installed.org_wide.to_string());
    fields
}

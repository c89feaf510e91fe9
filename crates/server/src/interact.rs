//! What people do with apps in their clients, as the control interface lets somebody do it: they type slash commands, press
//! buttons, choose from menus and shortcuts, and fill in modals.
//! Where they are and what the app is there is looked up as it is for calls; what the app is handed goes its way in
//! `events/hand.rs`, once.
//!
//! What is under way lives for minutes and is no history: [`guestlist_store::Fleeting`].

pub(crate) mod answer;
pub(crate) mod click;
pub(crate) mod command;
pub(crate) mod hook;
mod mentions;
pub(crate) mod modal;
pub(crate) mod shortcut;

use crate::{
    acting,
    control::Problem,
    events::{Events, Lost},
};
use axum::http::StatusCode;
use guestlist_domain::{
    App, AppId, Caller, ChannelId, ChannelKind, Enterprise, TeamId, UserId, Workspace,
    interactivity::{Installed, installed},
    see::{self, Seen},
};
use guestlist_methods::views::trigger::Trigger;
use guestlist_store::{Drawn, Store, StoreError};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where people and apps meet.
#[derive(Clone, Copy)]
pub(crate) struct Stage<'a> {
    pub(crate) store: &'a Store,
    pub(crate) events: &'a Events,
}

impl Stage<'_> {
    /// Somebody, in one of their workspaces. Bots have no client.
    async fn person(&self, user: UserId, workspace: Option<TeamId>) -> Result<Caller, Problem> {
        let person = acting::caller(self.store, user, workspace).await?;
        if person.user.bot.is_some() {
            let message = format!("{user} is a bot, and has no client to do something in");
            return Err(Problem::invalid("user_is_bot", message));
        }
        Ok(person)
    }

    /// A conversation, as they see it.
    async fn place(&self, person: &Caller, channel: ChannelId) -> Result<Seen, Problem> {
        let look = |reader: &mut guestlist_store::Reader| {
            reader.look(|facts| see::channel(facts, person, Some(channel)))
        };
        let seen: Option<Seen> = self.store.read::<_, StoreError>(look).await?;
        seen.ok_or_else(|| {
            let message = format!(
                "there is no conversation {channel} that {} sees",
                person.id()
            );
            Problem::invalid("channel_not_found", message)
        })
    }

    /// What an app is where somebody does something with it; `None` where it is not installed.
    async fn installed(
        &self,
        app: AppId,
        workspace: &Workspace,
    ) -> Result<Option<Installed>, Problem> {
        let now = self.store.clock().now();
        let look = |reader: &mut guestlist_store::Reader| {
            reader.look(|facts| installed(facts, app, workspace, now))
        };
        Ok(self.store.read::<_, StoreError>(look).await?)
    }

    /// Where an app is told what somebody does with what it said: in the workspace that it speaks from, also when it is
    /// installed in theirs by itself, as in a channel that is shared. What is there for an organisation speaks in all
    /// of its workspaces that it was added to, and so in theirs.
    async fn there(&self, app: AppId, person: &Caller, home: TeamId) -> Result<There, Problem> {
        let look = |reader: &mut guestlist_store::Reader| {
            let Some(workspace) = reader.workspace(home)? else {
                return Ok(None);
            };
            let enterprise = match workspace.enterprise {
                Some(id) => reader.look(|facts| Ok(facts.enterprise(id)?.cloned()))?,
                None => None,
            };
            Ok(Some((workspace, enterprise)))
        };
        if let Some((workspace, enterprise)) = self.store.read::<_, StoreError>(look).await? {
            let at_home = self.installed(app, &workspace).await?;
            if at_home.as_ref().is_none_or(|home| home.org_wide)
                && workspace.is_with(&person.workspace)
                && let Some(installed) = self.installed(app, &person.workspace).await?
                && installed.org_wide
            {
                return Ok(There {
                    workspace: person.workspace.clone(),
                    enterprise: person.enterprise.clone(),
                    installed,
                });
            }
            if let Some(installed) = at_home {
                return Ok(There {
                    workspace,
                    enterprise,
                    installed,
                });
            }
        }
        let message = format!("{app} is not installed there any more");
        Err(Problem::invalid("app_not_installed", message))
    }

    fn draw(&self) -> Result<Drawn, Problem> {
        let drawn = self.store.draw();
        drawn.map_err(|error| Problem::failed(format!("no randomness: {error}")))
    }

    /// That somebody did something with an app, by itself or in a view, which lets it show them something.
    async fn trigger(
        &self,
        app: AppId,
        person: &Caller,
        team: TeamId,
        view: Option<String>,
        drawn: &Drawn,
    ) -> Result<String, Problem> {
        let at = (view, None);
        self.trigger_at(app, person, team, at, drawn).await
    }

    /// The same, in a conversation that the app learns of.
    async fn trigger_at(
        &self,
        app: AppId,
        person: &Caller,
        team: TeamId,
        (view, channel): (Option<String>, Option<ChannelId>),
        drawn: &Drawn,
    ) -> Result<String, Problem> {
        let trigger = Trigger {
            app,
            user: person.id(),
            team,
            made: self.store.clock().now(),
            view,
            channel,
            spent: false,
        };
        Ok(trigger
            .keep(self.store, &drawn.hex("trigger")[..32])
            .await?)
    }
}

/// What an app did not take, as whoever did it is told.
fn lost(app: &App, lost: &Lost) -> Problem {
    let who = format!("{} ({})", app.name, app.id);
    let message = match lost {
        Lost::NoUrl => {
            format!("{who} has no URL to be told of this at, and does not use Socket Mode")
        }
        Lost::NotConnected => {
            format!("{who} uses Socket Mode and is not connected")
        }
        Lost::Timeout => format!("{who} did not answer within three seconds"),
        Lost::Status(401) => {
            format!("{who} answered with status 401: does its signing secret match?")
        }
        Lost::Status(status) => format!("{who} answered with status {status}"),
        Lost::Unreached(why) => format!("{who} could not be told: {why}"),
    };
    Problem::new(StatusCode::BAD_GATEWAY, lost.code(), message)
}

/// A conversation's name as apps are told it: of those that are not public they learn what they are.
fn channel_name(seen: &Seen) -> String {
    match seen.kind() {
        ChannelKind::Public => seen.channel.name_in(seen.team).to_owned(),
        ChannelKind::Im => "directmessage".to_owned(),
        ChannelKind::Mpim => seen.channel.name.clone(),
        ChannelKind::Private => "privategroup".to_owned(),
    }
}

/// Where an app is told: the workspace it is installed in, and as what.
pub(super) struct There {
    workspace: Arc<Workspace>,
    enterprise: Option<Arc<Enterprise>>,
    installed: Installed,
}

/// What every payload that is JSON tells of who did it where.
fn payload(kind: &str, app: &App, person: &Caller, there: &There) -> Map<String, Value> {
    let user = &person.user;
    let There {
        workspace,
        enterprise,
        installed,
    } = there;
    let mut team = json!({"id": workspace.id, "domain": workspace.domain});
    let organisation = enterprise
        .as_ref()
        .map(|org| json!({"id": org.id, "name": org.name}));
    if let Some(org) = enterprise {
        team["enterprise_id"] = json!(org.id);
        team["enterprise_name"] = json!(org.name);
    }
    let body = json!({
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": person.team()},
        "api_app_id": app.id,
        "token": crate::events::verification_token(app),
        "team": team,
        "enterprise": organisation,
        "is_enterprise_install": installed.org_wide,
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

//! What an app says people may do with it in their clients: slash commands, shortcuts, and where it is told of
//! them and of what is pressed and chosen.
//! <https://docs.slack.dev/reference/app-manifest>

pub mod answer;

use crate::{
    facts::{Facts, Missing},
    id::{AppId, UserId},
    install::{Place, living},
    scope::ScopeSet,
    time::Timestamp,
    workspace::Workspace,
};
use serde::{Deserialize, Serialize};

/// The part of an app's manifest that is about what people do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interactivity {
    /// It takes what is pressed, chosen and submitted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_enabled: bool,
    /// Where it takes that, unless it uses Socket Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_url: Option<String>,
    /// Where it would be asked for the options of menus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_menu_options_url: Option<String>,
    /// What people can type; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slash_commands: Vec<SlashCommand>,
    /// What people can choose from menus of their client; at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortcuts: Vec<Shortcut>,
}

impl Interactivity {
    /// Whether there is nothing to tell of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The slash command of this name, which begins with its slash.
    pub fn command(&self, name: &str) -> Option<&SlashCommand> {
        self.slash_commands.iter().find(|one| one.command == name)
    }
}

/// Something that people can type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlashCommand {
    /// Its name, with the slash; up to 32 characters.
    pub command: String,
    /// Where the app takes it, unless it uses Socket Mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it is for, in up to 2,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What may follow it, in up to 1,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub usage_hint: String,
    /// People and channels that are named in it are told by their ids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub should_escape: bool,
}

/// Something that people can choose from a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortcut {
    /// What the menu shows, up to 24 characters.
    pub name: String,
    /// Which menu it is in.
    #[serde(rename = "type")]
    pub kind: ShortcutKind,
    /// How the app knows it, up to 255 characters.
    pub callback_id: String,
    /// What it is for, in up to 150 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// The menus that shortcuts are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortcutKind {
    /// That of the client.
    Global,
    /// That of each message.
    Message,
}

/// What an app is in a workspace, by its living tokens there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Whom it acts as there.
    pub bot: Option<UserId>,
    /// It is there for the whole organisation.
    pub org_wide: bool,
    /// What it may do there.
    pub scopes: ScopeSet,
}

/// What an app is in a workspace; `None` where it is not installed. What was installed in the workspace itself counts
/// before what is there for the organisation.
pub fn installed(
    facts: &Facts,
    app: AppId,
    workspace: &Workspace,
    now: Timestamp,
) -> Result<Option<Installed>, Missing> {
    let mut found = Vec::new();
    for token in living(facts, app, Place::Workspace(workspace.id), now)? {
        found.push((false, token));
    }
    if let Some(org) = workspace.enterprise.filter(|_| found.is_empty()) {
        for token in living(facts, app, Place::Organisation(org), now)? {
            if token.workspaces.contains(&workspace.id) {
                found.push((true, token));
            }
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let mut here = Installed::default();
    for (org_wide, token) in found {
        here.org_wide |= org_wide;
        here.scopes = here.scopes.union(&token.scopes);
        if let Some(user) = token.user.filter(|_| here.bot.is_none())
            && facts.standing(user)?.is_some_and(|user| user.bot)
        {
            here.bot = Some(user);
        }
    }
    Ok(Some(here))
}

//! What people do with an app: slash commands, shortcuts, and where the app is told.

use super::{Features, Found, Interactivity, Path, Shortcut, SlashCommand, length, most, web};
use guestlist_domain::interactivity::{self as declared, Interactivity as Declared};

/// The most characters of a slash command, with its slash.
const MOST_COMMAND: usize = 32;

/// What it comes to, and whatever is wrong with it.
pub(super) fn check(
    (commands, shortcuts): (Vec<SlashCommand>, Vec<Shortcut>),
    settings: Option<&Interactivity>,
    path: &Path<'_>,
    found: &mut Found,
) -> Declared {
    let features = path.key("features");
    let at = features.key("slash_commands");
    most(found, &at, &commands, 50);
    let mut slash_commands: Vec<declared::SlashCommand> = Vec::with_capacity(commands.len());
    for (i, one) in commands.into_iter().enumerate() {
        let at = at.at(i);
        let command = at.key("command");
        let name = one.command;
        if let Err(why) = named(&name) {
            found.add(&command, format_args!("`{name}`: {why}"));
        } else if slash_commands.iter().any(|other| other.command == name) {
            found.add(&command, format_args!("{name} is listed twice"));
        }
        length(found, &at.key("description"), &one.description, 2000);
        length(found, &at.key("usage_hint"), &one.usage_hint, 1000);
        web(found, &at.key("url"), one.url.as_ref());
        slash_commands.push(declared::SlashCommand {
            command: name,
            url: one.url,
            description: one.description,
            usage_hint: one.usage_hint,
            should_escape: one.should_escape,
        });
    }
    let at = features.key("shortcuts");
    most(found, &at, &shortcuts, 10);
    let mut known: Vec<declared::Shortcut> = Vec::with_capacity(shortcuts.len());
    for (i, one) in shortcuts.into_iter().enumerate() {
        let at = at.at(i);
        for (key, text, limit) in [
            ("name", &one.name, 24),
            ("callback_id", &one.callback_id, 255),
        ] {
            length(found, &at.key(key), text, limit);
            if text.trim().is_empty() {
                found.add(&at.key(key), format_args!("a shortcut needs a {key}"));
            }
        }
        length(found, &at.key("description"), &one.description, 150);
        let callback = &one.callback_id;
        if known.iter().any(|other| other.callback_id == *callback) {
            let what = format_args!("{callback} is listed twice");
            found.add(&at.key("callback_id"), what);
        }
        let Some(kind) = one.r#type else {
            found.add(&at.key("type"), "a shortcut is `global` or for a `message`");
            continue;
        };
        known.push(declared::Shortcut {
            name: one.name,
            kind,
            callback_id: one.callback_id,
            description: one.description,
        });
    }
    let at = path.key("settings");
    let at = at.key("interactivity");
    if let Some(given) = settings {
        web(found, &at.key("request_url"), given.request_url.as_ref());
        let options = given.message_menu_options_url.as_ref();
        web(found, &at.key("message_menu_options_url"), options);
    }
    let given = settings.cloned().unwrap_or_default();
    Declared {
        is_enabled: given.is_enabled,
        request_url: given.request_url,
        message_menu_options_url: given.message_menu_options_url,
        slash_commands,
        shortcuts: known,
    }
}

/// Why nothing can be typed that has this name, if so.
fn named(name: &str) -> Result<(), String> {
    let rest = name.strip_prefix('/').unwrap_or_default();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c.is_uppercase() || c == '/';
    let long = name.chars().count();
    if rest.is_empty() {
        Err("a slash command is written /name".to_owned())
    } else if rest.contains(is_odd) {
        Err("a slash command has no spaces, capitals or further slashes".to_owned())
    } else if long > MOST_COMMAND {
        Err(format!(
            "at most {MOST_COMMAND} characters, and these are {long}"
        ))
    } else {
        Ok(())
    }
}

/// The features that tell of it.
pub(super) fn features(told: &Declared) -> Features {
    let commands = told.slash_commands.iter().cloned();
    let shortcuts = told.shortcuts.iter().cloned();
    Features {
        slash_commands: commands
            .map(|one| SlashCommand {
                command: one.command,
                url: one.url,
                description: one.description,
                usage_hint: one.usage_hint,
                should_escape: one.should_escape,
            })
            .collect(),
        shortcuts: shortcuts
            .map(|one| Shortcut {
                name: one.name,
                r#type: Some(one.kind),
                callback_id: one.callback_id,
                description: one.description,
            })
            .collect(),
        ..Features::default()
    }
}

/// The settings that tell of it.
pub(super) fn settings(told: &Declared) -> Option<Interactivity> {
    let settings = Interactivity {
        is_enabled: told.is_enabled,
        request_url: told.request_url.clone(),
        message_menu_options_url: told.message_menu_options_url.clone(),
    };
    (settings != Interactivity::default()).then_some(settings)
}

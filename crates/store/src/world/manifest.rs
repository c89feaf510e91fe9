//! An app's manifest, as Slack's app configuration has it: the keys that matter here, and the
//! names of the others.
//! <https://docs.slack.dev/reference/app-manifest>

mod interactivity;
#[cfg(test)]
mod tests;

use super::{
    check, parse,
    problem::{Found, Path, Problems},
    shape::is_default,
};
use guestlist_domain::{
    App, ScopeSet, install,
    interactivity::{Interactivity as Declared, ShortcutKind},
    workspace::{Delivery, Events, OAuth},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Display;

/// What a manifest comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppManifest {
    /// The app's name.
    pub name: String,
    /// How it is installed.
    #[serde(default)]
    pub oauth: OAuth,
    /// Its event subscription.
    #[serde(default)]
    pub events: Option<Events>,
    /// What people do with it in their clients.
    #[serde(default)]
    pub interactivity: Declared,
    /// Networks its tokens may be used from.
    #[serde(default)]
    pub allowed_addresses: Vec<String>,
}

/// Reads and checks a manifest, YAML or JSON. `file_name` is how problems call the file.
pub fn manifest(file_name: &str, text: &str) -> Result<AppManifest, Problems> {
    let manifest: Manifest = parse::read(file_name, text)?;
    let mut found = Found::default();
    if manifest.display_information.name.is_none() {
        let display = Path::ROOT.key("display_information");
        found.add(&display.key("name"), "an app needs a name");
    }
    let read = manifest.check(&Path::ROOT, &mut found);
    if found.is_empty() {
        Ok(read)
    } else {
        Err(parse::problems(file_name, text, found))
    }
}

/// Declares the groups of a manifest. What stands after `beside` is known and of no use here.
macro_rules! groups {
    ($($(#[$doc:meta])* $vis:vis $name:ident { $($key:ident: $kind:ty,)* } beside { $($other:ident)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        $vis struct $name {
            $(#[serde(skip_serializing_if = "is_default")] $key: $kind,)*
            $(#[serde(skip_serializing)] $other: Value,)*
        }
    )+};
}

groups! {
    /// A manifest.
    pub Manifest {
        display_information: DisplayInformation,
        features: Features,
        oauth_config: OauthConfig,
        settings: Settings,
    } beside {
        _metadata app_directory datastores external_auth_providers functions metadata_events
        outgoing_domains types workflows
    }

    /// What people see.
    DisplayInformation {
        name: Option<String>,
        description: String,
    } beside { long_description background_color }

    /// What it consists of.
    Features {
        bot_user: Option<BotUser>,
        shortcuts: Vec<Shortcut>,
        slash_commands: Vec<SlashCommand>,
    } beside {
        agent_view app_home assistant_view rich_previews search unfurl_domains workflow_steps
    }

    /// What people can choose from a menu.
    Shortcut {
        name: String,
        r#type: Option<ShortcutKind>,
        callback_id: String,
        description: String,
    } beside {}

    /// What people can type.
    SlashCommand {
        command: String,
        url: Option<String>,
        description: String,
        usage_hint: String,
        should_escape: bool,
    } beside {}

    /// Its bot.
    BotUser {
        display_name: String,
    } beside { always_online }

    /// How it is installed.
    OauthConfig {
        redirect_urls: Vec<String>,
        scopes: Scopes,
        pkce_enabled: bool,
    } beside { token_management_enabled }

    /// What it asks for.
    Scopes {
        bot: Vec<String>,
        user: Vec<String>,
        bot_optional: Vec<String>,
        user_optional: Vec<String>,
    } beside {}

    /// How it works.
    Settings {
        event_subscriptions: Option<EventSubscriptions>,
        socket_mode_enabled: bool,
        token_rotation_enabled: bool,
        org_deploy_enabled: bool,
        allowed_ip_address_ranges: Vec<String>,
        interactivity: Option<Interactivity>,
    } beside {
        function_runtime hermes_app_type incoming_webhooks is_hosted is_mcp_enabled siws_links
    }

    /// Where it takes what people press, choose and submit.
    Interactivity {
        is_enabled: bool,
        request_url: Option<String>,
        message_menu_options_url: Option<String>,
    } beside {}

    /// Which events it gets.
    EventSubscriptions {
        request_url: Option<String>,
        bot_events: Vec<String>,
        user_events: Vec<String>,
    } beside { metadata_subscriptions }
}

impl Manifest {
    /// What it comes to, and whatever is wrong with it.
    pub(super) fn check(self, path: &Path<'_>, found: &mut Found) -> AppManifest {
        let Self {
            display_information: display,
            features,
            oauth_config: oauth,
            settings,
            ..
        } = self;
        let at = path.key("display_information");
        if let Some(name) = &display.name {
            length(found, &at.key("name"), name, 35);
            if name.trim().is_empty() {
                found.add(&at.key("name"), "an app needs a name");
            }
        }
        length(found, &at.key("description"), &display.description, 140);
        if let Value::String(text) = &display.long_description {
            let at = at.key("long_description");
            length(found, &at, text, 4000);
            if text.chars().count() < 174 {
                let what = format!(
                    "at least 174 characters, and these are {}",
                    text.chars().count()
                );
                found.add(&at, what);
            }
        }

        let at = path.key("features");
        if let Value::Array(list) = &features.unfurl_domains {
            most(found, &at.key("unfurl_domains"), list, 5);
        }
        let interactivity = interactivity::check(
            (features.slash_commands, features.shortcuts),
            settings.interactivity.as_ref(),
            path,
            found,
        );
        let bot_name = features.bot_user.unwrap_or_default().display_name;
        let at = at.key("bot_user");
        length(found, &at.key("display_name"), &bot_name, 80);

        let at = path.key("oauth_config");
        let urls = at.key("redirect_urls");
        most(found, &urls, &oauth.redirect_urls, 1000);
        for (i, url) in oauth.redirect_urls.iter().enumerate() {
            if let Err(why) = install::registrable(url, oauth.pkce_enabled) {
                found.add(&urls.at(i), format_args!("`{url}`: {why}"));
            }
        }
        let scopes = at.key("scopes");
        for (key, list, optional_key, optional) in [
            (
                "bot",
                &oauth.scopes.bot,
                "bot_optional",
                &oauth.scopes.bot_optional,
            ),
            (
                "user",
                &oauth.scopes.user,
                "user_optional",
                &oauth.scopes.user_optional,
            ),
        ] {
            check_scopes(found, &scopes.key(key), list);
            for (i, scope) in optional.iter().enumerate() {
                if !list.contains(scope) {
                    let what = format!("`{scope}` is not among the scopes of `{key}`");
                    found.add(&scopes.key(optional_key).at(i), what);
                }
            }
        }

        let at = path.key("settings");
        let ranges = at.key("allowed_ip_address_ranges");
        most(found, &ranges, &settings.allowed_ip_address_ranges, 10);
        for (i, text) in settings.allowed_ip_address_ranges.iter().enumerate() {
            if let Err(why) = check::network(text) {
                found.add(&ranges.at(i), format_args!("`{text}`: {why}"));
            }
        }
        let events = events(&settings, &at, found);
        AppManifest {
            name: display.name.unwrap_or_default(),
            oauth: OAuth {
                description: display.description,
                bot_name,
                redirect_urls: oauth.redirect_urls,
                bot_scopes: oauth.scopes.bot.into(),
                user_scopes: oauth.scopes.user.into(),
                token_rotation: settings.token_rotation_enabled,
                pkce: oauth.pkce_enabled,
                org_deploy: settings.org_deploy_enabled,
                undistributed: false,
            },
            events,
            interactivity,
            allowed_addresses: settings.allowed_ip_address_ranges,
        }
    }

    /// The manifest of an app; its events are told beside it. `None` when there is nothing to tell.
    pub(super) fn of(app: &App) -> Option<Self> {
        let OAuth {
            description,
            bot_name,
            redirect_urls,
            bot_scopes,
            user_scopes,
            token_rotation,
            pkce,
            org_deploy,
            undistributed: _,
        } = app.oauth.clone();
        let manifest = Self {
            display_information: DisplayInformation {
                description,
                ..DisplayInformation::default()
            },
            features: Features {
                bot_user: (!bot_name.is_empty()).then(|| BotUser {
                    display_name: bot_name,
                    ..BotUser::default()
                }),
                ..interactivity::features(&app.interactivity)
            },
            oauth_config: OauthConfig {
                redirect_urls,
                scopes: Scopes {
                    bot: bot_scopes.into(),
                    user: user_scopes.into(),
                    ..Scopes::default()
                },
                pkce_enabled: pkce,
                ..OauthConfig::default()
            },
            settings: Settings {
                token_rotation_enabled: token_rotation,
                org_deploy_enabled: org_deploy,
                interactivity: interactivity::settings(&app.interactivity),
                ..Settings::default()
            },
            ..Self::default()
        };
        (manifest != Self::default()).then_some(manifest)
    }
}

fn events(settings: &Settings, at: &Path<'_>, found: &mut Found) -> Option<Events> {
    let delivery = match settings.socket_mode_enabled {
        true => Delivery::Socket,
        false => Delivery::Http,
    };
    let Some(events) = &settings.event_subscriptions else {
        return settings.socket_mode_enabled.then(|| Events {
            delivery,
            ..Events::default()
        });
    };
    let at = at.key("event_subscriptions");
    let mut subscribe: Vec<String> = Vec::new();
    for (key, names) in [
        ("bot_events", &events.bot_events),
        ("user_events", &events.user_events),
    ] {
        let list = at.key(key);
        most(found, &list, names, 100);
        for (i, name) in names.iter().enumerate() {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.".contains(&b);
            if name.is_empty() || !name.bytes().all(fits) {
                let what = format_args!("`{name}` is not written like an event");
                found.add(&list.at(i), what);
            } else if !subscribe.contains(name) {
                subscribe.push(name.clone());
            }
        }
    }
    web(found, &at.key("request_url"), events.request_url.as_ref());
    Some(Events {
        delivery,
        request_url: events.request_url.clone(),
        subscribe,
    })
}

/// A URL, if there is one, has to be of the web.
fn web(found: &mut Found, path: &Path<'_>, url: Option<&String>) {
    let is_web = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
    if let Some(url) = url.filter(|url| !is_web(url)) {
        let what = format_args!("`{url}`: a request URL is written https://host/path");
        found.add(path, what);
    }
}

fn check_scopes(found: &mut Found, path: &Path<'_>, scopes: &[String]) {
    most(found, path, scopes, 255);
    for (i, scope) in scopes.iter().enumerate() {
        if !ScopeSet::is_scope(scope) {
            let what = format_args!("`{scope}` is not written like a scope");
            found.add(&path.at(i), what);
        } else if scopes[..i].contains(scope) {
            found.add(&path.at(i), format_args!("{scope} is listed twice"));
        }
    }
}

fn length(found: &mut Found, path: &Path<'_>, text: &str, most: usize) {
    let long = text.chars().count();
    if long > most {
        found.add(
            path,
            format_args!("at most {most} characters, and these are {long}"),
        );
    }
}

fn most<T>(found: &mut Found, path: &Path<'_>, list: &[T], most: usize) {
    if list.len() > most {
        let what: &dyn Display = &format_args!("at most {most}, and these are {}", list.len());
        found.add(path, what);
    }
}

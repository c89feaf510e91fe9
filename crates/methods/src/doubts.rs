//! What is taken and may not be meant: above all names that nothing here goes by, most likely misspelt, and else of
//! what Slack has and guestlist has not.

use crate::{
    CATALOGUE, catalogue,
    chat::{content::CUSTOMIZE_SCOPE, post_message::PUBLIC_SCOPE},
    users::identity,
};
use guestlist_domain::{
    App, AppId, ChannelId, Message, Seed, TeamId, Timestamp, User,
    event::SUBSCRIPTIONS,
    facts::Membership,
    user::Role,
    workspace::{Delivery, Events},
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Scopes that no method asks for and that are of use: SCIM or the Audit Logs ask, events are told by them, or a method
/// does or shows more; slash commands are had by one, and a legacy bot's token has one.
const OF_USE: &[&str] = &[
    "admin",
    "app_mentions:read",
    "auditlogs:read",
    "bot",
    "commands",
    "conversations.connect:read",
    identity::EMAIL,
    identity::AVATAR,
    identity::TEAM,
    PUBLIC_SCOPE,
    CUSTOMIZE_SCOPE,
];

/// Scopes that are of no use, each with a sentence.
pub fn scopes<'a>(given: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let asked: HashSet<&str> = CATALOGUE
        .iter()
        .flat_map(|entry| [&entry.spec.scopes.bot, &entry.spec.scopes.user])
        .flat_map(|scopes| scopes.every())
        .chain(OF_USE.iter().copied())
        .collect();
    let strange = |scope: &&str| !asked.contains(scope);
    told(given.into_iter().filter(strange), |scope| {
        format!("no method here asks for the scope {scope}")
    })
}

/// Events that are never raised.
pub fn events<'a>(given: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let strange = |name: &&str| !SUBSCRIPTIONS.contains(name);
    told(given.into_iter().filter(strange), |name| {
        format!("no event {name} is raised here")
    })
}

fn methods<'a>(given: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let strange = |name: &&str| catalogue::find(name).is_none();
    told(given.into_iter().filter(strange), |name| {
        format!("there is no method {name} here")
    })
}

/// What is doubtful about a world. Tokens of apps themselves hold scopes of their own kind.
pub fn world(seed: &Seed) -> Vec<String> {
    let of_apps = seed.apps.iter().flat_map(|app| {
        let oauth = &app.oauth;
        oauth.bot_scopes.iter().chain(oauth.user_scopes.iter())
    });
    let callers = seed.tokens.iter().filter(|token| token.user.is_some());
    let of_tokens = callers.flat_map(|token| token.scopes.iter());
    let subscribed = seed.apps.iter().flat_map(|app| &app.events);
    let subscribed = subscribed.flat_map(|events| &events.subscribe);
    let server = &seed.server;
    let switched = server
        .deprecated_methods
        .iter()
        .chain(&server.deprecated_endpoints);
    let mut doubts = scopes(of_apps.chain(of_tokens));
    doubts.extend(events(subscribed.map(String::as_str)));
    doubts.extend(methods(switched.map(String::as_str)));
    doubts.extend(seed.apps.iter().filter_map(unsigned));
    let listens = seed
        .apps
        .iter()
        .filter_map(|app| Some((app.id, app.events.as_ref()?)));
    doubts.extend(listens.filter_map(|(app, events)| untold(app, events)));
    doubts.extend(owners(seed));
    doubts
}

/// Workspaces that several people own first of all, where Slack knows one.
fn owners(seed: &Seed) -> impl Iterator<Item = String> {
    let mut owners: BTreeMap<TeamId, Vec<String>> = BTreeMap::new();
    let own = |user: &&User| user.role == Role::PrimaryOwner && !user.removed;
    for owner in seed.users.iter().filter(own) {
        let of_team = owners.entry(owner.team).or_default();
        of_team.push(owner.id.to_string());
    }
    let several = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    several.map(|(team, owners)| {
        format!(
            "{team} has several primary owners, and one is meant: {}",
            owners.join(", ")
        )
    })
}

/// An app that wants to be told over HTTP and does not say where.
pub fn untold(app: AppId, events: &Events) -> Option<String> {
    let has_where = events.delivery != Delivery::Http || events.request_url.is_some();
    (!has_where && !events.subscribe.is_empty()).then(|| {
        format!("{app} subscribes to events over HTTP and has no request_url: it is told nothing")
    })
}

/// What happens at a time, and where.
pub fn happens(ts: Timestamp, seed: &Seed) -> String {
    let said = |(_, channel, message): &(_, ChannelId, Message)| {
        (message.ts == ts).then_some((*channel, "somebody says something"))
    };
    let did = |(_, channel, _, place): &(_, ChannelId, _, Membership)| {
        // Who is in it without a `since` came when it was made.
        let came = (place.since == ts).then_some((*channel, "somebody comes"));
        let marked = place.mark.is_some_and(|mark| mark.at == ts);
        came.or(marked.then_some((*channel, "somebody marks what they have read")))
    };
    let places = || seed.members.iter().find_map(did);
    let Some((id, what)) = seed.messages.iter().find_map(said).or_else(places) else {
        return "something happens".to_owned();
    };
    let name = seed.channels.iter().find(|channel| channel.id == id);
    let name = name.filter(|channel| !channel.name.is_empty());
    let name = name.map_or_else(|| id.to_string(), |channel| channel.name.clone());
    format!("in the channel {name} {what}")
}

/// An app that listens over HTTP and cannot tell who speaks: clients refuse what is not signed.
fn unsigned(app: &App) -> Option<String> {
    let events = app.events.as_ref()?;
    let is_sent = events.delivery == Delivery::Http && events.request_url.is_some();
    (is_sent && app.signing_secret.is_none()).then(|| {
        format!(
            "{} has a request_url and no signing_secret: its events are sent unsigned, and apps of Bolt refuse them",
            app.id
        )
    })
}

/// One sentence a name, by name.
fn told<'a>(
    names: impl Iterator<Item = &'a str>,
    sentence: impl Fn(&str) -> String,
) -> Vec<String> {
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::Timestamp;

    /// What the documentation says of an imported workspace's tokens.
    #[test]
    fn imported_tokens_hold_what_the_methods_ask_for() {
        use crate::{Entry, handle::Run};
        use guestlist_store::world::slack_export::{BOT_SCOPES, USER_SCOPES};
        let mut lacking = Vec::new();
        let by_people = |entry: &&Entry| !matches!(entry.run, Run::App(_));
        for entry in CATALOGUE.iter().filter(by_people) {
            let columns = &entry.spec.scopes;
            for (column, held) in [(&columns.bot, BOT_SCOPES), (&columns.user, USER_SCOPES)] {
                let kinds = [column.public, column.private, column.im, column.mpim];
                let lacks = |scopes: &&&[&str]| {
                    !scopes.is_empty() && !scopes.iter().any(|scope| held.contains(scope))
                };
                lacking.extend(
                    kinds
                        .iter()
                        .filter(lacks)
                        .map(|scopes| (entry.spec.name, *scopes)),
                );
            }
        }
        assert_eq!(lacking, []);
    }

    #[test]
    fn an_app_that_is_sent_what_nobody_signs_is_told() {
        let notes = |more: &str| {
            let text = format!(
                "version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users: [{{id: U0ADA, name: ada, role: primary_owner}}]
    apps: [{{id: A0GREET, name: greeter, {more}}}]"
            );
            let loaded = guestlist_store::world::read("w", &text, Timestamp(0), &mut || [0; 24]);
            world(&loaded.unwrap().seed)
        };
        let url = "request_url: \"http://127.0.0.1:9\"";
        let told = notes(&format!("events: {{{url}}}"));
        assert!(
            told.len() == 1
                && told[0].starts_with("A0GREET has a request_url and no signing_secret"),
            "{told:?}"
        );
        for signed in [
            format!("signing_secret: s, events: {{{url}}}"),
            format!("events: {{delivery: socket, {url}}}"),
        ] {
            assert_eq!(notes(&signed), [""; 0], "{signed}");
        }
    }

    #[test]
    fn several_primary_owners_of_a_workspace_are_told_of() {
        let notes = |role: &str| {
            let text = format!(
                "version: 1
workspaces:
  - name: Acme
    id: T0ACME
    domain: acme
    users: [{{id: U0ADA, name: ada, role: primary_owner}}, {{id: U0BEN, name: ben, {role}}}]"
            );
            let loaded = guestlist_store::world::read("w", &text, Timestamp(0), &mut || [0; 24]);
            world(&loaded.unwrap().seed)
        };
        assert_eq!(
            notes("role: primary_owner"),
            ["T0ACME has several primary owners, and one is meant: U0ADA, U0BEN"]
        );
        for one in ["role: owner", "role: primary_owner, status: removed"] {
            assert_eq!(notes(one), [""; 0], "{one}");
        }
    }

    #[test]
    fn an_app_that_is_told_nothing_is_told_of() {
        let app = "A0GREET".parse().unwrap();
        let of = |text: &str| untold(app, &serde_json::from_str(text).unwrap());
        assert_eq!(
            of(r#"{"subscribe": ["message.channels"]}"#).unwrap(),
            "A0GREET subscribes to events over HTTP and has no request_url: it is told nothing"
        );
        for fine in [
            r#"{}"#,
            r#"{"delivery": "socket", "subscribe": ["message.channels"]}"#,
            r#"{"request_url": "http://127.0.0.1:9", "subscribe": ["message.channels"]}"#,
        ] {
            assert_eq!(of(fine), None, "{fine}");
        }
    }

    #[test]
    fn only_strange_names_are_told() {
        assert_eq!(
            scopes([
                "users:read",
                "app_mentions:read",
                "bot",
                "identity.email",
                "identity.avatar",
                "identity.team",
                "channels:raed",
                "channels:raed"
            ]),
            ["no method here asks for the scope channels:raed"]
        );
        assert_eq!(
            events(["message.channels", "app_mention", "member_join_channel"]),
            ["no event member_join_channel is raised here"]
        );
        assert_eq!(
            methods(["channels.invite", "channels.unvite"]),
            ["there is no method channels.unvite here"]
        );
    }
}

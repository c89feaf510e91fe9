//! One method's page, laid out as Slack's documentation has it.

use super::{WIDTH, tier, verb};
use crate::output::{table, wrap};
use guestlist_domain::ByKind;
use guestlist_methods::{
    catalogue::Entry,
    common::{Common, Warning},
    contract::{Arg, ErrorDoc, Spec, Tier, documented},
};
use serde_json::{Value, json};

const TOKEN: Arg = Arg::required(
    "token",
    "string",
    "xxxx-xxxxxxxxx-xxxx",
    "Token bearing the scopes asked for; better in the header `Authorization: Bearer`.",
);

fn arguments(entry: &Entry) -> impl Iterator<Item = &Arg> {
    entry
        .needs_token
        .then_some(&TOKEN)
        .into_iter()
        .chain(entry.spec.args)
}

fn content_types(spec: &Spec) -> Vec<&'static str> {
    let form = ["application/x-www-form-urlencoded", "multipart/form-data"];
    form.into_iter()
        .chain(spec.json.then_some("application/json"))
        .collect()
}

/// Kind of token, kind of conversation, scopes of which one is needed.
type ScopeRow = (&'static str, &'static str, &'static [&'static str]);

fn scopes(spec: &Spec) -> Vec<ScopeRow> {
    let (bot, user) = (spec.scopes.bot, spec.scopes.user);
    // A method that asks one kind of token for scopes and the other for none is for the one only.
    let asks_nothing = bot.is_empty() && user.is_empty();
    [("bot", bot), ("user", user)]
        .into_iter()
        .filter(|(_, by_kind)| asks_nothing || !by_kind.is_empty())
        .flat_map(|(token, by_kind)| of_token(token, by_kind))
        .collect()
}

fn of_token(token: &'static str, by_kind: ByKind) -> Vec<ScopeRow> {
    let ByKind {
        public,
        private,
        im,
        mpim,
    } = by_kind;
    if [private, im, mpim].iter().all(|scopes| *scopes == public) {
        return vec![(token, "any", public)];
    }
    let kinds = [
        ("public", public),
        ("private", private),
        ("im", im),
        ("mpim", mpim),
    ];
    kinds
        .into_iter()
        .filter(|(_, scopes)| !scopes.is_empty())
        .map(|(kind, scopes)| (token, kind, scopes))
        .collect()
}

/// Codes of every method, without those the method's own page speaks of.
fn common(own: &[ErrorDoc]) -> Vec<ErrorDoc> {
    documented::<Common>()
        .into_iter()
        .filter(|common| own.iter().all(|error| error.code != common.code))
        .collect()
}

/// Warnings with what they mean: the method's own, then those of every method.
fn warnings(spec: &Spec) -> Vec<(&'static str, &'static str)> {
    let common = documented::<Warning>()
        .into_iter()
        .map(|warning| (warning.code, warning.sentence));
    spec.warnings.iter().copied().chain(common).collect()
}

fn example(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The page as JSON.
pub(super) fn json(entry: &Entry) -> Value {
    let spec = entry.spec;
    let errors = (entry.errors)();
    let argument = |arg: &Arg| json!({"name": arg.name, "type": arg.kind, "required": arg.required, "example": arg.example, "about": arg.about});
    let scope = |(token, conversation, any_of): ScopeRow| json!({"token": token, "conversation": conversation, "any_of": any_of});
    json!({
        "name": spec.name,
        "about": spec.about,
        "documentation": spec.url(),
        "path": format!("/api/{}", spec.name),
        "verb": verb(spec.verb),
        "content_types": content_types(spec),
        "tier": tier(spec.tier),
        "per_minute": spec.tier.per_minute(),
        "at_once": spec.tier.at_once(),
        "needs_token": entry.needs_token,
        "scopes": scopes(spec).into_iter().map(scope).collect::<Vec<_>>(),
        "arguments": arguments(entry).map(argument).collect::<Vec<_>>(),
        "success": example(spec.success),
        "failure": example(spec.failure),
        "common_errors": common(&errors),
        "errors": errors,
        "warnings": warnings(spec).into_iter().map(|(code, about)| json!({"code": code, "about": about})).collect::<Vec<_>>(),
    })
}

/// The page as text.
pub(super) fn text(entry: &Entry) -> String {
    let spec = entry.spec;
    let errors = (entry.errors)();
    let mut text = format!("{}\n\n{}\n", spec.name, wrap(spec.about, WIDTH, 0));
    section(&mut text, "Facts", &facts(entry));
    section(&mut text, "Arguments", &arguments_text(entry));
    section(&mut text, "Typical success response", &pretty(spec.success));
    section(&mut text, "Typical error response", &pretty(spec.failure));
    if !errors.is_empty() {
        section(&mut text, "Errors", &errors_text(&errors));
    }
    section(
        &mut text,
        "Errors of every method",
        &errors_text(&common(&errors)),
    );
    let warnings: String = warnings(spec)
        .into_iter()
        .map(|(code, about)| item(code, &[about.to_owned()]))
        .collect();
    section(&mut text, "Warnings", &warnings);
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    text.push_str(&format!("\n{title}\n{}\n{body}", "-".repeat(title.len())));
}

fn facts(entry: &Entry) -> String {
    let spec = entry.spec;
    let mut facts = vec![
        ("Method URL", format!("http://HOST:PORT/api/{}", spec.name)),
        ("Preferred HTTP method", verb(spec.verb).to_owned()),
        ("Accepted content types", content_types(spec).join(", ")),
        ("Rate limiting", rate(spec.tier)),
        ("Documentation", spec.url()),
    ];
    if !entry.needs_token {
        facts.push(("Works with", "no token".to_owned()));
    }
    let mut text: String = facts
        .into_iter()
        .map(|(name, value)| format!("{name:24}{value}\n"))
        .collect();
    if entry.needs_token {
        let row = |(token, conversation, any_of): ScopeRow| {
            let any_of = if any_of.is_empty() {
                "none".to_owned()
            } else {
                any_of.join(" or ")
            };
            vec![token.to_owned(), conversation.to_owned(), any_of]
        };
        let rows: Vec<_> = scopes(spec).into_iter().map(row).collect();
        text.push_str(&format!(
            "\n{}",
            table(&["Token type", "Conversation", "Required scope"], &rows)
        ));
    }
    text
}

fn rate(limit: Tier) -> String {
    let whose = match limit {
        Tier::PerChannel(_) => " per channel",
        _ => "",
    };
    format!(
        "{}: {} a minute{whose}, {} at once after a pause",
        tier(limit),
        limit.per_minute(),
        limit.at_once()
    )
}

fn arguments_text(entry: &Entry) -> String {
    let mut text = String::new();
    for arg in arguments(entry) {
        let required = if arg.required { "Required" } else { "Optional" };
        let head = format!(
            "{}  ({}, {required}; example: {})",
            arg.name, arg.kind, arg.example
        );
        text.push_str(&item(&head, &[arg.about.to_owned()]));
    }
    if text.is_empty() {
        "None.\n".to_owned()
    } else {
        text
    }
}

fn errors_text(errors: &[ErrorDoc]) -> String {
    let text = |error: &ErrorDoc| {
        let state = error.state.map(|state| format!("Here: {state}."));
        let never = error.never.map(|never| format!("Never here: {never}."));
        let lines: Vec<_> = [Some(error.sentence.to_owned()), state, never]
            .into_iter()
            .flatten()
            .collect();
        item(error.code, &lines)
    };
    errors.iter().map(text).collect()
}

/// A name, and below it, indented, what is to be said.
fn item(name: &str, lines: &[String]) -> String {
    let lines: String = lines
        .iter()
        .map(|line| format!("    {}\n", wrap(line, WIDTH - 4, 4)))
        .collect();
    format!("{name}\n{lines}")
}

fn pretty(example_text: &str) -> String {
    format!(
        "{}\n",
        serde_json::to_string_pretty(&example(example_text)).unwrap_or_default()
    )
}

//! `guestlist docs`: the pages of the methods, from what each states about itself.

mod page;
#[cfg(test)]
mod tests;

use crate::{
    exit::Usage,
    near,
    output::{print, print_json, wrap},
};
use anyhow::Result;
use guestlist_methods::{
    catalogue::{CATALOGUE, find},
    contract::{Tier, Verb},
};
use serde_json::{Value, json};

/// Lines are this long at most.
const WIDTH: usize = 100;

pub(crate) fn run(method: Option<&str>, as_json: bool) -> Result<()> {
    let Some(name) = method else {
        return if as_json {
            print_json(&list_json())
        } else {
            print(&list())
        };
    };
    let Some(entry) = find(name) else {
        return Err(Usage(unknown(name)).into());
    };
    if as_json {
        print_json(&page::json(entry))
    } else {
        print(&page::text(entry))
    }
}

/// What to say of a method nobody knows.
pub(crate) fn unknown(name: &str) -> String {
    format!("there is no method `{name}`{}", meant(name))
}

/// What somebody may have meant who named a method that is not there.
pub(crate) fn meant(name: &str) -> String {
    let others = CATALOGUE.iter().map(|entry| entry.spec.name);
    let near = near::names(name, others.filter(|other| *other != name));
    match near.as_slice() {
        [] => "; `guestlist docs` lists them all".to_owned(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    }
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::One => "Tier 1",
        Tier::Two => "Tier 2",
        Tier::Three => "Tier 3",
        Tier::Four => "Tier 4",
        Tier::Special(_) | Tier::PerChannel(_) => "Special",
    }
}

fn list() -> String {
    let longest = CATALOGUE
        .iter()
        .map(|entry| entry.spec.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    for entry in CATALOGUE {
        let spec = entry.spec;
        let start = format!(
            "{:longest$}  {:4}  {:7}  ",
            spec.name,
            verb(spec.verb),
            tier(spec.tier)
        );
        let about = wrap(spec.about, WIDTH - start.len(), start.len());
        text.push_str(&format!("{start}{about}\n"));
    }
    text
}

fn list_json() -> Value {
    let methods = CATALOGUE.iter().map(|entry| {
        let spec = entry.spec;
        json!({
            "name": spec.name,
            "verb": verb(spec.verb),
            "tier": tier(spec.tier),
            "per_minute": spec.tier.per_minute(),
            "about": spec.about,
        })
    });
    Value::Array(methods.collect())
}

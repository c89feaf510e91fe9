//! Whether a view is one that can be shown: the limits that Block Kit's reference states, and where a view is beyond
//! them. What the reference leaves open passes: a view that is refused wrongly is worse than one that is shown wrongly.
//! <https://docs.slack.dev/reference/block-kit>

mod blocks;
mod elements;
#[cfg(test)]
mod tests;

use crate::contract::Fault;
use serde_json::Value;
use std::ops::RangeInclusive;

/// The most characters of a title, and of what its buttons say.
const MOST_TITLE: usize = 24;
/// The most characters of what an app has a view carry.
const MOST_METADATA: usize = 3000;
/// The most characters of a name that an app gives a view, a block or an element.
const MOST_NAME: usize = 255;
/// The most faults that are told: whoever has that many reads the first.
const MOST_FAULTS: usize = 20;
/// What a modal may say.
const KEYS: &[&str] = &[
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "external_id",
    "clear_on_close",
    "notify_on_close",
];

/// What is wrong with a view, an object.
pub(super) fn view(view: &Value) -> Vec<Fault> {
    let mut check = Check::default();
    let view = Part {
        value: view,
        at: "view".to_owned(),
    };
    if let Some(kind) = check.required(&view, "type")
        && kind.value != "modal"
    {
        check.no(&kind, "must be `modal`");
    }
    for (key, value) in view.value.as_object().into_iter().flatten() {
        if !value.is_null() && !KEYS.contains(&&**key) {
            check.no(&view, format!("invalid additional property: {key}"));
        }
    }
    check.string(&view, "private_metadata", MOST_METADATA);
    check.string(&view, "callback_id", MOST_NAME);
    check.string(&view, "external_id", MOST_NAME);
    for key in ["clear_on_close", "notify_on_close"] {
        if let Some(part) = view.get(key)
            && !part.value.is_boolean()
        {
            check.no(&part, "must be a boolean");
        }
    }
    check.required(&view, "title");
    for key in ["title", "submit", "close"] {
        check.text(&view, key, PLAIN, MOST_TITLE);
    }
    check.blocks(&view);
    check.faults
}

/// A part of a view, and the place where it stands.
struct Part<'v> {
    value: &'v Value,
    at: String,
}

impl<'v> Part<'v> {
    /// What it has under a key. What is null is not given.
    fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let at = format!("{}/{key}", self.at);
        Some(Part { value, at })
    }

    /// Its type; of what has none that could be one, an empty text.
    fn kind(&self) -> &'v str {
        self.value["type"].as_str().unwrap_or_default()
    }

    /// What it consists of, if it is an array.
    fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten();
        items.enumerate().map(|(i, value)| Part {
            value,
            at: format!("{}/{i}", self.at),
        })
    }
}

/// Types of text objects.
const PLAIN: &[&str] = &["plain_text"];
const ANY: &[&str] = &["plain_text", "mrkdwn"];

/// What was found so far.
#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn no(&mut self, part: &Part<'_>, why: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            let (at, why) = (part.at.clone(), why.into());
            self.faults.push(Fault { at, why });
        }
    }

    /// What has to be there.
    fn required<'v>(&mut self, of: &Part<'v>, key: &str) -> Option<Part<'v>> {
        let found = of.get(key);
        if found.is_none() {
            self.no(of, format!("missing required field: {key}"));
        }
        found
    }

    /// The type of an object, one of these.
    fn kind(&mut self, of: &Part<'_>, known: &[&str]) -> bool {
        if !of.value.is_object() {
            self.no(of, "must be an object");
            return false;
        }
        let Some(kind) = self.required(of, "type") else {
            return false;
        };
        let is_known = known.iter().any(|known| kind.value == known);
        if !is_known {
            let named = of.kind();
            match kind.value.is_string() {
                true => self.no(&kind, format!("unsupported type: {named}")),
                false => self.no(&kind, "must be a string"),
            }
        }
        is_known
    }

    /// A text of this many characters at most, where there is one.
    fn string(&mut self, of: &Part<'_>, key: &str, most: usize) {
        let Some(part) = of.get(key) else { return };
        let Some(text) = part.value.as_str() else {
            return self.no(&part, "must be a string");
        };
        if text.chars().count() > most {
            self.no(&part, format!("must be less than {} characters", most + 1));
        }
    }

    /// A text object of one of these types, with something in it and this many characters at most, where there is one.
    fn text(&mut self, of: &Part<'_>, key: &str, kinds: &[&str], most: usize) {
        if let Some(part) = of.get(key) {
            self.words(&part, kinds, 1..=most);
        }
    }

    /// A text object of one of these types, of so many characters.
    fn words(&mut self, part: &Part<'_>, kinds: &[&str], long: RangeInclusive<usize>) {
        if !self.kind(part, kinds) {
            return;
        }
        if let Some(words) = self.required(part, "text") {
            if *long.start() > 0 && words.value == "" {
                self.no(&words, "must be more than 0 characters");
            }
            self.string(part, "text", *long.end());
        }
    }

    /// Whether a list has so many. What is in one that has too many is not looked at.
    fn list(&mut self, list: &Part<'_>, long: RangeInclusive<usize>) -> bool {
        let (least, most) = (long.start(), long.end());
        let why = match list.value.as_array().map(Vec::len) {
            None => "must be an array".to_owned(),
            Some(few) if few < *least => format!("must provide at least {least} items"),
            Some(many) if many > *most => format!("no more than {most} items allowed"),
            Some(_) => return true,
        };
        self.no(list, why);
        false
    }

    /// A whole number in these bounds, where there is one.
    fn number(&mut self, of: &Part<'_>, key: &str, bounds: RangeInclusive<u64>) {
        let Some(part) = of.get(key) else { return };
        let fits = |number| bounds.contains(&number);
        if !part.value.as_u64().is_some_and(fits) {
            let (least, most) = (bounds.start(), bounds.end());
            let why = match *most {
                u64::MAX => format!("must be a whole number, {least} or more"),
                most => format!("must be a whole number from {least} to {most}"),
            };
            self.no(&part, why);
        }
    }

    /// A name that tells apart what it is beside: none of those before has it. An empty one is not given.
    fn name<'v>(&mut self, of: &Part<'v>, key: &str, before: &mut Vec<&'v str>) {
        self.string(of, key, MOST_NAME);
        let Some(part) = of.get(key) else { return };
        match part.value.as_str().filter(|name| !name.is_empty()) {
            Some(name) if before.contains(&name) => {
                self.no(&part, format!("`{key}` \"{name}\" already exists"));
            }
            Some(name) => before.push(name),
            None => {}
        }
    }
}

//! What people press and choose from: elements of blocks, and what becomes of one when something is chosen.
//! <https://docs.slack.dev/reference/block-kit/block-elements>

mod fits;
mod ids;
#[cfg(test)]
mod tests;

use fits::{lengths, number, offered, option};
use guestlist_domain::{ChannelId, UserId, invitation::address};
pub use ids::{name_all, named};
use serde_json::{Map, Value, json};

/// What is chosen with elements of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Nothing: it is pressed.
    Press,
    /// One of its options, or several.
    Option,
    /// Somebody.
    User,
    /// A conversation.
    Channel,
    /// A public channel.
    Public,
    /// An option that the app would have offered: it is given whole, or several.
    Offered,
    /// Nothing that could be given here.
    File,
    /// A day, `2030-05-01`.
    Date,
    /// A time of day, `09:30`.
    Time,
    /// A moment, in seconds.
    Moment,
    /// Words.
    Words,
    /// A number, as it is written.
    Number,
    /// An address.
    Email,
    /// A URL.
    Url,
    /// Rich text: a JSON object.
    Rich,
}

/// Elements of a type: what is chosen, in which field it is told, in which an element says what is chosen to begin
/// with, and whether several are.
struct Kind {
    name: &'static str,
    choice: Choice,
    field: &'static str,
    initial: &'static str,
    many: bool,
}

const fn kind(
    name: &'static str,
    choice: Choice,
    field: &'static str,
    initial: &'static str,
    many: bool,
) -> Kind {
    Kind {
        name,
        choice,
        field,
        initial,
        many,
    }
}

const KINDS: &[Kind] = {
    use Choice::*;
    &[
        kind("button", Press, "value", "", false),
        kind("workflow_button", Press, "value", "", false),
        kind(
            "static_select",
            Option,
            "selected_option",
            "initial_option",
            false,
        ),
        kind(
            "radio_buttons",
            Option,
            "selected_option",
            "initial_option",
            false,
        ),
        kind("overflow", Option, "selected_option", "", false),
        kind(
            "checkboxes",
            Option,
            "selected_options",
            "initial_options",
            true,
        ),
        kind(
            "multi_static_select",
            Option,
            "selected_options",
            "initial_options",
            true,
        ),
        kind(
            "external_select",
            Offered,
            "selected_option",
            "initial_option",
            false,
        ),
        kind(
            "multi_external_select",
            Offered,
            "selected_options",
            "initial_options",
            true,
        ),
        kind("file_input", File, "files", "", true),
        kind("users_select", User, "selected_user", "initial_user", false),
        kind(
            "multi_users_select",
            User,
            "selected_users",
            "initial_users",
            true,
        ),
        kind(
            "conversations_select",
            Channel,
            "selected_conversation",
            "initial_conversation",
            false,
        ),
        kind(
            "multi_conversations_select",
            Channel,
            "selected_conversations",
            "initial_conversations",
            true,
        ),
        kind(
            "channels_select",
            Public,
            "selected_channel",
            "initial_channel",
            false,
        ),
        kind(
            "multi_channels_select",
            Public,
            "selected_channels",
            "initial_channels",
            true,
        ),
        kind("datepicker", Date, "selected_date", "initial_date", false),
        kind("timepicker", Time, "selected_time", "initial_time", false),
        kind(
            "datetimepicker",
            Moment,
            "selected_date_time",
            "initial_date_time",
            false,
        ),
        kind("plain_text_input", Words, "value", "initial_value", false),
        kind("number_input", Number, "value", "initial_value", false),
        kind("email_text_input", Email, "value", "initial_value", false),
        kind("url_text_input", Url, "value", "initial_value", false),
        kind(
            "rich_text_input",
            Rich,
            "rich_text_value",
            "initial_value",
            false,
        ),
    ]
};

fn kind_of(element: &Value) -> Option<&'static Kind> {
    let name = element["type"].as_str()?;
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether people do something with elements of this type.
pub fn is_known(element: &Value) -> bool {
    kind_of(element).is_some()
}

/// The types of elements that people do something with.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name)
}

/// Whether what is chosen with elements of this type stays chosen: buttons and overflow menus show nothing of it.
pub fn stays(kind: &Value) -> bool {
    let known = KINDS.iter().find(|one| *kind == one.name);
    known.is_some_and(|one| one.choice != Choice::Press && one.name != "overflow")
}

/// An element, where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Found<'b> {
    pub block: &'b Value,
    pub element: &'b Value,
}

impl Found<'_> {
    pub fn block_id(&self) -> &str {
        self.block["block_id"].as_str().unwrap_or_default()
    }

    pub fn action_id(&self) -> &str {
        self.element["action_id"].as_str().unwrap_or_default()
    }

    /// Whether it belongs to an `input` block, which does nothing until the form is sent.
    pub fn is_input(&self) -> bool {
        self.block["type"] == "input"
    }

    /// Whether its app hears of it when the form is sent, and not before.
    pub fn is_silent(&self) -> bool {
        self.is_input() && self.block["dispatch_action"] != true
    }

    /// Whether what is chosen with it stays chosen.
    pub fn stays(&self) -> bool {
        stays(&self.element["type"])
    }

    /// How somebody is told of it, who has to fill it in.
    pub fn called(&self) -> String {
        let name = self.action_id();
        match kind_of(self.element).map(|kind| kind.choice) {
            None | Some(Choice::File) => {
                let kind = self.element["type"].as_str().unwrap_or_default();
                format!("`{name}` is a `{kind}`, which cannot be filled in here")
            }
            Some(_) => format!("`{name}`"),
        }
    }
}

/// Every element that people do something with, or that its app thinks they do.
pub fn elements(blocks: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for block in blocks.as_array().into_iter().flatten() {
        let elements = match block["type"].as_str() {
            Some("actions") => block["elements"].as_array().map(Vec::as_slice),
            Some("section") => block.get("accessory").map(std::slice::from_ref),
            Some("input") => block.get("element").map(std::slice::from_ref),
            _ => None,
        };
        let elements = elements.into_iter().flatten();
        found.extend(
            elements
                .filter(|element| is_known(element) || element["action_id"].is_string())
                .map(|element| Found { block, element }),
        );
    }
    found
}

/// The element of this action, in this block if one is named.
pub fn find<'b>(
    found: &[Found<'b>],
    action: &str,
    block: Option<&str>,
) -> Result<Found<'b>, String> {
    let is = |one: &&Found<'b>| {
        one.action_id() == action && block.is_none_or(|block| one.block_id() == block)
    };
    let mut fits = found.iter().filter(is);
    match (fits.next(), fits.next()) {
        (Some(one), None) => Ok(*one),
        (Some(_), Some(_)) => Err(match block {
            None => format!("several elements have the action_id `{action}`: name the block, too"),
            Some(block) => format!(
                "several elements of the block `{block}` have the action_id `{action}`: nothing tells them apart"
            ),
        }),
        (None, _) => {
            let there: Vec<_> = found
                .iter()
                .map(|one| format!("`{}`", one.action_id()))
                .collect();
            let there = match there.is_empty() {
                true => "none".to_owned(),
                false => there.join(", "),
            };
            Err(format!(
                "no element has the action_id `{action}`; there are {there}"
            ))
        }
    }
}

/// Somebody or something that was chosen, and has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    User(UserId),
    Channel(ChannelId),
    /// A channel that is public.
    Public(ChannelId),
}

/// What was chosen, as it is told: a field and its value. Who is named beside it is still to be looked for.
pub struct Chosen {
    pub field: &'static str,
    pub value: Value,
    pub named: Vec<Named>,
}

/// What an element comes to when `given` is chosen: a text, or of several a list of texts; `null` or an empty text where
/// nothing is.
pub fn choose(element: &Value, given: &Value) -> Result<Chosen, String> {
    let kind = kind_of(element).filter(|kind| kind.choice != Choice::File);
    let Some(kind) = kind else {
        let kind = element["type"].as_str().unwrap_or_default();
        return Err(format!("it is a `{kind}`, which cannot be filled in here"));
    };
    let given = if given == "" { &Value::Null } else { given };
    let mut chosen = Chosen {
        field: kind.field,
        value: Value::Null,
        named: Vec::new(),
    };
    if kind.choice == Choice::Press {
        if !given.is_null() {
            return Err("a button is pressed, and nothing is chosen with it".to_owned());
        }
        chosen.value = element["value"].clone();
        return Ok(chosen);
    }
    if !kind.many {
        match given {
            Value::Array(_) => return Err("one is chosen here, not a list".to_owned()),
            Value::Null => {}
            one => chosen.value = choose_one(kind, element, one, &mut chosen.named)?,
        }
        return Ok(chosen);
    }
    let given = match given {
        Value::Array(many) => many.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    if let Some(most) = element["max_selected_items"].as_u64()
        && given.len() as u64 > most
    {
        return Err(format!(
            "at most {most} are chosen here, and these are {}",
            given.len()
        ));
    }
    let mut all = Vec::with_capacity(given.len());
    for one in given {
        let one = choose_one(kind, element, one, &mut chosen.named)?;
        if all.contains(&one) {
            return Err(format!("{one} is chosen twice"));
        }
        all.push(one);
    }
    chosen.value = Value::Array(all);
    Ok(chosen)
}

/// What an element has chosen to begin with.
pub fn initially(element: &Value) -> Option<(&'static str, Value)> {
    let kind = kind_of(element).filter(|_| stays(&element["type"]))?;
    let none = if kind.many { json!([]) } else { Value::Null };
    let initial = element.get(kind.initial).filter(|given| **given != "");
    let initial = initial.cloned();
    Some((kind.field, initial.unwrap_or(none)))
}

/// What a menu has chosen that begins with the conversation that people have before them; none where it begins with
/// another.
pub fn current(element: &Value, channel: ChannelId) -> Option<(&'static str, Value)> {
    let kind = kind_of(element).filter(|kind| kind.choice == Choice::Channel)?;
    let is_asked = element["default_to_current_conversation"] == true;
    let value = match kind.many {
        true => json!([channel]),
        false => json!(channel),
    };
    (is_asked && element[kind.initial].is_null()).then_some((kind.field, value))
}

fn choose_one(
    kind: &Kind,
    element: &Value,
    given: &Value,
    named: &mut Vec<Named>,
) -> Result<Value, String> {
    if kind.choice == Choice::Rich {
        return match given["type"] == "rich_text" {
            true => Ok(given.clone()),
            false => Err("rich text is an object with the type `rich_text`".to_owned()),
        };
    }
    if kind.choice == Choice::Offered {
        return offered(given);
    }
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => return Err(format!("what is chosen is written as text, not {other}")),
    };
    let told = Value::String(text.clone());
    match kind.choice {
        Choice::Option => option(element, &text),
        Choice::User => {
            let user = text.parse();
            let user = user.map_err(|why| format!("`{text}` is nobody's id: {why}"))?;
            named.push(Named::User(user));
            Ok(told)
        }
        Choice::Channel | Choice::Public => {
            let channel = text.parse();
            let channel =
                channel.map_err(|why| format!("`{text}` is no conversation's id: {why}"))?;
            named.push(match kind.choice {
                Choice::Public => Named::Public(channel),
                _ => Named::Channel(channel),
            });
            Ok(told)
        }
        Choice::Date => match jiff::civil::Date::strptime("%Y-%m-%d", &text) {
            Ok(day) => Ok(day.strftime("%Y-%m-%d").to_string().into()),
            Err(_) => Err(format!("a day is written 2030-05-01, not `{text}`")),
        },
        Choice::Time => match jiff::civil::Time::strptime("%H:%M", &text) {
            Ok(time) => Ok(time.strftime("%H:%M").to_string().into()),
            Err(_) => Err(format!("a time of day is written 09:30, not `{text}`")),
        },
        Choice::Moment => match text.parse::<i64>() {
            Ok(seconds) if seconds >= 0 => Ok(seconds.into()),
            _ => Err(format!("a moment is written in seconds, not `{text}`")),
        },
        Choice::Words => lengths(element, &text).map(|()| told),
        Choice::Number => number(element, &text).map(|()| told),
        Choice::Email => match address(&text) {
            Some(_) => Ok(told),
            None => Err(format!("`{text}` is no address")),
        },
        Choice::Url => match text.split_once("://") {
            Some((scheme, rest)) if !scheme.is_empty() && !rest.is_empty() => Ok(told),
            _ => Err(format!("`{text}` is no URL")),
        },
        Choice::Press | Choice::Rich | Choice::Offered | Choice::File => Ok(told),
    }
}

/// `state.values`: what every element of a message or view has chosen, by block and action.
#[derive(Clone, Debug, Default)]
pub struct State(Map<String, Value>);

impl State {
    /// What is chosen to begin with.
    pub fn initial(found: &[Found<'_>]) -> Self {
        let mut state = Self::default();
        for one in found {
            if let Some((field, value)) = initially(one.element) {
                state.set(one, field, value);
            }
        }
        state
    }

    /// Something is chosen.
    pub fn set(&mut self, one: &Found<'_>, field: &str, value: Value) {
        let block = self.0.entry(one.block_id().to_owned());
        let block = block.or_insert_with(|| json!({}));
        block[one.action_id()] = json!({"type": one.element["type"], field: value});
    }

    /// As payloads have it.
    pub fn into_json(self) -> Value {
        json!({"values": self.0})
    }
}

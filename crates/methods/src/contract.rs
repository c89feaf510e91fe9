//! What every page states about its method.

use crate::arguments::Arguments;
use guestlist_domain::{Caller, Scopes};
use serde::Serialize;
use std::fmt;
use strum::{EnumMessage, EnumProperty, VariantArray};

/// The HTTP verb a method's documentation prefers. Both are always answered, and neither tells whether
/// the method writes: that is [`Contract::READS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

/// How often a method may be called, per workspace and app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Once a minute or more.
    One,
    /// 20 a minute or more.
    Two,
    /// 50 a minute or more.
    Three,
    /// 100 a minute or more.
    Four,
    /// So many a minute, of the method's own.
    Special(u32),
    /// So many a minute for each channel that calls name.
    PerChannel(u32),
}

impl Tier {
    /// Calls per minute that are always let through.
    pub const fn per_minute(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 20,
            Self::Three => 50,
            Self::Four => 100,
            Self::Special(calls) | Self::PerChannel(calls) => calls,
        }
    }

    /// Calls that are let through at once after a pause: one and a half minutes' worth, and one
    /// at least.
    pub const fn at_once(self) -> u32 {
        self.per_minute() + self.per_minute() / 2
    }
}

/// One argument, as the method's page describes it.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it holds: `channel`, `users`, `boolean`, `integer`, `string`, `cursor`, `timestamp`, `json`.
    pub kind: &'static str,
    /// Whether a call without it is refused.
    pub required: bool,
    /// A value it could have.
    pub example: &'static str,
    /// What it is for, one sentence, with its default.
    pub about: &'static str,
    /// Another name that is understood.
    pub also: Option<&'static str>,
}

impl Arg {
    /// An argument every call needs.
    pub const fn required(
        name: &'static str,
        kind: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            required: true,
            example,
            about,
            also: None,
        }
    }

    /// The same, understood by another name too.
    pub const fn also(mut self, name: &'static str) -> Self {
        self.also = Some(name);
        self
    }

    /// An argument a call may leave out.
    pub const fn optional(
        name: &'static str,
        kind: &'static str,
        example: &'static str,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            required: false,
            example,
            about,
            also: None,
        }
    }
}

/// Facts about a method, stated once.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// `conversations.invite`.
    pub name: &'static str,
    /// What it does, one sentence.
    pub about: &'static str,
    /// The preferred verb.
    pub verb: Verb,
    /// Whether the documentation offers JSON bodies. They are read either way.
    pub json: bool,
    /// Its rate limit.
    pub tier: Tier,
    /// What it asks of a token.
    pub scopes: Scopes,
    /// Its arguments, required ones first.
    pub args: &'static [Arg],
    /// A typical answer, as JSON text.
    pub success: &'static str,
    /// A typical refusal, as JSON text.
    pub failure: &'static str,
    /// Warnings of its own, each with what it means.
    pub warnings: &'static [(&'static str, &'static str)],
}

impl Spec {
    /// The method that took over, for those of the retired families.
    pub fn successor(&self) -> Option<String> {
        let (family, rest) = self.name.split_once('.')?;
        ["channels", "groups", "im", "mpim"]
            .contains(&family)
            .then(|| format!("conversations.{rest}"))
    }

    /// Where Slack documents the method.
    pub fn url(&self) -> String {
        format!("https://docs.slack.dev/reference/methods/{}", self.name)
    }
}

/// A method's own error codes: a plain enum whose doc comments are the documented sentences,
/// whose property `state` says what brings the code about here, or whose property `never` says
/// why nothing does. A property `arg` is the argument that the code speaks of; the answer names it.
pub trait Code:
    Copy + Into<&'static str> + VariantArray + EnumMessage + EnumProperty + Send + 'static
{
}

/// What is wrong with a part of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands, as a JSON pointer without its first slash.
    pub at: String,
    /// Why it cannot be so.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [json-pointer:/{}]", self.why, self.at)
    }
}

/// Why arguments cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadArguments<E> {
    /// `invalid_arguments`: these required ones are absent.
    Missing(Vec<&'static str>),
    /// `invalid_arguments`: this one holds what it cannot hold.
    Invalid(&'static str, String),
    /// `invalid_arguments`: these parts of one do.
    Within(Vec<Fault>),
    /// The method has a code of its own for it.
    Refused(E),
}

/// A method.
pub trait Contract: Send + Sync + 'static {
    /// What its page states.
    const SPEC: Spec;
    /// Whether it changes nothing, so that a call whose answer was lost may be made again. Most methods
    /// that do so prefer `GET`, and few others; those that differ say so.
    const READS: bool = matches!(Self::SPEC.verb, Verb::Get);
    /// Its arguments, read.
    type Args: Send + Sync + 'static;
    /// Its answer, without the envelope.
    type Reply: Serialize;
    /// Its own error codes, in the documented order.
    type Error: Code;

    /// Whom the method is closed to, whatever they ask: step 10 of the checks.
    fn closed_to(_caller: &Caller) -> Option<Self::Error> {
        None
    }

    /// Reads the arguments of a call.
    fn args(given: &Arguments) -> Result<Self::Args, BadArguments<Self::Error>>;
}

/// One error as it is documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorDoc {
    /// `channel_not_found`.
    pub code: &'static str,
    /// What it means, one sentence.
    pub sentence: &'static str,
    /// What brings it about here.
    pub state: Option<&'static str>,
    /// Why nothing brings it about here.
    pub never: Option<&'static str>,
}

/// A code enum as documentation.
pub fn documented<E: Code>() -> Vec<ErrorDoc> {
    E::VARIANTS
        .iter()
        .map(|code| ErrorDoc {
            code: (*code).into(),
            sentence: code.get_documentation().unwrap_or_default(),
            state: code.get_str("state"),
            never: code.get_str("never"),
        })
        .collect()
}

/// The error of methods that have none of their own.
#[derive(Clone, Copy, Debug)]
pub enum NoErrors {}

impl Code for NoErrors {}

impl VariantArray for NoErrors {
    const VARIANTS: &'static [Self] = &[];
}

/// No code is one of none.
impl std::str::FromStr for NoErrors {
    type Err = strum::ParseError;
    fn from_str(_code: &str) -> Result<Self, Self::Err> {
        Err(strum::ParseError::VariantNotFound)
    }
}

impl From<NoErrors> for &'static str {
    fn from(none: NoErrors) -> Self {
        match none {}
    }
}

impl EnumMessage for NoErrors {
    fn get_message(&self) -> Option<&'static str> {
        match *self {}
    }
    fn get_detailed_message(&self) -> Option<&'static str> {
        match *self {}
    }
    fn get_documentation(&self) -> Option<&'static str> {
        match *self {}
    }
    fn get_serializations(&self) -> &'static [&'static str] {
        match *self {}
    }
}

impl EnumProperty for NoErrors {
    fn get_str(&self, _property: &str) -> Option<&'static str> {
        match *self {}
    }
    fn get_int(&self, _property: &str) -> Option<i64> {
        match *self {}
    }
    fn get_bool(&self, _property: &str) -> Option<bool> {
        match *self {}
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use crate::CATALOGUE;

    /// What changes something and is no write of the store's, or not by a rule of ours.
    const OTHER_WRITES: [&str; 8] = [
        "admin.users.session.reset",
        "apps.connections.open",
        "apps.uninstall",
        "oauth.v2.access",
        "oauth.v2.exchange",
        "views.open",
        "views.push",
        "views.update",
    ];

    #[test]
    fn a_method_reads_when_nothing_is_decided_in_it() {
        for entry in CATALOGUE {
            let name = entry.spec.name;
            let writes = entry.retrace.is_some() || OTHER_WRITES.contains(&name);
            assert_eq!(entry.reads, !writes, "{name}");
        }
    }
}

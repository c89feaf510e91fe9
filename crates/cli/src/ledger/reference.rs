//! The table of facts in `reference/`, as the program carries it.

use anyhow::{Context, Result};
use guestlist_domain::ByKind;
use guestlist_methods::contract::{Tier, Verb};
use serde::Deserialize;
use std::collections::BTreeMap;

const COMMON: &str = include_str!("../../../../reference/common.toml");
const DEVIATIONS: &str = include_str!("../../../../reference/deviations.toml");
const FAMILIES: [(&str, &str); 15] = [
    ("admin", include_str!("../../../../reference/admin.toml")),
    ("api", include_str!("../../../../reference/api.toml")),
    ("apps", include_str!("../../../../reference/apps.toml")),
    ("auth", include_str!("../../../../reference/auth.toml")),
    ("bots", include_str!("../../../../reference/bots.toml")),
    (
        "channels",
        include_str!("../../../../reference/channels.toml"),
    ),
    ("chat", include_str!("../../../../reference/chat.toml")),
    (
        "connect",
        include_str!("../../../../reference/connect.toml"),
    ),
    (
        "conversations",
        include_str!("../../../../reference/conversations.toml"),
    ),
    ("groups", include_str!("../../../../reference/groups.toml")),
    ("oauth", include_str!("../../../../reference/oauth.toml")),
    ("team", include_str!("../../../../reference/team.toml")),
    (
        "usergroups",
        include_str!("../../../../reference/usergroups.toml"),
    ),
    ("users", include_str!("../../../../reference/users.toml")),
    ("views", include_str!("../../../../reference/views.toml")),
];

/// Everything documented, and where the pages differ from it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) common: Common,
    pub(super) methods: BTreeMap<String, Method>,
    pub(super) deviations: Vec<Deviation>,
}

/// What is listed for every method.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Common {
    pub(super) errors: BTreeMap<String, Listing>,
    pub(super) warnings: BTreeMap<String, Listing>,
}

/// One method as it is documented.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Method {
    pub(super) verb: String,
    pub(super) json: bool,
    pub(super) tier: DocumentedTier,
    pub(super) sources: BTreeMap<String, String>,
    pub(super) scopes: DocumentedScopes,
    #[serde(default)]
    pub(super) args: BTreeMap<String, Argument>,
    #[serde(default)]
    pub(super) errors: BTreeMap<String, Listing>,
    #[serde(default)]
    pub(super) warnings: BTreeMap<String, Listing>,
}

/// Who lists a code, and between which dates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    pub(super) from: Vec<String>,
    pub(super) since: Option<String>,
    pub(super) until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Argument {
    /// Pages have words of their own for this.
    #[serde(rename = "type")]
    _kind: String,
    pub(super) required: bool,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum DocumentedTier {
    Number(u32),
    /// The word `special`.
    Special(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentedScopes {
    pub(super) bot: ScopeList,
    pub(super) user: ScopeList,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ScopeList {
    Any(Vec<String>),
    ByKind(BTreeMap<String, Vec<String>>),
}

/// Differences between pages and the table, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deviation {
    /// Names of methods; `*` is each in which the difference is found.
    pub(super) methods: Vec<String>,
    /// As the test names them: `error no_permission`, `argument team_id`, `scopes bot im`, `tier`.
    pub(super) items: Vec<String>,
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviations {
    deviation: Vec<Deviation>,
}

impl Table {
    pub(super) fn read() -> Result<Self> {
        let mut methods = BTreeMap::new();
        for (name, text) in FAMILIES {
            let family: BTreeMap<String, Method> =
                toml::from_str(text).with_context(|| format!("reference/{name}.toml"))?;
            methods.extend(family);
        }
        let deviations: Deviations =
            toml::from_str(DEVIATIONS).context("reference/deviations.toml")?;
        Ok(Self {
            common: toml::from_str(COMMON).context("reference/common.toml")?,
            methods,
            deviations: deviations.deviation,
        })
    }

    /// The reason why `method` differs in `item`.
    pub(super) fn reason(&self, method: &str, item: &str) -> Option<&Deviation> {
        let about = |name: &str| {
            self.deviations.iter().find(move |deviation| {
                deviation.methods.iter().any(|method| method == name)
                    && deviation.items.iter().any(|other| other == item)
            })
        };
        about(method).or_else(|| about("*"))
    }
}

impl Method {
    /// Whether it lists the codes of every method itself.
    pub(super) fn lists_everything(&self) -> bool {
        self.sources.contains_key("seed") || self.sources.contains_key("retired")
    }
}

impl Listing {
    /// `seed, newer; since 2024-04-19`
    pub(super) fn text(&self) -> String {
        let mut text = self.from.join(", ");
        for (word, date) in [("since", &self.since), ("until", &self.until)] {
            if let Some(date) = date {
                text.push_str(&format!("; {word} {date}"));
            }
        }
        text
    }
}

impl ScopeList {
    /// The scopes for one kind of conversation, in alphabetical order.
    pub(super) fn of(&self, kind: &str) -> Vec<&str> {
        let list = match self {
            Self::Any(list) => list.as_slice(),
            Self::ByKind(kinds) => kinds.get(kind).map(Vec::as_slice).unwrap_or_default(),
        };
        let mut list: Vec<_> = list.iter().map(String::as_str).collect();
        list.sort_unstable();
        list
    }
}

/// The kinds of conversation with a page's scopes for each, in alphabetical order.
pub(super) fn kinds(by_kind: &ByKind) -> [(&'static str, Vec<&'static str>); 4] {
    let sorted = |list: &[&'static str]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list
    };
    [
        ("public", sorted(by_kind.public)),
        ("private", sorted(by_kind.private)),
        ("im", sorted(by_kind.im)),
        ("mpim", sorted(by_kind.mpim)),
    ]
}

pub(super) fn documented_tier(tier: Tier) -> DocumentedTier {
    match tier {
        Tier::One => DocumentedTier::Number(1),
        Tier::Two => DocumentedTier::Number(2),
        Tier::Three => DocumentedTier::Number(3),
        Tier::Four => DocumentedTier::Number(4),
        Tier::Special(_) | Tier::PerChannel(_) => DocumentedTier::Special("special".to_owned()),
    }
}

pub(super) fn documented_verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    }
}

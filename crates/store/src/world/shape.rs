//! Shapes of values that derives do not give: a text or a mapping, `all` or a list; and how
//! an export lays them out.

use super::document::Member;
use guestlist_domain::workspace::Who;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_saphyr::{FlowMap, FlowSeq};
use std::{borrow::Cow, fmt, marker::PhantomData};

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// For what is true when left out.
pub(super) fn yes(value: &bool) -> bool {
    *value
}

pub(super) fn truth() -> bool {
    true
}

pub(super) fn is_email_quota(value: &u32) -> bool {
    *value == guestlist_domain::workspace::Connect::default().email_quota_per_hour
}

pub(super) fn admins() -> Who {
    Who::Admins
}

pub(super) fn is_admins(value: &Who) -> bool {
    *value == Who::Admins
}

/// A length of time, written `3d`, `12h`, `30m` or `45s`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Duration(pub u32);

const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = UNITS.iter().find(|(_, unit)| self.0.is_multiple_of(*unit));
        let (letter, unit) = whole.copied().unwrap_or(('s', 1));
        serializer.collect_str(&format_args!("{}{letter}", self.0 / unit))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let unit = |(letter, unit): &(char, u32)| {
            let number: u32 = text.strip_suffix(*letter)?.parse().ok()?;
            number.checked_mul(*unit)
        };
        UNITS.iter().find_map(unit).map(Self).ok_or_else(|| {
            D::Error::custom(format_args!(
                "`{text}`: a length of time is written 3d, 12h, 30m or 45s"
            ))
        })
    }
}

/// A list on one line.
pub(super) fn flow<T: Serialize, S: Serializer>(
    items: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    FlowSeq(items).serialize(serializer)
}

/// A list of mappings, each on its line.
pub(super) fn one_per_line<T: Serialize, S: Serializer>(
    items: &[T],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(items.iter().map(FlowMap))
}

/// A mapping on one line.
pub(super) fn one_line<T: Serialize, S: Serializer>(
    item: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    item.as_ref().map(FlowMap).serialize(serializer)
}

/// A text, or a mapping that says more.
#[derive(Clone, Debug, PartialEq)]
pub enum TextOr<T> {
    /// The text.
    Text(String),
    /// The mapping.
    More(T),
}

impl<T: Serialize> Serialize for TextOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::More(more) => more.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = TextOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (in quotes if it looks like a number) or a mapping")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text.to_owned()))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(TextOr::Text(text))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::More)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("TextOr{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let more = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": "string" }, more] })
    }
}

/// Who is in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// The workspace's active people and bots, no guests.
    All,
    /// These: ids, or ids with more.
    List(Vec<TextOr<Member>>),
}

impl Default for Members {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::List(list) => FlowSeq(list).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AllOrList;
        impl<'de> Visitor<'de> for AllOrList {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`all` or a list of users")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Members, E> {
                if text == "all" {
                    Ok(Members::All)
                } else {
                    Err(E::invalid_value(Unexpected::Str(text), &self))
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Members, A::Error> {
                let mut list = Vec::new();
                while let Some(member) = seq.next_element()? {
                    list.push(member);
                }
                Ok(Members::List(list))
            }
        }
        deserializer.deserialize_any(AllOrList)
    }
}

impl JsonSchema for Members {
    fn schema_name() -> Cow<'static, str> {
        "Members".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<TextOr<Member>>();
        json_schema!({
            "description": "Who is in it: `all` for the workspace's active people and bots, no guests; or a list.",
            "anyOf": [{ "const": "all" }, { "type": "array", "items": one }]
        })
    }
}

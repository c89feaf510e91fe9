//! Values as exports have them: numbers written as texts, nothing written as `false` or `[]`.

use serde::{
    Deserialize, Deserializer,
    de::{
        Error as _, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
        value::MapAccessDeserializer,
    },
};
use std::{fmt, marker::PhantomData};

/// Any value, as far as it is looked at.
enum Any {
    Nothing,
    Bool(bool),
    Number(i64),
    Text(String),
    /// How many entries it has, and those that are texts.
    List(usize, Vec<String>),
    /// How many fields it has.
    Object(usize),
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Any, E> {
        Ok(Any::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Any, E> {
        Ok(Any::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Any, E> {
        Ok(Any::Number(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Any, E> {
        Ok(Any::Number(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Any, E> {
        Ok(Any::Number(value as i64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Any, E> {
        Ok(Any::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Any, A::Error> {
        let (mut count, mut texts) = (0, Vec::new());
        while let Some(one) = seq.next_element::<Any>()? {
            count += 1;
            if let Any::Text(text) = one {
                texts.push(text);
            }
        }
        Ok(Any::List(count, texts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        let mut count = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Any::Object(count))
    }
}

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor)
    }
}

/// A number, as such or as a text; without its decimals.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let refuse = |found| Err(D::Error::invalid_type(found, &"a number"));
    match Any::deserialize(from)? {
        Any::Nothing | Any::Bool(false) => Ok(None),
        Any::Number(number) => Ok(Some(number)),
        Any::Text(text) if text.trim().is_empty() => Ok(None),
        Any::Text(text) => match number_in(text.trim()) {
            None => refuse(Unexpected::Str(&text)),
            number => Ok(number),
        },
        Any::Bool(true) => refuse(Unexpected::Bool(true)),
        Any::List(..) => refuse(Unexpected::Seq),
        Any::Object(_) => refuse(Unexpected::Map),
    }
}

fn number_in(text: &str) -> Option<i64> {
    // Rust reads `inf` and `nan` as numbers, too.
    let is_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    if !text.chars().all(is_number) {
        return None;
    }
    let whole = text.parse().ok();
    whole.or_else(|| text.parse().ok().map(|number: f64| number as i64))
}

/// A text that nothing hangs on: whatever else stands there is as good as nothing.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Any::deserialize(from)? {
        Any::Text(text) => Some(text),
        _ => None,
    })
}

/// The texts of a list that nothing hangs on.
pub(super) fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(match Any::deserialize(from)? {
        Any::List(_, texts) => texts,
        _ => Vec::new(),
    })
}

/// Whether it is said to be so.
pub(super) fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(matches!(Any::deserialize(from)?, Any::Bool(true)))
}

/// Whether anything is said.
pub(super) fn something<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(match Any::deserialize(from)? {
        Any::Nothing => false,
        Any::Bool(value) => value,
        Any::Number(number) => number != 0,
        Any::Text(text) => !text.is_empty(),
        Any::List(count, _) | Any::Object(count) => count > 0,
    })
}

/// An object, or nothing: programs that know one kind of array write an empty object as `[]`.
pub(super) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    from.deserialize_any(Object {
        strict: true,
        kind: PhantomData,
    })
}

/// An object that nothing hangs on.
pub(super) fn lax_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    from.deserialize_any(Object {
        strict: false,
        kind: PhantomData,
    })
}

struct Object<T> {
    strict: bool,
    kind: PhantomData<T>,
}

impl<T> Object<T> {
    fn other<E: serde::de::Error>(self, found: Unexpected<'_>) -> Result<Option<T>, E> {
        match self.strict {
            true => Err(E::invalid_type(found, &"an object")),
            false => Ok(None),
        }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut empty = true;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            empty = false;
        }
        match empty {
            true => Ok(None),
            false => self.other(Unexpected::Seq),
        }
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        match value {
            false => Ok(None),
            true => self.other(Unexpected::Bool(true)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.other(Unexpected::Signed(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.other(Unexpected::Unsigned(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.other(Unexpected::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        self.other(Unexpected::Str(value))
    }
}

//! Lines of a file's values. Read only when there is something to tell, so that a file
//! without problems costs nothing for it and [`Document`](super::Document) stays plain.

use super::{parse, problem::Step};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;
use std::fmt;

/// A line and a column, both from 1.
type Spot = (u64, u64);

#[derive(Debug)]
struct Located {
    spot: Spot,
    node: Node,
}

#[derive(Debug)]
enum Node {
    Leaf,
    List(Vec<Located>),
    /// Each key with its own place.
    Map(Vec<(String, Spot, Located)>),
}

fn spot<T>(spanned: &Spanned<T>) -> Spot {
    (spanned.referenced.line(), spanned.referenced.column())
}

impl<'de> Deserialize<'de> for Located {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Node>::deserialize(deserializer)?;
        Ok(Self {
            spot: spot(&spanned),
            node: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        macro_rules! leaves {
            ($($visit:ident($kind:ty)),+) => {$(
                fn $visit<E>(self, _: $kind) -> Result<Node, E> {
                    Ok(Node::Leaf)
                }
            )+};
        }
        impl<'de> Visitor<'de> for Shape {
            type Value = Node;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            leaves!(
                visit_bool(bool),
                visit_i64(i64),
                visit_u64(u64),
                visit_i128(i128),
                visit_u128(u128)
            );
            leaves!(visit_f64(f64), visit_str(&str), visit_bytes(&[u8]));
            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Leaf)
            }
            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::Leaf)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = seq.next_element()? {
                    list.push(item);
                }
                Ok(Node::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    let at = spot(&key);
                    entries.push((key.value, at, map.next_value()?));
                }
                Ok(Node::Map(entries))
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

/// Which value a place stands for: a list, its first mapping and that one's first key may
/// all begin at the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// The outermost.
    Outermost,
    /// The mapping.
    Mapping,
    /// The value of the key.
    Innermost,
}

/// The places of a file's values.
#[derive(Debug)]
pub(super) struct Places(Option<Located>);

impl Places {
    /// Reads them; a text that is no YAML has none.
    pub(super) fn of(text: &str) -> Self {
        Self(serde_saphyr::from_str_with_options(text, parse::lenient()).ok())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The line of the value that `steps` lead to, or of the nearest that is there above it.
    pub(super) fn line(&self, steps: &[Step]) -> Option<u64> {
        let mut here = self.0.as_ref()?;
        let mut line = here.spot.0;
        for step in steps {
            let next = match (step, &here.node) {
                (Step::Key(name), Node::Map(entries)) => entries
                    .iter()
                    .find(|(key, ..)| key == name)
                    .map(|(_, at, value)| (at.0, value)),
                (Step::At(index), Node::List(list)) => {
                    list.get(*index).map(|item| (item.spot.0, item))
                }
                _ => None,
            };
            let Some((at, value)) = next else { break };
            // A key's own line says more than that of the list that begins below it.
            line = if matches!(value.node, Node::Leaf) {
                value.spot.0
            } else {
                at
            };
            here = value;
        }
        Some(line)
    }

    /// The path to what begins at a place, or to the last value that begins before it: how a
    /// parser's complaint finds its field.
    pub(super) fn path(&self, spot: Spot, aim: Aim) -> String {
        let mut path = String::new();
        let mut here = self.0.as_ref();
        let outer = |located: &&Located| located.spot < spot || located.spot == (1, 1);
        let level = |located: &&Located| located.spot == spot && aim != Aim::Outermost;
        while let Some(located) = here.filter(|located| outer(located) || level(located)) {
            here =
                match &located.node {
                    Node::Leaf => None,
                    Node::List(list) => {
                        list.iter()
                            .rposition(|item| item.spot <= spot)
                            .map(|index| {
                                path.push_str(&format!("[{index}]"));
                                &list[index]
                            })
                    }
                    Node::Map(entries) => entries.iter().rfind(|(_, at, _)| *at <= spot).and_then(
                        |(key, at, value)| {
                            (*at < spot || aim != Aim::Mapping).then(|| {
                                path.extend([if path.is_empty() { "" } else { "." }, key]);
                                value
                            })
                        },
                    ),
                };
        }
        path
    }
}

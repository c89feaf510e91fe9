//! What a list is asked for, and the document that answers.

use super::{
    attributes::{self, Object},
    filter::Filter,
    problem::{Code, Problem},
    version::Version,
};
use serde_json::{Value, json};

/// How many are answered unless it is said.
const COUNT: usize = 10;
/// The most that are answered.
pub(super) const MAX_COUNT: usize = 1000;

/// What a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// The number of the first one, from 1.
    pub(super) start: usize,
    /// How many, at most [`MAX_COUNT`].
    pub(super) count: usize,
    pub(super) filter: Option<Filter>,
    /// Attributes that are not shown.
    pub(super) excluded: Vec<&'static str>,
}

impl Query {
    /// Reads the query of an address; what it has beside is passed over. `attributes` are those that filters are over.
    pub(super) fn read(query: Option<&str>, attributes: &[&str]) -> Result<Self, Problem> {
        let mut read = Self {
            start: 1,
            count: COUNT,
            filter: None,
            excluded: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                // Less than the first is the first, less than none is none (RFC 7644, 3.4.2.4).
                "startIndex" => read.start = number("startIndex", &value)?.max(1),
                "count" => read.count = number("count", &value)?.min(MAX_COUNT),
                "filter" => read.filter = Some(Filter::read(&value, attributes)?),
                "excludedAttributes" => {
                    let names = value.split(',').map(str::trim);
                    read.excluded = names.filter_map(attributes::name).collect();
                }
                _ => {}
            }
        }
        Ok(read)
    }

    /// How many come before the first.
    pub(super) fn skip(&self) -> usize {
        self.start - 1
    }

    /// Takes what is not to be shown out of a resource.
    pub(super) fn trim(&self, mut resource: Value) -> Value {
        if let Value::Object(object) = &mut resource {
            object.retain(|key, _| {
                let always = matches!(key.as_str(), "id" | "schemas");
                always || !self.excluded.contains(&key.as_str())
            });
        }
        resource
    }

    /// Some of all.
    pub(super) fn page(&self, version: Version, total: usize, resources: Vec<Value>) -> Value {
        list(version, self.start, total, resources)
    }
}

/// The document of a list.
pub(super) fn list(version: Version, start: usize, total: usize, resources: Vec<Value>) -> Value {
    let mut page = Object::new();
    page.insert("schemas".to_owned(), json!([version.list()]));
    page.insert("totalResults".to_owned(), total.into());
    page.insert("itemsPerPage".to_owned(), resources.len().into());
    page.insert("startIndex".to_owned(), start.into());
    page.insert("Resources".to_owned(), resources.into());
    Value::Object(page)
}

fn number(name: &str, text: &str) -> Result<usize, Problem> {
    let number: i64 = text.parse().map_err(|_| {
        let message = format!("`{name}` is a number, not `{}`", text.escape_debug());
        Problem::new(Code::InvalidQuery, message)
    })?;
    Ok(usize::try_from(number).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_begin_at_one_and_have_an_end() {
        for (query, start, count) in [
            ("", 1, 10),
            ("startIndex=3&count=7&sortBy=x", 3, 7),
            ("startIndex=0&count=-1", 1, 0),
            ("startIndex=-5&count=1001", 1, 1000),
            ("count=9223372036854775807", 1, 1000),
        ] {
            let read = Query::read(Some(query), &[]).unwrap();
            assert_eq!((read.start, read.count), (start, count), "{query}");
        }
        for query in [
            "count=ten",
            "startIndex=",
            "count=1e3",
            "count=99999999999999999999",
        ] {
            let read = Query::read(Some(query), &[]);
            assert_eq!(read.unwrap_err().code, Code::InvalidQuery, "{query}");
        }
        let read = Query::read(Some("excludedAttributes=Members,%20id,shoe"), &[]).unwrap();
        let shown = read.trim(json!({"id": 1, "members": [], "meta": {}}));
        assert_eq!(shown, json!({"id": 1, "meta": {}}));
    }
}

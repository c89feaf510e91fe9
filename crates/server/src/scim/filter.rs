//! Filters: `restricted eq '1' and (email co "acme" or username pr)`, `emails[type eq "work"].value eq "ada@acme.test"`.

use super::{
    problem::{Code, Problem},
    version::Version,
};

/// The most characters of a filter.
const MAX_LENGTH: usize = 2000;
/// The most comparisons in one.
const MAX_COMPARISONS: usize = 50;
/// What is true or false.
const TRUTHS: [&str; 4] = ["active", "restricted", "ultra_restricted", "primary"];
/// How deep brackets go.
const MAX_DEPTH: usize = 8;

/// What is compared how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Contains,
    StartsWith,
    Present,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    /// One value of an attribute that has several is as it says.
    Each {
        /// The attribute in lower case.
        list: String,
        /// Over what is within it.
        filter: Box<Filter>,
    },
    One {
        /// The attribute in lower case.
        attribute: String,
        comparison: Comparison,
        /// In lower case; nothing for what is only there.
        value: String,
        /// As it was written.
        text: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Open,
    Close,
    /// `[`, before what is said of one value.
    Begin,
    /// `]`
    End,
    /// Without quotes.
    Bare(String),
    Quoted(String),
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidQuery, message)
}

fn incomplete() -> Problem {
    let message = "`filter` ends too early: a comparison is written `attribute eq 'value'`";
    Problem::new(Code::IncompleteFilter, message)
}

impl Filter {
    /// Reads a filter over attributes, which are given in lower case.
    pub(crate) fn read(text: &str, attributes: &[&str]) -> Result<Self, Problem> {
        if text.chars().count() > MAX_LENGTH {
            return Err(invalid(format!(
                "`filter` has at most {MAX_LENGTH} characters"
            )));
        }
        let words = words(text)?;
        if words.is_empty() {
            return Err(Problem::new(Code::NoFilters, "`filter` is empty"));
        }
        let mut reading = Reading {
            words: words.into_iter().peekable(),
            attributes,
            list: None,
            comparisons: 0,
        };
        let filter = reading.any(0)?;
        match reading.words.next() {
            None => Ok(filter),
            Some(word) => Err(invalid(format!(
                "`filter`: `and` or `or` is expected, not {}",
                shown(&word)
            ))),
        }
    }

    /// Whether something matches whose values of an attribute `of` tells, in lower case. Of one value among several it is
    /// asked as `emails.1.type`.
    pub(crate) fn matches(&self, of: &dyn Fn(&str) -> Vec<String>) -> bool {
        match self {
            Self::Each { list, filter } => (0..)
                .take_while(|at| !of(&format!("{list}.{at}.value")).is_empty())
                .any(|at| filter.matches(&|within| of(&format!("{list}.{at}.{within}")))),
            Self::All(filters) => filters.iter().all(|filter| filter.matches(of)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(of)),
            Self::One {
                attribute,
                comparison,
                value,
                ..
            } => {
                // What is true or false is also written 1 or 0.
                let is_truth = TRUTHS.contains(&attribute.as_str());
                let holds = |found: &String| match comparison {
                    Comparison::Equal if is_truth => match value.as_str() {
                        "1" => found == "true",
                        "0" => found == "false",
                        value => found == value,
                    },
                    Comparison::Equal => found == value,
                    Comparison::Contains => found.contains(value),
                    Comparison::StartsWith => found.starts_with(value),
                    Comparison::Present => !(found.is_empty() || is_truth && found == "false"),
                    Comparison::Greater => found > value,
                    Comparison::GreaterOrEqual => found >= value,
                    Comparison::Less => found < value,
                    Comparison::LessOrEqual => found <= value,
                };
                of(attribute).iter().any(holds)
            }
        }
    }

    /// The same, by which what has to be equal in an attribute is found by another text as well.
    pub(crate) fn or_as(self, attributes: &[&str], also: &impl Fn(&str) -> String) -> Self {
        let each = |filters: Vec<Self>| {
            let filters = filters.into_iter();
            filters.map(|one| one.or_as(attributes, also)).collect()
        };
        match self {
            Self::All(filters) => Self::All(each(filters)),
            Self::Any(filters) => Self::Any(each(filters)),
            Self::One {
                attribute,
                comparison: Comparison::Equal,
                value,
                text,
            } if attributes.contains(&attribute.as_str()) => {
                let other = also(&text);
                let equal = |value, text| Self::One {
                    attribute: attribute.clone(),
                    comparison: Comparison::Equal,
                    value,
                    text,
                };
                Self::Any(vec![equal(value, text), equal(other.to_lowercase(), other)])
            }
            one => one,
        }
    }

    /// The values, as they were written, of which every match has one in an attribute; `None` where it does not say so.
    pub(crate) fn equals(&self, attributes: &[&str]) -> Option<Vec<&str>> {
        match self {
            Self::One {
                attribute,
                comparison: Comparison::Equal,
                text,
                ..
            } if attributes.contains(&attribute.as_str()) => Some(vec![text]),
            Self::One { .. } | Self::Each { .. } => None,
            Self::All(filters) => filters.iter().find_map(|one| one.equals(attributes)),
            Self::Any(filters) => {
                let values = filters.iter().map(|one| one.equals(attributes));
                let values: Option<Vec<_>> = values.collect();
                values.map(|values| values.concat())
            }
        }
    }
}

struct Reading<'a> {
    words: std::iter::Peekable<std::vec::IntoIter<Word>>,
    attributes: &'a [&'a str],
    /// The attribute within whose brackets it is.
    list: Option<String>,
    comparisons: usize,
}

impl Reading<'_> {
    fn follows(&mut self, word: &str) -> bool {
        let is_it =
            |next: &Word| matches!(next, Word::Bare(text) if text.eq_ignore_ascii_case(word));
        self.words.next_if(is_it).is_some()
    }

    fn any(&mut self, depth: usize) -> Result<Filter, Problem> {
        let mut filters = vec![self.all(depth)?];
        while self.follows("or") {
            filters.push(self.all(depth)?);
        }
        Ok(match filters.len() {
            1 => filters.remove(0),
            _ => Filter::Any(filters),
        })
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Problem> {
        let mut filters = vec![self.one(depth)?];
        while self.follows("and") {
            filters.push(self.one(depth)?);
        }
        Ok(match filters.len() {
            1 => filters.remove(0),
            _ => Filter::All(filters),
        })
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Problem> {
        let attribute = match self.words.next().ok_or_else(incomplete)? {
            Word::Open if depth == MAX_DEPTH => {
                return Err(invalid(format!(
                    "`filter`: brackets are at most {MAX_DEPTH} deep"
                )));
            }
            Word::Open => {
                let filter = self.any(depth + 1)?;
                return match self.words.next() {
                    Some(Word::Close) => Ok(filter),
                    Some(word) => Err(invalid(format!(
                        "`filter`: `)` is expected, not {}",
                        shown(&word)
                    ))),
                    None => Err(incomplete()),
                };
            }
            Word::Bare(text) => Version::bare(&text).to_ascii_lowercase(),
            word => {
                return Err(invalid(format!(
                    "`filter`: an attribute is expected, not {}",
                    shown(&word)
                )));
            }
        };
        if self.list.is_none() && self.words.next_if_eq(&Word::Begin).is_some() {
            return self.each(attribute, depth);
        }
        self.compared(attribute)
    }

    /// What is said within brackets of one value of an attribute, and behind them of the same.
    fn each(&mut self, list: String, depth: usize) -> Result<Filter, Problem> {
        self.list = Some(list);
        let mut filter = self.any(depth)?;
        match self.words.next() {
            Some(Word::End) => {}
            Some(word) => {
                let shown = shown(&word);
                return Err(invalid(format!("`filter`: `]` is expected, not {shown}")));
            }
            None => return Err(incomplete()),
        }
        let is_within = |word: &Word| matches!(word, Word::Bare(text) if text.starts_with('.'));
        if let Some(Word::Bare(within)) = self.words.next_if(is_within) {
            let of_it = self.compared(within[1..].to_ascii_lowercase())?;
            filter = Filter::All(vec![filter, of_it]);
        }
        let list = self.list.take().unwrap_or_default();
        Ok(Filter::Each {
            list,
            filter: Box::new(filter),
        })
    }

    /// How an attribute is compared.
    fn compared(&mut self, attribute: String) -> Result<Filter, Problem> {
        let whole = match &self.list {
            Some(list) => format!("{list}.{attribute}"),
            None => attribute.clone(),
        };
        if !self.attributes.contains(&whole.as_str()) {
            return Err(invalid(format!(
                "`filter`: `{}` is none of the attributes that are compared: {}",
                whole.escape_debug(),
                self.attributes.join(", ")
            )));
        }
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(invalid(format!(
                "`filter` has at most {MAX_COMPARISONS} comparisons"
            )));
        }
        let comparison = match self.words.next().ok_or_else(incomplete)? {
            Word::Bare(text) => comparison(&text),
            _ => None,
        };
        let Some(comparison) = comparison else {
            return Err(invalid(format!(
                "`filter`: `{attribute}` is compared by eq, co, sw, pr, gt, ge, lt or le"
            )));
        };
        let text = match comparison {
            Comparison::Present => String::new(),
            _ => match self.words.next().ok_or_else(incomplete)? {
                Word::Bare(text) | Word::Quoted(text) => text,
                word => {
                    return Err(invalid(format!(
                        "`filter`: a value is expected, not {}",
                        shown(&word)
                    )));
                }
            },
        };
        Ok(Filter::One {
            attribute,
            comparison,
            value: text.to_lowercase(),
            text,
        })
    }
}

fn comparison(text: &str) -> Option<Comparison> {
    Some(match text.to_ascii_lowercase().as_str() {
        "eq" => Comparison::Equal,
        "co" => Comparison::Contains,
        "sw" => Comparison::StartsWith,
        "pr" => Comparison::Present,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterOrEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessOrEqual,
        _ => return None,
    })
}

fn shown(word: &Word) -> String {
    match word {
        Word::Open => "`(`".to_owned(),
        Word::Close => "`)`".to_owned(),
        Word::Begin => "`[`".to_owned(),
        Word::End => "`]`".to_owned(),
        Word::Bare(text) | Word::Quoted(text) => format!("`{}`", text.escape_debug()),
    }
}

fn words(text: &str) -> Result<Vec<Word>, Problem> {
    let mut words = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            space if space.is_whitespace() => {}
            '(' => words.push(Word::Open),
            ')' => words.push(Word::Close),
            '[' => words.push(Word::Begin),
            ']' => words.push(Word::End),
            quote @ ('"' | '\'') => {
                let mut value = String::new();
                loop {
                    match letters.next() {
                        None => return Err(incomplete()),
                        Some('\\') => value.extend(letters.next()),
                        Some(end) if end == quote => break,
                        Some(letter) => value.push(letter),
                    }
                }
                words.push(Word::Quoted(value));
            }
            letter => {
                let mut word = String::from(letter);
                let of_word = |c: &char| !c.is_whitespace() && !"()[]\"'".contains(*c);
                while let Some(letter) = letters.next_if(of_word) {
                    word.push(letter);
                }
                words.push(Word::Bare(word));
            }
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: [&str; 3] = ["username", "email", "restricted"];

    fn of(attribute: &str) -> Vec<String> {
        let values: &[&str] = match attribute {
            "username" => &["ben"],
            "email" => &["ben@acme.test", "b@home.test"],
            _ => &["true"],
        };
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn filters_choose() {
        for (text, expected) in [
            ("username eq 'ben'", true),
            ("userName EQ \"BEN\"", true),
            ("username eq ada", false),
            ("email co 'acme'", true),
            ("email sw 'b@'", true),
            ("email sw '@'", false),
            ("email pr", true),
            ("restricted eq '1'", true),
            ("restricted eq true", true),
            ("restricted eq 0", false),
            ("restricted pr", true),
            ("username gt 'bea' and username lt 'bez'", true),
            ("username ge 'ben' and username le 'ben'", true),
            ("username gt 'ben'", false),
            // `and` binds closer than `or`.
            ("username eq a and username eq b or email pr", true),
            ("username eq a and (username eq b or email pr)", false),
            (r#"username eq "b\"en""#, false),
        ] {
            let filter = Filter::read(text, &ATTRIBUTES).unwrap();
            assert_eq!(filter.matches(&of), expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_one_value_holds_of_one_value() {
        let attributes = ["username", "emails", "emails.value", "emails.type"];
        let of = |attribute: &str| {
            let values: &[&str] = match attribute {
                "username" => &["ben"],
                "emails.0.value" => &["ben@acme.test"],
                "emails.0.type" => &["work"],
                "emails.1.value" => &["b@home.test"],
                "emails.1.type" => &["home"],
                _ => &[],
            };
            values.iter().map(|value| (*value).to_owned()).collect()
        };
        for (text, expected) in [
            ("emails[type eq \"work\"].value eq \"ben@acme.test\"", true),
            ("Emails[Type eq 'home'].Value sw b@", true),
            ("emails[type eq \"home\"].value eq \"ben@acme.test\"", false),
            ("emails[value eq 'b@home.test']", true),
            ("emails[type eq work and value co home]", false),
            (
                "emails[(type eq work) or value co home] and username eq 'ben'",
                true,
            ),
            ("emails[type eq other]", false),
            ("(emails[type eq other].value pr or username pr)", true),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:userName eq 'ben'",
                true,
            ),
            (
                "URN:ietf:params:scim:schemas:core:2.0:User:emails[type eq 'work'].value pr",
                true,
            ),
        ] {
            let filter = Filter::read(text, &attributes).unwrap();
            assert_eq!(filter.matches(&of), expected, "{text}");
        }
        for (text, code) in [
            ("emails[type eq work", Code::IncompleteFilter),
            ("emails[", Code::IncompleteFilter),
            ("emails[type eq work].value", Code::IncompleteFilter),
            ("emails[]", Code::InvalidQuery),
            ("emails[type eq work)", Code::InvalidQuery),
            ("emails[type eq work].shoe eq 1", Code::InvalidQuery),
            ("emails[shoe eq 1]", Code::InvalidQuery),
            ("emails[emails[type eq 1]]", Code::InvalidQuery),
            ("shoe[value eq 1]", Code::InvalidQuery),
            ("[value eq 1]", Code::InvalidQuery),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User eq 1",
                Code::InvalidQuery,
            ),
        ] {
            let read = Filter::read(text, &attributes);
            assert_eq!(read.map_err(|problem| problem.code), Err(code), "{text}");
        }
    }

    #[test]
    fn what_is_called_true_is_no_truth() {
        let of = |_: &str| vec!["true".to_owned()];
        let no = |_: &str| vec!["false".to_owned()];
        let read = |text: &str| Filter::read(text, &ATTRIBUTES).unwrap();
        assert!(!read("username eq '1'").matches(&of));
        assert!(read("username pr").matches(&no));
        assert!(read("restricted eq '1'").matches(&of));
        assert!(!read("restricted pr").matches(&no));
    }

    #[test]
    fn equal_texts_are_found_by_another_as_well() {
        let read = |text: &str| Filter::read(text, &ATTRIBUTES).unwrap();
        let upper = |text: &str| text.to_uppercase();
        let filter = read("username eq 'a' and (email eq 'b' or username eq 'c')");
        let filter = filter.or_as(&["username"], &upper);
        assert_eq!(filter.equals(&["username"]), Some(vec!["a", "A"]));
        let shouted = |text: &str| format!("{text}!");
        let filter = read("username eq 'be' or email eq 'x'").or_as(&["username"], &shouted);
        let of = |_: &str| vec!["be!".to_owned()];
        assert!(filter.matches(&of));
        assert!(!read("username eq 'be'").matches(&of));
    }

    #[test]
    fn what_is_no_filter_is_told() {
        let deep = format!("{}username pr{}", "(".repeat(9), ")".repeat(9));
        let many = vec!["username pr"; 51].join(" or ");
        let long = format!("username eq '{}'", "x".repeat(MAX_LENGTH));
        for (text, code) in [
            ("", Code::NoFilters),
            ("  ", Code::NoFilters),
            ("username", Code::IncompleteFilter),
            ("username eq", Code::IncompleteFilter),
            ("username eq 'a", Code::IncompleteFilter),
            ("username pr and", Code::IncompleteFilter),
            ("(username pr", Code::IncompleteFilter),
            ("username pr)", Code::InvalidQuery),
            ("username is 'a'", Code::InvalidQuery),
            ("username ne 'a'", Code::InvalidQuery),
            ("shoe eq '43'", Code::InvalidQuery),
            ("'username' eq 'a'", Code::InvalidQuery),
            ("username pr username pr", Code::InvalidQuery),
            ("username eq (", Code::InvalidQuery),
            (&deep, Code::InvalidQuery),
            (&many, Code::InvalidQuery),
            (&long, Code::InvalidQuery),
        ] {
            let read = Filter::read(text, &ATTRIBUTES);
            assert_eq!(read.map_err(|problem| problem.code), Err(code), "{text}");
        }
        let most = format!("{}username pr{}", "(".repeat(8), ")".repeat(8));
        assert!(Filter::read(&most, &ATTRIBUTES).is_ok());
        assert!(Filter::read(&many[..many.len() - 15], &ATTRIBUTES).is_ok());
    }

    #[test]
    fn what_every_match_has_is_looked_up() {
        for (text, expected) in [
            ("username eq 'A'", Some(vec!["A"])),
            ("email pr and username eq a", Some(vec!["a"])),
            ("username eq a or username eq b", Some(vec!["a", "b"])),
            ("username eq a or email pr", None),
            ("username sw a", None),
        ] {
            let filter = Filter::read(text, &ATTRIBUTES).unwrap();
            assert_eq!(filter.equals(&["username"]), expected, "{text}");
        }
    }
}

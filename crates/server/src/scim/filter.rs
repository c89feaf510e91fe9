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
            Self::One { .. } => None,
            Self::Each { list, filter } => {
                let names = attributes.iter();
                let within =
                    names.filter_map(|name| name.strip_prefix(list.as_str())?.strip_prefix('.'));
                let within: Vec<_> = within.collect();
                filter.equals(&within)
            }
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
mod tests;

//! What is wrong with a file: where, and in words.

use std::fmt;

/// The most problems that are told; of the rest only how many.
pub const MOST: usize = 50;

/// One step down into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(&'static str),
    At(usize),
}

/// Where in a file, as a chain of borrowed steps: nothing is allocated until there is a
/// problem to tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a>(Option<(&'a Path<'a>, Step)>);

impl<'a> Path<'a> {
    pub(super) const ROOT: Self = Self(None);

    pub(super) const fn key(&'a self, key: &'static str) -> Self {
        Self(Some((self, Step::Key(key))))
    }

    pub(super) const fn at(&'a self, index: usize) -> Self {
        Self(Some((self, Step::At(index))))
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut path = *self;
        while let Some((parent, step)) = path.0 {
            steps.push(step);
            path = *parent;
        }
        steps.reverse();
        steps
    }
}

/// `workspaces[0].channels[2].members[1]`.
pub(super) fn render(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::At(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// Problems as they are found, without lines.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) told: Vec<(Vec<Step>, String)>,
    pub(super) more: usize,
}

impl Found {
    pub(super) fn add(&mut self, path: &Path<'_>, what: impl fmt::Display) {
        if self.told.len() < MOST {
            self.told.push((path.steps(), what.to_string()));
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1; absent when it cannot be told.
    pub line: Option<u64>,
    /// The field, as `workspaces[0].users[2].email`; empty for the file as a whole.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// Everything that is wrong with a file, at most [`MOST`] problems in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file's name, as it was given.
    pub file: String,
    /// The problems, by line.
    pub problems: Vec<Problem>,
    /// How many there are beyond those.
    pub more: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.file)?;
            if let Some(line) = problem.line {
                write!(f, ":{line}")?;
            }
            if !problem.path.is_empty() {
                write!(f, ": {}", problem.path)?;
            }
            write!(f, ": {}", problem.what)?;
        }
        match self.more {
            0 => Ok(()),
            1 => f.write_str("\n… and one more"),
            more => write!(f, "\n… and {more} more"),
        }
    }
}

impl std::error::Error for Problems {}

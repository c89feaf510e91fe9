//! The trail of a rule's checks, for whoever asks why.
//!
//! A rule demands one thing after the other, and each demand is told to whoever watches. In calls
//! nobody does: [`Blind`] costs nothing. When somebody asks later, the same rule runs again over
//! the facts of that time with a [`Trail`]; so what is told is what decided.

/// Who watches a rule's checks.
pub trait Watch {
    /// A check was made. What it looked at is put into words only where somebody reads them.
    fn saw(&mut self, passed: bool, told: impl FnOnce() -> Told);
    /// The checks that follow are about somebody else.
    fn about(&mut self, whom: impl FnOnce() -> String);
}

/// Nobody watches.
#[derive(Debug)]
pub struct Blind;

impl Watch for Blind {
    #[inline]
    fn saw(&mut self, _passed: bool, _told: impl FnOnce() -> Told) {}
    #[inline]
    fn about(&mut self, _whom: impl FnOnce() -> String) {}
}

/// A check in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What has to be so.
    pub demand: &'static str,
    /// What the check looked at.
    pub saw: String,
    /// The smallest change that would have passed it.
    pub remedy: String,
}

impl Told {
    /// A check in words.
    pub fn new(demand: &'static str, saw: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            demand,
            saw: saw.into(),
            remedy: remedy.into(),
        }
    }
}

/// One check of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whom it is about, where a call names several.
    pub about: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// The check in words.
    pub told: Told,
}

/// Checks in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The checks.
    pub checks: Vec<Check>,
    about: Option<String>,
}

impl Watch for Trail {
    fn saw(&mut self, passed: bool, told: impl FnOnce() -> Told) {
        self.checks.push(Check {
            about: self.about.clone(),
            passed,
            told: told(),
        });
    }

    fn about(&mut self, whom: impl FnOnce() -> String) {
        self.about = Some(whom());
    }
}

/// Demands that something holds. The value that decides is the value that is told.
pub fn demand<R>(
    watch: &mut impl Watch,
    holds: bool,
    otherwise: R,
    told: impl FnOnce() -> Told,
) -> Result<(), R> {
    watch.saw(holds, told);
    if holds { Ok(()) } else { Err(otherwise) }
}

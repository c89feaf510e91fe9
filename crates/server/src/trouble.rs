//! What fails again and again is told once, and once that it is over.

use guestlist_store::{StoreError, chain};

/// Whether something fails, and as what.
#[derive(Debug, Default)]
pub(crate) struct Trouble(Option<String>);

impl Trouble {
    /// It has failed. Told if it did not just before, or otherwise.
    pub(crate) fn met(&mut self, error: &StoreError, what: &str) {
        let error = chain(error);
        if self.is_new(&error) {
            tracing::error!(error, "{what}");
        }
    }

    /// The same of what calls do not suffer from.
    pub(crate) fn coped(&mut self, error: &str, what: &str) {
        if self.is_new(error) {
            tracing::warn!(error, "{what}");
        }
    }

    fn is_new(&mut self, error: &str) -> bool {
        let is_new = self.0.as_deref() != Some(error);
        if is_new {
            self.0 = Some(error.to_owned());
        }
        is_new
    }

    /// It has not failed. Told if it did just before.
    pub(crate) fn is_over(&mut self, what: &str) {
        if self.0.take().is_some() {
            tracing::info!("{what}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_until_it_is_over() {
        let mut trouble = Trouble::default();
        assert!(trouble.is_new("refused"));
        assert!(!trouble.is_new("refused"));
        assert!(trouble.is_new("starting up"));
        trouble.is_over("back");
        assert!(trouble.0.is_none());
        assert!(trouble.is_new("starting up"));
    }
}

//! Names of channels.

/// Why a text is not a channel's name; each is a documented code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadName {
    /// Empty.
    Required,
    /// Longer than [`MAX_LEN`] characters.
    TooLong,
    /// A character other than lower-case letters, digits, `-` and `_`.
    Specials,
    /// Nothing but `-` and `_`.
    Punctuation,
}

/// The most characters in a channel's name.
pub const MAX_LEN: usize = 80;

/// Checks a name. Names are refused, never repaired.
pub fn check(name: &str) -> Result<(), BadName> {
    if name.is_empty() {
        return Err(BadName::Required);
    }
    if name.chars().count() > MAX_LEN {
        return Err(BadName::TooLong);
    }
    if !name
        .chars()
        .all(|c| matches!(c, '-' | '_') || (c.is_alphanumeric() && !c.is_uppercase()))
    {
        return Err(BadName::Specials);
    }
    if name.chars().all(|c| matches!(c, '-' | '_')) {
        return Err(BadName::Punctuation);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "x".repeat(81);
        for (name, expected) in [
            ("ops", Ok(())),
            ("ops-2_é", Ok(())),
            (&long[..80], Ok(())),
            ("", Err(BadName::Required)),
            (&long, Err(BadName::TooLong)),
            ("Ops", Err(BadName::Specials)),
            ("#ops", Err(BadName::Specials)),
            ("o ps", Err(BadName::Specials)),
            ("@a", Err(BadName::Specials)),
            ("-_-", Err(BadName::Punctuation)),
        ] {
            assert_eq!(check(name), expected, "{name:?}");
        }
    }
}

//! Names of channels, and of people.

use unicode_normalization::UnicodeNormalization;

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

/// Checks a name.
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

/// A name, from the second on with its number behind it, and not too long.
pub fn numbered(name: &str, number: usize) -> String {
    if number == 1 {
        return name.to_owned();
    }
    with_end(name, &number.to_string())
}

/// A name with an end behind it, of a few ASCII characters, and not too long.
pub fn with_end(name: &str, end: &str) -> String {
    let most = MAX_LEN.saturating_sub(end.len() + 1);
    let start: String = name.chars().take(most).collect();
    format!("{start}-{end}")
}

/// Whether people's handles have this character.
pub fn is_of_handle(c: char) -> bool {
    (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '.' | '_' | '-')
}

/// Whether it is a person's handle: 1 to [`MAX_LEN`] such characters, a letter or a digit among them.
pub fn is_handle(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
        && text.chars().all(is_of_handle)
        && text.chars().count() <= MAX_LEN
}

/// Whether people can be shown by a text: up to [`MAX_LEN`] characters that can be seen. It may be empty.
pub fn is_shown(text: &str) -> bool {
    let blank = !text.is_empty() && text.trim().is_empty();
    !blank && text.chars().count() <= MAX_LEN && !text.chars().any(char::is_control)
}

/// A text as it is compared and sorted: `Zoë` is `Zoe`.
pub fn without_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let accent = |c: &char| matches!(c, '\u{300}'..='\u{36f}');
    text.nfd().filter(|c| !accent(c)).nfc().collect()
}

/// The name that was probably meant: without a leading `#`, in lower case, with one `-` for what
/// names do not have, not too long. The retired methods take names this way; others refuse them.
pub fn repaired(name: &str) -> String {
    let mut repaired = String::with_capacity(name.len());
    for c in name
        .trim()
        .trim_start_matches('#')
        .chars()
        .flat_map(char::to_lowercase)
    {
        if matches!(c, '-' | '_') || (c.is_alphanumeric() && !c.is_uppercase()) {
            repaired.push(c);
        } else if !repaired.ends_with('-') {
            repaired.push('-');
        }
    }
    repaired.chars().take(MAX_LEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_go_and_letters_stay() {
        for (name, plain) in [
            ("Ben Émile", "Ben Emile"),
            ("Zoe\u{308} Ångström", "Zoe Angstrom"),
            ("Łukasz Groß", "Łukasz Groß"),
            ("한글 が", "한글 が"),
            ("", ""),
        ] {
            assert_eq!(without_accents(name), plain);
        }
    }

    #[test]
    fn handles_and_what_people_are_shown_by() {
        let long = "x".repeat(81);
        for (text, handle, shown) in [
            ("ada", true, true),
            ("_.ada", true, true),
            ("zoë-2", true, true),
            (&long[..80], true, true),
            (&long, false, false),
            ("", false, true),
            ("._-", false, true),
            ("Ada", false, true),
            ("ada park", false, true),
            (" ", false, false),
            ("a\nb", false, false),
        ] {
            assert_eq!(
                (is_handle(text), is_shown(text)),
                (handle, shown),
                "{text:?}"
            );
        }
        assert_eq!(numbered(&long, 12), format!("{}-12", &long[..77]));
        assert_eq!(with_end("ada", "u0ada"), "ada-u0ada");
    }

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

    #[test]
    fn repaired_names_are_names_if_anything_is_left_of_them() {
        let long = "Ä".repeat(100);
        for (given, expected) in [
            ("ops", "ops"),
            ("#General", "general"),
            ("  Launch Plans!  ", "launch-plans-"),
            ("a  &  b", "a-b"),
            ("Été_2", "été_2"),
            (&long, &"ä".repeat(80)),
        ] {
            let repaired = repaired(given);
            assert_eq!(repaired, expected, "{given:?}");
            assert_eq!(check(&repaired), Ok(()), "{given:?}");
        }
        for (given, expected) in [
            ("", BadName::Required),
            ("#", BadName::Required),
            ("!!", BadName::Punctuation),
        ] {
            assert_eq!(check(&repaired(given)), Err(expected), "{given:?}");
        }
    }
}

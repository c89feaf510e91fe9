//! Spans of time as they are typed: `90s`, `30m`, `12h`, `7d`.

/// The seconds of a span, negative with a minus before it; `None` if it is not written so. What is out of
/// range is as large as can be.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().unwrap_or(match number.starts_with('-') {
        true => i64::MIN,
        false => i64::MAX,
    });
    Some(number.saturating_mul(unit))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn spans_have_a_unit() {
        for (text, expected) in [
            ("90s", 90),
            ("30m", 1800),
            ("12h", 43_200),
            ("14d", 1_209_600),
            ("-1h", -3600),
            ("99999999999999999999d", i64::MAX),
            ("-99999999999999999999d", i64::MIN),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "d", "-d", "14", "1w", "1.5h", "+1h", "é", "1 h"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}

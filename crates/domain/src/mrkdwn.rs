//! The markup of texts: three characters are control characters, and stand for themselves as entities.
//! <https://docs.slack.dev/messaging/formatting-message-text#escaping>

/// A text as it is kept and told: `&`, `<` and `>` are entities where they are no markup. What was given as an
/// entity already stays one.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>']) {
        let (plain, special) = rest.split_at(at);
        escaped.push_str(plain);
        rest = match markup(special) {
            Some(inner) => {
                escaped.push('<');
                escaped.push_str(&escape(inner));
                escaped.push('>');
                &special[inner.len() + 2..]
            }
            None => {
                escaped.push_str(match special.as_bytes()[0] {
                    b'<' => "&lt;",
                    b'>' => "&gt;",
                    _ if is_entity(special) => "&",
                    _ => "&amp;",
                });
                &special[1..]
            }
        };
    }
    escaped.push_str(rest);
    escaped
}

/// A text of which nothing is markup and nothing is escaped yet, so that it is shown to the letter.
pub fn literal(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn is_entity(text: &str) -> bool {
    ["&amp;", "&lt;", "&gt;"]
        .iter()
        .any(|entity| text.starts_with(entity))
}

/// What stands between the brackets that a text begins with, if they are markup: a mention, a link, or a
/// special mention such as `!here`; each may have a label after a bar.
fn markup(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('<')?;
    let inner = &inner[..inner.find(['<', '>', '\n'])?];
    text[inner.len() + 1..].strip_prefix('>')?;
    let target = inner.split('|').next().unwrap_or_default();
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_markup = match target.split_at_checked(1)? {
        ("@" | "#", id) => is_word(id),
        ("!", what) => !what.is_empty(),
        _ => match target.split_once(':') {
            Some(("mailto" | "tel", to)) => !to.is_empty(),
            Some((scheme, to)) => is_word(scheme) && to.len() > 2 && to.starts_with("//"),
            None => false,
        },
    };
    is_markup.then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_is_no_markup_is_escaped_once() {
        for (text, expected) in [
            ("", ""),
            ("plain é 🎉", "plain é 🎉"),
            ("a & b && c", "a &amp; b &amp;&amp; c"),
            (
                "a &amp; b &lt;c&gt; &amp;lt;",
                "a &amp; b &lt;c&gt; &amp;lt;",
            ),
            ("&nbsp; &", "&amp;nbsp; &amp;"),
            ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
            ("> quoted", "&gt; quoted"),
            ("<prod> x", "&lt;prod&gt; x"),
            (
                "hi <@U0BEN> in <#C0A|a & b>",
                "hi <@U0BEN> in <#C0A|a &amp; b>",
            ),
            (
                "<!here> <!subteam^S1|x> <!>",
                "<!here> <!subteam^S1|x> &lt;!&gt;",
            ),
            (
                "<https://a.test/?b=1&c=2|see> <mailto:a@b.test>",
                "<https://a.test/?b=1&amp;c=2|see> <mailto:a@b.test>",
            ),
            (
                "<@U0<b>> <@> <://x> <x:y>",
                "&lt;@U0&lt;b&gt;&gt; &lt;@&gt; &lt;://x&gt; &lt;x:y&gt;",
            ),
            ("<@U0\nBEN>", "&lt;@U0\nBEN&gt;"),
            ("<", "&lt;"),
            ("<é>", "&lt;é&gt;"),
        ] {
            assert_eq!(escape(text), expected, "{text}");
            assert_eq!(escape(expected), expected, "{text}");
        }
    }
}

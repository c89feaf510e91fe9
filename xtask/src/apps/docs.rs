//! What docs/clients.md shows is what the step runs.

use std::fs;

use crate::place;

/// Text of a page that stands in a file of the tests.
struct Excerpt {
    file: String,
    for_terminal: bool,
    text: String,
    line: usize,
}

/// Each fenced block, with the file that was linked last before it.
fn excerpts(page: &str) -> Vec<Excerpt> {
    let (mut found, mut file, mut block) = (Vec::new(), String::new(), None);
    for (n, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), block.take()) {
            (Some(""), Some(excerpt)) => found.push(excerpt),
            (Some(language), None) => {
                block = Some(Excerpt {
                    file: std::mem::take(&mut file),
                    for_terminal: language == "console",
                    text: String::new(),
                    line: n + 1,
                });
            }
            (_, Some(mut excerpt)) => {
                excerpt.text += line;
                excerpt.text.push('\n');
                block = Some(excerpt);
            }
            (None, None) => {
                let linked = line
                    .rsplit_once("](../")
                    .and_then(|(_, rest)| rest.split_once(')'));
                if let Some((linked, _)) = linked {
                    linked.clone_into(&mut file);
                }
            }
        }
    }
    found
}

/// Lines without what all of them are indented by.
fn plain(text: &str) -> String {
    let indents = text.lines().filter(|line| !line.trim().is_empty());
    let least = indents
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let cut = |line: &str| {
        line.get(least.unwrap_or(0)..)
            .unwrap_or_default()
            .trim_end()
            .to_owned()
            + "\n"
    };
    text.lines().map(cut).collect()
}

fn stands_in(excerpt: &str, file: &str) -> bool {
    let wanted = plain(excerpt);
    let lines: Vec<_> = file.lines().collect();
    let count = wanted.lines().count();
    count > 0
        && lines
            .windows(count)
            .any(|window| plain(&window.join("\n")) == wanted)
}

#[test]
fn what_the_page_of_the_clients_shows_is_what_the_tests_run() {
    let page = fs::read_to_string(place::root().join("docs/clients.md")).unwrap();
    let excerpts = excerpts(&page);
    let shown: Vec<_> = excerpts.iter().filter(|one| !one.for_terminal).collect();
    assert!(shown.len() >= 10, "a page with {} excerpts", shown.len());
    for one in shown {
        let file = fs::read_to_string(place::root().join(&one.file))
            .unwrap_or_else(|error| panic!("docs/clients.md:{}: {}: {error}", one.line, one.file));
        assert!(
            stands_in(&one.text, &file),
            "docs/clients.md:{} shows what does not stand in {}",
            one.line,
            one.file
        );
    }
}

#[test]
fn each_app_spells_the_method_as_its_documentation_does() {
    for (app, spelling) in [
        ("js/app.mjs", "app.client.conversations.inviteShared("),
        ("python/app.py", "app.client.conversations_inviteShared("),
        (
            "java/src/main/java/Greeter.java",
            "app.client().conversationsInviteShared(",
        ),
    ] {
        let file = place::root().join("tests/apps").join(app);
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(spelling), "{app}");
    }
}

#[test]
fn an_excerpt_stands_in_a_file_at_any_indentation_and_whole() {
    let file = "fn main() {\n    let a = 1;\n\n    if a {\n        b();\n    }\n}\n";
    for good in ["let a = 1;\n\nif a {\n    b();\n}\n", "        b();\n"] {
        assert!(stands_in(good, file), "{good}");
    }
    for bad in ["", "let a = 2;\n", "let a = 1;\nif a {\n", "if a {\nb();\n"] {
        assert!(!stands_in(bad, file), "{bad}");
    }
}

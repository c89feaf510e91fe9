//! What is refused, and how that is told.

use super::*;

#[test]
fn bad_entries_name_themselves() {
    let one = |text: &str| error(&[("channels.json", "[]"), ("users.json", text)]);
    for (users, problem) in [
        (
            r#"[{"id":"U1"},{"name":"x"}]"#,
            "users.json: entry 2: field `id`: missing",
        ),
        (
            r#"[{"id":null}]"#,
            "users.json: entry 1: field `id`: missing",
        ),
        (
            r#"[{"id":7}]"#,
            "users.json: entry 1: field `id`: a text is expected, not the number 7",
        ),
        (
            r#"[{"id":"U1a"}]"#,
            "users.json: entry 1: field `id`: `U1a`: an id is made of the letters A to Z and digits",
        ),
        (
            r#"[{"id":"C1"}]"#,
            "users.json: entry 1: field `id`: `C1`: the id starts with the letter of another kind",
        ),
        (
            r#"[{"id":"U1"},{"id":"U2"},{"id":"U1"}]"#,
            "users.json: entry 3: field `id`: U1 is entry 1 too",
        ),
        (
            r#"[{"id":"U1","deleted":"no"}]"#,
            "users.json: entry 1: field `deleted`: true or false is expected, not the text \"no\"",
        ),
        (
            r#"[{"id":"U1","profile":{"title":"x","email":[]}}]"#,
            "users.json: entry 1: field `profile.email`: a text is expected, not a list",
        ),
        (
            r#"[{"id":"U1","profile":"x"}]"#,
            "users.json: entry 1: field `profile`: an object is expected, not the text \"x\"",
        ),
        (
            r#"[{"id":"U1"},7]"#,
            "users.json: entry 2: an object is expected, not the number 7",
        ),
        (
            r#"{"users":[]}"#,
            "users.json: a list is expected, not an object",
        ),
        (
            r#"[{"id":"U1"},{"id":"U2""#,
            "users.json: entry 2: malformed JSON: EOF while parsing an object at line 1 column 23",
        ),
        (
            r#"[{"id":"U1"}"#,
            "users.json: entry 2: malformed JSON: EOF while parsing a list at line 1 column 12",
        ),
        (
            r#"[{"id":"U1"},{id:"U2"}]"#,
            "users.json: entry 2: malformed JSON: key must be a string at line 1 column 15",
        ),
        (
            r#"[] []"#,
            "users.json: malformed JSON: trailing characters at line 1 column 4",
        ),
        (
            "",
            "users.json: malformed JSON: EOF while parsing a value at line 1 column 0",
        ),
    ] {
        assert_eq!(one(users), format!("acme.zip: {problem}"), "{users}");
    }
}

#[test]
fn bad_conversations_name_themselves() {
    let people = ("users.json", r#"[{"id":"U1"},{"id":"U2"}]"#);
    for (file, text, problem) in [
        (
            "channels.json",
            r#"[{"id":"C1","members":"U1"}]"#,
            "channels.json: entry 1: field `members`: a list is expected, not the text \"U1\"",
        ),
        (
            "channels.json",
            r#"[{"id":"C1","created":"x"}]"#,
            "channels.json: entry 1: field `created`: a number is expected, not the text \"x\"",
        ),
        (
            "channels.json",
            r#"[{"id":"C1","topic":{"value":1}}]"#,
            "channels.json: entry 1: field `topic.value`: a text is expected, not the number 1",
        ),
        (
            "channels.json",
            r#"[{"id":"C1","name":"a"},{"id":"C1","name":"b"}]"#,
            "channels.json: entry 2: field `id`: C1 is entry 1 of channels.json too",
        ),
        (
            "channels.json",
            r#"[{"id":"D1","name":"a"}]"#,
            "channels.json: entry 1: field `id`: D1: the id of a DM begins with D, and only a DM's",
        ),
        (
            "dms.json",
            r#"[{"id":"C9","members":["U1","U2"]}]"#,
            "dms.json: entry 1: field `id`: C9: the id of a DM begins with D, and only a DM's",
        ),
        (
            "groups.json",
            r#"[{"id":"G1","name":"a"},{"id":"C5","name":"b"}]"#,
            "groups.json: entry 2: field `id`: C5 is entry 1 of channels.json too",
        ),
    ] {
        let channels = ("channels.json", r#"[{"id":"C5","name":"five"}]"#);
        let files = if file == "channels.json" {
            vec![people, (file, text)]
        } else {
            vec![people, channels, (file, text)]
        };
        assert_eq!(error(&files), format!("acme.zip: {problem}"), "{text}");
    }
}

#[test]
fn bad_archives_name_themselves() {
    let good = zip(&FULL);
    let text = |bytes: &[u8]| import("acme.zip", bytes).expect_err("good").to_string();
    assert_eq!(text(b""), "acme.zip: this is not a zip archive");
    assert_eq!(text(b"[{}]"), "acme.zip: this is not a zip archive");
    assert!(
        text(&good[..good.len() / 2])
            .starts_with("acme.zip: the archive is damaged or cut short: ")
    );
    assert_eq!(
        error(&[("channels.json", "[]")]),
        "acme.zip: users.json is missing; a Slack export has it at its top level. Found: channels.json"
    );
    assert_eq!(
        error(&[("users.json", "[]"), ("general/channels.json", "[]")]),
        "acme.zip: channels.json is missing; a Slack export has it at its top level. Found: users.json, general/"
    );
    let missing = read(
        Path::new("/nowhere/acme.zip"),
        &Options::default(),
        NOW,
        &mut || [0; 24],
        &mut |_| {},
    );
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .starts_with("acme.zip: No such file")
    );
    let mut flipped = good.clone();
    let at = flipped
        .windows(10)
        .position(|window| window == b"users.json")
        .unwrap()
        + 60;
    flipped[at] ^= 0x55;
    let told = text(&flipped);
    assert!(told.starts_with("acme.zip: users.json: "), "{told}");
}

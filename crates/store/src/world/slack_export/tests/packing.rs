//! Archives as people pack them.

use super::*;

const PEOPLE: &str = r#"[{"id":"U1","team_id":"T1","name":"ada"}]"#;
const SPACES: &str = r#"[{"id":"C1","name":"general","members":["U1"]}]"#;

fn ids(imported: &Imported) -> Vec<String> {
    let users = imported.loaded.seed.users.iter();
    // The bot that every import makes is last.
    let mut ids: Vec<String> = users.map(|user| user.id.to_string()).collect();
    ids.pop();
    ids
}

#[test]
fn an_organisations_people_are_in_a_file_of_their_own() {
    let both =
        r#"[{"id":"U1","team_id":"T1","name":"other"},{"id":"U2","team_id":"T1","name":"ben"}]"#;
    let alone = imported(&[("org_users.json", PEOPLE), ("channels.json", SPACES)]);
    assert_eq!(ids(&alone), ["U1"]);
    let beside = imported(&[
        ("org_users.json", both),
        ("users.json", PEOPLE),
        ("channels.json", SPACES),
    ]);
    assert_eq!(ids(&beside), ["U1", "U2"]);
    assert_eq!(user(&beside.loaded.seed, "U1").name, "ada");
    // What the first does not tell of an organisation, the second does.
    let of = r#"[{"id":"U1","name":"x","team_id":"T1","enterprise_user":{"enterprise_id":"E1","enterprise_name":"Org"}}]"#;
    let beside = imported(&[
        ("org_users.json", of),
        ("users.json", PEOPLE),
        ("channels.json", SPACES),
    ]);
    assert_eq!(beside.loaded.seed.enterprises[0].name, "Org");
    let nobody = error(&[("org_users.json", " "), ("channels.json", SPACES)]);
    assert_eq!(
        nobody,
        "acme.zip: org_users.json: there is nobody in it: it is empty"
    );
    let twice = error(&[
        ("org_users.json", r#"[{"id":"U1"},{"id":"U1"}]"#),
        ("channels.json", "[]"),
    ]);
    assert_eq!(
        twice,
        "acme.zip: org_users.json: entry 2: field `id`: U1 is entry 1 too"
    );
}

#[test]
fn index_files_may_begin_with_a_mark_and_be_empty() {
    let marked = format!("\u{feff}{PEOPLE}");
    let files = [("users.json", &*marked), ("channels.json", SPACES)];
    assert_eq!(ids(&imported(&files)), ["U1"]);
    let wrong = error(&[("users.json", "\u{feff}[{\"id\":7}]"), files[1]]);
    assert!(wrong.contains("field `id`: a text is expected"), "{wrong}");
    for empty in ["", " \n\t", "\u{feff}", "null", " null\n"] {
        let seen = imported(&[
            files[0],
            files[1],
            ("groups.json", empty),
            ("dms.json", "[]"),
        ]);
        let notes = ["index files that are empty: 1 (groups.json)"];
        assert_eq!(told(&seen.notes), notes, "{empty:?}");
        let needed = error(&[files[0], ("channels.json", empty)]);
        assert!(needed.starts_with("acme.zip: channels.json: "), "{needed}");
    }
    let cut = error(&[files[0], files[1], ("groups.json", "[")]);
    assert!(
        cut.contains("groups.json: entry 1: malformed JSON"),
        "{cut}"
    );
}

#[test]
fn folders_and_what_systems_add_are_seen_through() {
    for prefix in [
        "",
        "./",
        "Acme export/",
        "a/b/c/",
        "Acme\\",
        "a\\.\\b/",
        "É/",
    ] {
        let name = |file: &str| format!("{prefix}{file}");
        let (users, channels) = (name("users.json"), name("channels.json"));
        let seen = imported(&[
            (".DS_Store", "x"),
            (&users, PEOPLE),
            ("__MACOSX/users.json", "junk"),
            ("__MACOSX/Acme export/._users.json", "junk"),
            (&channels, SPACES),
            (&name("general/2024-01-01.json"), "this is never read"),
            (&name("integration_logs.json"), r#"[{"user_id":"U1"}]"#),
        ]);
        assert_eq!(ids(&seen), ["U1"], "{prefix}");
        assert_eq!(told(&seen.notes), [""; 0], "{prefix}");
    }
    for (name, found) in [
        ("a/b/c/d/users.json", "a/, general.txt"),
        ("C:/../users.json", "C:/, general.txt"),
        ("acme.zip", "acme.zip, general.txt"),
    ] {
        let problem = error(&[(name, PEOPLE), ("general.txt", "")]);
        let expected = "users.json is missing; a Slack export has it at its top level";
        assert_eq!(problem, format!("acme.zip: {expected}. Found: {found}"));
    }
    assert_eq!(
        error(&[("a/users.json", "[]"), ("b/org_users.json", "[]")]),
        "acme.zip: there are exports in several folders: a/, b/"
    );
}

#[test]
fn what_is_not_read_is_told() {
    let seen = imported(&[
        ("acme/users.json", PEOPLE),
        ("acme/channels.json", SPACES),
        ("acme/canvases.json", r#"[{"id":"F1"}]"#),
        ("acme/lists.json", "[]"),
        ("acme/._users.json", "of a Mac"),
        ("acme/teams/two/channels.json", SPACES),
    ]);
    let notes = ["files that are not read: 2 (acme/teams/two/channels.json, acme/canvases.json)"];
    assert_eq!(told(&seen.notes), notes);
}

/// An archive in which some of these files have another's name, as long as theirs.
fn renamed(files: &[(&str, &str)], from: &str, to: &str) -> Vec<u8> {
    let mut bytes = zip(files);
    let found = |bytes: &[u8]| {
        bytes
            .windows(from.len())
            .position(|at| at == from.as_bytes())
    };
    while let Some(at) = found(&bytes) {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

#[test]
fn only_index_files_are_there_once() {
    let day = |day| format!("general/2024-01-0{day}.json");
    let files = [
        ("users.json", PEOPLE),
        ("channels.json", SPACES),
        ("groups.jsom", "[]"),
        ("groups.jsoo", "[]"),
        (&*day(1), "[]"),
        (&*day(2), "[]"),
    ];
    assert_eq!(
        import("a.zip", &renamed(&files, &day(2), &day(1)))
            .map(|seen| ids(&seen))
            .unwrap(),
        ["U1"]
    );
    let twice = "acme.zip: users.json is in the archive twice";
    let mut doubled = renamed(
        &[files[0], ("users.jsom", "[]"), files[1]],
        "users.jsom",
        "users.json",
    );
    assert_eq!(import("acme.zip", &doubled).unwrap_err().to_string(), twice);
    doubled.splice(0..0, *b"PK and other junk before it");
    assert_eq!(import("acme.zip", &doubled).unwrap_err().to_string(), twice);
    assert_eq!(
        error(&[files[0], ("./users.json", PEOPLE), files[1]]),
        twice
    );
}

//! `guestlist world import` of Slack exports.

use crate::{directory, failure, guestlist, json, run, text};
use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

/// The check of a file in an archive.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let low = (0..8).fold((crc ^ u32::from(*byte)) & 0xff, |rest, _| match rest & 1 {
            1 => rest >> 1 ^ 0xedb8_8320,
            _ => rest >> 1,
        });
        crc >> 8 ^ low
    };
    !bytes.iter().fold(!0, step)
}

/// An archive of files as they are, not compressed.
fn zip(files: &[(&str, &Value)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let content = content.to_string();
        let size = (content.len() as u32).to_le_bytes();
        let mut head = [0_u8; 26];
        head[0] = 10;
        head[10..14].copy_from_slice(&crc(content.as_bytes()).to_le_bytes());
        head[14..18].copy_from_slice(&size);
        head[18..22].copy_from_slice(&size);
        head[22..24].copy_from_slice(&(name.len() as u16).to_le_bytes());
        let at = (archive.len() as u32).to_le_bytes();
        archive.extend(
            [
                b"PK\x03\x04",
                &head[..],
                name.as_bytes(),
                content.as_bytes(),
            ]
            .concat(),
        );
        directory.extend(
            [
                b"PK\x01\x02\x0a\x00",
                &head[..],
                &[0; 10],
                &at,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let count = (files.len() as u16).to_le_bytes();
    let (start, length) = (archive.len() as u32, directory.len() as u32);
    archive.extend(directory);
    archive.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count].concat());
    archive.extend([&length.to_le_bytes()[..], &start.to_le_bytes(), &[0; 2]].concat());
    archive
}

/// An export of a workspace with an owner, a bot whose id is not told, and some members that nobody knows.
fn export(number: usize, unknown: usize) -> Vec<u8> {
    let team = format!("T0ORG{number}");
    let owner = format!("U0ADA{number}");
    let strangers = (0..unknown).map(|i| format!("U0LOST{i}"));
    let members: Vec<String> = [owner.clone()].into_iter().chain(strangers).collect();
    let users = json!([
        {"id": owner, "team_id": team, "name": "ada", "is_primary_owner": true, "profile": {"email": "ada@acme.test"}},
        {"id": format!("U0HOOK{number}"), "team_id": team, "name": "hook", "is_bot": true},
    ]);
    let channels = json!([
        {"id": format!("C0GEN{number}"), "name": "general", "is_general": true, "members": members},
        {"id": format!("C0RED{number}"), "name": "\u{1b}[31mred"},
    ]);
    zip(&[("users.json", &users), ("channels.json", &channels)])
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn two_exports_are_brought_together() {
    let place = directory();
    let path = place.path();
    for number in [1, 2] {
        let (name, data) = (format!("Org{number}.zip"), format!("data{number}"));
        fs::write(path.join(&name), export(number, 0)).unwrap();
        text(path, &["world", "import", &name, "--data", &data]);
    }
    let refused = failure(path, &["world", "add", "Org2.zip", "--data", "data1"]);
    assert!(
        refused
            .1
            .contains("what `guestlist world export` makes of that"),
        "{}",
        refused.1
    );
    text(
        path,
        &["world", "export", "--data", "data2", "-o", "second.yaml"],
    );
    let added = json(
        path,
        &["world", "add", "second.yaml", "--data", "data1", "--json"],
    );
    assert_eq!(added["workspaces"], json!(["T0ORG2"]));
    let all = json(path, &["world", "export", "--data", "data1", "--json"]);
    let workspaces = all["workspaces"].as_array().unwrap().iter();
    let names: Vec<&Value> = workspaces.map(|workspace| &workspace["name"]).collect();
    assert_eq!(names, ["Org1", "Org2"]);
}

#[test]
fn notes_have_the_first_ten_and_all_for_programs_and_nothing_that_a_terminal_obeys() {
    let place = directory();
    let path = place.path();
    fs::write(path.join("acme.zip"), export(1, 25)).unwrap();
    let short = errors(&run(path, &["world", "check", "acme.zip"]));
    assert!(
        short.contains(": 25 (U0LOST0, ") && short.contains("U0LOST9 and 15 more)"),
        "{short}"
    );
    let red = r"C0RED1 \u{1b}[31mred → -[31mred";
    assert!(short.contains(red) && !short.contains('\u{1b}'), "{short}");
    for command in ["check", "import"] {
        let told = json(path, &["world", command, "acme.zip", "--json"]);
        let note = told["notes"][0].as_str().unwrap();
        assert!(note.ends_with("U0LOST23, U0LOST24)"), "{command}: {note}");
    }
}

#[test]
fn times_to_come_are_a_note() {
    let place = directory();
    let world = |created| {
        format!(
            "version: 1\nworkspaces: [{{name: Acme, domain: acme, users: [{{id: U0ADA, name: ada}}],\n\
             channels: [{{name: late, created: {created}, members: [U0ADA]}}]}}]"
        )
    };
    for (created, told) in [("2124-01-01", true), ("2024-01-01", false)] {
        fs::write(place.path().join("w.yaml"), world(created)).unwrap();
        for command in ["check", "import"] {
            let output = run(place.path(), &["world", command, "w.yaml", "--json"]);
            assert!(output.status.success(), "{}", errors(&output));
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            let note = "in the channel late somebody comes at 2124-01-01T00:00:00Z, \
                        which is later than now: what happens next gets times after it";
            let notes = if told { json!([note]) } else { json!([]) };
            assert_eq!(found["notes"], notes, "{command}");
        }
        fs::remove_dir_all(place.path().join("guestlist-data")).unwrap();
    }
}

/// What the program says of an export on its standard input.
fn through_a_pipe(path: &Path) -> Output {
    let mut command = guestlist(path, &["world", "import", "/dev/stdin"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&export(1, 0))
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn what_is_no_export_or_no_name_is_told_once() {
    let place = directory();
    let path = place.path();
    fs::write(path.join("acme.zip"), export(1, 0)).unwrap();
    fs::create_dir(path.join("unpacked")).unwrap();
    let import = |args: &[&str]| failure(path, &[&["world", "import"], args].concat());
    let (code, error) = import(&["unpacked"]);
    assert!(
        code == 1 && error.contains("unpacked: a folder; ") && error.contains("zip what is in"),
        "{error}"
    );
    let piped = through_a_pipe(path);
    let error = errors(&piped);
    assert_eq!(piped.status.code(), Some(1));
    assert_eq!(error.matches("is read from a file").count(), 1, "{error}");
    let (_, error) = import(&["nowhere.zip"]);
    assert_eq!(error.matches("No such file").count(), 1, "{error}");
    for (option, value, problem) in [
        ("--name", " ", "a workspace needs a name"),
        ("--domain", "Bad Domain!", "`Bad Domain!` is no sub-domain"),
        ("--domain", "", "`` is no sub-domain"),
    ] {
        let (code, error) = import(&["acme.zip", option, value]);
        assert!(code == 2 && error.contains(problem), "{code}: {error}");
    }
    assert!(!path.join("guestlist-data").exists());
    text(path, &["world", "import", "acme.zip", "--name", "Équipe"]);
    let world = json(path, &["world", "export", "--json"]);
    assert_eq!(world["workspaces"][0]["domain"], "equipe");
}

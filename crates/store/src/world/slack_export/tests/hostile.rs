//! Exports that mean no good.

use super::*;

/// Messages and ids get times after those there are: one from the future would take them along.
#[test]
fn times_that_cannot_be_are_left_out_and_told() {
    let seen = imported(&[
        (
            "users.json",
            r#"[{"id":"U1","updated":9223372036854775807,"is_restricted":true,"profile":{"guest_expiration_ts":9223372036854775807}},
                {"id":"U2","updated":-3}]"#,
        ),
        (
            "channels.json",
            r#"[{"id":"C1","name":"x","created":9223372036854775807,"updated":-9223372036854775808,"members":["U1"]},
                {"id":"C2","name":"y","created":1449252889000,"topic":{"value":"z","last_set":1449252889000}},
                {"id":"C4","name":"w","created":1700000060},
                {"id":"C3","name":"z","created":1699999940}]"#,
        ),
    ]);
    let seed = &seen.loaded.seed;
    let created = seed.channels.iter().map(|one| one.created);
    let created: Vec<_> = created.map(|at| at.seconds() - NOW.seconds()).collect();
    // By a clock that is a little ahead it was just now.
    assert_eq!(created, [0, 0, 0, -60]);
    assert_eq!(seed.channels[1].topic.last_set, Timestamp(0));
    assert_eq!(
        (seed.members[0].3.since, seed.users[0].expires),
        (NOW, None)
    );
    assert_eq!(
        told(&seen.notes)[0],
        "times left out, before 1970 or yet to come; they are those of: 4 (U1, U2, C1, C2)"
    );
    survives_as_a_world(seed);
}

#[test]
fn what_is_alike_does_not_take_the_square_of_its_number() {
    const MANY: usize = 20_000;
    let list = |one: &dyn Fn(usize) -> String| {
        let entries: Vec<String> = (0..MANY).map(one).collect();
        format!("[{}]", entries.join(","))
    };
    // Workspaces, then organisations, of which nothing else is known.
    for letter in ["T", "E"] {
        let users = list(&|i| {
            format!(
                r#"{{"id":"U{i}","team_id":"{letter}{i}","is_stranger":{}}}"#,
                i > 0
            )
        });
        let mut channels = list(&|i| format!(r#"{{"id":"C{i}","name":"Same"}}"#));
        let members = list(&|i| format!("\"U{i}\""));
        let teams = list(&|i| format!("\"{letter}{}\"", i + MANY / 2));
        channels.pop();
        channels.push_str(&format!(
            r#",{{"id":"C0ALL","name":"all","members":{members},"internal_team_ids":{teams},"shared_team_ids":{teams}}}]"#
        ));
        let began = std::time::Instant::now();
        let seed = imported(&[("users.json", &users), ("channels.json", &channels)])
            .loaded
            .seed;
        assert!(began.elapsed().as_secs() < 30, "{:?}", began.elapsed());
        assert_eq!(channel(&seed, "C1").name, "same-2");
        assert_eq!(channel(&seed, "C19999").name, "same-20000");
        assert_eq!(channel(&seed, "C0ALL").connections.len(), MANY - 1);
    }
}

#[test]
fn a_file_larger_than_it_may_be_is_refused_whatever_it_says_of_itself() {
    let long = format!("[{}]", vec![r#"{"id":"U1"}"#; 1_000].join(",\n"));
    let honest = zip(&[("users.json", &long)]);
    // The size stands in the local header and in the central directory.
    let size = u32::try_from(long.len()).unwrap().to_le_bytes();
    let mut liar = honest.clone();
    while let Some(at) = liar.windows(4).position(|window| window == size) {
        liar[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    for bytes in [honest, liar] {
        let file = TempFile::new("bomb.zip", &bytes);
        let mut archive = Archive::open(file.path(), 1_000).unwrap();
        let outcome = archive.each(
            "users.json",
            true,
            &mut |_| {},
            &mut |_, _: serde_json::Value| Ok(()),
        );
        let told = outcome.unwrap_err().to_string();
        assert!(
            told.contains("larger than 1000 bytes") || told.contains("cannot be unpacked"),
            "{told}"
        );
    }
}

#[test]
fn an_entry_is_no_larger_than_it_may_be() {
    let long = "x".repeat(17 << 20);
    let good: String = (0..50_000)
        .map(|i| format!(r#"{{"id":"U{i}"}},"#))
        .collect();
    for (users, told) in [
        (
            format!(r#"[{good}{{"id":"U50000","real_name":"{long}"}}]"#),
            "users.json: entry 50001: larger than 16777216 bytes",
        ),
        // What is wrong with an entry is looked for in it once more.
        (
            format!(r#"[{{"id":7,"real_name":"{long}"}}]"#),
            "users.json: entry 1: a text is expected, not the number 7",
        ),
    ] {
        let files = zip(&[("users.json", &users), ("channels.json", "[]")]);
        let error = import("acme.zip", &files).expect_err(told).to_string();
        assert!(error.contains(told), "{error}");
    }
    // Many that are small are no large one.
    let many = vec![r#"{"id":"U1","real_name":"x"}"#; 900_000].join(",");
    let file = TempFile::new("many.zip", &zip(&[("users.json", &format!("[{many}]"))]));
    let mut archive = Archive::open(file.path(), MOST_BYTES).unwrap();
    let mut count = 0;
    let mut take = |_, _: serde::de::IgnoredAny| {
        count += 1;
        Ok(())
    };
    archive
        .each("users.json", true, &mut |_| {}, &mut take)
        .unwrap();
    assert_eq!(count, 900_000);
}

#[test]
fn what_an_archive_says_of_itself_is_not_believed() {
    let files = |users: &str| zip(&[("users.json", users), ("channels.json", "[]")]);
    // Sizes are two numbers, packed and unpacked, side by side.
    let sized = |users: &str, size: u32| {
        let mut bytes = files(users);
        let entry = bytes
            .windows(4)
            .position(|mark| mark == b"PK\x01\x02")
            .unwrap();
        bytes[entry + 20..entry + 24].copy_from_slice(&size.to_le_bytes());
        bytes[entry + 24..entry + 28].copy_from_slice(&size.to_le_bytes());
        bytes
    };
    let named = |from: &str, to: &str| {
        let mut bytes = zip(&[("users.json", "[]"), (from, "[]"), ("channels.json", "[]")]);
        while let Some(at) = bytes
            .windows(from.len())
            .position(|name| name == from.as_bytes())
        {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    };
    for (bytes, told) in [
        (
            sized("[]", u32::MAX - 1),
            "users.json: larger than 268435456 bytes once unpacked",
        ),
        (
            named("other.json", "users.json"),
            "users.json is in the archive twice",
        ),
        (
            zip(&[("../users.json", "[]"), ("../channels.json", "[]")]),
            "users.json is missing",
        ),
        (
            zip(&[("/users.json", "[]"), ("/channels.json", "[]")]),
            "users.json is missing",
        ),
        (
            zip(&[
                ("users.json", "[]"),
                ("../channels.json", "[]"),
                ("a/../channels.json", "[]"),
            ]),
            "channels.json is missing",
        ),
        (files(&"[".repeat(100_000)), "users.json: entry 1: "),
        (
            files(&format!("[{{\"id\":7,\"x\":{}", "[".repeat(100_000))),
            "users.json: entry 1: ",
        ),
        (
            files(&format!(
                "[{{\"id\":\"U1\",\"x\":{}",
                "{\"x\":".repeat(100_000)
            )),
            "users.json: entry 1: ",
        ),
    ] {
        let error = import("acme.zip", &bytes).expect_err(told).to_string();
        assert!(error.contains(told), "{error} is not: {told}");
        assert!(error.len() < 300, "{error}");
    }
    // A size that is only wrong claims nothing: two bytes are read, whatever was announced.
    import("acme.zip", &sized("[]", 1 << 27)).unwrap();
    // What is not read may be as deep as it likes.
    let deep = format!(
        "[{{\"id\":\"U1\",\"x\":{}{}}}]",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(
        import("acme.zip", &files(&deep))
            .unwrap()
            .loaded
            .seed
            .users
            .len(),
        2
    );
}

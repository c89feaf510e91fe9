//! Values as exports have them.

use super::*;

fn channels(fields: &str) -> Result<Imported, ExportError> {
    let entry = format!(r#"[{{"id":"C1","name":"ops","creator":"U1",{fields}}}]"#);
    let users = r#"[{"id":"U1","team_id":"T1","name":"ada"}]"#;
    let files = [("users.json", users), ("channels.json", &*entry)];
    import("acme.zip", &zip(&files))
}

#[test]
fn numbers_are_read_however_they_are_written() {
    for (created, seconds) in [
        ("1478291049", 1_478_291_049),
        ("\"1478291049\"", 1_478_291_049),
        ("\" 1478291049.5 \"", 1_478_291_049),
        ("1478291049.75", 1_478_291_049),
        ("1.5e9", 1_500_000_000),
        ("\"1.5e9\"", 1_500_000_000),
        ("null", NOW.seconds()),
        ("false", NOW.seconds()),
        ("\"\"", NOW.seconds()),
        ("-1", NOW.seconds()),
        ("18446744073709551615", NOW.seconds()),
        ("\"1e999\"", NOW.seconds()),
    ] {
        let seed = channels(&format!("\"created\":{created}"))
            .unwrap()
            .loaded
            .seed;
        assert_eq!(seed.channels[0].created.seconds(), seconds, "{created}");
    }
    for (updated, set) in [
        ("\"1600000000123\"", "\"1519833671\""),
        ("1600000000123.0", "1519833671.9"),
    ] {
        let topic = format!(r#""topic":{{"value":"x","last_set":{set}}}"#);
        let seed = channels(&format!("\"updated\":{updated},{topic}")).unwrap();
        let channel = &seed.loaded.seed.channels[0];
        assert_eq!(channel.updated.seconds(), 1_600_000_000);
        assert_eq!(channel.topic.last_set.seconds(), 1_519_833_671);
    }
    for (created, found) in [
        ("\"yesterday\"", "the text \"yesterday\""),
        ("\"inf\"", "the text \"inf\""),
        ("true", "true"),
        ("[1]", "a list"),
        ("{\"at\":1}", "an object"),
    ] {
        let problem = channels(&format!("\"created\":{created}"))
            .unwrap_err()
            .to_string();
        let place = "acme.zip: channels.json: entry 1: field `created`";
        assert_eq!(
            problem,
            format!("{place}: a number is expected, not {found}")
        );
    }
    let problem = channels(&format!("\"members\":\"{}\"", "long".repeat(1_000)));
    let problem = problem.unwrap_err().to_string();
    assert!(problem.len() < 200 && problem.ends_with('…'), "{problem}");
}

#[test]
fn what_nothing_hangs_on_is_never_a_reason_to_refuse() {
    for fields in [
        r#""previous_names":["a",null,7,["b"]]"#,
        r#""previous_names":{"0":"a"}"#,
        r#""topic":[],"purpose":false"#,
        r#""topic":{"value":"","creator":false,"last_set":0},"purpose":{"creator":0}"#,
        r#""members":["U1",null],"properties":[],"connected_team_ids":null,"is_frozen":"no","is_private":0"#,
        r#""properties":"none","pending_shared":{},"conversation_host_id":false"#,
    ] {
        let seen = channels(fields).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(told(&seen.notes), [""; 0], "{fields}");
        let channel = &seen.loaded.seed.channels[0];
        assert_eq!(
            (channel.kind, &channel.topic),
            (ChannelKind::Public, &Note::default())
        );
        assert!(channel.previous_names.len() == usize::from(fields.contains("\"a\",")));
        survives_as_a_world(&seen.loaded.seed);
    }
    let creator = r#"[{"id":"C1","name":"a","creator":0},{"id":"C2","name":"b","creator":false}]"#;
    let users = r#"[{"id":"U1","team_id":false,"name":"ada","real_name":7,"tz":[],"updated":"1600000000","profile":[],
        "enterprise_user":[],"teams":"none"}]"#;
    let seen = imported(&[("users.json", users), ("channels.json", creator)]);
    let seed = &seen.loaded.seed;
    assert!(
        seed.channels
            .iter()
            .all(|channel| channel.creator == seed.users[0].id)
    );
    assert_eq!(seed.users[0].updated.seconds(), 1_600_000_000);
    assert_eq!(told(&seen.notes), [""; 0]);
}

#[test]
fn addresses_are_trimmed_and_bots_that_share_an_id_are_told() {
    let users = r#"[
        {"id":"U1","team_id":"T1","name":"ada","profile":{"email":" Ada@acme.test\t"}},
        {"id":"U2","team_id":"T1","name":"one","is_bot":true,"profile":{"bot_id":"B1","api_app_id":false}},
        {"id":"U3","team_id":"T1","name":"two","is_bot":true,"profile":{"bot_id":"B1"}},
        {"id":"U4","team_id":"T1","name":"three","is_bot":true,"profile":{"bot_id":"bad"}},
        {"id":"U5","team_id":"T1","name":"four","is_bot":true}]"#;
    let seen = imported(&[("users.json", users), ("channels.json", "[]")]);
    assert_eq!(
        seen.loaded.seed.users[0].email.as_deref(),
        Some("ada@acme.test")
    );
    let notes = [
        "bots given another id, because theirs is malformed or another's: 2 (U3 instead of B1, U4 instead of bad)",
    ];
    assert_eq!(told(&seen.notes), notes);
}

#[test]
fn names_and_sub_domains_are_checked_and_made_without_accents() {
    for (name, domain) in [
        ("Équipe Ñandú", "equipe-nandu"),
        ("Straße & Łódź", "strasse-lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("日本", "imported"),
        (
            &"Long ".repeat(20),
            &format!("{}long-lon", "long-".repeat(11)),
        ),
    ] {
        let made = domain_from(name);
        assert_eq!(made, domain);
        let given = Options {
            name: Some(name.to_owned()),
            domain: Some(made),
        };
        assert_eq!(given.problem(), None);
    }
    let given = |name: &str, domain: &str| Options {
        name: Some(name.to_owned()),
        domain: Some(domain.to_owned()),
    };
    for bad in ["", "Bad Domain!", "-x", "x-", "é", &"x".repeat(64)] {
        let problem = given("Acme", bad).problem().unwrap();
        assert!(
            problem.starts_with(&format!("`{bad}` is no sub-domain")),
            "{problem}"
        );
    }
    assert_eq!(
        given(" ", "acme").problem().as_deref(),
        Some("a workspace needs a name")
    );
    assert_eq!(Options::default().problem(), None);
}

#[test]
fn who_is_invited_waits_and_who_invited_a_guest_is_kept() {
    let users = r#"[
        {"id":"U1","team_id":"T1","name":"ada","is_owner":true},
        {"id":"U0","team_id":"T1","name":"nedd","deleted":true,"profile":{"email":"ned@acme.test"}},
        {"id":"U2","team_id":"T1","name":"ned","is_invited_user":true,"updated":1600000000,"profile":{"email":"ned@acme.test"}},
        {"id":"U3","team_id":"T1","name":"una","is_invited_user":true,"is_restricted":true,"is_ultra_restricted":true,
         "profile":{"email":"una@acme.test","guest_invited_by":"U1"}},
        {"id":"U4","team_id":"T1","name":"nameless","is_invited_user":true},
        {"id":"U5","team_id":"T1","name":"gus","is_restricted":true,"profile":{"guest_invited_by":"U1"}},
        {"id":"U6","team_id":"T1","name":"old","is_invited_user":true,"deleted":true}]"#;
    let channels = r#"[
        {"id":"C1","name":"ops","members":["U1","U2","U3","U2","U4","U5"]},
        {"id":"C2","name":"all","members":["U1","U2"]}]"#;
    let seen = imported(&[("users.json", users), ("channels.json", channels)]);
    let seed = &seen.loaded.seed;
    let invited = |id| {
        user(seed, id).invited.as_ref().map(|one| {
            let channels = one.channels.iter().map(ToString::to_string);
            (
                one.by.to_string(),
                channels.collect::<Vec<_>>().join(" "),
                one.state,
            )
        })
    };
    let by_ada = |channels: &str, state| Some(("U1".to_owned(), channels.to_owned(), state));
    assert_eq!(invited("U2"), by_ada("C1 C2", Stage::Pending));
    assert_eq!(invited("U3"), by_ada("C1", Stage::Pending));
    assert_eq!(invited("U5"), by_ada("", Stage::Joined));
    assert_eq!([invited("U4"), invited("U6")], [None, None]);
    let gone = ["U2", "U3", "U4", "U5", "U6"].map(|id| user(seed, id).removed);
    assert_eq!(gone, [true, true, true, false, true]);
    assert_eq!(members(seed, "C1"), ["U1", "U5"]);
    let notes = told(&seen.notes);
    let [left, address] = &notes[..] else {
        panic!("{notes:?}");
    };
    assert!(address.ends_with("1 (U0)"), "{address}");
    assert!(
        left.starts_with("people who are invited") && left.ends_with("1 (U4)"),
        "{left}"
    );
    survives_as_a_world(seed);
}

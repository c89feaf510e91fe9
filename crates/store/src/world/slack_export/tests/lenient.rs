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
        ("18446744073709551615", Timestamp::LATEST.seconds()),
        ("\"1e999\"", Timestamp::LATEST.seconds()),
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

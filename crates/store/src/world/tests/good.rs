//! Worlds with nothing wrong, and back again.

use super::{super::*, *};
use guestlist_domain::{
    ChannelKind,
    channel::Note,
    facts::{Mark, Membership},
    message::What,
    user::Role,
};

const EVERY_KEY: &str = include_str!("every_key.yaml");

fn round_trip(seed: &Seed) -> Seed {
    let yaml = to_yaml(&write(seed)).unwrap();
    super::seed(&yaml)
}

#[test]
fn every_key_survives_a_round_trip() {
    let seed = seed(EVERY_KEY);
    assert_eq!(round_trip(&seed), seed);
}

#[test]
fn a_default_channel_that_went_with_its_workspace_is_not_written() {
    let seed = seed(EVERY_KEY);
    let mut dangling = seed.clone();
    dangling.usergroups[0]
        .channels
        .push("C0WENT".parse().unwrap());
    assert_eq!(round_trip(&dangling), seed);
}

/// The first example of a page.
fn example(page: &'static str) -> &'static str {
    page.split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap()
}

/// The example in the documentation.
fn documented() -> &'static str {
    example(include_str!("../../../../../docs/world.md"))
}

#[test]
fn the_app_of_the_page_on_what_people_do_is_whole() {
    let page = include_str!("../../../../../docs/interactivity.md");
    let seed = seed(example(page));
    let has = &seed.apps[0].interactivity;
    assert!(has.is_enabled && has.command("/invite-guest").is_some());
    assert_eq!(has.shortcuts[0].callback_id, "invite");
    let tokens: Vec<_> = seed.tokens.iter().map(|token| token.kind).collect();
    assert_eq!(tokens, [TokenKind::Bot, TokenKind::AppLevel]);
    assert!(seed.tokens[0].scopes.holds("commands"));
}

#[test]
fn the_examples_use_every_key_of_the_schema() {
    let schema = schema();
    let properties = |schema: &serde_json::Value| -> Vec<String> {
        let keys = schema["properties"].as_object();
        keys.into_iter()
            .flat_map(|keys| keys.keys().cloned())
            .collect()
    };
    let mut keys = properties(&schema);
    for (_, definition) in schema["$defs"].as_object().unwrap() {
        keys.extend(properties(definition));
    }
    for key in keys {
        for example in [EVERY_KEY, documented()] {
            let used = [" ", "\n"].map(|end| format!("{key}:{end}"));
            assert!(used.iter().any(|used| example.contains(used)), "{key}");
        }
    }
}

#[test]
fn the_documented_example_is_a_world() {
    let seed = seed(documented());
    assert_eq!(round_trip(&seed), seed);
    let named = |name: &str| seed.channels.iter().any(|channel| channel.name == name);
    assert!(named("mpdm-ada--tess--greeter-1"));
}

#[test]
fn a_group_dm_always_has_a_name() {
    let text = "version: 1\nworkspaces:\n- {name: A, domain: a, users: [{id: U0A, name: a}, {id: U0B, name: b}], channels: [{kind: mpim, name: '', members: [U0B, U0A]}]}\n";
    let seed = seed(text);
    let group = &seed.channels[0];
    assert_eq!(group.name, "mpdm-b--a-1");
    assert_eq!(
        (&*group.topic.value, &*group.purpose.value),
        ("Group messaging", "Group messaging with: @b @a")
    );
    assert_eq!(round_trip(&seed), seed);
}

#[test]
fn exports_are_short_and_say_nothing_twice() {
    let yaml = to_yaml(&write(&seed(SAMPLE))).unwrap();
    assert!(yaml.contains("      - {id: U0BEN, name: ben, real_name: Ben Okafor, title: Engineer, email: ben@acme.test}\n"), "{yaml}");
    assert!(
        yaml.contains("        members: [U0ADA, U0CLEO, U0GREET]\n"),
        "{yaml}"
    );
    assert!(yaml.contains("        topic: Operations\n"), "{yaml}");
    assert!(!yaml.contains("xox"), "{yaml}");
    let every = to_yaml(&write(&seed(EVERY_KEY))).unwrap();
    assert!(every.contains("      - id: D0SLACKBOT\n"), "{every}");
    for left_out in [
        "plan",
        "archived: false",
        "connect:\n",
        "null",
        "updated",
        "kind: public",
    ] {
        assert!(!yaml.contains(left_out), "{left_out}: {yaml}");
    }
}

#[test]
fn json_is_read_like_yaml() {
    let document = write(&seed(EVERY_KEY));
    for json in [
        serde_json::to_string(&document).unwrap(),
        serde_json::to_string_pretty(&document).unwrap(),
    ] {
        assert_eq!(seed(&json), seed(EVERY_KEY));
        // What is not quite JSON is YAML, and says the same.
        let yaml = json.replacen('{', "{ # not JSON\n", 1).replace("  ", "\t");
        assert_eq!(seed(&yaml), seed(EVERY_KEY));
    }
    let escaped = r#"{"version":1,"workspaces":[{"name":"A\u00e9\ud83d\ude00\/\t","domain":"a"}]}"#;
    assert_eq!(seed(escaped).workspaces[0].name, "Aé😀/\t");
    assert_eq!(
        seed(&format!(" {escaped} # yaml")).workspaces[0].name,
        "Aé😀/\t"
    );
}

#[test]
fn a_large_world_survives() {
    let mut yaml = String::from("version: 1\nworkspaces:\n- name: Big\n  domain: big\n  users:\n");
    for i in 0..2_000 {
        yaml.push_str(&format!("  - {{name: u{i}, email: u{i}@big.test}}\n"));
    }
    yaml.push_str("  channels:\n  - {name: general, members: all}\n");
    let seed = seed(&yaml);
    assert_eq!(seed.users.len(), 2_000);
    assert_eq!(seed.members.len(), 2_000);
    assert_eq!(round_trip(&seed), seed);
}

#[test]
fn what_is_left_out_has_its_default() {
    let seed = seed(
        "version: 1\nworkspaces:\n- {name: A, domain: a, users: [{name: ada}, {name: bo, role: admin}], channels: [{name: x}]}\n",
    );
    let workspace = &seed.workspaces[0];
    assert_eq!(
        *workspace,
        guestlist_domain::Workspace {
            created: NOW,
            ..guestlist_domain::Workspace::new(workspace.id, "A", "a")
        }
    );
    assert_eq!(seed.users[0].updated, NOW);
    assert_eq!(
        seed.channels[0].creator, seed.users[1].id,
        "the highest in role"
    );
    assert_eq!(
        (seed.channels[0].created, seed.channels[0].updated),
        (NOW, NOW)
    );
    assert_eq!(seed.users[1].role, Role::Admin);
    assert!(!seed.users[0].no_two_factor);
}

#[test]
fn a_partner_that_says_nothing_has_a_channel_as_its_host_does() {
    for (said, kept) in [
        ("", None),
        (", private: false", Some(false)),
        (", private: true", Some(true)),
    ] {
        let seed = seed(&format!(
            "version: 1\nworkspaces:\n- {{id: T0A, name: A, domain: a, users: [{{name: ada}}], channels: [{{name: x, kind: private, connections: [{{workspace: T0B{said}}}]}}]}}\n- {{id: T0B, name: B, domain: b, users: [{{name: bo}}]}}\n",
        ));
        let channel = &seed.channels[0];
        assert_eq!(channel.connections[0].private, kept);
        let there = channel.connections[0].workspace;
        assert_eq!(channel.is_private_in(there), kept != Some(false), "{said}");
        assert_eq!(round_trip(&seed), seed);
    }
}

#[test]
fn made_ids_are_the_same_each_run_and_never_those_of_the_file() {
    let text =
        "version: 1\nworkspaces:\n- {name: A, domain: a, users: [{name: ada}, {name: bo}]}\n";
    let first = seed(text);
    assert_eq!(first, seed(text));
    let made = first.users[0].id;
    let taken = text.replace("{name: bo}", &format!("{{id: {made}, name: bo}}"));
    let second = seed(&taken);
    assert_eq!(second.users[1].id, made);
    assert_ne!(second.users[0].id, made);
}

#[test]
fn what_is_added_has_the_same_made_ids_each_time_and_none_of_another_file() {
    let ids = |text: &str, chance: u8| {
        let added = read_addition("added.yaml", text, NOW, &mut || [chance; 24]);
        let seed = added.unwrap_or_else(|problems| panic!("{problems}")).seed;
        let users: Vec<_> = seed.users.iter().map(|user| user.id.to_string()).collect();
        (users, seed.channels[0].id.to_string())
    };
    let text = "version: 1\nworkspaces:\n- {id: T0A, name: A, domain: a, users: [{name: ada}, {name: bo}], channels: [{name: c}]}\n";
    let (users, channel) = ids(text, 1);
    assert_eq!((users.clone(), channel.clone()), ids(text, 2));
    let (others, other) = ids(&text.replace("T0A", "T0B"), 1);
    assert_ne!(channel, other);
    assert!(users.iter().all(|user| !others.contains(user)));
}

/// In YAML 1.1 a `?` ends a plain text within braces.
#[test]
fn texts_with_a_question_mark_are_written_in_quotes() {
    let text = "version: 1
workspaces:
- name: Why?
  domain: a
  users: [{id: U0A, name: a, real_name: '?What', scim: {externalId: 'a?b'}}]
  channels:
  - name: c
    topic: 'Who?'
    purpose: 'What for'
    messages: [{user: U0A, text: 'How are you?'}, {user: U0A, text: 'say \"?\"'}]
";
    let seed = seed(text);
    let yaml = to_yaml(&write(&seed)).unwrap();
    for written in [
        "name: \"Why?\"",
        "real_name: \"?What\"",
        "externalId: \"a?b\"",
        "topic: \"Who?\"",
        "text: \"How are you?\"",
        "text: \"say \\\"?\\\"\"",
        "purpose: What for",
    ] {
        assert!(yaml.contains(written), "{written}: {yaml}");
    }
    assert_eq!(round_trip(&seed), seed);
}

#[test]
fn ids_come_back_exactly_as_given() {
    let seed = seed(
        "version: 1\nworkspaces: [{id: T0, name: A, domain: a, users: [{id: U00000000001, name: a}, {id: W1, name: b}]}]",
    );
    let yaml = to_yaml(&write(&seed)).unwrap();
    for id in ["T0", "U00000000001", "W1"] {
        assert!(yaml.contains(&format!("id: {id}")), "{yaml}");
    }
}

#[test]
fn all_are_the_active_people_and_bots_and_no_guests() {
    let seed = seed(EVERY_KEY);
    let general = "C0GENERAL".parse().unwrap();
    let ids: Vec<String> = seed
        .members
        .iter()
        .filter(|m| m.1 == general)
        .map(|m| m.2.to_string())
        .collect();
    let nameless = seed
        .users
        .iter()
        .find(|user| user.name == "nameless-id")
        .unwrap()
        .id
        .to_string();
    assert_eq!(
        ids,
        [
            "U0ADA", "U0TWO", "U0PAN", "U0HOOK", "U0FAR", &nameless, "U0GREET"
        ]
    );
}

#[test]
fn states_reach_the_rows() {
    let seed = seed(EVERY_KEY);
    let user = |id: &str| {
        seed.users
            .iter()
            .find(|user| user.id.to_string() == id)
            .unwrap()
    };
    assert_eq!(user("U0PAN").teams, ["T0ACME".parse().unwrap()]);
    assert_eq!(user("U0ADA").email.as_deref(), Some("ada@acme.test"));
    assert!(user("U0OLD").removed && user("U0TWO").no_two_factor);
    assert_eq!(
        user("U0FAR").bot.unwrap().app,
        Some("A0FAR".parse().unwrap())
    );
    let channel = |id: &str| {
        seed.channels
            .iter()
            .find(|channel| channel.id.to_string() == id)
            .unwrap()
    };
    let ops = channel("C0OPS");
    assert!(ops.no_guests && ops.no_apps && ops.unshareable);
    assert_eq!(ops.workspaces, ["T0ACME2".parse().unwrap()]);
    assert_eq!(
        ops.topic,
        Note {
            value: "Operations".into(),
            creator: Some(ops.creator),
            last_set: ops.created
        }
    );
    assert_eq!(channel("G0GROUP").name, "mpdm-tess--ada--greeter-1");
    assert!(channel("G0GROUP").parties.is_sorted());
    assert_eq!(channel("D0SELF").parties.len(), 1);
    let dm = seed
        .channels
        .iter()
        .find(|c| c.kind == ChannelKind::Im)
        .unwrap();
    assert_eq!(dm.id.letter(), 'D');
    let places: Vec<Membership> = seed
        .members
        .iter()
        .filter(|m| m.1 == dm.id)
        .map(|m| m.3)
        .collect();
    assert_eq!(
        places.iter().map(|place| place.closed).collect::<Vec<_>>(),
        [false, true]
    );
    let marks = seed.members.iter().filter(|m| m.1 == ops.id);
    let marks: Vec<_> = marks
        .filter_map(|(_, _, user, place)| Some((user.to_string(), place.mark?)))
        .collect();
    let ts = Timestamp(1_580_601_600_000_100);
    let at = Timestamp::from_seconds(1_580_774_400);
    let greeter = ("U0GREET".to_owned(), Mark { ts, at });
    let guest = Mark {
        ts: Timestamp(0),
        at: NOW,
    };
    assert_eq!(marks, [greeter, ("U0SCG".to_owned(), guest)]);
    let last = &seed.messages.last().unwrap().2;
    assert_eq!((last.ts, &last.what), (NOW, &What::Archived));
}

#[test]
fn what_is_to_come_when_a_world_is_loaded_nobody_has_read() {
    let later = NOW.0 + 1_000_000;
    for (since, last_read, expected) in [
        (NOW.0 - 9, NOW.0 - 5, (NOW.0 - 5, NOW.0)),
        (NOW.0 - 9, 9_999_999_999_000_000, (NOW.0, NOW.0)),
        // Who comes later marks it later, too.
        (later, 9_999_999_999_000_000, (later, later)),
    ] {
        let [since, last_read] = [since, last_read].map(|time| Timestamp(time).ts());
        let seed = seed(&format!(
            "version: 1
workspaces:
- name: a
  domain: a
  users: [{{id: U0ADA, name: ada}}]
  channels: [{{name: x, members: [{{user: U0ADA, since: '{since}', last_read: '{last_read}'}}]}}]"
        ));
        let mark = seed.members[0].3.mark;
        let mark = mark.map(|mark| (mark.ts.0, mark.at.0));
        assert_eq!(mark, Some(expected), "{since} {last_read}");
        let newest = seed.newest().unwrap();
        assert!(newest.0 <= later, "{newest:?}");
    }
}

#[test]
fn tokens_are_kept_as_hashes_and_told_once() {
    let loaded = load(EVERY_KEY).unwrap();
    assert_eq!(loaded.new_tokens.len(), 11);
    let made: Vec<&NewToken> = loaded.new_tokens[8..].iter().collect();
    assert_eq!(made[0].text, format!("xoxb-{}", "01".repeat(24)));
    assert_eq!(
        (made[0].kind, made[0].user),
        (TokenKind::Bot, Some("U0GREET".parse().unwrap()))
    );
    assert_eq!(made[1].text, format!("xoxp-{}", "02".repeat(24)));
    // An organisation-wide one begins as whom it acts as has it.
    assert_eq!(made[2].text, format!("xoxp-{}", "03".repeat(24)));
    for (new, row) in loaded.new_tokens.iter().zip(&loaded.seed.tokens) {
        assert_eq!(token_hash(&new.text), row.hash);
        assert!(!format!("{new:?}").contains(&new.text));
    }
    let kinds: Vec<&str> = loaded
        .seed
        .tokens
        .iter()
        .map(|token| token.kind.name())
        .collect();
    assert_eq!(
        kinds,
        [
            "bot",
            "user",
            "legacy_bot",
            "bot",
            "bot",
            "org",
            "workspace",
            "app_level",
            "bot",
            "user",
            "org",
            "user"
        ]
    );
    assert_eq!(loaded.seed.tokens[11].hash, token_hash("abc"));
}

#[test]
fn the_sample_is_the_same_in_both_forms() {
    let options = serde_saphyr::Options::default();
    let yaml: serde_json::Value = serde_saphyr::from_str_with_options(SAMPLE, options).unwrap();
    let json: serde_json::Value = serde_json::from_str(SAMPLE_JSON).unwrap();
    assert_eq!(json, yaml, "sample.json should be {yaml}");
    assert_eq!(seed(SAMPLE_JSON), seed(SAMPLE));
}

#[test]
fn the_sample_has_what_a_first_call_needs() {
    let loaded = load(SAMPLE).unwrap_or_else(|problems| panic!("{problems}"));
    let texts: Vec<&str> = loaded
        .new_tokens
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    assert_eq!(texts, ["xoxb-sample-greeter", "xoxp-sample-ada"]);
    assert_eq!(loaded.seed.workspaces.len(), 2);
    assert_eq!(round_trip(&loaded.seed), loaded.seed);
}

//! Whose export it is, and who is of which organisation.

use super::*;

fn person(id: &str, team: &str, more: &str) -> String {
    format!(r#"{{"id":"{id}","team_id":"{team}","name":"{id}"{more}}}"#)
}

fn of(organisation: &str, teams: &str) -> String {
    format!(
        r#","enterprise_user":{{"enterprise_id":"{organisation}","enterprise_name":"{organisation} Corp","teams":[{teams}]}}"#
    )
}

fn read(people: &[String], channels: &str) -> Imported {
    let users = format!("[{}]", people.join(","));
    let seen = imported(&[("users.json", &users), ("channels.json", channels)]);
    survives_as_a_world(&seen.loaded.seed);
    seen
}

fn teams<T: ToString>(teams: &[T]) -> Vec<String> {
    teams.iter().map(T::to_string).collect()
}

#[test]
fn home_is_where_owners_are_and_never_where_strangers_are() {
    let many = |team, more: &str| {
        (0..3)
            .map(move |i| (i, team))
            .map(|(i, team)| person(&format!("U{team}{i}"), team, more))
            .collect::<Vec<_>>()
    };
    let one = |more| person("U1", "T1", more);
    for (case, people) in [
        (
            "the primary owner's",
            [
                many("T2", ""),
                many("T3", r#","is_owner":true"#),
                vec![one(r#","is_primary_owner":true,"is_owner":true"#)],
            ]
            .concat(),
        ),
        (
            "the owners'",
            [
                many("T2", ""),
                many("T3", r#","is_admin":true"#),
                vec![one(r#","is_owner":true,"is_admin":true"#)],
            ]
            .concat(),
        ),
        (
            "the admins'",
            [many("T2", ""), vec![one(r#","is_admin":true"#)]].concat(),
        ),
        (
            "the majority's of owners",
            [
                many("T1", r#","is_owner":true"#),
                vec![person("U1", "T2", r#","is_owner":true"#)],
            ]
            .concat(),
        ),
        (
            "the majority's",
            [vec![person("U1", "T2", "")], many("T1", "")].concat(),
        ),
        (
            "not the strangers'",
            [
                many("T2", r#","is_stranger":true,"is_owner":true"#),
                vec![one("")],
            ]
            .concat(),
        ),
        (
            "the first of equals'",
            vec![one(""), person("U2", "T2", "")],
        ),
    ] {
        let seed = read(&people, "[]").loaded.seed;
        assert_eq!(seed.workspaces[0].id.to_string(), "T1", "{case}");
        assert_eq!(seed.apps[0].team.to_string(), "T1", "{case}");
    }
    let strangers = read(&many("T2", r#","is_stranger":true"#), "[]")
        .loaded
        .seed;
    assert_ne!(strangers.workspaces[0].id.to_string(), "T2");
}

#[test]
fn workspaces_of_an_organisation_share_channels_and_others_are_connected() {
    let people = [
        person(
            "W1",
            "T1",
            &format!(
                r#","is_primary_owner":true{}"#,
                of("E1", r#""T1","T2","T9""#)
            ),
        ),
        person("W2", "T2", &of("E1", r#""T2""#)),
        person("W3", "T2", &of("E1", r#""T3","T2","T1""#)),
        person("W4", "T3", r#","enterprise_id":"E1""#),
        person(
            "U5",
            "T5",
            r#","is_stranger":true,"enterprise_user":{"enterprise_id":""}"#,
        ),
        person("U6", "E6", r#","is_stranger":true"#),
        person(
            "U7",
            "E6",
            &format!(r#","is_stranger":true{}"#, of("E6", "")),
        ),
    ];
    let channels = r#"[
        {"id":"C1","name":"all","members":["W1","W2","W4","U5","U6"]},
        {"id":"C2","name":"home","members":["W1"],"is_global_shared":true},
        {"id":"C3","name":"home","members":["W2"],"is_general":true},
        {"id":"C4","name":"told","members":["W1"],"internal_team_ids":["T2","T8"],"shared_team_ids":["T2","T8","E6","E1"],"connected_team_ids":["T5"]},
        {"id":"C5","name":"hosted","members":["W1","W2"],"conversation_host_id":"T2"},
        {"id":"C6","name":"own","members":["W1"],"conversation_host_id":"E1","shared_team_ids":["E1"]},
        {"id":"C7","name":"theirs","members":["W2"],"conversation_host_id":"E1","shared_team_ids":["E1"]},
        {"id":"C8","name":"both","members":["W1","W2"]},
        {"id":"C10","name":"ours","members":["W1","W2"],"conversation_host_id":"T1","internal_team_ids":["T2"]},
        {"id":"C9","name":"three","members":["W1","W4"],"internal_team_ids":["T2"]}]"#;
    let seen = read(&people, channels);
    let seed = &seen.loaded.seed;
    let enterprise = &seed.enterprises[0];
    assert_eq!(
        (
            enterprise.id.to_string(),
            &*enterprise.name,
            &*enterprise.domain
        ),
        ("E1".into(), "E1 Corp", "e1-corp")
    );
    let of = |team: &str| {
        seed.workspaces
            .iter()
            .find(|one| one.id.to_string() == team)
            .unwrap()
            .enterprise
    };
    assert_eq!(
        [of("T1"), of("T2"), of("T3"), of("T5")],
        [
            Some(enterprise.id),
            Some(enterprise.id),
            Some(enterprise.id),
            None
        ]
    );
    assert_eq!(teams(&user(seed, "W1").teams), ["T2"]);
    assert_eq!(teams(&user(seed, "W3").teams), ["T1", "T3"]);
    let (sixth, seventh) = (user(seed, "U6"), user(seed, "U7"));
    assert_eq!(sixth.team, seventh.team);
    assert_eq!(of(&sixth.team.to_string()).unwrap().to_string(), "E6");
    let connected = |id| {
        let connections = channel(seed, id).connections.iter();
        connections
            .map(|one| one.workspace.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(teams(&channel(seed, "C1").workspaces), ["T2", "T3"]);
    assert_eq!(connected("C1"), ["T5".to_owned(), sixth.team.to_string()]);
    assert!(channel(seed, "C2").org_wide && !channel(seed, "C1").org_wide);
    let second = channel(seed, "C3");
    assert_eq!(
        (second.team.to_string(), &*second.name, second.general),
        ("T2".into(), "home", true)
    );
    assert_eq!(connected("C4"), [sixth.team.to_string(), "T5".to_owned()]);
    let of_one = |id| {
        (
            channel(seed, id).team.to_string(),
            channel(seed, id).workspaces.len(),
        )
    };
    // What is told counts; else the workspace that all in it are of. No other is told of it.
    assert_eq!(
        ["C4", "C5", "C6", "C7", "C8"].map(of_one),
        ["T2", "T2", "T1", "T2", "T2"].map(|team| (team.to_owned(), 0))
    );
    let ours = channel(seed, "C10");
    assert_eq!(
        (ours.team.to_string(), teams(&ours.workspaces)),
        ("T1".into(), vec!["T2".to_owned()])
    );
    let three = channel(seed, "C9");
    assert_eq!(
        (three.team.to_string(), teams(&three.workspaces)),
        ("T2".into(), vec!["T3".to_owned()])
    );
    assert_eq!(
        told(&seen.notes),
        [
            "organisation made, E1 (E1 Corp), with its workspaces: 3 (T1, T2, T3)".to_owned(),
            "workspaces left out, because nobody here is of them first: 2 (T9, T8)".to_owned(),
            format!(
                "workspaces made for people of other organisations: 2 ({} of E6, T5)",
                sixth.team
            ),
        ]
    );
}

#[test]
fn an_organisations_id_in_the_place_of_a_workspaces_means_home() {
    let people = [
        person("W1", "E1", &of("E1", r#""T2","T1""#)),
        person("W2", "T1", &format!(r#","is_owner":true{}"#, of("E1", ""))),
        person("W3", "E1", ""),
        person("W4", "E1", r#","teams":["T4"]"#),
    ];
    let seed = read(&people, "[]").loaded.seed;
    let team = |id| user(&seed, id).team.to_string();
    assert_eq!(
        [team("W1"), team("W2"), team("W3"), team("W4")],
        ["T1", "T1", "T1", "T4"]
    );
    assert!(
        seed.workspaces
            .iter()
            .all(|one| one.enterprise == Some(seed.enterprises[0].id))
    );
    // Where nobody tells of a workspace, the first of theirs is it.
    let alone = read(&[person("W1", "E1", &of("E1", r#""T2","T1""#))], "[]")
        .loaded
        .seed;
    assert_eq!(alone.workspaces[0].id.to_string(), "T2");
}

#[test]
fn a_dm_is_of_the_organisation_if_anybody_in_it_is() {
    let people = [
        person("W1", "T1", &format!(r#","is_owner":true{}"#, of("E1", ""))),
        person("W2", "T2", &of("E1", "")),
        person("U3", "T3", r#","is_stranger":true"#),
        person("U4", "T3", r#","is_stranger":true"#),
    ];
    let users = format!("[{}]", people.join(","));
    let dms = r#"[{"id":"D1","members":["W1","U3"],"conversation_host_id":"T2"},{"id":"D2","members":["W2","U3"],"conversation_host_id":"T1"},{"id":"D3","members":["U3","U4"]}]"#;
    let seen = imported(&[
        ("users.json", &users),
        ("channels.json", "[]"),
        ("dms.json", dms),
    ]);
    survives_as_a_world(&seen.loaded.seed);
    let team = |id| channel(&seen.loaded.seed, id).team.to_string();
    assert_eq!([team("D1"), team("D2")], ["T1", "T2"]);
    let left =
        "DMs left out, without people of the workspace or between the same as another: 1 (D3)";
    assert_eq!(told(&seen.notes).last().unwrap(), left);
}

#[test]
fn made_ids_are_the_same_for_a_workspace_and_others_for_another() {
    let made = |team| {
        let seed = read(&[person("U1", team, "")], "[]").loaded.seed;
        let bot = seed.users.last().unwrap().clone();
        (bot.id, bot.bot.map(|bot| bot.id), seed.apps[0].id)
    };
    assert_eq!(made("T1"), made("T1"));
    let (one, other) = (made("T1"), made("T2"));
    assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
    let nowhere = |id| read(&[person(id, "", "")], "[]").loaded.seed.workspaces[0].id;
    assert_eq!(nowhere("U1"), nowhere("U1"));
    assert_ne!(nowhere("U1"), nowhere("U2"));
}

/// In a shared channel a partner's people are no strangers, and one may have their organisation's id alone.
#[test]
fn partners_do_not_take_the_workspace_into_their_organisation() {
    let people = [
        person(
            "U9",
            "T9",
            r#","enterprise_id":"E9","is_primary_owner":true"#,
        ),
        person("U1", "T1", r#","is_primary_owner":true"#),
        person("U2", "T1", ""),
        person("U8", "E9", ""),
    ];
    let channels =
        r#"[{"id":"C1","name":"ops","members":["U1","U8"],"connected_team_ids":["E9"]}]"#;
    let seen = read(&people, channels);
    let seed = &seen.loaded.seed;
    let ours = &seed.workspaces[0];
    assert_eq!(
        (ours.id.to_string(), ours.enterprise),
        ("T1".to_owned(), None)
    );
    assert_eq!(user(seed, "U8").team.to_string(), "T9");
    let sides = &channel(seed, "C1").connections;
    assert_eq!(
        sides
            .iter()
            .map(|side| side.workspace.to_string())
            .collect::<Vec<_>>(),
        ["T9"]
    );
}

/// An organisation's id says nothing of which of its workspaces, where one is known.
#[test]
fn an_organisations_id_adds_no_workspace_to_one_that_is_there() {
    let people = [
        person("U1", "T1", ""),
        person("U2", "T1", ""),
        person("U5", "T5", r#","enterprise_id":"E6""#),
        person("U6", "T5", r#","enterprise_id":"E6""#),
        person("U7", "T6", r#","enterprise_id":"E6""#),
    ];
    let channels =
        r#"[{"id":"C1","name":"ops","members":["U1","U7"],"connected_team_ids":["E6"]}]"#;
    let seen = read(&people, channels);
    let sides = &channel(&seen.loaded.seed, "C1").connections;
    assert_eq!(
        sides
            .iter()
            .map(|side| side.workspace.to_string())
            .collect::<Vec<_>>(),
        ["T6"]
    );
}

/// Of removed people little is told: that others are in their workspace, too, tells whose it is.
#[test]
fn further_workspaces_are_of_the_organisation() {
    let people = [
        person(
            "W1",
            "T1",
            &format!(r#","is_owner":true{}"#, of("E1", r#""T1","T2""#)),
        ),
        person("W2", "T2", r#","deleted":true"#),
    ];
    let seen = read(&people, "[]");
    let seed = &seen.loaded.seed;
    assert!(seed.workspaces.iter().all(|one| one.enterprise.is_some()));
    assert_eq!(teams(&user(seed, "W1").teams), ["T2"]);
}

#[test]
fn a_dm_with_somebody_unknown_is_of_whoever_is_known() {
    let people = [
        person("W1", "T1", &format!(r#","is_owner":true{}"#, of("E1", ""))),
        person("W2", "T2", &of("E1", "")),
    ];
    let users = format!("[{}]", people.join(","));
    let dms = r#"[{"id":"D1","members":["W2","U0GONE"]}]"#;
    let files = [
        ("users.json", &*users),
        ("channels.json", "[]"),
        ("dms.json", dms),
    ];
    let seen = imported(&files);
    survives_as_a_world(&seen.loaded.seed);
    assert_eq!(channel(&seen.loaded.seed, "D1").team.to_string(), "T2");
}

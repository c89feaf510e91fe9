//! What becomes of channels, and what is noted of them.

use super::*;

const PEOPLE: &str = r#"[
    {"id":"U1","team_id":"T1","name":"ada","is_owner":true},
    {"id":"U2","team_id":"T1","name":"ben"},
    {"id":"U3","team_id":"T1","name":"cleo"},
    {"id":"U4","team_id":"T1","name":"dana","deleted":true}]"#;

fn read(files: &[(&str, &str)]) -> Imported {
    let people = [("users.json", PEOPLE)];
    let files = people
        .iter()
        .filter(|_| files[0].0 != "users.json")
        .chain(files);
    let seen = imported(&files.copied().collect::<Vec<_>>());
    survives_as_a_world(&seen.loaded.seed);
    seen
}

#[test]
fn a_name_and_the_flag_stay_with_a_channel_that_is_used_and_public() {
    let channels = r#"[
        {"id":"C1","name":"general","is_general":true,"is_archived":true},
        {"id":"C2","name":"general","is_general":true},
        {"id":"C3","name":"Ops"},
        {"id":"C4","name":"ops","is_archived":true},
        {"id":"C5","name":"plans","is_archived":true},
        {"id":"C6","name":"general-2","is_general":true}]"#;
    let groups = r#"[
        {"id":"G1","name":"ops","is_general":true},
        {"id":"G2","name":"plans"},
        {"id":"G3","name":"plans"}]"#;
    let seen = read(&[("channels.json", channels), ("groups.json", groups)]);
    let seed = &seen.loaded.seed;
    for (id, name, general) in [
        ("C1", "general-3", false),
        ("C2", "general", true),
        ("C3", "ops-2", false),
        ("C4", "ops-3", false),
        ("C5", "plans-2", false),
        ("C6", "general-2", false),
        ("G1", "ops", false),
        ("G2", "plans", false),
        ("G3", "plans-3", false),
    ] {
        let channel = channel(seed, id);
        assert_eq!((&*channel.name, channel.general), (name, general), "{id}");
    }
    assert_eq!(
        told(&seen.notes),
        [
            "channels given another name: 5 (C1 general → general-3, C3 Ops → ops-2, C4 ops → ops-3, C5 plans → plans-2, G3 plans → plans-3)",
            "channels that are general no more, because another is: 3 (C6, G1, C1)",
        ]
    );
    let archived = r#"[{"id":"C1","name":"general","is_general":true,"is_archived":true}]"#;
    let alone = read(&[("channels.json", archived)]);
    assert!(alone.loaded.seed.channels[0].general && alone.notes.is_empty());
}

#[test]
fn who_is_removed_is_in_dms_alone() {
    let channels = r#"[
        {"id":"C1","name":"ops","creator":"U9","members":["U1","U4","U8"]},
        {"id":"C2","name":"old","creator":"U4","members":["U4","U9"]}]"#;
    let dms = r#"[{"id":"D1","members":["U1","U4"]}]"#;
    let mpims = r#"[{"id":"G1","name":"mpdm-ada--ben--dana-1","members":["U1","U2","U4"]}]"#;
    let seen = read(&[
        ("channels.json", channels),
        ("dms.json", dms),
        ("mpims.json", mpims),
    ]);
    let seed = &seen.loaded.seed;
    assert_eq!(members(seed, "C1"), ["U1"]);
    assert_eq!(members(seed, "C2"), [""; 0]);
    assert_eq!(channel(seed, "C2").creator, user(seed, "U4").id);
    assert_eq!(members(seed, "D1"), ["U1", "U4"]);
    assert_eq!(members(seed, "G1"), ["U1", "U2", "U4"]);
    assert_eq!(
        told(&seen.notes),
        [
            "members of channels left out, because no file of people has them: 2 (U8, U9)",
            "members of channels left out, because they are removed: 1 (U4)",
            "people made, as removed, because something speaks of them: 1 (U9)",
        ]
    );
}

#[test]
fn flags_are_kept_where_a_world_has_them_and_told_where_not() {
    let channels = r#"[
        {"id":"C1","name":"news","is_read_only":true,"is_org_mandatory":true,"properties":{"posting_restricted_to":{"type":["admin"]}}},
        {"id":"C2","name":"few","members":["U1"],"properties":{"posting_restricted_to":{"type":["admin"]},"canvas":{}},"is_frozen":true},
        {"id":"C3","name":"far","members":["U1","U5"],"conversation_host_id":"T5","connected_team_ids":["T5","T6"],"shared_team_ids":["T1","T5"]},
        {"id":"C4","name":"soon","conversation_host_id":"T1","pending_shared":["T7"],"pending_connected_team_ids":["T7"],"properties":{"posting_restricted_to":[]}},
        {"id":"C5","name":"odd","is_thread_only":true,"is_org_default":true}]"#;
    let users = r#"[{"id":"U1","team_id":"T1","name":"ada"},{"id":"U5","team_id":"T5","name":"gil","is_stranger":true}]"#;
    let seen = read(&[("users.json", users), ("channels.json", channels)]);
    let seed = &seen.loaded.seed;
    let flags = |id| (channel(seed, id).read_only, channel(seed, id).mandatory);
    assert_eq!([flags("C1"), flags("C2")], [(true, true), (false, false)]);
    assert_eq!(channel(seed, "C3").connections.len(), 1);
    assert_eq!(
        told(&seen.notes),
        [
            "workspaces made for people of other organisations: 1 (T5)",
            "channels that another organisation hosts, taken over as this one's own: 1 (C3 of T5)",
            "connections of channels left out, because nobody of the other side is known: 1 (C3 with T6)",
            "invitations of channels left out that were not answered yet: 1 (C4 for T7)",
            "channels that were frozen, and are not: 1 (C2)",
            "channels in which few may post, and now everybody: 1 (C2)",
            "channels in which only replies may be written, and now anything: 1 (C5)",
            "channels that newcomers to the organisation are put into, and now are not: 1 (C5)",
        ]
    );
}

#[test]
fn an_entry_says_what_it_is_whatever_file_it_is_in() {
    let channels = r#"[
        {"id":"C1","name":"salaries","is_private":true,"members":["U1"]},
        {"id":"C2","name":"mpdm-ada--ben-1","is_private":true,"is_mpim":true,"members":["U1","U2"]}]"#;
    let groups = r#"[{"id":"G1","name":"ops","is_private":false},
        {"id":"G2","name":"mpdm-ada--cleo-1","members":["U1","U3"]}]"#;
    let mpims = r#"[{"id":"G2","name":"mpdm-ada--cleo-1","members":["U1","U3"]}]"#;
    let seen = read(&[
        ("channels.json", channels),
        ("groups.json", groups),
        ("mpims.json", mpims),
    ]);
    let kind = |id| channel(&seen.loaded.seed, id).kind;
    assert_eq!(
        [kind("C1"), kind("C2"), kind("G1"), kind("G2")],
        [
            ChannelKind::Private,
            ChannelKind::Mpim,
            ChannelKind::Private,
            ChannelKind::Mpim
        ]
    );
    let twice = "conversations that are in two files, taken as the first has them: 1 (G2)";
    assert_eq!(told(&seen.notes), [twice]);
}

#[test]
fn a_note_names_the_first_or_all() {
    let ids: Vec<String> = (0..25).map(|i| format!("\"UX{i}\"")).collect();
    let channels = format!(
        r#"[{{"id":"C1","name":"ops","members":[{}]}}]"#,
        ids.join(",")
    );
    let seen = read(&[("channels.json", &channels)]);
    let (short, full) = (seen.notes[0].to_string(), seen.notes[0].in_full());
    assert!(
        short.ends_with(": 25 (UX0, UX1, UX2, UX3, UX4, UX5, UX6, UX7, UX8, UX9 and 15 more)"),
        "{short}"
    );
    assert!(full.ends_with(", UX23, UX24)"), "{full}");
    assert_eq!(super::super::Note::new("so".to_owned()).in_full(), "so");
}

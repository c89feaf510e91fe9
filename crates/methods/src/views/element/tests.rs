//! What elements take, and what they come to.

use super::*;

fn block(element: &Value) -> Value {
    json!([{"type": "input", "block_id": "b", "element": element}])
}

fn chosen(element: &Value, given: Value) -> Result<Value, String> {
    choose(element, &given).map(|chosen| chosen.value)
}

#[test]
fn an_empty_text_chooses_nothing() {
    for kind in KINDS.iter().filter(|kind| stays_of(kind.name)) {
        let element = json!({"type": kind.name, "action_id": "a", "min_length": 3});
        let none = if kind.many { json!([]) } else { Value::Null };
        assert_eq!(chosen(&element, json!("")), Ok(none), "{}", kind.name);
    }
    let element = json!({"type": "plain_text_input", "min_length": 3, "initial_value": ""});
    assert!(chosen(&element, json!("ab")).is_err());
    assert_eq!(initially(&element), Some(("value", Value::Null)));
}

fn stays_of(kind: &str) -> bool {
    stays(&json!(kind)) && kind != "file_input"
}

#[test]
fn a_number_is_written_with_digits() {
    let element = json!({"type": "number_input", "is_decimal_allowed": true, "max_value": "90"});
    for good in ["0", "-1", "1.50", "90", "007"] {
        assert_eq!(chosen(&element, json!(good)), Ok(json!(good)));
    }
    for bad in [
        "1e0", "+1", "1.", ".5", "-", "inf", "NaN", " 1", "0x1", "90.1", "1.2.3",
    ] {
        assert!(chosen(&element, json!(bad)).is_err(), "{bad}");
    }
    let whole = json!({"type": "number_input"});
    assert!(chosen(&whole, json!("1.5")).is_err());
}

#[test]
fn what_its_app_would_offer_is_given_whole() {
    let option = json!({"text": {"type": "plain_text", "text": "Sol"}, "value": "U0SOL"});
    let short = json!({"text": "Sol", "value": "U0SOL"});
    let one = json!({"type": "external_select"});
    let many = json!({"type": "multi_external_select", "max_selected_items": 1});
    for given in [&option, &short, &json!(short.to_string())] {
        assert_eq!(chosen(&one, given.clone()), Ok(option.clone()));
        assert_eq!(chosen(&many, given.clone()), Ok(json!([option])));
    }
    for bad in [
        json!("U0SOL"),
        json!({"text": "Sol"}),
        json!({"text": {}, "value": "x"}),
        json!(7),
    ] {
        assert!(chosen(&one, bad.clone()).is_err(), "{bad}");
    }
    assert!(chosen(&many, json!([short, {"text": "Ben", "value": "U0BEN"}])).is_err());
}

#[test]
fn what_cannot_be_filled_in_says_so() {
    let why = |kind: &str| format!("it is a `{kind}`, which cannot be filled in here");
    for kind in ["file_input", "select"] {
        let element = json!({"type": kind, "action_id": "x"});
        let blocks = block(&element);
        let found = find(&elements(&blocks), "x", None).unwrap();
        assert_eq!(chosen(found.element, json!("a")), Err(why(kind)));
        assert_eq!(
            found.called(),
            format!("`x` is a `{kind}`, which cannot be filled in here")
        );
    }
    let files = initially(&json!({"type": "file_input"}));
    assert_eq!(files, Some(("files", json!([]))));
}

#[test]
fn what_is_pressed_holds_nothing() {
    for kind in ["button", "workflow_button", "overflow"] {
        assert_eq!(initially(&json!({"type": kind})), None, "{kind}");
        assert!(!stays(&json!(kind)));
    }
}

#[test]
fn an_action_that_a_block_has_twice_cannot_be_told_apart() {
    let button = json!({"type": "button", "action_id": "a"});
    let blocks = json!([{"type": "actions", "block_id": "b", "elements": [button, button]}]);
    let all = elements(&blocks);
    let why = |block| find(&all, "a", block).unwrap_err();
    assert!(why(None).ends_with("name the block, too"));
    assert!(why(Some("b")).ends_with("nothing tells them apart"));
}

#[test]
fn a_menu_begins_with_the_conversation_if_it_asks_for_that() {
    let channel: ChannelId = "C0WELCOME".parse().unwrap();
    let menu = |kind: &str, more: Value| {
        let mut element = json!({"type": kind, "default_to_current_conversation": true});
        for (key, value) in more.as_object().unwrap() {
            element[key] = value.clone();
        }
        current(&element, channel)
    };
    let one = Some(("selected_conversation", json!("C0WELCOME")));
    assert_eq!(menu("conversations_select", json!({})), one);
    let many = Some(("selected_conversations", json!(["C0WELCOME"])));
    assert_eq!(menu("multi_conversations_select", json!({})), many);
    for (kind, more) in [
        (
            "conversations_select",
            json!({"initial_conversation": "C0OPS"}),
        ),
        (
            "conversations_select",
            json!({"default_to_current_conversation": false}),
        ),
        ("channels_select", json!({})),
    ] {
        assert_eq!(menu(kind, more), None, "{kind}");
    }
}

#[test]
fn what_has_no_id_is_given_one_and_the_same_each_time() {
    let given = json!([
        {"type": "divider"},
        {"type": "divider", "block_id": "line"},
        {"type": "actions", "block_id": "", "elements": [
            {"type": "button"}, {"type": "button", "action_id": "go"}, {"type": "button", "action_id": ""}]},
        {"type": "section", "block_id": "s", "accessory": {"type": "image"}},
        {"type": "section", "block_id": "t", "accessory": {"type": "overflow"}},
        {"type": "rich_text", "block_id": "r", "elements": [{"type": "rich_text_section"}]},
    ])
    .to_string();
    let blocks: Value = serde_json::from_str(&named(&given)).unwrap();
    let made = |path: &str| {
        let id = blocks.pointer(path).and_then(Value::as_str);
        let id = id.unwrap_or_else(|| panic!("{path}: {blocks}"));
        assert_eq!(id.len(), 5, "{path}: {blocks}");
        id
    };
    let ids = [
        "/0/block_id",
        "/2/block_id",
        "/2/elements/0/action_id",
        "/2/elements/2/action_id",
        "/4/accessory/action_id",
    ]
    .map(made);
    for (i, id) in ids.iter().enumerate() {
        assert!(!ids[..i].contains(id), "{ids:?}");
    }
    for (path, kept) in [
        ("/1/block_id", Some("line")),
        ("/2/elements/1/action_id", Some("go")),
        ("/3/accessory/action_id", None),
        ("/5/elements/0/action_id", None),
    ] {
        let id = blocks.pointer(path).and_then(Value::as_str);
        assert_eq!(id, kept, "{path}");
    }
    assert_eq!(named(&given), blocks.to_string());
    // With all of them it stays as it is; other content has other ids.
    assert_eq!(named(&blocks.to_string()), blocks.to_string());
    let other = named(&given.replace("\"go\"", "\"stop\""));
    let other: Value = serde_json::from_str(&other).unwrap();
    assert_ne!(other[0]["block_id"], blocks[0]["block_id"]);
}

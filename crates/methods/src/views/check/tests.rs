//! What a view may be, and how it is told what is wrong with one.

use super::view;
use serde_json::{Value, json};

fn text(words: &str) -> Value {
    json!({"type": "plain_text", "text": words})
}

fn mrkdwn(words: &str) -> Value {
    json!({"type": "mrkdwn", "text": words})
}

fn options(count: usize) -> Value {
    let option = |i| json!({"text": text("Sol"), "value": format!("{i}")});
    (0..count).map(option).collect()
}

/// The faults of a view, as they are told.
fn faults(given: &Value) -> Vec<String> {
    view(given).iter().map(ToString::to_string).collect()
}

fn modal(blocks: Value) -> Value {
    json!({"type": "modal", "title": text("Guests"), "submit": text("Invite"), "blocks": blocks})
}

/// The faults of a modal with this block alone, told from the block on.
fn of_block(block: &Value) -> Vec<String> {
    let told = faults(&modal(json!([block])));
    told.iter()
        .map(|fault| fault.replace("json-pointer:/view/blocks/0", ""))
        .collect()
}

#[test]
fn a_view_says_what_is_wrong_with_it_and_where() {
    type Change = fn(&mut Value);
    let rows: &[(Change, &str)] = &[
        (
            |v| v["type"] = Value::Null,
            "missing required field: type [json-pointer:/view]",
        ),
        (
            |v| v["type"] = json!("window"),
            "must be `modal` [json-pointer:/view/type]",
        ),
        (
            |v| v["title"] = Value::Null,
            "missing required field: title [json-pointer:/view]",
        ),
        (
            |v| v["title"] = json!("Guests"),
            "must be an object [json-pointer:/view/title]",
        ),
        (
            |v| v["title"] = text(""),
            "must be more than 0 characters [json-pointer:/view/title/text]",
        ),
        (
            |v| v["title"] = text(&"é".repeat(25)),
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (
            |v| v["close"] = mrkdwn("x"),
            "unsupported type: mrkdwn [json-pointer:/view/close/type]",
        ),
        (
            |v| v["submit"] = Value::Null,
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
        ),
        (
            |v| v["submit_disabled"] = json!(true),
            "invalid additional property: submit_disabled [json-pointer:/view]",
        ),
        (
            |v| v["blocks"] = Value::Null,
            "missing required field: blocks [json-pointer:/view]",
        ),
        (
            |v| v["blocks"] = json!({}),
            "must be an array [json-pointer:/view/blocks]",
        ),
        (
            |v| v["blocks"] = vec![json!({"type": "divider"}); 101].into(),
            "no more than 100 items allowed [json-pointer:/view/blocks]",
        ),
        (
            |v| v["blocks"] = json!([7]),
            "must be an object [json-pointer:/view/blocks/0]",
        ),
        (
            |v| v["blocks"] = json!([v["blocks"][0], v["blocks"][0]]),
            "`block_id` \"who\" already exists [json-pointer:/view/blocks/1/block_id]",
        ),
        (
            |v| v["private_metadata"] = json!("x".repeat(3001)),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            |v| v["callback_id"] = json!(7),
            "must be a string [json-pointer:/view/callback_id]",
        ),
        (
            |v| v["notify_on_close"] = json!("yes"),
            "must be a boolean [json-pointer:/view/notify_on_close]",
        ),
    ];
    for (change, fault) in rows {
        let mut view = modal(
            json!([{"type": "input", "block_id": "who", "label": text("Who"),
            "element": {"type": "users_select", "action_id": "guest"}}]),
        );
        assert_eq!(faults(&view), [""; 0]);
        change(&mut view);
        assert_eq!(faults(&view), [*fault]);
    }
    // Each is told, up to a number.
    let many = faults(&modal(vec![json!({"type": "zzz"}); 100].into()));
    assert_eq!(
        many[19],
        "unsupported type: zzz [json-pointer:/view/blocks/19/type]"
    );
    assert_eq!(many.len(), 20);
}

#[test]
fn a_block_says_what_is_wrong_with_it_and_where() {
    let long = |count| "x".repeat(count);
    let button = json!({"type": "button", "action_id": "a", "text": text("A")});
    for (block, fault) in [
        (json!({}), "missing required field: type []"),
        (json!({"type": 7}), "must be a string [/type]"),
        (json!({"type": "zzz"}), "unsupported type: zzz [/type]"),
        // Those are for messages.
        (
            json!({"type": "carousel"}),
            "unsupported type: carousel [/type]",
        ),
        (
            json!({"type": "divider", "block_id": long(256)}),
            "must be less than 256 characters [/block_id]",
        ),
        (
            json!({"type": "section"}),
            "must define either `text` or `fields` [/type]",
        ),
        (
            json!({"type": "section", "fields": []}),
            "must define either `text` or `fields` [/type]",
        ),
        (
            json!({"type": "section", "text": mrkdwn(&long(3001))}),
            "must be less than 3001 characters [/text/text]",
        ),
        (
            json!({"type": "section", "text": mrkdwn("")}),
            "must be more than 0 characters [/text/text]",
        ),
        (
            json!({"type": "section", "text": {"type": "markdown", "text": "a"}}),
            "unsupported type: markdown [/text/type]",
        ),
        (
            json!({"type": "section", "text": {"type": "mrkdwn"}}),
            "missing required field: text [/text]",
        ),
        (
            json!({"type": "section", "text": {"type": "mrkdwn", "text": 7}}),
            "must be a string [/text/text]",
        ),
        (
            json!({"type": "section", "fields": vec![text("a"); 11]}),
            "no more than 10 items allowed [/fields]",
        ),
        (
            json!({"type": "section", "fields": [text("a"), mrkdwn(&long(2001))]}),
            "must be less than 2001 characters [/fields/1/text]",
        ),
        (
            json!({"type": "section", "text": text("a"), "accessory": {}}),
            "missing required field: type [/accessory]",
        ),
        (
            json!({"type": "section", "text": text("a"), "accessory": {"type": "plain_text_input"}}),
            "unsupported type: plain_text_input [/accessory/type]",
        ),
        (
            json!({"type": "section", "text": text("a"), "accessory": {"type": "image", "image_url": "https://acme.test/a.png"}}),
            "missing required field: alt_text [/accessory]",
        ),
        (
            json!({"type": "actions"}),
            "missing required field: elements []",
        ),
        (
            json!({"type": "actions", "elements": []}),
            "must provide at least 1 items [/elements]",
        ),
        (
            json!({"type": "actions", "elements": vec![button.clone(); 26]}),
            "no more than 25 items allowed [/elements]",
        ),
        (
            json!({"type": "actions", "elements": [button, button]}),
            "`action_id` \"a\" already exists [/elements/1/action_id]",
        ),
        (
            json!({"type": "actions", "elements": [{"type": "image", "image_url": "a", "alt_text": "a"}]}),
            "unsupported type: image [/elements/0/type]",
        ),
        (
            json!({"type": "context", "elements": vec![text("a"); 11]}),
            "no more than 10 items allowed [/elements]",
        ),
        (
            json!({"type": "context", "elements": [button]}),
            "unsupported type: button [/elements/0/type]",
        ),
        (
            json!({"type": "header", "text": mrkdwn("a")}),
            "unsupported type: mrkdwn [/text/type]",
        ),
        (
            json!({"type": "header", "text": text(&long(151))}),
            "must be less than 151 characters [/text/text]",
        ),
        (
            json!({"type": "image", "alt_text": "a"}),
            "missing required field: image_url []",
        ),
        (
            json!({"type": "image", "alt_text": long(2001), "slack_file": {"id": "F0"}}),
            "must be less than 2001 characters [/alt_text]",
        ),
        (
            json!({"type": "input", "label": text("Who")}),
            "missing required field: element []",
        ),
        (
            json!({"type": "input", "element": {"type": "users_select"}}),
            "missing required field: label []",
        ),
        (
            json!({"type": "input", "label": mrkdwn("Who"), "element": {"type": "users_select"}}),
            "unsupported type: mrkdwn [/label/type]",
        ),
        (
            json!({"type": "input", "label": text("Who"), "hint": text(&long(2001)), "element": {"type": "users_select"}}),
            "must be less than 2001 characters [/hint/text]",
        ),
        (
            json!({"type": "markdown", "text": long(12_001)}),
            "must be less than 12001 characters [/text]",
        ),
        (
            json!({"type": "video", "alt_text": "a", "title": text("a"), "thumbnail_url": "a"}),
            "missing required field: video_url []",
        ),
    ] {
        assert_eq!(of_block(&block), [fault], "{block}");
    }
}

#[test]
fn an_element_says_what_is_wrong_with_it_and_where() {
    let long = |count| "x".repeat(count);
    let with = |kind: &str, key: &str, value: Value| {
        let mut element = json!({"type": kind});
        if kind == "button" {
            element["text"] = text("A");
        }
        element[key] = value;
        element
    };
    let confirm = json!({"text": mrkdwn("Sure?"), "deny": text(&long(31))});
    let actions = |element: &Value| json!({"type": "actions", "elements": [element]});
    let input =
        |element: &Value| json!({"type": "input", "label": text("Who"), "element": element});
    for (element, fault) in [
        (json!({"type": "button"}), "missing required field: text []"),
        (
            with("button", "text", mrkdwn("a")),
            "unsupported type: mrkdwn [/text/type]",
        ),
        (
            with("button", "text", text(&long(76))),
            "must be less than 76 characters [/text/text]",
        ),
        (
            with("button", "value", json!(long(2001))),
            "must be less than 2001 characters [/value]",
        ),
        (
            with("button", "url", json!(long(3001))),
            "must be less than 3001 characters [/url]",
        ),
        (
            with("button", "style", json!("blue")),
            "must be `primary` or `danger` [/style]",
        ),
        (
            with("button", "action_id", json!(long(256))),
            "must be less than 256 characters [/action_id]",
        ),
        (
            with("button", "confirm", confirm),
            "must be less than 31 characters [/confirm/deny/text]",
        ),
        (
            json!({"type": "overflow"}),
            "missing required field: options []",
        ),
        (
            with("overflow", "options", options(6)),
            "no more than 5 items allowed [/options]",
        ),
        (
            with("users_select", "placeholder", text(&long(151))),
            "must be less than 151 characters [/placeholder/text]",
        ),
        (
            json!({"type": "plain_text_input"}),
            "unsupported type: plain_text_input [/type]",
        ),
    ] {
        let told = of_block(&actions(&element));
        let told: Vec<_> = told
            .iter()
            .map(|told| told.replace("/elements/0", ""))
            .collect();
        assert_eq!(told, [fault], "{element}");
    }
    let option = |text: Value, value: Value| json!([{"text": text, "value": value}]);
    for (element, fault) in [
        (
            json!({"type": "select"}),
            "unsupported type: select [/element/type]",
        ),
        (
            with("button", "value", json!("a")),
            "unsupported type: button [/element/type]",
        ),
        (
            json!({"type": "static_select"}),
            "missing required field: options [/element]",
        ),
        (
            with("static_select", "options", json!([])),
            "must provide at least 1 items [/element/options]",
        ),
        (
            with("static_select", "options", options(101)),
            "no more than 100 items allowed [/element/options]",
        ),
        (
            with("multi_static_select", "options", options(101)),
            "no more than 100 items allowed [/element/options]",
        ),
        (
            with(
                "static_select",
                "option_groups",
                json!([{"label": text("A")}]),
            ),
            "missing required field: options [/element/option_groups/0]",
        ),
        (
            with("radio_buttons", "options", options(11)),
            "no more than 10 items allowed [/element/options]",
        ),
        (
            with("checkboxes", "options", options(11)),
            "no more than 10 items allowed [/element/options]",
        ),
        (
            with(
                "static_select",
                "options",
                option(text(&long(76)), json!("a")),
            ),
            "must be less than 76 characters [/element/options/0/text/text]",
        ),
        (
            with("static_select", "options", option(mrkdwn("a"), json!("a"))),
            "unsupported type: mrkdwn [/element/options/0/text/type]",
        ),
        (
            with(
                "static_select",
                "options",
                option(text("a"), json!(long(151))),
            ),
            "must be less than 151 characters [/element/options/0/value]",
        ),
        (
            with("static_select", "options", option(text("a"), Value::Null)),
            "missing required field: value [/element/options/0]",
        ),
        (
            with("plain_text_input", "max_length", json!(0)),
            "must be a whole number from 1 to 3000 [/element/max_length]",
        ),
        (
            with("plain_text_input", "min_length", json!(3001)),
            "must be a whole number from 0 to 3000 [/element/min_length]",
        ),
        (
            with("file_input", "max_files", json!(11)),
            "must be a whole number from 1 to 10 [/element/max_files]",
        ),
        (
            with("multi_users_select", "max_selected_items", json!(0)),
            "must be a whole number, 1 or more [/element/max_selected_items]",
        ),
        (
            with("number_input", "placeholder", mrkdwn("a")),
            "unsupported type: mrkdwn [/element/placeholder/type]",
        ),
    ] {
        assert_eq!(of_block(&input(&element)), [fault], "{element}");
    }
}

#[test]
fn what_is_at_a_limit_or_not_spoken_of_passes() {
    let long = |count| "x".repeat(count);
    let picture = json!({"type": "image", "image_url": "https://acme.test/a.png", "alt_text": "a"});
    let button = |i: usize| {
        json!({"type": "button", "action_id": format!("{i}"), "text": text(&long(75)), "style": "danger",
            "value": long(2000), "url": long(3000), "confirm": {"title": text("A"), "text": mrkdwn("B")}})
    };
    let buttons: Value = (0..25).map(button).collect();
    let input = |element: Value| json!({"type": "input", "label": text("Who"), "hint": null, "element": element});
    let grouped = json!([{"label": text("A"), "options": options(100)}]);
    let plain = json!([{"text": text(&long(75)), "value": long(150), "description": text("a")}]);
    let marked = json!([{"text": mrkdwn("*a*"), "value": "a", "description": mrkdwn("_a_")}]);
    for block in [
        json!({"type": "divider", "mine": 7}),
        json!({"type": "actions", "elements": buttons}),
        json!({"type": "actions", "elements": [{"type": "rich_text_input"}, {"type": "button", "text": text("A"), "action_id": ""},
            {"type": "datetimepicker", "placeholder": 7}, {"type": "overflow", "options": options(1)}]}),
        json!({"type": "context", "elements": [picture, text("a"), mrkdwn("b")]}),
        json!({"type": "header", "text": text(&long(150)), "block_id": long(255)}),
        json!({"type": "image", "alt_text": long(2000), "slack_file": {"id": "F0"}, "title": text("a")}),
        json!({"type": "rich_text", "elements": [{"type": "whatever"}]}),
        json!({"type": "section", "text": mrkdwn(&long(3000)), "accessory": picture, "fields": []}),
        json!({"type": "section", "fields": vec![mrkdwn(""); 10]}),
        json!({"type": "video", "alt_text": "a", "title": text("a"), "thumbnail_url": "a", "video_url": "a"}),
        json!({"type": "table"}),
        input(json!({"type": "static_select", "options": plain})),
        input(json!({"type": "static_select", "option_groups": grouped})),
        input(json!({"type": "multi_static_select", "options": options(100), "option_groups": []})),
        input(json!({"type": "radio_buttons", "options": marked})),
        input(json!({"type": "checkboxes", "options": options(10)})),
        input(
            json!({"type": "plain_text_input", "min_length": 0, "max_length": 3000, "placeholder": text(&long(150))}),
        ),
        input(json!({"type": "number_input"})),
        input(json!({"type": "file_input", "max_files": 10})),
    ] {
        assert_eq!(of_block(&block), [""; 0], "{block}");
    }
    // Names that are empty are none, and made.
    let unnamed = json!({"type": "divider", "block_id": ""});
    let mut view = modal(json!([unnamed, unnamed]));
    view["state"] = Value::Null;
    assert_eq!(faults(&view), [""; 0]);
}

/// What a view may have, and what people can do something with, are the same.
#[cfg(feature = "server")]
#[test]
fn each_element_is_somewhere_and_something_is_done_with_it() {
    let complete = |kind: &str| {
        let (name, options) = (text("A"), options(1));
        json!({"type": kind, "text": name, "options": options, "image_url": "a", "alt_text": "a"})
    };
    let places = |kind: &str| {
        let element = complete(kind);
        [
            json!({"type": "actions", "elements": [element]}),
            json!({"type": "section", "text": text("A"), "accessory": element}),
            json!({"type": "input", "label": text("A"), "element": element}),
        ]
        .map(|block| of_block(&block).is_empty())
    };
    for kind in super::elements::all() {
        assert_ne!(places(kind), [false; 3], "{kind}");
        let is_known = crate::views::element::is_known(&json!({"type": kind}));
        assert_eq!(is_known, kind != "image", "{kind}");
    }
    for kind in crate::views::element::names() {
        assert_ne!(places(kind), [false; 3], "{kind}");
    }
    assert_eq!(places("button"), [true, true, false]);
    assert_eq!(places("plain_text_input"), [false, false, true]);
    assert_eq!(places("users_select"), [true; 3]);
}

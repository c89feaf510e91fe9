use super::*;
use serde_json::json;

/// A request id that ends in these characters.
fn id(end: &str) -> String {
    format!("{end:0>32}")
}

fn call(end: &str, arguments: Arguments) -> Call {
    Call {
        id: RequestId::from_text(&id(end)),
        at: Timestamp::default(),
        from: [127, 0, 0, 1].into(),
        method: "conversations.invite".into(),
        entry: guestlist_methods::find("conversations.invite"),
        endpoint: None,
        owner: None,
        caller: None,
        arguments,
        left_out: None,
        status: 200,
        answered: Answered::Good,
    }
}

#[test]
fn the_newest_calls_are_held_within_bounds() {
    let recent = Recent::new(64 << 10);
    for n in 0..10_000 {
        let users = "U0BEN,".repeat(n % 100);
        let arguments = Arguments::from_iter([("users", json!(users))]);
        recent.keep(call(&n.to_string(), arguments));
        let (_, bytes) = recent.held();
        assert!(bytes <= 64 << 10, "{bytes}");
    }
    let (calls, _) = recent.held();
    assert!((30..1_000).contains(&calls), "{calls}");
    assert!(recent.find(&id("9999")).is_some());
    assert!(recent.find(&id(&(10_000 - calls).to_string())).is_some());
    assert!(recent.find(&id(&(9_999 - calls).to_string())).is_none());
}

#[test]
fn large_arguments_are_not_held_and_no_room_holds_nothing() {
    let large = || Arguments::from_iter([("text", json!("x".repeat(LARGE)))]);
    let recent = Recent::new(1 << 20);
    recent.keep(call("large", large()));
    assert!(
        recent
            .find(&id("large"))
            .is_some_and(|call| call.left_out.is_some())
    );
    let none = Recent::new(0);
    assert!(!none.is_on());
    none.keep(call("one", Arguments::default()));
    assert_eq!(none.held(), (0, 0));
}

#[test]
fn secrets_are_not_held() {
    let recent = Recent::new(1 << 20);
    for secret in SECRET {
        recent.keep(call(
            secret,
            Arguments::from_iter([("client_id", "1.2"), (secret, "s3cret")]),
        ));
        let held = recent.find(&id(secret)).unwrap();
        assert!(held.arguments.is_empty() && held.left_out.is_some());
    }
}

#[test]
fn arguments_are_told_as_they_were_given() {
    let recent = Recent::new(1 << 20);
    let given = [
        ("users", json!("U0BEN,U0ÉVE")),
        ("users", json!(["U0BEN", 1, 1.5, null, {"a": "\u{0}\""}])),
        ("force", json!(true)),
    ];
    recent.keep(call("given", Arguments::from_iter(given.clone())));
    let held = recent.find(&id("given")).unwrap();
    let told: Vec<_> = held.arguments.iter().collect();
    assert_eq!(told.len(), 3);
    for ((name, value), (told_name, told_value)) in given.iter().zip(told) {
        assert_eq!((*name, value), (told_name, told_value));
    }
}

#[test]
fn arguments_as_deep_as_a_body_can_hold_are_told_and_deeper_ones_missed_aloud() {
    for (depth, is_told) in [(126, true), (127, true), (200, false)] {
        let deep = (0..depth).fold(json!(1), |inner, _| json!([inner]));
        let recent = Recent::new(1 << 20);
        recent.keep(call(
            "deep",
            Arguments::from_iter([("users", deep.clone())]),
        ));
        let held = recent.find(&id("deep")).unwrap();
        let told = held.arguments.get("users").cloned();
        assert_eq!(told, is_told.then_some(deep));
        assert_eq!(held.left_out.is_none(), is_told);
    }
}

/// What is kept of a call beside its arguments comes back with it, also once runs were reused.
#[test]
fn a_call_is_found_as_it_was_among_many() {
    let recent = Recent::new(32 << 10);
    for n in 0..2_000 {
        let mut kept = call(&n.to_string(), Arguments::from_iter([("n", json!(n))]));
        if n % 3 == 0 {
            (kept.method, kept.entry) = (format!("no.such{n}").into(), None);
            kept.answered = Answered::Refused {
                code: "unknown_method".into(),
                check: None,
                messages: vec![n.to_string()],
                errors: Some(json!([n])),
                needed: None,
            };
        }
        recent.keep(kept);
        let found = recent.find(&id(&n.to_string())).unwrap();
        assert_eq!(found.arguments.get("n"), Some(&json!(n)));
        let method = match n % 3 {
            0 => format!("no.such{n}"),
            _ => "conversations.invite".to_owned(),
        };
        assert_eq!(found.method, method);
        let told = match found.answered {
            Answered::Good => None,
            Answered::Refused {
                messages, errors, ..
            } => Some((messages, errors)),
        };
        let expected = (n % 3 == 0).then(|| (vec![n.to_string()], Some(json!([n]))));
        assert_eq!(told, expected);
    }
}

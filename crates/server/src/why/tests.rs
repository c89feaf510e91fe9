use super::*;
use serde_json::json;

fn call(id: &str, arguments: Arguments) -> Call {
    Call {
        id: id.into(),
        at: Timestamp::default(),
        from: [127, 0, 0, 1].into(),
        method: "conversations.invite".into(),
        entry: guestlist_methods::find("conversations.invite"),
        owner: None,
        caller: None,
        arguments,
        left_out: None,
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
    assert!(recent.find("9999").is_some());
    assert!(recent.find(&(10_000 - calls).to_string()).is_some());
    assert!(recent.find(&(9_999 - calls).to_string()).is_none());
}

#[test]
fn large_arguments_are_not_held_and_no_room_holds_nothing() {
    let large = || Arguments::from_iter([("text", json!("x".repeat(LARGE)))]);
    let recent = Recent::new(1 << 20);
    recent.keep(call("large", large()));
    assert!(
        recent
            .find("large")
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
        let held = recent.find(secret).unwrap();
        assert!(held.arguments.is_empty() && held.left_out.is_some());
    }
}

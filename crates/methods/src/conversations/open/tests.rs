use super::Open;
use crate::{
    fixture::{Scene, id, user},
    seen::saw,
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, ChannelId, ChannelKind, UserId, workspace::Barrier};
use serde_json::json;

mod outside;

fn bar(trial: &mut Trial, a: &str, b: &str) {
    trial.seed.workspaces[0].barriers.push(Barrier {
        from: [id(a)].into(),
        to: [id(b)].into(),
    });
}

fn close(trial: &mut Trial, channel: &str) {
    for (_, _, _, place) in trial
        .seed
        .members
        .iter_mut()
        .filter(|member| member.1 == id::<ChannelId>(channel))
    {
        place.closed = true;
    }
}

#[test]
fn refusals() {
    refuses::<Open>(vec![
        ("users_list_not_supplied", "U0BOB", json!({}), |_| {}),
        (
            "users_list_not_supplied",
            "U0BOB",
            json!({"users": null, "channel": ""}),
            |_| {},
        ),
        ("not_enough_users", "U0BOB", json!({"users": ""}), |_| {}),
        (
            "not_enough_users",
            "U0GREET",
            json!({"users": "U0GREET"}),
            |_| {},
        ),
        (
            "too_many_users",
            "U0BOB",
            json!({"users": "U1,U2,U3,U4,U5,U6,U7,U8,U9"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0BOB",
            json!({"users": "U0ADA", "return_im": "perhaps"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "D0NOWHERE", "users": "U0ADA"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0MIA",
            json!({"channel": "D0ADABOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"users": "U0MIA", "prevent_creation": true}),
            |_| {},
        ),
        (
            "method_not_supported_for_channel_type",
            "U0BOB",
            json!({"channel": "C0GENERAL"}),
            |_| {},
        ),
        ("missing_scope", "U0BOB", json!({"users": "U0ADA"}), |t| {
            t.scopes(&["mpim:write"])
        }),
        (
            "missing_scope",
            "U0BOB",
            json!({"users": "U0ADA,U0MIA"}),
            |t| t.scopes(&["im:write"]),
        ),
        (
            "missing_scope",
            "U0BOB",
            json!({"channel": "D0ADABOB"}),
            |t| t.scopes(&["mpim:write"]),
        ),
        ("user_not_found", "U0BOB", json!({"users": "ada"}), |_| {}),
        (
            "user_not_found",
            "U0BOB",
            json!({"users": "U0ADA,U0NOBODY"}),
            |_| {},
        ),
        ("user_not_found", "U0BOB", json!({"users": "U0GUS"}), |_| {}),
        ("user_not_found", "U0ADA", json!({"users": "U0XEN"}), |_| {}),
        (
            "user_not_found",
            "U0ADA",
            json!({"users": "U0GUS,U0GIL"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0BOB",
            json!({"users": "U0ADA,USLACKBOT"}),
            |_| {},
        ),
        ("user_disabled", "U0BOB", json!({"users": "U0OLD"}), |_| {}),
        (
            "user_not_visible",
            "U0BOB",
            json!({"users": "U0WES"}),
            |_| {},
        ),
        (
            "user_not_visible",
            "U0BOB",
            json!({"users": "U0ADA"}),
            |t| bar(t, "U0ADA", "U0BOB"),
        ),
        (
            "invalid_user_combination",
            "U0BOB",
            json!({"users": "U0ADA,U0MIA"}),
            |t| bar(t, "U0ADA", "U0MIA"),
        ),
        // Ada is in a channel with each of them, and they are in none together.
        (
            "invalid_user_combination",
            "U0ADA",
            json!({"users": "U0GUS,U0GIL"}),
            outside::meet_gil,
        ),
    ]);
}

#[test]
fn a_dm_is_made() {
    for (user, other, parties) in [
        ("U0BOB", "U0MIA", vec!["U0BOB", "U0MIA"]),
        ("U0GREET", "U0ADA", vec!["U0ADA", "U0GREET"]),
        ("U0BOB", "U0BOB", vec!["U0BOB"]),
        ("U0BOB", "USLACKBOT", vec!["U0BOB", "USLACKBOT"]),
        // The caller among two is a DM all the same.
        ("U0BOB", "U0BOB,U0MIA", vec!["U0BOB", "U0MIA"]),
    ] {
        let trial = Trial::of(user);
        let done = trial.done::<Open>(json!({"users": other}));
        let [Change::Created { channel }, joined @ ..] = &done.changes[..] else {
            panic!("{:?}", done.changes)
        };
        let mut parties: Vec<UserId> = parties.into_iter().map(id).collect();
        parties.sort();
        assert_eq!(
            (channel.kind, channel.id.letter(), channel.name.as_str()),
            (ChannelKind::Im, 'D', "")
        );
        assert_eq!(channel.parties, parties);
        let joined: Vec<_> = joined
            .iter()
            .map(|change| match change {
                Change::Joined {
                    channel: c,
                    user,
                    inviter: None,
                    ..
                } if *c == channel.id => *user,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(joined, parties);
        assert_eq!(done.reply, json!({"channel": {"id": channel.id}}));
        assert_eq!(done.extra_loads, 0);

        let whole = trial
            .done::<Open>(json!({"users": other, "return_im": true}))
            .reply;
        let other = other.rsplit(',').next().unwrap();
        assert_eq!(
            (&whole["channel"]["user"], &whole["channel"]["is_open"]),
            (&json!(other), &json!(true))
        );
    }
}

#[test]
fn a_group_dm_is_made() {
    let done = Trial::of("U0BOB").done::<Open>(json!({"users": "U0MIA,U0ADA", "return_im": true}));
    let [
        Change::Created { channel },
        Change::Joined { .. },
        Change::Joined { .. },
        Change::Joined { .. },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes)
    };
    assert_eq!(
        (channel.kind, channel.name.as_str()),
        (ChannelKind::Mpim, "mpdm-bob--mia--ada-1")
    );
    assert_eq!(channel.topic.value, "Group messaging");
    assert_eq!(
        channel.purpose.value,
        "Group messaging with: @bob @mia @ada"
    );
    assert_eq!(done.reply["channel"]["is_mpim"], true);
    assert_eq!(done.reply["channel"]["is_open"], true);
    assert_eq!(done.reply.get("no_op"), None);
}

#[test]
fn bots_come_first_into_a_group_dm_and_hear_who_else_does() {
    for (caller, others) in [("U0BOB", "U0MIA,U0GREET"), ("U0GREET", "U0MIA,U0BOB")] {
        let done = Trial::of(caller).done::<Open>(json!({"users": others}));
        let joined = done.changes.iter().filter_map(|change| match change {
            Change::Joined { user, .. } => Some(user.to_string()),
            _ => None,
        });
        let joined: Vec<_> = joined.collect();
        assert_eq!(joined, ["U0GREET", "U0BOB", "U0MIA"], "{caller}");
    }
}

#[test]
fn eight_others_are_not_too_many() {
    let mut trial = Trial::of("U0BOB");
    let others: Vec<String> = (1..=8).map(|n| format!("U0NEW{n}")).collect();
    trial.seed.users.extend(
        others
            .iter()
            .map(|other| user("T0ACME", other, &other.to_ascii_lowercase())),
    );
    let done = trial.done::<Open>(json!({"users": others}));
    assert_eq!(done.changes.len(), 10);
}

#[test]
fn what_is_open_stays_open() {
    for (user, args, channel) in [
        ("U0BOB", json!({"users": "U0ADA"}), "D0ADABOB"),
        (
            "U0BOB",
            json!({"users": "U0ADA", "prevent_creation": true}),
            "D0ADABOB",
        ),
        ("U0BOB", json!({"channel": "D0ADABOB"}), "D0ADABOB"),
        ("U0GREET", json!({"users": "U0BOB,U0ADA"}), "G0TRIO"),
        ("U0GREET", json!({"channel": "G0TRIO"}), "G0TRIO"),
    ] {
        let done = Trial::of(user).done::<Open>(args);
        assert_eq!(done.changes, []);
        assert_eq!(
            done.reply,
            json!({"no_op": true, "already_open": true, "channel": {"id": channel}})
        );
        for warning in ["no_op", "already_open"] {
            saw("conversations.open", warning);
        }
    }
}

#[test]
fn what_is_closed_opens_again() {
    for args in [
        json!({"users": "U0ADA", "return_im": 1}),
        json!({"channel": "D0ADABOB", "return_im": 1}),
    ] {
        let mut trial = Trial::of("U0BOB");
        close(&mut trial, "D0ADABOB");
        let done = trial.done::<Open>(args);
        assert_eq!(
            done.changes,
            [Change::DmClosed {
                channel: id("D0ADABOB"),
                user: id("U0BOB"),
                closed: false
            }]
        );
        assert_eq!(
            (&done.reply["channel"]["is_open"], done.reply.get("no_op")),
            (&json!(true), None)
        );
    }
}

#[tokio::test]
async fn a_dm_lives_on_in_the_store() {
    let scene = Scene::new();
    for (users, method) in [
        ("U0MIA", "conversations.open"),
        ("U0MIA,U0ADA", "conversations.open"),
    ] {
        let made = scene.call("bob", method, json!({"users": users})).await;
        let channel = &made["channel"]["id"];
        let again = scene.call("bob", method, json!({"users": users})).await;
        assert_eq!(
            (&again["already_open"], &again["channel"]["id"]),
            (&json!(true), channel)
        );
        // It is the same from the other side, and nobody is said to have joined.
        let theirs = scene
            .call(
                "mia",
                method,
                json!({"users": users.replace("U0MIA", "U0BOB")}),
            )
            .await;
        assert_eq!(&theirs["channel"]["id"], channel);
        let history = scene
            .call("mia", "conversations.history", json!({"channel": channel}))
            .await;
        assert_eq!(history["messages"], json!([]));

        assert_eq!(
            scene
                .call("mia", "conversations.close", json!({"channel": channel}))
                .await,
            json!({"ok": true})
        );
        let closed = scene
            .call("mia", "conversations.info", json!({"channel": channel}))
            .await;
        assert_eq!(closed["channel"]["is_open"], false);
        scene
            .call(
                "bob",
                "chat.postMessage",
                json!({"channel": channel, "text": "Are you there?"}),
            )
            .await;
        let opened = scene
            .call("mia", "conversations.info", json!({"channel": channel}))
            .await;
        assert_eq!(opened["channel"]["is_open"], true);
    }
}

use crate::{
    admin::{
        invite_requests_approve::InviteRequestsApprove as Approve,
        invite_requests_deny::InviteRequestsDeny as Deny,
    },
    fixture::{Scene, at, id, ids, person, place, token, town},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Actor, Change, Facts, InviteRequest, Mail, Moment, Plan, Seed, Stop, Timestamp, TokenKind,
    invite_request::{Approval, State},
    mail::{self, Letter},
    user::{Guest, Invited, Role, Stage},
    workspace::Status,
};
use guestlist_store::Decide;
use serde_json::{Value, json};
use std::sync::Arc;

const LIST: &str = "admin.inviteRequests.list";
const APPROVED: &str = "admin.inviteRequests.approved.list";
const DENIED: &str = "admin.inviteRequests.denied.list";

/// Bob asks for somebody in Acme.
fn request(text: &str, email: &str) -> InviteRequest {
    InviteRequest {
        id: id(text),
        team: id("T0ACME"),
        email: email.to_owned(),
        requesters: vec![id("U0BOB")],
        channels: vec![id("C0RANDOM")],
        guest: None,
        real_name: String::new(),
        expires: None,
        reason: String::new(),
        created: at(10),
        state: State::Pending,
    }
}

fn denied() -> State {
    State::Denied {
        by: id("U0ADA"),
        at: at(20),
    }
}

fn approved() -> State {
    State::Approved(Approval {
        by: id("U0ADA"),
        at: at(20),
        invite: id("I0SENT"),
        inviter: id("U0BOB"),
        user: id("U0MIA"),
        letter: None,
    })
}

/// A request of the world of a trial, which may be another.
fn ask(trial: &mut Trial, change: fn(&mut InviteRequest)) {
    let mut one = request("Ir0JOE", "joe@email.test");
    change(&mut one);
    trial.seed.invite_requests.push(one);
}

fn about_joe() -> Value {
    json!({"team_id": "T0ACME", "invite_request_id": "Ir0JOE"})
}

type Row = (&'static str, &'static str, Value, fn(&mut Trial));

/// What either decision is refused with.
fn undecided() -> Vec<Row> {
    let nothing: fn(&mut Trial) = |t| ask(t, |_| {});
    vec![
        ("invalid_arguments", "U0ADA", json!({}), nothing),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"team_id": "T0ACME"}),
            nothing,
        ),
        ("feature_not_enabled", "U0GUS", about_joe(), |t| {
            ask(t, |_| {});
            person(&mut t.seed, "U0GUS").role = Role::Owner;
        }),
        ("not_an_admin", "U0BOB", about_joe(), nothing),
        ("not_an_admin", "U0MIA", about_joe(), nothing),
        (
            "team_not_found",
            "U0ADA",
            json!({"team_id": "T0GLOBEX", "invite_request_id": "Ir0JOE"}),
            nothing,
        ),
        (
            "team_not_found",
            "U0ADA",
            json!({"team_id": "acme", "invite_request_id": "Ir0JOE"}),
            nothing,
        ),
        (
            "team_not_found",
            "U0ADA",
            json!({"team_id": "T0WEST", "invite_request_id": "Ir0JOE"}),
            |t| {
                ask(t, |_| {});
                t.seed.workspaces[1].status = Status::Migrating;
            },
        ),
        (
            "invalid_request",
            "U0ADA",
            json!({"invite_request_id": "Ir0NONE"}),
            nothing,
        ),
        (
            "invalid_request",
            "U0ADA",
            json!({"invite_request_id": "I0JOE"}),
            nothing,
        ),
        (
            "invalid_request",
            "U0ADA",
            json!({"invite_request_id": ""}),
            nothing,
        ),
        // One of another workspace, be it of the same organisation.
        (
            "invalid_request",
            "U0ADA",
            json!({"team_id": "T0WEST", "invite_request_id": "Ir0JOE"}),
            nothing,
        ),
        ("already_processed", "U0ADA", about_joe(), |t| {
            ask(t, |one| one.state = denied());
        }),
        ("already_processed", "U0ADA", about_joe(), |t| {
            ask(t, |one| one.state = approved());
        }),
    ]
}

#[test]
fn what_denying_is_refused_with() {
    refuses::<Deny>(undecided());
}

#[test]
fn what_approving_is_refused_with() {
    let mut rows = undecided();
    let unsent: [fn(&mut Trial); 7] = [
        // Somebody came in meanwhile.
        |t| ask(t, |one| one.email = "mia@acme.test".to_owned()),
        |t| ask(t, |one| one.email = "otto@acme.test".to_owned()),
        |t| {
            ask(t, |one| one.email = "mia@acme.test".to_owned());
            let mia = person(&mut t.seed, "U0MIA");
            mia.removed = true;
            mia.invited = Some(Invited {
                by: id("U0ADA"),
                at: at(5),
                channels: Vec::new(),
                link: "abc".to_owned(),
                state: Stage::Pending,
            });
        },
        |t| {
            ask(t, |_| {});
            place(&mut t.seed, "C0RANDOM").archived = true;
        },
        |t| {
            ask(t, |one| one.guest = Some(Guest::SingleChannel));
            place(&mut t.seed, "C0RANDOM").no_guests = true;
        },
        // The trial's time.
        |t| {
            ask(t, |one| {
                one.guest = Some(Guest::MultiChannel);
                one.expires = Some(at(1000));
            });
        },
        |t| {
            ask(t, |one| {
                one.guest = Some(Guest::MultiChannel);
                one.channels = Vec::new();
            });
        },
    ];
    rows.extend(unsent.map(|change| ("failed_to_send_invite", "U0ADA", about_joe(), change)));
    refuses::<Approve>(rows);
}

/// What approving comes to: the person, the letter, and the request.
fn approve(trial: &Trial, args: Value) -> (guestlist_domain::User, Mail, InviteRequest) {
    let done = trial.done::<Approve>(args);
    assert_eq!(done.reply, json!({}));
    let [
        Change::UserMade { user },
        Change::Mail { mail, .. },
        Change::InviteRequest { request },
    ] = &done.changes[..]
    else {
        panic!("{:?}", done.changes);
    };
    (
        user.as_ref().clone(),
        mail.as_ref().clone(),
        request.as_ref().clone(),
    )
}

#[test]
fn whoever_is_approved_is_invited_by_who_asked() {
    let mut trial = Trial::of("U0ADA");
    ask(&mut trial, |one| {
        one.real_name = "Joe Smith".to_owned();
        one.reason = "They know the way".to_owned();
        one.channels = vec![id("C0RANDOM"), id("C0HIDDEN")];
    });
    // The workspace is the token's own where it is left out.
    let (joe, mail, request) = approve(&trial, json!({"invite_request_id": "Ir0JOE"}));
    assert!(joe.is_invited() && joe.guest.is_none());
    assert_eq!(
        (&*joe.name, &*joe.real_name, joe.email.as_deref()),
        ("joe", "Joe Smith", Some("joe@email.test"))
    );
    let invited = joe.invited.unwrap();
    assert_eq!(invited.by, id("U0BOB"));
    assert_eq!(invited.channels, vec![id("C0RANDOM"), id("C0HIDDEN")]);
    assert_eq!(
        (&*mail.to, &*mail.letter.inviter, mail.letter.user),
        ("joe@email.test", "bob", Some(joe.id))
    );
    // The reason is for whoever decides.
    assert_eq!(mail.letter.message, None);
    let State::Approved(approval) = request.state else {
        panic!("{request:?}");
    };
    assert_eq!((approval.by, approval.inviter), (id("U0ADA"), id("U0BOB")));
    assert_eq!((approval.user, approval.letter), (joe.id, Some(mail.id)));
    assert_eq!(approval.at, at(1000));
}

#[test]
fn guests_and_whoever_comes_into_no_channel_are_invited_as_it_was_asked() {
    let mut trial = Trial::of("U0ADA");
    ask(&mut trial, |one| {
        one.guest = Some(Guest::SingleChannel);
        one.expires = Some(at(5000));
    });
    let (joe, mail, _) = approve(&trial, about_joe());
    assert_eq!(
        (joe.guest, joe.expires, mail.letter.expires),
        (Some(Guest::SingleChannel), Some(at(5000)), at(5000))
    );
    let mut trial = Trial::of("U0ADA");
    ask(&mut trial, |one| one.channels = Vec::new());
    let (joe, mail, _) = approve(&trial, about_joe());
    assert!(joe.invited.unwrap().channels.is_empty());
    assert_eq!(
        (mail.letter.expires, &*mail.letter.channel),
        (Timestamp::LATEST, "")
    );
}

#[test]
fn who_asked_and_is_gone_invites_nobody() {
    for (gone, requesters, inviter) in [
        ("U0BOB", vec!["U0BOB"], "U0WES"),
        ("U0BOB", vec!["U0BOB", "U0ADA"], "U0ADA"),
        ("U0ADA", vec!["U0BOB", "U0ADA"], "U0BOB"),
    ] {
        // An admin of any workspace of the organisation decides.
        let mut trial = Trial::of("U0WES");
        ask(&mut trial, |_| {});
        trial.seed.invite_requests[0].requesters = requesters.into_iter().map(id).collect();
        person(&mut trial.seed, "U0WES").role = Role::Admin;
        person(&mut trial.seed, gone).removed = true;
        let (joe, ..) = approve(&trial, about_joe());
        assert_eq!(joe.invited.unwrap().by, id(inviter));
    }
}

#[test]
fn who_denied_is_known_and_nobody_is_invited() {
    let mut trial = Trial::of("U0ADA");
    ask(&mut trial, |_| {});
    let done = trial.done::<Deny>(about_joe());
    assert_eq!(done.reply, json!({}));
    let [Change::InviteRequest { request }] = &done.changes[..] else {
        panic!("{:?}", done.changes);
    };
    let expected = State::Denied {
        by: id("U0ADA"),
        at: at(1000),
    };
    assert_eq!(request.state, expected);
}

/// What has been done, as a decision.
struct Done(Vec<Change>);

impl Decide for Done {
    type Outcome = ();
    type Refusal = ();

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<()>> {
        Ok(Plan {
            changes: self.0.clone(),
            outcome: (),
        })
    }
}

/// The town with requests in each state, and one of another workspace.
fn seed() -> Seed {
    let mut seed = town();
    for n in 0..5 {
        let mut one = request(&format!("Ir0P{n}"), &format!("p{n}@email.test"));
        one.channels.clear();
        seed.invite_requests.push(one);
        let mut one = request(&format!("Ir0D{n}"), &format!("p{n}@email.test"));
        one.state = denied();
        seed.invite_requests.push(one);
    }
    let mut west = request("Ir0WEST", "w@email.test");
    west.team = id("T0WEST");
    west.requesters = vec![id("U0WES")];
    west.channels.clear();
    seed.invite_requests.push(west);
    person(&mut seed, "U0WES").role = Role::Admin;
    person(&mut seed, "U0GUS").role = Role::Owner;
    let mut closed = seed.workspaces[1].clone();
    closed.id = id("T0CLOSED");
    closed.domain = "closed".to_owned();
    closed.status = Status::Deleted;
    seed.workspaces.push(closed);
    seed.tokens
        .push(token("solo", "T0GLOBEX", "U0GUS", TokenKind::User));
    seed
}

#[tokio::test]
async fn what_lists_are_refused_with() {
    let scene = Scene::of(&seed());
    for method in [LIST, APPROVED, DENIED] {
        let row = |token, args, code| (method, token, args, code);
        scene
            .refuses(&[
                row("solo", json!({}), "feature_not_enabled"),
                row("bob", json!({}), "not_an_admin"),
                row("mia", json!({}), "not_an_admin"),
                row("ada", json!({"team_id": "T0GLOBEX"}), "team_not_found"),
                row("ada", json!({"team_id": "T0CLOSED"}), "team_not_found"),
                row("ada", json!({"team_id": "T0NONE"}), "team_not_found"),
                row("ada", json!({"team_id": "acme"}), "team_not_found"),
                row("ada", json!({"limit": 0}), "invalid_arguments"),
                row("ada", json!({"limit": 1001}), "invalid_arguments"),
                row("ada", json!({"limit": "many"}), "invalid_arguments"),
                row("ada", json!({"cursor": "x"}), "invalid_arguments"),
                row(
                    "ada",
                    json!({"cursor": "dXNlcjpVMA=="}),
                    "invalid_arguments",
                ),
            ])
            .await;
    }
}

#[tokio::test]
async fn what_is_listed_where() {
    let scene = Scene::of(&seed());
    for (token, args, expected) in [
        (
            "ada",
            json!({}),
            &["Ir0P0", "Ir0P1", "Ir0P2", "Ir0P3", "Ir0P4"][..],
        ),
        // An admin of any workspace of the organisation is told.
        ("ada", json!({"team_id": "T0WEST"}), &["Ir0WEST"]),
        ("wes", json!({"team_id": ""}), &["Ir0WEST"]),
    ] {
        let answer = scene.call(token, LIST, args).await;
        assert_eq!(ids(&answer["invite_requests"]), expected, "{token}");
        assert_eq!(answer["response_metadata"]["next_cursor"], "");
    }
    let none = scene.call("ada", APPROVED, json!({})).await;
    assert_eq!(none["approved_requests"], json!([]));
    for (method, key) in [(LIST, "invite_requests"), (DENIED, "denied_requests")] {
        let whole = scene.call("ada", method, json!({})).await;
        assert_eq!(whole[key].as_array().map(Vec::len), Some(5));
        for limit in 1..7 {
            let rows = scene.walk("ada", method, json!({}), key, limit).await;
            assert_eq!(Value::from(rows), whole[key], "{method} {limit}");
        }
    }
}

#[tokio::test]
async fn what_is_told_of_requests() {
    let mut seed = seed();
    seed.invite_requests.clear();
    let mut whole = request("Ir0ALL", "joe@acme.test");
    whole.requesters.push(id("U0ADA"));
    whole.guest = Some(Guest::SingleChannel);
    whole.real_name = "Joe Smith".to_owned();
    whole.expires = Some(at(5000));
    whole.reason = "They know the way".to_owned();
    seed.invite_requests.push(whole.clone());
    let told = json!({
        "id": "Ir0ALL",
        "email": "joe@acme.test",
        "date_created": at(10).seconds(),
        "requester_ids": ["U0BOB", "U0ADA"],
        "channel_ids": ["C0RANDOM"],
        "invite_type": "ultra_restricted",
        "real_name": "Joe Smith",
        "date_expire": at(5000).seconds(),
        "request_reason": "They know the way",
    });
    let scene = Scene::of(&seed);
    let answer = scene.call("ada", LIST, json!({})).await;
    assert_eq!(answer["invite_requests"], json!([told]));

    whole.state = denied();
    seed.invite_requests = vec![whole.clone()];
    let scene = Scene::of(&seed);
    let answer = scene.call("ada", DENIED, json!({})).await;
    let by = json!({"actor_id": "U0ADA", "actor_type": "user"});
    assert_eq!(
        answer["denied_requests"],
        json!([{"invite_request": told, "denied_by": by}])
    );

    whole.state = approved();
    let mut plain = request("Ir0PLAIN", "pia@email.test");
    plain.state = approved();
    seed.invite_requests = vec![whole, plain];
    let scene = Scene::of(&seed);
    let answer = scene.call("ada", APPROVED, json!({})).await;
    let [first, second] = &answer["approved_requests"].as_array().unwrap()[..] else {
        panic!("{answer}");
    };
    assert_eq!(
        *first,
        json!({
            "invite_request": told,
            "approved_by": by,
            "invite": {
                "id": "I0SENT",
                "inviter_id": "U0BOB",
                "email": "joe@acme.test",
                "date_created": at(20).seconds(),
                "date_resent": null,
                "is_bouncing": false,
                "invite_preferences": {
                    "is_restricted": true,
                    "is_ultra_restricted": true,
                    "date_expire": at(5000).seconds(),
                    "channel_ids": ["C0RANDOM"],
                    "is_domain_matched": true,
                    "real_name": "Joe Smith",
                },
            },
        })
    );
    assert_eq!(second["invite_request"]["invite_type"], "full_member");
    assert_eq!(second["invite_request"]["real_name"], json!(null));
    let preferences = &second["invite"]["invite_preferences"];
    assert_eq!(preferences["is_restricted"], false);
    assert_eq!(preferences["is_domain_matched"], false);
    assert_eq!(preferences["date_expire"], json!(null));
}

#[tokio::test]
async fn an_invitation_that_was_sent_again_or_did_not_arrive_says_so() {
    let mut seed = seed();
    let mut one = request("Ir0MIA", "mia@acme.test");
    one.state = approved();
    seed.invite_requests.push(one.clone());
    let mia = person(&mut seed, "U0MIA");
    mia.invited = Some(Invited {
        by: id("U0BOB"),
        at: at(40),
        channels: Vec::new(),
        link: "abc".to_owned(),
        state: Stage::Joined,
    });
    let scene = Scene::of(&seed);
    let answer = scene.call("ada", APPROVED, json!({})).await;
    let invite = &answer["approved_requests"][0]["invite"];
    assert_eq!(invite["date_resent"], at(40).seconds());
    assert_eq!(invite["is_bouncing"], false);

    for (state, bounces) in [
        (mail::State::Retrying, false),
        (mail::State::Sent, false),
        (mail::State::Dead, true),
    ] {
        let letter = Mail {
            id: at(21),
            to: "mia@acme.test".to_owned(),
            letter: Letter {
                invitation: None,
                user: Some(id("U0MIA")),
                inviter: "bob".to_owned(),
                workspace: "Acme".to_owned(),
                channel: String::new(),
                message: None,
                external_limited: false,
                expires: Timestamp::LATEST,
                link: "abc".to_owned(),
            },
            state,
            attempts: 1,
            due: None,
            failure: None,
            updated: at(22),
        };
        let mut one = one.clone();
        if let State::Approved(approval) = &mut one.state {
            approval.letter = Some(letter.id);
        }
        let changes = vec![
            Change::Mail {
                team: id("T0ACME"),
                step: mail::Step::Written,
                mail: letter.into(),
            },
            Change::InviteRequest {
                request: one.into(),
            },
        ];
        scene.store.write(Arc::new(Done(changes))).await.unwrap();
        let answer = scene.call("ada", APPROVED, json!({})).await;
        let invite = &answer["approved_requests"][0]["invite"];
        assert_eq!(invite["is_bouncing"], bounces, "{state:?}");
    }
}

//! Letters with invitations: the mail box without a mail server, and with one.

use crate::{
    app::{App, CONTROL_TOKEN},
    certificates::CA,
    metrics::page,
    post_office::{PostOffice, Way},
};
use guestlist_server::{RateLimits, Settings, Smtp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, mpsc};

/// Names that would break out of whatever they are put into unguarded.
const WORLD: &str = r#"
version: 1
workspaces:
  - id: T0ACME
    name: "Acme\r\nBcc: all@acme.test"
    domain: acme
    users:
      - {id: U0ADA, name: ada, real_name: "Ada <b>Park</b>\r\n\r\n<script>alert(1)</script>", email: ada@acme.test, role: owner}
    channels:
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GREET], topic: "<img src=x>\r\nX-Topic: 1"}
    apps: [{id: A0GREET, name: greeter, bot_user: {id: U0GREET, real_name: Greeter}}]
    tokens:
      - {token: xoxb-acme, app: A0GREET, scopes: [channels:manage, conversations.connect:write, conversations.connect:manage]}
      - {token: xoxp-ada, user: U0ADA, scopes: [channels:write, conversations.connect:write, conversations.connect:manage]}
  - id: T0GLO
    name: Globex
    domain: globex
    users: [{id: U0GIL, name: gil, email: gil@globex.test, role: owner}]
"#;

fn settings(mail: Option<Smtp>) -> Settings {
    Settings {
        rate_limits: RateLimits::Off,
        mail: mail.map(Arc::new),
        ..Settings::default()
    }
}

fn smtp(url: &str, ca: Option<&[u8]>) -> Smtp {
    let sender = "Guestlist <invitations@guestlist.test>".parse().unwrap();
    Smtp::new(url.parse().unwrap(), sender, ca).unwrap()
}

/// A server that hands its letters to this office.
async fn posting(office: &PostOffice) -> App {
    let url = format!("smtp://{}", office.address);
    App::with_settings(WORLD, settings(Some(smtp(&url, None)))).await
}

async fn control(app: &App, verb: &str, path: &str, body: &Value) -> (u16, Value) {
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let path = format!("/control/v1/{path}");
    let answer = app.send(verb, &path, &headers, body.as_bytes()).await;
    (answer.status, answer.json())
}

async fn mail(app: &App, query: &str) -> Vec<Value> {
    let (status, answer) = control(app, "GET", &format!("mail?{query}"), &Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    answer["mail"].as_array().unwrap().clone()
}

/// The letter, once it is in this state.
async fn until(app: &App, state: &str) -> Value {
    let found = mail(app, &format!("state={state}&wait_seconds=30")).await;
    match found.into_iter().next() {
        Some(letter) => letter,
        None => panic!("no letter is {state}: {:?}", mail(app, "").await),
    }
}

async fn invite(app: &App, token: &str, to: &str) -> String {
    let args = [
        ("channel", "C0OPS"),
        ("emails", to),
        ("message", "Come & see.\nBcc: x@y.test"),
    ];
    let answer = app.ok("conversations.inviteShared", token, &args).await;
    answer["invite_id"].as_str().unwrap().to_owned()
}

async fn later(app: &App, seconds: i64) {
    let moved = json!({"advance_seconds": seconds});
    assert_eq!(control(app, "POST", "clock", &moved).await.0, 200);
}

#[tokio::test]
async fn without_a_mail_server_letters_are_kept() {
    let app = App::with_settings(WORLD, settings(None)).await;
    assert_eq!(mail(&app, "").await, [] as [Value; 0]);
    let first = invite(&app, "xoxb-acme", "Gil@Globex.test").await;
    let letters = mail(&app, "").await;
    let letter = &letters[0];
    assert_eq!(letters.len(), 1);
    assert_eq!(letter["to"], "gil@globex.test");
    assert_eq!(letter["state"], "kept");
    assert_eq!(letter["attempts"], 0);
    assert_eq!(letter["invitation"], first);
    assert_eq!(
        letter["subject"],
        "Greeter invites you to #ops of Acme Bcc: all@acme.test"
    );
    let url = letter["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("http://{}/share/zt-", app.address)),
        "{url}"
    );
    assert!(letter["text"].as_str().unwrap().contains(url));
    assert!(letter["html"].as_str().unwrap().contains(url));
    assert!(letter.get("next_attempt").is_none() && letter.get("failure").is_none());

    // An invitation that stands already, one by id, and a call that is refused write none.
    assert_eq!(invite(&app, "xoxb-acme", "gil@globex.test").await, first);
    for (name, value, code) in [
        ("emails", "gil@globex", ""),
        ("emails", "gil globex.test", "invalid_email"),
        ("user_ids", "U0NOBODY", "user_not_found"),
    ] {
        let args = [("channel", "C0OPS"), (name, value)];
        let answer = app
            .call("conversations.inviteShared", "xoxb-acme", &args)
            .await;
        assert_eq!(
            answer["error"].as_str().unwrap_or_default(),
            code,
            "{answer}"
        );
    }
    // Newest first, by address, page by page, and one by its id.
    let second = invite(&app, "xoxp-ada", "ben@globex.test").await;
    let all = mail(&app, "").await;
    let to: Vec<_> = all
        .iter()
        .map(|letter| letter["to"].as_str().unwrap())
        .collect();
    assert_eq!(to, ["ben@globex.test", "gil@globex", "gil@globex.test"]);
    let ben = mail(&app, "to=BEN@globex.test").await;
    assert_eq!((ben.len(), &ben[0]["invitation"]), (1, &json!(second)));
    let page = mail(
        &app,
        &format!("limit=1&before={}", all[0]["id"].as_str().unwrap()),
    )
    .await;
    assert_eq!(page, all[1..2]);
    let path = format!("mail/{}", all[2]["id"].as_str().unwrap());
    assert_eq!(
        control(&app, "GET", &path, &Value::Null).await,
        (200, all[2].clone())
    );

    for (verb, path, status, code) in [
        ("GET", "mail/1.000000", 404, "mail_not_found"),
        ("GET", "mail/x", 422, "invalid_id"),
        ("POST", "mail/1.000000/send", 404, "mail_not_found"),
        ("POST", &format!("{path}/send"), 422, "no_mail_server"),
        ("GET", "mail?state=lost", 422, "invalid_state"),
    ] {
        let (found, answer) = control(&app, verb, path, &Value::Null).await;
        assert_eq!((found, &answer["error"]), (status, &json!(code)), "{path}");
    }
}

#[tokio::test]
async fn whoever_waits_for_a_letter_gets_it_when_it_is_written() {
    let app = App::with_settings(WORLD, settings(None)).await;
    let waiting = mail(&app, "to=gil@globex.test&wait_seconds=30");
    let inviting = async {
        // Others are not what is waited for.
        invite(&app, "xoxb-acme", "ben@globex.test").await;
        invite(&app, "xoxb-acme", "gil@globex.test").await;
    };
    let (letters, ()) = tokio::join!(waiting, inviting);
    assert_eq!(letters.len(), 1);
    assert_eq!(mail(&app, "at_least=3&wait_seconds=1").await.len(), 2);
}

#[tokio::test]
async fn a_request_becomes_a_letter_when_it_is_approved() {
    let world = WORLD.replacen(
        "domain: acme",
        "domain: acme\n    connect: {review_before_sending: true}",
        1,
    );
    let app = App::with_settings(&world, settings(None)).await;
    let request = invite(&app, "xoxb-acme", "gil@globex.test").await;
    assert_eq!(mail(&app, "").await, [] as [Value; 0]);
    let args = [
        ("invite_id", request.as_str()),
        ("is_external_limited", "true"),
    ];
    app.ok(
        "conversations.requestSharedInvite.approve",
        "xoxp-ada",
        &args,
    )
    .await;
    assert_eq!(mail(&app, "").await[0]["invitation"], request);
}

#[tokio::test]
async fn a_mail_server_is_handed_one_letter_of_two_parts() {
    let office = PostOffice::open();
    let app = posting(&office).await;
    invite(&app, "xoxp-ada", "gil@globex.test").await;
    let sent = until(&app, "sent").await;
    assert_eq!(
        (&sent["attempts"], sent.get("next_attempt")),
        (&json!(1), None)
    );
    let letters = office.letters();
    let [letter] = &letters[..] else {
        panic!("{letters:?}");
    };
    assert_eq!(letter.from, "invitations@guestlist.test");
    assert_eq!(letter.to, ["gil@globex.test"]);
    assert!(!letter.encrypted && letter.user.is_none());
    // Nothing of the names has become a header of its own.
    let (head, _) = letter.data.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']))
        .map(|line| line.split_once(':').unwrap().0)
        .collect();
    let expected = "From To Subject Date Message-ID Auto-Submitted MIME-Version Content-Type";
    assert_eq!(names.join(" "), expected);
    assert!(
        head.contains("Content-Type: multipart/alternative;"),
        "{head}"
    );
    let (text, html) = letter.parts();
    assert!(text.contains(sent["url"].as_str().unwrap()), "{text}");
    assert!(
        text.contains("> Come & see.\r\n> Bcc: x@y.test\r\n"),
        "{text}"
    );
    assert!(html.contains("Come &amp; see.<br>"), "{html}");
    assert!(
        html.contains("Ada &lt;b&gt;Park&lt;/b&gt; &lt;script&gt;"),
        "{html}"
    );
    for markup in ["<b>Park", "<script", "<img", "X-Topic"] {
        assert!(!html.contains(markup), "{markup} is in {html}");
    }
}

#[tokio::test]
async fn a_letter_is_not_written_to_more_than_whom_it_is_for() {
    let office = PostOffice::open();
    let app = posting(&office).await;
    for to in [
        "gil<all@acme.test>,x@globex.test",
        "\"gil\"<x@globex.test>",
        "gil;all@globex.test",
    ] {
        let args = [("channel", "C0OPS"), ("emails", to)];
        app.call("conversations.inviteShared", "xoxb-acme", &args)
            .await;
    }
    invite(&app, "xoxb-acme", "gil@globex.test").await;
    until(&app, "sent").await;
    while !mail(&app, "state=queued&wait_seconds=0").await.is_empty() {
        tokio::task::yield_now().await;
    }
    let to: Vec<_> = office
        .letters()
        .into_iter()
        .flat_map(|letter| letter.to)
        .collect();
    assert_eq!(to, ["gil@globex.test"]);
    for letter in mail(&app, "state=dead").await {
        let why = letter["failure"].as_str().unwrap();
        assert!(
            why.starts_with("no mail can be sent to this address"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn tls_and_passwords() {
    let password = Some(("post@guestlist", "s:e@c/ret"));
    for (way, form) in [
        (Way::Tls, "smtps://post%40guestlist:s%3Ae%40c%2Fret@{}"),
        (
            Way::StartTls,
            "smtp://post%40guestlist:s%3Ae%40c%2Fret@{}?tls=required",
        ),
    ] {
        let office = PostOffice::start(way, password, |_, _| None);
        let url = form.replace("{}", &office.address.to_string());
        let app = App::with_settings(WORLD, settings(Some(smtp(&url, Some(CA))))).await;
        invite(&app, "xoxb-acme", "gil@globex.test").await;
        until(&app, "sent").await;
        let letter = &office.letters()[0];
        assert!(letter.encrypted, "{way:?}");
        assert_eq!(letter.user.as_deref(), Some("post@guestlist"));

        // A certificate that nobody vouches for, and a password that is wrong, can be mended.
        for (url, ca, why) in [
            (url.clone(), None, "certificate"),
            (url.replace("s%3A", "x"), Some(CA), "535"),
            (url.replace("127.0.0.1", "127.0.0.2"), Some(CA), ""),
        ] {
            let app = App::with_settings(WORLD, settings(Some(smtp(&url, ca)))).await;
            invite(&app, "xoxb-acme", "gil@globex.test").await;
            let letter = until(&app, "retrying").await;
            let failure = letter["failure"].as_str().unwrap();
            assert!(failure.contains(why), "{failure}");
            assert!(!failure.contains("c/ret"), "{failure}");
        }
        assert_eq!(office.letters().len(), 1);
    }
    // A server that will not encrypt gets nothing.
    let office = PostOffice::open();
    let url = format!("smtp://a:b@{}?tls=required", office.address);
    let app = App::with_settings(WORLD, settings(Some(smtp(&url, Some(CA))))).await;
    invite(&app, "xoxb-acme", "gil@globex.test").await;
    until(&app, "retrying").await;
    assert!(office.letters().is_empty());
}

#[tokio::test]
async fn a_letter_that_is_not_taken_now_is_tried_again_when_its_time_has_come() {
    let busy = |number: usize, command: &str| {
        (command.starts_with("RCPT") && number < 2).then(|| "451 4.3.0 busy".to_owned())
    };
    let office = PostOffice::start(Way::Plain, None, busy);
    let app = posting(&office).await;
    invite(&app, "xoxb-acme", "gil@globex.test").await;
    let letter = until(&app, "retrying").await;
    assert_eq!(letter["attempts"], 1);
    assert!(
        letter["failure"].as_str().unwrap().contains("451"),
        "{letter}"
    );
    assert!(letter["next_attempt"].is_string(), "{letter}");
    // A minute, then five.
    later(&app, 60).await;
    let again = loop {
        let letter = until(&app, "retrying").await;
        if letter["attempts"] == 2 {
            break letter;
        }
        tokio::task::yield_now().await;
    };
    assert_ne!(again["next_attempt"], letter["next_attempt"]);
    assert!(office.letters().is_empty());
    later(&app, 300).await;
    let sent = until(&app, "sent").await;
    assert_eq!((&sent["attempts"], sent.get("failure")), (&json!(3), None));
    assert_eq!(office.letters().len(), 1);
}

#[tokio::test]
async fn a_letter_that_is_never_taken_is_dead_and_can_be_sent_again() {
    let open = Arc::new(Mutex::new(false));
    let is_open = open.clone();
    let office = PostOffice::start(Way::Plain, None, move |_, command| {
        let closed = command.starts_with("RCPT") && !*is_open.lock().unwrap();
        closed.then(|| "550 5.1.1 no such\u{7} mailbox".to_owned())
    });
    let app = posting(&office).await;
    let counted = async |app: &App| {
        let page = page(app).await;
        ["sent", "retrying", "dead"]
            .map(|state| page[&format!("guestlist_mail_total{{state=\"{state}\"}}")])
    };
    assert_eq!(counted(&app).await, [0.0; 3]);
    invite(&app, "xoxb-acme", "gil@globex.test").await;
    let dead = until(&app, "dead").await;
    if app.is_alone() {
        assert_eq!(counted(&app).await, [0.0, 0.0, 1.0]);
    }
    assert_eq!(dead["attempts"], 1);
    let failure = dead["failure"].as_str().unwrap();
    assert!(
        failure.contains("550") && failure.contains("no such mailbox"),
        "{failure}"
    );
    // However long one waits.
    later(&app, 3 * 86_400).await;
    assert_eq!(until(&app, "dead").await["attempts"], 1);

    *open.lock().unwrap() = true;
    let path = format!("mail/{}/send", dead["id"].as_str().unwrap());
    let (status, letter) = control(&app, "POST", &path, &Value::Null).await;
    assert_eq!((status, &letter["state"]), (200, &json!("queued")));
    until(&app, "sent").await;
    assert_eq!(office.letters().len(), 1);
    // What was sent can be sent once more, too, under the same name.
    assert_eq!(control(&app, "POST", &path, &Value::Null).await.0, 200);
    until(&app, "sent").await;
    while office.letters().len() < 2 {
        tokio::task::yield_now().await;
    }
    let ids: Vec<String> = office
        .letters()
        .iter()
        .map(|letter| {
            letter
                .data
                .lines()
                .find(|line| line.starts_with("Message-ID"))
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_holds_up_no_call() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let office = PostOffice::start(Way::Plain, None, move |_, command| {
        if command.starts_with("MAIL") {
            // Until the test lets it go.
            let _ = wait.lock().unwrap().recv();
        }
        None
    });
    let app = posting(&office).await;
    for n in 0..10 {
        invite(&app, "xoxb-acme", &format!("p{n}@globex.test")).await;
    }
    assert_eq!(mail(&app, "state=queued").await.len(), 10);
    assert!(office.letters().is_empty());
    drop(go);
    assert_eq!(
        mail(&app, "state=sent&at_least=10&wait_seconds=30")
            .await
            .len(),
        10
    );
    assert_eq!(office.letters().len(), 10);
}

#[tokio::test]
async fn of_two_nodes_with_a_mail_server_each_letter_is_sent_by_one() {
    let office = PostOffice::open();
    let one = posting(&office).await;
    let url = format!("smtp://{}", office.address);
    let Some(other) = one.beside(settings(Some(smtp(&url, None)))).await else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let invite_some = async |app: &App, name: &str| {
        for n in 0..20 {
            invite(app, "xoxb-acme", &format!("{name}{n}@globex.test")).await;
        }
    };
    tokio::join!(invite_some(&one, "p"), invite_some(&other, "q"));
    for node in [&one, &other] {
        let sent = mail(node, "state=sent&at_least=40&wait_seconds=30").await;
        assert_eq!(sent.len(), 40);
        assert!(sent.iter().all(|letter| letter["attempts"] == 1));
    }
    let to: std::collections::BTreeSet<_> = office
        .letters()
        .into_iter()
        .map(|letter| letter.to)
        .collect();
    assert_eq!((office.letters().len(), to.len()), (40, 40));
}

#[tokio::test]
async fn a_letter_that_a_node_died_with_is_sent_by_another() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let reached = Arc::new(Mutex::new(false));
    let reaches = reached.clone();
    let silent = PostOffice::start(Way::Plain, None, move |_, command| {
        if command.starts_with("MAIL") {
            *reaches.lock().unwrap() = true;
            // Until the test ends.
            let _ = wait.lock().unwrap().recv();
        }
        None
    });
    let one = posting(&silent).await;
    let office = PostOffice::open();
    let url = format!("smtp://{}", office.address);
    let Some(other) = one.beside(settings(None)).await else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    invite(&one, "xoxb-acme", "gil@globex.test").await;
    while !*reached.lock().unwrap() {
        tokio::task::yield_now().await;
    }
    // As long as it has the letter, nobody else takes it.
    let third = one.beside(settings(Some(smtp(&url, None)))).await.unwrap();
    invite(&third, "xoxb-acme", "ben@globex.test").await;
    assert_eq!(until(&other, "sent").await["to"], "ben@globex.test");
    assert_eq!(office.letters().len(), 1);
    one.kill().await;
    // It looks again by itself, or when something happens to another letter.
    invite(&third, "xoxb-acme", "mia@globex.test").await;
    assert_eq!(
        mail(&other, "state=sent&at_least=3&wait_seconds=30")
            .await
            .len(),
        3
    );
    let to: Vec<_> = office
        .letters()
        .into_iter()
        .map(|letter| letter.to)
        .collect();
    assert!(to.contains(&vec!["gil@globex.test".to_owned()]), "{to:?}");
    drop(go);
}

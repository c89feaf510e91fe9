//! A server whose time stands and that leaves nothing to chance: what was done comes out the same again.

use crate::{Server, broken::Caller, directory, failure, json as json_of, run, text};
use serde_json::{Value, json};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

const WORLD: &str = r#"
version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users: [{id: U0ADA, name: ada, role: owner, email: ada@acme.test}, {id: U0BEN, name: ben}]
    channels: [{id: C0OPS, name: ops, members: [U0ADA]}]
    apps: [{id: A0APP, name: app, bot_user: {id: U0BOT}}]
    tokens:
      - {token: xoxp-ada, user: U0ADA, scopes: [channels:history, channels:read, channels:write, chat:write, conversations.connect:write, im:write]}
      - {app: A0APP, scopes: [channels:read]}
"#;
const LATE: &str = r#"{"display_information": {"name": "late"}, "features": {"bot_user": {"display_name": "late"}},
    "oauth_config": {"redirect_urls": ["http://127.0.0.1/back"], "scopes": {"bot": ["channels:read"]}}}"#;
const TIME: &str = "2026-01-05T09:00:00Z";

fn start(path: &Path, more: &[&str]) -> Server {
    fs::write(path.join("acme.yaml"), WORLD).unwrap();
    let args = ["--world", "acme.yaml", "--public-url", "http://guests.test"];
    Server::start(path, &[&args[..], more].concat())
}

/// What looks on asks meanwhile: of the logs, and for a world that is none.
fn look(server: &Server, path: &Path) {
    let address = server.ready.trim().rsplit('/').next().unwrap();
    let token = fs::read_to_string(path.join("guestlist-data/control-token")).unwrap();
    for (route, body, status) in [
        ("GET /audit/v1/actions", "", " 200 "),
        ("GET /audit/v1/logs", "", " 401 "),
        ("POST /control/v1/world", "version: 1", " 422 "),
        ("POST /control/v1/world?ids=new", "version: 2", " 422 "),
    ] {
        let mut stream = TcpStream::connect(address).unwrap();
        let token = token.trim();
        let length = body.len();
        let token = match route.starts_with("POST") {
            true => format!("Authorization: Bearer {token}\r\n"),
            false => String::new(),
        };
        let head = format!("{route} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: {length}\r\n");
        let request = format!("{head}Connection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        assert!(told.lines().next().unwrap().contains(status), "{told}");
        assert!(
            told.contains("date: Mon, 05 Jan 2026 09:00:00 GMT"),
            "{told}"
        );
    }
}

/// Some calls, with what was answered, ids of requests among it, and the world they leave.
fn lesson(server: &Server, path: &Path, watched: bool) -> Vec<Value> {
    let mut ada = Caller::with(server, "xoxp-ada");
    let mut told = Vec::new();
    for (method, form) in [
        ("conversations.create", "name=plans"),
        ("conversations.invite", "channel=C0OPS&users=U0BEN"),
        ("conversations.invite", "channel=C0OPS&users=U0BEN"),
        ("conversations.open", "users=U0BEN"),
        ("chat.postMessage", "channel=C0OPS&text=hello"),
        (
            "conversations.inviteShared",
            "channel=C0OPS&emails=far@away.test&external_limited=false",
        ),
        ("conversations.history", "channel=C0OPS"),
    ] {
        if watched {
            look(server, path);
        }
        let answered = ada.ask(method, form);
        told.extend([answered.json, json!([answered.req_id, answered.date])]);
    }
    told.push(json_of(
        path,
        &["world", "add", "--new-ids", "acme.yaml", "--json"],
    ));
    told.push(json_of(
        path,
        &[
            "token",
            "create",
            "--user",
            "U0BEN",
            "--scopes",
            "users:read",
            "--json",
        ],
    ));
    told.push(text(path, &["world", "export"]).into());
    told
}

#[test]
fn the_same_calls_are_answered_the_same_again() {
    let again = ["--clock", TIME, "--seed", "lesson 7"];
    let lived = |args: &[&str], watched: bool| {
        let place = directory();
        let path = place.path();
        let server = start(path, args);
        let told = lesson(&server, path, watched);
        let (code, _, said) = server.stop();
        assert_eq!(code, Some(0));
        (told, said, place)
    };
    let (first, said, place) = lived(&again, false);
    let (second, same, _) = lived(&again, true);
    assert_eq!(first, second);
    assert_eq!(first[1][1], "mon, 05 jan 2026 09:00:00 gmt");
    assert_eq!(first[0]["channel"]["created"], 1_767_603_600);
    assert!(
        said.contains("xoxb-") && said.contains("stands at 2026-01-05T09:00:00Z"),
        "{said}"
    );
    let token = |said: &str| said.split_once("xoxb-").unwrap().1[..48].to_owned();
    assert_eq!(token(&said), token(&same));

    let code = |told: &[Value]| told[10]["conf_code"].as_str().unwrap().to_owned();
    let (other, _, _) = lived(&["--clock", TIME, "--seed", "lesson 8"], false);
    assert_ne!(code(&first), code(&other));
    assert_eq!(first[0], other[0], "ids and times do not hang on the seed");

    // Started again it stands where it stood, and draws nothing twice.
    let path = place.path();
    let server = start(path, &again);
    let mut ada = Caller::with(&server, "xoxp-ada");
    let form = "channel=C0OPS&emails=near@away.test&external_limited=false";
    let shared = ada.ask("conversations.inviteShared", form).json;
    assert_ne!(shared["conf_code"], first[10]["conf_code"]);
    assert!(text(path, &["clock"]).starts_with(TIME));
    assert!(text(path, &["clock", "--by", "1d"]).starts_with("2026-01-06T09:00:00Z"));
    let posted = ada.ask("chat.postMessage", "channel=C0OPS&text=later").json;
    assert_eq!(posted["ts"], "1767690000.000000");
    assert_eq!(server.stop().0, Some(0));
}

/// A world that is taken elsewhere is at the same time again, and its ids and tokens are given already.
#[test]
fn nothing_is_given_twice_in_a_world_that_was_exported() {
    let again = ["--clock", TIME, "--seed", "lesson 7"];
    let make = |path: &Path| {
        fs::write(path.join("late.json"), LATE).unwrap();
        let app = ["app", "create", "--manifest", "late.json"];
        let app = json_of(
            path,
            &[&app[..], &["--workspace", "T0ACME", "--json"]].concat(),
        );
        let token = [
            "token",
            "create",
            "--user",
            "U0BEN",
            "--scopes",
            "users:read",
            "--json",
        ];
        [
            app["app_id"].clone(),
            json_of(path, &token)["token"].clone(),
        ]
    };
    let (one, other) = (directory(), directory());
    let server = start(one.path(), &again);
    let first = make(one.path());
    let world = text(one.path(), &["world", "export"]);
    assert_eq!(server.stop().0, Some(0));

    let path = other.path();
    fs::write(path.join("later.yaml"), world).unwrap();
    let server = Server::start(path, &[&["--world", "later.yaml"], &again[..]].concat());
    let second = make(path);
    assert!(
        first[0] != second[0] && first[1] != second[1],
        "{first:?} {second:?}"
    );
    let mut ben = Caller::with(&server, first[1].as_str().unwrap());
    assert_eq!(ben.ask("auth.test", "").json["user_id"], "U0BEN");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn what_cannot_be_is_refused() {
    let place = directory();
    let path = place.path();
    for (args, why) in [
        (["--clock", "noon"], "--clock"),
        (["--clock", "6001-01-01"], "5999"),
        (["--seed", " "], "--seed"),
    ] {
        let (code, error) = failure(path, &[&["serve"], &args[..]].concat());
        assert!(code == 2 && error.contains(why), "{code}: {error}");
    }
    let store = [
        "serve",
        "--seed",
        "7",
        "--store",
        "postgres://127.0.0.1:1/none",
    ];
    let (code, error) = failure(path, &store);
    assert!(code == 2 && error.contains("one server"), "{code}: {error}");
    assert!(
        !run(path, &["world", "list"]).status.success(),
        "no store is left"
    );
}

/// The store keeps by how much its world is moved, and whoever names a time cannot know.
#[test]
fn a_time_that_the_worlds_move_leads_out_of_the_calendar_is_refused() {
    let place = directory();
    let path = place.path();
    let server = start(path, &["--clock", TIME]);
    assert!(text(path, &["clock", "--by", "365d"]).starts_with("2027-01-05T09:00:00Z"));
    assert_eq!(server.stop().0, Some(0));

    let (code, error) = failure(path, &["serve", "--clock", "5999-12-31"]);
    assert_eq!(code, 2, "{error}");
    assert!(
        error.contains("--clock") && error.contains("is moved"),
        "{error}"
    );
    let server = Server::start(path, &["--clock", "5998-12-01"]);
    assert!(text(path, &["clock"]).starts_with("5999-12-01"));
    assert_eq!(server.stop().0, Some(0));
}

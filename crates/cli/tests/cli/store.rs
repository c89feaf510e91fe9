//! `guestlist store`: a copy made under load, put back elsewhere, and looked over.

use crate::{Server, broken::Caller, directory, failure, guestlist, json, run, text};
use serde_json::Value;
use std::{
    collections::HashSet,
    fs,
    os::unix::fs::{FileTypeExt, PermissionsExt, symlink},
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

const BOT: &str = "xoxb-load";
const PEOPLE: usize = 6000;
/// Each call invites so many, all or nobody.
const EACH: usize = 5;

fn person(number: usize) -> String {
    format!("U0P{number:05}")
}

/// A channel, a bot in it, and many who are not.
fn world(path: &Path) {
    let people: String = (0..PEOPLE)
        .map(|number| format!("      - {{id: {}, name: p{number}}}\n", person(number)))
        .collect();
    let text = format!(
        "version: 1\nworkspaces:\n  - id: T0LOAD\n    name: Load\n    domain: load\n    users:\n      \
         - {{id: U0ADA, name: ada, role: primary_owner}}\n{people}    channels:\n      \
         - {{id: C0ALL, name: all, creator: U0ADA, members: [U0ADA, U0LOADER]}}\n    apps:\n      \
         - {{id: A0LOAD, name: loader, bot_user: {{id: U0LOADER, name: loader}}}}\n    tokens:\n      \
         - {{token: {BOT}, app: A0LOAD, scopes: [channels:manage, channels:read]}}\n"
    );
    fs::write(path.join("world.yaml"), text).unwrap();
}

fn members(caller: &mut Caller) -> HashSet<String> {
    let (mut all, mut cursor) = (HashSet::new(), String::new());
    loop {
        let form = format!("channel=C0ALL&limit=1000&cursor={cursor}");
        let answer = caller.ask("conversations.members", &form).json;
        let page = answer["members"].as_array().unwrap();
        all.extend(page.iter().map(|id| id.as_str().unwrap().to_owned()));
        match answer["response_metadata"]["next_cursor"].as_str() {
            None | Some("") => return all,
            Some(next) => cursor = next.replace('=', "%3D"),
        }
    }
}

/// Four callers invite without pause; meanwhile copies are made. In each, when it is served
/// elsewhere, is everybody who was answered for before it was begun, and of each call everybody or
/// nobody.
#[test]
fn a_copy_made_under_load_holds_what_was_answered_and_nothing_half() {
    let place = directory();
    world(place.path());
    let args = ["--world", "world.yaml", "--rate-limits", "off"];
    let server = Server::start(place.path(), &args);
    let answered = Mutex::new(Vec::new());
    let done = AtomicBool::new(false);
    let copies = thread::scope(|scope| {
        for caller in 0..4 {
            let (server, answered, done) = (&server, &answered, &done);
            scope.spawn(move || {
                let mut connection = Caller::with(server, BOT);
                let calls = (0..PEOPLE / EACH).filter(|call| call % 4 == caller);
                for call in calls {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let people = (call * EACH..).take(EACH).map(person);
                    let form = format!(
                        "channel=C0ALL&users={}",
                        people.collect::<Vec<_>>().join(",")
                    );
                    let answer = connection.ask("conversations.invite", &form).json;
                    assert_eq!(answer["ok"], true, "{answer}");
                    answered.lock().unwrap().push(call);
                }
            });
        }
        let mut copies = Vec::new();
        for number in 0..3 {
            // A condition, not a time: something was written since the copy before.
            let before = copies
                .last()
                .map_or(0, |(_, before): &(_, Vec<usize>)| before.len());
            while answered.lock().unwrap().len() < before + 20 {
                thread::yield_now();
            }
            let before = answered.lock().unwrap().clone();
            let file = format!("copy{number}.db");
            let copied = json(place.path(), &["store", "backup", &file, "--json"]);
            assert!(copied["bytes"].as_u64().unwrap() > 4096, "{copied}");
            copies.push((file, before));
        }
        done.store(true, Ordering::Relaxed);
        copies
    });
    let stopped = server.stop();
    assert_eq!(stopped.0, Some(0), "{}", stopped.2);
    let answered = answered.into_inner().unwrap();

    for (file, before) in copies {
        let other = format!("restored-{file}");
        let checked = json(place.path(), &["store", "check", &file, "--json"]);
        assert_eq!(checked["ok"], true, "{checked}");
        text(place.path(), &["store", "restore", &file, "--data", &other]);
        let server = Server::start(place.path(), &["--data", &other]);
        let present = members(&mut Caller::with(&server, BOT));
        assert_eq!(server.stop().0, Some(0));
        let is_in = |call: usize| {
            (call * EACH..)
                .take(EACH)
                .filter(|n| present.contains(&person(*n)))
                .count()
        };
        for call in &before {
            assert_eq!(
                is_in(*call),
                EACH,
                "{file} lacks call {call}, which was answered before"
            );
        }
        for call in 0..PEOPLE / EACH {
            let there = is_in(call);
            assert!(
                there == 0 || there == EACH,
                "{file} holds call {call} by half"
            );
        }
        // The load went on while the copies were made.
        assert!(before.len() < answered.len());
    }
}

/// Slackbot is in conversations, and no user of the world.
#[test]
fn a_store_in_which_slackbot_writes_is_sound() {
    let place = directory();
    let path = place.path();
    let world = "version: 1\nworkspaces:\n  - id: T0ACME\n    name: Acme\n    domain: acme\n    users:\n      \
         - {id: U0ADA, name: ada, role: primary_owner}\n    channels:\n      \
         - {kind: im, members: [U0ADA, USLACKBOT]}\n";
    fs::write(path.join("world.yaml"), world).unwrap();
    text(path, &["world", "import", "world.yaml"]);
    let checked = json(path, &["store", "check", "--json"]);
    assert_eq!(checked["ok"], true, "{checked}");
    text(path, &["store", "backup", "copy"]);
    text(path, &["store", "check", "copy"]);
    text(path, &["store", "restore", "copy", "--data", "other"]);
    for end in ["-wal", "-shm", "-journal"] {
        let left = path.join(format!("copy{end}"));
        assert!(!left.exists(), "{}", left.display());
    }
    Server::start(path, &["--data", "other"]).stop();
    text(path, &["store", "check", "--data", "other"]);
}

/// What was owed to apps of a store that is gone is nothing to the next in its place.
#[test]
fn no_store_begins_beside_the_record_of_another() {
    let place = directory();
    let path = place.path();
    Server::start(path, &[]).stop();
    fs::remove_file(path.join("guestlist-data/guestlist.db")).unwrap();
    world(path);
    for command in [
        &["world", "import", "world.yaml"][..],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let (code, words) = failure(path, command);
        assert!(
            code == 1 && words.contains("deliveries.db: is there already"),
            "{words}"
        );
    }
    assert!(!path.join("guestlist-data/guestlist.db").exists());
    fs::remove_file(path.join("guestlist-data/deliveries.db")).unwrap();
    text(path, &["world", "import", "world.yaml"]);
}

/// What was answered last is in it, and in no other file.
#[test]
fn no_store_begins_beside_the_log_of_one_that_was_killed() {
    let place = directory();
    let (path, data) = (place.path(), place.path().join("guestlist-data"));
    let mut server = Server::start(path, &[]);
    text(path, &["store", "backup", "copy"]);
    text(path, &["clock", "--by", "1h"]);
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    world(path);
    let begins: &[&[&str]] = &[
        &["store", "restore", "copy"],
        &["world", "import", "world.yaml"],
        &["serve", "--listen", "127.0.0.1:0", "--world", "world.yaml"],
        &["serve", "--listen", "127.0.0.1:0"],
    ];
    let old = path.join("old");
    fs::create_dir(&old).unwrap();
    // As who does not know of the others does.
    for file in ["guestlist.db", "deliveries.db"] {
        fs::rename(data.join(file), old.join(file)).unwrap();
    }
    for command in begins {
        let (code, words) = failure(path, command);
        let names = words.contains("-wal: is there already: it is the log of a ");
        assert!(code == 1 && names, "{words}");
    }
    for left in fs::read_dir(&data).unwrap() {
        let left = left.unwrap().file_name();
        if left.to_string_lossy().contains(".db-") {
            fs::rename(data.join(&left), old.join(&left)).unwrap();
        }
    }
    text(path, &["store", "restore", "copy"]);
    let time = |data: &str| {
        text(path, &["store", "check", "--data", data]);
        let clock = json(path, &["clock", "--data", data, "--json"]);
        clock["ts"].as_str().unwrap().parse::<f64>().unwrap()
    };
    assert!(time("old") > time("guestlist-data") + 3000.0);
}

#[test]
fn a_copy_overwrites_nothing_and_leaves_nothing_half() {
    let place = directory();
    let path = place.path();
    // Made, and left by its server.
    Server::start(path, &[]).stop();
    fs::write(path.join("mine"), "mine").unwrap();
    let (code, words) = failure(path, &["store", "backup", "mine"]);
    assert!(
        code == 1 && words.contains("mine: is there already"),
        "{words}"
    );
    assert_eq!(fs::read_to_string(path.join("mine")).unwrap(), "mine");
    let (code, words) = failure(path, &["store", "backup", "none/copy"]);
    assert!(code == 1 && words.contains("none/copy"), "{words}");
    let (code, words) = failure(path, &["store", "backup", "copy", "--data", "empty"]);
    assert!(
        code == 1 && words.contains("there is no store here"),
        "{words}"
    );
    assert!(!path.join("empty").exists());

    text(path, &["store", "backup", "copy"]);
    let mode = path.join("copy").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "its owner's alone");
    let names = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: HashSet<_> = names.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(
        names,
        HashSet::from(["mine", "copy", "guestlist-data"].map(str::to_owned))
    );
    // A copy is a store, and so it can be copied; a file that is none cannot.
    assert_eq!(text(path, &["world", "export"]).len(), {
        text(path, &["store", "restore", "copy", "--data", "other"]);
        text(path, &["world", "export", "--data", "other"]).len()
    });
    let (code, words) = failure(path, &["store", "restore", "copy", "--data", "other"]);
    assert!(code == 1 && words.contains("is there already"), "{words}");
    let (code, words) = failure(path, &["store", "restore", "mine", "--data", "third"]);
    assert!(
        code == 1 && words.contains("mine: is no store of guestlist"),
        "{words}"
    );
    assert!(!path.join("third").exists());
    let (_, words) = failure(path, &["store", "check", "mine"]);
    assert_eq!(words.matches("mine: ").count(), 1, "{words}");
    let (code, words) = failure(path, &["store", "check", "nothing"]);
    assert!(
        code == 1 && words.contains("nothing: cannot be read"),
        "{words}"
    );

    // A held directory is no place to restore to.
    let server = Server::start(path, &[]);
    let (code, _) = failure(path, &["store", "restore", "copy"]);
    assert_eq!(code, 3);
    server.stop();
}

/// Whoever has the store elsewhere does not mean the file that an embedded one left behind.
#[test]
fn a_store_elsewhere_is_not_mistaken_for_the_file() {
    let place = directory();
    let path = place.path();
    Server::start(path, &[]).stop();
    let address = "postgres://me:secret@127.0.0.1:1/acme";
    for args in [
        &["store", "backup", "copy"][..],
        &["store", "check"],
        &["store", "restore", "copy", "--data", "other"],
    ] {
        let (code, words) = failure(path, &[args, &["--store", address]].concat());
        assert!(
            code == 2 && words.contains("for the embedded store") && words.contains("pg_dump"),
            "{words}"
        );
        assert!(
            words.contains("--store: ") && !words.contains("secret"),
            "{words}"
        );
    }
    assert!(!path.join("copy").exists() && !path.join("other").exists());
    // A file that is named is that file.
    text(path, &["store", "backup", "copy"]);
    text(path, &["store", "check", "copy", "--store", address]);
}

/// A disk that is full when the copy is half done: no file, and no part of one.
#[test]
fn a_copy_that_finds_no_room_is_gone() {
    let place = directory();
    let path = place.path();
    world(path);
    text(path, &["world", "import", "world.yaml"]);
    let command = guestlist(path, &["store", "backup", "copy"]);
    let output = crate::broken::on_a_full_disk(command, 200)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let left: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("copy"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    text(path, &["store", "backup", "copy"]);
}

#[test]
fn a_damaged_store_is_told_of() {
    let place = directory();
    let path = place.path();
    world(path);
    text(path, &["world", "import", "world.yaml"]);
    let sound = text(path, &["store", "check"]);
    assert!(sound.ends_with("guestlist.db: sound\n"), "{sound}");
    let of_people = format!("{:<12}{}", "user", PEOPLE + 3);
    assert!(
        sound.contains(&of_people) || sound.contains("user"),
        "{sound}"
    );

    let file = path.join("guestlist-data/guestlist.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs::write(path.join("damaged.db"), &bytes).unwrap();
    let output = run(path, &["store", "check", "damaged.db", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["ok"], false);
    assert!(!told["problems"].as_array().unwrap().is_empty(), "{told}");
    let (code, words) = failure(path, &["store", "restore", "damaged.db", "--data", "other"]);
    assert!(code == 1 && words.contains("is not put back"), "{words}");
    assert!(!path.join("other").exists());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// In a directory that was there already, and whose owner lets others look into it.
#[test]
fn files_with_secrets_are_their_owners_alone() {
    let place = directory();
    let data = place.path().join("guestlist-data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start(place.path(), &[]);
    for file in [
        "guestlist.db",
        "guestlist.db-wal",
        "deliveries.db",
        "control-token",
        "lock",
    ] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    let world = place.path().join("world.yaml");
    let export = ["world", "export", "--output", "world.yaml"];
    assert!(run(place.path(), &export).status.success());
    assert_eq!(mode(&world), 0o600);
    // Others could read the one that was there, which had no secrets, perhaps.
    fs::set_permissions(&world, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(run(place.path(), &export).status.success());
    assert_eq!(mode(&world), 0o600);
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn an_export_replaces_files_alone() {
    let place = directory();
    let at = |name: &str| place.path().join(name);
    let server = Server::start(place.path(), &[]);
    let whole = text(place.path(), &["world", "export"]);
    let export = |to: &str| run(place.path(), &["world", "export", "-o", to]);

    assert_eq!(text(place.path(), &["world", "export", "-o", "-"]), whole);
    assert!(!at("-").exists());

    fs::write(at("target"), "old").unwrap();
    symlink("target", at("link")).unwrap();
    assert!(export("link").status.success());
    assert!(at("link").is_symlink());
    assert_eq!(fs::read_to_string(at("target")).unwrap(), whole);
    assert_eq!(mode(&at("target")), 0o600);

    symlink("nowhere", at("dangling")).unwrap();
    assert_eq!(export("dangling").status.code(), Some(1));
    assert!(at("dangling").is_symlink() && !at("nowhere").exists());

    // Links to devices, lest a mistake costs this machine its own.
    for (device, code) in [("/dev/null", 0), ("/dev/full", 1)] {
        symlink(device, at("device")).unwrap();
        let output = export("device");
        assert_eq!(output.status.code(), Some(code), "{device}: {output:?}");
        assert!(at("device").is_symlink());
        fs::remove_file(at("device")).unwrap();
    }

    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    let pipe = at("pipe");
    let reads = thread::spawn(move || fs::read_to_string(pipe).unwrap());
    assert!(export("pipe").status.success());
    assert!(fs::metadata(at("pipe")).unwrap().file_type().is_fifo());
    assert_eq!(reads.join().unwrap(), whole);

    // What lies where it writes aside may be somebody's.
    symlink("target", at("new.part")).unwrap();
    let output = export("new");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("new.part") && !at("new").exists(), "{words}");
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn a_copy_is_not_put_where_a_store_is_and_what_apps_are_owed_stays() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    assert!(
        run(place.path(), &["store", "backup", "copy.db"])
            .status
            .success()
    );
    assert_eq!(server.stop().0, Some(0));
    let (code, error) = failure(place.path(), &["store", "restore", "copy.db"]);
    assert!(code == 1 && error.contains("guestlist.db: is there already: it stays"));
    fs::remove_file(place.path().join("guestlist-data/guestlist.db")).unwrap();
    let (code, error) = failure(place.path(), &["store", "restore", "copy.db"]);
    assert!(
        code == 1 && error.contains("deliveries.db: is there already") && error.contains("move it")
    );
}

#[test]
fn a_server_is_not_asked_about_another_store_than_its_own() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let other = "postgres://me:hunter2@127.0.0.1:1/acme";
    let (code, error) = failure(place.path(), &["token", "list", "--store", other]);
    assert!(
        code == 2 && error.contains("postgres://127.0.0.1:1/acme"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
    assert_eq!(server.stop().0, Some(0));
}

/// Where a server was that was killed, anybody may listen now.
#[test]
fn an_address_is_asked_only_while_its_server_holds_the_directory() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let listed = text(place.path(), &["token", "list"]);
    let lock = place.path().join("guestlist-data/lock");
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, error) = failure(place.path(), &["token", "list"]);
    assert!(
        code == 1 && error.contains("cannot be trusted"),
        "{code}: {error}"
    );
    fs::set_permissions(&lock, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(text(place.path(), &["token", "list"]), listed);

    drop(server);
    let left = fs::read_to_string(&lock).unwrap();
    let address = left.lines().nth(1).unwrap();
    let thief = std::net::TcpListener::bind(address).unwrap();
    thief.set_nonblocking(true).unwrap();
    assert_eq!(text(place.path(), &["token", "list"]), listed);
    assert!(thief.accept().is_err(), "the address was asked");
}

#[test]
fn a_control_token_is_taken_from_nobody_else_and_shown_to_nobody_else() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let token = place.path().join("guestlist-data/control-token");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let listed = run(place.path(), &["token", "list"]);
    let said = String::from_utf8(listed.stderr).unwrap();
    assert!(
        listed.status.success() && said.contains("warning"),
        "{said}"
    );
    assert_eq!(mode(&token), 0o600);
    let elsewhere = place.path().join("elsewhere");
    fs::rename(&token, &elsewhere).unwrap();
    symlink(&elsewhere, &token).unwrap();
    let (code, error) = failure(place.path(), &["token", "list"]);
    assert!(code == 1 && error.contains("symbolic link"), "{error}");
    assert_eq!(server.stop().0, Some(0));
}

/// Whoever finds a server that does not start has to know which file it is.
#[test]
fn a_file_that_cannot_be_used_is_named() {
    let place = directory();
    assert_eq!(Server::start(place.path(), &[]).stop().0, Some(0));
    let data = place.path().join("guestlist-data");
    let (code, error) = failure(place.path(), &["store", "check", "guestlist-data"]);
    assert!(
        code == 1
            && error.contains("it is a directory")
            && error.contains("guestlist-data/guestlist.db"),
        "{error}"
    );
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    for (file, way_out) in [
        ("deliveries.db", "move"),
        ("guestlist.db", "not a database"),
    ] {
        let file = data.join(file);
        let aside = place.path().join("aside");
        fs::rename(&file, &aside).unwrap();
        fs::write(&file, "x".repeat(9000)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let (code, error) = failure(place.path(), &serve);
        assert!(
            code == 1
                && error.contains(file.file_name().unwrap().to_str().unwrap())
                && error.contains("not a database")
                && error.contains(way_out),
            "{error}"
        );
        fs::rename(&aside, &file).unwrap();
    }
    // What it says may be done helps.
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("deliveries.db")
        {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(Server::start(place.path(), &[]).stop().0, Some(0));
}

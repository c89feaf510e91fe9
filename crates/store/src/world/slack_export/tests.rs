//! Exports good and bad.

mod bad;
mod channels;
mod hostile;
mod lenient;
mod organisations;
mod packing;

use super::{
    archive::Archive,
    fixture::{TempFile, large, zip},
    *,
};
use crate::world::{self, Problems, token_hash};
use guestlist_domain::{
    Channel, ChannelKind, Seed, TokenKind, User,
    channel::Note,
    user::{Guest, Role, Stage},
};

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

const USERS: &str = r#"[
{"id":"U0ADA","team_id":"T0ACME","name":"ada","deleted":false,"real_name":"Ada Park","tz":"Europe/Zurich","is_admin":true,
 "is_owner":true,"is_primary_owner":true,"is_restricted":false,"is_ultra_restricted":false,"is_bot":false,"updated":1600000000,
 "profile":{"title":"Founder","display_name":"Ada","real_name":"Ada Park","email":"Ada@acme.test","avatar_hash":"x","fields":[]}},
{"id":"U0OWN","team_id":"T0ACME","name":"owen","tz":"Mars/Olympus","is_admin":true,"is_owner":true,"profile":{"real_name":"Owen"}},
{"id":"U0ADM","team_id":"T0ACME","name":"admin","is_admin":true,"has_2fa":false,"tz":null,"profile":{"email":null,"guest_expiration_ts":1900000000}},
{"id":"U0MCG","team_id":"T0ACME","name":"multi","is_restricted":true,"profile":{"email":"not an address","guest_expiration_ts":"1900000000"}},
{"id":"U0SCG","team_id":"T0ACME","name":"single","is_restricted":true,"is_ultra_restricted":true,"profile":{"guest_expiration_ts":0}},
{"id":"U0OLD","team_id":"T0ACME","name":"old","deleted":true,"profile":{"email":"new@acme.test"}},
{"id":"U0NEW","team_id":"T0ACME","name":"new","profile":{"email":"new@acme.test"}},
{"id":"U0BOT","team_id":"T0ACME","name":"deploy","real_name":"Deploy","is_bot":true,"profile":{"bot_id":"B0BOT","api_app_id":"A0DEP"}},
{"id":"U0HOOK","team_id":"T0ACME","name":"hook","is_bot":true,"profile":{"api_app_id":""}},
{"id":"USLACKBOT","team_id":"T0ACME","name":"slackbot","is_bot":false},
{"id":"U0FAR","team_id":"T0FAR","name":"far","profile":{"email":"far@far.test"}},
{"id":"W0GRID","name":"grid","profile":null}
]"#;

const CHANNELS: &str = r#"[
{"id":"C0GEN","name":"general","created":1500000000,"creator":"U0ADA","is_archived":false,"is_general":true,
 "members":["U0ADA","U0OWN","U0OWN","USLACKBOT","U0LOST","nonsense"],"topic":{"value":"Hello","creator":"U0GONE","last_set":1500000001},
 "purpose":{"value":"","creator":"","last_set":0},"pins":[{"id":"1.2"}]},
{"id":"C0OLD","name":"Old Stuff","created":1500000100,"updated":1500000200123,"creator":"","is_archived":true,"members":[],
 "previous_names":["older"]},
{"id":"C0EXT","name":"partner","created":1500000300,"creator":"U0ADA","members":["U0ADA","U0FAR","U0BOT"]}
]"#;

const GROUPS: &str = r#"[
{"id":"G0OPS","name":"ops","created":1500000400,"creator":"U0OWN","members":["U0OWN","U0SCG"]},
{"id":"C0TWIN","name":"general","created":1500000500,"creator":"U0OWN","members":["U0OWN"]}
]"#;

const MPIMS: &str = r#"[
{"id":"G0MPIM","name":"mpdm-ada--owen--admin-1","created":1500000600,"creator":"U0ADA","members":["U0ADA","U0OWN","U0ADM"]},
{"id":"C0MPIM","name":"mpdm-ada--owen--admin-2","created":1500000600,"creator":"U0ADA","members":["U0ADM","U0OWN","U0ADA"]}
]"#;

const DMS: &str = r#"[
{"id":"D0ONE","created":1500000700,"members":["U0OWN","U0ADA"]},
{"id":"D0GONE","created":1500000800,"members":["U0ADA","U0VANISHED"]},
{"id":"D0BOT","created":1500000900,"members":["USLACKBOT","U0ADA"]},
{"id":"D0SELF","created":1500000900,"members":["U0ADA"]},
{"id":"D0NONE","created":1500000900,"members":[]}
]"#;

const FULL: [(&str, &str); 7] = [
    ("channels.json", CHANNELS),
    ("groups.json", GROUPS),
    ("mpims.json", MPIMS),
    ("dms.json", DMS),
    ("users.json", USERS),
    ("general/2020-01-01.json", "this is never read"),
    ("integration_logs.json", "[]"),
];

fn import(name: &str, bytes: &[u8]) -> Result<Imported, ExportError> {
    let file = TempFile::new(name, bytes);
    let mut count = 0;
    let mut random = || {
        count += 1;
        [count; 24]
    };
    read(
        file.path(),
        &Options::default(),
        NOW,
        &mut random,
        &mut |_| {},
    )
}

fn imported(files: &[(&str, &str)]) -> Imported {
    import("Acme Slack export Jan 1 2020 - Feb 1 2020.zip", &zip(files))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn error(files: &[(&str, &str)]) -> String {
    import("acme.zip", &zip(files))
        .expect_err("good")
        .to_string()
}

fn told(notes: &[super::Note]) -> Vec<String> {
    notes.iter().map(ToString::to_string).collect()
}

fn user<'s>(seed: &'s Seed, id: &str) -> &'s User {
    seed.users
        .iter()
        .find(|user| user.id.to_string() == id)
        .unwrap()
}

fn channel<'s>(seed: &'s Seed, id: &str) -> &'s Channel {
    seed.channels
        .iter()
        .find(|channel| channel.id.to_string() == id)
        .unwrap()
}

fn members(seed: &Seed, id: &str) -> Vec<String> {
    seed.members
        .iter()
        .filter(|row| row.1.to_string() == id)
        .map(|row| row.2.to_string())
        .collect()
}

/// What an import gives is what a world file could say, in the same order.
fn survives_as_a_world(seed: &Seed) {
    let yaml = world::to_yaml(&world::write(seed)).unwrap();
    let again = world::read("world.yaml", &yaml, NOW, &mut || [0; 24]);
    let again = again
        .unwrap_or_else(|problems: Problems| panic!("{problems}"))
        .seed;
    assert_eq!(again, *seed);
}

#[test]
fn people() {
    let seed = imported(&FULL).loaded.seed;
    let ada = user(&seed, "U0ADA");
    assert_eq!(
        (ada.role, ada.email.as_deref(), ada.tz.as_deref()),
        (
            Role::PrimaryOwner,
            Some("ada@acme.test"),
            Some("Europe/Zurich")
        )
    );
    assert_eq!(
        (&*ada.real_name, &*ada.display_name, &*ada.title),
        ("Ada Park", "Ada", "Founder")
    );
    assert_eq!(ada.updated.seconds(), 1_600_000_000);
    let owen = user(&seed, "U0OWN");
    assert_eq!((owen.role, &*owen.real_name), (Role::Owner, "Owen"));
    assert_eq!(owen.updated, seed.workspaces[0].created);
    assert_eq!(user(&seed, "U0ADM").role, Role::Admin);
    assert!(user(&seed, "U0ADM").no_two_factor);
    assert_eq!(user(&seed, "U0MCG").guest, Some(Guest::MultiChannel));
    assert_eq!(user(&seed, "U0SCG").guest, Some(Guest::SingleChannel));
    let ends = |id| user(&seed, id).expires.map(|at| at.seconds());
    assert_eq!(
        ["U0MCG", "U0SCG", "U0ADM"].map(ends),
        [Some(1_900_000_000), None, None]
    );
    assert!(
        user(&seed, "U0OLD").removed
            && user(&seed, "U0GONE").removed
            && user(&seed, "U0VANISHED").removed
    );
    assert_eq!(
        user(&seed, "U0OLD").email,
        None,
        "who is there holds the address"
    );
    assert_eq!(user(&seed, "U0NEW").email.as_deref(), Some("new@acme.test"));
    assert_eq!(user(&seed, "U0FAR").team.to_string(), "T0FAR");
    assert_eq!(user(&seed, "W0GRID").team.to_string(), "T0ACME");
    assert!(seed.users.iter().all(|user| !user.id.is_slackbot()));
    let (bot, hook) = (user(&seed, "U0BOT"), user(&seed, "U0HOOK"));
    assert_eq!(bot.bot.unwrap().id.to_string(), "B0BOT");
    assert_eq!(seed.apps[0].id.to_string(), "A0DEP");
    assert_eq!(
        (&*seed.apps[0].name, seed.apps[0].bot_user),
        ("Deploy", Some(bot.id))
    );
    assert_eq!(hook.bot.unwrap().app, None);
}

#[test]
fn conversations() {
    let seed = imported(&FULL).loaded.seed;
    let general = channel(&seed, "C0GEN");
    assert!(general.general && !general.archived);
    assert_eq!(
        (general.created.seconds(), general.updated),
        (1_500_000_000, general.created)
    );
    assert_eq!(
        general.topic,
        Note {
            value: "Hello".into(),
            creator: Some(user(&seed, "U0GONE").id),
            last_set: Timestamp::from_seconds(1_500_000_001)
        }
    );
    assert_eq!(general.purpose, Note::default());
    assert_eq!(members(&seed, "C0GEN"), ["U0ADA", "U0OWN"]);
    let old = channel(&seed, "C0OLD");
    assert!(old.archived);
    assert_eq!(
        (&*old.name, old.creator, old.updated.seconds()),
        ("old-stuff", user(&seed, "U0ADA").id, 1_500_000_200)
    );
    assert_eq!(old.previous_names, ["older"]);
    let partner = channel(&seed, "C0EXT");
    assert_eq!(partner.connections[0].workspace.to_string(), "T0FAR");
    assert_eq!(members(&seed, "C0EXT"), ["U0ADA", "U0FAR", "U0BOT"]);
    assert_eq!(channel(&seed, "G0OPS").kind, ChannelKind::Private);
    assert_eq!(channel(&seed, "C0TWIN").name, "general-2");
    let group = channel(&seed, "G0MPIM");
    assert_eq!(
        (group.kind, &*group.name, group.parties.len()),
        (ChannelKind::Mpim, "mpdm-ada--owen--admin-1", 3)
    );
    let dm = channel(&seed, "D0ONE");
    assert_eq!(
        (dm.kind, &*dm.name, dm.creator),
        (ChannelKind::Im, "", user(&seed, "U0OWN").id)
    );
    assert_eq!(members(&seed, "D0GONE"), ["U0ADA", "U0VANISHED"]);
    assert_eq!(members(&seed, "D0BOT"), ["USLACKBOT", "U0ADA"]);
    assert_eq!(channel(&seed, "D0SELF").parties.len(), 1);
    assert_eq!(seed.channels.len(), 10);
    assert_eq!(seed.messages, []);
}

#[test]
fn the_workspace_and_a_way_in() {
    let Imported { loaded, notes } = imported(&FULL);
    let seed = &loaded.seed;
    let home = &seed.workspaces[0];
    assert_eq!(
        (home.id.to_string(), &*home.name, &*home.domain),
        ("T0ACME".to_owned(), "Acme", "acme")
    );
    assert_eq!(
        home.created.seconds(),
        1_500_000_000,
        "the oldest channel's"
    );
    assert_eq!(seed.workspaces[1].id.to_string(), "T0FAR");
    let app = seed.apps.last().unwrap();
    assert_eq!((&*app.name, app.team), ("guestlist", home.id));
    let [bot, person] = &loaded.new_tokens[..] else {
        panic!("{:?}", loaded.new_tokens)
    };
    assert_eq!(
        (bot.kind, bot.user, bot.app),
        (TokenKind::Bot, app.bot_user, Some(app.id))
    );
    assert_eq!(
        (person.kind, person.user),
        (TokenKind::User, Some(user(seed, "U0ADA").id))
    );
    for (new, row) in loaded.new_tokens.iter().zip(&seed.tokens) {
        assert_eq!(token_hash(&new.text), row.hash);
    }
    assert!(
        seed.tokens[0].scopes.holds("channels:join")
            && seed.tokens[1].scopes.holds("channels:write")
    );
    assert_eq!(
        told(&notes),
        [
            "members of channels left out, because no file of people has them: 2 (U0LOST, nonsense)",
            "people made, as removed, because something speaks of them: 2 (U0GONE, U0VANISHED)",
            "e-mail addresses left out, malformed or held by another; they are those of: 2 (U0MCG, U0OLD)",
            "time zones left out, unknown; they are those of: 1 (U0OWN)",
            "workspaces made for people of other organisations: 1 (T0FAR)",
            "channels given another name: 2 (C0OLD Old Stuff → old-stuff, C0TWIN general → general-2)",
            "DMs left out, without people of the workspace or between the same as another: 2 (C0MPIM, D0NONE)",
        ]
    );
}

#[test]
fn an_import_survives_as_a_world() {
    survives_as_a_world(&imported(&FULL).loaded.seed);
    let bytes = large(300, 40, 20);
    survives_as_a_world(&import("large.zip", &bytes).unwrap().loaded.seed);
}

#[test]
fn only_two_files_are_needed_and_one_folder_is_seen_through() {
    let seed = imported(&[("users.json", USERS), ("channels.json", CHANNELS)])
        .loaded
        .seed;
    assert_eq!(seed.channels.len(), 3);
    let folder: Vec<(String, &str)> = FULL
        .iter()
        .map(|(name, text)| (format!("acme export/{name}"), *text))
        .collect();
    let mut folder: Vec<(&str, &str)> = folder
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    folder.push(("__MACOSX/acme export/._users.json", "junk"));
    assert_eq!(imported(&folder).loaded.seed, imported(&FULL).loaded.seed);
}

#[test]
fn an_export_without_people_is_a_world_without_tokens_of_people() {
    let Imported { loaded, notes } = imported(&[
        ("users.json", "[]"),
        ("channels.json", r#"[{"id":"C0X","name":"x"}]"#),
    ]);
    assert_eq!(loaded.new_tokens.len(), 1);
    assert_eq!(told(&notes), [""; 0]);
    assert!(loaded.seed.channels[0].creator.is_slackbot());
    assert_eq!(loaded.seed.channels[0].created, NOW);
    survives_as_a_world(&loaded.seed);
}

#[test]
fn names_come_from_the_file_unless_given() {
    for (file, name, domain) in [
        (
            "Acme & Sons Slack export Jan 1 2020 - Feb 1 2020.zip",
            "Acme & Sons",
            "acme-sons",
        ),
        ("backup.zip", "backup", "backup"),
        ("日本.zip", "日本", "imported"),
    ] {
        let name_read = name_from(Path::new(file));
        assert_eq!(
            (name_read.as_str(), domain_from(name).as_str()),
            (name, domain)
        );
    }
    let file = TempFile::new(
        "x.zip",
        &zip(&[("users.json", "[]"), ("channels.json", "[]")]),
    );
    // A name that says nothing is none.
    for (given, name) in [("Name", "Name"), (" ", "x")] {
        let options = Options {
            name: Some(given.into()),
            domain: Some("domain".into()),
        };
        let seed = read(file.path(), &options, NOW, &mut || [0; 24], &mut |_| {})
            .unwrap()
            .loaded
            .seed;
        let workspace = &seed.workspaces[0];
        assert_eq!((&*workspace.name, &*workspace.domain), (name, "domain"));
    }
}

#[test]
fn progress_is_told() {
    let file = TempFile::new("large.zip", &large(2_500, 10, 5));
    let mut told = Vec::new();
    let progress = &mut |progress: Progress| told.push(progress);
    read(
        file.path(),
        &Options::default(),
        NOW,
        &mut || [0; 24],
        progress,
    )
    .unwrap();
    let counts: Vec<(&str, u64)> = told
        .iter()
        .map(|progress| (progress.file, progress.entries))
        .collect();
    assert_eq!(
        counts,
        [
            ("users.json", 1_000),
            ("users.json", 2_000),
            ("users.json", 2_500),
            ("channels.json", 10)
        ]
    );
    assert_eq!(told[2].bytes, told[2].of_bytes);
    assert!(told[0].bytes < told[1].bytes);
}

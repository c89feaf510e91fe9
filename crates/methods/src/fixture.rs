//! A small world for the pages' tests, and a way to call pages in it.
//!
//! Acme (`T0ACME`) and Acme West (`T0WEST`) are one organisation. Globex (`T0GLOBEX`) is
//! connected with Acme through `C0SHARED`. Initech (`T0INITECH`) has to do with nobody.

use crate::{
    arguments::Arguments,
    catalogue::find,
    handle::{Answer, Run},
    seen::saw,
};
use guestlist_domain::{
    App, Caller, Channel, ChannelId, ChannelKind, Enterprise, Message, Seed, Timestamp, Token,
    TokenHash, TokenKind, User, UserId, Workspace,
    channel::Connection,
    facts::Membership,
    invitation::{Acceptance, Invitation, Recipient, State, lapse},
    message::{Text, What},
    user::{Bot, Guest, Role},
};
use guestlist_store::{Clock, Directory, Store, load_into, testing};
use serde_json::{Value, json};
use std::{str::FromStr, sync::Arc};

/// Reads an id, as in `id::<UserId>("U0ADA")`.
pub(crate) fn id<T: FromStr>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no id of the kind"))
}

/// Second number `n` of the fixture's time.
pub(crate) fn at(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + n)
}

/// Stands in for the hash of a token's text.
pub(crate) fn hash(text: &str) -> TokenHash {
    let mut bytes = [0; 32];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    TokenHash(bytes)
}

/// A token with every scope a page asks for.
pub(crate) fn token(text: &str, team: &str, user: &str, kind: TokenKind) -> Token {
    let every = crate::CATALOGUE.iter().flat_map(|entry| {
        entry
            .spec
            .scopes
            .bot
            .every()
            .into_iter()
            .chain(entry.spec.scopes.user.every())
            .map(str::to_owned)
    });
    Token {
        hash: hash(text),
        team: id(team),
        kind,
        app: (kind != TokenKind::User).then(|| id("A0GREET")),
        user: Some(id(user)),
        scopes: every.collect::<Vec<_>>().into(),
        expires_at: None,
        revoked: false,
        workspaces: Vec::new(),
        channels: Vec::new(),
    }
}

/// A token with these scopes and no others.
pub(crate) fn token_with(
    text: &str,
    team: &str,
    user: &str,
    kind: TokenKind,
    scopes: &[&str],
) -> Token {
    let scopes = scopes
        .iter()
        .map(|scope| (*scope).to_owned())
        .collect::<Vec<_>>()
        .into();
    Token {
        scopes,
        ..token(text, team, user, kind)
    }
}

/// A member of a workspace, with an address.
pub(crate) fn user(team: &str, text: &str, name: &str) -> User {
    let mut user = User::new(id(text), id(team), name);
    user.email = Some(format!("{name}@{}.test", team[2..].to_ascii_lowercase()));
    user.updated = at(0);
    user
}

/// A channel made by Ada's like: the first of its members.
pub(crate) fn channel(
    team: &str,
    text: &str,
    kind: ChannelKind,
    name: &str,
    creator: &str,
) -> Channel {
    Channel::new(id(text), id(team), kind, name, id(creator), at(1))
}

/// Puts people into a conversation.
pub(crate) fn join(seed: &mut Seed, channel: &str, users: &[&str]) {
    let channel: ChannelId = id(channel);
    let team = seed
        .channels
        .iter()
        .find(|c| c.id == channel)
        .expect("the channel is there")
        .team;
    for user in users {
        seed.members
            .push((team, channel, id(user), Membership::new(at(2))));
    }
}

/// A written message in a conversation of Acme's.
pub(crate) fn post(seed: &mut Seed, channel: &str, user: &str, ts: Timestamp, text: &str) {
    let written = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let message = Message {
        ts,
        user: id(user),
        what: What::Text(Box::new(written)),
    };
    seed.messages.push((id("T0ACME"), id(channel), message));
}

/// Puts an invitation into the seed, to a channel of Acme's by its bot: to an address or a user.
pub(crate) fn offer<'a>(
    seed: &'a mut Seed,
    text: &str,
    channel: &str,
    to: &str,
    state: State,
) -> &'a mut Invitation {
    let to = match to.contains('@') {
        true => Recipient::Email(to.to_owned()),
        false => Recipient::User(id(to)),
    };
    let invitation = Invitation {
        id: id(text),
        channel: id(channel),
        inviter: id("U0GREET"),
        to,
        external_limited: false,
        message: None,
        requested: state == State::Requested,
        state,
        created: at(10),
        updated: at(10),
        expires: lapse(at(10)),
        reviewer: None,
        denial: None,
        expected: None,
        link: Some(format!("zt-{}", text.to_lowercase())),
        conf_code: Some("123-456".to_owned()),
        acceptance: None,
    };
    seed.invitations.push((id("T0ACME"), invitation));
    &mut seed.invitations.last_mut().expect("one").1
}

/// Lets an invitation be accepted by Gil of Globex; these sides have yet to approve.
pub(crate) fn accepted(invitation: &mut Invitation, awaiting: &[&str]) {
    invitation.state = State::PendingApproval;
    invitation.acceptance = Some(Acceptance {
        workspace: id("T0GLOBEX"),
        user: id("U0GIL"),
        name: Some("acme-secret".to_owned()),
        private: false,
        at: at(20),
        expires: lapse(at(20)),
        awaiting: awaiting.iter().map(|team| id(team)).collect(),
        reviews: Vec::new(),
    });
}

/// The world of the module's introduction.
pub(crate) fn town() -> Seed {
    let mut seed = Seed::default();
    seed.enterprises.push(Enterprise {
        id: id("E0ACME"),
        name: "Acme Corp".to_owned(),
        domain: "acme-corp".to_owned(),
        ekm_suspended: false,
        blocked_methods: Vec::new(),
        added: Timestamp::default(),
    });
    for (team, name, domain) in [
        ("T0ACME", "Acme", "acme"),
        ("T0WEST", "Acme West", "acme-west"),
        ("T0GLOBEX", "Globex", "globex"),
        ("T0INITECH", "Initech", "initech"),
    ] {
        let mut workspace = Workspace::new(id(team), name, domain);
        workspace.email_domain = format!("{domain}.test");
        workspace.enterprise = name.starts_with("Acme").then(|| id("E0ACME"));
        seed.workspaces.push(workspace);
    }
    seed.apps.push(App {
        id: id("A0GREET"),
        team: id("T0ACME"),
        name: "greeter".to_owned(),
        created: at(0),
        bot_user: Some(id("U0GREET")),
        bot: Some(id("B0GREET")),
        signing_secret: None,
        client_id: None,
        client_secret: None,
        allowed_addresses: Vec::new(),
        events: None,
        interactivity: Default::default(),
        oauth: guestlist_domain::workspace::OAuth::default(),
    });
    for (team, text, name) in [
        ("T0ACME", "U0ADA", "ada"),
        ("T0ACME", "U0BOB", "bob"),
        ("T0ACME", "U0GREET", "greeter"),
        ("T0ACME", "U0MIA", "mia"),
        ("T0ACME", "U0OLD", "otto"),
        ("T0WEST", "U0WES", "wes"),
        ("T0GLOBEX", "U0GIL", "gil"),
        ("T0GLOBEX", "U0GUS", "gus"),
        ("T0INITECH", "U0XEN", "xen"),
    ] {
        seed.users.push(user(team, text, name));
    }
    person(&mut seed, "U0ADA").role = Role::Owner;
    person(&mut seed, "U0ADA").real_name = "Ada Park".to_owned();
    person(&mut seed, "U0GREET").bot = Some(Bot {
        id: id("B0GREET"),
        app: Some(id("A0GREET")),
    });
    person(&mut seed, "U0GREET").email = None;
    person(&mut seed, "U0MIA").guest = Some(Guest::MultiChannel);
    person(&mut seed, "U0OLD").removed = true;

    use ChannelKind::{Im, Mpim, Private, Public};
    for (text, kind, name, members) in [
        (
            "C0GENERAL",
            Public,
            "general",
            &["U0ADA", "U0BOB", "U0GREET"][..],
        ),
        ("C0GUESTS", Public, "guests", &["U0BOB", "U0MIA"]),
        ("C0HIDDEN", Private, "hidden", &["U0BOB"]),
        ("C0PAST", Public, "past", &["U0ADA"]),
        ("C0RANDOM", Public, "random", &["U0ADA"]),
        ("C0SECRET", Private, "secret", &["U0ADA", "U0GREET"]),
        ("C0SHARED", Public, "shared", &["U0ADA", "U0GREET", "U0GUS"]),
        ("D0ADABOB", Im, "", &["U0ADA", "U0BOB"]),
        ("D0ADAOLD", Im, "", &["U0ADA", "U0OLD"]),
        (
            "G0TRIO",
            Mpim,
            "mpdm-ada--bob--greeter-1",
            &["U0ADA", "U0BOB", "U0GREET"],
        ),
    ] {
        let mut made = channel("T0ACME", text, kind, name, members[0]);
        if kind.is_dm() {
            made.parties = members.iter().map(|user| id(user)).collect();
        }
        seed.channels.push(made);
        join(&mut seed, text, members);
    }
    place(&mut seed, "C0GENERAL").general = true;
    place(&mut seed, "C0PAST").archived = true;
    place(&mut seed, "C0SHARED").connections.push(Connection {
        workspace: id("T0GLOBEX"),
        external_limited: false,
        name: Some("acme-shared".to_owned()),
        private: None,
        connected: at(3),
    });

    seed.tokens = vec![
        token("bot", "T0ACME", "U0GREET", TokenKind::Bot),
        token("ada", "T0ACME", "U0ADA", TokenKind::User),
        token("bob", "T0ACME", "U0BOB", TokenKind::User),
        token("mia", "T0ACME", "U0MIA", TokenKind::User),
        token("wes", "T0WEST", "U0WES", TokenKind::User),
        token("gus", "T0GLOBEX", "U0GUS", TokenKind::User),
        token("xen", "T0INITECH", "U0XEN", TokenKind::User),
        Token {
            workspaces: vec![id("T0ACME"), id("T0WEST")],
            ..token("org", "T0ACME", "U0GREET", TokenKind::Org)
        },
    ];
    seed
}

/// Somebody of a seed, to be changed.
pub(crate) fn person<'a>(seed: &'a mut Seed, text: &str) -> &'a mut User {
    let wanted: UserId = id(text);
    seed.users
        .iter_mut()
        .find(|user| user.id == wanted)
        .expect("the user is there")
}

/// A conversation of a seed, to be changed.
pub(crate) fn place<'a>(seed: &'a mut Seed, text: &str) -> &'a mut Channel {
    let wanted: ChannelId = id(text);
    seed.channels
        .iter_mut()
        .find(|channel| channel.id == wanted)
        .expect("the channel is there")
}

/// A store with a world in it.
pub(crate) struct Scene {
    /// The store.
    pub(crate) store: Store,
    _directory: tempfile::TempDir,
}

impl Scene {
    /// The world of a seed.
    pub(crate) fn of(seed: &Seed) -> Self {
        let path = tempfile::tempdir().expect("a directory for the test");
        let directory = Directory::hold(path.path()).expect("nobody else has it");
        let directory = directory.with_store(testing::elsewhere());
        load_into(&directory, seed, "a test", &mut |_, _| {}).expect("the seed is whole");
        let store = Store::open(directory, Clock::default()).expect("the store opens");
        Self {
            store,
            _directory: path,
        }
    }

    /// The [`town`].
    pub(crate) fn new() -> Self {
        Self::of(&town())
    }

    /// Calls a method as the server would once it knows the caller; returns the answer's JSON.
    pub(crate) async fn call(&self, token: &str, method: &str, args: Value) -> Value {
        self.call_by(self.caller(token).await, method, args).await
    }

    /// Whom a token stands for.
    pub(crate) async fn caller(&self, token: &str) -> Arc<Caller> {
        let owner = self
            .store
            .owner(hash(token))
            .await
            .expect("the store answers")
            .expect("the token is there");
        owner.caller.clone().expect("the token acts for somebody")
    }

    /// The same by somebody who was looked up before.
    pub(crate) async fn call_by(
        &self,
        mut caller: Arc<Caller>,
        method: &str,
        args: Value,
    ) -> Value {
        let entry = find(method).unwrap_or_else(|| panic!("no method {method}"));
        let mut given = Arguments::default();
        for (name, value) in args.as_object().expect("arguments are an object") {
            given.push(name.clone(), value.clone());
        }
        if caller.token.kind == TokenKind::Org
            && let Some(Some(team)) = given.id("team_id")
        {
            let workspace = self
                .store
                .read(|reader| reader.workspace(team))
                .await
                .expect("the store answers");
            caller = Arc::new(Caller {
                workspace: workspace.expect("a workspace"),
                ..Caller::clone(&caller)
            });
        }
        if let Some(code) = (entry.closed_to)(&caller) {
            return json!({"ok": false, "error": code});
        }
        let column = caller.column(&entry.spec.scopes);
        if !column.met_by(&caller.token.scopes) {
            return shown(Answer::missing_scope(&column.every(), &caller));
        }
        shown(match entry.run {
            Run::Plain(run) => run(Some(&caller), &given, self.store.clock().now()),
            Run::App(_) => panic!("{method} is for app-level tokens"),
            Run::Store(run) => run(&self.store, caller, &given).await,
            Run::Open(run) => run(&self.store, &given).await,
        })
    }

    /// Calls a method that is to be refused; returns the code.
    pub(crate) async fn refusal(&self, token: &str, method: &str, args: Value) -> String {
        let answer = self.call(token, method, args.clone()).await;
        answer["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{method} {args} was answered: {answer}"))
            .to_owned()
    }

    /// Makes calls that are to be refused — method, token, arguments, code — and checks that of
    /// each method among them every code with a state is reached.
    pub(crate) async fn refuses(&self, rows: &[(&str, &str, Value, &str)]) {
        for (method, token, args, code) in rows {
            assert_eq!(
                self.refusal(token, method, args.clone()).await,
                *code,
                "{method} as {token}: {args}"
            );
            saw(method, code);
        }
        for (method, ..) in rows {
            let errors = (find(method).expect("a method").errors)();
            for error in errors.iter().filter(|error| error.state.is_some()) {
                let reached = rows
                    .iter()
                    .any(|(other, .., code)| other == method && *code == error.code);
                assert!(reached, "{method}: no call that is answered {}", error.code);
            }
        }
    }

    /// Every row of `key`, page by page of `limit`; panics on a page that is empty or not full
    /// before the end.
    pub(crate) async fn walk(
        &self,
        token: &str,
        method: &str,
        args: Value,
        key: &str,
        limit: usize,
    ) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut args = args.clone();
            args["limit"] = limit.into();
            args["cursor"] = cursor.into();
            let answer = self.call(token, method, args).await;
            let page = answer[key]
                .as_array()
                .unwrap_or_else(|| panic!("{method}: {answer}"))
                .clone();
            cursor = answer["response_metadata"]["next_cursor"]
                .as_str()
                .expect("a cursor")
                .to_owned();
            assert!(
                page.len() == limit || cursor.is_empty(),
                "{method}: a page of {} before the end",
                page.len()
            );
            rows.extend(page);
            if cursor.is_empty() {
                return rows;
            }
        }
    }
}

/// The answer's JSON, envelope and all.
fn shown(answer: Answer) -> Value {
    match answer {
        Answer::Good {
            reply,
            warnings,
            next_cursor,
        } => {
            let mut body: Value = serde_json::from_slice(&reply).expect("a reply is JSON");
            if body.is_null() {
                body = json!({});
            }
            body["ok"] = true.into();
            if let Some(cursor) = next_cursor {
                body["response_metadata"]["next_cursor"] = cursor.into();
            }
            if !warnings.is_empty() {
                body["warning"] = warnings.join(",").into();
                body["response_metadata"]["warnings"] = warnings.into();
            }
            body
        }
        Answer::Refused {
            code,
            extra,
            messages,
        } => {
            let mut body = json!({"ok": false, "error": code});
            for (name, value) in extra {
                body[name] = value;
            }
            if !messages.is_empty() {
                body["response_metadata"]["messages"] = messages.into();
            }
            body
        }
    }
}

/// The ids of rows, in alphabetical order; pages have them by length first.
pub(crate) fn sorted(rows: &Value) -> Vec<&str> {
    let mut ids = ids(rows);
    ids.sort_unstable();
    ids
}

/// The ids of rows, as they come.
pub(crate) fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array()
        .map(|rows| {
            rows.iter()
                .filter_map(|row| row["id"].as_str().or(row.as_str()))
                .collect()
        })
        .unwrap_or_default()
}

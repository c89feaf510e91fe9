//! What must hold of whatever was read.

use guestlist_domain::{ChannelId, Moment, Seed, TeamId, Timestamp, UserId, mrkdwn};
use guestlist_methods::{
    Arguments, BadArguments, CATALOGUE,
    common::{Common, Warning},
    find,
    handle::{Answer, Run},
};
use guestlist_server::{
    Settings,
    fuzzing::{self, Call},
};
use guestlist_store::{fuzzing::stored, world};
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use serde_json::Value;
use std::{collections::HashSet, sync::LazyLock};

/// What came of reading a call.
pub(crate) type Outcome = Result<Call, (Common, Option<Warning>)>;

/// So few that the limit is met now and then.
pub(crate) const MOST_ARGUMENTS: usize = 64;

/// Every code that reading a call may come to.
const CODES: [Common; 9] = [
    Common::MissingPostType,
    Common::InvalidPostType,
    Common::InvalidCharset,
    Common::InvalidFormData,
    Common::InvalidJson,
    Common::JsonNotObject,
    Common::InvalidArrayArg,
    Common::InvalidArgName,
    Common::InvalidArguments,
];

/// Reads a POST as the server does.
pub(crate) fn post(kind: HeaderValue, body: &[u8]) -> Outcome {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
    read(&Method::POST, &Uri::from_static("/api/x"), &headers, body)
}

/// Reads a call as the server does, and says what holds of every call.
pub(crate) fn read(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Outcome {
    static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings {
        max_arguments: MOST_ARGUMENTS,
        ..Settings::default()
    });
    let outcome = fuzzing::decode(method, uri, headers, body, &SETTINGS);
    match &outcome {
        Ok(call) => of_arguments(&call.arguments),
        Err((code, _)) => assert!(CODES.contains(code), "{code:?}"),
    }
    outcome
}

/// Whether an argument may have this name; what the documentation says, said once more.
pub(crate) fn is_name(name: &[u8]) -> bool {
    let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_');
    (1..=128).contains(&name.len()) && name.iter().all(plain)
}

fn of_arguments(given: &Arguments) {
    assert!(given.len() <= MOST_ARGUMENTS);
    for (name, _) in given.iter() {
        assert!(is_name(name.as_bytes()), "{name:?}");
        assert_ne!(name, "token");
        of_values(given, name);
    }
    for entry in CATALOGUE {
        if let Some(answer) = (entry.arguments)(given) {
            of_refusal(entry.spec.name, &answer);
        }
    }
    of_echo(given);
}

/// A text that was escaped stays as it is, and nothing of it stands for more than one thing.
fn of_markup(text: &str) {
    let escaped = mrkdwn::escape(text);
    assert_eq!(mrkdwn::escape(&escaped), escaped);
    let (open, close) = (escaped.matches('<').count(), escaped.matches('>').count());
    assert_eq!(open, close, "{escaped}");
}

/// Every way to read a value, and that those agree which read the same.
fn of_values(given: &Arguments, name: &str) {
    let text = given.text(name);
    if let Some(text) = &text {
        of_markup(text);
    }
    let name: &'static str = match find_name(name) {
        Some(name) => name,
        None => return,
    };
    let trimmed = text.as_deref().map(str::trim).unwrap_or_default();
    match given.flag::<()>(name) {
        Ok(flag) => assert_eq!(flag, matches!(&*trimmed.to_ascii_lowercase(), "1" | "true")),
        Err(bad) => assert!(matches!(bad, BadArguments::Invalid(..))),
    }
    if let Ok(Some(number)) = given.integer::<()>(name) {
        assert_eq!(trimmed.parse(), Ok(number));
    }
    if let Some(Some(ts)) = given.timestamp(name) {
        assert_eq!(Timestamp::parse_ts(&ts.ts()), Some(ts));
    }
    if let Some(Some(id)) = given.id::<UserId>(name) {
        assert_eq!(id.to_string(), trimmed);
        assert!(id.key() > 0 && UserId::from_key(id.key()) == id);
    }
    if let Some(Some(id)) = given.id::<ChannelId>(name) {
        assert_eq!(id.to_string(), trimmed);
    }
    if let Some(Some(id)) = given.id::<TeamId>(name) {
        assert_eq!(id.to_string(), trimmed);
    }
    let list = given.list(name).unwrap_or_default();
    let distinct: HashSet<&String> = list.iter().collect();
    assert_eq!(distinct.len(), list.len());
    assert!(
        list.iter()
            .all(|entry| !entry.is_empty() && entry.trim() == entry)
    );
    if let Some(Ok(value)) = given.json(name) {
        assert!(!value.is_null() || trimmed == "null");
    }
}

/// The name as the catalogue has it, if any method has such an argument.
fn find_name(name: &str) -> Option<&'static str> {
    static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let args = CATALOGUE.iter().flat_map(|entry| entry.spec.args);
        args.map(|arg| arg.name).collect()
    });
    NAMES.get(name).copied()
}

/// A method refuses arguments with a code that its page has, or with the one that all share.
fn of_refusal(method: &str, answer: &Answer) {
    static CODES: LazyLock<HashSet<(&'static str, &'static str)>> = LazyLock::new(|| {
        let codes = |entry: &'static guestlist_methods::Entry| {
            let errors = (entry.errors)().into_iter();
            errors.map(|error| (entry.spec.name, error.code))
        };
        CATALOGUE.iter().flat_map(codes).collect()
    });
    let Answer::Refused { code, messages, .. } = answer else {
        panic!("{method}: arguments alone are no answer");
    };
    let shared = *code == <&'static str>::from(Common::InvalidArguments);
    assert!(
        shared || CODES.contains(&(method, &**code)),
        "{method}: {code}"
    );
    assert_eq!(shared, !messages.is_empty(), "{method}: {code}");
    let body = object(&fuzzing::body(answer, None));
    assert_eq!(
        (&body["ok"], &body["error"]),
        (&Value::Bool(false), &Value::from(&**code))
    );
}

/// `api.test` says what it was told, whatever that was.
fn of_echo(given: &Arguments) {
    let Some(Run::Plain(run)) = find("api.test").map(|entry| entry.run) else {
        panic!("api.test needs no store");
    };
    let told: serde_json::Map<String, Value> = given
        .iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    let told = Value::Object(told);
    if !is_plain(&told, 100) {
        return;
    }
    let body = object(&fuzzing::body(
        &run(None, given, Timestamp(0)),
        Some(Warning::MissingCharset),
    ));
    assert_eq!(body["args"], told);
    match given.text("error").filter(|code| !code.is_empty()) {
        Some(code) => assert_eq!(body["error"], *code),
        None => assert_eq!(body["ok"], true),
    }
}

/// Whether JSON comes back from its text exactly: not too deep, and without fractions, whose last
/// digit the reader of JSON rounds.
pub(crate) fn is_plain(value: &Value, depth: usize) -> bool {
    match value {
        _ if depth == 0 => false,
        Value::Number(number) => !number.is_f64(),
        Value::Array(values) => values.iter().all(|value| is_plain(value, depth - 1)),
        Value::Object(values) => values.values().all(|value| is_plain(value, depth - 1)),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn object(body: &[u8]) -> Value {
    let value: Value = serde_json::from_slice(body).expect("an answer is JSON");
    assert!(value.is_object());
    value
}

/// Long after a world was read.
const LATER: Timestamp = Timestamp::from_seconds(1_900_000_000);

/// A world that was read can be written and read again, and survives the store: nothing is lost,
/// nothing is added, whenever that is done.
pub(crate) fn of_world(seed: &Seed) {
    assert_eq!(there_and_back(seed), *seed);
    let kept = stored(seed).expect("a world that was read fits the tables");
    let again = there_and_back(&kept);
    assert_eq!(stored(&again).expect("and so does its export"), kept);
    // Life goes on after the newest thing in it: what is made then has an id.
    let members = seed.members.iter().map(|(.., place)| place.since);
    let messages = seed.messages.iter().map(|(.., message)| message.ts);
    let newest = members.chain(messages).max().unwrap_or_default();
    let mut moment = Moment::new(LATER, newest);
    let (one, other) = (moment.channel_id('C'), moment.channel_id('D'));
    assert_ne!(one.to_string()[1..], other.to_string()[1..]);
    assert_eq!(one.to_string().parse(), Ok(one));
}

fn there_and_back(seed: &Seed) -> Seed {
    let text = world::to_yaml(&world::write(seed)).expect("a world can be written");
    let loaded = world::read("export.yaml", &text, LATER, &mut || [0; 24])
        .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    assert!(loaded.new_tokens.is_empty());
    loaded.seed
}

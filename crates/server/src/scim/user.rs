//! Somebody as SCIM shows them, and as it says that they are to be.

use super::{
    attributes::{self, Object, kept, list, object, says, text, truth},
    problem::{Code, Problem},
    version::Version,
};
use guestlist_domain::{
    Timestamp, User,
    invitation::address,
    people::{About, provision::Person},
    scim::{self, Attributes, BadAttribute},
    user::Guest,
};
use guestlist_store::world::{read_time, time_text};
use serde_json::{Value, json};

/// The most characters of a name or a job.
const MAX_NAME: usize = 80;

/// What else is shown of somebody.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Where the server is reached.
    pub(super) site: String,
    /// The world's time.
    pub(super) now: Timestamp,
    /// When the workspace was made.
    pub(super) since: Timestamp,
    /// Groups they are in: ids and names.
    pub(super) groups: Vec<(String, String)>,
    /// Channels that a guest is in, as far as whoever asks sees them: ids and names.
    pub(super) channels: Vec<(String, String)>,
}

/// Texts out of what is kept, below the keys that follow a prefix.
fn below(kept: &Attributes, prefix: &str) -> Object {
    let texts = kept.iter().filter_map(|(path, text)| {
        let key = path.strip_prefix(prefix)?;
        Some((key.to_owned(), Value::from(text.as_str())))
    });
    texts.collect()
}

/// What can be said of somebody as it is said now.
pub(super) fn said(version: Version, user: &User, now: Timestamp) -> Object {
    let kept = &user.scim;
    let mut told = Object::new();
    let mut tell = |key: &str, value: Value| told.insert(key.to_owned(), value);
    tell("userName", user.name.as_str().into());
    tell("nickName", user.name.as_str().into());
    tell("displayName", user.display_name.as_str().into());
    tell("title", user.title.as_str().into());
    tell("active", (!user.is_gone(now)).into());
    tell("timezone", user.tz.as_deref().unwrap_or("Etc/UTC").into());
    for key in [
        "externalId",
        "profileUrl",
        "userType",
        "preferredLanguage",
        "locale",
    ] {
        if let Some(text) = kept.get(key) {
            tell(key, text.as_str().into());
        }
    }
    let (given, family) = scim::parts(&user.real_name, kept);
    let mut name = json!({"givenName": given, "familyName": family});
    if let Some(prefix) = kept.get("name.honorificPrefix") {
        name["honorificPrefix"] = prefix.as_str().into();
    }
    tell("name", name);
    let mut emails = Vec::new();
    if let Some(email) = &user.email {
        let mut first = below(kept, "emails.0.");
        first.insert("value".to_owned(), email.as_str().into());
        emails.push(first);
        emails.push(below(kept, "emails.1."));
    }
    for (key, mut values) in [
        ("emails", emails),
        ("photos", vec![below(kept, "photos.0.")]),
        ("addresses", vec![below(kept, "addresses.0.")]),
        (
            "phoneNumbers",
            vec![
                below(kept, "phoneNumbers.0."),
                below(kept, "phoneNumbers.1."),
            ],
        ),
        ("roles", vec![below(kept, "roles.0.")]),
    ] {
        values.retain(|value| !value.is_empty());
        for (at, value) in values.iter_mut().enumerate() {
            if key != "photos" {
                value.insert("primary".to_owned(), (at == 0).into());
            }
        }
        if !values.is_empty() {
            tell(key, values.into_iter().map(Value::Object).collect());
        }
    }
    let mut enterprise = below(kept, "enterprise.");
    if let Some(id) = enterprise.remove("manager.managerId") {
        enterprise.insert("manager".to_owned(), json!({"managerId": id}));
    }
    if !enterprise.is_empty() {
        tell(version.enterprise(), enterprise.into());
    }
    let profile = below(kept, "profile.");
    if !profile.is_empty() {
        tell(version.profile(), profile.into());
    }
    if let Some(guest) = user.guest {
        let mut shown = json!({"type": kind(guest)});
        if let Some(expires) = user.expires {
            shown["expiration"] = time_text(expires).into();
        }
        tell(version.guest(), shown);
    }
    told
}

/// What a change of a part starts from: what is said of somebody now. What counts only where it is said is not among it,
/// or is `null`, which no body has: the handle and the name, which other attributes say as well.
pub(super) fn start(version: Version, user: &User, now: Timestamp) -> Object {
    let mut told = said(version, user, now);
    told.remove("active");
    told.remove("nickName");
    told.insert("userName".to_owned(), Value::Null);
    for part in ["givenName", "familyName"] {
        told["name"][part] = Value::Null;
    }
    told
}

/// Whether a change of a part says nothing of this.
fn stays(object: &Object, key: &str) -> bool {
    object.get(key).is_some_and(Value::is_null)
}

fn kind(guest: Guest) -> &'static str {
    match guest {
        Guest::MultiChannel => "multi",
        Guest::SingleChannel => "single",
    }
}

/// Somebody as they are shown.
pub(super) fn show(version: Version, user: &User, around: &Around) -> Value {
    let mut told = said(version, user, around.now);
    let pairs = |pairs: &[(String, String)]| -> Value {
        let pairs = pairs.iter();
        pairs
            .map(|(value, display)| json!({"value": value, "display": display}))
            .collect()
    };
    let extensions = [version.enterprise(), version.guest(), version.profile()];
    let present = extensions.into_iter().filter(|urn| told.contains_key(*urn));
    let schemas: Vec<_> = [version.user()].into_iter().chain(present).collect();
    if let Some(guest) = told.get_mut(version.guest()) {
        guest["channels"] = pairs(&around.channels);
    }
    let created = user.created().unwrap_or(around.since);
    let location = format!("{}/scim/{}/Users/{}", around.site, version.name(), user.id);
    for (key, value) in [
        ("schemas", json!(schemas)),
        ("id", json!(user.id)),
        ("groups", pairs(&around.groups)),
        (
            "meta",
            json!({"created": time_text(created), "location": location}),
        ),
    ] {
        told.insert(key.to_owned(), value);
    }
    Value::Object(told)
}

/// What a body says that somebody is to be. What it leaves out is cleared; but for whether they are there, what their
/// identity provider knows them by, and that they are a guest. What is said as it is known is taken as it is, though
/// nobody could give it here: who came otherwise may have a longer job than that.
pub(super) fn read(
    version: Version,
    body: &Object,
    known: Option<&User>,
) -> Result<Person, Problem> {
    version.refuse_other(body)?;
    let mut kept = Attributes::new();
    let mut keep = |path: &str, text: Option<String>| {
        let Some(text) = text else { return Ok(()) };
        let had = known.and_then(|known| known.scim.get(path));
        if let Some(had) = had.filter(|had| had.trim() == text) {
            kept.insert(path.to_owned(), had.clone());
            return Ok(());
        }
        match scim::check(path, &text) {
            Ok(()) => {
                kept.insert(path.to_owned(), text);
                Ok(())
            }
            Err(bad) => Err(unfit(path, bad)),
        }
    };
    for key in [
        "externalId",
        "profileUrl",
        "userType",
        "preferredLanguage",
        "locale",
    ] {
        keep(key, text(body, key, key)?)?;
    }
    let name = object(body, "name")?;
    let part = |key: &str| match name {
        Some(name) if !stays(name, key) => text(name, key, &format!("name.{key}")),
        _ => Ok(None),
    };
    keep("name.honorificPrefix", part("honorificPrefix")?)?;
    let (given, family) = (part("givenName")?, part("familyName")?);
    // The whole name counts where no part of it is said.
    let whole = part("formatted")?.filter(|_| given.is_none() && family.is_none());
    let had = known.map(|known| scim::parts(&known.real_name, &known.scim));
    let (first, last) = had.unwrap_or_default();
    let or_had = |key: &str, said: Option<String>, had: &str| match name {
        Some(name) if stays(name, key) => Some(had.trim().to_owned()).filter(|had| !had.is_empty()),
        _ => said,
    };
    let given = or_had("givenName", given, &first);
    let family = or_had("familyName", family, &last);
    let had_name = known.is_some_and(|known| {
        let same = |said: &Option<String>, had: &str| said.as_deref().unwrap_or("") == had.trim();
        match &whole {
            Some(whole) => whole == known.real_name.trim(),
            None => same(&given, &first) && same(&family, &last),
        }
    });
    let real_name = if had_name {
        None
    } else if let Some(whole) = whole {
        Some(shown_text("name.formatted", whole)?)
    } else {
        let joined = scim::joined(
            given.as_deref().unwrap_or_default(),
            family.as_deref().unwrap_or_default(),
        );
        keep(scim::GIVEN_NAME, given)?;
        keep(scim::FAMILY_NAME, family)?;
        Some(shown_text("name", joined)?)
    };
    for key in ["photos", "addresses", "phoneNumbers", "roles"] {
        let fields = || attributes::fields(key).iter().chain(&["type"]);
        let most = kept_of(key);
        let mut at = 0;
        for value in list(body, key)? {
            let said = fields().map(|field| text(value, field, &format!("{key}.{field}")));
            let said = said.collect::<Result<Vec<_>, _>>()?;
            // One that says nothing that is kept takes no place of another.
            if at == most || !says(key, value) {
                continue;
            }
            for (field, given) in fields().zip(said) {
                keep(&format!("{key}.{at}.{field}"), given)?;
            }
            at += 1;
        }
    }
    if let Some(enterprise) = object(body, version.enterprise())? {
        for key in [
            "employeeNumber",
            "costCenter",
            "organization",
            "division",
            "department",
        ] {
            let path = format!("enterprise.{key}");
            keep(&path, text(enterprise, key, &path)?)?;
        }
        keep("enterprise.manager.managerId", manager(enterprise)?)?;
    }
    if let Some(profile) = object(body, version.profile())? {
        keep(
            "profile.startDate",
            text(profile, "startDate", "profile.startDate")?,
        )?;
    }
    let email = emails(body, known, &mut keep)?;
    let mut about = About {
        name: Some(user_name(body, known)?),
        real_name,
        display_name: named(body, "displayName", known.map(|known| &known.display_name))?,
        title: named(body, "title", known.map(|known| &known.title))?,
        email: email.map(Some),
        tz: time_zone(body, known)?,
        ..About::default()
    };
    if let Some(guest) = object(body, version.guest())? {
        read_guest(guest, known, &mut about)?;
    } else if known.is_none_or(|known| known.guest.is_none()) {
        about.guest = Some(None);
    }
    // What is called as it was stays written as it was.
    for path in [scim::GIVEN_NAME, scim::FAMILY_NAME] {
        let had = known.and_then(|known| known.scim.get(path));
        if let Some(had) = had.filter(|_| had_name) {
            kept.insert(path.to_owned(), had.clone());
        }
    }
    about.scim = Some(kept);
    Ok(Person {
        about,
        active: truth(body, "active", "active")?,
    })
}

fn kept_of(key: &str) -> usize {
    kept(key).unwrap_or(1)
}

/// The handle. `nickName` is another word for it, which counts where `userName` is not said.
fn user_name(body: &Object, known: Option<&User>) -> Result<String, Problem> {
    let had = known.map(|known| known.name.as_str());
    let read = |key| match had {
        // Who came otherwise may be called as nobody is called here.
        Some(had) if is_said(body, key, had) => Ok(Some(had.to_owned())),
        _ => text(body, key, key).map(|text| text.map(|text| scim::handle(&text))),
    };
    let stays = stays(body, "userName");
    let given = if stays { None } else { read("userName")? };
    let name = given.or(read("nickName")?);
    let name = name.or_else(|| had.filter(|_| stays).map(str::to_owned));
    let Some(name) = name.filter(|_| body.contains_key("userName") || known.is_some()) else {
        let message = "`userName` is needed";
        return Err(Problem::new(Code::MissingSchemaElement, message));
    };
    if Some(name.as_str()) == had {
        return Ok(name);
    }
    if name.chars().count() > scim::MAX_USER_NAME {
        let most = scim::MAX_USER_NAME;
        let message = format!("`userName`: it has at most {most} characters");
        return Err(Problem::new(Code::UsernameTooLong, message));
    }
    if !name.contains(char::is_alphanumeric) {
        let message = "`userName`: it has a letter or a digit in it";
        return Err(Problem::value(message));
    }
    Ok(name)
}

/// Whether a text is said just so.
fn is_said(body: &Object, key: &str, had: &str) -> bool {
    body.get(key).and_then(Value::as_str) == Some(had)
}

/// A text that is shown, unless it is said as it is known.
fn named(body: &Object, key: &str, had: Option<&String>) -> Result<Option<String>, Problem> {
    if had.is_some_and(|had| is_said(body, key, had)) {
        return Ok(None);
    }
    shown_text(key, text(body, key, key)?.unwrap_or_default()).map(Some)
}

fn shown_text(key: &str, text: String) -> Result<String, Problem> {
    if text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(Problem::value(format!(
            "`{key}` has up to {MAX_NAME} characters that can be seen"
        )));
    }
    Ok(text)
}

/// The time zone, unless it is said as it is known. Who nothing is known of is in UTC.
fn time_zone(body: &Object, known: Option<&User>) -> Result<Option<Option<String>>, Problem> {
    let had = known.map(|known| known.tz.as_deref().unwrap_or("Etc/UTC"));
    if had.is_some_and(|had| is_said(body, "timezone", had)) {
        return Ok(None);
    }
    let Some(tz) = text(body, "timezone", "timezone")? else {
        return Ok(Some(None));
    };
    match jiff::tz::TimeZone::get(&tz) {
        Ok(_) => Ok(Some(Some(tz))),
        Err(_) => Err(Problem::value(format!(
            "`timezone` is one of the IANA database, such as Europe/Zurich, not `{}`",
            tz.escape_debug()
        ))),
    }
}

/// The primary address; the second, and what kinds they are of, are kept.
fn emails(
    body: &Object,
    known: Option<&User>,
    keep: &mut impl FnMut(&str, Option<String>) -> Result<(), Problem>,
) -> Result<Option<String>, Problem> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for one in list(body, "emails")? {
        let Some(text_) = text(one, "value", "emails.value")? else {
            continue;
        };
        let had = known.and_then(|known| known.email.clone());
        let had = had.filter(|had| *had == text_);
        let Some(email) = had.or_else(|| address(&text_)) else {
            return Err(Problem::value(format!(
                "`emails.value` is an e-mail address, not `{}`",
                text_.escape_debug()
            )));
        };
        if found.iter().all(|(known, _)| *known != email) {
            found.push((email, text(one, "type", "emails.type")?));
        }
    }
    let mut found = found.into_iter();
    let Some((email, kind)) = found.next() else {
        // Who came otherwise may have none.
        if known.is_some_and(|known| known.email.is_none()) {
            return Ok(None);
        }
        let message = "`emails`: one address is needed";
        return Err(Problem::new(Code::MissingPrimaryEmail, message));
    };
    keep("emails.0.type", kind)?;
    if let Some((second, kind)) = found.next() {
        keep(scim::SECOND_EMAIL, Some(second))?;
        keep("emails.1.type", kind)?;
    }
    Ok(Some(email))
}

/// Whose id is kept.
fn manager(enterprise: &Object) -> Result<Option<String>, Problem> {
    let Some(given) = enterprise.get("manager").map(attributes::manager) else {
        return Ok(None);
    };
    let holder = Object::from_iter([("manager".to_owned(), given)]);
    match object(&holder, "manager")? {
        Some(manager) => text(manager, "managerId", "enterprise.manager.managerId"),
        None => Ok(None),
    }
}

/// That somebody is a guest, and until when.
fn read_guest(guest: &Object, known: Option<&User>, about: &mut About) -> Result<(), Problem> {
    let had = known.and_then(|known| known.guest);
    let asked = text(guest, "type", "guest.type")?;
    match asked.as_deref().map(str::to_lowercase).as_deref() {
        Some("multi") => about.guest = Some(Some(Guest::MultiChannel)),
        Some("single") if had == Some(Guest::SingleChannel) => {}
        None if had.is_some() => {}
        None => {
            let message = "the guest's `type` is needed: `multi`";
            return Err(Problem::new(Code::MissingSchemaElement, message));
        }
        Some(other) => {
            return Err(Problem::value(format!(
                "the guest's `type` is `multi`, not `{}`",
                other.escape_debug()
            )));
        }
    }
    about.expires = match text(guest, "expiration", "guest.expiration")? {
        None => Some(None),
        Some(text) => match read_time(&text) {
            Ok(time) => Some(Some(time)),
            Err(why) => {
                return Err(Problem::value(format!(
                    "the guest's `expiration`, `{}`: {why}",
                    text.escape_debug()
                )));
            }
        },
    };
    Ok(())
}

fn unfit(path: &str, bad: BadAttribute) -> Problem {
    // The number of a value says nothing to who gave it.
    let path = path.replace(".0.", ".").replace(".1.", ".");
    Problem::value(format!("`{path}`: {bad}"))
}

#[cfg(test)]
mod tests;

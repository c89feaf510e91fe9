//! Accounts: read, made, changed, deactivated.

use super::{
    Answer, Call,
    attributes::{self, Object},
    find,
    list::Query,
    patch::{self, Operation},
    problem::{Code, Problem},
    user::{self, Around},
    version::Version,
};
use guestlist_domain::{
    Actor, ChannelId, ChannelKind, Facts, Key, Moment, Plan, Stop, TeamId, Timestamp, User, UserId,
    Usergroup,
    people::provision::{self, Person, Realm},
    scim, see,
    user::Guest,
};
use guestlist_store::{Decide, Reader, StoreError};
use http::StatusCode;
use serde_json::Value;
use std::sync::Arc;

/// What people are found by.
pub(super) const FILTERS: [&str; 17] = [
    "id",
    "externalid",
    "username",
    "nickname",
    "displayname",
    "name.givenname",
    "name.familyname",
    "title",
    "email",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "active",
    "restricted",
    "ultra_restricted",
    "usertype",
];
/// Of these, what is a handle.
pub(super) const HANDLES: [&str; 2] = ["username", "nickname"];
/// Of these, what is an address.
pub(super) const ADDRESSES: [&str; 3] = ["email", "emails", "emails.value"];
/// The most channels that are shown of a guest.
const MOST_CHANNELS: usize = 1000;

/// What somebody has of what a filter is over, in lower case.
pub(super) fn values(user: &User, now: Timestamp, attribute: &str) -> Vec<String> {
    let kept = |path: &str| user.scim.get(path).map(String::as_str);
    let truth = |truth: bool| Some(if truth { "true" } else { "false" });
    let id = user.id.to_string();
    // An only address whose type was never said is that for work.
    let is_only = user.email.is_some() && kept(scim::SECOND_EMAIL).is_none();
    let first_type = || kept("emails.0.type").or(is_only.then_some("work"));
    let (given, family) = scim::parts(&user.real_name, &user.scim);
    let found = match attribute {
        "id" => vec![Some(id.as_str())],
        "externalid" => vec![kept(scim::EXTERNAL_ID)],
        "username" | "nickname" => vec![Some(user.name.as_str())],
        "displayname" => vec![Some(user.display_name.as_str())],
        "name.givenname" => vec![Some(given.as_str())],
        "name.familyname" => vec![Some(family.as_str())],
        "title" => vec![Some(user.title.as_str())],
        "usertype" => vec![kept("userType")],
        "email" | "emails" | "emails.value" => {
            vec![user.email.as_deref(), kept(scim::SECOND_EMAIL)]
        }
        "emails.type" => vec![first_type(), kept("emails.1.type")],
        "emails.primary" | "emails.0.primary" => vec![user.email.as_ref().and(truth(true))],
        "emails.0.value" => vec![user.email.as_deref()],
        "emails.0.type" => vec![first_type()],
        "emails.1.primary" => vec![truth(false)],
        "emails.1.type" | scim::SECOND_EMAIL => vec![kept(attribute)],
        "active" => vec![truth(!user.is_gone(now))],
        "restricted" => vec![truth(user.guest.is_some())],
        "ultra_restricted" => vec![truth(user.is_single_channel_guest())],
        _ => Vec::new(),
    };
    found.into_iter().flatten().map(str::to_lowercase).collect()
}

/// Some of the accounts.
pub(super) async fn list(call: &Call, query: Option<&str>) -> Result<Answer, Problem> {
    let mut query = Query::read(query, &FILTERS)?;
    // Who was created as `Ada@acme.test` is called by the handle that was made of it, and found by either.
    query.filter = query
        .filter
        .map(|filter| filter.or_as(&HANDLES, &scim::handle));
    let (version, site) = (call.version, call.site());
    let realm = call.realm.clone();
    let document = call.store().read_long(move |reader| {
        let (total, users) = find::find(reader, &realm, &query)?;
        let groups = reader.usergroups(realm.caller.team())?;
        let mut showing = Showing::new(reader, &realm, version, &site, groups);
        let mut shown = Vec::with_capacity(users.len());
        for user in &users {
            shown.push(query.trim(showing.show(reader, user)?));
        }
        Ok::<_, Problem>(query.page(version, total, shown))
    });
    Ok(Answer::ok(document.await?))
}

/// What is shown of several people.
struct Showing<'a> {
    realm: &'a Realm,
    version: Version,
    around: Around,
    /// Groups with who is in them.
    groups: Vec<(Vec<UserId>, (String, String))>,
}

impl<'a> Showing<'a> {
    /// What shows people of whom some are in these groups.
    fn new(
        reader: &Reader,
        realm: &'a Realm,
        version: Version,
        site: &str,
        groups: Vec<Usergroup>,
    ) -> Self {
        let groups = groups.into_iter().map(|mut group| {
            group.users.sort();
            (group.users, (group.id.to_string(), group.name))
        });
        Self {
            realm,
            version,
            around: Around {
                site: site.to_owned(),
                now: reader.now(),
                since: realm.caller.workspace.created,
                ..Around::default()
            },
            groups: groups.collect(),
        }
    }

    fn show(&mut self, reader: &mut Reader, user: &User) -> Result<Value, StoreError> {
        let of = self.groups.iter();
        let of = of.filter(|(users, _)| users.binary_search(&user.id).is_ok());
        self.around.groups = of.map(|(_, told)| told.clone()).collect();
        self.around.channels = match user.guest {
            Some(Guest::MultiChannel | Guest::SingleChannel) => {
                channels(reader, self.realm, user.id)?
            }
            None => Vec::new(),
        };
        Ok(user::show(self.version, user, &self.around))
    }
}

/// The channels somebody is in that whoever asks may know of.
fn channels(
    reader: &mut Reader,
    realm: &Realm,
    user: UserId,
) -> Result<Vec<(String, String)>, StoreError> {
    let kinds = [ChannelKind::Public, ChannelKind::Private];
    let ids: Vec<ChannelId> = reader
        .channels_of(user, &kinds, None, MOST_CHANNELS)?
        .iter()
        .map(|channel| channel.id)
        .collect();
    let mut shown = Vec::with_capacity(ids.len());
    for id in ids {
        let seen = reader.look(|facts| see::channel(facts, &realm.caller, Some(id)))?;
        if let Some(seen) = seen {
            let name = seen.channel.name_in(seen.team).to_owned();
            shown.push((id.to_string(), name));
        }
    }
    Ok(shown)
}

/// Somebody as they are now; whoever was just made is in no group yet.
async fn shown(call: &Call, user: Arc<User>, just_made: bool) -> Result<Value, Problem> {
    let (version, site) = (call.version, call.site());
    let realm = call.realm.clone();
    let show = move |reader: &mut Reader| {
        let groups = match just_made {
            true => Vec::new(),
            false => reader.usergroups_of(realm.caller.team(), user.id)?,
        };
        Showing::new(reader, &realm, version, &site, groups).show(reader, &user)
    };
    let shown = match just_made {
        true => call.store().read(show).await,
        // All groups of the workspace are looked through for it.
        false => call.store().read_long(show).await,
    };
    shown.map_err(|error: StoreError| error.into())
}

/// An account.
pub(super) async fn one(call: &Call, id: &str) -> Result<Answer, Problem> {
    let id = id.parse::<UserId>().ok();
    let found = call.store().read(|reader| match id {
        Some(id) => reader.user(id),
        None => Ok(None),
    });
    let found = found
        .await?
        .filter(|user| call.realm.has(user) && user.has_come() && user.bot.is_none());
    match found {
        Some(user) => Ok(Answer::ok(shown(call, user, false).await?)),
        None => Err(provision::Refusal::NoSuchUser.into()),
    }
}

/// An account is made.
pub(super) async fn create(call: &Call, body: &[u8]) -> Result<Answer, Problem> {
    let body = attributes::body(call.version, body, call.version.user())?;
    let person = user::read(call.version, &body, None)?;
    let made = decide(call, None, Deed::Create(person)).await?;
    let location = format!(
        "{}/scim/{}/Users/{}",
        call.site(),
        call.version.name(),
        made.id
    );
    Ok(Answer {
        status: StatusCode::CREATED,
        document: Some(shown(call, made, true).await.map_err(Problem::written)?),
        location: Some(location),
    })
}

/// An account is as a body says.
pub(super) async fn replace(call: &Call, id: &str, body: &[u8]) -> Result<Answer, Problem> {
    let body = attributes::body(call.version, body, call.version.user())?;
    changed(call, id, Deed::Replace(body)).await
}

/// Something is another about an account.
pub(super) async fn patch(call: &Call, id: &str, body: &[u8]) -> Result<Answer, Problem> {
    let body = attributes::body(call.version, body, call.version.patch())?;
    let deed = match call.version {
        Version::One => Deed::Merge(body),
        Version::Two => Deed::Patch(patch::operations(&body)?),
    };
    changed(call, id, deed).await
}

async fn changed(call: &Call, id: &str, deed: Deed) -> Result<Answer, Problem> {
    let user = decide(call, Some(id), deed).await?;
    let shown = shown(call, user, false).await.map_err(Problem::written)?;
    Ok(Answer::ok(shown))
}

/// An account is deactivated. It stays, and so does what its person said.
pub(super) async fn deactivate(call: &Call, id: &str) -> Result<Answer, Problem> {
    decide(call, Some(id), Deed::Deactivate).await?;
    Ok(Answer::nothing())
}

async fn decide(call: &Call, id: Option<&str>, deed: Deed) -> Result<Arc<User>, Problem> {
    let store = call.store();
    let who = id.map(|id| id.parse::<UserId>().ok());
    let (before, teams) = match who {
        None => (None, vec![call.realm.caller.team()]),
        Some(None) => return Err(provision::Refusal::NoSuchUser.into()),
        Some(Some(id)) => {
            let known = store.read(|reader| reader.user(id)).await?;
            let known = known.filter(|user| call.realm.has(user));
            let teams = known.as_ref().map(|user| user.all_teams().collect());
            (known, teams.unwrap_or_default())
        }
    };
    // Nobody who goes comes into channels.
    let welcomed = match deed {
        Deed::Deactivate => Vec::new(),
        _ => teams.clone(),
    };
    let mut realm = Realm::clone(&call.realm);
    realm.usual = store.usual_channels(welcomed).await?;
    let doing = Doing {
        realm,
        version: call.version,
        who: who.flatten(),
        teams,
        deed,
    };
    let user = store.write(Arc::new(doing)).await?;
    // Who is gone now, or a guest, may have been brought somewhere by another node meanwhile.
    let leaves = |before: &User| {
        (user.removed && !before.removed) || (user.guest.is_some() && before.guest.is_none())
    };
    if let Some(before) = before.filter(|before| leaves(before)) {
        store.sweep(before.team, user.id).await;
    }
    Ok(user)
}

/// What is done about an account.
enum Deed {
    Create(Person),
    Replace(Object),
    Patch(Vec<Operation>),
    Merge(Object),
    Deactivate,
}

struct Doing {
    realm: Realm,
    version: Version,
    /// Whom it is about; nobody yet where they are made.
    who: Option<UserId>,
    /// The workspaces they were in, or come into.
    teams: Vec<TeamId>,
    deed: Deed,
}

impl Decide for Doing {
    type Outcome = Arc<User>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        super::actor(&self.realm.caller)
    }

    fn needs(&self) -> Vec<Key> {
        self.realm.needs(self.who, &self.teams)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Arc<User>>, Stop<Problem>> {
        let refused = |stop: Stop<provision::Refusal>| stop.map(Problem::from);
        let person = match &self.deed {
            Deed::Create(person) => {
                return provision::create(facts, &self.realm, person, moment).map_err(refused);
            }
            Deed::Deactivate => Person {
                active: Some(false),
                ..Person::default()
            },
            Deed::Replace(_) | Deed::Patch(_) | Deed::Merge(_) => {
                let known = provision::account(facts, &self.realm, self.who).map_err(refused)?;
                self.person(known, moment.now()).map_err(Stop::Refused)?
            }
        };
        provision::change(facts, &self.realm, self.who, &person, moment).map_err(refused)
    }
}

impl Doing {
    /// What somebody is to be who is known.
    fn person(&self, known: &User, now: Timestamp) -> Result<Person, Problem> {
        let version = self.version;
        if let Deed::Replace(body) = &self.deed {
            return user::read(version, body, Some(known));
        }
        let mut said = user::start(version, known, now);
        match &self.deed {
            Deed::Patch(operations) => {
                for operation in operations {
                    patch::apply(&mut said, operation)?;
                }
            }
            Deed::Merge(body) => patch::merge(&mut said, body)?,
            Deed::Create(_) | Deed::Replace(_) | Deed::Deactivate => {}
        }
        if known.guest.is_some() && !said.contains_key(version.guest()) {
            let message = "a guest is not made a full member here: call admin.users.setRegular";
            return Err(Problem::new(Code::Immutable, message));
        }
        user::read(version, &said, Some(known))
    }
}

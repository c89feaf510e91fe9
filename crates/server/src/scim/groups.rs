//! Groups: read, made, changed, erased.

use super::{
    Answer, Call, attributes, filter::Filter, group, list::Query, patch, problem::Problem,
    version::Version,
};
use guestlist_domain::{
    Actor, Caller, Facts, Key, Moment, Plan, Stop, UserId, Usergroup, UsergroupId,
    usergroup::{
        MAX_MEMBERS,
        provision::{self, Edit},
    },
};
use guestlist_store::{Decide, Reader, StoreError};
use http::StatusCode;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// What groups are found by.
const FILTERS: [&str; 5] = [
    "id",
    "externalid",
    "displayname",
    "members",
    "members.value",
];
/// The most groups that are answered at once: each may have thousands of members.
const MAX_COUNT: usize = 100;
/// The most members that are answered at once, but for those of the first group.
const MOST_MEMBERS: usize = MAX_MEMBERS;

/// Some of the groups.
pub(super) async fn list(call: &Call, query: Option<&str>) -> Result<Answer, Problem> {
    let mut query = Query::read(query, &FILTERS)?;
    query.count = query.count.min(MAX_COUNT);
    let (version, site, team) = (call.version, call.site(), call.realm.caller.team());
    let document = call.store().read_long(move |reader| {
        let mut groups = reader.usergroups(team)?;
        if let Some(filter) = &query.filter {
            groups.retain(|group| matches(filter, group));
        }
        let total = groups.len();
        let page = groups.iter().skip(query.skip()).take(query.count);
        let (mut names, mut shown) = (HashMap::new(), Vec::new());
        let mut told = 0;
        for one in page {
            let people = match query.excluded.contains(&"members") {
                true => Vec::new(),
                false => {
                    told += one.users.len();
                    // The page ends early, which `itemsPerPage` says.
                    if told > MOST_MEMBERS && !shown.is_empty() {
                        break;
                    }
                    members(reader, one, &mut names)?
                }
            };
            shown.push(query.trim(group::show(version, &site, one, &people)));
        }
        Ok::<_, StoreError>(query.page(version, total, shown))
    });
    Ok(Answer::ok(document.await?))
}

fn matches(filter: &Filter, group: &Usergroup) -> bool {
    let id = |user: &UserId| user.to_string().to_lowercase();
    let values = |attribute: &str| match attribute {
        "id" => vec![group.id.to_string().to_lowercase()],
        "displayname" => vec![group.name.to_lowercase()],
        "members" | "members.value" => group.users.iter().map(id).collect(),
        // Of several one; and nothing of what is not kept.
        other => {
            let at = other.strip_prefix("members.");
            let at = at.and_then(|at| at.strip_suffix(".value"));
            let at = at.and_then(|at| at.parse::<usize>().ok());
            let one = at.and_then(|at| group.users.get(at));
            one.map(id).into_iter().collect()
        }
    };
    filter.matches(&values)
}

/// Who is in a group, with what they are called.
fn members(
    reader: &mut Reader,
    group: &Usergroup,
    names: &mut HashMap<UserId, String>,
) -> Result<Vec<(UserId, String)>, StoreError> {
    let mut members = Vec::with_capacity(group.users.len());
    for id in &group.users {
        let name = match names.get(id) {
            Some(name) => name.clone(),
            None => {
                let user = reader.user(*id)?;
                let name = user.map_or_else(String::new, |user| user.full_name().to_owned());
                names.insert(*id, name.clone());
                name
            }
        };
        members.push((*id, name));
    }
    Ok(members)
}

/// A group.
pub(super) async fn one(call: &Call, id: &str, query: Option<&str>) -> Result<Answer, Problem> {
    let query = Query::read(query, &FILTERS)?;
    let id = id.parse::<UsergroupId>().ok();
    let team = call.realm.caller.team();
    let found = call.store().read(|reader| match id {
        Some(id) => reader.usergroup(team, id),
        None => Ok(None),
    });
    match found.await? {
        Some(found) => Ok(Answer::ok(query.trim(shown(call, found).await?))),
        None => Err(provision::Refusal::NoSuchGroup.into()),
    }
}

async fn shown(call: &Call, found: Arc<Usergroup>) -> Result<Value, Problem> {
    let (version, site) = (call.version, call.site());
    let document = call.store().read_long(move |reader| {
        let people = members(reader, &found, &mut HashMap::new())?;
        Ok::<_, StoreError>(group::show(version, &site, &found, &people))
    });
    Ok(document.await?)
}

/// A group is made.
pub(super) async fn create(call: &Call, body: &[u8]) -> Result<Answer, Problem> {
    let body = attributes::body(call.version, body, call.version.group())?;
    let (name, people) = group::read(&body)?;
    let deed = Deed::Create(name, vec![Edit::Set(people)]);
    let made = changed(call, None, deed).await?;
    let location = format!(
        "{}/scim/{}/Groups/{}",
        call.site(),
        call.version.name(),
        made.id
    );
    Ok(Answer {
        status: StatusCode::CREATED,
        document: Some(shown(call, made).await.map_err(Problem::written)?),
        location: Some(location),
    })
}

/// A group is as a body says.
pub(super) async fn replace(call: &Call, id: &str, body: &[u8]) -> Result<Answer, Problem> {
    let body = attributes::body(call.version, body, call.version.group())?;
    let (name, people) = group::read(&body)?;
    let deed = Deed::Change(vec![Edit::Name(name), Edit::Set(people)]);
    let group = changed(call, Some(id), deed).await?;
    let shown = shown(call, group).await.map_err(Problem::written)?;
    Ok(Answer::ok(shown))
}

/// Something is another about a group.
pub(super) async fn patch(call: &Call, id: &str, body: &[u8]) -> Result<Answer, Problem> {
    let edits = match call.version {
        Version::One => group::parts(&attributes::body(call.version, body, call.version.group())?)?,
        Version::Two => {
            let body = attributes::body(call.version, body, call.version.patch())?;
            group::edits(&patch::operations(&body)?)?
        }
    };
    let group = changed(call, Some(id), Deed::Change(edits)).await?;
    let shown = shown(call, group).await.map_err(Problem::written)?;
    Ok(Answer::ok(shown))
}

/// A group is gone for good.
pub(super) async fn erase(call: &Call, id: &str) -> Result<Answer, Problem> {
    let doing = Erasing {
        caller: call.realm.caller.clone(),
        id: id.parse().ok(),
    };
    call.store().write(Arc::new(doing)).await?;
    Ok(Answer::nothing())
}

async fn changed(call: &Call, id: Option<&str>, deed: Deed) -> Result<Arc<Usergroup>, Problem> {
    let doing = Doing {
        caller: call.realm.caller.clone(),
        id: id.and_then(|id| id.parse().ok()),
        deed,
    };
    Ok(call.store().write(Arc::new(doing)).await?)
}

/// What is done about a group.
enum Deed {
    /// Its name, and who is in it.
    Create(String, Vec<Edit>),
    Change(Vec<Edit>),
}

struct Doing {
    caller: Arc<Caller>,
    id: Option<UsergroupId>,
    deed: Deed,
}

impl Decide for Doing {
    type Outcome = Arc<Usergroup>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        super::actor(&self.caller)
    }

    fn needs(&self) -> Vec<Key> {
        let (Deed::Create(_, edits) | Deed::Change(edits)) = &self.deed;
        provision::needs(&self.caller, edits)
    }

    fn decide(
        &self,
        facts: &Facts,
        moment: &mut Moment,
    ) -> Result<Plan<Arc<Usergroup>>, Stop<Problem>> {
        let caller = &self.caller;
        match &self.deed {
            Deed::Create(name, edits) => provision::create(facts, caller, name, edits, moment),
            Deed::Change(edits) => provision::change(facts, caller, self.id, edits, moment),
        }
        .map_err(|stop| stop.map(Problem::from))
    }
}

struct Erasing {
    caller: Arc<Caller>,
    id: Option<UsergroupId>,
}

impl Decide for Erasing {
    type Outcome = ();
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        super::actor(&self.caller)
    }

    fn needs(&self) -> Vec<Key> {
        provision::needs(&self.caller, &[])
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<Problem>> {
        let erased = provision::erase(facts, &self.caller, self.id, moment);
        erased.map_err(|stop| stop.map(Problem::from))
    }
}

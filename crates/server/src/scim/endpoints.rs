//! The endpoints of SCIM: what they are called, and how often they may be, per minute and at once.

use super::{Place, SCOPE, Verb};
use crate::{
    endpoint::{Endpoint, Interface},
    rate::Pace,
};

static READ_USERS: Pace = Pace::new("scim.users.read", 300, 300);
static CREATE_USERS: Pace = Pace::new("scim.users.create", 180, 20);
static UPDATE_USERS: Pace = Pace::new("scim.users.update", 180, 20);
static DELETE_USERS: Pace = Pace::new("scim.users.delete", 180, 20);
static READ_GROUPS: Pace = Pace::new("scim.groups.read", 300, 300);
static CREATE_GROUPS: Pace = Pace::new("scim.groups.create", 180, 20);
static UPDATE_GROUPS: Pace = Pace::new("scim.groups.update", 180, 80);
static DELETE_GROUPS: Pace = Pace::new("scim.groups.delete", 180, 20);
static READ: Pace = Pace::new("scim.read", 1000, 1000);
static WRITE: Pace = Pace::new("scim.write", 600, 180);

/// Everything that is called, and what counts for all else.
pub(crate) static ENDPOINTS: &[&Endpoint] = &[
    &CONFIG,
    &TYPES,
    &LIST_SCHEMAS,
    &READ_SCHEMA,
    &USERS.list,
    &USERS.create,
    &USERS.read,
    &USERS.replace,
    &USERS.patch,
    &USERS.delete,
    &GROUPS.list,
    &GROUPS.create,
    &GROUPS.read,
    &GROUPS.replace,
    &GROUPS.patch,
    &GROUPS.delete,
    &UNKNOWN,
];

/// What is done with resources of a kind.
struct Kind {
    list: Endpoint,
    create: Endpoint,
    read: Endpoint,
    replace: Endpoint,
    patch: Endpoint,
    delete: Endpoint,
}

const fn endpoint(
    name: &'static str,
    path: &'static str,
    paces: &'static [&'static Pace],
) -> Endpoint {
    Endpoint {
        name,
        path: Some(path),
        scope: Some(SCOPE),
        paces,
        of: Interface::Scim,
    }
}

static CONFIG: Endpoint = endpoint(
    "scim.ServiceProviderConfig.read",
    "/ServiceProviderConfig",
    &[&READ],
);
static TYPES: Endpoint = endpoint("scim.ResourceTypes.list", "/ResourceTypes", &[&READ]);
static LIST_SCHEMAS: Endpoint = endpoint("scim.Schemas.list", "/Schemas", &[&READ]);
static READ_SCHEMA: Endpoint = endpoint("scim.Schemas.read", "/Schemas/{id}", &[&READ]);
static USERS: Kind = Kind {
    list: endpoint("scim.Users.list", "/Users", &[&READ_USERS, &READ]),
    create: endpoint("scim.Users.create", "/Users", &[&CREATE_USERS, &WRITE]),
    read: endpoint("scim.Users.read", "/Users/{id}", &[&READ_USERS, &READ]),
    replace: endpoint(
        "scim.Users.replace",
        "/Users/{id}",
        &[&UPDATE_USERS, &WRITE],
    ),
    patch: endpoint("scim.Users.patch", "/Users/{id}", &[&UPDATE_USERS, &WRITE]),
    delete: endpoint("scim.Users.delete", "/Users/{id}", &[&DELETE_USERS, &WRITE]),
};
static GROUPS: Kind = Kind {
    list: endpoint("scim.Groups.list", "/Groups", &[&READ_GROUPS, &READ]),
    create: endpoint("scim.Groups.create", "/Groups", &[&CREATE_GROUPS, &WRITE]),
    read: endpoint("scim.Groups.read", "/Groups/{id}", &[&READ_GROUPS, &READ]),
    replace: endpoint(
        "scim.Groups.replace",
        "/Groups/{id}",
        &[&UPDATE_GROUPS, &WRITE],
    ),
    patch: endpoint(
        "scim.Groups.patch",
        "/Groups/{id}",
        &[&UPDATE_GROUPS, &WRITE],
    ),
    delete: endpoint(
        "scim.Groups.delete",
        "/Groups/{id}",
        &[&DELETE_GROUPS, &WRITE],
    ),
};
/// A path at which nothing is, or a verb that is not answered there.
pub(super) static UNKNOWN: Endpoint = Endpoint {
    name: "scim.unknown",
    path: None,
    scope: Some(SCOPE),
    paces: &[],
    of: Interface::Scim,
};

/// What a verb does at a place, of those that are answered there.
pub(super) fn at(place: &Place, verb: Verb) -> &'static Endpoint {
    let (kind, is_one) = match place {
        Place::Config => return &CONFIG,
        Place::ResourceTypes => return &TYPES,
        Place::Schemas(None) => return &LIST_SCHEMAS,
        Place::Schemas(Some(_)) => return &READ_SCHEMA,
        Place::Users(id) => (&USERS, id.is_some()),
        Place::Groups(id) => (&GROUPS, id.is_some()),
    };
    match verb {
        Verb::Get if is_one => &kind.read,
        Verb::Get => &kind.list,
        Verb::Post => &kind.create,
        Verb::Put => &kind.replace,
        Verb::Patch => &kind.patch,
        Verb::Delete => &kind.delete,
    }
}

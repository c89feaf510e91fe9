//! The steps that only endpoints have.

use super::{Call, Rung, by, whose, word};
use guestlist_domain::Caller;
use guestlist_methods::common::Common;

pub(super) const PLACE: Rung = Rung {
    codes: &[],
    own: &["unsupported_version", "bad_endpoint", "not_found"],
    demand: "something is at this path",
    saw: |call| match call.arguments.text("path") {
        Some(path) => format!("the path {path}"),
        None => "the path".to_owned(),
    },
};

pub(super) const VERB: Rung = Rung {
    codes: &[],
    own: &["method_not_allowed"],
    demand: "it is called with a verb that is answered there",
    saw: |call| match call.arguments.text("verb") {
        Some(verb) => format!("the verb {verb}"),
        None => "the verb".to_owned(),
    },
};

pub(super) const ADMIN: Rung = Rung {
    codes: &[],
    own: &["permission_denied"],
    demand: "the token's owner is an admin or owner",
    saw: |call| by(whose(call), "the token", role),
};

pub(super) const PLAN: Rung = Rung {
    codes: &[],
    own: &["plus_teams_only"],
    demand: "the plan of the workspace has SCIM, or it is of an organisation",
    saw: |call| {
        by(whose(call), "the workspace", |caller| {
            let plan = word(caller.workspace.plan);
            format!(
                "{} is on {plan}, and {}",
                caller.team(),
                organisation(caller)
            )
        })
    },
};

pub(super) const ENTERPRISE: Rung = Rung {
    codes: &[],
    own: &["not_an_enterprise"],
    demand: "the token's workspace is of an organisation",
    saw: |call| by(whose(call), "the workspace", organisation),
};

pub(super) const OWNER: Rung = Rung {
    codes: &[],
    own: &["access_denied"],
    demand: "the token's owner is an owner",
    saw: |call| by(whose(call), "the token", role),
};

pub(super) const TOGETHER: Rung = Rung {
    codes: &[Common::Ratelimited],
    own: &["too_many_requests"],
    demand: "everybody of the organisation together has calls of this kind left",
    saw: |call| {
        let paces = call.endpoint.map_or(&[][..], |endpoint| endpoint.paces);
        let paces: Vec<_> = paces.iter().map(ToString::to_string).collect();
        format!("{}, times the setting `rate_limits`", paces.join(" and "))
    },
};

pub(super) const JSON: Rung = Rung {
    codes: &[],
    own: &["unsupported_media_type"],
    demand: "a body, where one is asked for, is said to be JSON",
    saw: |_| "the header Content-Type".to_owned(),
};

/// Who somebody is in their workspace.
fn role(caller: &Caller) -> String {
    let role = word(caller.user.role);
    format!("{} has the role {role} in {}", caller.id(), caller.team())
}

fn organisation(caller: &Caller) -> String {
    match &caller.enterprise {
        Some(org) => format!("{} belongs to {}", caller.team(), org.id),
        None => format!("{} belongs to no organisation", caller.team()),
    }
}

/// The smallest change that would have passed a check that endpoints have a word for.
pub(super) fn remedy(code: &str, call: &Call) -> String {
    let user = by(whose(call), "the user", |caller| caller.id().to_string());
    let team = by(whose(call), "the workspace", |caller| {
        caller.team().to_string()
    });
    match code {
        "permission_denied" => format!("make {user} an admin or owner, or use an admin's token"),
        "access_denied" => format!("make {user} an owner, or use an owner's token"),
        "plus_teams_only" => format!("set the plan of {team} to business_plus or enterprise"),
        "not_an_enterprise" => "use a token of a workspace that belongs to one".to_owned(),
        "missing_authentication" => "send `Authorization: Bearer TOKEN`".to_owned(),
        "too_many_requests" => "call again after the seconds in Retry-After".to_owned(),
        "unsupported_media_type" => "send application/json or application/scim+json".to_owned(),
        "request_too_large" => "send a smaller body".to_owned(),
        "request_timeout" => "send the whole body, as long as Content-Length says".to_owned(),
        "method_not_allowed" => "use a verb that the header Allow of the answer names".to_owned(),
        // What is there the answer's message says.
        _ => String::new(),
    }
}

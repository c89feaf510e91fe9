//! The checks of all methods in words, in the order of `docs/semantics.md`, and those that endpoints make before their
//! own rules.

mod own;
mod rungs;

use super::Call;
use crate::endpoint::Interface;
use guestlist_domain::{Caller, Scopes, trail::Told};
use guestlist_methods::{common::Common, handle::Run};
use own::{ADMIN, ENTERPRISE, JSON, OWNER, PLACE, PLAN, TOGETHER, VERB};
use rungs::{
    ACTS, ALIVE, ARGUMENTS, ARRIVED, EXISTS, GRANTED, KIND, KNOWN, LIFE, NAMES, NETWORK,
    ON_ITS_WAY, OPEN, ORGANISATION, PACE, SCOPE, SECOND_FACTOR, SHOWN, UP, WRITTEN,
};
use serde::Serialize;
use std::sync::Arc;

/// One step: the codes it may refuse with, and what it demands.
pub(super) struct Rung {
    pub(super) codes: &'static [Common],
    /// Codes that endpoints have for it.
    own: &'static [&'static str],
    pub(super) demand: &'static str,
    saw: fn(&Call) -> String,
}

/// Every step before a method's own rules, in order.
const METHODS: &[Rung] = &[
    ARRIVED,
    WRITTEN,
    NAMES,
    EXISTS,
    UP,
    SHOWN,
    KNOWN,
    ALIVE,
    ACTS,
    NETWORK,
    ON_ITS_WAY,
    ORGANISATION,
    GRANTED,
    SECOND_FACTOR,
    KIND,
    OPEN,
    PACE,
    LIFE,
    SCOPE,
    ARGUMENTS,
];

/// Those of SCIM, in the order of `scim.rs`.
const SCIM: &[Rung] = &[
    PLACE,
    VERB,
    UP,
    SHOWN,
    KNOWN,
    ALIVE,
    ACTS,
    NETWORK,
    ON_ITS_WAY,
    SECOND_FACTOR,
    KIND,
    SCOPE,
    ADMIN,
    PLAN,
    GRANTED,
    TOGETHER,
    JSON,
    ARRIVED,
];

/// Those of the Audit Logs, in the order of `audit.rs`.
const AUDIT: &[Rung] = &[
    PLACE,
    VERB,
    UP,
    SHOWN,
    KNOWN,
    ALIVE,
    ACTS,
    NETWORK,
    ON_ITS_WAY,
    SECOND_FACTOR,
    KIND,
    SCOPE,
    ENTERPRISE,
    OWNER,
    TOGETHER,
    ARGUMENTS,
];

/// The steps that a call takes, as far as none refuses it.
pub(super) fn ladder(call: &Call) -> impl Iterator<Item = &'static Rung> {
    let (all, needs_token) = match (call.endpoint, call.entry) {
        (Some(endpoint), _) => {
            let all = match endpoint.of {
                Interface::Scim => SCIM,
                Interface::Audit => AUDIT,
            };
            (all, endpoint.path.is_none() || endpoint.scope.is_some())
        }
        (None, entry) => (METHODS, entry.is_none_or(|entry| entry.needs_token)),
    };
    // What endpoints tell everybody they also tell while the service is down.
    let last = match call.endpoint {
        Some(_) => Common::ServiceUnavailable,
        None => Common::NotAuthed,
    };
    let is_taken = move |rung: &&Rung| needs_token || !rung.codes.contains(&last);
    all.iter().take_while(is_taken)
}

impl Rung {
    /// Whether a call was refused here.
    pub(super) fn refused(&self, call: &Call, code: &str) -> bool {
        if call.endpoint.is_some() && self.own.contains(&code) {
            return true;
        }
        // A token that was found alive and is refused with a code of the method's own.
        if self.codes.is_empty() {
            if call.endpoint.is_some() {
                return false;
            }
            return call.caller.is_none()
                && call.owner.is_some()
                && code.parse::<Common>().is_err();
        }
        // Over a limit, before there was a call to look at.
        if code == <&str>::from(Common::InvalidArguments)
            && call.entry.is_none()
            && call.endpoint.is_none()
        {
            return self.codes.contains(&Common::RequestTimeout);
        }
        // A token that acts for nobody is refused sooner than one of a kind the method is not for.
        if code == <&str>::from(Common::NotAllowedTokenType) && whose(call).is_some() {
            return self.codes.contains(&Common::IsBot);
        }
        code.parse()
            .is_ok_and(|code: Common| self.codes.contains(&code))
    }

    /// The step for one call, with what would have passed it.
    pub(super) fn told(&self, call: &Call, refused: Option<&str>) -> Told {
        let code = refused.map(|code| code.parse().ok());
        let remedy = code.map(|code| match code {
            Some(code) => remedy(code, call),
            None if call.endpoint.is_some() => own::remedy(refused.unwrap_or_default(), call),
            None => "make the caller a full member, or let somebody who is one call".to_owned(),
        });
        let remedy = remedy.unwrap_or_default();
        Told::new(self.demand, (self.saw)(call), remedy)
    }
}

/// Whoever the token acts for, whether or not it was found alive.
fn whose(call: &Call) -> &Option<Arc<Caller>> {
    match (&call.caller, &call.owner) {
        (None, Some(owner)) => &owner.caller,
        (caller, _) => caller,
    }
}

fn by(
    caller: &Option<Arc<Caller>>,
    otherwise: &str,
    words: impl FnOnce(&Caller) -> String,
) -> String {
    caller
        .as_deref()
        .map_or_else(|| otherwise.to_owned(), words)
}

fn needed(call: &Call) -> String {
    if let Some(scope) = call.endpoint.and_then(|endpoint| endpoint.scope) {
        return scope.to_owned();
    }
    let column = call.entry.map(|entry| match whose(call).as_deref() {
        Some(caller) => caller.column(&entry.spec.scopes).every(),
        None => entry.spec.scopes.bot.every(),
    });
    match column.unwrap_or_default().as_slice() {
        [] => "none".to_owned(),
        scopes => scopes.join(" or "),
    }
}

/// The smallest change that would have passed the check.
fn remedy(code: Common, call: &Call) -> String {
    let team = by(whose(call), "the workspace", |caller| {
        caller.team().to_string()
    });
    let user = by(whose(call), "the user", |caller| caller.id().to_string());
    match code {
        Common::RequestTimeout => "send the whole body, as long as Content-Length says".to_owned(),
        Common::MissingPostType => "send a Content-Type".to_owned(),
        Common::InvalidPostType => {
            "send application/x-www-form-urlencoded, multipart/form-data, application/json or text/plain".to_owned()
        }
        Common::InvalidCharset => "write the body in utf-8".to_owned(),
        Common::InvalidFormData => "write the form as its type has it".to_owned(),
        Common::InvalidJson => "write JSON that parses".to_owned(),
        Common::JsonNotObject => "write the arguments as one JSON object".to_owned(),
        Common::InvalidArrayArg => "write a list as text with commas, under a plain name".to_owned(),
        Common::InvalidArgName => "use letters, digits and `_`, at most 128".to_owned(),
        Common::UnknownMethod => "call one of the methods that `guestlist docs` lists".to_owned(),
        Common::ServiceUnavailable => "end the maintenance, or start the server again".to_owned(),
        Common::NotAuthed => "send `Authorization: Bearer TOKEN`".to_owned(),
        Common::InvalidAuth if call.owner.is_none() => {
            "use a token of this store; `guestlist token create` makes one".to_owned()
        }
        Common::InvalidAuth => format!("add {} to the app's allowed_addresses", call.from),
        Common::TokenRevoked | Common::TokenExpired => {
            "use another token of the same user, or make one: `guestlist token create`".to_owned()
        }
        Common::AccountInactive => format!("give {user} their account back, and {team} its life"),
        Common::NotAllowedTokenType if is_for_apps(call) => "use an app-level token".to_owned(),
        Common::NotAllowedTokenType if is_for_people(call) => "use a user's token".to_owned(),
        Common::NotAllowedTokenType => "use a bot's or a user's token".to_owned(),
        Common::Accesslimited => format!("add {} to the allowed_networks of {team}", call.from),
        Common::OrgLoginRequired | Common::TeamAddedToOrg => {
            format!("set the status of {team} to active")
        }
        Common::EnterpriseIsRestricted => {
            format!("take {} off the organisation's blocked_methods", call.method)
        }
        Common::TeamAccessNotGranted => {
            "grant the token the workspace of the call; of a person it has to be one of theirs".to_owned()
        }
        Common::TwoFactorSetupRequired => {
            format!("let {user} set up a second factor, or set two_factor_required of {team} to false")
        }
        Common::IsBot if is_for_people(call) => "use a user's token".to_owned(),
        Common::IsBot => "use a bot token with scopes of its own, or a user's token".to_owned(),
        Common::Ratelimited => "call again after the seconds in Retry-After".to_owned(),
        Common::MethodDeprecated => {
            format!("take {} off the world's deprecated_methods, or call its successor", call.method)
        }
        Common::DeprecatedEndpoint => {
            format!("take {} off the world's deprecated_endpoints", call.method)
        }
        Common::MissingScope => format!("give the token the scope {}", needed(call)),
        Common::InvalidArguments => "give what the messages of the answer name".to_owned(),
        Common::InternalError => "see the server's log: the store failed".to_owned(),
        Common::FatalError => {
            "see the server's log, and look whether the call stands before making it again".to_owned()
        }
    }
}

/// Whether the method is for apps themselves alone.
fn is_for_apps(call: &Call) -> bool {
    call.entry
        .is_some_and(|entry| matches!(entry.run, Run::App(_)))
}

/// Whether the method is one that no bot may call, whatever its token holds.
fn is_for_people(call: &Call) -> bool {
    call.endpoint.is_some()
        || call.entry.is_some_and(|entry| {
            let Scopes { bot, user } = &entry.spec.scopes;
            bot.is_empty() && !user.is_empty()
        })
}

/// A choice by the name that world files have for it.
fn word(choice: impl Serialize) -> String {
    let word = serde_json::to_value(choice).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

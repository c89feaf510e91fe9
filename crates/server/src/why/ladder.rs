//! The checks of all methods in words, in the order of `docs/semantics.md`.

use super::Call;
use guestlist_domain::{Caller, Scopes, TeamId, trail::Told};
use guestlist_methods::{common::Common, handle::Run};
use serde::Serialize;
use std::sync::Arc;

/// One step: the codes it may refuse with, and what it demands.
pub(super) struct Rung {
    pub(super) codes: &'static [Common],
    pub(super) demand: &'static str,
    saw: fn(&Call) -> String,
}

/// Every step before a method's own rules, in order.
pub(super) const LADDER: &[Rung] = &[
    Rung {
        codes: &[Common::RequestTimeout],
        demand: "the body arrived whole, in time and within the limit",
        saw: |_| "the connection".to_owned(),
    },
    Rung {
        codes: &[
            Common::MissingPostType,
            Common::InvalidPostType,
            Common::InvalidCharset,
            Common::InvalidFormData,
            Common::InvalidJson,
            Common::JsonNotObject,
        ],
        demand: "the content type is known and the body is written in it",
        saw: |_| "the header Content-Type and the body".to_owned(),
    },
    Rung {
        codes: &[Common::InvalidArrayArg, Common::InvalidArgName],
        demand: "the names of the arguments are names",
        saw: |call| {
            let names: Vec<_> = call.arguments.iter().map(|(name, _)| name).collect();
            match names.as_slice() {
                [] => "no arguments".to_owned(),
                [one] => format!("the argument {one}"),
                names => format!("{} arguments, the first {}", names.len(), names[0]),
            }
        },
    },
    Rung {
        codes: &[Common::UnknownMethod],
        demand: "the method exists",
        saw: |call| format!("the name {}", call.method),
    },
    Rung {
        codes: &[Common::ServiceUnavailable],
        demand: "the service is up",
        saw: |_| {
            "the world's `server: maintenance`, and whether store and limiter can be reached"
                .to_owned()
        },
    },
    Rung {
        codes: &[Common::NotAuthed],
        demand: "a token is shown",
        saw: |_| "the header Authorization, then the argument `token`".to_owned(),
    },
    Rung {
        codes: &[Common::InvalidAuth],
        demand: "the token is known, and may be used from this address",
        saw: |call| match call.owner.as_ref().map(|owner| &owner.app) {
            None => "the tokens of the store".to_owned(),
            Some(app) => {
                let networks = app.as_ref().map(|app| app.allowed_addresses.join(", "));
                let allowed = networks.filter(|networks| !networks.is_empty());
                let allowed = allowed.unwrap_or_else(|| "any address".to_owned());
                format!("called from {}; the app allows {allowed}", call.from)
            }
        },
    },
    Rung {
        codes: &[
            Common::TokenRevoked,
            Common::TokenExpired,
            Common::AccountInactive,
        ],
        demand: "the token is alive, and so are its user and workspace",
        saw: |call| {
            let Some(owner) = &call.owner else {
                return "the token".to_owned();
            };
            let token = &owner.token;
            let until = match token.expires_at {
                Some(at) if at <= call.at => "has expired",
                Some(_) => "has not expired",
                None => "does not expire",
            };
            let user = by(&owner.caller, "it acts for nobody", |caller| {
                let removed = caller.is_gone(call.at);
                let status = caller.workspace.status;
                format!("removed from it: {removed}, workspace: {status:?}").to_ascii_lowercase()
            });
            format!(
                "a {} token, revoked: {}, {until}; {user}",
                token.kind.name(),
                token.revoked
            )
        },
    },
    Rung {
        codes: &[Common::NotAllowedTokenType],
        demand: "the token acts for somebody, unless the method is for apps themselves",
        saw: |call| {
            let kind = call.owner.as_ref().map(|owner| owner.token.kind.name());
            by(
                whose(call),
                &format!("a token of kind {}", kind.unwrap_or("unknown")),
                |caller| format!("it acts for {}", caller.id()),
            )
        },
    },
    Rung {
        codes: &[Common::Accesslimited],
        demand: "the call comes from a network of the workspace",
        saw: |call| {
            by(whose(call), "the workspace", |caller| {
                let networks = caller.workspace.allowed_networks.join(", ");
                let allowed = if networks.is_empty() {
                    "any"
                } else {
                    &networks
                };
                format!(
                    "called from {}; {} allows {allowed}",
                    call.from,
                    caller.team()
                )
            })
        },
    },
    Rung {
        codes: &[Common::OrgLoginRequired, Common::TeamAddedToOrg],
        demand: "the workspace is not on its way into an organisation",
        saw: |call| {
            by(whose(call), "the workspace", |caller| {
                let status = word(caller.workspace.status);
                format!("{} has status {status}", caller.team())
            })
        },
    },
    Rung {
        codes: &[Common::EnterpriseIsRestricted],
        demand: "the organisation lets this method be called",
        saw: |call| {
            by(whose(call), "the organisation", |caller| {
                match &caller.enterprise {
                    None => format!("{} belongs to no organisation", caller.team()),
                    Some(org) => format!("{} blocks {} methods", org.id, org.blocked_methods.len()),
                }
            })
        },
    },
    Rung {
        codes: &[Common::TeamAccessNotGranted],
        demand: "an organisation-wide token was granted the workspace, and a person is in it",
        saw: |call| {
            by(whose(call), "the token", |caller| {
                let listed = |teams: &mut dyn Iterator<Item = TeamId>| {
                    let teams: Vec<_> = teams.map(|team| team.to_string()).collect();
                    teams.join(", ")
                };
                let granted = match listed(&mut caller.token.workspaces.iter().copied()) {
                    none if none.is_empty() => "no workspaces".to_owned(),
                    granted => granted,
                };
                let kind = caller.token.kind.name();
                let inside = match caller.is_bot() {
                    true => String::new(),
                    false => {
                        let theirs = listed(&mut caller.user.all_teams());
                        format!("; {} is in {theirs}", caller.id())
                    }
                };
                format!("a {kind} token, granted {granted}{inside}")
            })
        },
    },
    Rung {
        codes: &[Common::TwoFactorSetupRequired],
        demand: "the person has a second factor where the workspace asks for one",
        saw: |call| {
            by(whose(call), "the person", |caller| {
                format!(
                    "two_factor_required: {}; {} has two_factor: {}",
                    caller.workspace.two_factor_required,
                    caller.id(),
                    !caller.user.no_two_factor
                )
            })
        },
    },
    Rung {
        codes: &[Common::IsBot, Common::NotAllowedTokenType],
        demand: "the method is for tokens of this kind",
        saw: |call| {
            by(whose(call), "the token", |caller| {
                format!("a {} token", caller.token.kind.name())
            })
        },
    },
    // With a code of the method's own.
    Rung {
        codes: &[],
        demand: "the method is open to people like the caller",
        saw: |call| {
            by(whose(call), "the caller", |caller| {
                match caller.user.guest {
                    Some(guest) => format!("{} is a {} guest", caller.id(), word(guest)),
                    None => format!("{} is no guest", caller.id()),
                }
            })
        },
    },
    Rung {
        codes: &[Common::Ratelimited],
        demand: "the app has calls of this method left",
        saw: |call| match call.entry {
            Some(entry) => format!(
                "{} calls a minute, times the setting `rate_limits`",
                entry.spec.tier.per_minute()
            ),
            None => "the tier".to_owned(),
        },
    },
    Rung {
        codes: &[Common::MethodDeprecated, Common::DeprecatedEndpoint],
        demand: "the method is not retired",
        saw: |call| {
            format!(
                "the world's `server: deprecated_methods` and `deprecated_endpoints`, for {}",
                call.method
            )
        },
    },
    Rung {
        codes: &[Common::MissingScope],
        demand: "the token holds a scope that the method knows",
        saw: |call| {
            let held = whose(call).as_ref().map(|caller| &caller.token);
            match held.or(call.owner.as_ref().map(|owner| &owner.token)) {
                None => "the token".to_owned(),
                Some(token) => format!("needed: {}; held: {}", needed(call), token.scopes),
            }
        },
    },
    Rung {
        codes: &[Common::InvalidArguments],
        demand: "the arguments the method needs are there and can be read",
        saw: |call| match call.entry {
            None => "the arguments".to_owned(),
            Some(entry) => {
                let needed = entry.spec.args.iter().filter(|arg| arg.required);
                let needed: Vec<_> = needed.map(|arg| arg.name).collect();
                match needed.as_slice() {
                    [] => "the method needs none".to_owned(),
                    needed => format!("the method needs {}", needed.join(", ")),
                }
            }
        },
    },
];

impl Rung {
    /// Whether a call was refused here.
    pub(super) fn refused(&self, call: &Call, code: &str) -> bool {
        // A token that was found alive and is refused with a code of the method's own.
        if self.codes.is_empty() {
            return call.caller.is_none()
                && call.owner.is_some()
                && code.parse::<Common>().is_err();
        }
        // Over a limit, before there was a call to look at.
        if code == <&str>::from(Common::InvalidArguments) && call.entry.is_none() {
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
    call.entry.is_some_and(|entry| {
        let Scopes { bot, user } = &entry.spec.scopes;
        bot.is_empty() && !user.is_empty()
    })
}

/// A choice by the name that world files have for it.
fn word(choice: impl Serialize) -> String {
    let word = serde_json::to_value(choice).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

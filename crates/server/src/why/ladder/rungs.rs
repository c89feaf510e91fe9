//! The steps of methods, some of which endpoints have as well.

use super::{Rung, by, needed, whose, word};
use guestlist_domain::TeamId;
use guestlist_methods::common::Common;

pub(super) const ARRIVED: Rung = Rung {
    codes: &[Common::RequestTimeout],
    own: &["request_timeout", "request_too_large"],
    demand: "the body arrived whole, in time and within the limit",
    saw: |_| "the connection".to_owned(),
};

pub(super) const WRITTEN: Rung = Rung {
    codes: &[
        Common::MissingPostType,
        Common::InvalidPostType,
        Common::InvalidCharset,
        Common::InvalidFormData,
        Common::InvalidJson,
        Common::JsonNotObject,
    ],
    own: &[],
    demand: "the content type is known and the body is written in it",
    saw: |_| "the header Content-Type and the body".to_owned(),
};

pub(super) const NAMES: Rung = Rung {
    codes: &[Common::InvalidArrayArg, Common::InvalidArgName],
    own: &[],
    demand: "the names of the arguments are names",
    saw: |call| {
        let names: Vec<_> = call.arguments.iter().map(|(name, _)| name).collect();
        match names.as_slice() {
            [] => "no arguments".to_owned(),
            [one] => format!("the argument {one}"),
            names => format!("{} arguments, the first {}", names.len(), names[0]),
        }
    },
};

pub(super) const EXISTS: Rung = Rung {
    codes: &[Common::UnknownMethod],
    own: &[],
    demand: "the method exists",
    saw: |call| format!("the name {}", call.method),
};

pub(super) const UP: Rung = Rung {
    codes: &[Common::ServiceUnavailable],
    own: &[],
    demand: "the service is up",
    saw: |_| {
        "the world's `server: maintenance`, and whether store and limiter can be reached".to_owned()
    },
};

pub(super) const SHOWN: Rung = Rung {
    codes: &[Common::NotAuthed],
    own: &["missing_authentication"],
    demand: "a token is shown",
    saw: |call| match call.endpoint {
        Some(_) => "the header Authorization".to_owned(),
        None => "the header Authorization, then the argument `token`".to_owned(),
    },
};

pub(super) const KNOWN: Rung = Rung {
    codes: &[Common::InvalidAuth],
    own: &[],
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
};

pub(super) const ALIVE: Rung = Rung {
    codes: &[
        Common::TokenRevoked,
        Common::TokenExpired,
        Common::AccountInactive,
    ],
    own: &[],
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
};

pub(super) const ACTS: Rung = Rung {
    codes: &[Common::NotAllowedTokenType],
    own: &[],
    demand: "the token acts for somebody, unless the method is for apps themselves",
    saw: |call| {
        let kind = call.owner.as_ref().map(|owner| owner.token.kind.name());
        by(
            whose(call),
            &format!("a token of kind {}", kind.unwrap_or("unknown")),
            |caller| format!("it acts for {}", caller.id()),
        )
    },
};

pub(super) const NETWORK: Rung = Rung {
    codes: &[Common::Accesslimited],
    own: &[],
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
};

pub(super) const ON_ITS_WAY: Rung = Rung {
    codes: &[Common::OrgLoginRequired, Common::TeamAddedToOrg],
    own: &[],
    demand: "the workspace is not on its way into an organisation",
    saw: |call| {
        by(whose(call), "the workspace", |caller| {
            let status = word(caller.workspace.status);
            format!("{} has status {status}", caller.team())
        })
    },
};

pub(super) const ORGANISATION: Rung = Rung {
    codes: &[Common::EnterpriseIsRestricted],
    own: &[],
    demand: "the organisation lets this method be called",
    saw: |call| {
        by(whose(call), "the organisation", |caller| {
            match &caller.enterprise {
                None => format!("{} belongs to no organisation", caller.team()),
                Some(org) => format!("{} blocks {} methods", org.id, org.blocked_methods.len()),
            }
        })
    },
};

pub(super) const GRANTED: Rung = Rung {
    codes: &[Common::TeamAccessNotGranted],
    own: &[],
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
};

pub(super) const SECOND_FACTOR: Rung = Rung {
    codes: &[Common::TwoFactorSetupRequired],
    own: &[],
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
};

pub(super) const KIND: Rung = Rung {
    codes: &[Common::IsBot, Common::NotAllowedTokenType],
    own: &[],
    demand: "the method is for tokens of this kind",
    saw: |call| {
        by(whose(call), "the token", |caller| {
            format!("a {} token", caller.token.kind.name())
        })
    },
};

// With a code of the method's own.
pub(super) const OPEN: Rung = Rung {
    codes: &[],
    own: &[],
    demand: "the method is open to people like the caller",
    saw: |call| {
        by(whose(call), "the caller", |caller| {
            match caller.user.guest {
                Some(guest) => format!("{} is a {} guest", caller.id(), word(guest)),
                None => format!("{} is no guest", caller.id()),
            }
        })
    },
};

pub(super) const PACE: Rung = Rung {
    codes: &[Common::Ratelimited],
    own: &[],
    demand: "the app has calls of this method left",
    saw: |call| match call.entry {
        Some(entry) => format!(
            "{} calls a minute, times the setting `rate_limits`",
            entry.spec.tier.per_minute()
        ),
        None => "the tier".to_owned(),
    },
};

pub(super) const LIFE: Rung = Rung {
    codes: &[Common::MethodDeprecated, Common::DeprecatedEndpoint],
    own: &[],
    demand: "the method is not retired",
    saw: |call| {
        format!(
            "the world's `server: deprecated_methods` and `deprecated_endpoints`, for {}",
            call.method
        )
    },
};

pub(super) const SCOPE: Rung = Rung {
    codes: &[Common::MissingScope],
    own: &[],
    demand: "the token holds a scope that the method knows",
    saw: |call| {
        let held = whose(call).as_ref().map(|caller| &caller.token);
        match held.or(call.owner.as_ref().map(|owner| &owner.token)) {
            None => "the token".to_owned(),
            Some(token) => format!("needed: {}; held: {}", needed(call), token.scopes),
        }
    },
};

pub(super) const ARGUMENTS: Rung = Rung {
    codes: &[Common::InvalidArguments],
    own: &[],
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
};

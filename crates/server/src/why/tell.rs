//! What is told of one call.

use super::{Answered, Call, ladder::ladder};
use guestlist_domain::{
    Facts,
    trail::{Check, Told, Trail},
};
use guestlist_methods::common::Common;
use guestlist_store::{Reader, Store, StoreError, world::token_hash};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

/// The trail of a call.
pub(crate) async fn tell(store: &Store, call: &Call) -> Result<Value, StoreError> {
    let code = match &call.answered {
        Answered::Good => None,
        Answered::Refused { code, .. } => Some(&**code),
    };
    // Of an endpoint a code can stand for several checks.
    let check = match &call.answered {
        Answered::Refused { check, .. } => check.or(code),
        Answered::Good => None,
    };
    let mut checks = common(call, check);
    let mut told = json!({"facts": null});
    // A scope for the kind of conversation is looked at again by the method's rules.
    let by_kind = code == Some(Common::MissingScope.into()) && holds_some_scope(call);
    if by_kind || checks.iter().all(|check| check.passed) {
        let rules = rules(store, call).await?;
        if by_kind {
            checks = common(call, None);
        }
        match rules {
            None if by_kind => checks.push(scope_for_kind(call)),
            Some((own, kept)) => {
                let changed = code.is_some() && own.iter().all(|check| check.passed);
                checks.extend(own);
                told["facts"] = if kept {
                    "as they were then".into()
                } else {
                    "as they are now".into()
                };
                if changed {
                    told["note"] =
                        "the world has changed since: decided now, it would not be refused".into();
                }
            }
            None if code.is_none() => checks.push(Check {
                about: None,
                passed: true,
                told: Told::new(rules_of(call), "the call succeeded: each of them held", ""),
            }),
            None => {}
        }
    }
    if let Some(why) = call.left_out {
        told["note"] = why.into();
    }
    let refused_by = checks.iter().find(|check| !check.passed).map(check_json);
    told["refused_by"] = refused_by
        .or_else(|| code.map(|code| by_page(call, code)))
        .into();
    told["checks"] = checks.iter().map(check_json).collect();
    told["request"] = request(call);
    told["answer"] = answer(call, code);
    let hidden = told.clone();
    let read = move |reader: &mut Reader| Ok::<_, StoreError>(hide(Some(reader), hidden));
    Ok(match store.glance_long(read).await {
        Ok(hidden) => hidden,
        Err(_) => hide(None, told),
    })
}

/// Without the tokens in it.
fn hide(reader: Option<&Reader>, mut told: Value) -> Value {
    redact(
        &mut Secrets::sent(reader),
        &mut told["request"]["arguments"],
    );
    redact(&mut Secrets::told(reader), &mut told);
    told
}

/// What a check is called that stands for all of a page's.
fn rules_of(call: &Call) -> &'static str {
    match call.endpoint {
        Some(_) => "the endpoint's own rules",
        None => "the method's own rules",
    }
}

/// The checks of all methods that were made: those before the one that refused, and that one.
fn common(call: &Call, code: Option<&str>) -> Vec<Check> {
    let mut checks = Vec::new();
    for rung in ladder(call) {
        let refused = code.filter(|code| rung.refused(call, code));
        checks.push(Check {
            about: None,
            passed: refused.is_none(),
            told: rung.told(call, refused),
        });
        if refused.is_some() {
            break;
        }
    }
    checks
}

/// The check that refused who holds some scope of the method, and none for what the call is about.
fn scope_for_kind(call: &Call) -> Check {
    let needed = match &call.answered {
        Answered::Refused {
            needed: Some(needed),
            ..
        } => needed.replace(',', " or "),
        _ => "that the answer names".to_owned(),
    };
    let held = call.caller.as_deref();
    let held = held.map_or_else(String::new, |caller| caller.token.scopes.to_string());
    Check {
        about: None,
        passed: false,
        told: Told::new(
            "the token holds a scope for this kind of conversation",
            format!("needed: {needed}; held: {held}"),
            format!("give the token the scope {needed}"),
        ),
    }
}

fn holds_some_scope(call: &Call) -> bool {
    call.caller
        .as_deref()
        .zip(call.entry)
        .is_some_and(|(caller, entry)| {
            caller
                .column(&entry.spec.scopes)
                .met_by(&caller.token.scopes)
        })
}

/// The checks of the method's rules, made again over the facts that decided, or over the present
/// ones; and whether over those. None where the rules tell none.
async fn rules(store: &Store, call: &Call) -> Result<Option<(Vec<Check>, bool)>, StoreError> {
    let (Some(entry), Some(caller)) = (call.entry, &call.caller) else {
        return Ok(None);
    };
    let Some(retrace) = entry.retrace.filter(|_| call.left_out.is_none()) else {
        return Ok(None);
    };
    let (caller, arguments, at) = (Arc::clone(caller), call.arguments.clone(), call.at);
    let again = move |facts: &Facts| {
        let mut trail = Trail::default();
        retrace(facts, Arc::clone(&caller), &arguments, at, &mut trail).map(|()| trail.checks)
    };
    if let Some(kept) = call.arguments.kept_facts()
        && let Ok(checks) = again(kept)
    {
        return Ok((!checks.is_empty()).then_some((checks, true)));
    }
    if matches!(call.answered, Answered::Good) {
        // It has changed the world: decided again, it would be another call.
        return Ok(None);
    }
    let checks = store.read_long(move |reader| reader.look(again)).await?;
    // Arguments that cannot be read never come to the rules.
    Ok((!checks.is_empty()).then_some((checks, false)))
}

/// What was asked; tokens may be in it.
pub(crate) fn arguments(call: &Call) -> Map<String, Value> {
    let all = call.arguments.iter();
    all.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn request(call: &Call) -> Value {
    let caller = call.known_caller();
    json!({
        "id": call.id.as_str(),
        "at": call.at.ts(),
        "method": call.method,
        "from": call.from.to_string(),
        "arguments": arguments(call),
        "caller": caller.map(|caller| json!({
            "user": caller.id().to_string(),
            "workspace": caller.team().to_string(),
            "enterprise": caller.enterprise.as_ref().map(|org| org.id.to_string()),
            "token_kind": caller.token.kind.name(),
            "scopes": caller.token.scopes.to_string(),
        })),
    })
}

/// Tokens may stand in any argument. What is one, or looks like one, is not shown.
pub(crate) fn redact(secrets: &mut Secrets<'_>, told: &mut Value) {
    match told {
        Value::String(text) => {
            let looks = LOOKS.iter().any(|start| text.contains(start));
            if looks || secrets.are(text) {
                *text = "(redacted)".to_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| redact(secrets, value)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(secrets, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Which texts are tokens; each is looked up once.
pub(crate) struct Secrets<'a> {
    /// Absent while the store cannot be asked.
    reader: Option<&'a Reader>,
    /// What a text counts as while the store cannot be asked.
    in_doubt: bool,
    known: HashMap<String, bool>,
}

impl<'a> Secrets<'a> {
    /// For what a caller has sent: in doubt it is one.
    pub(crate) fn sent(reader: Option<&'a Reader>) -> Self {
        Self {
            reader,
            in_doubt: true,
            known: HashMap::new(),
        }
    }

    /// For what is told of it, codes and ids above all.
    fn told(reader: Option<&'a Reader>) -> Self {
        Self {
            in_doubt: false,
            ..Self::sent(reader)
        }
    }

    fn are(&mut self, text: &str) -> bool {
        // No token has one.
        if text.contains(' ') {
            return false;
        }
        if let Some(known) = self.known.get(text) {
            return *known;
        }
        let found = self.reader.map(|reader| reader.token(token_hash(text)));
        let is_one = match found {
            Some(Ok(token)) => token.is_some(),
            Some(Err(_)) | None => self.in_doubt,
        };
        self.known.insert(text.to_owned(), is_one);
        is_one
    }
}

/// How tokens begin.
const LOOKS: [&str; 9] = [
    "xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxe.", "xoxr-", "xoxs-", "xapp-", "xwfp-",
];

fn answer(call: &Call, code: Option<&str>) -> Value {
    let Answered::Refused {
        messages, errors, ..
    } = &call.answered
    else {
        return json!({"ok": true, "status": call.status});
    };
    let own = call.endpoint.map(|endpoint| endpoint.of.codes());
    let own = own.unwrap_or_default();
    let own = own.iter().find(|(known, _)| Some(*known) == code);
    let page = call.entry.map(|entry| (entry.errors)()).unwrap_or_default();
    let common = guestlist_methods::contract::documented::<Common>();
    let all = page.iter().chain(&common);
    let doc = all.into_iter().find(|doc| Some(doc.code) == code);
    json!({
        "ok": false,
        "status": call.status,
        "error": code,
        "sentence": own.map(|(_, sentence)| *sentence).or(doc.map(|doc| doc.sentence)),
        "state": doc.and_then(|doc| doc.state),
        "messages": messages,
        "errors": errors,
    })
}

/// A refusal of a page that does not tell its checks: what its page says.
fn by_page(call: &Call, code: &str) -> Value {
    let page = call.entry.map(|entry| (entry.errors)()).unwrap_or_default();
    let state = page
        .iter()
        .find(|doc| doc.code == code)
        .and_then(|doc| doc.state);
    let said = match &call.answered {
        Answered::Refused { messages, .. } if call.endpoint.is_some() => messages.join("; "),
        _ => String::new(),
    };
    let told = Told::new(
        rules_of(call),
        state.map_or(said, |state| format!("as its page says: {state}")),
        "",
    );
    check_json(&Check {
        about: None,
        passed: false,
        told,
    })
}

fn check_json(check: &Check) -> Value {
    let Told {
        demand,
        saw,
        remedy,
    } = &check.told;
    let mut told = json!({"check": demand, "looked_at": saw, "passed": check.passed});
    if let Some(about) = &check.about {
        told["about"] = about.as_str().into();
    }
    if !check.passed && !remedy.is_empty() {
        told["remedy"] = remedy.as_str().into();
    }
    told
}

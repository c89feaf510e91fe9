//! Calls that apps make as themselves, with app-level tokens.

use super::{Called, Inner, Outcome, lacking, withdrawn};
use crate::{
    authenticate::AppToken,
    events::socket::{Pass, ticket},
    rate::Payer,
};
use guestlist_domain::AppId;
use guestlist_methods::{
    Arguments,
    handle::{Answer, AppCall, ByApp},
};
use http::{HeaderName, header, request::Parts};
use std::sync::OnceLock;

impl Inner {
    /// A call by an app-level token, which stands for nobody.
    pub(super) async fn call_by_app(&self, call: &Called<'_>, run: ByApp, outcome: &mut Outcome) {
        let &Called {
            entry, arguments, ..
        } = call;
        let app = match call.shown.app() {
            Ok(app) => app,
            Err(code) => {
                outcome.answer = Answer::refused(code);
                return;
            }
        };
        let payer = Payer::app(app.token.team, app.app.id);
        if !self.may_pass(call, payer, outcome).await {
            return;
        }
        outcome.answer = if let Some(code) = withdrawn(call.state, entry) {
            Answer::refused(code)
        } else if let Some(needed) = lacking(entry.spec.scopes.bot, &app.token) {
            Answer::lacking(&needed, &app.token.scopes)
        } else {
            self.ask_app(call.parts, run, &app, arguments).await
        };
    }

    /// Answers a call that an app makes as itself. Where the answer has the address of a Socket Mode
    /// connection, its ticket is good from here on.
    async fn ask_app(
        &self,
        parts: &Parts,
        run: ByApp,
        by: &AppToken,
        arguments: &Arguments,
    ) -> Answer {
        let app = &by.app;
        let pass = Pass {
            app: app.id,
            token: by.token.hash,
        };
        let made = OnceLock::new();
        let answer = {
            let socket = || socket(parts, app.id, made.get_or_init(ticket));
            let socket = &socket;
            run(&self.store, &AppCall { app, socket }, arguments).await
        };
        let kept = match made.into_inner().filter(|ticket| !ticket.is_empty()) {
            Some(ticket) => self.events.sockets.keep(&self.store, ticket, pass).await,
            None => Ok(()),
        };
        kept.map_or_else(|error| Answer::failed(&error), |()| answer)
    }
}

/// The address of a Socket Mode connection for an app, at the host that it called.
fn socket(parts: &Parts, app: AppId, ticket: &str) -> String {
    let said = |name: HeaderName| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let host = said(header::HOST).unwrap_or("localhost");
    // Behind something that speaks TLS for us.
    let secure = said(HeaderName::from_static("x-forwarded-proto")) == Some("https");
    let scheme = if secure { "wss" } else { "ws" };
    format!("{scheme}://{host}/link/?ticket={ticket}&app_id={app}")
}

//! The page as HTML.

use super::{
    ask::{Ask, Refused},
    places::Chosen,
};
use crate::{
    mail::letter::line,
    page::{
        escape, hidden, page,
        people::{ANOTHER, People, choice, finder},
    },
};
use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use guestlist_domain::{App, ScopeSet, install};
use std::fmt::Write;

/// What a page shows.
pub(super) struct Form<'a> {
    pub(super) ask: &'a Ask,
    pub(super) app: &'a App,
    pub(super) request: &'a install::Request,
    /// What can be chosen, by id, with what it is called.
    pub(super) places: &'a [(String, String)],
    pub(super) chosen: &'a Chosen<'a>,
    pub(super) people: &'a People,
    pub(super) seal: &'a str,
    /// It was allowed, and what was shown then is another place.
    pub(super) is_another: bool,
}

/// The page that asks for consent.
pub(super) fn form(form: &Form<'_>) -> Response<Body> {
    let Form {
        ask,
        app,
        request,
        places,
        chosen,
        people,
        seal,
        is_another,
    } = form;
    let is_wide = chosen.is_organisation();
    let all = if is_wide { "all of " } else { "" };
    let title = format!("Let {} into {all}{}?", line(&app.name), line(chosen.name()));
    let link: String = ask
        .link()
        .map(|(name, value)| hidden(name, value))
        .collect();
    let mut html = format!("<h1>{}</h1>\n", escape(&title));
    if !app.oauth.description.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(&line(&app.oauth.description)));
    }
    if *is_another {
        let _ = writeln!(html, "<p class=\"alert\" role=\"alert\">{ANOTHER}</p>");
    }
    let action = "<form method=\"post\" action=\"/oauth/v2/authorize\">";
    let _ = writeln!(html, "{action}\n{link}{}", hidden("seal", seal));
    html.push_str(&hidden("shown", &chosen.id()));
    html.push_str(
        &match places.len() > 1 || people.more || !ask.find.is_empty() {
            true => finder(places, &chosen.id(), &ask.find),
            false => hidden("team", &chosen.id()),
        },
    );
    html.push_str(&scopes("As a bot, it may use", &request.bot_scopes));
    html.push_str(&scopes("In your name, it may use", &request.user_scopes));
    if is_wide {
        html.push_str(
            "<p>It takes an owner or an admin of the organisation to allow that. The app can be used in the \
             workspaces that it is added to afterwards.</p>\n",
        );
    } else if request.is_for_admins() {
        html.push_str("<p>It takes an owner or an admin to allow that.</p>\n");
    }
    html.push_str(&match people.found.is_empty() {
        true => "<p>Nobody found who could install an app here.</p>\n".to_owned(),
        false => choice(people, ask.user.parse().ok()),
    });
    let allow = match people.found.is_empty() {
        true => "",
        false => "<button class=\"main\" name=\"decision\" value=\"allow\">Allow</button>\n",
    };
    let _ = writeln!(
        html,
        "<div class=\"row\">\n{allow}<button name=\"decision\" value=\"cancel\">Cancel</button>\n</div>\n</form>"
    );
    let _ = writeln!(
        html,
        "<p class=\"soft\">You will be sent to <code>{}</code>. There are no passwords here: whoever \
         opens this page chooses for whom they speak.</p>",
        escape(&request.send_to)
    );
    let status = match *is_another {
        true => StatusCode::CONFLICT,
        false => StatusCode::OK,
    };
    page(status, &title, &html)
}

fn scopes(heading: &str, scopes: &ScopeSet) -> String {
    if scopes.is_empty() {
        return String::new();
    }
    let mut html = format!("<h2>{heading}</h2>\n<ul>\n");
    for scope in scopes.iter() {
        let _ = writeln!(html, "<li><code>{}</code></li>", escape(scope));
    }
    html.push_str("</ul>\n");
    html
}

/// The page that says why there is no other.
pub(super) fn refused(refused: &Refused) -> Response<Body> {
    let (code, why) = refused.told();
    let html = format!(
        "<h1>This app cannot be installed</h1>\n<p>{}</p>\n<p class=\"soft\">Error: <code>{code}</code></p>\n",
        escape(&why)
    );
    page(refused.status(), "This app cannot be installed", &html)
}

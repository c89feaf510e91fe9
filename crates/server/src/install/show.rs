//! The page as HTML.

use super::ask::{Ask, Refused};
use crate::page::{escape, hidden, page};
use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use guestlist_domain::{
    App, ScopeSet, TeamId, User, Workspace,
    install::{self, can_install},
    user::Role,
};
use guestlist_store::{Reader, StoreError};
use std::fmt::Write;

/// The most people to choose from; more are found by a part of their name.
const MOST_PEOPLE: usize = 50;
const ROWS: usize = 1000;

/// Who can be chosen.
pub(super) struct People {
    found: Vec<User>,
    more: bool,
}

/// People of a workspace who can install apps and whose name or address has a part that is looked for.
pub(super) fn people(reader: &mut Reader, team: TeamId, find: &str) -> Result<People, StoreError> {
    let fits = |user: &User| {
        let has = |text: &str| text.to_lowercase().contains(find);
        let names = [&user.name, &user.real_name, &user.display_name];
        names.into_iter().any(|name| has(name)) || user.email.as_deref().is_some_and(has)
    };
    let mut found = Vec::new();
    let mut from = None;
    loop {
        let mut rows = reader.users(team, from, ROWS + 1)?;
        let next = (rows.len() > ROWS).then(|| rows.pop()).flatten();
        for user in rows {
            if can_install(&user, team) && fits(&user) {
                if found.len() == MOST_PEOPLE {
                    return Ok(People { found, more: true });
                }
                found.push(user);
            }
        }
        match next {
            Some(user) => from = Some(user.id),
            None => return Ok(People { found, more: false }),
        }
    }
}

/// What a page shows.
pub(super) struct Form<'a> {
    pub(super) ask: &'a Ask,
    pub(super) app: &'a App,
    pub(super) request: &'a install::Request,
    pub(super) workspaces: &'a [Workspace],
    pub(super) chosen: &'a Workspace,
    pub(super) people: &'a People,
    pub(super) seal: &'a str,
}

/// The page that asks for consent.
pub(super) fn form(form: &Form<'_>) -> Response<Body> {
    let Form {
        ask,
        app,
        request,
        workspaces,
        chosen,
        people,
        seal,
    } = form;
    let title = format!("Let {} into {}?", app.name, chosen.name);
    let link: String = ask
        .link()
        .map(|(name, value)| hidden(name, value))
        .collect();
    let mut html = format!("<h1>{}</h1>\n", escape(&title));
    if !app.oauth.description.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(&app.oauth.description));
    }
    if workspaces.len() > 1 || people.more || !ask.find.is_empty() {
        html.push_str(&finder(&link, workspaces, chosen, &ask.find));
    }
    html.push_str(&scopes("As a bot, it may use", &request.bot_scopes));
    html.push_str(&scopes("In your name, it may use", &request.user_scopes));
    let action = "<form method=\"post\" action=\"/oauth/v2/authorize\">";
    let _ = writeln!(html, "{action}\n{link}{}", hidden("seal", seal));
    html.push_str(&hidden("team", &chosen.id.to_string()));
    html.push_str(&choice(people));
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
    page(StatusCode::OK, &title, &html)
}

/// A form that shows the page again, for another workspace or other people.
fn finder(link: &str, workspaces: &[Workspace], chosen: &Workspace, find: &str) -> String {
    let mut html = format!(
        "<form class=\"find\" method=\"get\" action=\"/oauth/v2/authorize\">\n{link}\
         <div><label for=\"team\">Workspace</label>\n<select id=\"team\" name=\"team\">\n"
    );
    for workspace in workspaces {
        let selected = match workspace.id == chosen.id {
            true => " selected",
            false => "",
        };
        let _ = writeln!(
            html,
            "<option value=\"{}\"{selected}>{}</option>",
            workspace.id,
            escape(&workspace.name)
        );
    }
    let _ = writeln!(
        html,
        "</select></div>\n<div><label for=\"find\">Find a person</label>\n\
         <input type=\"text\" id=\"find\" name=\"find\" value=\"{}\"></div>\n\
         <button>Show</button>\n</form>",
        escape(find)
    );
    html
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

fn choice(people: &People) -> String {
    if people.found.is_empty() {
        return "<p>Nobody found who could install an app here.</p>\n".to_owned();
    }
    // The first of those highest in role.
    let leader = people.found.iter().rev().max_by_key(|user| user.role);
    let leader = leader.map(|user| user.id);
    let mut html =
        "<label for=\"user\">You are</label>\n<select id=\"user\" name=\"user\">\n".to_owned();
    for user in &people.found {
        let name = match user.real_name.as_str() {
            "" => &user.name,
            name => name,
        };
        let role = match user.role {
            Role::Member => "",
            Role::Admin => ", admin",
            Role::Owner | Role::PrimaryOwner => ", owner",
        };
        let selected = match Some(user.id) == leader {
            true => " selected",
            false => "",
        };
        let _ = writeln!(
            html,
            "<option value=\"{}\"{selected}>{} ({}{role})</option>",
            user.id,
            escape(name),
            escape(&user.name)
        );
    }
    html.push_str("</select>\n");
    if people.more {
        html.push_str("<p class=\"soft\">There are more people: search above.</p>\n");
    }
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

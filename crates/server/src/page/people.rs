//! Choosing who one is: a page has no login, and whoever opens it says for whom they speak.

use super::escape;
use crate::mail::letter::line;
use guestlist_domain::{TeamId, User, UserId, user::Role};
use guestlist_store::{Reader, StoreError};
use std::fmt::Write;

/// The most people to choose from; more are found by a part of their name.
const MOST_PEOPLE: usize = 50;
const ROWS: usize = 1000;

/// What is told to whoever chose another place and answered without having it shown.
pub(crate) const ANOTHER: &str = "You chose another place than was shown. This is what you are asked there: look through it, and answer again.";

/// Who can be chosen.
pub(crate) struct People {
    pub(crate) found: Vec<User>,
    pub(crate) more: bool,
}

/// People of some workspaces who fit there, and whose name or address has a part that is looked for.
pub(crate) fn people(
    reader: &mut Reader,
    teams: &[TeamId],
    find: &str,
    fits: impl Fn(&User, TeamId) -> bool,
) -> Result<People, StoreError> {
    let named = |user: &User| {
        let has = |text: &str| text.to_lowercase().contains(find);
        let names = [&user.name, &user.real_name, &user.display_name];
        names.into_iter().any(|name| has(name)) || user.email.as_deref().is_some_and(has)
    };
    let mut found = Vec::new();
    for team in teams {
        let mut from = None;
        loop {
            let mut rows = reader.users(*team, from, ROWS + 1)?;
            let next = (rows.len() > ROWS).then(|| rows.pop()).flatten();
            for user in rows {
                if fits(&user, *team) && named(&user) {
                    if found.len() == MOST_PEOPLE {
                        return Ok(People { found, more: true });
                    }
                    found.push(user);
                }
            }
            match next {
                Some(user) => from = Some(user.id),
                None => break,
            }
        }
    }
    Ok(People { found, more: false })
}

/// Fields of a form with which its page is shown again, for another place or other people; `places` are what can be
/// chosen: an id, with what it is called. They are in the form that takes the answer, so that it says what is chosen
/// there: who answers without having it shown is shown it first.
pub(crate) fn finder(places: &[(String, String)], chosen: &str, find: &str) -> String {
    let is_team = |(id, _): &(String, String)| id.starts_with('T');
    let label = match places.iter().all(is_team) {
        true => "Workspace",
        false => "Where",
    };
    let mut html = format!(
        "<div class=\"find\">\n<div><label for=\"team\">{label}</label>\n<select id=\"team\" name=\"team\">\n"
    );
    for (id, name) in places {
        let selected = match id == chosen {
            true => " selected",
            false => "",
        };
        let _ = writeln!(
            html,
            "<option value=\"{}\"{selected}>{}</option>",
            escape(id),
            escape(&line(name))
        );
    }
    let _ = writeln!(
        html,
        "</select></div>\n<div><label for=\"find\">Find a person</label>\n\
         <input type=\"text\" id=\"find\" name=\"find\" value=\"{}\"></div>\n\
         <button formmethod=\"get\" formnovalidate>Show</button>\n</div>",
        escape(find)
    );
    html
}

/// The field that says who one is. Without somebody chosen it is the first of those highest in role.
pub(crate) fn choice(people: &People, chosen: Option<UserId>) -> String {
    let leader = people.found.iter().rev().max_by_key(|user| user.role);
    let chosen = chosen
        .filter(|chosen| people.found.iter().any(|user| user.id == *chosen))
        .or(leader.map(|user| user.id));
    let mut html =
        "<label for=\"user\">You are</label>\n<select id=\"user\" name=\"user\">\n".to_owned();
    for user in &people.found {
        let role = match (user.guest, user.role) {
            _ if user.bot.is_some() => ", app",
            (Some(_), _) => ", guest",
            (None, Role::Member) => "",
            (None, Role::Admin) => ", admin",
            (None, Role::Owner | Role::PrimaryOwner) => ", owner",
        };
        let selected = match Some(user.id) == chosen {
            true => " selected",
            false => "",
        };
        let _ = writeln!(
            html,
            "<option value=\"{}\"{selected}>{} ({}{role})</option>",
            user.id,
            escape(&line(user.full_name())),
            escape(&line(&user.name))
        );
    }
    html.push_str("</select>\n");
    if people.more {
        html.push_str("<p class=\"soft\">There are more people: search above.</p>\n");
    }
    html
}

//! The page as HTML.

use super::{
    Choice,
    seen::{Chosen, Seen},
};
use crate::{
    mail::letter::{line, lines},
    page::{
        date, escape, hidden, page,
        people::{choice as choose, finder},
    },
};
use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use guestlist_domain::{
    Workspace,
    invitation::{Recipient, State},
    workspace::{Approval, Who},
};
use std::fmt::Write;

/// The page that asks.
pub(super) fn form(
    seen: &Seen,
    code: &str,
    choice: &Choice,
    seal: &str,
    refusal: Option<&(StatusCode, String)>,
) -> Response<Body> {
    let title = title(seen);
    let mut html = format!("<h1>{}</h1>\n{}", escape(&title), offer(seen));
    let status = refusal.map_or(StatusCode::OK, |(status, _)| *status);
    if let Some((_, refusal)) = refusal {
        let _ = writeln!(
            html,
            "<p class=\"alert\" role=\"alert\">{}</p>",
            escape(refusal)
        );
    }
    match &seen.chosen {
        None => html.push_str(&nobody(seen)),
        Some(chosen) => {
            let action = escape(&format!("/share/{code}"));
            let _ = writeln!(html, "<form method=\"post\" action=\"{action}\">");
            html.push_str(&hidden("seal", seal));
            html.push_str(&hidden("shown", &seen.shown()));
            let by_person = seen.recipient.is_some();
            if seen.workspaces.len() > 1
                || by_person && (chosen.people.more || !choice.find.is_empty())
            {
                let workspaces = seen.workspaces.iter();
                let workspaces: Vec<_> = workspaces
                    .map(|one| (one.id.to_string(), one.name.clone()))
                    .collect();
                html.push_str(&finder(&workspaces, &seen.shown(), &choice.find));
            } else {
                html.push_str(&hidden("team", &seen.shown()));
            }
            match &chosen.connected {
                Some(there) => html.push_str(&connected(seen, there)),
                None => html.push_str(&answer(seen, chosen, choice)),
            }
            html.push_str("</form>\n");
        }
    }
    page(status, &title, &html)
}

fn title(seen: &Seen) -> String {
    format!(
        "{} invites you to #{}",
        line(seen.inviter()),
        line(&seen.channel.name)
    )
}

/// Who invites whom to what.
fn offer(seen: &Seen) -> String {
    let [inviter, host, channel, recipient] = [
        seen.inviter(),
        &seen.host.name,
        &seen.channel.name,
        seen.recipient(),
    ]
    .map(|text| escape(&line(text)));
    let mut html = format!(
        "<p>{inviter} of <b>{host}</b> would like to share the channel <b>#{channel}</b> with your organisation.</p>\n"
    );
    if let Some(message) = &seen.invitation.message {
        let said: Vec<String> = lines(message).map(|line| escape(&line)).collect();
        let _ = writeln!(html, "<blockquote>{}</blockquote>", said.join("<br>\n"));
    }
    let rights = match seen.invitation.external_limited {
        true => "read and post",
        false => "read, post and bring others in",
    };
    let _ = writeln!(
        html,
        "<dl>\n<dt>For</dt><dd>{recipient}</dd>\n<dt>Your side may</dt><dd>{rights}</dd>\n\
         <dt>Good until</dt><dd>{}</dd>\n</dl>",
        date(seen.invitation.expires)
    );
    html
}

/// There is nobody to be chosen.
fn nobody(seen: &Seen) -> String {
    let why = match &seen.invitation.to {
        Recipient::Email(address) => format!(
            "It can be accepted by whoever has the address {address} in another organisation's workspace, and \
             nobody here has. If another address of yours is in one, ask for an invitation to that."
        ),
        Recipient::User(_) => "Nobody in a workspace here can accept it.".to_owned(),
    };
    format!("<p class=\"alert\">{}</p>\n", escape(&why))
}

/// There is nothing left to be answered.
fn connected(seen: &Seen, there: &Workspace) -> String {
    let why = format!(
        "{} takes part in the channel already, as #{}. Whoever is in it there can bring you in; if it is public there, \
         you can join it.",
        line(&there.name),
        line(seen.channel.name_in(there.id))
    );
    format!("<p class=\"alert\">{}</p>\n", escape(&why))
}

/// Who has to agree before anything is shared.
fn reviewers(seen: &Seen, chosen: &Chosen) -> String {
    let reviews = |side: &Workspace| side.connect.approval == Approval::Required;
    let sides = [&*seen.host, &chosen.workspace];
    let sides: Vec<String> = sides
        .into_iter()
        .filter(|side| reviews(side))
        .map(|side| line(&side.name))
        .collect();
    if sides.is_empty() {
        return String::new();
    }
    let who = escape(&sides.join(" and "));
    let verb = if sides.len() == 1 { "has" } else { "have" };
    format!("<p>After you accept, {who} {verb} to approve before the channel is shared.</p>\n")
}

/// The fields that answer.
fn answer(seen: &Seen, chosen: &Chosen, choice: &Choice) -> String {
    let workspace = escape(&line(&chosen.workspace.name));
    let mut html = String::new();
    if seen.workspaces.len() == 1 {
        let _ = writeln!(html, "<h2>In {workspace}</h2>");
    }
    if chosen.people.found.is_empty() {
        html.push_str("<p>Nobody found. Look for another name.</p>\n");
        return html;
    }
    // Where an app is invited, somebody of its workspace reads this.
    let person = seen.recipient.as_ref().filter(|user| user.bot.is_none());
    let to = choice.user.or(person.map(|user| user.id));
    html.push_str(&choose(&chosen.people, to));
    let name = choice.name.as_ref().unwrap_or(&chosen.name);
    let _ = writeln!(
        html,
        "<label for=\"name\">The channel’s name in {workspace}</label>\n\
         <input type=\"text\" id=\"name\" name=\"name\" value=\"{}\" required maxlength=\"80\" \
         autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"name-hint\">\n\
         <p class=\"soft\" id=\"name-hint\">Lower-case letters, digits, - and _. {} keeps its own name for it.</p>",
        escape(name),
        escape(&line(&seen.host.name)),
    );
    html.push_str(&privacy(seen, chosen, choice));
    html.push_str(&reviewers(seen, chosen));
    html.push_str(
        "<div class=\"row\">\n<button class=\"main\" name=\"decision\" value=\"accept\">Accept</button>\n\
         <button name=\"decision\" value=\"decline\" formnovalidate>Decline</button>\n</div>\n\
         <p class=\"soft\">There are no passwords here: whoever opens this page chooses for whom they speak.</p>\n",
    );
    html
}

/// Who can find the channel on the accepting side, as far as there is a choice.
fn privacy(seen: &Seen, chosen: &Chosen, choice: &Choice) -> String {
    let (public, private) = (
        chosen.workspace.who_may_create_public != Who::Nobody,
        chosen.workspace.who_may_create_private != Who::Nobody,
    );
    let only = |value: &str, why: &str| format!("{}<p>{why}</p>\n", hidden("privacy", value));
    if seen.invitation.external_limited {
        return "<p>On your side the channel is private: only who is in it can find it.</p>\n"
            .to_owned();
    }
    match (public, private) {
        (true, false) => return only("public", "On your side the channel is public."),
        (false, _) => return only("private", "On your side the channel is private."),
        (true, true) => {}
    }
    let wanted = choice
        .private
        .unwrap_or_else(|| seen.channel.is_private_in(seen.host.id));
    let mut html = "<fieldset>\n<legend>On your side it is</legend>\n".to_owned();
    for (value, label, on) in [
        (
            "public",
            "Public: everybody there can find and join it",
            !wanted,
        ),
        (
            "private",
            "Private: only who is brought in can see it",
            wanted,
        ),
    ] {
        let checked = if on { " checked" } else { "" };
        let _ = writeln!(
            html,
            "<label class=\"pick\"><input type=\"radio\" name=\"privacy\" value=\"{value}\"{checked}> {label}</label>"
        );
    }
    html.push_str("</fieldset>\n");
    html
}

/// The page of an invitation that can be answered no more.
pub(super) fn over(seen: &Seen) -> Response<Body> {
    let [channel, host] = [&seen.channel.name, &seen.host.name].map(|name| line(name));
    let workspace = seen.accepted.as_ref();
    let partner = workspace.map_or_else(String::new, |workspace| line(&workspace.name));
    let gone = StatusCode::GONE;
    let (status, title, why) = match seen.state {
        State::PendingApproval => {
            let names: Vec<String> = seen.awaiting.iter().map(|side| line(&side.name)).collect();
            let why = format!(
                "#{channel} of {host} comes to {partner} as soon as {} approved.",
                match &names[..] {
                    [one] => format!("{one} has"),
                    all => format!("{} have", all.join(" and ")),
                }
            );
            (StatusCode::OK, "The invitation is accepted", why)
        }
        State::Approved => {
            let name = workspace.map_or(&*seen.channel.name, |team| seen.channel.name_in(team.id));
            let why = format!(
                "#{channel} of {host} is in {partner} now, as #{}. The link has done its work.",
                line(name)
            );
            (StatusCode::OK, "The channel is connected", why)
        }
        State::Disconnected => (
            gone,
            "The channel is not connected any more",
            format!(
                "The invitation was accepted for {partner}, and the connection has ended since. Coming back needs a new invitation from {host}."
            ),
        ),
        State::Declined => (
            gone,
            "The invitation was declined",
            format!("Nothing is shared. If that was a mistake, ask {host} for a new invitation."),
        ),
        State::Expired => (
            gone,
            "The invitation has expired",
            format!("Invitations are good for 14 days. Ask {host} for a new one."),
        ),
        // It is good again as soon as the channel is.
        State::Sent => (
            StatusCode::CONFLICT,
            "The channel cannot be shared now",
            match seen.channel.archived {
                true => format!(
                    "#{channel} of {host} is archived. The invitation waits until it is not."
                ),
                false => format!("{host} does not let #{channel} be shared for now."),
            },
        ),
        _ => (
            gone,
            "The invitation was taken back",
            format!("{host} does not offer the channel any more."),
        ),
    };
    let html = format!("<h1>{title}</h1>\n<p>{}</p>\n", escape(&why));
    page(status, title, &html)
}

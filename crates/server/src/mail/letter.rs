//! How a letter reads: subject, text and HTML.
//!
//! What it tells comes from outside: names, words, an address. In the subject and in lines of their
//! own these are one line of what can be seen; in HTML they are escaped.

use crate::page::{date, escape};
use guestlist_domain::{
    Mail, connect::shape::share_url, mail::Letter, people::invite::join_url, time::Timestamp,
};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use std::time::{Duration, SystemTime};

/// Letters of a name that are told.
const MOST_NAME: usize = 80;

/// A letter as it is read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// Where its link leads.
    pub(crate) url: String,
}

/// Whether a character would do something to the line it stands in, or be unseen in it.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether it joins or parts the letters around it: some scripts cannot be written without, nor can pictures
/// that are made of several.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// A text of what can be seen. A joiner stays where it follows what it can join.
fn seen(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars() {
        let joins = is_joiner(c) && seen.ends_with(|c: char| !c.is_ascii() && !is_joiner(c));
        if joins || !is_unseen(c) {
            seen.push(c);
        }
    }
    seen
}

/// A text as one line of what can be seen, not too long.
pub(crate) fn line(text: &str) -> String {
    let plain = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<String> = plain.map(seen).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MOST_NAME) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// A text's lines, of what can be seen.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(seen)
}

/// What letters of a kind say in their own words.
struct Words {
    subject: String,
    /// The first sentence of the text.
    opening: String,
    /// The heading and the first paragraph, as HTML.
    head: String,
    about: String,
    /// What the link is for.
    call: &'static str,
    button: &'static str,
    until: String,
    url: String,
}

/// An invitation to a channel that is shared.
fn to_channel(letter: &Letter, site: &str) -> Words {
    let [inviter, workspace, channel] =
        [&letter.inviter, &letter.workspace, &letter.channel].map(|name| line(name));
    let rights = match letter.external_limited {
        true => "On your side, people can read and post; bringing others in is left to the host.",
        false => "On your side, people can read and post, and bring others in.",
    };
    let [by, of, to] = [&inviter, &workspace, &channel].map(|name| escape(name));
    Words {
        subject: format!("{inviter} invites you to #{channel} of {workspace}"),
        opening: format!("{inviter} of {workspace} invites you to the channel #{channel}."),
        head: format!(
            "<h1>{by} invites you to #{to}</h1>\n<p>{by} of {of} would like to work with you in the channel <b>#{to}</b>.</p>\n"
        ),
        about: format!("It is a channel that both organisations share. {rights}"),
        call: "See the invitation, and accept or decline it",
        button: "See the invitation",
        until: format!("The link is good until {}, and once.", date(letter.expires)),
        url: share_url(site, &letter.link),
    }
}

/// An invitation into a workspace.
fn to_workspace(letter: &Letter, site: &str) -> Words {
    let [inviter, workspace, channels] =
        [&letter.inviter, &letter.workspace, &letter.channel].map(|name| line(name));
    let [by, of] = [&inviter, &workspace].map(|name| escape(name));
    let mut until = "The link is good once.".to_owned();
    if letter.expires != Timestamp::LATEST {
        until.push_str(&format!(
            " You are a guest there until {}.",
            date(letter.expires)
        ));
    }
    Words {
        subject: format!("{inviter} invites you to join {workspace}"),
        opening: format!("{inviter} invites you to join the workspace {workspace}."),
        head: format!(
            "<h1>{by} invites you to join {of}</h1>\n<p>{by} would like to work with you in the workspace <b>{of}</b>.</p>\n"
        ),
        about: match channels.as_str() {
            "" => "You come into the channels that everybody is in.".to_owned(),
            _ => format!("You come into #{channels}."),
        },
        call: "Say what you are called, and join",
        button: "Join",
        until,
        url: join_url(site, &letter.link),
    }
}

/// The letter in words; `site` is where its link leads.
pub(crate) fn read(mail: &Mail, site: &str) -> Read {
    let letter = &mail.letter;
    let Words {
        subject,
        opening,
        head: mut html,
        about,
        call,
        button,
        until,
        url,
    } = match letter.user {
        Some(_) => to_workspace(letter, site),
        None => to_channel(letter, site),
    };
    let [inviter, workspace] = [&letter.inviter, &letter.workspace].map(|name| line(name));
    let ignore = format!(
        "If you do not know {inviter} or {workspace}, do nothing: without your yes nothing happens."
    );

    let mut text = format!("{opening}\n\n");
    if let Some(message) = &letter.message {
        let said: Vec<String> = lines(message).collect();
        for line in &said {
            text.push_str(&format!("> {line}\n"));
        }
        text.push('\n');
        let said: Vec<String> = said.iter().map(|line| escape(line)).collect();
        html.push_str(&format!(
            "<blockquote>{}</blockquote>\n",
            said.join("<br>\n")
        ));
    }
    text.push_str(&format!(
        "{about}\n\n{call}:\n{url}\n\n{until}\n\n{ignore}\n"
    ));
    let [link, about, until, ignore] = [&url, &about, &until, &ignore].map(|text| escape(text));
    html.push_str(&format!(
        "<p>{about}</p>\n<p class=\"act\"><a class=\"button\" href=\"{link}\">{button}</a></p>\n\
         <p class=\"soft\">{until} If the button does not work, open <a href=\"{link}\">{link}</a></p>\n\
         <p class=\"soft\">{ignore}</p>\n"
    ));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<div class=\"card\">\n{html}</div>\n</body>\n</html>\n",
        escape(&subject)
    );
    Read {
        subject,
        text,
        html,
        url,
    }
}

/// Mail programs know few variables: colours stand where they are used.
const STYLE: &str = include_str!("letter.css");

/// The letter as it is handed over. The date and Message-ID of a letter are always the same.
pub(super) fn message(mail: &Mail, sender: &Mailbox, site: &str) -> Result<Message, String> {
    let to: Address = mail
        .to
        .parse()
        .map_err(|error| format!("no mail can be sent to this address: {error}"))?;
    let Read {
        subject,
        text,
        html,
        ..
    } = read(mail, site);
    let written = Duration::from_micros(mail.id.0.max(0).unsigned_abs());
    let id = format!("<{}.guestlist@{}>", mail.id.ts(), sender.email.domain());
    // So that nobody's holiday notice answers it.
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    Message::builder()
        .from(sender.clone())
        .to(Mailbox::new(None, to))
        .subject(subject)
        .date(SystemTime::UNIX_EPOCH + written)
        .message_id(Some(id))
        .raw_header(automatic)
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(|error| format!("the letter cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::{
        Timestamp,
        mail::{Letter, State},
    };

    fn mail(inviter: &str, channel: &str, message: Option<&str>, to: &str) -> Mail {
        Mail {
            id: Timestamp::from_seconds(1_580_774_400),
            to: to.to_owned(),
            letter: Letter {
                invitation: Some("I0ONE".parse().unwrap()),
                user: None,
                inviter: inviter.to_owned(),
                workspace: "Acme & Sons".to_owned(),
                channel: channel.to_owned(),
                message: message.map(str::to_owned),
                external_limited: false,
                expires: Timestamp::from_seconds(1_581_984_000),
                link: "zt-1".to_owned(),
            },
            state: State::Queued,
            attempts: 0,
            due: None,
            failure: None,
            updated: Timestamp::default(),
        }
    }

    fn sent(mail: &Mail) -> String {
        let sender = "Guestlist <g@guestlist.test>".parse().unwrap();
        let message = message(mail, &sender, "http://127.0.0.1:3999").unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_letter_in_words() {
        let one = mail(
            "Ada Park",
            "ops",
            Some("Come and see.\nWe have cake."),
            "gil@globex.test",
        );
        let Read {
            subject, text, url, ..
        } = read(&one, "http://127.0.0.1:3999");
        assert_eq!(subject, "Ada Park invites you to #ops of Acme & Sons");
        assert_eq!(url, "http://127.0.0.1:3999/share/zt-1");
        assert_eq!(
            text,
            "Ada Park of Acme & Sons invites you to the channel #ops.\n\n\
             > Come and see.\n> We have cake.\n\n\
             It is a channel that both organisations share. On your side, people can read and post, and \
             bring others in.\n\n\
             See the invitation, and accept or decline it:\nhttp://127.0.0.1:3999/share/zt-1\n\n\
             The link is good until 18 February 2020, 00:00 UTC, and once.\n\n\
             If you do not know Ada Park or Acme & Sons, do nothing: without your yes nothing happens.\n"
        );
        let whole = sent(&one);
        for part in [
            "From: Guestlist <g@guestlist.test>\r\n",
            "To: gil@globex.test\r\n",
            "Subject: Ada Park invites you to #ops of Acme & Sons\r\n",
            "Date: Tue, 04 Feb 2020 00:00:00 +0000\r\n",
            "Message-ID: <1580774400.000000.guestlist@guestlist.test>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(whole.contains(part), "{part} is not in\n{whole}");
        }
    }

    #[test]
    fn an_invitation_into_a_workspace_in_words() {
        let mut one = mail("Ada Park", "ops, #team", Some("Come!"), "joe@email.test");
        one.letter.invitation = None;
        one.letter.user = Some("U0JOE".parse().unwrap());
        one.letter.link = "U0JOE-1a".to_owned();
        let Read {
            subject,
            text,
            url,
            html,
        } = read(&one, "http://127.0.0.1:3999");
        assert_eq!(subject, "Ada Park invites you to join Acme & Sons");
        assert_eq!(url, "http://127.0.0.1:3999/join/U0JOE-1a");
        assert_eq!(
            text,
            "Ada Park invites you to join the workspace Acme & Sons.\n\n> Come!\n\n\
             You come into #ops, #team.\n\n\
             Say what you are called, and join:\nhttp://127.0.0.1:3999/join/U0JOE-1a\n\n\
             The link is good once. You are a guest there until 18 February 2020, 00:00 UTC.\n\n\
             If you do not know Ada Park or Acme & Sons, do nothing: without your yes nothing happens.\n"
        );
        assert!(html.contains("join Acme &amp; Sons</h1>"), "{html}");
        one.letter.channel.clear();
        let text = read(&one, "http://s").text;
        let everywhere = "\nYou come into the channels that everybody is in.\n";
        assert!(text.contains(everywhere), "{text}");
        one.letter.expires = Timestamp::LATEST;
        let text = read(&one, "http://s").text;
        assert!(text.contains("The link is good once.\n"), "{text}");
    }

    #[test]
    fn nothing_from_outside_becomes_a_header_or_markup() {
        let evil = "Eve\r\nBcc: all@acme.test\r\n\r\n<script>alert(1)</script>\u{202e}\u{2028}x";
        let one = mail(evil, "o\"><img src=x>", Some(evil), "gil@globex.test");
        let Read {
            subject,
            text,
            html,
            ..
        } = read(&one, "http://127.0.0.1:3999");
        assert_eq!(
            subject,
            "Eve Bcc: all@acme.test <script>alert(1)</script> x invites you to #o\"><img src=x> of Acme & Sons"
        );
        assert!(text.contains("> Bcc: all@acme.test\n"), "{text}");
        for markup in ["<script", "<img", "\u{202e}", "\u{2028}"] {
            assert!(!html.contains(markup), "{html}");
        }
        let whole = sent(&one);
        let (head, _) = whole.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split_once(':').unwrap().0)
            .collect();
        assert_eq!(
            names,
            [
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type"
            ]
        );
    }

    #[test]
    fn names_are_cut_and_other_scripts_are_encoded() {
        let long = "Ä".repeat(200);
        let one = mail(&long, "café", None, "gil@globex.test");
        let subject = read(&one, "http://s").subject;
        assert_eq!(subject.matches('Ä').count(), MOST_NAME);
        let whole = sent(&one);
        let longest = whole.split("\r\n").map(str::len).max().unwrap();
        assert!(whole.is_ascii() && longest <= 998, "{longest}");
    }

    #[test]
    fn what_scripts_and_pictures_are_joined_by_stays_and_what_deceives_goes() {
        for (text, seen) in [
            (
                "\u{1f469}\u{200d}\u{1f680} team",
                "\u{1f469}\u{200d}\u{1f680} team",
            ),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("a\u{200d}da", "ada"),
            ("\u{200d}\u{200c}", ""),
            ("é\u{200d}\u{200d}", "é\u{200d}"),
            ("ad\u{200b}a\u{202e}nib", "adanib"),
            (" two\u{2028}lines\n ", "two lines"),
        ] {
            assert_eq!(line(text), seen, "{text:?}");
        }
    }

    #[test]
    fn whatever_passes_for_an_address_can_be_written_to() {
        let sender = "g@guestlist.test".parse().unwrap();
        for text in [
            "a@x",
            "o'neil=x@a-b.test",
            "a.b+c@x",
            "!#$%&'*+/=?^_`{|}~-@x.test",
            "jürgen@müller.test",
            "u\u{308}ber@x.test",
        ] {
            let to = guestlist_domain::invitation::address(text).unwrap();
            let written = message(&mail("Ada", "ops", None, &to), &sender, "http://s");
            assert!(written.is_ok(), "{text}: {written:?}");
        }
    }

    #[test]
    fn an_address_that_is_more_than_one_is_not_written_to() {
        let sender = "g@guestlist.test".parse().unwrap();
        for to in [
            "gil@globex.test,all@acme.test",
            "gil@globex.test>\r\nrcpt",
            "<gil@globex.test>",
            "a b@globex.test",
            "gil@globex.test\0",
            "gil,all@globex.test",
            "gil@globex .test",
        ] {
            let refused = message(&mail("Ada", "ops", None, to), &sender, "http://s");
            assert!(refused.is_err(), "{to:?}");
        }
    }
}

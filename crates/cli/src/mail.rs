//! `guestlist mail`.

use crate::{
    config::Config,
    data::{Data, query},
    output::{note, print, print_json, print_list},
};
use anyhow::Result;
use guestlist_server::control::{self, MailView, WhichMail};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Listed {
    mail: Vec<MailView>,
}

/// The store or the server that has the letters. Letters of a store that nobody serves lead to
/// where it would be served.
async fn open(config: &Config) -> Result<Data> {
    let data = Data::open(config).await?;
    if let Data::Ours(store) = &data {
        store.set_site(&config.site());
        store.set_posts(config.smtp.value.is_some());
    }
    Ok(data)
}

pub(crate) async fn list(
    config: &Config,
    filter: [(&str, Option<String>); 3],
    limit: u16,
    as_json: bool,
) -> Result<()> {
    // Nobody waits here, not even for one.
    let always = [("limit", limit.to_string()), ("at_least", "0".to_owned())];
    let always = always.map(|(name, value)| (name, Some(value)));
    let query = query(always.into_iter().chain(filter));
    let which = WhichMail::read(&query)?;
    let data = open(config).await?;
    let mail = match &data {
        Data::Ours(store) => control::list_mail(store, which).await,
        Data::Theirs(server) => {
            let listed = server.get::<Listed>(&format!("/mail?{query}")).await?;
            Ok(listed.mail)
        }
    };
    data.close().await;
    let heads = ["MAIL", "TO", "STATE", "TRIED", "SUBJECT", ""];
    print_list(as_json, "mail", &mail?, &heads, |mail| {
        let next = mail.next_attempt.as_ref();
        let next = next.map(|at| format!("next attempt {at}"));
        let more: Vec<_> = mail.failure.clone().into_iter().chain(next).collect();
        vec![
            mail.id.clone(),
            mail.to.clone(),
            mail.state.clone(),
            mail.attempts.to_string(),
            mail.subject.clone(),
            more.join("; "),
        ]
    })
}

pub(crate) async fn show(config: &Config, id: &str, as_json: bool, html: bool) -> Result<()> {
    let data = open(config).await?;
    let mail = match &data {
        Data::Ours(store) => control::find_mail(store, id).await.map_err(Into::into),
        Data::Theirs(server) => server.get::<MailView>(&format!("/mail/{}", safe(id))).await,
    };
    data.close().await;
    let mail = mail?;
    if as_json {
        return print_json(&mail);
    }
    if html {
        return print(&mail.html);
    }
    let mut head = format!(
        "To: {}\nSubject: {}\nWritten: {}\nState: {}\nAttempts: {}\n",
        mail.to, mail.subject, mail.written, mail.state, mail.attempts
    );
    for (name, value) in [
        ("Next attempt", &mail.next_attempt),
        ("Failure", &mail.failure),
    ] {
        if let Some(value) = value {
            head.push_str(&format!("{name}: {value}\n"));
        }
    }
    print(&format!("{head}\n{}", mail.text))
}

pub(crate) async fn send(config: &Config, id: &str, as_json: bool) -> Result<()> {
    let data = open(config).await?;
    let (mail, ours) = match &data {
        Data::Ours(store) => (
            control::send_mail(store, id).await.map_err(Into::into),
            true,
        ),
        Data::Theirs(server) => {
            let path = format!("/mail/{}/send", safe(id));
            (server.post::<MailView>(&path, &json!({})).await, false)
        }
    };
    data.close().await;
    let mail = mail?;
    if as_json {
        return print_json(&mail);
    }
    note(match ours {
        true => "queued: the next server on this store sends it",
        false => "queued",
    });
    Ok(())
}

/// An id as a part of a path.
fn safe(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

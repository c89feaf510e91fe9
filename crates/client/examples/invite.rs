//! Invitations with guestlist's own client: `invite CHANNEL USER EMAIL`.

use std::{env, error::Error};

use guestlist_client::{
    CallError, Client,
    conversations::{Invite, InviteShared, invite, invite_shared},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let [channel, user, email] = [1, 2, 3].map(|n| env::args().nth(n).expect("CHANNEL USER EMAIL"));

    let url = env::var("SLACK_API_URL")?; // http://127.0.0.1:3999/api/
    let client = Client::new(&url, &env::var("SLACK_BOT_TOKEN")?)?;

    let whom = invite::Args {
        channel: channel.as_str().into(),
        users: vec![user],
        ..Default::default()
    };
    let invited = client.call::<Invite>(whom.clone()).await?;
    println!("invited to {}", invited.channel.id);

    match client.call::<Invite>(whom).await {
        Err(CallError::Refused(refusal)) => println!("refused: {}", refusal.code),
        other => return Err(format!("not refused: {other:?}").into()),
    }

    let outside = invite_shared::Args {
        channel: channel.as_str().into(),
        emails: Some(vec![email]),
        external_limited: Some(false),
        ..Default::default()
    };
    let shared = client.call::<InviteShared>(outside).await?;
    println!("shared: {}", shared.invite_id);
    Ok(())
}

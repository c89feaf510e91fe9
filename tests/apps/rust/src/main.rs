//! Invitations with slack-morphism: `guestlist-morphism CHANNEL USER EMAIL`.

use std::env;

use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let [channel, user, email] = [1, 2, 3].map(|n| env::args().nth(n).expect("CHANNEL USER EMAIL"));

    // Plain HTTP, where the connector made by `new` speaks HTTPS only; no slash at the end.
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    let url = env::var("SLACK_API_URL")?; // http://127.0.0.1:3999/api/
    let client = SlackClient::new(connector.with_slack_api_url(url.trim_end_matches('/')));
    let token = SlackApiToken::new(env::var("SLACK_BOT_TOKEN")?.into());
    let session = client.open_session(&token);

    let whom = SlackApiConversationsInviteRequest::new(channel.clone().into(), vec![user.into()]);
    let invited = session.conversations_invite(&whom).await?;
    println!("invited to {}", invited.channel.id);

    match session.conversations_invite(&whom).await {
        Err(SlackClientError::ApiError(refusal)) => println!("refused: {}", refusal.code),
        other => panic!("not refused: {other:?}"),
    }

    // What morphism has no function for is called by name.
    let outside = json!({"channel": channel, "emails": [email], "external_limited": false});
    let shared: Value = session
        .http_session_api
        .http_post("conversations.inviteShared", &outside, None)
        .await?;
    println!(
        "shared: {}",
        shared["invite_id"].as_str().unwrap_or_default()
    );
    Ok(())
}

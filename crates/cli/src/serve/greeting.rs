//! The first steps in the sample world.

use guestlist_domain::TokenHash;
use guestlist_store::{Store, StoreError};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// The bot's token, a channel it is in, and people who are not; all of them in the sample world.
const TOKEN: &str = "xoxb-sample-greeter";
const CHANNEL: &str = "C0WELCOME";
const ONE: &str = "U0BEN";
/// Somebody new, somebody just invited, somebody removed.
const SOME: [&str; 3] = ["U0DANA", "U0BEN", "U0OTTO"];

/// Whether its bot's token is good in a store.
pub(super) async fn is_sample(store: &Store) -> Result<bool, StoreError> {
    let hash = TokenHash(Sha256::digest(TOKEN.as_bytes()).into());
    let token = store.read(move |reader| reader.token(hash)).await?;
    Ok(token.is_some_and(|token| !token.revoked))
}

/// Its tokens, and three calls to paste.
pub(super) fn sample(address: SocketAddr, tokens: &str) -> String {
    let call = |method: &str, arguments: &str| {
        format!(
            "curl -s -H 'Authorization: Bearer {TOKEN}' http://{address}/api/{method} {arguments}"
        )
    };
    let invite = call(
        "conversations.invite",
        &format!("-d channel={CHANNEL} -d users={ONE}"),
    );
    let force = call(
        "conversations.invite",
        &format!(
            "-d channel={CHANNEL} -d users={} -d force=true",
            SOME.join(",")
        ),
    );
    let members = call("conversations.members", &format!("-d channel={CHANNEL}"));
    format!(
        "
The store was empty: it holds the sample world now. Its tokens are no secrets:

{tokens}
Invite somebody:

{invite}

Invite whoever of these three can be invited, and see why the others cannot:

{force}

Who is in the channel now:

{members}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_store::world::SAMPLE;

    #[test]
    fn the_calls_speak_of_the_sample_world() {
        for name in [TOKEN, CHANNEL, ONE].into_iter().chain(SOME) {
            assert!(SAMPLE.contains(name), "{name}");
        }
        let text = sample(([127, 0, 0, 1], 3999).into(), "TOKEN\n");
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("curl "))
                .count(),
            3
        );
        assert!(text.contains(
            "http://127.0.0.1:3999/api/conversations.invite -d channel=C0WELCOME -d users=U0BEN"
        ));
    }
}

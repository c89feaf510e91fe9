//! How an app knows that a request comes from here.

use guestlist_domain::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header `X-Slack-Signature` of a request sent at `timestamp` (seconds).
pub(super) fn signature(secret: &str, timestamp: i64, body: &str) -> String {
    format!("v0={}", code(secret, &format!("v0:{timestamp}:{body}")))
}

/// The retired verification token in bodies: the same for an app as long as its secret is.
pub(super) fn verification_token(secret: &str) -> String {
    let mut token = code(secret, "verification token");
    token.truncate(24);
    token
}

fn code(secret: &str, text: &str) -> String {
    // A key may have any length, so this does not fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_documentation() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body),
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }
}

//! What the page says where the rules say no: the codes of the methods, in words for whoever reads
//! it.

use super::{Choice, seen::Seen};

/// Where a form is not one that this server shows now.
pub(super) const STALE: &str = "The page was open while the server was started anew. Look through your answer, and send it again.";

/// A refusal in words.
pub(super) fn told(code: &str, seen: &Seen, choice: &Choice) -> String {
    let recipient = seen.recipient();
    let host = &seen.host.name;
    let there = seen
        .chosen
        .as_ref()
        .map_or("your workspace", |chosen| &chosen.workspace.name);
    match code {
        "channel_conversion_in_progress" => {
            "The channel is being moved just now. Try again later.".to_owned()
        }
        "connection_limit_exceeded" => {
            "As many organisations are in the channel as may be.".to_owned()
        }
        "email_does_not_match" => {
            format!("The invitation is for {recipient}. Whom you chose has another address.")
        }
        "has_already_connected_to_org" => {
            format!("The channel is connected to {there} already.")
        }
        "invalid_emoji_not_allowed" => "A channel’s name has no pictures in it.".to_owned(),
        "invalid_host_team" => format!("{host} takes no part in Slack Connect any more."),
        "invalid_name_maxlength" => "A channel’s name has at most 80 characters.".to_owned(),
        "invalid_name_punctuation" => {
            "A channel’s name has a letter or a digit in it, not only - and _.".to_owned()
        }
        "invalid_name_required" => "Give the channel a name.".to_owned(),
        "invalid_name_specials" => {
            "A channel’s name has lower-case letters, digits, - and _, and nothing else.".to_owned()
        }
        "invalid_recipient_team" => {
            format!("The invitation is for {recipient} and their organisation, not for yours.")
        }
        "invite_from_same_org" => {
            format!(
                "The invitation comes from {host}’s own organisation; another has to accept it."
            )
        }
        // Of declining: that is for the recipient alone.
        "invite_not_found" if choice.decision == "decline" => format!(
            "Only {recipient} can decline the invitation. If you do not want it, leave it: it lapses by itself."
        ),
        "invite_not_found" | "inactive_invite" => "The invitation is no longer open.".to_owned(),
        "invite_used" => "The invitation was accepted already.".to_owned(),
        "is_pending_connected_to_org" => format!(
            "{there} has accepted another invitation to this channel; that one waits for approval."
        ),
        "legacy_connection_invalid_org" => {
            "The channel is shared in the old way, which goes on with old partners only.".to_owned()
        }
        "legacy_connection_limit_exceeded" => {
            "The channel is shared in the old way, and has a partner already.".to_owned()
        }
        "name_taken" => format!("Another channel in {there} has this name. Choose another name."),
        "not_allowed_for_grid_workspace" => format!("Slack Connect is switched off in {there}."),
        "restricted_action" => {
            format!(
                "Whom you chose may not make private channels in {there}. Choose public, or ask an admin."
            )
        }
        "user_cannot_create_channel" => {
            format!(
                "Whom you chose may not make public channels in {there}. Choose private, or ask an admin."
            )
        }
        "user_is_restricted" => {
            format!("Guests accept no invitations. Ask a full member of {there}.")
        }
        "user_required_to_accept_as_private_but_cannot" => format!(
            "The channel has to be private on your side, and whom you chose may not make private channels in {there}. Ask an admin."
        ),
        "user_not_found" | "user_not_in_workspace" | "user_removed" => {
            "Choose who you are, of the people listed.".to_owned()
        }
        other => format!("That was refused: {other}."),
    }
}

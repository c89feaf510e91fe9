//! `chat.*`

methods! {
    /// `chat.postMessage`: writes a message.
    post_message: guestlist_methods::chat::post_message, PostMessage {
        /// A conversation, or a user for the DM with them.
        channel: String,
        /// The text.
        text: Option<String>,
        /// Blocks.
        blocks: Option<serde_json::Value>,
        /// Attachments.
        attachments: Option<serde_json::Value>,
        /// The text as Markdown, in place of `text` and `blocks`.
        markdown_text: Option<String>,
        /// The message that this one answers.
        thread_ts: Option<String>,
    } -> {
        /// Where it stands.
        channel: String,
        /// Which it is there.
        ts: String,
        /// As history shows it.
        message: serde_json::Value,
    }

    /// `chat.postEphemeral`: shows one person a message.
    post_ephemeral: guestlist_methods::chat::post_ephemeral, PostEphemeral {
        /// The conversation.
        channel: String,
        /// Who is shown it.
        user: String,
        /// The text.
        text: Option<String>,
        /// Blocks.
        blocks: Option<serde_json::Value>,
        /// Attachments.
        attachments: Option<serde_json::Value>,
        /// The text as Markdown, in place of `text` and `blocks`.
        markdown_text: Option<String>,
        /// The message in whose thread it is shown.
        thread_ts: Option<String>,
    } -> {
        /// When it was shown.
        message_ts: String,
    }

    /// `chat.update`: changes a message.
    update: guestlist_methods::chat::update, Update {
        /// The conversation.
        channel: String,
        /// The message.
        ts: String,
        /// The text.
        text: Option<String>,
        /// Blocks; none of them takes away those that are there.
        blocks: Option<serde_json::Value>,
        /// Attachments; none of them takes away those that are there.
        attachments: Option<serde_json::Value>,
        /// The text as Markdown, in place of `text` and `blocks`.
        markdown_text: Option<String>,
        /// Tells a reply to the whole channel.
        reply_broadcast: Option<bool>,
    } -> {
        /// Where it stands.
        channel: String,
        /// Which it is there.
        ts: String,
        /// Its words.
        text: String,
        /// As history shows it.
        message: serde_json::Value,
    }

    /// `chat.delete`: deletes a message.
    delete: guestlist_methods::chat::delete, Delete {
        /// The conversation.
        channel: String,
        /// The message.
        ts: String,
    } -> {
        /// Where it stood.
        channel: String,
        /// Which it was there.
        ts: String,
    }
}

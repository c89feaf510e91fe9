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
}

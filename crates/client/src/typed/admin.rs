//! `admin.*`

methods! {
    /// `admin.conversations.disconnectShared`: ends a workspace's part in a connected channel.
    disconnect_shared: guestlist_methods::admin::conversations_disconnect_shared, ConversationsDisconnectShared {
        /// The channel.
        channel_id: String,
        /// The workspaces that leave it.
        leaving_team_ids: Option<Vec<String>>,
    } -> {}

    /// `admin.conversations.invite`: invites people to a channel of the organisation.
    invite: guestlist_methods::admin::conversations_invite, ConversationsInvite {
        /// The people.
        user_ids: Vec<String>,
        /// The channel.
        channel_id: String,
    } -> {}
}

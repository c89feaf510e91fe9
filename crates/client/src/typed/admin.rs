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

    /// `admin.users.invite`: invites somebody into a workspace by their address.
    invite_user: guestlist_methods::admin::users_invite, UsersInvite {
        /// The workspace.
        team_id: String,
        /// The address.
        email: String,
        /// The channels they come into.
        channel_ids: Vec<String>,
        /// Words that the letter brings along.
        custom_message: Option<String>,
        /// What they are called.
        real_name: Option<String>,
        /// Another letter, if they are invited already.
        resend: Option<bool>,
        /// As a multi-channel guest.
        is_restricted: Option<bool>,
        /// As a single-channel guest.
        is_ultra_restricted: Option<bool>,
        /// When a guest's time ends.
        guest_expiration_ts: Option<String>,
        /// No effect here.
        email_password_policy_enabled: Option<bool>,
    } -> {}
}

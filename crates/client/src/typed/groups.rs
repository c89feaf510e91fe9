//! `groups.*`, the retired family of private channels.

methods! {
    /// `groups.invite`: invites one person to a private channel.
    invite: guestlist_methods::groups::invite, Invite {
        /// The channel.
        channel: String,
        /// Whom.
        user: String,
    } -> {
        /// The channel.
        group: LegacyChannel,
        /// The person was in it before.
        already_in_group: bool,
    }
}

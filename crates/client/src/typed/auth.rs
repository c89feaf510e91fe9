//! `auth.*`

methods! {
    /// `auth.revoke`: ends a token.
    revoke: guestlist_methods::auth::revoke, Revoke {
        /// Only look, end nothing.
        test: Option<bool>,
    } -> {
        /// Whether it is dead.
        revoked: bool,
    }
    /// `auth.test`: whose token is it?
    test: guestlist_methods::auth::test, Test {} -> {
        /// The workspace's address.
        url: String,
        /// The workspace's name.
        team: String,
        /// The user's handle.
        user: Option<String>,
        /// The workspace.
        team_id: String,
        /// The user.
        user_id: String,
        /// The bot, for bots.
        bot_id: Option<String>,
        /// The app, where the token has one.
        app_id: Option<String>,
        /// The organisation.
        enterprise_id: Option<String>,
        /// Whether the token is an organisation-wide one.
        is_enterprise_install: bool,
    }
}

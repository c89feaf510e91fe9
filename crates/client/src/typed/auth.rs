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
    /// `auth.teams.list`: the workspaces of an organisation-wide token.
    teams_list: guestlist_methods::auth::teams_list, TeamsList {
        /// With their icons.
        include_icon: Option<bool>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        teams: Vec<serde_json::Value>,
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
        /// Its name, where the token is the app's own; then there is no person and no workspace.
        app_name: Option<String>,
        /// The organisation.
        enterprise_id: Option<String>,
        /// Whether the token is an organisation-wide one.
        is_enterprise_install: bool,
    }
}

pages! {
    teams_list::TeamsList: teams of serde_json::Value;
}

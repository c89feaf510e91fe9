//! `bots.*`

methods! {
    /// `bots.info`: one bot.
    info: guestlist_methods::bots::info, Info {
        /// The bot.
        bot: Option<String>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The bot.
        bot: Bot,
    }
}

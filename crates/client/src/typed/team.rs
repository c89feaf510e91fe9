//! `team.*`

methods! {
    /// `team.info`: a workspace.
    info: guestlist_methods::team::info, Info {
        /// The workspace, when it is not the token's own.
        team: Option<String>,
        /// A workspace's sub-domain, in place of `team`.
        domain: Option<String>,
    } -> {
        /// The workspace.
        team: Team,
    }
}

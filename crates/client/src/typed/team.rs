//! `team.*`

methods! {
    /// `team.externalTeams.disconnect`: ends everything shared with another organisation.
    external_teams_disconnect: guestlist_methods::team::external_teams_disconnect, ExternalTeamsDisconnect {
        /// The organisation, or a workspace of its own.
        target_team: String,
    } -> {
        /// It is done, or will be.
        job_enqueued: bool,
    }
    /// `team.externalTeams.list`: the organisations something is shared with.
    external_teams_list: guestlist_methods::team::external_teams_list, ExternalTeamsList {
        /// Any of the documented states of a connection.
        connection_status_filter: Option<String>,
        /// Only those that these workspaces share with.
        workspace_filter: Option<Vec<String>>,
        /// Only those with this preference.
        slack_connect_pref_filter: Option<String>,
        /// By what they are sorted.
        sort_field: Option<String>,
        /// `asc` or `desc`.
        sort_direction: Option<String>,
        /// The most on a page.
        limit: Option<u32>,
        /// Where to go on.
        cursor: Option<String>,
    } -> {
        /// A page of them.
        organizations: Vec<serde_json::Value>,
        /// How many there are.
        total_count: u32,
    }
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

pages! {
    external_teams_list::ExternalTeamsList: organizations of serde_json::Value;
}

//! `usergroups.*`

methods! {
    /// `usergroups.create`: makes a user group.
    create: guestlist_methods::usergroups::create, Create {
        /// Its name.
        name: String,
        /// What it is mentioned by.
        handle: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Its default channels.
        channels: Option<Vec<String>>,
        /// Tell how many are in it.
        include_count: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The group.
        usergroup: Usergroup,
    }

    /// `usergroups.disable`: takes a user group out of use.
    disable: guestlist_methods::usergroups::disable, Disable {
        /// The group.
        usergroup: String,
        /// Tell how many are in it.
        include_count: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The group.
        usergroup: Usergroup,
    }

    /// `usergroups.enable`: lets a user group be used again.
    enable: guestlist_methods::usergroups::enable, Enable {
        /// The group.
        usergroup: String,
        /// Tell how many are in it.
        include_count: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The group.
        usergroup: Usergroup,
    }

    /// `usergroups.list`: the user groups of a workspace.
    list: guestlist_methods::usergroups::list, List {
        /// Tell how many are in each.
        include_count: Option<bool>,
        /// Disabled ones, too.
        include_disabled: Option<bool>,
        /// Tell who is in each.
        include_users: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The groups.
        usergroups: Vec<Usergroup>,
    }

    /// `usergroups.update`: changes a user group.
    update: guestlist_methods::usergroups::update, Update {
        /// The group.
        usergroup: String,
        /// Its name.
        name: Option<String>,
        /// What it is mentioned by.
        handle: Option<String>,
        /// What it is for.
        description: Option<String>,
        /// Its default channels.
        channels: Option<Vec<String>>,
        /// Tell how many are in it.
        include_count: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The group.
        usergroup: Usergroup,
    }

    /// `usergroups.users.list`: who is in a user group.
    users_list: guestlist_methods::usergroups::users_list, UsersList {
        /// The group.
        usergroup: String,
        /// Also of a disabled one.
        include_disabled: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// Their ids.
        users: Vec<String>,
    }

    /// `usergroups.users.update`: says who is in a user group.
    users_update: guestlist_methods::usergroups::users_update, UsersUpdate {
        /// The group.
        usergroup: String,
        /// Everybody who is in it.
        users: Vec<String>,
        /// Tell how many are in it.
        include_count: Option<bool>,
        /// The workspace, for organisation-wide tokens.
        team_id: Option<String>,
    } -> {
        /// The group.
        usergroup: Usergroup,
    }
}

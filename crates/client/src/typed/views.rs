//! `views.*`

methods! {
    /// `views.open`: opens a view for whoever did something with the app.
    open: guestlist_methods::views::open, Open {
        /// The view.
        view: serde_json::Map<String, serde_json::Value>,
        /// That somebody did something, within the last three seconds.
        trigger_id: Option<String>,
    } -> {
        /// As it is shown.
        view: serde_json::Value,
    }

    /// `views.push`: puts a view on top of another.
    push: guestlist_methods::views::push, Push {
        /// The view.
        view: serde_json::Map<String, serde_json::Value>,
        /// That somebody did something in the one below, within the last three seconds.
        trigger_id: Option<String>,
    } -> {
        /// As it is shown.
        view: serde_json::Value,
    }

    /// `views.update`: puts another in place of an open view.
    update: guestlist_methods::views::update, Update {
        /// What it is to be.
        view: serde_json::Map<String, serde_json::Value>,
        /// Its id.
        view_id: Option<String>,
        /// The id that the app gave it.
        external_id: Option<String>,
        /// What it was when the app saw it.
        hash: Option<String>,
    } -> {
        /// As it is shown.
        view: serde_json::Value,
    }
}

//! The control interface.
use axum::Router;
use guestlist_store::Store;
/// What it works on.
#[derive(Clone)]
pub struct Control {
    /// The world.
    pub store: Store,
    /// Who may use it.
    pub token: String,
}
/// Its routes.
pub fn router(_control: Control) -> Router {
    Router::new()
}

//! What the server counts, and the page on which Prometheus reads it.
//!
//! Each room counts for itself, with atomics, and writes its lines when somebody asks
//! ([`Measured`]); [`Metrics`] is the list of them. A room that is new here implements `Measured`
//! and is added in `Server::bind`.

mod calls;
mod page;
mod process;
mod rooms;
#[cfg(test)]
mod tests;

pub(crate) use calls::Calls;
pub(crate) use page::Page;
pub(crate) use process::Process;
pub(crate) use rooms::{Connections, Open};

use axum::{Router, routing::get};
use std::sync::Arc;

/// Something that is counted.
pub(crate) trait Measured: Send + Sync {
    /// Writes what it has counted.
    fn measure(&self, page: &mut Page);
}

impl<T: Measured> Measured for Arc<T> {
    fn measure(&self, page: &mut Page) {
        T::measure(self, page);
    }
}

/// All that is counted, in the order of the page.
#[derive(Clone)]
pub(crate) struct Metrics(Arc<[Box<dyn Measured>]>);

impl Metrics {
    pub(crate) fn new(rooms: Vec<Box<dyn Measured>>) -> Self {
        Self(rooms.into())
    }

    /// The page as it is now.
    pub(crate) fn page(&self) -> String {
        let mut page = Page::default();
        for room in self.0.iter() {
            room.measure(&mut page);
        }
        page.text()
    }

    /// `/metrics`.
    pub(crate) fn router(self) -> Router {
        Router::new().route(
            "/metrics",
            get(async move || {
                let kind = [(http::header::CONTENT_TYPE, page::CONTENT_TYPE)];
                // The store may take seconds to tell what it holds, in which calls go on.
                let page = tokio::task::spawn_blocking(move || self.page()).await;
                (kind, page.unwrap_or_default())
            }),
        )
    }
}

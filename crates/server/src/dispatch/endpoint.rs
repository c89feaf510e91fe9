//! Calls of endpoints: each answers them itself, and what every answer has, and is recorded of it, comes from here.

use super::Dispatch;
use crate::{
    answer,
    endpoint::Endpoint,
    record::{Asked, Begun, Called, Ended},
    why::Answered,
};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use std::{net::IpAddr, time::Instant};

/// What is answered to a call of an endpoint.
pub(crate) struct Given {
    pub(crate) status: StatusCode,
    /// Beside those that every answer has, or instead of them.
    pub(crate) headers: HeaderMap,
    /// Nothing where there is none.
    pub(crate) body: Vec<u8>,
    /// What is kept of it.
    pub(crate) answered: Answered,
}

impl Dispatch {
    /// A call of an endpoint begins; it is answered [within](logs::within) its id.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Begun {
        let inner = &self.0;
        let ids = inner.headers.next_ids_aside();
        inner.records.begin(ids, Instant::now(), headers)
    }

    /// It has an answer, of which is recorded what is of a method's.
    pub(crate) async fn give(
        &self,
        begun: Begun,
        parts: &Parts,
        from: IpAddr,
        (endpoint, version): (&'static Endpoint, &'static str),
        asked: Asked,
        given: Given,
    ) -> Response<Full<Bytes>> {
        let inner = &self.0;
        let took = begun.at.elapsed();
        let caller = asked.caller.as_deref();
        let mut headers = inner.headers.of(&begun.ids, None, caller, took);
        if given.body.is_empty() {
            headers.remove(header::CONTENT_TYPE);
        }
        headers.extend(given.headers);
        let response = answer::response(&parts.headers, given.status, headers, given.body);
        let answered = given.answered;
        let ended = Ended {
            called: Called::Endpoint(endpoint, version),
            from,
            asked,
            outcome: answered.outcome(),
            status: given.status,
            took,
        };
        inner
            .records
            .end(begun, parts, ended, || answered.clone())
            .await;
        response
    }
}

//! On the way to what collects spans.

use super::{
    Otlp,
    span::{self, Span},
};
use crate::{
    metrics::{Measured, Page},
    outgoing::{Lost, Outgoing},
    tls::Tls,
    trouble::Trouble,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::Instant,
};

/// Spans that wait, as many as the standard's exporters hold.
const MOST_WAITING: usize = 2048;
/// Spans of one request, likewise.
const MOST_TOGETHER: usize = 512;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often one is made.
const ATTEMPTS: u32 = 5;
/// How long before the second attempt; twice as long before each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(30);
/// What is read of an answer.
const MOST_ANSWER: usize = 64 << 10;

/// Spans that wait to be sent, and what became of the others.
#[derive(Default)]
pub(super) struct Queue {
    spans: Mutex<Vec<Span>>,
    /// There are enough for a request.
    enough: Notify,
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

impl Queue {
    fn spans(&self) -> MutexGuard<'_, Vec<Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never waits: without room the span is dropped.
    pub(super) fn push(&self, span: Span) {
        let mut spans = self.spans();
        if spans.len() >= MOST_WAITING {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        spans.push(span);
        if spans.len() == MOST_TOGETHER {
            self.enough.notify_one();
        }
    }

    /// The oldest, as many as go together.
    fn take(&self) -> Vec<Span> {
        let mut spans = self.spans();
        if spans.len() <= MOST_TOGETHER {
            return mem::take(&mut *spans);
        }
        spans.drain(..MOST_TOGETHER).collect()
    }

    fn count(counter: &AtomicU64, spans: usize) {
        counter.fetch_add(spans as u64, Ordering::Relaxed);
    }
}

impl Measured for Queue {
    fn measure(&self, page: &mut Page) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        page.counters(
            "guestlist_trace_spans_total",
            "Spans, by what became of them: sent, dropped since too many waited, or failed since they were not taken.",
            [
                ([("outcome", "sent")], count(&self.sent)),
                ([("outcome", "dropped")], count(&self.dropped)),
                ([("outcome", "failed")], count(&self.failed)),
            ],
        );
        page.gauge(
            "guestlist_trace_spans_waiting",
            "Spans that wait to be sent.",
            self.spans().len(),
        );
    }
}

/// What carries spans away while the server runs.
pub(crate) struct Exporting {
    ending: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Exporting {
    /// Sends what waits, each once and without waiting for whoever is not there, and ends; or has
    /// ended at that time.
    pub(crate) async fn finish(self, by: Instant) {
        self.ending.send_replace(true);
        let mut task = self.task;
        if tokio::time::timeout_at(by, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Begins to carry spans away.
pub(super) fn start(queue: Arc<Queue>, to: Otlp) -> Exporting {
    let (ending, ends) = watch::channel(false);
    let exporter = Exporter {
        queue,
        outgoing: Outgoing::new(Tls::new(to.authorities.clone())),
        to,
        trouble: Trouble::default(),
        ends,
    };
    Exporting {
        ending,
        task: tokio::spawn(exporter.run()),
    }
}

struct Exporter {
    queue: Arc<Queue>,
    outgoing: Outgoing,
    to: Otlp,
    trouble: Trouble,
    ends: watch::Receiver<bool>,
}

/// What became of a request.
enum Outcome {
    /// But for so many spans it was taken.
    Taken(usize),
    /// It may be taken later: not before this, if something was said.
    Later(Option<Duration>, String),
    Refused(String),
}

impl Exporter {
    async fn run(mut self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.to.delay) => {}
                () = self.queue.enough.notified() => {}
                () = ended(&mut self.ends) => {}
            }
            loop {
                let is_last = *self.ends.borrow();
                let spans = self.queue.take();
                let more = spans.len() == MOST_TOGETHER;
                if !spans.is_empty() {
                    self.send(spans).await;
                }
                if is_last && !more {
                    return;
                }
                if !more {
                    break;
                }
            }
        }
    }

    async fn send(&mut self, spans: Vec<Span>) {
        let number = spans.len();
        let resource = self.to.resource.clone();
        // Half a megabyte of text may take a millisecond, which calls are not to wait for.
        let written = tokio::task::spawn_blocking(move || span::request(&resource, &spans)).await;
        let Ok(body) = written.map(Bytes::from) else {
            return Queue::count(&self.queue.failed, number);
        };
        let mut wait = FIRST_WAIT;
        for attempt in 1..=ATTEMPTS {
            let is_last = attempt == ATTEMPTS || *self.ends.borrow();
            match self.ask(body.clone()).await {
                Outcome::Taken(rejected) => {
                    Queue::count(&self.queue.sent, number.saturating_sub(rejected));
                    Queue::count(&self.queue.failed, rejected.min(number));
                    self.trouble.is_over("spans are taken again");
                    return;
                }
                Outcome::Refused(why) => {
                    self.trouble.coped(&why, "spans are refused");
                    break;
                }
                Outcome::Later(after, why) => {
                    self.trouble.coped(&why, "spans cannot be sent");
                    if is_last {
                        break;
                    }
                    let after = after.unwrap_or(wait).min(MOST_WAIT);
                    wait *= 2;
                    tokio::select! {
                        () = tokio::time::sleep(after) => {}
                        () = ended(&mut self.ends) => {}
                    }
                }
            }
        }
        Queue::count(&self.queue.failed, number);
    }

    async fn ask(&self, body: Bytes) -> Outcome {
        let mut request = Request::post(self.to.url.clone());
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.to.headers.clone());
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
            let agent = HeaderValue::from_static(concat!("guestlist/", env!("CARGO_PKG_VERSION")));
            headers.insert(header::USER_AGENT, agent);
        }
        let request = match request.body(Full::new(body)) {
            Ok(request) => request,
            Err(error) => return Outcome::Refused(error.to_string()),
        };
        let answered = async { outcome(self.outgoing.ask(request).await?).await };
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(lost)) => Outcome::Later(None, lost.why),
            Err(_) => Outcome::Later(None, "no answer came in time".to_owned()),
        }
    }
}

/// Resolves when it is to end, each time it is asked.
async fn ended(ends: &mut watch::Receiver<bool>) {
    // Whoever could say so is gone: there is nobody to end for.
    if ends.wait_for(|ends| *ends).await.is_err() {
        std::future::pending().await
    }
}

async fn outcome(answer: Response<Incoming>) -> Result<Outcome, Lost> {
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER).and_then(seconds);
    if status.is_success() {
        let body = Limited::new(answer.into_body(), MOST_ANSWER)
            .collect()
            .await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        return Ok(Outcome::Taken(rejected(&body)));
    }
    let why = format!("the answer is {status}");
    Ok(match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Outcome::Later(after, why),
        _ => Outcome::Refused(why),
    })
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    Some(Duration::from_secs(value.to_str().ok()?.parse().ok()?))
}

/// How many spans were not taken of a request that was: a number, or that as text.
fn rejected(body: &[u8]) -> usize {
    let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let rejected = &said["partialSuccess"]["rejectedSpans"];
    let text = rejected.as_str().and_then(|text| text.parse().ok());
    let number = text.or_else(|| rejected.as_u64()).unwrap_or(0);
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otel::{
        context::{Context, Sampler},
        span::Kind,
    };
    use guestlist_domain::Timestamp;

    #[test]
    fn what_has_no_room_is_dropped_and_counted() {
        let queue = Queue::default();
        let context = Context::next([1; 24], None, Sampler::default()).unwrap();
        for number in 0..MOST_WAITING + 2 {
            let took = Duration::from_micros(number as u64);
            queue.push(Span::new(context, Kind::Server, "x", Timestamp(0), took));
        }
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 2);
        let mut requests = Vec::new();
        while !queue.spans().is_empty() {
            requests.push(queue.take().len());
        }
        assert_eq!(requests, [MOST_TOGETHER; MOST_WAITING / MOST_TOGETHER]);
    }

    #[test]
    fn what_was_rejected_is_read() {
        for (said, number) in [
            ("", 0),
            ("{}", 0),
            (r#"{"partialSuccess":{}}"#, 0),
            (r#"{"partialSuccess":{"rejectedSpans":"3"}}"#, 3),
            (r#"{"partialSuccess":{"rejectedSpans":4}}"#, 4),
        ] {
            assert_eq!(rejected(said.as_bytes()), number, "{said}");
        }
    }
}

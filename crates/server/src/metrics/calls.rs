//! Calls by method and outcome, and how long they took.

use super::{Measured, Page, page::NANOS};
use crate::{endpoint, record::Called, scim};
use guestlist_methods::{CATALOGUE, common::Common, contract::documented};
use guestlist_store::{Counted, Histogram};
use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};

/// What a call is counted as that succeeded.
const OK: &str = "ok";
/// What `api.test` was told to answer, which can be any text.
const OTHER: &str = "other";
/// What is called that is no method; the name, which can be any text, is not told.
const UNKNOWN: &str = "unknown";

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000 * MICRO;
/// Nanoseconds.
const BOUNDS: &[u64] = &[
    100 * MICRO,
    250 * MICRO,
    500 * MICRO,
    MILLI,
    2_500 * MICRO,
    5 * MILLI,
    10 * MILLI,
    25 * MILLI,
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    500 * MILLI,
    1_000 * MILLI,
    2_500 * MILLI,
    5_000 * MILLI,
    10_000 * MILLI,
];

/// Counts every call. Each thread has a stripe, so that they do not take the same memory from
/// each other; with more threads than stripes some share one.
pub(crate) struct Calls {
    methods: Box<[Outcomes]>,
    stripes: Box<[Stripe]>,
}

/// What calls of a method, or of an endpoint, can come to, in order.
struct Outcomes {
    method: &'static str,
    codes: Vec<&'static str>,
    /// Where `ok` is among them: what most come to.
    ok: usize,
}

struct Stripe(Box<[Method]>);

struct Method {
    outcomes: Box<[AtomicU64]>,
    nanos: Histogram,
}

/// More memory would be spent for less and less.
const MOST_STRIPES: usize = 16;

/// The number of threads that have counted anything.
static THREADS: AtomicUsize = AtomicUsize::new(0);
thread_local! {
    static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn thread() -> usize {
    if THREAD.get() == usize::MAX {
        THREAD.set(THREADS.fetch_add(1, Ordering::Relaxed));
    }
    THREAD.get()
}

impl Calls {
    pub(crate) fn new() -> Self {
        let common = documented::<Common>().into_iter().map(|doc| doc.code);
        let common: Vec<_> = common.chain([OK, OTHER]).collect();
        let sorted = |method, mut codes: Vec<&'static str>| {
            codes.sort_unstable();
            codes.dedup();
            let ok = codes.binary_search(&OK).unwrap_or_default();
            Outcomes { method, codes, ok }
        };
        let outcomes = |method, own: Vec<&'static str>| {
            let codes = [common.clone(), own].concat();
            sorted(method, codes)
        };
        let methods = CATALOGUE.iter().map(|entry| {
            let own = (entry.errors)().into_iter().map(|error| error.code);
            outcomes(entry.spec.name, own.collect())
        });
        let endpoints = endpoint::all().map(|endpoint| {
            let own = endpoint.of.codes().into_iter().map(|(code, _)| code);
            sorted(endpoint.name, own.chain([OK, OTHER]).collect())
        });
        let methods = methods.chain(endpoints);
        let methods: Box<[_]> = methods.chain([outcomes(UNKNOWN, Vec::new())]).collect();
        let stripe = || {
            let of = |method: &Outcomes| Method {
                outcomes: method.codes.iter().map(|_| AtomicU64::default()).collect(),
                nanos: Histogram::new(BOUNDS),
            };
            Stripe(methods.iter().map(of).collect())
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let stripes = (0..cores.min(MOST_STRIPES)).map(|_| stripe()).collect();
        Self { methods, stripes }
    }

    /// Counts a call, which came to `ok` or a code.
    pub(crate) fn count(&self, called: &Called<'_>, code: &str, took: Duration) {
        let at = match *called {
            Called::Method(entry) | Called::Unread(entry) => entry.place(),
            Called::Endpoint(endpoint, _) => {
                let place = endpoint::all().position(|other| std::ptr::eq(other, endpoint));
                place.map(|at| CATALOGUE.len() + at)
            }
            Called::Nothing(_) => None,
        };
        let at = at.unwrap_or(self.methods.len() - 1);
        let Outcomes { codes, ok, .. } = &self.methods[at];
        let outcome = match code {
            OK => *ok,
            code => codes
                .binary_search(&code)
                .or_else(|_| codes.binary_search(&OTHER))
                .unwrap_or_default(),
        };
        let method = &self.stripes[thread() % self.stripes.len()].0[at];
        method.outcomes[outcome].fetch_add(1, Ordering::Relaxed);
        method
            .nanos
            .count(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    }

    fn number(&self, method: usize, outcome: usize) -> u64 {
        let counts = self
            .stripes
            .iter()
            .map(|stripe| &stripe.0[method].outcomes[outcome]);
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }

    /// How many calls came to this, whatever was called.
    fn came_to(&self, code: &str) -> u64 {
        let methods = self.methods.iter().enumerate();
        methods
            .filter_map(|(at, method)| {
                Some(self.number(at, method.codes.binary_search(&code).ok()?))
            })
            .sum()
    }

    fn nanos(&self, method: usize) -> Counted {
        let mut all = self.stripes[0].0[method].nanos.counted();
        for stripe in &self.stripes[1..] {
            all.add(&stripe.0[method].nanos.counted());
        }
        all
    }
}

impl Measured for Calls {
    fn measure(&self, page: &mut Page) {
        let methods = || self.methods.iter().enumerate();
        let lines = methods().flat_map(|(at, method)| {
            let outcomes = method.codes.iter().enumerate();
            outcomes.map(move |(outcome, code)| {
                let labels = [("method", method.method), ("outcome", *code)];
                (labels, self.number(at, outcome))
            })
        });
        page.counters(
            "guestlist_calls_total",
            "Calls answered, by method or endpoint and by `ok` or the code they were refused with.",
            lines.filter(|(_, number)| *number > 0),
        );
        let lines = methods().map(|(at, method)| (vec![("method", method.method)], self.nanos(at)));
        page.histograms(
            "guestlist_call_duration_seconds",
            "From the head of a call to its answer, the arrival of its body included.",
            NANOS,
            lines.filter(|(_, counted)| counted.number() > 0),
        );
        page.counter(
            "guestlist_limiter_refusals_total",
            "Calls refused because there were too many: `ratelimited`, SCIM's `too_many_requests`.",
            self.came_to(Common::Ratelimited.into()) + self.came_to(scim::too_many()),
        );
    }
}

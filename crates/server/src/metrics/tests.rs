use super::{page::NANOS, *};
use crate::{endpoint, record::Called};
use guestlist_methods::find;
use guestlist_store::Histogram;
use std::{collections::HashSet, time::Duration};

#[test]
fn a_page_is_written_as_prometheus_reads_it() {
    let histogram = Histogram::new(&[1_000_000, 2_500_000_000]);
    for nanos in [1, 1_000_000, 2_000_000_000, 5_000_000_000] {
        histogram.count(nanos);
    }
    let mut page = Page::default();
    page.counter("a_total", "What \\ is\ntold.", 7);
    page.gauge("b", "B.", 0.5);
    page.info("c", "C.", &[("of", "a \"b\"\\\n")]);
    page.counters("d_total", "D.", [([("x", "1"), ("y", "2")], 3)]);
    page.histograms(
        "e_seconds",
        "E.",
        NANOS,
        [(vec![("x", "1")], histogram.counted())],
    );
    assert_eq!(
        page.text(),
        r#"# HELP a_total What \\ is\ntold.
# TYPE a_total counter
a_total 7
# HELP b B.
# TYPE b gauge
b 0.5
# HELP c C.
# TYPE c gauge
c{of="a \"b\"\\\n"} 1
# HELP d_total D.
# TYPE d_total counter
d_total{x="1",y="2"} 3
# HELP e_seconds E.
# TYPE e_seconds histogram
e_seconds_bucket{x="1",le="0.001"} 2
e_seconds_bucket{x="1",le="2.5"} 3
e_seconds_bucket{x="1",le="+Inf"} 4
e_seconds_sum{x="1"} 7.001000001
e_seconds_count{x="1"} 4
"#
    );
}

fn method(name: &str) -> Called<'static> {
    Called::Method(find(name).unwrap())
}

#[test]
fn whatever_is_called_and_answered_the_lines_are_bounded() {
    let calls = Calls::new();
    let took = Duration::from_micros(300);
    for code in ["ok", "ratelimited", "ura_max_channels"] {
        calls.count(&method("conversations.invite"), code, took);
    }
    for n in 0..1000 {
        calls.count(&method("api.test"), &format!("text {n}"), took);
        calls.count(
            &Called::Nothing(&format!("name {n}")),
            "unknown_method",
            took,
        );
    }
    for endpoint in endpoint::all().filter(|one| one.name.ends_with(".unknown")) {
        calls.count(
            &Called::Endpoint(endpoint, "v1"),
            "method_not_allowed",
            took,
        );
        calls.count(&Called::Endpoint(endpoint, "v2"), "text", took);
        calls.count(&Called::Endpoint(endpoint, "v2"), "too_many_requests", took);
    }
    let mut page = Page::default();
    calls.measure(&mut page);
    let text = page.text();
    let counted: HashSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("guestlist_calls_total"))
        .collect();
    let expected = [
        r#"guestlist_calls_total{method="api.test",outcome="other"} 1000"#,
        r#"guestlist_calls_total{method="conversations.invite",outcome="ok"} 1"#,
        r#"guestlist_calls_total{method="conversations.invite",outcome="ratelimited"} 1"#,
        r#"guestlist_calls_total{method="conversations.invite",outcome="ura_max_channels"} 1"#,
        r#"guestlist_calls_total{method="unknown",outcome="unknown_method"} 1000"#,
        r#"guestlist_calls_total{method="audit.unknown",outcome="method_not_allowed"} 1"#,
        r#"guestlist_calls_total{method="audit.unknown",outcome="other"} 2"#,
        r#"guestlist_calls_total{method="scim.unknown",outcome="method_not_allowed"} 1"#,
        r#"guestlist_calls_total{method="scim.unknown",outcome="other"} 1"#,
        r#"guestlist_calls_total{method="scim.unknown",outcome="too_many_requests"} 1"#,
    ];
    assert_eq!(counted, HashSet::from(expected));
    for line in [
        r#"guestlist_call_duration_seconds_bucket{method="conversations.invite",le="0.00025"} 0"#,
        r#"guestlist_call_duration_seconds_bucket{method="conversations.invite",le="0.0005"} 3"#,
        r#"guestlist_call_duration_seconds_count{method="conversations.invite"} 3"#,
        "guestlist_limiter_refusals_total 2",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
}

#[test]
fn threads_count_together() {
    let calls = Calls::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..100 {
                    calls.count(&method("auth.test"), "not_authed", Duration::ZERO);
                }
            });
        }
    });
    let mut page = Page::default();
    calls.measure(&mut page);
    assert!(
        page.text()
            .contains(r#"guestlist_calls_total{method="auth.test",outcome="not_authed"} 800"#)
    );
}

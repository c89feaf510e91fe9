//! Links and forms of the page that are refused.

use super::*;

#[tokio::test]
async fn links_that_are_good_no_more_say_why() {
    let app = world().await;
    let path = invited(&app, ("emails", "xen@initech.test"), "true").await;
    let (_, html) = page(&app, &path).await;
    let form = hidden(&html);
    let (status, _) = control(&app, "clock", json!({"advance_seconds": 14 * 86_400})).await;
    assert_eq!(status, 200);
    for (path, status, words) in [
        (path.as_str(), 410, "The invitation has expired"),
        ("/share/zt-revoked", 410, "The invitation was taken back"),
        ("/share/zt-shut", 410, "The invitation has expired"),
        (
            "/share/zt-ended",
            410,
            "The channel is not connected any more",
        ),
        ("/share/zt-asked", 404, "No invitation has this link"),
        ("/share/zt-denied", 404, "No invitation has this link"),
        ("/share/zt-unknown", 404, "No invitation has this link"),
        ("/share/%3Cscript%3E", 404, "No invitation has this link"),
        (
            &format!("/share/{}", "x".repeat(1000)),
            404,
            "No invitation has this link",
        ),
    ] {
        let (found, html) = page(&app, path).await;
        assert_eq!(found, status, "{path}");
        has(&html, &[words], &["<form"]);
    }
    // Nor does a form that was shown before.
    let answer = submit(&app, &path, &[], &form).await;
    assert_eq!(answer.status, 410);
    let fresh = world().await;
    let (status, html) = page(&fresh, "/share/zt-shut").await;
    assert_eq!(status, 409);
    has(&html, &["The channel cannot be shared now"], &["<form"]);
}

#[tokio::test]
async fn refusals_of_the_rules_are_told_in_words_and_can_be_mended() {
    let app = world().await;
    for (to, limited, choose, words) in [
        (
            GIL,
            "false",
            &[("name", "")][..],
            "Give the channel a name.",
        ),
        (
            GIL,
            "false",
            &[("name", "Ops!")],
            "lower-case letters, digits, - and _",
        ),
        (
            GIL,
            "false",
            &[("name", "---")],
            "has a letter or a digit in it",
        ),
        (GIL, "false", &[("name", "party-:tada:")], "no pictures"),
        (
            GIL,
            "false",
            &[("name", "ops"), ("privacy", "private")],
            "Another channel in Globex has this name",
        ),
        (
            GIL,
            "false",
            &[("name", "x"), ("privacy", "public")],
            "may not make public channels in Globex",
        ),
        (
            GIL,
            "false",
            &[("name", "x"), ("user", "U0GUS")],
            "The invitation is for gil@globex.test",
        ),
        (
            GIL,
            "false",
            &[("name", "x"), ("user", "U0XEN")],
            "Choose who you are",
        ),
        (
            GIL,
            "false",
            &[("name", "x"), ("user", "nobody")],
            "Choose who you are",
        ),
        (
            GIL,
            "false",
            &[("name", "x"), ("user", "U0ADA"), ("team", "T0ACME")],
            "own organisation",
        ),
        (
            ("emails", "geo@globex.test"),
            "true",
            &[("name", "x"), ("user", "U0GEO")],
            "Guests accept no invitations",
        ),
        (
            ("emails", "xen@initech.test"),
            "true",
            &[("name", "x"), ("user", "U0XEN")],
            "has to be private on your side",
        ),
        (
            ("emails", "off@off.test"),
            "true",
            &[("name", "x"), ("user", "U0OFF")],
            "switched off in Off",
        ),
        (
            ("user_ids", "U0GUS"),
            "true",
            &[("name", "x"), ("user", "U0XEN"), ("team", "T0INI")],
            "is for gus and their organisation",
        ),
    ] {
        let path = invited(&app, to, limited).await;
        let mut fields = vec![("user", "U0GIL")];
        fields.extend(choose);
        let (status, html) = answer(&app, &path, &fields, "accept").await;
        assert_eq!(status, 422, "{fields:?}");
        let alert = html.split("role=\"alert\">").nth(1).expect(&html);
        let alert = alert.split("</p>").next().unwrap();
        assert!(alert.contains(words), "{fields:?}: {alert}");
        // The form is there still, with what was typed.
        if let Some((_, name)) = choose.iter().find(|(field, _)| *field == "name") {
            has(&html, &[&format!("value=\"{name}\" required")], &[]);
        }
    }
    // After all that the invitation is as good as before.
    let path = invited(&app, GIL, "false").await;
    let choose = [("user", "U0GIL"), ("name", "x"), ("privacy", "private")];
    assert_eq!(answer(&app, &path, &choose, "accept").await.0, 303);
}

#[tokio::test]
async fn only_this_servers_own_form_is_taken() {
    let app = world().await;
    let path = invited(&app, GIL, "true").await;
    let other = invited(&app, ("emails", "xen@initech.test"), "true").await;
    let (_, html) = page(&app, &path).await;
    let mut fields = hidden(&html);
    for (name, value) in [("user", "U0GIL"), ("name", "x"), ("decision", "accept")] {
        fields.push((name.to_owned(), value.to_owned()));
    }
    let without: Vec<_> = fields
        .iter()
        .filter(|(name, _)| name != "seal")
        .cloned()
        .collect();
    let undecided: Vec<_> = fields
        .iter()
        .filter(|(name, _)| name != "decision")
        .cloned()
        .collect();
    let mut unsure = fields.clone();
    unsure.push(("privacy".to_owned(), "PRIVATE".to_owned()));
    for (path, headers, fields, status) in [
        (&path, &[("Origin", "http://evil.test")][..], &fields, 403),
        (&path, &[("Origin", "null")], &fields, 403),
        (&path, &[("Sec-Fetch-Site", "cross-site")], &fields, 403),
        (&path, &[], &without, 403),
        (&other, &[], &fields, 403),
        (&path, &[], &undecided, 400),
        (&path, &[], &unsure, 400),
        (&path, &[], &vec![("x".to_owned(), "y".repeat(20_000))], 400),
    ] {
        assert_eq!(
            submit(&app, path, headers, fields).await.status,
            status,
            "{headers:?}"
        );
    }
    let seed = app.store.dump().await.unwrap();
    assert!(
        seed.channels
            .iter()
            .all(|channel| channel.pending.is_empty())
    );
    // Who had the page open while the server was started anew finds the answer as it was.
    let stale = submit(&app, &path, &[], &without).await;
    let html = String::from_utf8(stale.body).unwrap();
    has(
        &html,
        &["started anew", "value=\"x\" required", "name=\"seal\""],
        &[],
    );
    // A page of another site can have its name lead here.
    let rebound = format!("GET {path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n");
    assert_eq!(app.raw(rebound.as_bytes()).await.status, 403);
    assert_eq!(submit(&app, &path, &[], &fields).await.status, 303);
}

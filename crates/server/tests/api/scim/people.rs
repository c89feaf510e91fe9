//! People come, change, go, and come back.

use super::*;
use crate::events::deliveries;
use guestlist_store::world;

#[tokio::test]
async fn an_account_is_made_changed_deactivated_and_back() {
    let app = scene().await;
    // Of whom nobody hears: they are known, and not there.
    let mut late = newcomer("late");
    late["active"] = false.into();
    let late = done(&app, "POST", "v2/Users", late).await;
    assert_eq!(late["active"], false);

    let mut body = newcomer("Nia.O'Neil");
    body["emails"][0]["value"] = "NIA@acme.test".into();
    body["name"] = json!({"givenName": "Nia", "familyName": "van Oak"});
    body["title"] = "Engineer".into();
    body["timezone"] = "America/New_York".into();
    body["externalId"] = "00u9".into();
    body["password"] = "secret-of-nia".into();
    let answer = ask(&app, "xoxp-ann", "POST", "v2/Users", body).await;
    assert_eq!(answer.status, 201);
    let made = answer.json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        answer.headers["location"],
        made["meta"]["location"].as_str().unwrap()
    );
    assert!(!made.to_string().contains("secret-of-nia"));
    assert_eq!(made["userName"], "nia.o_neil");
    assert_eq!(
        (&made["active"], &made["externalId"]),
        (&json!(true), &json!("00u9"))
    );

    // The Web API and its events follow at once; everybody is in #general.
    let user = seen(&app, &id).await;
    let profile = &user["profile"];
    assert_eq!(
        (&user["name"], &user["tz"]),
        (&json!("nia.o_neil"), &json!("America/New_York"))
    );
    assert_eq!(
        (&user["real_name"], &profile["title"]),
        (&json!("Nia van Oak"), &json!("Engineer"))
    );
    assert_eq!(profile["email"], "nia@acme.test");
    let in_general = async || {
        let members = app
            .ok(
                "conversations.members",
                "xoxb-acme",
                &[("channel", "C0GEN")],
            )
            .await;
        members["members"].as_array().unwrap().contains(&json!(id))
    };
    assert!(in_general().await);

    let path = format!("v2/Users/{id}");
    let change = operations(json!([
        {"op": "replace", "path": "title", "value": "Lead"},
        {"op": "Replace", "path": "name.familyName", "value": "Oak"},
        {"op": "add", "value": {"userName": "nia"}},
    ]));
    let changed = done(&app, "PATCH", &path, change.clone()).await;
    assert_eq!(
        (&changed["userName"], &changed["nickName"]),
        (&json!("nia"), &json!("nia"))
    );
    assert_eq!(
        changed["name"],
        json!({"givenName": "Nia", "familyName": "Oak"})
    );
    let user = seen(&app, &id).await;
    assert_eq!(
        (&user["name"], &user["real_name"]),
        (&json!("nia"), &json!("Nia Oak"))
    );

    // What changes nothing is nobody told: neither is the journal.
    let before = app.store.here().await.unwrap();
    done(&app, "PATCH", &path, change).await;
    let read = done(&app, "GET", &path, Value::Null).await;
    done(&app, "PUT", &path, read.clone()).await;
    assert!(app.store.entries_after(&before, None).unwrap().is_empty());

    // Gone, twice; what they said stays. Nobody invites them.
    for _ in 0..2 {
        assert_eq!(
            ann(&app, "DELETE", &path, Value::Null).await,
            (204, Value::Null)
        );
    }
    let gone = done(&app, "GET", &path, Value::Null).await;
    assert_eq!(
        (&gone["active"], &gone["title"]),
        (&json!(false), &json!("Lead"))
    );
    assert_eq!(seen(&app, &id).await["deleted"], true);
    assert!(!in_general().await);
    let invited = [("channel", "C0OPEN"), ("users", id.as_str())];
    let code = app
        .refused("conversations.invite", "xoxb-acme", &invited)
        .await;
    assert_eq!(code, "user_not_found");

    let back = operations(json!([{"op": "replace", "path": "active", "value": "True"}]));
    assert_eq!(done(&app, "PATCH", &path, back).await["active"], true);
    assert!(in_general().await);
    app.ok("conversations.invite", "xoxb-acme", &invited).await;

    let told = deliveries(&app, "app=A0IDP", 7).await;
    let mut kinds: Vec<_> = told
        .iter()
        .map(|one| one["body"]["event"]["type"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let joined = "member_joined_channel";
    let changed = "user_change";
    assert_eq!(
        kinds,
        [
            joined,
            joined,
            joined,
            "team_join",
            changed,
            changed,
            changed
        ]
    );
}

#[tokio::test]
async fn a_put_clears_what_it_leaves_out() {
    let app = scene().await;
    let body = json!({
        "schemas": [USER], "userName": "ben", "emails": [{"value": "ben@acme.test"}],
        "addresses": [{"locality": "Zurich"}],
    });
    let ben = done(&app, "PUT", "v2/Users/U0BEN", body.clone()).await;
    assert_eq!(ben["name"], json!({"givenName": "", "familyName": ""}));
    assert_eq!(
        ben["addresses"],
        json!([{"locality": "Zurich", "primary": true}])
    );
    // The time zone is not known any more; what they are known by, and that they are there, stays.
    assert_eq!(
        (&ben["timezone"], &ben["externalId"]),
        (&json!("Etc/UTC"), &json!("00u1"))
    );
    // Who has no full name is shown by the handle.
    let shown = seen(&app, "U0BEN").await["real_name"].clone();
    assert_eq!((&ben["active"], shown), (&json!(true), json!("ben")));
    let mut other = body;
    other["externalId"] = "00u2".into();
    let (status, told) = ann(&app, "PUT", "v2/Users/U0BEN", other).await;
    assert_eq!(
        (status, &told["detail"], &told["scimType"]),
        (400, &json!("immutable_attribute"), &json!("mutability"))
    );
}

#[tokio::test]
async fn members_become_guests_and_are_back_for_it() {
    let app = scene().await;
    let guest = operations(
        json!([{"op": "add", "value": {GUEST: {"type": "multi", "expiration": "2099-01-31T00:00:00Z"}}}]),
    );
    let ben = done(&app, "PATCH", "v2/Users/U0BEN", guest.clone()).await;
    let shown = &ben[GUEST];
    assert_eq!(
        (&shown["type"], &shown["expiration"]),
        (&json!("multi"), &json!("2099-01-31T00:00:00Z"))
    );
    let mut visitor = newcomer("visitor");
    visitor[GUEST] = json!({"type": "multi"});
    let visitor = done(&app, "POST", "v2/Users", visitor).await;
    assert_eq!(visitor[GUEST], json!({"type": "multi", "channels": []}));
    // Guests are in no group, and not everywhere.
    assert_eq!(ben["groups"], json!([]));
    assert!(ben["schemas"].as_array().unwrap().contains(&json!(GUEST)));
    assert_eq!(seen(&app, "U0BEN").await["is_restricted"], true);
    let otto = done(&app, "PATCH", "v2/Users/U0OTTO", guest.clone()).await;
    assert_eq!(
        (&otto["active"], &otto[GUEST]["type"]),
        (&json!(true), &json!("multi"))
    );
    // Of the channels of a guest those are shown that the token's owner sees.
    let gus = done(&app, "GET", "v2/Users/U0GUS", Value::Null).await;
    assert_eq!(
        gus[GUEST]["channels"],
        json!([{"value": "C0OPS", "display": "ops"}])
    );

    let whole = operations(json!([{"op": "remove", "path": GUEST}]));
    let ended = operations(
        json!([{"op": "replace", "path": format!("{GUEST}:expiration"), "value": "2001-01-01"}]),
    );
    for (user, body, status, code) in [
        ("U0OWEN", guest.clone(), 403, "cannot_modify_owner"),
        ("U0ANN", guest.clone(), 403, "cannot_make_user_guest"),
        ("U0GUS", whole, 400, "immutable_attribute"),
        ("U0GUS", ended, 400, "invalid_value"),
    ] {
        let (found, told) = ann(&app, "PATCH", &format!("v2/Users/{user}"), body).await;
        assert_eq!(
            (found, told["detail"].as_str()),
            (status, Some(code)),
            "{user}: {told}"
        );
    }
    let no_end = operations(json!([{"op": "remove", "path": format!("{GUEST}:expiration")}]));
    let ben = done(&app, "PATCH", "v2/Users/U0BEN", no_end).await;
    assert!(ben[GUEST].get("expiration").is_none() && ben[GUEST]["type"] == "multi");
}

#[tokio::test]
async fn lists_are_of_the_organisation_page_by_page() {
    let app = scene().await;
    let all = done(&app, "GET", "v2/Users?count=100", Value::Null).await;
    // Neither bots, nor who is only invited, nor who is elsewhere.
    let everybody = [
        "U0ANN", "U0BEN", "U0GUS", "U0OTTO", "U0OWEN", "U0PIA", "U0SOL", "U0WIN",
    ];
    let mut found = ids(&all);
    found.sort_unstable();
    assert_eq!(found, everybody);
    assert_eq!(
        (
            &all["totalResults"],
            &all["itemsPerPage"],
            &all["startIndex"]
        ),
        (&json!(8), &json!(8), &json!(1))
    );
    let mut paged = Vec::new();
    for start in [1, 4, 7, 10] {
        let page = done(
            &app,
            "GET",
            &format!("v2/Users?startIndex={start}&count=3"),
            Value::Null,
        )
        .await;
        assert_eq!(
            (&page["totalResults"], &page["startIndex"]),
            (&json!(8), &json!(start))
        );
        paged.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(paged, ids(&all));
    let none = done(&app, "GET", "v2/Users?count=0", Value::Null).await;
    assert_eq!((&none["totalResults"], ids(&none).len()), (&json!(8), 0));

    for (filter, expected) in [
        ("userName eq \"BEN\"", &["U0BEN"][..]),
        ("userName eq \"ivy\"", &[]),
        ("userName eq \"abot\"", &[]),
        ("userName eq \"gil\"", &[]),
        ("email eq 'win@acme.test'", &["U0WIN"]),
        ("emails.value sw \"g\"", &["U0GUS"]),
        ("externalId eq \"00u1\"", &["U0BEN"]),
        ("id eq \"U0BEN\"", &["U0BEN"]),
        ("id eq \"U0GIL\"", &[]),
        ("id eq \"T0ACME\"", &[]),
        ("active eq false", &["U0OTTO"]),
        ("restricted eq '1'", &["U0GUS", "U0SOL"]),
        ("restricted eq '1' and ultra_restricted eq '0'", &["U0GUS"]),
        ("username eq ben or username eq win", &["U0BEN", "U0WIN"]),
        ("userName eq ben and active eq false", &[]),
        ("name.familyName eq 'lee'", &["U0ANN"]),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ben\"",
            &["U0BEN"],
        ),
        (
            "emails[type eq \"work\"].value eq \"win@acme.test\"",
            &["U0WIN"],
        ),
        ("emails[value eq \"ben@acme.test\"]", &["U0BEN"]),
        ("emails[type eq \"home\"].value pr", &[]),
        ("emails[primary eq true].value sw \"g\"", &["U0GUS"]),
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        for version in ["v1", "v2"] {
            let list = done(
                &app,
                "GET",
                &format!("{version}/Users?{query}"),
                Value::Null,
            )
            .await;
            let mut found = ids(&list);
            found.sort_unstable();
            assert_eq!(found, expected, "{version}: {filter}");
            assert_eq!(list["totalResults"], expected.len(), "{filter}");
        }
    }
    let query = "v2/Users?startIndex=2&count=1&filter=restricted%20pr";
    let second = done(&app, "GET", query, Value::Null).await;
    assert_eq!(
        (&second["totalResults"], ids(&second).len()),
        (&json!(2), 1)
    );
}

#[tokio::test]
async fn of_two_who_come_at_once_with_one_name_or_address_one_comes() {
    let app = scene().await;
    let mut other = newcomer("same");
    other["emails"][0]["value"] = "other@acme.test".into();
    let mut named = newcomer("else");
    named["emails"][0]["value"] = "same@acme.test".into();
    let bodies = [
        newcomer("same"),
        other,
        named,
        newcomer("same"),
        newcomer("free"),
    ];
    let asked = bodies.map(|body| ann(&app, "POST", "v2/Users", body));
    let answers = futures_util::future::join_all(asked).await;
    let count = |code: u16| answers.iter().filter(|(status, _)| *status == code).count();
    // `other` and `named` may both come if `same` does not.
    let (made, refused) = (count(201), count(409));
    assert_eq!(made + refused, 5, "{answers:?}");
    assert!((2..=3).contains(&made), "{answers:?}");
    let all = done(&app, "GET", "v2/Users?count=100", Value::Null).await;
    let mut mails: Vec<_> = all["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| [one["userName"].clone(), one["emails"][0]["value"].clone()])
        .map(|value| value.to_string())
        .collect();
    let count = mails.len();
    mails.sort();
    mails.dedup();
    assert_eq!(mails.len(), count);
}

#[tokio::test]
async fn what_is_said_of_people_is_in_an_export() {
    let app = scene().await;
    let body = json!({
        "schemas": [USER], "userName": "nia", "externalId": "00u9", "locale": "de-CH",
        "emails": [{"value": "nia@acme.test", "type": "work"}, {"value": "nia@home.test"}],
        "phoneNumbers": [{"value": "+41 1"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D"},
    });
    let made = done(&app, "POST", "v2/Users", body).await;
    let seed = app.store.dump().await.unwrap();
    let yaml = world::to_yaml(&world::write(&seed)).unwrap();
    let again = App::with_settings(&yaml, Settings::default()).await;
    let seed = again.store.dump().await.unwrap();
    assert_eq!(world::to_yaml(&world::write(&seed)).unwrap(), yaml);
    let kept = seed
        .users
        .iter()
        .find(|user| made["id"] == user.id.to_string())
        .unwrap();
    assert_eq!(kept.scim["enterprise.department"], "R&D");
    assert_eq!(kept.scim.len(), 6, "{:?}", kept.scim);
    for (scim, what) in [
        ("{shoe: a}", "there is no such attribute"),
        ("{locale: ''}", "there is nothing in it"),
        ("{active: 'no'}", "it is `false`, or left out"),
        ("{active: 'false'}", "it is for who is removed"),
        ("{emails.1.value: x}", "it is an e-mail address"),
    ] {
        let yaml = format!(
            "version: 1\nworkspaces: [{{id: T0A, name: A, domain: a, users: [{{id: U0A, name: a, scim: {scim}}}]}}]"
        );
        let problems = world::read("w", &yaml, guestlist_domain::Timestamp(0), &mut || [7; 24]);
        let told = problems.err().unwrap().to_string();
        assert!(told.contains(what), "{told}");
    }
}

#[tokio::test]
async fn version_one_is_spoken_too() {
    let app = scene().await;
    let core = "urn:scim:schemas:core:1.0";
    let body = json!({
        "schemas": [core], "userName": "nia", "name": {"givenName": "Nia", "familyName": "Oak"},
        "emails": [{"value": "nia@acme.test"}], "title": "Engineer",
        "urn:scim:schemas:extension:enterprise:1.0": {"department": "R&D"},
    });
    let (status, made) = ann(&app, "POST", "v1/Users", body).await;
    let enterprise = "urn:scim:schemas:extension:enterprise:1.0";
    assert_eq!(
        (status, &made["schemas"]),
        (201, &json!([core, enterprise]))
    );
    assert_eq!(made[enterprise]["department"], "R&D");
    let path = format!("v1/Users/{}", made["id"].as_str().unwrap());
    let part = json!({"schemas": [core], "displayName": "Nia", "meta": {"attributes": ["title"]}});
    let changed = done(&app, "PATCH", &path, part).await;
    assert_eq!(
        (&changed["displayName"], &changed["title"]),
        (&json!("Nia"), &json!(""))
    );
    assert_eq!(changed["name"]["givenName"], "Nia");
    let list = done(&app, "GET", "v1/Users?count=2", Value::Null).await;
    assert_eq!(list["schemas"], json!([core]));
    assert_eq!(ann(&app, "DELETE", &path, Value::Null).await.0, 204);
    let (status, told) = ann(&app, "GET", "v1/Users/U0NOBODY", Value::Null).await;
    let errors = json!({"description": "no_such_user", "code": 404});
    assert_eq!((status, &told["Errors"]), (404, &errors));
}

//! What identity providers write, and people whom nobody could have given so.

use super::*;
use crate::events::deliveries;

async fn with(from: &str, to: &str) -> App {
    assert!(WORLD.contains(from));
    let settings = Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    };
    App::with_settings(&WORLD.replacen(from, to, 1), settings).await
}

#[tokio::test]
async fn whoever_came_otherwise_is_deactivated_as_they_are() {
    let title = format!("a\\n{}", "x".repeat(200));
    let to = format!("real_name: {} Park, title: \"{title}\",", "Ben".repeat(90));
    let app = with("real_name: Ben Park,", &to).await;
    let off = operations(json!([{"op": "replace", "path": "active", "value": false}]));
    let ben = done(&app, "PATCH", "v2/Users/U0BEN", off).await;
    assert_eq!(ben["active"], false);
    assert_eq!(ben["title"].as_str().unwrap().len(), 202);
    // What is new has its limits still.
    let long = operations(json!([{"op": "replace", "path": "title", "value": "x".repeat(81)}]));
    let (status, told) = ann(&app, "PATCH", "v2/Users/U0BEN", long).await;
    assert_eq!((status, &told["detail"]), (400, &json!("invalid_value")));
}

#[tokio::test]
async fn an_open_invitation_is_in_nobodys_way() {
    let app = scene().await;
    let made = done(&app, "POST", "v2/Users", newcomer("ivy")).await;
    assert_eq!(made["userName"], "ivy");
}

#[tokio::test]
async fn who_was_created_is_found_by_the_name_they_were_given() {
    let app = with("id: U0BEN, name: ben", "id: U0BEN, name: Ben.P").await;
    for name in ["nia@acme.test", "O'Neil"] {
        let mut body = newcomer(name);
        body["emails"][0]["value"] = format!("{}@acme.test", name.len()).into();
        let made = done(&app, "POST", "v2/Users", body).await;
        for (attribute, text) in [
            ("userName", name.to_owned()),
            ("nickName", name.to_uppercase()),
            ("userName", made["userName"].as_str().unwrap().to_owned()),
        ] {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("filter", &format!("{attribute} eq \"{text}\""))
                .finish();
            let list = done(&app, "GET", &format!("v2/Users?{query}"), Value::Null).await;
            assert_eq!(ids(&list), [made["id"].as_str().unwrap()], "{text}");
        }
    }
    let query = "v2/Users?filter=userName%20eq%20%22Ben.P%22";
    let list = done(&app, "GET", query, Value::Null).await;
    assert_eq!(ids(&list), ["U0BEN"]);
}

#[tokio::test]
async fn who_is_there_for_the_first_time_has_joined() {
    let app = scene().await;
    let mut late = newcomer("late");
    late["active"] = false.into();
    let late = done(&app, "POST", "v2/Users", late).await;
    let path = format!("v2/Users/{}", late["id"].as_str().unwrap());
    let set = |key: &str, value: Value| {
        operations(json!([{"op": "replace", "path": key, "value": value}]))
    };
    // Nobody hears of whom is not there yet.
    done(&app, "PATCH", &path, set("title", json!("Lead"))).await;
    for active in [true, false, true] {
        done(&app, "PATCH", &path, set("active", json!(active))).await;
    }
    let told = deliveries(&app, "app=A0IDP", 5).await;
    let kinds: Vec<_> = told
        .iter()
        .map(|one| one["body"]["event"]["type"].as_str().unwrap())
        .filter(|kind| *kind != "member_joined_channel")
        .collect();
    assert_eq!(kinds, ["team_join", "user_change", "user_change"]);
    assert_eq!(told[0]["body"]["event"]["user"]["profile"]["title"], "Lead");
}

#[tokio::test]
async fn who_is_said_again_stays_as_they_are_called() {
    let app = scene().await;
    let mut body = newcomer("robert");
    // Somebody else's handle.
    body["nickName"] = "ben".into();
    let made = done(&app, "POST", "v2/Users", body.clone()).await;
    let path = format!("v2/Users/{}", made["id"].as_str().unwrap());
    for _ in 0..2 {
        let user = done(&app, "PUT", &path, body.clone()).await;
        assert_eq!(user["userName"], "robert");
    }
    let part = json!({"op": "replace", "value": {"userName": "robert", "nickName": "ben"}});
    let user = done(&app, "PATCH", &path, operations(json!([part]))).await;
    assert_eq!(user["userName"], "robert");
    let part = json!({"op": "replace", "path": "nickName", "value": "bobby"});
    let user = done(&app, "PATCH", &path, operations(json!([part]))).await;
    assert_eq!(user["userName"], "bobby");
}

#[tokio::test]
async fn a_group_said_back_in_another_order_is_the_same() {
    let app = scene().await;
    let members = |ids: [&str; 2]| {
        let members = ids.map(|id| json!({"value": id}));
        json!({"displayName": "Crew", "members": members})
    };
    done(&app, "PUT", "v2/Groups/S0CREW", members(["U0BEN", "U0ANN"])).await;
    let before = app.store.here().await.unwrap();
    done(&app, "PUT", "v2/Groups/S0CREW", members(["U0ANN", "U0BEN"])).await;
    assert!(app.store.entries_after(&before, None).unwrap().is_empty());
}

#[tokio::test]
async fn a_page_of_groups_ends_where_members_are_too_many() {
    let people: Vec<_> = (0..2501).map(|n| format!("U0M{n:04}")).collect();
    let users: String = people
        .iter()
        .map(|id| format!("      - {{id: {id}, name: {}}}\n", id.to_lowercase()))
        .collect();
    let groups: String = (0..2)
        .map(|n| {
            format!(
                "      - {{id: S0MANY{n}, name: Many {n}, handle: many{n}, users: [{}]}}\n",
                people.join(", ")
            )
        })
        .collect();
    let world = WORLD
        .replacen("    users:\n", &format!("    users:\n{users}"), 1)
        .replacen(
            "    usergroups:\n",
            &format!("    usergroups:\n{groups}"),
            1,
        );
    let app = App::with_settings(&world, Settings::default()).await;
    let mut found = Vec::new();
    for _ in 0..3 {
        let start = found.len() + 1;
        let path = format!("v2/Groups?count=100&startIndex={start}");
        let page = done(&app, "GET", &path, Value::Null).await;
        let here = ids(&page).len();
        assert_eq!(
            (&page["totalResults"], &page["itemsPerPage"]),
            (&json!(3), &json!(here))
        );
        found.extend(ids(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(found.len(), 3, "{found:?}");
    let first = done(&app, "GET", "v2/Groups?count=100", Value::Null).await;
    assert!(ids(&first).len() < 3);
    let names = "v2/Groups?count=100&excludedAttributes=members";
    assert_eq!(ids(&done(&app, "GET", names, Value::Null).await).len(), 3);
}

#[tokio::test]
async fn organisation_wide_tokens_are_for_people_and_for_groups_where_they_are_granted() {
    let tokens = "    tokens:
      - {token: xoxp-there, kind: org, app: A0IDP, user: U0ANN, scopes: [admin], workspaces: [T0ACME]}
      - {token: xoxp-else, kind: org, app: A0IDP, user: U0ANN, scopes: [admin], workspaces: [T0WEST]}
      - {token: xoxp-win, kind: org, app: A0IDP, user: U0WIN, scopes: [admin], workspaces: [T0WEST]}
";
    let world = WORLD.replacen("    tokens:\n", tokens, 1).replacen(
        "email: win@acme.test",
        "email: win@acme.test, role: admin",
        1,
    );
    let app = App::with_settings(&world, Settings::default()).await;
    for (token, groups) in [("xoxp-there", 200), ("xoxp-else", 403), ("xoxp-win", 200)] {
        let users = ask(&app, token, "GET", "v2/Users", Value::Null).await;
        let listed = ask(&app, token, "GET", "v2/Groups", Value::Null).await;
        assert_eq!((users.status, listed.status), (200, groups), "{token}");
        let name = token.trim_start_matches("xoxp-");
        let made = ask(
            &app,
            token,
            "POST",
            "v2/Users",
            newcomer(&format!("{name}.new")),
        )
        .await;
        assert_eq!(made.status, 201, "{token}: {}", made.json());
    }
}

/// By an address that is looked up the same are found, in the same order, as by one that everybody is compared with.
#[tokio::test]
async fn an_address_finds_whoever_has_it_first_or_second() {
    let app = scene().await;
    let second = operations(json!([{"op": "add", "path": "emails", "value": [
        {"value": "Both@acme.test", "primary": false}]}]));
    for user in ["U0OTTO", "U0BEN", "U0WIN"] {
        done(&app, "PATCH", &format!("v2/Users/{user}"), second.clone()).await;
    }
    let mut body = newcomer("nia");
    body["emails"][0]["value"] = "both@acme.test".into();
    let nia = done(&app, "POST", "v2/Users", body).await;
    let found = async |filter: &str| {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", filter)
            .finish();
        let list = done(&app, "GET", &format!("v2/Users?{query}"), Value::Null).await;
        assert_eq!(list["totalResults"], ids(&list).len());
        ids(&list)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    for (address, expected) in [
        ("BOTH@acme.test", 4),
        ("ben@acme.test", 1),
        ("otto@acme.test", 1),
        // An invitation that waits is no account, and other organisations' are nobody's.
        ("ivy@acme.test", 0),
        ("gil@globex.test", 0),
        ("acme.test", 0),
        ("", 0),
    ] {
        let looked_up = found(&format!("emails.value eq \"{address}\"")).await;
        assert_eq!(looked_up.len(), expected, "{address}: {looked_up:?}");
        // Whoever has the title needs no address: everybody is looked at.
        let compared = format!("emails eq \"{address}\" or title eq \"none\"");
        assert_eq!(looked_up, found(&compared).await, "{address}");
        for attribute in ["email", "emails"] {
            assert_eq!(
                found(&format!("{attribute} eq \"{address}\"")).await,
                looked_up
            );
        }
    }
    let with = async |more: &str| found(&format!("email eq \"both@acme.test\" {more}")).await;
    assert_eq!(with("and active eq false").await, ["U0OTTO"]);
    assert_eq!(
        with("and userName eq nia").await,
        [nia["id"].as_str().unwrap()]
    );
    assert_eq!(with("or email eq \"gus@partner.test\"").await.len(), 5);
    assert_eq!(with("or userName eq gus").await.len(), 5);
}

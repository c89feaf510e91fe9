use super::*;
use crate::scim::{attributes, patch};
use guestlist_domain::user::Role;

const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

fn ada() -> User {
    let mut user = User::new("U0ADA".parse().unwrap(), "T0ACME".parse().unwrap(), "ada");
    user.email = Some("ada@acme.test".to_owned());
    user.real_name = "Ada Park".to_owned();
    user
}

fn object(value: Value) -> Object {
    match attributes::named(value) {
        Value::Object(object) => object,
        other => panic!("{other}"),
    }
}

/// What somebody becomes who is as a body says.
fn told(user: &User, body: Value) -> Result<User, Code> {
    became(user, &object(body))
}

/// The same by operations of version 2.
fn patched(user: &User, operations: Value) -> Result<User, Code> {
    let mut said = start(Version::Two, user, NOW);
    let body = object(json!({"Operations": operations}));
    let read = patch::operations(&body).map_err(|problem| problem.code)?;
    for operation in &read {
        patch::apply(&mut said, operation).map_err(|problem| problem.code)?;
    }
    became(user, &said)
}

fn became(user: &User, body: &Object) -> Result<User, Code> {
    let person = read(Version::Two, body, Some(user)).map_err(|problem| problem.code)?;
    let about = person.about;
    let mut user = user.clone();
    user.name = about.name.unwrap_or(user.name);
    user.real_name = about.real_name.unwrap_or(user.real_name);
    user.display_name = about.display_name.unwrap_or(user.display_name);
    user.title = about.title.unwrap_or(user.title);
    user.email = about.email.unwrap_or(user.email);
    user.tz = about.tz.unwrap_or(user.tz);
    user.guest = about.guest.unwrap_or(user.guest);
    user.expires = about.expires.unwrap_or(user.expires);
    user.scim = about.scim.unwrap_or(user.scim);
    Ok(user)
}

/// A body with everything in it.
fn full(version: Version) -> Value {
    json!({
        "userName": "ada", "nickName": "ada", "displayName": "Ada", "title": "Founder", "active": true,
        "externalId": "00u1", "timezone": "Europe/Zurich", "profileUrl": "https://acme.test/ada",
        "userType": "Employee", "preferredLanguage": "de-CH", "locale": "de-CH",
        "name": {"givenName": "Ada", "familyName": "van der Park", "honorificPrefix": "Dr."},
        "emails": [
            {"value": "ada@acme.test", "type": "work", "primary": true},
            {"value": "ada@home.test", "type": "home", "primary": false},
        ],
        "photos": [{"value": "https://acme.test/ada.png", "type": "photo"}],
        "addresses": [{"streetAddress": "1 Road\nAnnex", "locality": "Town", "region": "R", "postalCode": "8000", "country": "CH", "type": "work", "primary": true}],
        "phoneNumbers": [
            {"value": "+41 1", "type": "work", "primary": true}, {"value": "+41 2", "primary": false},
        ],
        "roles": [{"value": "lead", "primary": true}],
        version.enterprise(): {
            "employeeNumber": "7", "costCenter": "c", "organization": "o", "division": "d",
            "department": "e", "manager": {"managerId": "U0PIA"},
        },
        version.profile(): {"startDate": "2020-01-01"},
    })
}

#[test]
fn whoever_is_said_back_stays_as_they_are() {
    for version in [Version::One, Version::Two] {
        let full = full(version);
        let body = object(full.clone());
        let person = read(version, &body, None).unwrap();
        let about = person.about;
        let mut user = ada();
        user.real_name = about.real_name.unwrap();
        user.display_name = about.display_name.unwrap();
        user.title = about.title.unwrap();
        user.tz = about.tz.unwrap();
        user.scim = about.scim.unwrap();
        // Two kinds are not said, and they are there.
        assert_eq!(user.scim.len(), scim::PATHS.len() - 3, "{:?}", user.scim);
        assert_eq!(Value::Object(said(version, &user, NOW)), full);
    }
    // Also who was never said anything of, and a guest of either kind.
    for edit in [
        (|_| {}) as fn(&mut User),
        |user| user.email = None,
        |user| user.real_name = "Ada  the  Great".to_owned(),
        |user| user.name = "a name far longer than any that is given".to_owned(),
        |user| user.tz = Some("Asia/Tokyo".to_owned()),
        |user| user.tz = Some("Mars/Base".to_owned()),
        |user| user.title = format!("Founder,\n{}", "and more ".repeat(25)),
        |user| user.display_name = " Ada\u{7} ".to_owned(),
        |user| user.real_name = "Ada".repeat(100),
        |user| user.real_name = format!("Ada\u{7} {}", "Park".repeat(30)),
        |user| user.name = "Ada Park ".to_owned(),
        |user| user.scim = [("userType".to_owned(), " a ".to_owned())].into(),
        |user| {
            user.guest = Some(Guest::SingleChannel);
            user.expires = Some(Timestamp(1_800_000_000_123_456));
        },
        |user| user.guest = Some(Guest::MultiChannel),
        |user| user.role = Role::Admin,
    ] {
        let mut user = ada();
        edit(&mut user);
        let body = said(Version::Two, &user, NOW);
        assert_eq!(told(&user, Value::Object(body)), Ok(user.clone()));
        // So does a part of whom nothing is said.
        let nothing = start(Version::Two, &user, NOW);
        assert_eq!(became(&user, &nothing), Ok(user));
    }
}

#[test]
fn what_is_left_out_is_cleared_but_for_what_stays() {
    let mut user = ada();
    user.title = "Founder".to_owned();
    user.guest = Some(Guest::MultiChannel);
    user.scim.insert("locale".to_owned(), "de-CH".to_owned());
    let body = json!({"userName": "ada", "emails": {"value": "ADA@acme.test"}});
    let cleared = told(&user, body).unwrap();
    assert_eq!(
        (cleared.title.as_str(), cleared.real_name.as_str()),
        ("", "")
    );
    assert_eq!((cleared.guest, cleared.scim.len()), (user.guest, 0));
    assert_eq!(cleared.email, user.email);
}

#[test]
fn nick_names_are_handles() {
    let mails = json!([{"value": "ada@acme.test"}]);
    for (body, expected) in [
        (json!({"userName": "Ada.P"}), "ada.p"),
        // As often as it is said.
        (json!({"userName": "ada", "nickName": "adi"}), "ada"),
        (json!({"userName": "adele", "nickName": "ada"}), "adele"),
        (json!({"userName": "adele", "nickName": "adi"}), "adele"),
        (json!({"nickName": "adi"}), "adi"),
        (json!({"userName": "a@b c"}), "a_b_c"),
    ] {
        let mut body = body;
        body["emails"] = mails.clone();
        assert_eq!(told(&ada(), body.clone()).unwrap().name, expected, "{body}");
    }
}

#[test]
fn of_a_part_that_says_both_the_user_name_counts() {
    let set = |path: &str, value: &str| json!({"op": "replace", "path": path, "value": value});
    let remove = |path: &str| json!({"op": "remove", "path": path});
    for (operations, expected) in [
        (json!([set("nickName", "adi")]), Ok("adi")),
        (json!([set("userName", "adele")]), Ok("adele")),
        (
            json!([set("userName", "ada"), set("nickName", "adi")]),
            Ok("ada"),
        ),
        (
            json!([set("nickName", "adi"), set("userName", "ada")]),
            Ok("ada"),
        ),
        (
            json!([{"op": "add", "value": {"nickName": "adi", "userName": "ada"}}]),
            Ok("ada"),
        ),
        (json!([remove("nickName")]), Ok("ada")),
        (json!([set("nickName", "")]), Ok("ada")),
        (json!([remove("userName")]), Err(Code::MissingSchemaElement)),
        (
            json!([set("userName", " ")]),
            Err(Code::MissingSchemaElement),
        ),
    ] {
        let name = patched(&ada(), operations.clone()).map(|user| user.name);
        assert_eq!(name, expected.map(str::to_owned), "{operations}");
    }
    let mut said = start(Version::One, &ada(), NOW);
    let body = object(json!({"userName": "ada", "nickName": "adi"}));
    patch::merge(&mut said, &body).unwrap();
    assert_eq!(became(&ada(), &said).unwrap().name, "ada");
}

#[test]
fn a_whole_name_counts_where_no_part_of_it_is_said() {
    let name = |name: Value| json!({"userName": "ada", "name": name, "emails": {"value": "ada@acme.test"}});
    for (given, expected) in [
        (json!({"formatted": "Adele Oak"}), "Adele Oak"),
        (json!({"formatted": "Adele Oak", "givenName": "Ada"}), "Ada"),
        (
            json!({"formatted": "Adele Oak", "givenName": " "}),
            "Adele Oak",
        ),
        (json!({"formatted": "Ada Park"}), "Ada Park"),
        (json!({"formatted": ""}), ""),
    ] {
        let user = told(&ada(), name(given.clone())).unwrap();
        assert_eq!(user.real_name, expected, "{given}");
    }
    let long = name(json!({"formatted": "x".repeat(81)}));
    assert_eq!(told(&ada(), long), Err(Code::InvalidValue));

    let mut ada = ada();
    ada.scim
        .insert(scim::GIVEN_NAME.to_owned(), "Ada".to_owned());
    ada.scim
        .insert(scim::FAMILY_NAME.to_owned(), "Park".to_owned());
    let set = |path: &str, value: &str| json!({"op": "replace", "path": path, "value": value});
    for (operations, expected, family) in [
        (
            json!([
                set("name.familyName", "Oak"),
                set("name.formatted", "Dr. A. Oak")
            ]),
            "Ada Oak",
            Some("Oak"),
        ),
        (
            json!([set("name.formatted", "Adele Oak")]),
            "Adele Oak",
            None,
        ),
        (
            json!([set("name.formatted", "Ada Park")]),
            "Ada Park",
            Some("Park"),
        ),
        (
            json!([set("name.middleName", "Eve")]),
            "Ada Park",
            Some("Park"),
        ),
        (
            json!([set("name.givenName", "Eve")]),
            "Eve Park",
            Some("Park"),
        ),
        (
            json!([{"op": "remove", "path": "name.givenName"}]),
            "Park",
            Some("Park"),
        ),
        (json!([{"op": "remove", "path": "name"}]), "", None),
    ] {
        let user = patched(&ada, operations.clone()).unwrap();
        assert_eq!(user.real_name, expected, "{operations}");
        let kept = user.scim.get(scim::FAMILY_NAME);
        assert_eq!(kept.map(String::as_str), family, "{operations}");
    }
}

#[test]
fn an_address_is_changed_field_by_field() {
    let set = |field: &str, value: &str| {
        let path = format!("addresses[type eq \"work\"].{field}");
        json!({"op": "Add", "path": path, "value": value})
    };
    let mut user = ada();
    for (operations, street, town) in [
        (
            json!([
                set("streetAddress", "1 Road"),
                set("locality", "Zug"),
                set("formatted", "x")
            ]),
            Some("1 Road"),
            Some("Zug"),
        ),
        (
            json!([set("streetAddress", "2 Road")]),
            Some("2 Road"),
            Some("Zug"),
        ),
        (
            json!([{"op": "Remove", "path": "addresses[type eq \"work\"].streetAddress"}]),
            None,
            Some("Zug"),
        ),
        (json!([set("formatted", "y")]), None, Some("Zug")),
        (
            json!([{"op": "Remove", "path": "addresses[type eq \"work\"]"}]),
            None,
            None,
        ),
        // That somewhere is for work says nothing of where.
        (
            json!([set("formatted", "z"), set("primary", "true")]),
            None,
            None,
        ),
    ] {
        user = patched(&user, operations.clone()).unwrap();
        let kept = |field: &str| user.scim.get(&format!("addresses.0.{field}"));
        let kept = |field: &str| kept(field).map(String::as_str);
        assert_eq!(
            (kept("streetAddress"), kept("locality")),
            (street, town),
            "{operations}"
        );
        assert_eq!(kept("type"), town.map(|_| "work"), "{operations}");
    }
    // Of one that is known from before its type was kept.
    let town = ("addresses.0.locality".to_owned(), "Zug".to_owned());
    user.scim.insert(town.0, town.1);
    let user = patched(&user, json!([set("streetAddress", "3 Road")])).unwrap();
    let kept: Vec<_> = user.scim.values().map(String::as_str).collect();
    assert_eq!(kept, ["Zug", "3 Road", "work"]);
}

#[test]
fn operations_at_once_come_to_what_they_come_to_one_by_one() {
    let set = |kind: &str, value: &str| {
        let path = format!("phoneNumbers[type eq \"{kind}\"].value");
        json!({"op": "Add", "path": path, "value": value})
    };
    let list = |values: &[&str]| {
        let values: Vec<_> = values.iter().map(|value| json!({"value": value})).collect();
        json!({"op": "Replace", "path": "phoneNumbers", "value": values})
    };
    for (operations, expected) in [
        (
            vec![set("work", "1"), set("mobile", "2"), set("fax", "3")],
            &["1", "3"][..],
        ),
        (
            vec![
                set("work", "1"),
                set("mobile", "2"),
                set("work", ""),
                set("fax", "3"),
            ],
            &["2", "3"],
        ),
        (vec![set("work", "1"), set("work", "")], &[]),
        (vec![list(&["1", "2", "3"])], &["1", "2"]),
        (vec![list(&["1", "2", "3"]), set("fax", "4")], &["1", "4"]),
        (
            vec![json!({"op": "Add", "path": "phoneNumbers", "value": [
                {"value": "1"}, {"type": "work"}, {"value": "2"}, {"value": "3"},
            ]})],
            &["1", "3"],
        ),
    ] {
        let at_once = patched(&ada(), json!(operations)).unwrap();
        let mut user = ada();
        for operation in &operations {
            user = patched(&user, json!([operation])).unwrap();
        }
        assert_eq!(user.scim, at_once.scim, "{operations:?}");
        let values = user
            .scim
            .iter()
            .filter(|(path, _)| path.ends_with(".value"));
        let values: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, expected, "{operations:?}");
    }
}

#[test]
fn what_cannot_be_said_is_told() {
    let good = || json!({"userName": "ada", "emails": [{"value": "ada@acme.test"}]});
    let guest = Version::Two.guest();
    let enterprise = Version::Two.enterprise();
    let long = "x".repeat(300);
    for (key, value, code) in [
        ("userName", json!(7), Code::InvalidValue),
        ("userName", json!(" "), Code::MissingSchemaElement),
        ("userName", Value::Null, Code::MissingSchemaElement),
        (
            "userName",
            json!("a2345678901234567890123"),
            Code::UsernameTooLong,
        ),
        ("userName", json!("@@"), Code::InvalidValue),
        ("emails", json!([]), Code::MissingPrimaryEmail),
        (
            "emails",
            json!([{"type": "work"}]),
            Code::MissingPrimaryEmail,
        ),
        ("emails", json!([{"value": "ada"}]), Code::InvalidValue),
        ("emails", json!([{"value": 7}]), Code::InvalidValue),
        ("emails", json!("ada@acme.test"), Code::InvalidValue),
        ("displayName", json!("x".repeat(81)), Code::InvalidValue),
        ("title", json!("a\u{7}b"), Code::InvalidValue),
        ("title", json!(["x"]), Code::InvalidValue),
        ("name", json!("Ada"), Code::InvalidValue),
        ("name", json!({"givenName": {}}), Code::InvalidValue),
        (
            "name",
            json!({"givenName": "x".repeat(50), "familyName": "y".repeat(50)}),
            Code::InvalidValue,
        ),
        ("timezone", json!("Mars/Base"), Code::InvalidValue),
        ("active", json!("yes"), Code::InvalidValue),
        ("externalId", json!(long), Code::InvalidValue),
        ("locale", json!(long), Code::InvalidValue),
        (
            "photos",
            json!([{"value": "x".repeat(3000)}]),
            Code::InvalidValue,
        ),
        (
            "phoneNumbers",
            json!([{"value": "1", "primary": true}, {"value": "2", "primary": true}]),
            Code::InvalidValue,
        ),
        (enterprise, json!([]), Code::InvalidValue),
        (
            Version::One.enterprise(),
            json!({"department": "R&D"}),
            Code::InvalidValue,
        ),
        (enterprise, json!({"manager": 7}), Code::InvalidValue),
        (guest, json!({}), Code::MissingSchemaElement),
        (guest, json!({"type": "single"}), Code::InvalidValue),
        (
            guest,
            json!({"type": "multi", "expiration": "soon"}),
            Code::InvalidValue,
        ),
    ] {
        let mut body = good();
        body[key] = value.clone();
        assert_eq!(told(&ada(), body).err(), Some(code), "{key}: {value}");
    }
    assert!(told(&ada(), good()).is_ok());
    let none = read(
        Version::Two,
        &object(json!({"nickName": "ada", "emails": []})),
        None,
    );
    assert_eq!(none.unwrap_err().code, Code::MissingPrimaryEmail);
}

#[test]
fn more_values_than_are_kept_give_way_to_the_primary_one() {
    let body = json!({"userName": "ada", "emails": [
        {"value": "a@acme.test"}, {"value": "b@acme.test"}, {"value": "c@acme.test", "primary": true},
        {"value": "C@acme.test"},
    ], "roles": [{"value": "x"}, {"value": "y"}]});
    let user = told(&ada(), body).unwrap();
    assert_eq!(user.email.as_deref(), Some("c@acme.test"));
    assert_eq!(user.scim[scim::SECOND_EMAIL], "a@acme.test");
    assert_eq!(user.scim["roles.0.value"], "x");
}

#[test]
fn a_value_that_says_nothing_takes_no_place() {
    let body = json!({"userName": "ada", "emails": [{"value": "a@acme.test"}],
        "phoneNumbers": [{"value": "1"}, {"primary": true, "type": "fax"}, {"value": "2"}]});
    let user = told(&ada(), body).unwrap();
    assert_eq!(user.scim["phoneNumbers.0.value"], "1");
    assert_eq!(user.scim["phoneNumbers.1.value"], "2");
}

#[test]
fn managers_are_written_in_several_ways() {
    for manager in [
        json!("U1"),
        json!({"managerId": "U1"}),
        json!({"value": "U1"}),
        json!([{"value": "U1", "displayName": "Pia"}]),
    ] {
        let body = json!({
            "userName": "ada", "emails": [{"value": "ada@acme.test"}],
            Version::Two.enterprise(): {"manager": manager},
        });
        let user = told(&ada(), body).unwrap();
        assert_eq!(user.scim["enterprise.manager.managerId"], "U1", "{manager}");
    }
}

#[test]
fn what_is_new_is_looked_at_beside_what_nobody_could_give() {
    let mut user = ada();
    user.title = "x\n".repeat(100);
    let mut body = Value::Object(said(Version::Two, &user, NOW));
    body["displayName"] = "Adi".into();
    let changed = told(&user, body.clone()).unwrap();
    assert_eq!(
        (changed.display_name.as_str(), &changed.title),
        ("Adi", &user.title)
    );
    body["title"] = "y\n".repeat(100).into();
    assert_eq!(told(&user, body), Err(Code::InvalidValue));
}

use super::*;

const ATTRIBUTES: [&str; 3] = ["username", "email", "restricted"];

fn of(attribute: &str) -> Vec<String> {
    let values: &[&str] = match attribute {
        "username" => &["ben"],
        "email" => &["ben@acme.test", "b@home.test"],
        _ => &["true"],
    };
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn filters_choose() {
    for (text, expected) in [
        ("username eq 'ben'", true),
        ("userName EQ \"BEN\"", true),
        ("username eq ada", false),
        ("email co 'acme'", true),
        ("email sw 'b@'", true),
        ("email sw '@'", false),
        ("email pr", true),
        ("restricted eq '1'", true),
        ("restricted eq true", true),
        ("restricted eq 0", false),
        ("restricted pr", true),
        ("username gt 'bea' and username lt 'bez'", true),
        ("username ge 'ben' and username le 'ben'", true),
        ("username gt 'ben'", false),
        // `and` binds closer than `or`.
        ("username eq a and username eq b or email pr", true),
        ("username eq a and (username eq b or email pr)", false),
        (r#"username eq "b\"en""#, false),
    ] {
        let filter = Filter::read(text, &ATTRIBUTES).unwrap();
        assert_eq!(filter.matches(&of), expected, "{text}");
    }
}

#[test]
fn what_is_said_of_one_value_holds_of_one_value() {
    let attributes = ["username", "emails", "emails.value", "emails.type"];
    let of = |attribute: &str| {
        let values: &[&str] = match attribute {
            "username" => &["ben"],
            "emails.0.value" => &["ben@acme.test"],
            "emails.0.type" => &["work"],
            "emails.1.value" => &["b@home.test"],
            "emails.1.type" => &["home"],
            _ => &[],
        };
        values.iter().map(|value| (*value).to_owned()).collect()
    };
    for (text, expected) in [
        ("emails[type eq \"work\"].value eq \"ben@acme.test\"", true),
        ("Emails[Type eq 'home'].Value sw b@", true),
        ("emails[type eq \"home\"].value eq \"ben@acme.test\"", false),
        ("emails[value eq 'b@home.test']", true),
        ("emails[type eq work and value co home]", false),
        (
            "emails[(type eq work) or value co home] and username eq 'ben'",
            true,
        ),
        ("emails[type eq other]", false),
        ("(emails[type eq other].value pr or username pr)", true),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName eq 'ben'",
            true,
        ),
        (
            "URN:ietf:params:scim:schemas:core:2.0:User:emails[type eq 'work'].value pr",
            true,
        ),
    ] {
        let filter = Filter::read(text, &attributes).unwrap();
        assert_eq!(filter.matches(&of), expected, "{text}");
    }
    for (text, code) in [
        ("emails[type eq work", Code::IncompleteFilter),
        ("emails[", Code::IncompleteFilter),
        ("emails[type eq work].value", Code::IncompleteFilter),
        ("emails[]", Code::InvalidQuery),
        ("emails[type eq work)", Code::InvalidQuery),
        ("emails[type eq work].shoe eq 1", Code::InvalidQuery),
        ("emails[shoe eq 1]", Code::InvalidQuery),
        ("emails[emails[type eq 1]]", Code::InvalidQuery),
        ("shoe[value eq 1]", Code::InvalidQuery),
        ("[value eq 1]", Code::InvalidQuery),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User eq 1",
            Code::InvalidQuery,
        ),
    ] {
        let read = Filter::read(text, &attributes);
        assert_eq!(read.map_err(|problem| problem.code), Err(code), "{text}");
    }
}

#[test]
fn what_is_called_true_is_no_truth() {
    let of = |_: &str| vec!["true".to_owned()];
    let no = |_: &str| vec!["false".to_owned()];
    let read = |text: &str| Filter::read(text, &ATTRIBUTES).unwrap();
    assert!(!read("username eq '1'").matches(&of));
    assert!(read("username pr").matches(&no));
    assert!(read("restricted eq '1'").matches(&of));
    assert!(!read("restricted pr").matches(&no));
}

#[test]
fn equal_texts_are_found_by_another_as_well() {
    let read = |text: &str| Filter::read(text, &ATTRIBUTES).unwrap();
    let upper = |text: &str| text.to_uppercase();
    let filter = read("username eq 'a' and (email eq 'b' or username eq 'c')");
    let filter = filter.or_as(&["username"], &upper);
    assert_eq!(filter.equals(&["username"]), Some(vec!["a", "A"]));
    let shouted = |text: &str| format!("{text}!");
    let filter = read("username eq 'be' or email eq 'x'").or_as(&["username"], &shouted);
    let of = |_: &str| vec!["be!".to_owned()];
    assert!(filter.matches(&of));
    assert!(!read("username eq 'be'").matches(&of));
}

#[test]
fn what_is_no_filter_is_told() {
    let deep = format!("{}username pr{}", "(".repeat(9), ")".repeat(9));
    let many = vec!["username pr"; 51].join(" or ");
    let long = format!("username eq '{}'", "x".repeat(MAX_LENGTH));
    for (text, code) in [
        ("", Code::NoFilters),
        ("  ", Code::NoFilters),
        ("username", Code::IncompleteFilter),
        ("username eq", Code::IncompleteFilter),
        ("username eq 'a", Code::IncompleteFilter),
        ("username pr and", Code::IncompleteFilter),
        ("(username pr", Code::IncompleteFilter),
        ("username pr)", Code::InvalidQuery),
        ("username is 'a'", Code::InvalidQuery),
        ("username ne 'a'", Code::InvalidQuery),
        ("shoe eq '43'", Code::InvalidQuery),
        ("'username' eq 'a'", Code::InvalidQuery),
        ("username pr username pr", Code::InvalidQuery),
        ("username eq (", Code::InvalidQuery),
        (&deep, Code::InvalidQuery),
        (&many, Code::InvalidQuery),
        (&long, Code::InvalidQuery),
    ] {
        let read = Filter::read(text, &ATTRIBUTES);
        assert_eq!(read.map_err(|problem| problem.code), Err(code), "{text}");
    }
    let most = format!("{}username pr{}", "(".repeat(8), ")".repeat(8));
    assert!(Filter::read(&most, &ATTRIBUTES).is_ok());
    assert!(Filter::read(&many[..many.len() - 15], &ATTRIBUTES).is_ok());
}

#[test]
fn what_every_match_has_is_looked_up() {
    for (text, expected) in [
        ("username eq 'A'", Some(vec!["A"])),
        ("email pr and username eq a", Some(vec!["a"])),
        ("username eq a or username eq b", Some(vec!["a", "b"])),
        ("username eq a or email pr", None),
        ("username sw a", None),
    ] {
        let filter = Filter::read(text, &ATTRIBUTES).unwrap();
        assert_eq!(filter.equals(&["username"]), expected, "{text}");
    }
    let text = "emails[type eq work].value eq 'A' or emails.value eq b";
    let filter = Filter::read(text, &["emails.type", "emails.value"]).unwrap();
    assert_eq!(filter.equals(&["emails.value"]), Some(vec!["A", "b"]));
    assert_eq!(filter.equals(&["value", "emails"]), None);
}

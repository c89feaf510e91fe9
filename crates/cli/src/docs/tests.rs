use super::*;
use guestlist_methods::{common::Common, contract::documented};

#[test]
fn every_method_has_its_page() {
    for entry in CATALOGUE {
        let spec = entry.spec;
        let page = page::text(entry);
        let errors = (entry.errors)();
        let mut said = vec![
            spec.name,
            verb(spec.verb),
            tier(spec.tier),
            "Arguments",
            "missing_charset",
            "\"ok\": true",
            "\"ok\": false",
        ];
        said.extend(spec.args.iter().flat_map(|arg| [arg.name, arg.example]));
        said.extend(errors.iter().map(|error| error.code));
        said.extend(documented::<Common>().iter().map(|error| error.code));
        for scopes in [spec.scopes.bot, spec.scopes.user] {
            said.extend(scopes.every());
        }
        for text in said {
            assert!(page.contains(text), "{}: {text} is missing", spec.name);
        }
        for error in &errors {
            let lines = page.lines().filter(|line| *line == error.code).count();
            assert_eq!(
                lines, 1,
                "{}: {} is told {lines} times",
                spec.name, error.code
            );
        }
        let json = page::json(entry);
        assert_eq!(
            json["errors"].as_array().map(Vec::len),
            Some(errors.len()),
            "{}",
            spec.name
        );
        assert!(
            json["success"]["ok"] == true && json["failure"]["ok"] == false,
            "{}",
            spec.name
        );
    }
}

#[test]
fn the_list_has_every_method_once() {
    let list = list();
    for entry in CATALOGUE {
        let lines = list
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(entry.spec.name))
            .count();
        assert_eq!(lines, 1, "{}", entry.spec.name);
    }
    assert!(
        list.lines().all(|line| line.chars().count() <= WIDTH),
        "{list}"
    );
    assert_eq!(list_json().as_array().map(Vec::len), Some(CATALOGUE.len()));
}

#[test]
fn the_page_of_invite_reads_like_slacks() {
    let page = page::text(find("conversations.invite").unwrap());
    for part in [
        "Preferred HTTP method   POST\n",
        "bot         public        channels:write.invites or channels:manage\n",
        "\nchannel  (channel, Required; example: C1234567890)\n",
        "\nErrors\n------\n",
        "\nErrors of every method\n",
    ] {
        assert!(page.contains(part), "{part:?} is missing in\n{page}");
    }
}

#[test]
fn a_page_says_which_tokens_it_is_for() {
    let page = page::text(find("channels.invite").unwrap());
    assert!(
        page.contains("\nuser        public        channels:write\n"),
        "{page}"
    );
    assert!(!page.contains("\nbot  "), "{page}");
    let page = page::text(find("auth.test").unwrap());
    assert!(
        page.contains("\nbot         any           none\n"),
        "{page}"
    );
    assert!(
        page.contains("Special: 600 a minute, 900 at once after a pause"),
        "{page}"
    );
    let page = page::text(find("chat.postMessage").unwrap());
    assert!(
        page.contains("Special: 60 a minute per channel, 90 at once"),
        "{page}"
    );
}

#[test]
fn unknown_methods_are_answered_with_near_ones() {
    assert!(unknown("conversation.invite").contains("did you mean conversations.invite"));
    assert!(unknown("zzz").contains("lists them all"));
    assert!(run(Some("zzz"), false).unwrap_err().is::<Usage>());
}

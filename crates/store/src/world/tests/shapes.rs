//! Files that are no world at all, and how much is told of them.

use super::bad::told;

#[test]
fn shapes() {
    let head = "version: 1\nworkspaces:\n- name: A\n  domain: a\n";
    for (text, problem) in [
        ("", "1: the file is empty"),
        ("# nothing", "1: the file is empty"),
        ("[]", "1: expected a mapping"),
        ("hello", "1: expected a mapping"),
        ("workspaces: []", "1: the key `version` is missing"),
        (
            "version: 1\nfoo: 1\n",
            "2: unknown key `foo`; known are version, server, enterprises, workspaces",
        ),
        (
            "version: 2\nfoo: 1",
            "1: version: this program reads version 1",
        ),
        ("version: 2", "1: version: this program reads version 1"),
        (
            "version: one",
            "1: version: expected a whole number, not negative",
        ),
        (
            "version: 1\nworkspaces:\n- name: A\n",
            "3: workspaces[0]: the key `domain` is missing",
        ),
        (
            "version: 1\nworkspaces:\n- name:\n  domain: a",
            "3: workspaces[0].name: expected a text, found nothing",
        ),
        (
            "version: 1\nworkspaces:\n- {name: ' ', domain: a}\n",
            "3: workspaces[0].name: a workspace needs a name",
        ),
        ("version: 1\nworkspaces: [\n", "2: unclosed bracket '['"),
        (
            "version: 1\n---\nversion: 1\n",
            "3: a second document begins; a world is one",
        ),
        (
            "version: 1\nworkspaces: *x\n",
            "2: alias references unknown anchor",
        ),
        (
            "{\"version\": 1,,}",
            "1: malformed JSON: key must be a string",
        ),
        (
            "{\"version\":\n1",
            "2: malformed JSON: EOF while parsing an object",
        ),
        (
            "{\"version\": 1,\n\"workspaces\": [{\"name\": \"A\"}]}",
            "2: workspaces[0]: the key `domain` is missing",
        ),
        (
            "{\"version\": 1, \"workspaces\": [{\"name\": \"A\",\n\"domain\": \"a\", \"plan\": 7}]}",
            "2: workspaces[0].plan: `7` is none of free, pro, business_plus, enterprise",
        ),
        (
            &format!("{head}  name: B\n"),
            "5: workspaces[0]: the key `name` is given twice",
        ),
        (
            &format!("{head}  users:\n"),
            "5: workspaces[0].users: expected a list",
        ),
        (
            &format!("{head}  users: [5]\n"),
            "5: workspaces[0].users[0]: expected a mapping",
        ),
        (
            &format!("{head}  users: [{{name: [x]}}]\n"),
            "5: workspaces[0].users[0].name: expected a single value",
        ),
        (
            &format!("{head}  two_factor_required: maybe"),
            "5: workspaces[0].two_factor_required: expected true or false",
        ),
        (
            &format!("{head}  connect: {{email_quota_per_hour: -1}}"),
            "5: workspaces[0].connect.email_quota_per_hour: expected a whole number, not negative",
        ),
        (
            &format!("{head}  channels:\n  - members: some\n"),
            "6: workspaces[0].channels[0].members: expected `all` or a list of users, found string \"some\"",
        ),
        (
            &format!("{head}  channels:\n  - members:\n    - {{usr: U1}}\n"),
            "7: workspaces[0].channels[0].members[0]: unknown key `usr`; known are user, since, closed, last_read, marked",
        ),
        (
            &format!("{head}  channels: [{{topic: 2024}}]\n"),
            "5: workspaces[0].channels[0].topic: expected a text (in quotes if it looks like a number) or a mapping, \
             found integer `2024`",
        ),
    ] {
        assert_eq!(told(text), format!("world.yaml:{problem}"), "{text:?}");
    }
}

#[test]
fn fifty_problems_are_told_and_the_rest_counted() {
    let many = |count: usize| {
        let users = "  - {name: x, email: x}\n".repeat(count);
        told(&format!(
            "version: 1\nworkspaces:\n- name: A\n  domain: a\n  users:\n{users}"
        ))
    };
    assert_eq!(many(50).lines().count(), 50);
    assert_eq!(many(51).lines().last(), Some("… and one more"));
    let text = many(75);
    assert_eq!(text.lines().count(), 51);
    assert!(
        text.starts_with("world.yaml:6: workspaces[0].users[0].email: `x`: "),
        "{text}"
    );
    assert_eq!(text.lines().last(), Some("… and 25 more"));
}

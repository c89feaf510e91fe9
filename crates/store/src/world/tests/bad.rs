use super::*;

/// A workspace in which there is one of each, with more keys put in at marked places.
fn acme(users: &str, channels: &str, rest: &str) -> String {
    format!(
        "version: 1\nenterprises: [{{id: E0ACME, name: Acme, domain: acme}}]\nworkspaces:\n\
         - id: T0ACME\n  name: Acme\n  domain: acme\n  enterprise: E0ACME\n  users:\n  - {{id: U0ADA, name: ada, email: ada@acme.test}}\n{users}\
         \x20 channels:\n  - {{id: C0GEN, name: general, members: all}}\n{channels}\
         \x20 apps:\n  - {{id: A0APP, name: app, bot_user: {{id: U0BOT}}}}\n  - {{id: A0BARE, name: bare}}\n{rest}\
         - {{id: T0TWO, name: Two, domain: two, enterprise: E0ACME, users: [{{id: U0PAN, name: pan}}]}}\n\
         - {{id: T0GLO, name: Globex, domain: globex, users: [{{id: U0GIL, name: gil}}], channels: [{{id: C0GLO, name: general}}]}}\n"
    )
}

fn told(text: &str) -> String {
    load(text).expect_err(text).to_string()
}

#[test]
fn probe() {
    for t in [
        "", "# nothing", "[]", "hello", "version: 1\nfoo: 1\n", "version: 2\nfoo: 1", "version: one", "workspaces: []",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  users:\n  - {name: x, emial: y}\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  users:\n  - name: x\n    emial: y\n",
        "version: 1\nworkspaces:\n- name: A\n",
        "version: 1\nworkspaces:\n- {name: A, domain: a, plan: gold}\n",
        "version: 1\nworkspaces:\n- {name: A, domain: a, users: {a: b}}\n",
        "version: 1\nworkspaces:\n- {name: A, domain: a, users: [5]}\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  two_factor_required: maybe\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  name: B\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  connect: {email_quota_per_hour: -1}\n",
        "version: 1\nworkspaces:\n- name: [A]\n  domain: a\n",
        "version: 1\nworkspaces:\n- name:\n  domain: a\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  users:\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  channels: [{members: some}]\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  channels: [{members: [1]}]\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  channels:\n  - name: x\n    members:\n    - {usr: U1}\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  channels: [{topic: {valeu: x}}]\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  channels: [{topic: 2024}]\n",
        "version: 1\nworkspaces:\n- name: \"A\n  domain: a\n",
        "version: 1\nworkspaces: [\n", "{\"version\": 1, \"workspaces\": [{\"name\": \"A\",\n \"domain\": \"a\", \"plan\": 7}]}", "{\"version\": 1,,}", "{\"version\": 1",
        "version: 1\n---\nversion: 1\n", "version: 1\nworkspaces: *x\n", "version: 1\n\tworkspaces: []\n",
        "version: 1\nworkspaces:\n- name: A\n  domain: a\n  apps: [{name: x, events: {delivery: mail}}]",
    ] {
        println!("{t:?}\n    {}", told(t));
    }
    panic!();
}

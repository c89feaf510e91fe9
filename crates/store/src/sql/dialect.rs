//! What PostgreSQL has otherwise, told statement by statement: parameters, a reserved word, and the
//! two forms of `insert` that do not mind a row that is there already.

/// The keys of the tables that are written with `insert or …`.
const KEYS: &[(&str, &[&str])] = &[
    ("meta", &["key"]),
    ("enterprise", &["id"]),
    ("workspace", &["team"]),
    ("user", &["team", "id"]),
    ("channel_share", &["team", "channel"]),
    ("channel_past", &["team", "channel"]),
    ("member", &["team", "channel", "user"]),
    ("place", &["user", "channel"]),
    ("message", &["team", "channel", "ts"]),
    ("reply", &["team", "channel", "thread", "ts"]),
    ("usergroup", &["team", "id"]),
    ("invite_request", &["team", "id"]),
    ("app", &["team", "id"]),
    ("token", &["team", "hash"]),
    ("code", &["hash"]),
    ("invitation", &["team", "id"]),
    ("invitation_side", &["team", "id"]),
    ("outbox", &["team", "ts"]),
    ("mail", &["team", "id"]),
    ("delivery_hold", &["app"]),
];

/// The statement as PostgreSQL has it.
pub(crate) fn postgres(sql: &str) -> String {
    let (sql, end) = match upsert(sql) {
        Some(changed) => changed,
        None => (sql.to_owned(), String::new()),
    };
    let mut text = words(&sql);
    text.push_str(&words(&end));
    text
}

/// `insert or replace` and `insert or ignore` without their middle, and what takes its place at
/// the end.
fn upsert(sql: &str) -> Option<(String, String)> {
    let sql = sql.trim_start();
    let (rest, replace) = match sql.strip_prefix("insert or replace into ") {
        Some(rest) => (rest, true),
        None => (sql.strip_prefix("insert or ignore into ")?, false),
    };
    let begins = format!("insert into {rest}");
    if !replace {
        return Some((begins, " on conflict do nothing".to_owned()));
    }
    let (table, rest) = rest.split_once(' ')?;
    let columns = rest.trim_start().strip_prefix('(')?.split_once(')')?.0;
    let key = KEYS.iter().find(|(name, _)| *name == table)?.1;
    let set: Vec<String> = columns
        .split(',')
        .map(str::trim)
        .filter(|column| !key.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let key = key.join(", ");
    let end = if set.is_empty() {
        format!(" on conflict ({key}) do nothing")
    } else {
        format!(" on conflict ({key}) do update set {}", set.join(", "))
    };
    Some((begins, end))
}

/// Outside of quotes: `?1` as `$1`, and the word `user`, which is reserved, in quotes.
fn words(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 16);
    let mut quoted = false;
    let mut word = String::new();
    for c in sql.chars() {
        if c == '\'' {
            quoted = !quoted;
        }
        if !quoted && (c.is_ascii_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        push_word(&mut text, &mut word);
        text.push(if c == '?' && !quoted { '$' } else { c });
    }
    push_word(&mut text, &mut word);
    text
}

fn push_word(text: &mut String, word: &mut String) {
    if word == "user" {
        text.push_str("\"user\"");
    } else {
        text.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::postgres;

    #[test]
    fn statements_are_told_in_the_other_dialect() {
        for (sql, told) in [
            (
                "select user from member where team = ?1 and channel = ?2 and user >= ?3 limit ?12",
                "select \"user\" from member where team = $1 and channel = $2 and \"user\" >= $3 limit $12",
            ),
            (
                "select m.user, user_by_id, '?1 user' from user m",
                "select m.\"user\", user_by_id, '?1 user' from \"user\" m",
            ),
            (
                "insert or replace into place (user, channel, team) values (?1, ?2, ?3)",
                "insert into place (\"user\", channel, team) values ($1, $2, $3) on conflict (\"user\", channel) do update set team = excluded.team",
            ),
            (
                "insert or ignore into channel_share (team, channel) select 1, 2",
                "insert into channel_share (team, channel) select 1, 2 on conflict do nothing",
            ),
        ] {
            assert_eq!(postgres(sql), told);
        }
    }
}

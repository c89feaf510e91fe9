//! Names that somebody may have meant.

/// At most three of `names`, the nearest first; none that is far.
pub(crate) fn names<'n>(meant: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let meant = meant.to_lowercase();
    let mut near: Vec<_> = names
        .into_iter()
        .map(|name| (distance(&meant, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            *distance <= 1 + meant.len() / 4 || (meant.len() > 2 && name.contains(&meant))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// How many letters are to be put in, taken out or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        let known = [
            "conversations.invite",
            "conversations.info",
            "users.info",
            "api.test",
        ];
        assert_eq!(
            names("conversation.invite", known)[0],
            "conversations.invite"
        );
        assert_eq!(names("invite", known), ["conversations.invite"]);
        assert_eq!(names("Users.Info", known)[0], "users.info");
        assert!(names("zzz", known).is_empty());
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}

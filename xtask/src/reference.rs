//! `cargo xtask reference DIR`: the table in `reference/` against a folder of material.
//!
//! The folder holds `methods/` (one JSON file per method, and the subfolders `docs.slack.dev`,
//! `legacy` and `_errors`), `facts.md`, and beside it `seeds/`. What `facts.md` says of a method
//! overrides the JSON files: such a difference is told and does not fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value as Json;
use toml::Table;

use crate::place;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with the material
    dir: PathBuf,
}

type Names = BTreeSet<String>;

/// The seeds with lists of codes, by the beginnings of their names.
const SEEDS: [(&str, &str); 3] = [
    ("channels.invite", "001_"),
    ("conversations.invite", "002_"),
    ("conversations.inviteShared", "003_"),
];
const CHARSET: [&str; 2] = ["missing_charset", "superfluous_charset"];

pub(crate) fn run(args: &Args) -> Result<()> {
    let facts = fs::read_to_string(args.dir.join("facts.md"))
        .with_context(|| format!("{} is not such a folder", args.dir.display()))?;
    let mut differences = Vec::new();
    let (common, methods) = table()?;
    let listed = json(&args.dir.join("methods/_errors/common.json"))?
        .context("there is no methods/_errors/common.json")?;
    let newer_common = codes(&common, "errors", Some("newer"));
    note(
        &mut differences,
        "*",
        "error",
        &newer_common,
        &keys(&listed["errors"]),
    );
    for (name, method) in &methods {
        compare(
            &args.dir.join("methods"),
            name,
            method,
            &newer_common,
            &mut differences,
        )?;
    }
    for (name, beginning) in SEEDS {
        let text = seed(&args.dir.join("../seeds"), beginning)?;
        let mut here = codes(&methods[name], "errors", Some("seed"));
        here.extend(codes(&methods[name], "warnings", Some("seed")));
        note(&mut differences, name, "code of the seed", &here, &text);
    }
    let mut open = 0;
    for Difference {
        method,
        what,
        name,
        here,
    } in &differences
    {
        let side = if *here {
            "in the table only"
        } else {
            "in the material only"
        };
        let says = *here && says(&facts, method, name);
        open += usize::from(!says);
        let verdict = if says {
            "facts.md has it"
        } else {
            "unexplained"
        };
        println!("{method}: {what} {name}: {side}; {verdict}");
    }
    println!(
        "{} methods, {} differences, {open} unexplained",
        methods.len(),
        differences.len()
    );
    ensure!(
        open == 0,
        "the table in reference/ is not what {} says",
        args.dir.display()
    );
    Ok(())
}

struct Difference {
    method: String,
    what: &'static str,
    name: String,
    /// Whether it is the table that has it.
    here: bool,
}

fn note(to: &mut Vec<Difference>, method: &str, what: &'static str, here: &Names, there: &Names) {
    for name in here.symmetric_difference(there) {
        to.push(Difference {
            method: method.to_owned(),
            what,
            name: name.clone(),
            here: here.contains(name),
        });
    }
}

/// `common.toml`, and every method of the other files.
fn table() -> Result<(Table, BTreeMap<String, Table>)> {
    let (mut common, mut methods) = (Table::new(), BTreeMap::new());
    for file in fs::read_dir(place::root().join("reference"))? {
        let path = file?.path();
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.extension().is_none_or(|end| end != "toml") || stem == "deviations" {
            continue;
        }
        let table: Table = toml::from_str(&fs::read_to_string(&path)?)
            .with_context(|| path.display().to_string())?;
        if stem == "common" {
            common = table;
            continue;
        }
        for (name, method) in table {
            let method = method.as_table().context("a method is a table")?;
            methods.insert(name, method.clone());
        }
    }
    Ok((common, methods))
}

fn compare(
    dir: &Path,
    name: &str,
    method: &Table,
    common: &Names,
    to: &mut Vec<Difference>,
) -> Result<()> {
    let file = format!("{name}.json");
    let here = codes(method, "args", None);
    let needed: Names = (method["args"].as_table().into_iter().flatten())
        .filter(|(_, arg)| arg["required"].as_bool() == Some(true))
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(old) = json(&dir.join("legacy").join(&file))? {
        note(
            to,
            name,
            "error",
            &codes(method, "errors", Some("retired")),
            &keys(&old["errors"]),
        );
        note(to, name, "argument", &here, &keys(&old["args"]));
    }
    if let Some(newer) = json(&dir.join(&file))? {
        let mut errors = codes(method, "errors", Some("newer"));
        if method["sources"].get("seed").is_none() {
            errors.extend(common.iter().cloned());
        }
        note(to, name, "error", &errors, &keys(&newer["errors"]));
    }
    let Some(page) = json(&dir.join("docs.slack.dev").join(&file))? else {
        return Ok(());
    };
    let mut there = keys(&page["args"]["properties"]);
    there.remove("token");
    note(to, name, "argument", &here, &there);
    let mut there = strings(&page["args"]["required"]);
    there.remove("token");
    note(to, name, "required argument", &needed, &there);
    for token in ["bot", "user"] {
        let what = if token == "bot" {
            "bot scope"
        } else {
            "user scope"
        };
        note(
            to,
            name,
            what,
            &scopes(&method["scopes"][token]),
            &strings(&page["scope"][token]),
        );
    }
    let own: Names = codes(method, "warnings", None);
    let own = own
        .into_iter()
        .filter(|code| !CHARSET.contains(&code.as_str()))
        .collect();
    note(to, name, "warning", &own, &keys(&page["warnings"]));
    let tier = page["rate_limits"].as_str().unwrap_or_default();
    let tier = if tier == "t5" {
        "special"
    } else {
        tier.trim_start_matches('t')
    };
    let told = |value: &toml::Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let one = |text: String| Names::from([text]);
    for (what, here, there) in [
        ("tier", told(&method["tier"]), tier.to_owned()),
        (
            "verb",
            told(&method["verb"]),
            page["http_method"].as_str().unwrap_or_default().to_owned(),
        ),
        (
            "JSON",
            told(&method["json"]),
            page["json_input_supported"]
                .as_bool()
                .unwrap_or_default()
                .to_string(),
        ),
    ] {
        note(to, name, what, &one(here), &one(there));
    }
    Ok(())
}

/// The names in a part of an entry; with `from`, those which that source lists.
fn codes(entry: &Table, part: &str, from: Option<&str>) -> Names {
    let names = entry.get(part).and_then(|part| part.as_table());
    let listed = |value: &toml::Value| {
        let sources = value.get("from").and_then(|from| from.as_array());
        from.is_none_or(|from| {
            sources
                .is_some_and(|sources| sources.iter().any(|source| source.as_str() == Some(from)))
        })
    };
    (names.into_iter().flatten())
        .filter(|(_, value)| listed(value))
        .map(|(name, _)| name.clone())
        .collect()
}

/// The scopes of a token, whatever the conversation.
fn scopes(value: &toml::Value) -> Names {
    let lists: Vec<&toml::Value> = match value {
        toml::Value::Table(kinds) => kinds.values().collect(),
        list => vec![list],
    };
    let entries = lists
        .into_iter()
        .filter_map(|list| list.as_array())
        .flatten();
    entries
        .filter_map(|scope| scope.as_str())
        .map(str::to_owned)
        .collect()
}

fn keys(value: &Json) -> Names {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect()
}

fn strings(value: &Json) -> Names {
    let entries = value.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| entry.as_str())
        .map(str::to_owned)
        .collect()
}

/// A file's JSON, if there is such a file.
fn json(path: &Path) -> Result<Option<Json>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path)?;
    let value = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(Some(value))
}

/// The codes and warnings a seed lists: what stands alone, or first in a row, after its heading.
fn seed(dir: &Path, beginning: &str) -> Result<Names> {
    let files = fs::read_dir(dir)?.filter_map(|file| Some(file.ok()?.path()));
    let is_it = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(beginning))
    };
    let path = files.into_iter().find(is_it).context("a seed is missing")?;
    let text = fs::read_to_string(path)?;
    let list = text
        .rfind("This table lists the expected errors")
        .map_or("", |at| &text[at..]);
    let end = list.find("Need a token?").unwrap_or(list.len());
    let code = |line: &str| {
        let line = line.trim();
        let first = line
            .trim_start_matches('|')
            .split('|')
            .next()?
            .trim()
            .trim_matches('`');
        let is_code = first.contains('_') || line.contains('|') || first == "accesslimited";
        let plain = !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        (plain && (is_code || SINGLE.contains(&first))).then(|| first.to_owned())
    };
    Ok(list[..end].lines().filter_map(code).collect())
}

/// Codes of one word, which stand alone on a line.
const SINGLE: [&str; 2] = ["ratelimit", "ratelimited"];

/// Whether what `facts.md` has on a method names this.
fn says(facts: &str, method: &str, name: &str) -> bool {
    let head = format!("**`{method}`**\n");
    let Some(at) = facts.find(&head) else {
        return false;
    };
    let block = &facts[at + head.len()..];
    let end = block.find("\n\n").unwrap_or(block.len());
    block[..end].contains(&format!("`{name}`")) || block[..end].contains(&format!("\"{name}\""))
}

//! World files for the measured servers, written as a stream: the largest has a million
//! people, and JSON of such a size is better not built in memory first.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;

use super::pool::{Span, channel_id, text, user_id};
use super::wire::TOKEN;

/// One workspace, `users` people and some groups of like channels. The bot that invites
/// and the creator are members everywhere and are not among the numbered people.
pub(crate) struct World {
    pub(crate) users: u32,
    pub(crate) channels: Vec<Channels>,
}

/// Channels that begin with the same people.
#[derive(Clone, Copy)]
pub(crate) struct Channels {
    pub(crate) span: Span,
    /// The people `0..members`, beside the bot and the creator.
    pub(crate) members: u32,
}

const CREATOR: &str = "UBENCHOWN";
const BOT: &str = "UBENCHBOT";

impl World {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        write!(
            out,
            r#"{{"version":1,"workspaces":[{{"id":"T0BENCH01","name":"Bench","domain":"bench","users":[
{{"id":"{CREATOR}","name":"creator","email":"creator@bench.test","role":"primary_owner"}}"#
        )?;
        for number in 0..self.users {
            let id = text(user_id(number));
            let name = format!("u{number}");
            write!(
                out,
                ",\n{{\"id\":\"{id}\",\"name\":\"{name}\",\"email\":\"{name}@bench.test\"}}"
            )?;
        }
        write!(out, "],\n\"channels\":[")?;
        let mut comma = "";
        for group in &self.channels {
            let members: String = (0..group.members)
                .map(|number| format!(",\"{}\"", text(user_id(number))))
                .collect();
            for number in group.span.first..group.span.first + group.span.count {
                let id = text(channel_id(number));
                write!(
                    out,
                    "{comma}\n{{\"id\":\"{id}\",\"name\":\"bench-{number:06}\",\"creator\":\"{CREATOR}\",\
                     \"members\":[\"{CREATOR}\",\"{BOT}\"{members}]}}"
                )?;
                comma = ",";
            }
        }
        write!(
            out,
            r#"],
"apps":[{{"id":"A0BENCH01","name":"bench","bot_user":{{"id":"{BOT}","name":"bench"}}}}],
"tokens":[{{"token":"{TOKEN}","app":"A0BENCH01","user":"{BOT}","scopes":["channels:manage","channels:read","users:read"]}}]}}]}}
"#
        )?;
        out.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Channels, Span, World};

    #[test]
    fn a_world_is_json_with_the_channels_asked_for() {
        let group = |first, count, members| Channels {
            span: Span { first, count },
            members,
        };
        let world = World {
            users: 5,
            channels: vec![group(0, 2, 0), group(2, 1, 3)],
        };
        let path = std::env::temp_dir().join(format!("bench-world-{}.json", std::process::id()));
        world.write(&path).unwrap();
        let read: serde_json::Value =
            serde_json::from_reader(std::fs::File::open(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        let workspace = &read["workspaces"][0];
        assert_eq!(workspace["users"].as_array().unwrap().len(), 6);
        assert_eq!(
            workspace["channels"][1]["members"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        assert_eq!(
            workspace["channels"][2]["members"]
                .as_array()
                .unwrap()
                .len(),
            5
        );
    }
}

//! Slack exports made up for tests.

use std::{
    io::{Cursor, Write},
    path::{Path, PathBuf},
};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A zip archive of these files.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A file that is gone when this is dropped.
pub(crate) struct TempFile(pub(crate) PathBuf);

impl TempFile {
    pub(crate) fn new(name: &str, bytes: &[u8]) -> Self {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("guestlist-export-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if let Some(folder) = self.0.parent() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// An export with so many people, and so many channels of so many members each. Entries
/// have the fields that real ones have, most of which are not read.
pub(crate) fn large(users: usize, channels: usize, members: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("users.json", SimpleFileOptions::default())
        .unwrap();
    let list = |count: usize, one: &dyn Fn(usize) -> String| {
        (0..count).map(one).collect::<Vec<_>>().join(",\n")
    };
    write!(zip, "[{}]", list(users, &large_user)).unwrap();
    zip.start_file("channels.json", SimpleFileOptions::default())
        .unwrap();
    write!(
        zip,
        "[{}]",
        list(channels, &|channel| large_channel(channel, members, users))
    )
    .unwrap();
    zip.finish().unwrap().into_inner()
}

fn large_user(number: usize) -> String {
    format!(
        r#"{{"id":"U{number:09}","team_id":"T0LARGE","name":"user{number}","deleted":false,"color":"9f69e7",
"real_name":"User Number {number}","tz":"Europe\/Zurich","tz_label":"Central European Time","tz_offset":3600,
"profile":{{"title":"Engineer","phone":"","skype":"","real_name":"User Number {number}","real_name_normalized":"User Number {number}",
"display_name":"user{number}","display_name_normalized":"user{number}","fields":{{}},"status_text":"","status_emoji":"",
"avatar_hash":"g0123456789","email":"user{number}@large.test","first_name":"User","last_name":"Number",
"image_24":"https:\/\/avatars.test\/{number}-24.png","image_192":"https:\/\/avatars.test\/{number}-192.png","team":"T0LARGE"}},
"is_admin":{admin},"is_owner":{admin},"is_primary_owner":{admin},"is_restricted":false,"is_ultra_restricted":false,"is_bot":false,
"is_app_user":false,"updated":1640995200}}"#,
        admin = number == 0,
    )
}

fn large_channel(number: usize, members: usize, users: usize) -> String {
    let ids: Vec<String> = (0..members)
        .map(|i| format!("\"U{:09}\"", (number * 31 + i) % users))
        .collect();
    format!(
        r#"{{"id":"C{number:09}","name":"channel-{number}","created":1577836800,"creator":"U{:09}","is_archived":false,
"is_general":{},"members":[{}],"topic":{{"value":"Topic {number}","creator":"U000000000","last_set":1577836801}},
"purpose":{{"value":"","creator":"","last_set":0}}}}"#,
        number % users,
        number == 0,
        ids.join(","),
    )
}

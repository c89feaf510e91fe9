//! What strangers may send and operators may load, made up by a fuzzer.
//!
//! Each target reads bytes as one kind of hostile input, goes in where the server or the command
//! goes in, and states what must hold of whatever comes out. `cargo xtask fuzz TARGET` runs one as
//! long as you like, `cargo xtask test fuzz` all of them for a moment; without a fuzzer a target is
//! a program that reads the files it is given, and the tests here read every seed.

mod altered;
mod bodies;
mod exports;
mod headers;
mod holds;
mod provisioning;
mod worlds;

pub use bodies::{form, json, multipart, names};
pub use exports::export;
pub use headers::{content_types, tokens};
pub use provisioning::scim;
pub use worlds::world;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use libfuzzer_sys;

/// Makes a program of a target: a fuzzer, or one that reads files.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        use $crate::libfuzzer_sys;
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name(data));
        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::replay($crate::$name)
        }
    };
}

/// Gives the files named on the command line to a target.
pub fn replay(target: fn(&[u8])) -> std::io::Result<()> {
    for file in std::env::args_os().skip(1) {
        target(&std::fs::read(file)?);
    }
    Ok(())
}

/// The first line and what comes after it.
fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, b""),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// A target's name and what it does.
    type Target = (&'static str, fn(&[u8]));

    const TARGETS: [Target; 9] = [
        ("form", super::form),
        ("multipart", super::multipart),
        ("json", super::json),
        ("content_types", super::content_types),
        ("names", super::names),
        ("tokens", super::tokens),
        ("scim", super::scim),
        ("world", super::world),
        ("export", super::export),
    ];

    #[test]
    fn every_seed_holds() {
        for (name, target) in TARGETS {
            let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("seeds")
                .join(name);
            let mut count = 0;
            for seed in seeds.read_dir().unwrap() {
                let path = seed.unwrap().path();
                println!("{}", path.display());
                target(&std::fs::read(path).unwrap());
                count += 1;
            }
            assert!(count > 2, "{name} has {count} seeds");
        }
    }

    #[test]
    fn every_target_is_listed() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
        let mut files: Vec<String> = folder
            .read_dir()
            .unwrap()
            .map(|file| {
                let path = file.unwrap().path();
                path.file_stem().unwrap().to_str().unwrap().to_owned()
            })
            .collect();
        files.sort();
        let mut listed = TARGETS.map(|(name, _)| name);
        listed.sort_unstable();
        assert_eq!(files, listed);
    }
}

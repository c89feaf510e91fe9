//! Where things lie: the checkout, the build folder, and throw-away folders inside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::shell;

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the checkout")
}

/// Cargo's build folder, wherever the environment puts it.
pub(crate) fn target() -> Result<PathBuf> {
    let mut cargo = shell::cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let text = shell::output(&mut cargo)?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata is not JSON")?;
    let target = metadata["target_directory"]
        .as_str()
        .context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(target))
}

/// Builds the release binary `guestlist` and says where it is.
pub(crate) fn release_binary() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["build", "--release", "--package", "guestlist-cli"]))?;
    let binary = target()?
        .join("release")
        .join(format!("guestlist{}", std::env::consts::EXE_SUFFIX));
    anyhow::ensure!(binary.is_file(), "the build left no {}", binary.display());
    Ok(binary)
}

/// A folder for one run. It stays when the run fails, since what went wrong can be read there.
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub(crate) fn new(step: &str) -> Result<Scratch> {
        let path = target()?
            .join("xtask")
            .join(format!("{step}-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Scratch { path })
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes the folder after a run that succeeded; names it after one that did not.
    pub(crate) fn close(self, outcome: Result<()>) -> Result<()> {
        match outcome {
            Ok(()) => fs::remove_dir_all(&self.path).context("cannot clean up"),
            Err(error) => {
                eprintln!(
                    "the data and the server's log are kept in {}",
                    self.path.display()
                );
                Err(error)
            }
        }
    }
}

/// Copies one file, naming both ends if it fails.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

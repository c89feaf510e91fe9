//! Files of a data directory that are their owner's alone.
//!
//! Who holds `lock` is told the control token by every command, and who reads `control-token` has it.
//! So neither is taken from where another user may have put it.

use rustix::fs::OFlags;
use std::{
    fs::{File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::Path,
};

/// What others may do with a file, in its mode.
const OTHERS: u32 = 0o077;
const OWNERS: u32 = 0o600;

/// Opens a file, no symbolic link, that belongs to whoever runs this, to root, or to the owner of the
/// directory it is in. One that is made is its owner's alone.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Who opens a pipe would wait for its other end.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = options
        .mode(OWNERS)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => {
            io::Error::other("it is a symbolic link, which is not followed")
        }
        _ => error,
    })?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let directory = directory(path)?;
    let me = rustix::process::geteuid().as_raw();
    if ![me, 0, directory.uid()].contains(&found.uid()) {
        return Err(io::Error::other(format!(
            "it belongs to another user ({}), who may have put it there",
            found.uid()
        )));
    }
    Ok(file)
}

fn directory(path: &Path) -> io::Result<Metadata> {
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => parent.metadata(),
        None => Path::new(".").metadata(),
    }
}

/// Whether others than its owner may do something with a file.
pub fn is_open_to_others(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.mode() & OTHERS != 0)
}

/// From now on a file is its owner's alone, unless the file system knows no such thing: `false`. Who has
/// it open keeps it so.
pub fn close_to_others(file: &File) -> io::Result<bool> {
    file.set_permissions(Permissions::from_mode(OWNERS))?;
    Ok(!is_open_to_others(file)?)
}

/// Whether files in a directory can be closed to others: some file systems show all as open. Where that
/// cannot be found out they count as able to.
pub(crate) fn knows_modes(directory: &Path) -> bool {
    let probe = directory.join(format!(".mode-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    let made = open(&probe, &mut options).and_then(|file| close_to_others(&file));
    let _ = std::fs::remove_file(&probe);
    made.unwrap_or(true)
}

/// Gives a file that root has made to the owner of the directory it is in, who will need it.
pub(crate) fn give_to_owner(file: &File, path: &Path) -> io::Result<()> {
    let owner = directory(path)?;
    let made_by_root = file.metadata()?.uid() == 0 && owner.uid() != 0;
    if made_by_root && rustix::process::geteuid().is_root() {
        fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// Whether a file that was opened is still the one at its path.
pub(crate) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match path.symlink_metadata() {
        Ok(found) => Ok((found.dev(), found.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

//! What lies under the engine's directory: which names are its, and which others it would stumble over.
//!
//! The engine goes by names. Some that are not its own it leaves alone; at others it gives up, panics, or removes what is there.
//! So everything is looked at before it opens. What it leaves alone is left alone here too; the rest is refused by name.
#![expect(
    clippy::disallowed_methods,
    reason = "the disk store owns its directory; the path comes from the operator, never from a class or client"
)]

use std::{
    fs::{self, DirEntry, FileType},
    io,
    path::{Path, PathBuf},
};

use super::files::{self, NotOurs};

/// Keyspaces a store has: its tables and the engine's own.
const KEYSPACES: usize = 6;

/// A file of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EngineFile {
    /// Relative to the engine's directory, parts joined by `/`.
    pub(crate) path: String,
    pub(crate) at: PathBuf,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileKind {
    File,
    /// A file that is written in place, and so must have one name only.
    Single,
    Directory,
    /// Nothing to the engine: it leaves it alone.
    Ignored,
    /// Nothing of the engine's, and it does not leave it alone.
    Stray,
}

/// What the engine makes of `parts`, a path below its directory.
fn kind(parts: &[&str]) -> FileKind {
    let is_number = |name: &str| name.parse::<u64>().is_ok_and(|n| n.to_string() == name);
    match parts {
        ["version"] => FileKind::File,
        ["lock"] => FileKind::Single,
        ["keyspaces"] => FileKind::Directory,
        [name] => match name.rsplit_once('.') {
            Some((number, "jnl")) if is_number(number) => FileKind::Single,
            Some((_, end)) if end.eq_ignore_ascii_case("jnl") => FileKind::Stray,
            _ => FileKind::Ignored,
        },
        ["keyspaces", name] if is_number(name) => FileKind::Directory,
        // Files are left alone here; a directory it would take for a table.
        ["keyspaces", _] => FileKind::Stray,
        ["keyspaces", _, "tables" | "blobs"] => FileKind::Directory,
        ["keyspaces", _, "current"] => FileKind::File,
        ["keyspaces", _, name] => match name.strip_prefix('v') {
            Some(number) if is_number(number) => FileKind::File,
            // It removes what looks like an old version.
            Some(_) => FileKind::Stray,
            None => FileKind::Ignored,
        },
        ["keyspaces", _, _, name] if is_number(name) => FileKind::File,
        ["keyspaces", _, _, name] if *name == ".DS_Store" || name.starts_with("._") => {
            FileKind::Ignored
        }
        _ => FileKind::Stray,
    }
}

/// Whether a file at this path below the engine's directory is one of the engine's that keeps something: not its lock.
pub(super) fn keeps(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(kind(&parts), FileKind::File | FileKind::Single) && path != "lock"
}

/// The engine's files, in order of their paths.
///
/// # Errors
/// Something else is under a name of its, or under one that it would stumble over; the error names it and says what to do.
pub(crate) fn files(engine: &Path) -> io::Result<Vec<EngineFile>> {
    let mut found = Vec::new();
    walk(engine, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Returns whether to look below.
fn look(
    entry: &DirEntry,
    path: String,
    parts: &[&str],
    found: &mut Vec<EngineFile>,
) -> io::Result<bool> {
    let at = entry.path();
    let what = entry.file_type()?;
    // Beside its journals the engine takes no name that is not text.
    let is_text = parts.len() > 1 || entry.file_name().to_str().is_some();
    match kind(parts) {
        FileKind::Ignored if !is_text => return Err(stray(&at, what)),
        FileKind::Directory if what.is_dir() => return Ok(true),
        FileKind::File => files::check_kind(&at, what)?,
        FileKind::Single => {
            files::check_kind(&at, what)?;
            files::check_single(&at, &entry.metadata()?)?;
        }
        FileKind::Ignored => return Ok(false),
        FileKind::Stray if parts.len() == 2 && what.is_file() => return Ok(false),
        FileKind::Directory | FileKind::Stray => return Err(stray(&at, what)),
    }
    found.push(EngineFile { path, at });
    Ok(false)
}

fn stray(at: &Path, what: FileType) -> io::Error {
    let kind = files::kind(what);
    NotOurs::error(at, format!("is {kind} that is not the store's; remove it"))
}

/// Adds the files of a directory whose path, with a slash, is `prefix`.
fn walk(directory: &Path, prefix: &str, found: &mut Vec<EngineFile>) -> io::Result<()> {
    let entries = fs::read_dir(directory).map_err(|error| files::named(directory, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| files::named(directory, error))?;
        let name = entry.file_name();
        // A name that is no text is never the engine's; as text it is none of them either.
        let path = format!("{prefix}{}", name.to_string_lossy());
        let parts: Vec<&str> = path.split('/').collect();
        let below = look(&entry, path.clone(), &parts, found)
            .map_err(|error| files::named(&entry.path(), error))?;
        if below {
            walk(&entry.path(), &format!("{path}/"), found)?;
        }
    }
    Ok(())
}

/// What a store that was once whole lacks, if anything: the engine would begin anew without it, and say nothing.
pub(super) fn missing(engine: &Path) -> io::Result<Option<String>> {
    for name in ["", "version", "keyspaces"] {
        let path = engine.join(name);
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            let name = Path::new("engine").join(name);
            let name = name.to_string_lossy();
            return Ok(Some(format!("{} is missing", name.trim_end_matches('/'))));
        }
    }
    let found = files(engine)?;
    let tables = found
        .iter()
        .filter(|file| file.path.starts_with("keyspaces/") && file.path.ends_with("/current"));
    match tables.count() {
        0..KEYSPACES => Ok(Some("a table under engine/keyspaces is missing".to_owned())),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_engines_or_left_alone_or_in_its_way() {
        let of = |path: &str| kind(&path.split('/').collect::<Vec<_>>());
        for path in [
            "version",
            "keyspaces/1/current",
            "keyspaces/1/v12",
            "keyspaces/3/tables/0",
        ] {
            assert_eq!(of(path), FileKind::File, "{path}");
        }
        for path in ["lock", "0.jnl", "17.jnl"] {
            assert_eq!(of(path), FileKind::Single, "{path}");
        }
        for path in [
            ".DS_Store",
            ".nfs0000a1",
            "0.jnl~",
            "notes",
            "keyspaces/1/.tmpAbC",
            "keyspaces/1/tables/._3",
        ] {
            assert_eq!(of(path), FileKind::Ignored, "{path}");
        }
        for path in [
            "x.jnl",
            "00.jnl",
            "0.JNL",
            "keyspaces/x",
            "keyspaces/1/v12~",
            "keyspaces/1/tables/.nfs1",
            "keyspaces/1/tables/3~",
        ] {
            assert_eq!(of(path), FileKind::Stray, "{path}");
        }
        assert!(keeps("0.jnl") && !keeps("lock") && !keeps(".DS_Store"));
    }
}

//! Reads a configuration file as carefully as a class file: it chooses which native code runs.

use std::path::Path;

use sandbox::{FileRefused, ScopedDir, Trust};

use super::ConfigError;

/// Larger files are no configuration.
const MAX_FILE: u64 = 1 << 20;

/// The text of the file at `path`, `None` when there is none.
///
/// The directory that holds the name, the file it leads to (a link is followed, as configuration trees are often
/// made of links) and that file's directory must belong to root or to us, and be writable by nobody else.
///
/// # Errors
/// It could be somebody else's, or is no text.
#[expect(
    clippy::disallowed_methods,
    reason = "only asks where a link leads; what is there is read through a descriptor"
)]
pub fn read_trusted(path: &Path) -> Result<Option<String>, ConfigError> {
    let trust = Trust::of_this_process();
    let directory = |path: &Path| -> Result<Option<ScopedDir>, ConfigError> {
        // `radula.toml` alone has an empty parent, which is the current directory.
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        match ScopedDir::open(parent, &trust) {
            Ok(directory) => Ok(Some(directory)),
            Err(refused) if refused.is_missing() => Ok(None),
            Err(refused) => Err(ConfigError::Directory(refused)),
        }
    };
    if directory(path)?.is_none() {
        return Ok(None);
    }
    let Ok(target) = path.canonicalize() else {
        return Ok(None);
    };
    let (Some(directory), Some(name)) = (directory(&target)?, target.file_name()) else {
        return Ok(None);
    };
    let bytes = match directory.read_verified(&name.to_string_lossy(), MAX_FILE) {
        Ok(file) => file.bytes,
        Err(FileRefused::Missing { .. }) => return Ok(None),
        Err(FileRefused::Empty { .. }) => return Ok(Some(String::new())),
        Err(refused) => return Err(ConfigError::File(refused)),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(ConfigError::NotText {
            path: path.to_owned(),
        }),
    }
}

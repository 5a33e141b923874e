//! The one kind of symbolic link that is followed: from a library's name to the same name with a version after it, in the
//! same directory, as `libcls_lock.so -> libcls_lock.so.1 -> libcls_lock.so.1.0.0`. Distributions install libraries so, Ceph's
//! classes among them. The file behind it passes every check a file of the plain name passes, and no link makes one class
//! another.

use rustix::{
    fs::{AtFlags, FileType},
    io::Errno,
};

use super::ScopedDir;

/// Steps from a name to its file. Distributions take two.
const MAX_STEPS: usize = 4;

impl ScopedDir {
    /// The name of the file that `name` stands for: the last of a chain of such links, or `name` itself when it is something
    /// else. A chain that breaks ends at the link that is not followed.
    pub(super) fn behind_links(&self, name: &str) -> Result<String, Errno> {
        let stat = |name: &str| rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW);
        let mut name = name.to_owned();
        let mut facts = stat(&name)?;
        for _ in 0..MAX_STEPS {
            let is_link = FileType::from_raw_mode(facts.st_mode) == FileType::Symlink;
            // Who owns the link says where it leads.
            if !is_link || !self.trust.contains(facts.st_uid) {
                break;
            }
            let target = rustix::fs::readlinkat(&self.fd, &name, Vec::new())?;
            let Some(target) = target.to_str().ok().filter(|to| is_version_of(&name, to)) else {
                break;
            };
            // A link into the void is still there: it must not look as if the class had no file.
            facts = match stat(target) {
                Err(Errno::NOENT) => break,
                facts => facts?,
            };
            name = target.to_owned();
        }
        Ok(name)
    }
}

/// Whether `target` is `name` with a version after it.
fn is_version_of(name: &str, target: &str) -> bool {
    let version = target
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('.'));
    version.is_some_and(|version| {
        version
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::is_version_of;

    #[test]
    fn a_version_is_numbers_behind_the_whole_name() {
        let name = "libcls_x.so";
        for target in ["libcls_x.so.1", "libcls_x.so.1.0.0"] {
            assert!(is_version_of(name, target), "{target}");
        }
        for target in [
            "libcls_x.so",
            "libcls_y.so.1",
            "libcls_x.so.",
            "libcls_x.so.1/",
            "libcls_x.so.1/../libcls_y.so",
            "../libcls_x.so.1",
            "/libcls_x.so.1",
            "libcls_x.so.d",
            "libcls_x.so.1.",
        ] {
            assert!(!is_version_of(name, target), "{target}");
        }
    }
}

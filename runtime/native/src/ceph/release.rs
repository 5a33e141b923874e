//! Which releases of Ceph a class file was built for.

use objclass::OpenError;

use super::HostLibrary;
use crate::{Refused, elf::Image, identity::refuse};

/// An import that only some releases can satisfy.
struct Mark {
    /// How its symbol begins.
    symbol: &'static str,
    /// The first major release that has it.
    first: u32,
    /// The last.
    last: u32,
    /// The two in words.
    releases: &'static str,
}

/// What tells. Most class files import nothing of the kind and run on either side; what is missed here the dynamic linker
/// refuses, with the symbol and before any code ran, as these libraries are bound when they are opened.
const MARKS: &[Mark] = &[
    Mark {
        symbol: "_Z14strict_strtollPKciPNS",
        first: 0,
        last: 16,
        releases: "16 or earlier",
    },
    Mark {
        symbol: "_ZN4ceph13JSONFormatter9dump_nullE",
        first: 17,
        last: u32::MAX,
        releases: "17 or later",
    },
    Mark {
        symbol: "_Z14cls_cxx_gatherPv",
        first: 17,
        last: u32::MAX,
        releases: "17 or later",
    },
    Mark {
        symbol: "_Z14cls_get_configPv",
        first: 17,
        last: u32::MAX,
        releases: "17 or later",
    },
];

/// Refuses a class of a release whose libceph-common is not the one of this process.
pub(crate) fn check_release(image: &Image<'_>, host: &HostLibrary) -> Result<(), OpenError> {
    // A release that cannot be read, as of a build from git, is left to the linker.
    let Some(major) = major(&host.release) else {
        return Ok(());
    };
    for import in image.imports() {
        let mark = MARKS
            .iter()
            .find(|mark| import.starts_with(mark.symbol.as_bytes()));
        if let Some(mark) = mark
            && !(mark.first..=mark.last).contains(&major)
        {
            return Err(refuse(Refused::CephRelease {
                built_for: mark.releases,
                symbol: String::from_utf8_lossy(import).into_owned(),
                here: host.release.clone(),
            }));
        }
    }
    Ok(())
}

fn major(release: &str) -> Option<u32> {
    release.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_release_is_the_first_number() {
        assert_eq!(major("16.2.15"), Some(16));
        assert_eq!(major("18.2.7-1"), Some(18));
        assert_eq!(major("Development"), None);
    }
}

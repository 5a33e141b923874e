//! What a class file may ask of the dynamic linker, by the ABI it is built for.

use crate::{Refused, elf::Image, identity::is_for_ceph};

/// The only libraries a class may link dynamically: the platform's C and C++ runtime, found by the dynamic linker where
/// it found ours. Anything else would be code that no digest covers.
const RUNTIME: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "ld-linux-riscv64-lp64d.so.1",
    "libc.so",
    "libc.musl-x86_64.so.1",
    "libc.musl-aarch64.so.1",
];

/// The rules for one ABI, and which one it is. Search paths, audit libraries and the like are refused for both.
#[derive(Debug)]
pub(crate) struct Demands {
    /// Whether the class is for a Ceph OSD.
    pub(crate) is_for_ceph: bool,
    /// Whether a library may be needed.
    pub(crate) needs: fn(String) -> Result<(), Refused>,
    /// Whether a `SONAME` is this file's own.
    pub(crate) is_own_name: fn(soname: &str, file_name: &str) -> bool,
}

/// A class of our own ABI.
const OURS: Demands = Demands {
    is_for_ceph: false,
    needs: |library| {
        if RUNTIME.contains(&library.as_str()) {
            Ok(())
        } else {
            Err(Refused::Library { library })
        }
    },
    is_own_name: |soname, file_name| soname == file_name,
};

/// A class for an OSD. It needs what Ceph links, as libfmt or liblua, and is called `libcls_NAME.so.1`.
const CEPHS: Demands = Demands {
    is_for_ceph: true,
    needs: |library| {
        // Found by the linker where it finds all libraries of this machine. A path or another class would be found elsewhere.
        if library.contains('/') || library.starts_with("libcls_") {
            Err(Refused::ForeignLibrary { library })
        } else {
            Ok(())
        }
    },
    is_own_name: is_versioned,
};

impl Demands {
    /// The rules for `image`.
    pub(crate) fn of(image: &Image<'_>) -> Result<&'static Self, Refused> {
        Ok(if is_for_ceph(image)? { &CEPHS } else { &OURS })
    }
}

/// Whether `soname` is the name of the file with a version after it, or without.
fn is_versioned(soname: &str, file_name: &str) -> bool {
    let Some(version) = soname.strip_prefix(file_name) else {
        return false;
    };
    let mut parts = version.split('.');
    parts.next() == Some("")
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_version_is_the_file_s_own() {
        let file = "libcls_x.so";
        for own in ["libcls_x.so", "libcls_x.so.1", "libcls_x.so.1.0.0"] {
            assert!(is_versioned(own, file), "{own}");
        }
        for other in [
            "libcls_x.so.",
            "libcls_x.so.a",
            "libcls_x.so1",
            "libm.so.6",
            "libcls_x",
        ] {
            assert!(!is_versioned(other, file), "{other}");
        }
    }
}

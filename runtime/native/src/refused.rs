//! Every reason a native class file is not opened.

use ceph_classes::Absent;
use objclass::{Errno, MethodName};

/// Why a native class file was refused. Reached from [`objclass::OpenError::Backend`] by downcasting.
///
/// Up to [`Dlopen`](Refused::Dlopen) no code of the file has run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No ELF magic.
    #[error("this is not an ELF file")]
    NotElf,
    /// The file ends before something its headers announce.
    #[error("the ELF file is truncated or damaged: {what}")]
    Truncated {
        /// What is missing.
        what: &'static str,
    },
    /// 32 bits, or the other byte order.
    #[error("the ELF file is {found}, this process needs 64-bit little-endian")]
    WrongFormat {
        /// What the header says.
        found: &'static str,
    },
    /// Built for another processor.
    #[error("the file is built for {found}, this process runs on {expected}")]
    WrongMachine {
        /// What the header says.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// An executable, an object file, a core dump.
    #[error("the file is {found}, not a shared library; link it with -shared")]
    NotLibrary {
        /// What the header says.
        found: &'static str,
    },
    /// A library search path would make the class depend on files nobody checked.
    #[error("the file carries {tag} {path:?}; link it without -rpath")]
    SearchPath {
        /// `RPATH` or `RUNPATH`.
        tag: &'static str,
        /// Its value.
        path: String,
    },
    /// It needs a library other than the C and C++ runtime.
    #[error(
        "the file needs {library:?}; only the C and C++ runtime may be linked dynamically, link the rest statically"
    )]
    Library {
        /// The library.
        library: String,
    },
    /// It asks the dynamic linker to load audit or filter libraries or its own configuration.
    #[error("the file carries {tag}, which loads further files")]
    Linker {
        /// The tag.
        tag: &'static str,
    },
    /// A SONAME of another library would shadow that library for everything opened later.
    #[error("the file calls itself {soname:?} (SONAME), which is not its file name {expected:?}")]
    Soname {
        /// What it says.
        soname: String,
        /// What would be right.
        expected: String,
    },
    /// Opening it would make every stack of this process executable.
    #[error("the file asks for an executable stack; link it with -z noexecstack")]
    ExecutableStack,
    /// Its code must be patched while loading, so it cannot stay read-only.
    #[error("the file has text relocations; compile it with -fPIC")]
    TextRelocations,
    /// A class for a Ceph OSD needs a library that is not found by its name alone.
    #[error(
        "the file needs {library:?}; a class for Ceph may need libraries of the system, by their names"
    )]
    ForeignLibrary {
        /// The library.
        library: String,
    },
    /// A class for a Ceph OSD, and a build that cannot open it.
    #[error(
        "the file is a class for a Ceph OSD (it exports __cls_init), and this build does not open those: {}; or rebuild the class against Radula's objclass.h",
        absent(*.reason)
    )]
    CephClass {
        /// What the build lacks.
        reason: Absent,
    },
    /// Ceph's common library is not here.
    #[error(
        "the file is a class for a Ceph OSD, and needs libceph-common (Debian: apt-get install {}): {message}",
        ceph_classes::LIBRARY_OF
    )]
    CephCommon {
        /// What the dynamic linker said.
        message: String,
    },
    /// The process is an OSD, or what else exports the functions of one.
    #[error(
        "the file is a class for a Ceph OSD, and this process is one (it exports cls_register): have Ceph open it"
    )]
    CephOsd,
    /// A class for an OSD of another release.
    #[error(
        "the class is built for Ceph {built_for} (it needs {symbol}), and this machine has libceph-common {here}; install the class of that release, or its librados2"
    )]
    CephRelease {
        /// Which releases have that.
        built_for: &'static str,
        /// What tells.
        symbol: String,
        /// The release of this process.
        here: String,
    },
    /// `__cls_init` failed, or registered nothing.
    #[error("its __cls_init failed: {message}")]
    CephInit {
        /// Why.
        message: String,
    },
    /// A symbol of the ABI is not exported.
    #[error("the file does not export {symbol}; see objclass.h")]
    MissingSymbol {
        /// The symbol.
        symbol: &'static str,
    },
    /// A symbol is there and is not what it should be.
    #[error("{symbol} is {found}; see objclass.h")]
    BadSymbol {
        /// The symbol.
        symbol: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// Built against another ABI.
    #[error(
        "the class is built for ABI {found}, this engine has ABI {expected}; rebuild it against this engine's objclass.h"
    )]
    WrongAbi {
        /// What the file says.
        found: u32,
        /// What this engine has.
        expected: u32,
    },
    /// The dynamic linker refused it: an undefined symbol, a runtime library that is missing.
    #[error("the dynamic linker refused it: {message}")]
    Dlopen {
        /// What it said.
        message: String,
    },
    /// `objclass_init` answered an error.
    #[error("objclass_init answered {errno}{}", .message.as_ref().map(|m| format!(": {m}")).unwrap_or_default())]
    Init {
        /// The error.
        errno: Errno,
        /// What the class said about it.
        message: Option<String>,
    },
    /// A panic left `objclass_init`.
    #[error("objclass_init panicked")]
    InitPanicked,
    /// A method was registered with flags other than RD, WR or both.
    #[error(
        "method {method} is registered with flags {flags:#x}; OBJCLASS_RD, OBJCLASS_WR or both are possible"
    )]
    MethodFlags {
        /// The method.
        method: MethodName,
        /// What was given.
        flags: u32,
    },
    /// A method was registered without a function.
    #[error("method {method} is registered with a null function")]
    MethodNull {
        /// The method.
        method: MethodName,
    },
    /// A method was registered through something that is not the ABI's struct.
    #[error("a method is registered {how}; use objclass_register")]
    MethodStruct {
        /// What is wrong.
        how: &'static str,
    },
}

fn absent(reason: Absent) -> String {
    match reason {
        Absent::Feature => "it lacks the feature ceph-classes".to_owned(),
        Absent::Headers => format!(
            "Ceph's headers were not there when it was built (Debian: apt-get install {})",
            ceph_classes::HEADERS_OF
        ),
    }
}

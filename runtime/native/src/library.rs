//! From checked bytes to code in this process.

use std::{
    error::Error as _,
    ffi::c_void,
    fs::File,
    io::Write,
    os::fd::{AsRawFd, IntoRawFd, OwnedFd},
    ptr::NonNull,
};

use class_abi::{Init, symbol};
use libloading::os::unix::{self, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};
use objclass::{Fault, OpenError, escaped, text::MAX_MESSAGE};
use rustix::{
    fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create},
    io::Errno,
};

use crate::{Refused, identity::refuse};

/// A library that stays in this process for ever.
///
/// It is never closed: a thread may be inside it, and thread-local destructors of its runtime may run at any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library(&'static unix::Library);

/// Who finds the symbols of a library.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// Who asks it for them.
    Own,
    /// Every library that is opened later.
    Everyone,
}

impl Scope {
    fn flags(self) -> i32 {
        RTLD_NOW
            | match self {
                Scope::Own => RTLD_LOCAL,
                Scope::Everyone => RTLD_GLOBAL,
            }
    }
}

impl Library {
    /// Opens `bytes`, which were judged, or are our own. Constructors of the library run.
    pub(crate) fn open(name: &str, bytes: &[u8], scope: Scope) -> Result<Self, OpenError> {
        let sealed = sealed(name, bytes).map_err(|error| {
            Fault::with_source(
                format!("{name} could not be put into a sealed memory file"),
                error,
            )
        })?;
        let path = format!("/proc/self/fd/{}", sealed.as_raw_fd());
        // SAFETY: opening runs the library's constructors, which is what the operator asked for by installing the file:
        // native classes are trusted. The file cannot change under the linker: it is sealed, and only we have it.
        let library =
            unsafe { unix::Library::open(Some(&path), scope.flags()) }.map_err(|error| {
                refuse(Refused::Dlopen {
                    message: said(&path, &error),
                })
            })?;
        // Nor is the descriptor ever closed. The linker knows a library by the path it was opened with: were the number
        // used again, opening another class by it would answer this library.
        let _ = sealed.into_raw_fd();
        Ok(Self(Box::leak(Box::new(library))))
    }

    /// Opens a library of the system by its name, for every library that is opened later.
    ///
    /// # Errors
    /// What the linker said.
    pub(crate) fn of_system(name: &str) -> Result<Self, String> {
        // SAFETY: a library of this machine, found where the linker finds those of every program; its constructors run.
        let library = unsafe { unix::Library::open(Some(name), Scope::Everyone.flags()) };
        match library {
            Ok(library) => Ok(Self(Box::leak(Box::new(library)))),
            Err(error) => Err(said("", &error)),
        }
    }

    /// The function that registers the methods of a class of our own ABI.
    pub(crate) fn init(self) -> Result<Init, OpenError> {
        // SAFETY: the ABI number in the file says that this symbol is a function of type `Init`.
        let init = unsafe { self.0.get::<Init>(symbol::INIT) };
        let missing = |_| {
            refuse(Refused::MissingSymbol {
                symbol: symbol::INIT,
            })
        };
        init.map(|init| *init).map_err(missing)
    }

    /// Where `symbol` is, which the library itself or one it needs defines.
    pub(crate) fn address(self, symbol: &str) -> Option<NonNull<c_void>> {
        // SAFETY: only the address is taken.
        let found = unsafe { self.0.get::<*mut c_void>(symbol) }.ok()?;
        NonNull::new(found.into_raw())
    }
}

/// Whether the program of this process, or a library that everyone sees, defines `symbol`.
pub(crate) fn is_in_process(symbol: &str) -> bool {
    // SAFETY: only looked up, and not used.
    unsafe { unix::Library::this().get::<*mut c_void>(symbol) }.is_ok()
}

/// What the dynamic linker said, without the path only we have a use for.
fn said(path: &str, error: &libloading::Error) -> String {
    let said = error
        .source()
        .map_or(error.to_string(), |cause| cause.to_string());
    let said = said.strip_prefix(path).unwrap_or(&said);
    escaped(said.trim_start_matches([':', ' ']).as_bytes(), MAX_MESSAGE)
}

/// An anonymous file with `bytes` that nobody can change, not even we.
fn sealed(name: &str, bytes: &[u8]) -> std::io::Result<OwnedFd> {
    // Not executable as a program, where the kernel knows the difference (6.3); mapping it as code is not affected.
    let strict = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING | MemfdFlags::NOEXEC_SEAL;
    let file = match memfd_create(name, strict) {
        Err(Errno::INVAL) => memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?,
        other => other?,
    };
    let mut file = File::from(file);
    file.write_all(bytes)?;
    fcntl_add_seals(
        &file,
        SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL,
    )?;
    Ok(file.into())
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the test tries to open what must not be opened"
)]
mod tests {
    use std::{fs::OpenOptions, os::fd::AsFd};

    use rustix::fs::fcntl_get_seals;

    use super::*;

    #[test]
    fn a_sealed_file_cannot_be_written_or_resized() {
        let sealed = sealed("test", b"content").unwrap();
        let mut file = File::from(sealed.try_clone().unwrap());
        assert_eq!(
            file.write_all(b"x").unwrap_err().raw_os_error(),
            Some(Errno::PERM.raw_os_error())
        );
        assert_eq!(
            file.set_len(1).unwrap_err().raw_os_error(),
            Some(Errno::PERM.raw_os_error())
        );
        let again = OpenOptions::new()
            .write(true)
            .open(format!("/proc/self/fd/{}", sealed.as_raw_fd()));
        if let Ok(mut again) = again {
            assert!(again.write_all(b"x").is_err(), "a second opening wrote");
        }
        assert!(
            fcntl_get_seals(sealed.as_fd())
                .unwrap()
                .contains(SealFlags::SEAL)
        );
    }
}

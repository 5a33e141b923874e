//! The host library and Ceph's common library, opened once in a process.

use std::{
    ffi::CStr,
    sync::{Mutex, PoisonError},
};

use ceph_classes::{Caller, Services};
use objclass::OpenError;

use crate::{
    Refused,
    identity::refuse,
    library::{Library, Scope, is_in_process},
};

/// What brings `libceph-common` with it. That library itself lies where only Ceph's programs and this one look.
const LIBRADOS: &str = "librados.so.2";

/// A function only an OSD has.
const OF_AN_OSD: &str = "cls_register";

/// What every class of Ceph's needs in the process. It stays for ever, as they do.
#[derive(Debug)]
pub(crate) struct HostLibrary {
    pub(super) library: &'static ceph_classes::Library,
    /// The release of libceph-common, as `16.2.15`.
    pub(super) release: String,
    /// The interface and the release, for operators.
    pub(super) abi: String,
}

/// `None` until it was opened. A machine that lacks Ceph may get it while we run.
static OPENED: Mutex<Option<&'static HostLibrary>> = Mutex::new(None);

impl HostLibrary {
    /// The host, opened at the first use.
    ///
    /// # Errors
    /// What is missing, with the package it is in.
    pub(crate) fn get() -> Result<&'static Self, OpenError> {
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = *opened {
            return Ok(host);
        }
        let host = &*Box::leak(Box::new(Self::open()?));
        *opened = Some(host);
        Ok(host)
    }

    fn open() -> Result<Self, OpenError> {
        let bytes =
            ceph_classes::HOST_LIBRARY.map_err(|reason| refuse(Refused::CephClass { reason }))?;
        // A class would find the functions of the OSD before ours, and register itself there.
        if is_in_process(OF_AN_OSD) {
            return Err(refuse(Refused::CephOsd));
        }
        // Class libraries name neither of the two: they look for both among what everyone sees.
        Library::of_system(LIBRADOS).map_err(|message| refuse(Refused::CephCommon { message }))?;
        let library = Library::open("radula-ceph-classes", bytes, Scope::Everyone)?;
        let table = library.address(ceph_classes::SYMBOL).ok_or_else(|| {
            refuse(Refused::MissingSymbol {
                symbol: ceph_classes::SYMBOL,
            })
        })?;
        // SAFETY: the symbol is that struct, in a library that was built with this program and is never closed.
        let library = unsafe { table.cast::<ceph_classes::Library>().as_ref() };
        assert_eq!(
            (library.services_size, library.caller_size),
            (size_of::<Services>(), size_of::<Caller>()),
            "seam.h and seam.rs say the same"
        );
        // SAFETY: a constant of libceph-common, terminated.
        let release = unsafe { CStr::from_ptr((library.release)()) };
        let release = release.to_string_lossy().into_owned();
        Ok(Self {
            library,
            abi: format!("Ceph (libceph-common {release})"),
            release,
        })
    }
}

//! The engine's errors, as ours.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use objclass::Fault;

use super::{
    files::{Named, NotOurs},
    key::Table,
};
use crate::{OpenStoreError, error::io_error};

/// A row could not be read.
pub(super) fn read_fault(table: Table, error: fjall::Error) -> Fault {
    Fault::with_source(
        format!("cannot read table {} of the store", table.name()),
        error,
    )
}

/// What a failed write is called: the system's words where it has some.
pub(super) fn write_reason(error: &fjall::Error) -> String {
    let Some(io) = io_error(Some(error)) else {
        return match error {
            fjall::Error::Poisoned => "writing in the background failed",
            _ => "the storage engine failed",
        }
        .to_owned();
    };
    match io.kind() {
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => format!("writing or syncing failed: {io}"),
    }
}

/// A file in the store's directory by the name an operator knows, not through our descriptor of the directory.
fn shown(path: &Path, file: &Path) -> PathBuf {
    match file.strip_prefix("/proc/self/fd") {
        Ok(through) => path.join(through.components().skip(1).collect::<PathBuf>()),
        Err(_) => file.to_owned(),
    }
}

/// A system error while the store's directory was prepared.
pub(super) fn open_io(path: &Path, source: io::Error) -> OpenStoreError {
    let path = path.to_owned();
    let source = match source.downcast::<NotOurs>() {
        Ok(stray) => {
            return OpenStoreError::Stray {
                file: shown(&path, &stray.file),
                what: stray.what,
            };
        }
        Err(source) => source,
    };
    let kind = source.kind();
    let source = match source.downcast::<Named>() {
        Ok(named) => {
            let file = shown(&path, &named.file);
            io::Error::new(kind, Named { file, ..named })
        }
        Err(source) => source,
    };
    match source.kind() {
        io::ErrorKind::PermissionDenied => OpenStoreError::Permission { path, source },
        io::ErrorKind::ReadOnlyFilesystem => OpenStoreError::ReadOnly { path, source },
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            OpenStoreError::DiskFull { path, source }
        }
        _ => OpenStoreError::Failed {
            path,
            source: Box::new(source),
        },
    }
}

/// The engine did not open.
pub(super) fn open_engine(path: &Path, error: fjall::Error) -> OpenStoreError {
    match error {
        fjall::Error::Io(source) | fjall::Error::Storage(fjall::LsmError::Io(source)) => {
            open_io(path, source)
        }
        // Our own lock was free: a snapshot of a handle that is gone still holds the engine.
        fjall::Error::Locked => OpenStoreError::InUse {
            path: path.to_owned(),
            pid: Some(std::process::id()),
        },
        error => OpenStoreError::Damaged {
            path: path.to_owned(),
            what: "the storage engine cannot recover its files".to_owned(),
            source: Some(Box::new(error)),
        },
    }
}

/// A row could not be read while opening.
pub(super) fn open_fault(path: &Path, fault: Fault) -> OpenStoreError {
    OpenStoreError::Damaged {
        path: path.to_owned(),
        what: fault.message,
        source: fault
            .source
            .map(|source| Box::new(source) as Box<dyn Error + Send + Sync>),
    }
}

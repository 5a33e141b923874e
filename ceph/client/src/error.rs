//! How calls of a cluster fail.

use std::path::PathBuf;

use objclass::Errno;

/// Why the connection to a cluster failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// librados is not on this machine, or does not load.
    #[error("librados cannot be loaded: {reason}; install package librados2")]
    NoLibrary {
        /// What the system's loader said.
        reason: String,
    },
    /// librados lacks a function that is needed.
    #[error(
        "librados of this machine has no function {function}: install librados2 of Ceph 15 or later"
    )]
    OldLibrary {
        /// The first one missing.
        function: &'static str,
    },
    /// The cluster's configuration could not be read.
    #[error("cannot read the cluster's configuration {}: {}", place(.path), std::io::Error::from_raw_os_error(.errno.code()))]
    Configuration {
        /// The file; `None` means where librados looks by itself.
        path: Option<PathBuf>,
        /// The error number librados returned.
        errno: Errno,
    },
    /// librados did not accept a setting.
    #[error("librados does not accept {option} = {value:?}: {}", .errno.description())]
    Setting {
        /// The option, as Ceph names it.
        option: &'static str,
        /// Its value.
        value: String,
        /// The error number librados returned.
        errno: Errno,
    },
    /// The cluster refused access or did not answer.
    #[error("cannot connect to the cluster as client.{id}: {}{}", .errno.description(), hint(*.errno))]
    Refused {
        /// The user.
        id: String,
        /// The error number librados returned.
        errno: Errno,
    },
}

fn place(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(
        || "where librados looks for it (name it with conf=PATH)".to_owned(),
        |path| path.display().to_string(),
    )
}

/// The usual reason for the number.
fn hint(errno: Errno) -> &'static str {
    match errno {
        Errno::ENOENT => {
            "; is there a keyring for this user, and does the configuration name the monitors?"
        }
        Errno::EACCES | Errno::EPERM => "; is the key in the keyring that of the cluster?",
        Errno::ETIMEDOUT => "; no monitor answered in time",
        _ => "",
    }
}

impl ConnectError {
    /// The error number a client sees.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            ConnectError::NoLibrary { .. } | ConnectError::OldLibrary { .. } => Errno::EOPNOTSUPP,
            ConnectError::Configuration { errno, .. }
            | ConnectError::Setting { errno, .. }
            | ConnectError::Refused { errno, .. } => *errno,
        }
    }
}

/// Why a pool could not be used or listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// No pool has this name.
    #[error("the cluster has no pool {pool:?}; `ceph osd pool create {pool}` creates it")]
    Missing {
        /// The name.
        pool: String,
    },
    /// A name holds a NUL byte, which the C interface of librados cannot carry.
    #[error("a NUL byte in {what} cannot be sent to a cluster")]
    Nul {
        /// Which name.
        what: &'static str,
    },
    /// The cluster answered with an error number.
    #[error("{}", .errno.description())]
    Answered {
        /// The number.
        errno: Errno,
    },
}

impl PoolError {
    /// The error number a client sees.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            PoolError::Missing { .. } => Errno::ENOENT,
            PoolError::Nul { .. } => Errno::EINVAL,
            PoolError::Answered { errno } => *errno,
        }
    }
}

/// Why an operation on an object failed. Nothing was applied, with one exception: after a timeout
/// it may still be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// A name holds a NUL byte, which the C interface of librados cannot carry.
    #[error("a NUL byte in {what} cannot be sent to a cluster")]
    Nul {
        /// Which name.
        what: &'static str,
    },
    /// The cluster answered with an error number.
    #[error("{}", .errno.description())]
    Answered {
        /// The number.
        errno: Errno,
        /// The step that failed, if librados reports it: it does so for reads and calls, not for assertions and plain
        /// writes.
        step: Option<usize>,
        /// The output of that step, if it is a call: some classes explain the failure there.
        output: bytes::Bytes,
        /// Whether the failing step is a method that ran and answered with this number itself.
        from_method: bool,
    },
}

impl OperationError {
    /// The error number a client sees.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            OperationError::Nul { .. } => Errno::EINVAL,
            OperationError::Answered { errno, .. } => *errno,
        }
    }
}

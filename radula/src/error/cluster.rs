//! How a cluster refuses or fails where the embedded engine would not.

use objclass::{Errno, FailureKind};

/// What only a cluster answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// librados has no way to ask for it.
    #[error("not possible in a cluster: {what}")]
    Unsupported {
        /// What, and what to do instead.
        what: &'static str,
    },
    /// The cluster has no such pool.
    #[error("the cluster has no pool {pool:?}; `ceph osd pool create {pool}` creates it")]
    NoPool {
        /// The pool.
        pool: String,
    },
    /// The object's OSD knows no such class, or the class no such method.
    #[error(
        "the cluster cannot open a class of this name, or the class has no such method; the log of the object's OSD says which"
    )]
    NoMethod,
    /// The object's OSD does not let this user call the class.
    #[error(
        "the cluster does not allow it: the class is not on osd_class_load_list, or the user has no capability for it \
         (allow class NAME METHOD)"
    )]
    NotAllowed,
    /// The user may not do this to objects of this pool.
    #[error("the user has no capability for this in the pool")]
    NoCapability,
    /// No answer came in time. Whether a change was applied, or will be, is unknown.
    #[error("no answer from the cluster within {seconds} s; a change may still be applied")]
    NoAnswer {
        /// How long we waited.
        seconds: u64,
    },
    /// The object kept growing faster than it could be read.
    #[error("the object grew during every attempt to read it whole; ask for a length")]
    Growing,
    /// A name cannot be sent.
    #[error("a NUL byte in {what} cannot be sent to a cluster")]
    Nul {
        /// Which name.
        what: &'static str,
    },
    /// One operation held more than an OSD accepts (`osd_max_write_size`).
    #[error(
        "this is more than the cluster accepts in one operation (osd_max_write_size); write it in pieces"
    )]
    TooMuch,
}

impl ClusterError {
    /// The error number a client sees.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            ClusterError::Unsupported { .. } | ClusterError::NoMethod => Errno::EOPNOTSUPP,
            ClusterError::NoPool { .. } => Errno::ENOENT,
            ClusterError::NotAllowed | ClusterError::NoCapability => Errno::EPERM,
            ClusterError::NoAnswer { .. } => Errno::ETIMEDOUT,
            ClusterError::Growing => Errno::EAGAIN,
            ClusterError::Nul { .. } => Errno::EINVAL,
            ClusterError::TooMuch => Errno::E2BIG,
        }
    }

    pub(super) fn kind(&self) -> FailureKind {
        match self {
            ClusterError::Unsupported { .. } => FailureKind::Unsupported,
            ClusterError::NoPool { .. } => FailureKind::NoPool,
            ClusterError::NoMethod => FailureKind::NoMethod,
            ClusterError::NotAllowed | ClusterError::NoCapability => FailureKind::NotPermitted,
            ClusterError::NoAnswer { .. } => FailureKind::NoAnswer,
            ClusterError::Growing | ClusterError::TooMuch => FailureKind::Refused,
            ClusterError::Nul { .. } => FailureKind::InvalidObject,
        }
    }
}

//! A pool and namespace of a cluster.

use std::{ffi::CString, fmt, ptr, sync::Arc};

use objclass::Errno;

use crate::{
    Objects,
    api::{Api, Handle},
    cluster::Connection,
    error::{OperationError, PoolError},
    name::c_name,
};

/// The namespace that stands for all of them: `LIBRADOS_ALL_NSPACES`.
const ALL_NAMESPACES: &str = "\u{1}";

/// A pool and namespace of a cluster: where operations run. Can be used from many threads.
pub struct Pool {
    connection: Arc<Connection>,
    raw: Handle,
}

// SAFETY: librados locks inside, and nothing of the handle is changed after it was made.
unsafe impl Send for Pool {}
// SAFETY: as above.
unsafe impl Sync for Pool {}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: operations and listings borrow the pool, so none is left; the connection outlives this call.
        unsafe { (self.api().rados_ioctx_destroy)(self.raw) }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    pub(crate) fn open(
        connection: Arc<Connection>,
        name: &str,
        namespace: &str,
    ) -> Result<Self, PoolError> {
        let pool = c_name(name).ok_or(PoolError::Nul {
            what: "the name of a pool",
        })?;
        let namespace = c_name(namespace).ok_or(PoolError::Nul {
            what: "a namespace",
        })?;
        let mut raw = ptr::null_mut();
        // SAFETY: the connection is live, the name a C string, and `raw` a place for the handle.
        let created =
            unsafe { (connection.api.rados_ioctx_create)(connection.raw, pool.as_ptr(), &mut raw) };
        match Errno::from_return(created) {
            Some(Errno::ENOENT) => {
                return Err(PoolError::Missing {
                    pool: name.to_owned(),
                });
            }
            Some(errno) => return Err(PoolError::Answered { errno }),
            None => {}
        }
        let opened = Self { connection, raw };
        // SAFETY: the handle is live and nobody else has it yet; the namespace is a C string.
        unsafe { (opened.api().rados_ioctx_set_namespace)(raw, namespace.as_ptr()) };
        Ok(opened)
    }

    pub(crate) fn of_all_namespaces(
        connection: Arc<Connection>,
        name: &str,
    ) -> Result<Self, PoolError> {
        Self::open(connection, name, ALL_NAMESPACES)
    }

    /// Goes through the objects of this namespace, in no particular order.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn objects(&self) -> Result<Objects<'_>, PoolError> {
        Objects::open(self)
    }

    pub(crate) fn api(&self) -> &'static Api {
        self.connection.api
    }

    pub(crate) fn raw(&self) -> Handle {
        self.raw
    }
}

/// The name of an object for the C interface.
pub(crate) fn oid_name(oid: &str) -> Result<CString, OperationError> {
    c_name(oid).ok_or(OperationError::Nul {
        what: "the name of an object",
    })
}

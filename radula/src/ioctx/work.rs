//! Free work on one object.

use objclass::Errno;

use super::IoCtx;
use crate::{
    ClusterError, Method, Radula, Work, Worked,
    error::{Cause, Error},
    objects::Objects,
};

fn embedded_only() -> Error {
    Cause::from(ClusterError::Unsupported {
        what: "free work on an object; use an operation",
    })
    .into()
}

impl Radula {
    /// Finds a method by its names, opening its class if need be, for [`IoCtx::work`].
    ///
    /// # Errors
    /// The class does not open, or has no such method; the objects are in a cluster.
    pub fn method(&self, class: &str, method: &str) -> Result<Method, Error> {
        let found = match self.objects() {
            Objects::Embedded(embedded) => embedded.method(class, method),
            Objects::Cluster(_) => Err(embedded_only()),
        };
        found.map_err(|error| error.of_method(class, method))
    }
}

impl IoCtx {
    /// Runs `body` on one object in one transaction, and commits what it changed if it succeeds.
    ///
    /// Work that does not write (`writes` is false) runs on a snapshot without waiting for anyone, and not at all when
    /// there is no object. Work that writes has the object for itself until it is committed.
    ///
    /// # Errors
    /// The error number of `body`, when nothing is applied; the object does not exist and the work does not write; the
    /// store failed. Objects in a cluster cannot be worked on.
    pub fn work<T>(
        &self,
        oid: &str,
        writes: bool,
        body: impl FnOnce(&mut Work<'_>) -> Result<T, Errno>,
    ) -> Result<Worked<T>, Error> {
        let worked = match &*self.objects {
            Objects::Embedded(embedded) => {
                embedded.work(self.object(oid), writes, self.request(), body)
            }
            Objects::Cluster(_) => Err(embedded_only()),
        };
        worked.map_err(|error| error.of_object(self.object(oid)))
    }
}

//! Errors and object ids as plain data, for `--json` and for programs that are not in Rust.

use objclass::ObjectId;
use runtime::Failure;
use serde::Serialize;

use super::{Cause, Error};

/// An [`Error`] as plain data, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ErrorReport {
    /// The class that was asked for.
    pub class: Option<String>,
    /// The method that was asked for.
    pub method: Option<String>,
    /// The object.
    pub object: Option<ObjectReport>,
    /// The index of the step that failed, in a compound operation.
    pub step: Option<usize>,
    /// What failed.
    #[serde(flatten)]
    pub failure: Failure,
}

/// An object's id as plain data.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectReport {
    /// Pool.
    pub pool: String,
    /// Namespace, empty for the default one.
    pub namespace: String,
    /// Name.
    pub oid: String,
}

impl From<&ObjectId> for ObjectReport {
    fn from(id: &ObjectId) -> Self {
        Self {
            pool: id.pool.clone(),
            namespace: id.namespace.clone(),
            oid: id.oid.clone(),
        }
    }
}

impl Error {
    /// This error as plain data.
    #[must_use]
    pub fn report(&self) -> ErrorReport {
        let failure = match self.cause() {
            Cause::Call(error) => Failure::from(error),
            _ => Failure::new(self.errno(), self.kind(), ""),
        };
        ErrorReport {
            class: self.class().map(str::to_owned),
            method: self.method().map(str::to_owned),
            object: self.object().map(ObjectReport::from),
            step: self.step(),
            failure: Failure {
                message: self.message(),
                ..failure
            },
        }
    }
}

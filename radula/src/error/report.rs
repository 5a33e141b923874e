//! Errors and object ids as plain data, for `--json` and whatever else speaks no Rust.

use objclass::{CallError, ObjectId, TrapKind};
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
    /// The error number's name, such as `ENOENT`.
    pub errno: String,
    /// The error number, positive.
    pub code: i32,
    /// One word for machines.
    pub kind: &'static str,
    /// The cause in one line.
    pub message: String,
    /// Where in the guest's code.
    pub location: Option<LocationReport>,
    /// The limit that was reached.
    pub limit: Option<LimitReport>,
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

/// A place in guest code as plain data.
#[derive(Clone, Debug, Serialize)]
pub struct LocationReport {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 when unknown.
    pub line: u32,
}

/// A limit as plain data.
#[derive(Clone, Debug, Serialize)]
pub struct LimitReport {
    /// Its name, as in the configuration.
    pub name: &'static str,
    /// Its value, in its unit.
    pub value: u64,
}

impl Error {
    /// This error as plain data.
    #[must_use]
    pub fn report(&self) -> ErrorReport {
        let limit = match self.cause() {
            Cause::Call(CallError::Trap(trap)) => match &trap.kind {
                TrapKind::Limit(hit) => Some(LimitReport {
                    name: hit.kind.name(),
                    value: hit.limit,
                }),
                _ => None,
            },
            _ => None,
        };
        ErrorReport {
            class: self.class().map(str::to_owned),
            method: self.method().map(str::to_owned),
            object: self.object().map(ObjectReport::from),
            step: self.step(),
            errno: self.errno().to_string(),
            code: self.errno().code(),
            kind: self.kind(),
            message: self.message(),
            location: self.location().map(|place| LocationReport {
                file: place.file.clone(),
                line: place.line,
            }),
            limit,
        }
    }
}

//! Why a class does not open.

use radula::{escaped, runtime::ClassUnavailable};
use serde_json::{Value, json};

use crate::failure::Failure;

/// What makes a failure of why `class` does not open.
pub(super) fn failed(class: &str) -> impl FnOnce(ClassUnavailable) -> Failure {
    let class = escaped(class.as_bytes(), 256);
    move |error| Failure::Class { class, error }
}

/// The same as a member of a JSON object.
pub(super) fn unavailable_json(error: &ClassUnavailable) -> Value {
    json!({
        "errno": error.errno().to_string(),
        "code": error.errno().code(),
        "kind": error.kind().word(),
        "message": error.reason(),
    })
}

//! A failure as plain data: what `--json` prints, what an OSD answers beside the number, and what a client of a cluster
//! reads from that.

use loader::ClassUnavailable;
use objclass::{CallError, Errno, FailureKind, GuestLocation, LimitHit, LimitKind, Trap, TrapKind};
use serde::{Deserialize, Serialize};

/// Why a request failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Failure {
    /// The error number.
    pub errno: Errno,
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// The cause in one line.
    pub message: String,
    /// Where in the guest's code.
    pub location: Option<GuestLocation>,
    /// The limit that was reached.
    pub limit: Option<LimitHit>,
}

impl Failure {
    /// A failure without a place and a limit.
    pub fn new(errno: Errno, kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            errno,
            kind,
            message: message.into(),
            location: None,
            limit: None,
        }
    }
}

/// The limit a call reached, if that ended it.
fn limit_of(error: &CallError) -> Option<LimitHit> {
    match error {
        CallError::Trap(Trap {
            kind: TrapKind::Limit(hit),
            ..
        }) => Some(*hit),
        _ => None,
    }
}

impl From<&CallError> for Failure {
    fn from(error: &CallError) -> Self {
        let message = match error {
            CallError::Class(class) => class.message.clone(),
            CallError::Trap(trap) => Some(trap.message.clone()),
            CallError::Host(fault) => Some(fault.message.clone()),
        };
        let errno = error.errno();
        Self {
            errno,
            kind: error.kind(),
            message: message.unwrap_or_else(|| errno.description().to_owned()),
            location: error.location().cloned(),
            limit: limit_of(error),
        }
    }
}

impl From<&ClassUnavailable> for Failure {
    fn from(unavailable: &ClassUnavailable) -> Self {
        Self::new(
            unavailable.errno(),
            unavailable.kind(),
            unavailable.reason(),
        )
    }
}

/// A failure as it is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    errno: String,
    code: Option<i32>,
    kind: String,
    message: String,
    location: Option<Place>,
    limit: Option<Ceiling>,
}

#[derive(Serialize, Deserialize)]
struct Place {
    file: String,
    line: u32,
}

#[derive(Serialize, Deserialize)]
struct Ceiling {
    name: String,
    value: u64,
}

impl From<Failure> for Wire {
    fn from(failure: Failure) -> Self {
        Self {
            errno: failure.errno.to_string(),
            code: Some(failure.errno.code()),
            kind: failure.kind.word().to_owned(),
            message: failure.message,
            location: failure.location.map(|place| Place {
                file: place.file,
                line: place.line,
            }),
            limit: failure.limit.map(|hit| Ceiling {
                name: hit.kind.name().to_owned(),
                value: hit.limit,
            }),
        }
    }
}

/// A number and a name that do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("errno and code do not agree")]
struct OtherNumber;

impl TryFrom<Wire> for Failure {
    type Error = OtherNumber;

    fn try_from(wire: Wire) -> Result<Self, OtherNumber> {
        let named = |errno: &Errno| errno.to_string() == wire.errno;
        let errno = match wire.code {
            Some(code) => Errno::new(code).filter(named),
            None => Errno::ALL.iter().copied().find(named),
        };
        Ok(Self {
            errno: errno.ok_or(OtherNumber)?,
            kind: FailureKind::of_word(&wire.kind),
            message: wire.message,
            location: wire.location.map(|place| GuestLocation {
                file: place.file,
                line: place.line,
            }),
            limit: wire.limit.and_then(|ceiling| {
                Some(LimitHit {
                    kind: LimitKind::from_name(&ceiling.name)?,
                    limit: ceiling.value,
                })
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let failure = Failure::from(&CallError::Trap(Trap {
            kind: TrapKind::Limit(LimitHit {
                kind: LimitKind::Fuel,
                limit: 7,
            }),
            message: "too much".to_owned(),
            location: Some(GuestLocation {
                file: "cls_x.lua".to_owned(),
                line: 3,
            }),
        }));
        let written = serde_json::to_value(&failure).unwrap();
        let expected = json!({
            "errno": failure.errno.to_string(),
            "code": failure.errno.code(),
            "kind": "limit",
            "message": "too much",
            "location": { "file": "cls_x.lua", "line": 3 },
            "limit": { "name": "fuel", "value": 7 },
        });
        assert_eq!(written, expected);
        let read: Failure = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
    }

    #[test]
    fn a_number_that_contradicts_its_name_is_not_believed_and_a_new_kind_is() {
        let read = |errno: &str, code: Option<i32>, kind: &str| {
            let written = json!({ "errno": errno, "code": code, "kind": kind, "message": "" });
            serde_json::from_value::<Failure>(written)
        };
        assert!(read("ENOENT", Some(5), "class").is_err());
        assert!(read("nothing", None, "class").is_err());
        assert_eq!(read("ENOENT", None, "class").unwrap().errno, Errno::ENOENT);
        let new = read("EIO", Some(5), "of-tomorrow").unwrap();
        assert_eq!(new.kind, FailureKind::Unknown);
    }
}

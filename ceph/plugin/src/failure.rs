//! A call that failed: its errno for the client, its text for the log and the output.

use loader::ClassUnavailable;
use objclass::{CallError, Errno, GuestLocation, TrapKind, escaped};
use runtime::NoMethod;
use serde_json::{Map, Value, json};

use crate::hctx::Refused;

/// Longest message in the output, in bytes.
const MAX_MESSAGE: usize = 1024;

/// Why a call did not succeed. Plain text and numbers: the same goes to the log and to the client.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) errno: Errno,
    /// One word, as in the `--json` output of the command.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    location: Option<GuestLocation>,
    limit: Option<(&'static str, u64)>,
}

impl Failure {
    pub(crate) fn new(errno: Errno, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            errno,
            kind,
            message: message.into(),
            location: None,
            limit: None,
        }
    }

    /// Whether an operator should hear of it: everything but a class that answered with a number.
    pub(crate) fn is_news(&self) -> bool {
        self.kind != "class"
    }

    /// One line of JSON for the client.
    pub(crate) fn output(&self, class: &str, method: &str) -> String {
        let mut object = Map::new();
        object.insert("errno".into(), self.errno.to_string().into());
        object.insert("code".into(), self.errno.code().into());
        object.insert("kind".into(), self.kind.into());
        object.insert("class".into(), class.into());
        object.insert("method".into(), method.into());
        object.insert("message".into(), self.text().into());
        if let Some(GuestLocation { file, line }) = &self.location {
            object.insert("location".into(), json!({"file": file, "line": line}));
        }
        if let Some((name, value)) = self.limit {
            object.insert("limit".into(), json!({"name": name, "value": value}));
        }
        Value::Object(object).to_string()
    }

    fn text(&self) -> String {
        escaped(self.message.as_bytes(), MAX_MESSAGE)
    }

    /// One line for the log.
    pub(crate) fn line(&self, class: &str, method: &str, origin: &str) -> String {
        let place = match &self.location {
            Some(location) => format!("{location}: "),
            None => String::new(),
        };
        format!(
            "radula: {class}.{method} for {origin} ended with {}: {place}{}",
            self.errno,
            self.text()
        )
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let kind = error.kind();
        let limit = match &error {
            CallError::Trap(trap) => match &trap.kind {
                TrapKind::Limit(hit) => Some((hit.kind.name(), hit.limit)),
                _ => None,
            },
            _ => None,
        };
        let location = error.location().cloned();
        let (errno, message) = match &error {
            CallError::Class(class) => {
                let message = class.message.clone();
                let message = message.unwrap_or_else(|| class.errno.description().to_owned());
                (class.errno, message)
            }
            CallError::Trap(trap) => (error.errno(), trap.message.clone()),
            CallError::Host(fault) => {
                // What the OSD itself answered is the answer.
                let refused = std::error::Error::source(fault)
                    .and_then(|source| source.downcast_ref::<Refused>());
                let errno = refused.map_or(Errno::EIO, |refused| refused.errno);
                (errno, fault.message.clone())
            }
        };
        Self {
            errno,
            kind,
            message,
            location,
            limit,
        }
    }
}

impl From<ClassUnavailable> for Failure {
    fn from(unavailable: ClassUnavailable) -> Self {
        Self::new(unavailable.errno(), "unavailable", unavailable.reason())
    }
}

impl From<NoMethod> for Failure {
    fn from(no_method: NoMethod) -> Self {
        Self::new(Errno::EOPNOTSUPP, "no-method", no_method.to_string())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let message = format!("the OSD refused a write: {refused}");
        Self::new(refused.errno, "host", message)
    }
}

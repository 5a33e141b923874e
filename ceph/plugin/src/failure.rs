//! A call that failed: its errno for the client, its text for the log and the output.

use loader::ClassUnavailable;
use objclass::{CallError, Errno, FailureKind, escaped};
use runtime::{Failure as Told, NoMethod};
use serde_json::json;

use crate::hctx::Refused;

/// Longest message in the output, in bytes.
const MAX_MESSAGE: usize = 1024;

/// Why a call did not succeed. The same goes to the log and to the client.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Told);

impl Failure {
    pub(crate) fn new(errno: Errno, kind: FailureKind, message: impl Into<String>) -> Self {
        Self(Told::new(errno, kind, message))
    }

    /// Whether an operator should hear of it: everything but a class that answered with a number.
    pub(crate) fn is_news(&self) -> bool {
        self.0.kind != FailureKind::Class
    }

    /// One line of JSON for the client: what is known, and nothing of what is not.
    pub(crate) fn output(&self, class: &str, method: &str) -> String {
        let mut told = json!(Told {
            message: self.text(),
            ..self.0.clone()
        });
        told["class"] = class.into();
        told["method"] = method.into();
        if let Some(members) = told.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        told.to_string()
    }

    fn text(&self) -> String {
        escaped(self.0.message.as_bytes(), MAX_MESSAGE)
    }

    /// One line for the log.
    pub(crate) fn line(&self, class: &str, method: &str, origin: &str) -> String {
        let place = match &self.0.location {
            Some(location) => format!("{location}: "),
            None => String::new(),
        };
        format!(
            "radula: {class}.{method} for {origin} ended with {}: {place}{}",
            self.0.errno,
            self.text()
        )
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let mut told = Told::from(&error);
        // What the OSD itself answered is the answer.
        if let CallError::Host(fault) = &error
            && let Some(source) = std::error::Error::source(fault)
            && let Some(refused) = source.downcast_ref::<Refused>()
        {
            told.errno = refused.errno;
        }
        Self(told)
    }
}

impl From<ClassUnavailable> for Failure {
    fn from(unavailable: ClassUnavailable) -> Self {
        Self(Told {
            kind: FailureKind::Unavailable,
            ..Told::from(&unavailable)
        })
    }
}

impl From<NoMethod> for Failure {
    fn from(no_method: NoMethod) -> Self {
        Self::new(
            Errno::EOPNOTSUPP,
            FailureKind::NoMethod,
            no_method.to_string(),
        )
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        let message = format!("the OSD refused a write: {refused}");
        Self::new(refused.errno, FailureKind::Host, message)
    }
}

//! How a method fails.

use alloc::string::String;
use core::fmt;

use crate::Errno;

/// What a method answers instead of an output: an error number, and words where the number does not say enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    errno: Errno,
    message: Option<String>,
}

/// The result of a method, and of everything a [`Context`](crate::Context) does.
pub type Result<T = ()> = core::result::Result<T, Error>;

impl Error {
    /// An error with words.
    #[must_use]
    pub fn new(errno: Errno, message: impl Into<String>) -> Self {
        Self {
            errno,
            message: Some(message.into()),
        }
    }

    /// The number.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// The words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self {
            errno,
            message: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "{}: {message}", self.errno),
            None => fmt::Display::fmt(&self.errno, f),
        }
    }
}

impl core::error::Error for Error {}

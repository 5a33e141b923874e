//! Error numbers.

use alloc::string::String;
use core::fmt;

use crate::Error;

/// A Linux error number, stored positive. A class may use numbers of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(i32);

macro_rules! errnos {
    ($($name:ident = $code:literal,)*) => {
        #[expect(missing_docs, reason = "the names are those of errno(3)")]
        impl Errno {
            $(pub const $name: Errno = Errno($code);)*
        }

        impl fmt::Display for Errno {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.0 {
                    $($code => f.write_str(stringify!($name)),)*
                    code => write!(f, "errno {code}"),
                }
            }
        }
    };
}

errnos! {
    EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
    EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19, ENOTDIR = 20,
    EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOTTY = 25, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30,
    EMLINK = 31, EPIPE = 32, EDOM = 33, ERANGE = 34, ENAMETOOLONG = 36, ELOOP = 40, ENOMSG = 42, ENODATA = 61,
    ENOLINK = 67, EBADMSG = 74, EOVERFLOW = 75, EOPNOTSUPP = 95, ETIMEDOUT = 110, ESTALE = 116, EDQUOT = 122,
    ECANCELED = 125, EKEYREJECTED = 129,
}

impl Errno {
    /// The error number `code`, given positive.
    ///
    /// # Panics
    /// When `code` is not positive; in a constant that is a compile error.
    #[must_use]
    pub const fn new(code: i32) -> Self {
        assert!(code > 0, "an error number is positive");
        Self(code)
    }

    /// The positive number.
    #[must_use]
    pub const fn code(self) -> i32 {
        self.0
    }

    /// This error, with words for the caller.
    #[must_use]
    pub fn because(self, message: impl Into<String>) -> Error {
        Error::new(self, message)
    }

    /// What a negative return value stands for.
    pub(crate) fn from_return(ret: i32) -> Self {
        Self(ret.saturating_neg().max(1))
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Errno {}

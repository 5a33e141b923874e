//! Error numbers as RADOS uses them: positive here, negative on the wire.

use std::fmt;

/// A POSIX error number, stored positive (`2` for `ENOENT`).
///
/// Values are Linux's on every architecture, because they travel between machines. A class may also answer
/// with a number of its own (Ceph's tests use 9999); such a number has no [`name`](Errno::name).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Errno(i32);

macro_rules! errnos {
    ($($name:ident = $code:literal, $text:literal;)*) => {
        impl Errno {
            $(#[doc = $text] pub const $name: Errno = Errno($code);)*

            /// Every named error number, in numeric order.
            pub const ALL: &'static [Errno] = &[$(Errno::$name),*];

            /// The symbolic name, such as `ENOENT`, if this number has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 { $($code => Some(stringify!($name)),)* _ => None }
            }

            /// What the number means in a few words, without a period.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self.0 { $($code => $text,)* _ => "error number defined by the class" }
            }
        }
    };
}

errnos! {
    EPERM = 1, "operation not permitted";
    ENOENT = 2, "no such object or entry";
    ESRCH = 3, "no such process";
    EINTR = 4, "interrupted";
    EIO = 5, "input/output error";
    ENXIO = 6, "no such device or address";
    E2BIG = 7, "too much data";
    ENOEXEC = 8, "not executable";
    EBADF = 9, "bad handle";
    ECHILD = 10, "no child";
    EAGAIN = 11, "try again";
    ENOMEM = 12, "out of memory";
    EACCES = 13, "permission denied";
    EFAULT = 14, "bad address";
    EBUSY = 16, "busy";
    EEXIST = 17, "already exists";
    EXDEV = 18, "cross-device link";
    ENODEV = 19, "no such device";
    ENOTDIR = 20, "not a directory";
    EISDIR = 21, "is a directory";
    EINVAL = 22, "invalid argument";
    ENFILE = 23, "too many open files in system";
    EMFILE = 24, "too many open files";
    ENOTTY = 25, "inappropriate operation";
    EFBIG = 27, "object too large";
    ENOSPC = 28, "no space left";
    ESPIPE = 29, "illegal seek";
    EROFS = 30, "read-only";
    EMLINK = 31, "too many links";
    EPIPE = 32, "broken pipe";
    EDOM = 33, "argument out of domain";
    ERANGE = 34, "out of range";
    ENAMETOOLONG = 36, "name too long";
    ELOOP = 40, "too many levels";
    ENOMSG = 42, "no such message";
    ENODATA = 61, "no data";
    ENOLINK = 67, "link severed";
    EBADMSG = 74, "bad message";
    EOVERFLOW = 75, "value too large";
    EOPNOTSUPP = 95, "operation not supported";
    ETIMEDOUT = 110, "timed out";
    ESTALE = 116, "stale handle";
    EDQUOT = 122, "quota exceeded";
    ECANCELED = 125, "canceled";
    EKEYREJECTED = 129, "key rejected";
}

impl Errno {
    /// The error number `code`, given positive. `None` unless `code > 0`.
    #[must_use]
    pub const fn new(code: i32) -> Option<Errno> {
        if code > 0 { Some(Errno(code)) } else { None }
    }

    /// The error number a negative return value stands for: `-2` is `ENOENT`. `None` unless `ret < 0`. For what a method
    /// returned see [`ClassError::of_return`](crate::ClassError::of_return).
    #[must_use]
    pub const fn from_return(ret: i32) -> Option<Errno> {
        // i32::MIN has no positive counterpart; saturate rather than wrap to a success.
        if ret < 0 {
            Some(Errno(ret.saturating_neg()))
        } else {
            None
        }
    }

    /// The positive number.
    #[must_use]
    pub const fn code(self) -> i32 {
        self.0
    }

    /// The number as a return value: negative.
    #[must_use]
    pub const fn to_return(self) -> i32 {
        -self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "errno {}", self.0),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_are_in_numeric_order() {
        for pair in Errno::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        assert!(Errno::ALL.iter().all(|e| e.name().is_some()));
        assert_eq!(Errno::from_return(-17), Some(Errno::EEXIST));
        assert_eq!(
            Errno::from_return(i32::MIN).map(Errno::code),
            Some(i32::MAX)
        );
        assert_eq!(Errno::from_return(0), None);
        assert_eq!(Errno::new(-1), None);
    }
}

//! Signals that would end the command where an error with a line is due.
#![expect(
    unsafe_code,
    reason = "the standard library has no safe way to ignore a signal"
)]

/// A write beyond the file size limit (`ulimit -f`) fails with `EFBIG` from now on, as one to a full disk fails with `ENOSPC`.
/// SIGPIPE needs nothing: the standard library ignores it.
pub(crate) fn ignore_file_size() {
    // SAFETY: SIG_IGN is not one of our functions, so no code runs in a signal handler; SIGXFSZ is a valid signal, for which
    // `signal` cannot fail.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

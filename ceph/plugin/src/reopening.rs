//! The OSD is made to open one of our files, since only then it learns of methods.

use std::cell::Cell;

use crate::{hctx::Answer, osd};

/// A stub of no class, in a directory of its own beside the classes.
const METHODS: (&str, &str) = ("radula", "libcls_methods");

thread_local! {
    /// While this thread has the OSD open `METHODS`: whether the stub has called.
    static REOPENING: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Has the OSD open `METHODS`. Behind any number of slashes it finds the same file, and takes it for another class.
pub(crate) fn reopen(turn: u32) -> Answer<bool> {
    let slashes = "/".repeat(turn as usize + 1);
    let name = format!("{}{slashes}{}", METHODS.0, METHODS.1);
    REOPENING.set(Some(false));
    let opened = osd::open_class(&name);
    let called = REOPENING.take();
    opened.map(|()| called == Some(true))
}

/// Whether the OSD opens `METHODS` on this thread.
pub(crate) fn is_reopening() -> bool {
    REOPENING.get().is_some()
}

/// The stub has called.
pub(crate) fn has_called() {
    REOPENING.set(Some(true));
}

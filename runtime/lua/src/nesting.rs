//! How much host stack the calls of this thread have taken.
//!
//! A script can put some 200 C frames on the stack and then call a method, which does the same. Lua counts frames
//! of one state, the contract counts calls; neither knows the thread's stack, so it is measured here.

use std::cell::Cell;

/// Stack that calls may have taken when another one is nested. The innermost adds at most what 200 C frames need,
/// some 700 KiB, and the smallest stack a call runs on is 2 MiB, the default of Rust's threads.
const MAX_STACK: usize = 640 << 10;

thread_local! {
    /// Where the outermost call of this thread entered Lua; 0 outside any call.
    static BASE: Cell<usize> = const { Cell::new(0) };
}

/// Marks the time a call spends in Lua.
pub(crate) struct Entered {
    outermost: bool,
}

/// Notes where the outermost call begins.
pub(crate) fn enter() -> Entered {
    let outermost = BASE.get() == 0;
    if outermost {
        BASE.set(here());
    }
    Entered { outermost }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.outermost {
            BASE.set(0);
        }
    }
}

/// Whether a call may be nested here.
pub(crate) fn enough_stack() -> bool {
    BASE.get().abs_diff(here()) < MAX_STACK
}

/// An address in the current frame.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    (&raw const local).addr()
}

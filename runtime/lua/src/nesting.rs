//! Where on the C stack a nested call begins.
//!
//! Lua allows some 200 C frames in one state, the contract some calls within a call; neither knows that states
//! nested in each other share one thread's stack. So a nested state starts with the depth its caller has reached,
//! and the frames of all together stay below what one state may have.

use std::cell::Cell;

thread_local! {
    /// Depth of the host function that is calling another method on this thread; 0 outside.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The depth a call that begins here starts from.
pub(crate) fn depth() -> u32 {
    DEPTH.get()
}

/// Runs `call` as nested in a state that has reached `depth`.
pub(crate) fn nested<R>(depth: u32, call: impl FnOnce() -> R) -> R {
    struct Restore(u32);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let _restore = Restore(DEPTH.replace(depth));
    call()
}

//! What calls nested in each other share: the thread's stack and the memory limit.
//!
//! Lua allows some 200 C frames in one state, the contract some calls within a call; neither knows that states
//! nested in each other share one stack. So a nested state starts with the depth its caller has reached, and the
//! frames of all together stay below what one state may have. In the same way it gets what its callers left of
//! the memory: a limit that each level had for itself would be no limit.

use std::cell::Cell;

/// What the callers of a call on this thread hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Held {
    /// C frames, in Lua's count.
    pub(crate) depth: u32,
    /// Bytes of their regions in use.
    pub(crate) memory: usize,
}

thread_local! {
    static HELD: Cell<Held> = const { Cell::new(Held { depth: 0, memory: 0 }) };
}

/// What the callers of a call that begins here hold; nothing outside any call.
pub(crate) fn held() -> Held {
    HELD.get()
}

/// Runs `call` as nested in a state that holds `held`, its own callers' share included.
pub(crate) fn nested<R>(held: Held, call: impl FnOnce() -> R) -> R {
    struct Restore(Held);
    impl Drop for Restore {
        fn drop(&mut self) {
            HELD.set(self.0);
        }
    }
    let _restore = Restore(HELD.replace(held));
    call()
}

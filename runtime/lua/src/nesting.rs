//! How deep a call may go on the stack of its thread.
//!
//! Lua allows some 200 C frames in one state, the contract some calls within a call; neither knows that states nested in
//! each other share one stack, with guests of other runtimes between them. So a state starts with the depth its callers
//! in Lua have reached, or with the depth that leaves it as many frames as the thread has stack for, whichever is more. A
//! script that goes deeper gets Lua's own error, on any thread.

use std::cell::Cell;

use objclass::{Budget, CallError, memory};

/// C frames of one state, in Lua's count: `LUAI_MAXCCALLS`.
const MAX_DEPTH: u32 = 200;

/// C frames without which a call is not worth beginning.
const FEWEST: u32 = 16;

/// Stack one C frame takes at most, with what our own functions put beneath it. Measured are 2.2 KiB in a release build.
const FRAME: usize = 4 << 10;

/// Stack for what is below the deepest frame: a host function, down to the store.
const HOST_STACK: usize = 160 << 10;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The depth a state begins with that is entered here.
///
/// # Errors
/// The thread has not enough stack left for any: see [`Budget::check_stack`].
pub(crate) fn depth(budget: &mut Budget) -> Result<u32, CallError> {
    let left = budget.check_stack("lua", HOST_STACK + FEWEST as usize * FRAME)?;
    let frames = left.map_or(MAX_DEPTH, |left| {
        u32::try_from((left - HOST_STACK) / FRAME).unwrap_or(u32::MAX)
    });
    Ok(DEPTH.get().max(MAX_DEPTH.saturating_sub(frames)))
}

/// Bytes the callers of a call on this thread hold, in Lua and elsewhere.
pub(crate) fn held() -> usize {
    usize::try_from(memory::held()).unwrap_or(usize::MAX)
}

/// Runs `call` as nested in a state that has reached `depth` and holds `bytes`.
pub(crate) fn nested<R>(depth: u32, bytes: usize, call: impl FnOnce() -> R) -> R {
    struct Restore(u32);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let _restore = Restore(DEPTH.replace(depth));
    memory::holding(bytes as u64, call)
}

//! What the calls nested in each other on one thread hold of memory.
//!
//! A memory limit that each level had for itself would be no limit, and neither would one for each language: a guest of one
//! runtime may call a script of another. So there is one account for a thread, and every runtime counts what it holds for its
//! callers before it lets a guest grow.

use std::cell::Cell;

thread_local! {
    static HELD: Cell<u64> = const { Cell::new(0) };
}

/// Bytes that the callers of a call beginning here hold; nothing outside any call.
#[must_use]
pub fn held() -> u64 {
    HELD.get()
}

/// Runs `call`, nested in one that holds `bytes` itself, beside what its own callers hold.
pub fn holding<R>(bytes: u64, call: impl FnOnce() -> R) -> R {
    struct Restore(u64);
    impl Drop for Restore {
        fn drop(&mut self) {
            HELD.set(self.0);
        }
    }
    let _restore = Restore(HELD.replace(HELD.get().saturating_add(bytes)));
    call()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_adds_up_and_is_given_back_however_a_call_ends() {
        assert_eq!(held(), 0);
        let inner = holding(3, || holding(u64::MAX, held));
        assert_eq!(inner, u64::MAX);
        let panicked = std::panic::catch_unwind(|| holding(5, || panic!("a guest")));
        assert!(panicked.is_err());
        assert_eq!(held(), 0);
    }
}

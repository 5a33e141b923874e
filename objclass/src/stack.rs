//! How much stack the calling thread has left.
//!
//! A call runs on the stack of the thread that made it, and calls nested in each other share it, in whatever languages
//! they are written. Each runtime has an allowance of its own and does not know what the others use: so before anything is
//! entered, [`Budget::check_stack`](crate::Budget::check_stack) asks how much the thread has left. Without it a deep nest
//! would end the process.
#![expect(
    unsafe_code,
    reason = "only the C library knows the bounds of a thread's stack"
)]

use std::cell::Cell;

thread_local! {
    /// Lowest and highest address of this thread's stack; zeroes before it was asked for, or when it is not known.
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Bytes left on this thread's stack. `None` when the system does not say, or when the stack in use is not the thread's.
#[must_use]
pub fn left() -> Option<usize> {
    let bounds = BOUNDS.get().or_else(|| {
        let bounds = bounds()?;
        BOUNDS.set(Some(bounds));
        Some(bounds)
    });
    let (low, high) = bounds?;
    let here = 0_u8;
    let here = (&raw const here).addr();
    (low..high).contains(&here).then(|| here - low)
}

/// The bounds of the calling thread's stack, without its guard.
fn bounds() -> Option<(usize, usize)> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
    // SAFETY: `pthread_getattr_np` initialises the attributes when it answers 0; they are read only then, and destroyed
    // once. The out pointers are valid.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let known = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size) == 0
            && libc::pthread_attr_getguardsize(attributes.as_ptr(), &mut guard) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        if !known {
            return None;
        }
    }
    let low = low.addr();
    Some((low + guard, low + size))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn what_is_left_is_within_the_stack_and_shrinks_with_depth() {
        std::thread::Builder::new()
            .stack_size(512 << 10)
            .spawn(|| {
                let above = left().unwrap();
                // The C library may hand out a stack of a thread that ended, up to four times as large.
                assert!((256 << 10..=2048 << 10).contains(&above), "{above}");
                let below = deeper();
                assert!(above - below >= 64 << 10, "{above} {below}");
            })
            .unwrap()
            .join()
            .unwrap();
    }

    #[inline(never)]
    fn deeper() -> usize {
        let filler = black_box([0_u8; 64 << 10]);
        let left = left().unwrap();
        black_box(&filler);
        left
    }
}

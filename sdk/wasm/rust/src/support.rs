//! What the generated bindings lean on.

use alloc::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use core::ptr;

/// The part of crate `bitflags` that the bindings use.
macro_rules! bitflags {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident: $bits:ty {
            $(const $flag:ident = $value:expr;)*
        }
    ) => {
        $(#[$attribute])*
        pub struct $name($bits);

        impl $name {
            $(#[doc = stringify!($flag)] pub const $flag: Self = Self($value);)*

            /// The flags as a number.
            pub const fn bits(self) -> $bits {
                self.0
            }

            /// The flags of a number; bits that are none are left out.
            pub const fn from_bits_truncate(bits: $bits) -> Self {
                Self(bits & ($($value)|*))
            }
        }
    };
}
pub(crate) use bitflags;

/// Memory for an argument, freed when the host has read it.
pub(crate) struct Cleanup {
    memory: *mut u8,
    layout: Layout,
}

impl Cleanup {
    /// Memory of this layout, and what frees it; nothing needs to be freed when it is empty.
    pub(crate) fn new(layout: Layout) -> (*mut u8, Option<Self>) {
        if layout.size() == 0 {
            return (ptr::without_provenance_mut(layout.align()), None);
        }
        // SAFETY: the layout is not empty.
        let memory = unsafe { alloc(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        (memory, Some(Self { memory, layout }))
    }

    /// Leaves the memory to the host, which hands it back by `cabi_post_...`.
    pub(crate) fn forget(self) {
        core::mem::forget(self);
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout, and freed only here.
        unsafe { dealloc(self.memory, self.layout) }
    }
}

/// Keeps `cabi_realloc` in the module: users of the bindings call this.
pub(crate) fn maybe_link_cabi_realloc() {
    #[cfg(target_arch = "wasm32")]
    {
        // A use that is not optimised away, and the linker takes the function along.
        let realloc: unsafe extern "C" fn(*mut u8, usize, usize, usize) -> *mut u8 = cabi_realloc;
        core::hint::black_box(realloc);
    }
}

/// Where the host gets memory in the class, for inputs and answers.
///
/// # Safety
/// As the canonical ABI says: `old` and `old_size` are nothing, or memory from here; `align` is a power of two.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    size: usize,
) -> *mut u8 {
    if size == 0 {
        return ptr::without_provenance_mut(align);
    }
    // SAFETY: the caller's promise, and `size` is not 0.
    let memory = unsafe {
        if old_size == 0 {
            alloc(Layout::from_size_align_unchecked(size, align))
        } else {
            let layout = Layout::from_size_align_unchecked(old_size, align);
            alloc::alloc::realloc(old, layout, size)
        }
    };
    if memory.is_null() {
        // The host must not get null; there is nobody to tell.
        core::arch::wasm32::unreachable();
    }
    memory
}

//! Write WASM object classes in Rust, as you write native ones.
//!
//! A class is a component whose methods run next to one object, inside a transaction on it: what a method does commits
//! together when it returns `Ok`, and is undone when it returns `Err` or panics. It can do nothing but that: there is no
//! file, no clock, no network.
//!
//! ```
//! use radula_class_wasm as radula_class;
//! use radula_class::{Context, Errno, Result};
//!
//! radula_class::class! {
//!     name: "greeter",
//!     methods: {
//!         /// Greets, and counts how often.
//!         greet: RD | WR,
//!     }
//! }
//!
//! fn greet(context: &mut Context<'_>, name: &str) -> Result<String> {
//!     if name.len() > 100 {
//!         return Err(Errno::EINVAL.because("a name has at most 100 bytes"));
//!     }
//!     let count = match context.find_xattr(b"count")? {
//!         None => 0,
//!         Some(bytes) => u32::from_le_bytes(bytes.try_into().map_err(|_| Errno::EIO)?),
//!     } + 1;
//!     context.set_xattr(b"count", &count.to_le_bytes())?;
//!     Ok(format!("Hello, {name}! You are number {count}."))
//! }
//! ```
//!
//! with `[lib] crate-type = ["cdylib"]` and `name = "cls_greeter"`, built for `wasm32-unknown-unknown` and made a
//! component: `docs/wasm.md` has the commands, and there is a template to copy beside this crate.
//!
//! The interface is that of `radula-class`. A class moves between native code and WASM by its dependency alone:
//! `radula-class = { path = ".../sdk/wasm/rust", package = "radula-class-wasm" }`. What differs:
//!
//! - Every call gets an instance of its own. A `static` is what it was when the class was built, whatever an earlier call
//!   did to it.
//! - A panic ends the call with `EIO`; its message and place are logged at level 0.
//! - A method is stopped at its limits; it need not ask [`Context::interrupted`].
//! - What [`Context`] hands out is a copy in the memory of the class, which goes with the call.
//! - There is no version and no list of dependencies: the world has neither.
//! - [`Context::limits_left`] says what is left of the limits.
//!
//! | feature | gives |
//! |---|---|
//! | `std` (default) | classes with the standard library; without it they are `#![no_std]`, and smaller |
//! | `allocator` (default) | an allocator made for one call |
//! | `postcard` (default) | `Postcard<T>` inputs and outputs, `Context::read_as` and its kin |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod allocator;
mod class;
mod context;
mod entry;
#[path = "../../../rust/src/errno.rs"]
mod errno;
#[path = "../../../rust/src/error.rs"]
mod error;
#[expect(
    clippy::all,
    unreachable_pub,
    clippy::undocumented_unsafe_blocks,
    clippy::allow_attributes_without_reason,
    clippy::cast_possible_truncation,
    reason = "generated: `cargo xtask classes --wasm` writes it, and compares it"
)]
#[doc(hidden)]
#[rustfmt::skip]
pub mod object_class;
mod page;
#[cfg(target_arch = "wasm32")]
mod panicked;
mod support;
#[cfg(feature = "postcard")]
#[path = "../../../rust/src/typed.rs"]
mod typed;
#[path = "../../../rust/src/value.rs"]
mod value;

pub use context::{Context, Info, LimitsLeft, Stat};
pub use errno::Errno;
pub use error::{Error, Result};
pub use page::{Keys, Pairs};
#[cfg(feature = "postcard")]
pub use typed::Postcard;
pub use value::{Input, Output, Reply};

/// What [`class!`] expands to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use alloc::{string::String, vec::Vec};

    pub use crate::{
        entry::{Method, RD, WR, call, first_line, methods, text_is},
        object_class::{self, Failure, Guest},
    };
}

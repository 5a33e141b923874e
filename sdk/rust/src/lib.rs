//! Write object classes in Rust.
//!
//! A class is a `cdylib` whose methods run next to one object, inside a transaction on it: what a method does commits
//! together when it returns `Ok`, and is undone when it returns `Err` or panics.
//!
//! ```
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
//! with, in `Cargo.toml`, `[lib] crate-type = ["cdylib"]` and `name = "cls_greeter"`: the library is then called
//! `libcls_greeter.so`, as it must be. There is a template to copy beside this crate.
//!
//! - A method is `fn(&mut Context<'_>, input) -> Result<output>`. Input is anything that implements [`Input`]: `&[u8]`,
//!   `&str`, `()`, `Postcard<T>`. Output is anything that implements [`Output`]: `()`, bytes, text, `Postcard<T>`,
//!   [`Reply`] with a return value.
//! - Errors are an [`Errno`], with words where they help: [`Errno::because`]. `?` works on both.
//! - What [`Context`] hands out borrows the host's memory until the method returns; nothing is copied.
//! - A panic ends the call with `EIO`, message and location; the process lives. It needs unwinding: with
//!   `panic = "abort"` this crate does not compile.
//! - `static`s are shared by all calls and all objects, on many threads. Whatever is worth keeping belongs into the
//!   object.
//!
//! | feature | gives |
//! |---|---|
//! | `postcard` (default) | `Postcard<T>` inputs and outputs, `Context::read_as` and its kin |

#[cfg(panic = "abort")]
compile_error!("a class must not abort the process it runs in: build it with panic = \"unwind\"");

extern crate alloc;

mod caught;
mod class;
mod context;
mod entry;
mod errno;
mod error;
mod page;
#[cfg(feature = "postcard")]
mod typed;
mod value;

pub use context::{Context, Info, Stat};
pub use errno::Errno;
pub use error::{Error, Result};
pub use page::{Keys, Pairs};
#[cfg(feature = "postcard")]
pub use typed::Postcard;
pub use value::{Input, Output, Reply};

/// What [`class!`] expands to. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use class_abi as abi;

    pub use crate::entry::{init, register, run, text};
}

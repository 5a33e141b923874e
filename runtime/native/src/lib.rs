//! Object classes in native code: `libcls_NAME.so`, written against `abi/objclass.h` or with `sdk/rust`.
//!
//! A native class is **trusted**: it runs in this process with all its rights. What this backend adds to `dlopen`:
//!
//! - the file says what it is before any of its code runs ([`Identity`] is read from the bytes): a truncated file, another
//!   machine's, another class's, another ABI's, or one that would pull in files nobody checked is [`Refused`];
//! - what was checked is what runs: the bytes go into a sealed memory file, and that is opened. Overwriting the class
//!   file afterwards changes nothing;
//! - method flags, byte limits and rollback hold for native classes as for any other, because a class reaches its object
//!   only through [`objclass::Context`]. Fuel and memory limits do not apply to native code, and the deadline is checked
//!   when the method asks and, by the host, when it returned: a native method that never returns is not stopped;
//! - a library is never closed, so no call can outlive its code.
//!
//! ```no_run
//! use objclass::{ClassBackend, ClassName, Digest, Limits, Module};
//!
//! # fn verified() -> bytes::Bytes { bytes::Bytes::new() }
//! let backend = runtime_native::NativeBackend::new();
//! let class = backend.open(
//!     &Module {
//!         class: ClassName::new("hello")?,
//!         file: "libcls_hello.so".into(),
//!         bytes: verified(),
//!         digest: Digest([0; 32]),
//!     },
//!     &Limits::INSTALLED,
//! )?;
//! assert_eq!(class.methods()[0].name.as_str(), "say_hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod backend;
mod boundary;
mod call;
mod ceph;
mod class;
mod demands;
mod elf;
mod host;
mod identity;
mod library;
mod open;
mod outcome;
mod refused;
#[cfg(test)]
mod tests;

pub use backend::NativeBackend;
pub use identity::Identity;
pub use refused::Refused;

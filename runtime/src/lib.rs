//! What every host of classes shares: the runtimes it has, and one call of a method from the name to the verdict.
//!
//! The embedded engine and the Ceph plugin differ in where objects live and how their changes are applied. What lies
//! between is the same and stands here: [`runtimes()`] is the table a loader is made of, [`Callable::find`] asks the
//! loader, [`Callable::run`] makes the context and passes the verdict, [`CallHost`] runs nested calls.
//!
//! This crate opens no object and commits nothing: a caller applies the changes of a call that succeeded and drops those
//! of one that did not. What a backend is, is said by [`objclass::ClassBackend`].
//!
//! ```
//! use loader::{Loader, LoaderConfig};
//! use runtime::{Callable, NotFound};
//!
//! let loader = Loader::new(runtime::default_runtimes(), LoaderConfig::default());
//! let error = Callable::find(&loader, "nobody", "knows").unwrap_err();
//! assert!(matches!(error, NotFound::Class(_)));
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `native` (default) | classes in native code: trusted shared libraries |
//! | `lua` (default) | classes in Lua 5.4, and the class for scripts that come with the request |
//! | `wasm` (default) | classes in WebAssembly: confined components |
#![forbid(unsafe_code)]

mod call;
mod failure;
mod host;
mod options;
mod runtimes;
pub mod settings;
#[cfg(feature = "wasm")]
mod wasm_compiler;

pub use call::{Callable, NoMethod, NotFound};
pub use failure::Failure;
pub use host::{CallHost, trace};
pub use loader::{Kind, Runtime};
pub use options::{Options, WasmCompiler};
pub use runtimes::{EVAL_CLASS, KINDS, LUA, NATIVE, WASM, default_runtimes, kind, runtimes};
#[cfg(feature = "wasm")]
pub use wasm_compiler::{WASM_COMPILER_VERB, compile_wasm_class};

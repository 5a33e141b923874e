//! Object classes in Lua 5.4, and class `lua` for scripts that come with the request.
//!
//! All bytes of a Lua state lie in one region of memory of ours. Once the chunk of a class has run, the region is
//! copied aside, and every call begins by copying it back: it starts from identical bytes, so nothing can pass
//! from one call to the next, and there is nothing to close afterwards. The end of the region is the memory limit.
//! Fuel, deadline and memory are enforced in the Lua core itself (crate `lua_sys`); the object and everything else
//! a script reaches comes through [`objclass::Context`].
//!
//! What it is not: a general embedding of Lua. There are no coroutines, no files, no clock, no `require`.
//!
//! ```
//! use objclass::{ClassBackend, ClassName, Digest, Limits, Module};
//!
//! let text = "function hello(input, output) output:append('hi') end cls.register(hello, 'r')";
//! let module = Module {
//!     class: ClassName::new("greeter")?,
//!     file: "cls_greeter.lua".to_owned(),
//!     bytes: text.into(),
//!     digest: Digest([0; 32]),
//! };
//! let class = runtime_lua::LuaBackend::new().open(&module, &Limits::INSTALLED)?;
//! assert_eq!(class.methods()[0].name.as_str(), "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arena;
mod backend;
mod boundary;
mod buffer;
mod call;
mod class;
mod clock;
mod env;
mod eval;
mod guards;
mod heap;
mod host;
mod instance;
mod json;
mod keeper;
mod msgpack;
mod names;
mod nesting;
mod open;
mod outcome;
mod parked;
mod pool;
mod refusal;
mod seed;
mod source;

pub use backend::LuaBackend;
pub use guards::Guards;
pub use lua_sys::Guards as CoreGuards;
use mlua::ffi;

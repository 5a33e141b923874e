//! The contract of Radula: what a class may do to its object, what a runtime must offer, and how a call ends.
//!
//! Three parties meet here and know nothing else of each other:
//!
//! - a **host** owns an object and implements [`ObjectContext`] on its transaction, and [`Host`] for what
//!   surrounds the call (log, nested calls, random bytes);
//! - a **backend** ([`ClassBackend`]) turns a verified [`Module`] into a [`Class`] in one language;
//! - a **class** answers [`Class::call`] with a [`Reply`] or a [`CallError`], touching its object only through
//!   the [`Context`] it was handed.
//!
//! Method flags and the host-side limits are enforced here, in [`Context`], once for every backend and every
//! host: a method without `WR` never obtains a [`Writer`].
//!
//! This crate is no engine: it opens no file, starts no thread, and knows no language.
//!
//! ```
//! use objclass::{Errno, MethodFlags};
//!
//! assert_eq!(Errno::ENOENT.to_string(), "ENOENT");
//! assert_eq!(Errno::new(9999).unwrap().to_string(), "errno 9999");
//! assert!(MethodFlags::RD.union(MethodFlags::WR).contains(MethodFlags::WR));
//! ```
#![deny(unsafe_code)]

mod backend;
mod budget;
mod caller;
mod class;
mod context;
mod entity;
mod errno;
mod error;
mod failure_kind;
mod flags;
mod host;
mod limits;
pub mod memory;
mod name;
mod nothing;
mod object;
pub mod stack;
pub mod text;
mod work;

pub use backend::{BuiltinClass, ClassBackend, Digest, Module};
pub use budget::Budget;
pub use caller::Caller;
pub use class::{Class, Method, Reply};
pub use context::{Context, Reader, Writer};
pub use entity::entity_name;
pub use errno::Errno;
pub use error::{
    CallError, CallRefused, ClassError, Fault, GuestLocation, LimitHit, ObjectError, OpenError,
    Trap, TrapKind,
};
pub use failure_kind::FailureKind;
pub use flags::{InvalidFlags, MethodFlags};
pub use host::{Host, LogRecord};
pub use limits::{LimitKind, Limits, Usage};
pub use name::{ClassName, InvalidName, MethodName};
pub use nothing::{NoHost, NoObject};
pub use object::{
    CallInfo, ObjectContext, ObjectId, ObjectRead, ObjectWrite, Page, PageLimit, Pair, Stat,
    Timestamp,
};
pub use text::escaped;
pub use work::Work;

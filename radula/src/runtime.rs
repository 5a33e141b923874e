//! Bring your own runtime, or ask about classes.
//!
//! Implement [`ClassBackend`] and [`Class`], give the runtime a row of names, [`Kind`], and give both to
//! [`Builder::runtimes`](crate::Builder::runtimes) and [`Sources::runtimes`](crate::Sources::runtimes). A class gets its object
//! as a [`Context`], which enforces the flags of the method and the limits of the call. `docs/embedding.md` has a program.

pub use ::runtime::{
    EVAL_CLASS, Failure, KINDS, Kind, LUA, NATIVE, Runtime, WASM, default_runtimes, kind, runtimes,
};
pub use loader::{
    Candidate, CheckReport, ClassState, ClassStatus, ClassTable, ClassUnavailable, DirectoryStatus,
    Explanation, Found, Loader, LoaderConfig, OpenClass, PreloadReport, ReloadOutcome, Reloaded,
};
pub use objclass::{
    Budget, BuiltinClass, CallError, CallInfo, CallRefused, Class, ClassBackend, ClassError,
    ClassName, Context, Digest, GuestLocation, LimitHit, Method, MethodFlags, MethodName, Module,
    OpenError, Reader, Reply, Trap, TrapKind, Writer,
};

//! Radula's classes inside a stock Ceph OSD.
//!
//! The OSD opens a stub for each class (`stub/stub.c`), the stub calls `entry`, and from then on each method is a
//! function of the pool (`trampoline`) that ends in `Engine::call`. What a method did lies in a
//! transaction until it succeeded; then it is flushed (`flush`) with the OSD's own calls.
//!
//! It is no store and no daemon: objects, replication and permissions are the OSD's. The design and the layout of the
//! installed files are in `docs/design/ceph.md`.
//!
//! | feature | |
//! |---|---|
//! | `native` | classes in native code |
//! | `lua` | classes in Lua 5.4, and class `lua` |
//! | `wasm` | classes in WebAssembly |

#![cfg_attr(
    not(any(osd, test)),
    expect(dead_code, reason = "without Ceph's headers nothing calls the engine")
)]

#[cfg(all(osd, not(test)))]
mod entry;
#[cfg(all(osd, not(test)))]
mod osd;
#[cfg(all(osd, not(test)))]
mod reopening;
#[cfg(all(osd, not(test)))]
mod stub;
#[cfg(all(osd, not(test)))]
mod trampoline;

mod config;
mod engine;
mod failure;
mod flush;
mod hctx;
mod logging;
mod quench;
mod registry;
mod request_origin;
mod snapshot;
mod watch;

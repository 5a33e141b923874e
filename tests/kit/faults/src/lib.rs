//! Files that fail, and the disks that a power cut can leave: for tests of programs that must lose nothing.
//!
//! - [`Preload`] puts a library under a child process that fails its n-th write, sync or read below one directory, cuts
//!   a write short, or records what is done there ([`Event`]).
//! - [`Disk`] follows such a record and says at any point of it what a power cut could leave: an [`Image`]. What was
//!   not synced may be there, be missing, be torn, and be there in another order.
//!
//! It knows nothing of the program under test. Linux and glibc only; a program whose calls do not go through libc is
//! not seen, hence [`Disk::differs`], which compares what was recorded with what is there.
#![forbid(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "reads records and writes images in the directories of tests"
)]

mod content;
mod disk;
mod image;
mod preload;
mod record;

#[cfg(test)]
mod tests;

pub use disk::Disk;
pub use image::{Cut, Image};
pub use preload::{Call, Failure, How, Preload};
pub use record::{Event, read};

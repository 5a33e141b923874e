//! Class `hellowasm`: the smallest useful class, after the `hello` class of Ceph.
//!
//! ```text
//! radula exec greeting hellowasm say_hello Ceph       prints: Hello, Ceph! (from WASM)
//! radula exec greeting hellowasm record_hello Ceph    writes it into the object `greeting`
//! radula exec greeting hellowasm replay               prints what was recorded
//! ```
//!
//! A method takes what the client sent and gives what the client gets. When it fails, nothing it wrote is kept.
#![forbid(unsafe_code)]
// This class needs nothing of the standard library that `alloc` has not, and is smaller without.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;

use radula_class::{Context, Errno, Result};

radula_class::class! {
    name: "hellowasm",
    methods: {
        // It touches nothing, yet has `WR`: a method without it answers ENOENT when the object does not exist, and a
        // greeting should not depend on that.
        /// greets the name in the input, or the world
        say_hello: WR,
        /// creates the object with a greeting in it; EEXIST when it exists
        record_hello: WR,
        /// prints the recorded greeting
        replay: RD,
        /// turns the recorded greeting into upper case
        turn_it_to_11: RD | WR,
    }
}

/// Longest name we greet, in bytes.
const MAX_NAME: usize = 100;

fn greeting(name: &[u8]) -> Result<Vec<u8>> {
    if name.len() > MAX_NAME {
        return Err(Errno::EINVAL.because("a name has at most 100 bytes"));
    }
    let name = if name.is_empty() { b"world" } else { name };
    Ok([b"Hello, ", name, b"! (from WASM)"].concat())
}

/// Greets without looking at the object.
fn say_hello(_: &mut Context<'_>, name: &[u8]) -> Result<Vec<u8>> {
    greeting(name)
}

/// Creates the object with a greeting in it. Only the first caller succeeds.
fn record_hello(context: &mut Context<'_>, name: &[u8]) -> Result {
    let greeting = greeting(name)?;
    // Fails with EEXIST when the object is there.
    context.create(true)?;
    // Both writes are applied together, or neither.
    context.write_full(&greeting)?;
    context.set_xattr(b"said_by", context.info()?.origin.as_bytes())
}

/// Reads a recorded greeting.
fn replay<'call>(context: &mut Context<'call>, _: &[u8]) -> Result<&'call [u8]> {
    context.read_all()
}

/// Makes a recorded greeting louder: reads the object and writes it again, as one step.
fn turn_it_to_11(context: &mut Context<'_>, (): ()) -> Result {
    let louder = context.read_all()?.to_ascii_uppercase();
    context.write_full(&louder)?;
    context.set_xattr(b"amplified_by", context.info()?.origin.as_bytes())
}

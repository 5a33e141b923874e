//! Class `hello`, the example that comes with Ceph, in Rust: the same methods and answers.
//!
//! Four outcomes differ. One by choice:
//! - `say_hello` is flagged RD | WR, and so it greets on an object that does not exist, where Ceph's, flagged RD, answers
//!   ENOENT. It changes nothing, and creates nothing.
//!
//! Three because the engine differs:
//! - `bad_reader` and `bad_writer` are refused with `EPERM` before anything happened, not with `EIO` afterwards;
//! - a write returns its output, so `write_return_data` and `write_too_much_return_data` answer 42 with all of it. What a
//!   client of a Ceph cluster gets of it depends on its RETURNVEC flag;
//! - on an error there is no output, so `write_return_data` says "too much input data!" as the message of the error.
#![forbid(unsafe_code)]

use radula_class::{Context, Errno, Reply, Result};

radula_class::class! {
    name: "hello",
    methods: {
        /// Answers "Hello, INPUT!".
        say_hello: RD | WR,
        /// Writes "Hello, INPUT!" into an object that does not exist yet.
        record_hello: WR,
        /// Sets an xattr, and returns 42 and some data.
        write_return_data: WR,
        /// Sets an xattr, and returns 42 and more data than a Ceph OSD lets a write return.
        write_too_much_return_data: WR,
        /// Answers what record_hello wrote.
        replay: RD,
        /// Turns the content to upper case.
        turn_it_to_11: RD | WR,
        /// Reads although it is flagged WR: refused.
        bad_reader: WR,
        /// Writes although it is flagged RD: refused.
        bad_writer: RD,
    }
}

/// Longest name greeted.
const MAX_NAME: usize = 100;

/// Longest greeting read back, as in Ceph.
const MAX_GREETING: u64 = 1100;

fn greeting(name: &[u8]) -> Result<Vec<u8>> {
    if name.len() > MAX_NAME {
        return Err(Errno::EINVAL.because("a name has at most 100 bytes"));
    }
    let name = if name.is_empty() { b"world" } else { name };
    Ok([b"Hello, ", name, b"!"].concat())
}

fn say_hello(_context: &mut Context<'_>, name: &[u8]) -> Result<Vec<u8>> {
    greeting(name)
}

fn record_hello(context: &mut Context<'_>, name: &[u8]) -> Result {
    context.log(20, "in record_hello")?;
    let greeting = greeting(name)?;
    // Needs no flag: whether an object exists is no secret from a method that may write it.
    if context.stat().is_ok() {
        return Err(Errno::EEXIST.because("somebody said hello before"));
    }
    context.write_full(&greeting)?;
    let origin = context.info()?.origin;
    context.set_xattr(b"said_by", origin.as_bytes())
}

fn write_return_data(context: &mut Context<'_>, input: &[u8]) -> Result<Reply<&'static str>> {
    context.set_xattr(b"foo", b"bar")?;
    if !input.is_empty() {
        // The xattr is undone with everything else.
        return Err(Errno::EINVAL.because("too much input data!"));
    }
    Ok(Reply {
        ret: 42,
        output: "you might see this",
    })
}

fn write_too_much_return_data(context: &mut Context<'_>, _input: &[u8]) -> Result<Reply<String>> {
    context.set_xattr(b"foo", b"bar")?;
    Ok(Reply {
        ret: 42,
        output: "you should not see this because it is toooooo long. ".repeat(10),
    })
}

fn replay<'call>(context: &mut Context<'call>, _input: &[u8]) -> Result<&'call [u8]> {
    context.read(0, MAX_GREETING)
}

fn turn_it_to_11(context: &mut Context<'_>, _input: &[u8]) -> Result {
    let louder = context.read(0, MAX_GREETING)?.to_ascii_uppercase();
    context.write_full(&louder)?;
    let origin = context.info()?.origin;
    context.set_xattr(b"amplified_by", origin.as_bytes())
}

fn bad_reader<'call>(context: &mut Context<'call>, _input: &[u8]) -> Result<&'call [u8]> {
    context.read(0, 100)
}

fn bad_writer(context: &mut Context<'_>, input: &[u8]) -> Result {
    context.write_full(input)
}

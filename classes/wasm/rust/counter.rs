//! Class `counterwasm`: one whole number per object, changed without ever losing an update.
//!
//! ```text
//! radula exec visits counterwasm add        prints 1
//! radula exec visits counterwasm add 41     prints 42
//! radula exec visits counterwasm get        prints 42
//! radula exec visits counterwasm reset      starts again from 0
//! ```
//!
//! The number is the object's data, in decimal, as in class `counter`: the two work on the same objects.
#![forbid(unsafe_code)]
#![no_std]

extern crate alloc;

use alloc::string::{String, ToString as _};

use radula_class::{Context, Errno, Result};

radula_class::class! {
    name: "counterwasm",
    methods: {
        /// answers the number
        get: RD,
        /// adds the input (default 1) and answers the new number
        add: RD | WR,
        /// sets the number to the input (default 0)
        reset: WR,
    }
}

/// No 64-bit number takes more bytes; a longer object is not ours, whatever it begins with.
const MAX_DIGITS: u64 = 20;

/// The whole number in the input, or `default` when there is none.
fn requested(input: &[u8], default: i64) -> Result<i64> {
    match input {
        b"" => Ok(default),
        digits => whole_number(digits).ok_or(Errno::EINVAL.into()),
    }
}

fn whole_number(digits: &[u8]) -> Option<i64> {
    str::from_utf8(digits).ok()?.parse().ok()
}

/// The number in the object: 0 in an object without data. Somebody else's data is an error, never overwritten.
fn stored(context: &Context<'_>) -> Result<i64> {
    let size = context.stat()?.size;
    if size == 0 {
        return Ok(0);
    }
    let number = if size <= MAX_DIGITS {
        whole_number(context.read_all()?)
    } else {
        None
    };
    if number.is_none() {
        context.log(0, "the object does not hold a number")?;
    }
    number.ok_or(Errno::EBADMSG.into())
}

/// Answers the number.
fn get(context: &mut Context<'_>, _: &[u8]) -> Result<String> {
    Ok(stored(context)?.to_string())
}

/// Adds the input (1 when empty; may be negative) and answers the new number. Creates the object.
fn add(context: &mut Context<'_>, input: &[u8]) -> Result<String> {
    let step = requested(input, 1)?;
    // Makes sure of the object and minds nothing if it is there already.
    context.create(false)?;
    let number = stored(context)?.checked_add(step).ok_or(Errno::ERANGE)?;
    let digits = number.to_string();
    context.write_full(digits.as_bytes())?;
    Ok(digits)
}

/// Starts again from the input, or from 0. Writes without reading, and so replaces whatever the object holds.
fn reset(context: &mut Context<'_>, input: &[u8]) -> Result {
    let start = requested(input, 0)?;
    context.write_full(start.to_string().as_bytes())
}

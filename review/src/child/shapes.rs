//! Objects as an attacker may prepare them.

use radula::{Errno, IoCtx, Operation};

use super::bench::Unable;
use crate::shape::Shape;

/// Keys of the shapes that have many. Enough that a walk over them without a clock is seen, few enough to prepare.
const KEYS: u32 = if cfg!(debug_assertions) {
    12_000
} else {
    60_000
};
/// Keys a change sets or removes at once.
const CHUNK: u32 = 6_000;
/// Bytes of a large value, and how many.
pub(super) const VALUE: usize = 7 << 20;
const VALUES: u32 = 6;
/// Pages with one byte each.
const PAGES: u64 = if cfg!(debug_assertions) { 512 } else { 4_096 };
const PAGE: u64 = 4_096;

/// Makes `oid` an object of this shape, whatever it was.
pub(super) fn prepare(io: &IoCtx, oid: &str, shape: Shape) -> Result<(), Unable> {
    match io.remove(oid) {
        Err(error) if error.errno() != Errno::ENOENT => return Err(error.into()),
        _ => {}
    }
    match shape {
        Shape::Absent => {}
        Shape::Small => {
            io.write_full(oid, b"seeded data".to_vec())?;
            io.set_xattr(oid, "seeded", "seeded value")?;
            io.omap_set(oid, [("seeded", "seeded value"), ("zz", "")])?;
            io.omap_set_header(oid, "seeded header")?;
        }
        Shape::Keys => keys(io, oid)?,
        Shape::Removed => {
            keys(io, oid)?;
            // Half of them one by one, the rest by a range.
            for from in (0..KEYS / 2).step_by(usize::try_from(CHUNK).unwrap_or(1)) {
                let gone = (from..(from + CHUNK).min(KEYS / 2)).map(key);
                io.omap_remove_keys(oid, gone)?;
            }
            io.operate(oid, &Operation::new().omap_remove_range(key(0), "zz"))?;
        }
        Shape::Queue => {
            keys(io, oid)?;
            // More stay than a store moves to where nothing was removed.
            for (from, to) in [(0, KEYS / 4), (KEYS * 3 / 10, KEYS * 11 / 20)] {
                io.operate(oid, &Operation::new().omap_remove_range(key(from), key(to)))?;
            }
        }
        Shape::Values => {
            for number in 0..VALUES {
                io.omap_set(oid, [(format!("v{number}"), vec![b'v'; VALUE])])?;
            }
        }
        Shape::Pages => {
            for from in (0..PAGES).step_by(512) {
                let mut operation = Operation::new();
                for page in from..(from + 512).min(PAGES) {
                    operation = operation.write(page * PAGE, "x");
                }
                io.operate(oid, &operation)?;
            }
        }
        Shape::Xattrs => {
            for number in 0..900 {
                io.set_xattr(oid, format!("name-{number:04}"), vec![b'x'; 1_000])?;
            }
        }
    }
    Ok(())
}

fn key(number: u32) -> String {
    format!("{number:06}")
}

fn keys(io: &IoCtx, oid: &str) -> Result<(), Unable> {
    for from in (0..KEYS).step_by(usize::try_from(CHUNK).unwrap_or(1)) {
        let some = (from..(from + CHUNK).min(KEYS)).map(|number| (key(number), "v"));
        io.omap_set(oid, some)?;
    }
    io.omap_set(oid, [("zz", "the last")])?;
    Ok(())
}

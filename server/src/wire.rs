//! How RADOS writes values: little endian, packed, with versioned blocks.

mod address;
mod object_name;
mod reader;
mod writer;

pub(crate) use address::{Address, Kind};
pub(crate) use object_name::{HEAD, ListCursor};
pub(crate) use reader::{Malformed, Reader};
pub(crate) use writer::Writer;

/// Raw Castagnoli checksum: `seed` is the starting register, and nothing is inverted at the end.
pub(crate) fn crc(seed: u32, bytes: &[u8]) -> u32 {
    !crc32c::crc32c_append(!seed, bytes)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::hex;

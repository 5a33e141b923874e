//! Authentication: who is at the other end, and how the two sides protect what they say from then on.
//!
//! A connection has one [`Exchange`]. It reads the client's requests and ends in an [`Admitted`], which has all that the
//! rest of the connection needs to know. Each method is a file below this one; there is one, which lets everyone in.

mod none;

use std::io;

use crate::{
    frame::{Opener, Sealer},
    link::Role,
    shared::Shared,
    wire::{Malformed, Reader, Writer},
};

const MODE_CRC: u32 = 1;

/// What a client asks for first: a method, and the modes it takes.
#[derive(Debug)]
struct Asked<'a> {
    method: u32,
    takes_crc: bool,
    payload: &'a [u8],
}

/// What becomes of a client's request.
#[derive(Debug)]
pub(crate) enum Verdict {
    Admitted(Admitted),
    /// It is told to try another method: the payload that says so.
    OtherMethod(Writer),
}

/// A client that is in.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) global_id: u64,
    /// The payload that ends authentication.
    pub(crate) done: Writer,
    pub(crate) signing: Signing,
    /// How frames are written and read from the signatures on.
    pub(crate) sealer: Sealer,
    pub(crate) opener: Opener,
}

/// How both sides sign what was said before.
#[derive(Debug)]
pub(crate) enum Signing {
    /// Without a key there is nothing to sign with.
    Zeros,
}

/// Bytes of a signature.
const SIGNATURE: usize = 32;

impl Signing {
    /// Our signature of everything that was received.
    pub(crate) fn sign(&self, _received: &[u8]) -> [u8; SIGNATURE] {
        match self {
            Signing::Zeros => [0; SIGNATURE],
        }
    }

    /// Whether the client signed everything that was sent to it.
    pub(crate) fn check(&self, _sent: &[u8], signature: &[u8]) -> Result<(), Malformed> {
        match self {
            Signing::Zeros if signature.len() == SIGNATURE => Ok(()),
            Signing::Zeros => Err(Malformed("signature")),
        }
    }
}

/// The authentication of one connection.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    shared: &'a Shared,
    role: Role,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(shared: &'a Shared, role: Role) -> Self {
        Self { shared, role }
    }

    /// Takes the request that names a method. It may come again after [`Verdict::OtherMethod`].
    ///
    /// # Errors
    /// It breaks the protocol; no name for the client can be reserved.
    pub(crate) fn request(&mut self, request: &[u8]) -> io::Result<Verdict> {
        let asked = asked(request).map_err(io::Error::other)?;
        if !none::is_asked(&asked) {
            return Ok(Verdict::OtherMethod(none::refusal(&asked)));
        }
        let known = none::global_id(&asked, self.role).map_err(io::Error::other)?;
        let global_id = match known {
            0 => self.shared.cluster.new_global_id()?,
            known => known,
        };
        Ok(Verdict::Admitted(none::admit(global_id)))
    }
}

fn asked(request: &[u8]) -> Result<Asked<'_>, Malformed> {
    let mut reader = Reader::new(request);
    let method = reader.u32()?;
    let mut takes_crc = false;
    for _ in 0..reader.count(4)? {
        takes_crc |= reader.u32()? == MODE_CRC;
    }
    Ok(Asked {
        method,
        takes_crc,
        payload: reader.bytes()?,
    })
}

//! Typed values, encoded with postcard: compact, stable, and readable from any language with serde.

use alloc::{format, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{Context, Errno, Error, Input, Output, Result};

/// A typed input or output.
///
/// ```
#[doc = concat!("# use ", env!("CARGO_CRATE_NAME"), "::{Context, Postcard, Result};")]
/// #[derive(serde::Deserialize)]
/// struct Request<'a> { name: &'a str, times: u8 }
///
/// fn greet(_: &mut Context<'_>, Postcard(request): Postcard<Request<'_>>) -> Result<Postcard<Vec<String>>> {
///     Ok(Postcard((0..request.times).map(|_| format!("Hello, {}!", request.name)).collect()))
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postcard<T>(pub T);

impl<'call, T: Deserialize<'call>> Input<'call> for Postcard<T> {
    fn decode(bytes: &'call [u8]) -> Result<Self> {
        let (value, rest) = postcard::take_from_bytes(bytes).map_err(|error| {
            Errno::EINVAL.because(format!("the input cannot be decoded: {error}"))
        })?;
        if rest.is_empty() {
            Ok(Postcard(value))
        } else {
            Err(Errno::EINVAL.because("the input goes on beyond its end"))
        }
    }
}

impl<T: Serialize> Output for Postcard<T> {
    fn encode(self, context: &mut Context<'_>) -> Result<i32> {
        context.output(&encoded(&self.0)?).map(|()| 0)
    }
}

fn encoded<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value)
        .map_err(|error| Errno::EIO.because(format!("a value cannot be encoded: {error}")))
}

/// What is stored and cannot be decoded is not the client's fault: `EIO`.
fn decoded<'call, T: Deserialize<'call>>(bytes: &'call [u8], what: &str) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|error| stored(what, error))
}

fn stored(what: &str, error: postcard::Error) -> Error {
    Errno::EIO.because(format!("{what} cannot be decoded: {error}"))
}

#[expect(
    clippy::missing_errors_doc,
    reason = "the errors are those of the untyped function, and EIO when what is stored is not a T"
)]
impl<'call> Context<'call> {
    /// All data, as a `T`.
    pub fn read_as<T: Deserialize<'call>>(&self) -> Result<T> {
        decoded(self.read_all()?, "the data")
    }

    /// Makes `value` the whole content.
    pub fn write_as<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.write_full(&encoded(value)?)
    }

    /// One xattr, as a `T`; `None` when it or the object does not exist.
    pub fn xattr_as<T: Deserialize<'call>>(&self, name: &[u8]) -> Result<Option<T>> {
        let value = self.find_xattr(name)?;
        value.map(|value| decoded(value, "the xattr")).transpose()
    }

    /// Sets one xattr.
    pub fn set_xattr_as<T: Serialize + ?Sized>(&mut self, name: &[u8], value: &T) -> Result {
        self.set_xattr(name, &encoded(value)?)
    }

    /// One omap value, as a `T`; `None` when it or the object does not exist.
    pub fn omap_val_as<T: Deserialize<'call>>(&self, key: &[u8]) -> Result<Option<T>> {
        let value = self.find_omap_val(key)?;
        value
            .map(|value| decoded(value, "the omap value"))
            .transpose()
    }

    /// Sets one omap entry. `EINVAL`: an empty key.
    pub fn omap_set_as<T: Serialize + ?Sized>(&mut self, key: &[u8], value: &T) -> Result {
        self.omap_set(key, &encoded(value)?)
    }
}

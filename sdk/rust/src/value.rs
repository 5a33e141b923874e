//! What methods take and give.

use alloc::{string::String, vec::Vec};

use crate::{Context, Errno, Result};

/// Something a method can take. The bytes come from a client.
pub trait Input<'call>: Sized {
    /// Makes it of the input's bytes.
    ///
    /// # Errors
    /// `EINVAL` when they are not one.
    fn decode(bytes: &'call [u8]) -> Result<Self>;
}

impl<'call> Input<'call> for &'call [u8] {
    fn decode(bytes: &'call [u8]) -> Result<Self> {
        Ok(bytes)
    }
}

impl<'call> Input<'call> for &'call str {
    fn decode(bytes: &'call [u8]) -> Result<Self> {
        str::from_utf8(bytes).map_err(|_| Errno::EINVAL.because("the input is not UTF-8"))
    }
}

/// No input.
impl Input<'_> for () {
    fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            Ok(())
        } else {
            Err(Errno::EINVAL.because("the method takes no input"))
        }
    }
}

/// Something a method can give.
pub trait Output {
    /// Appends it to the output; answers the return value, 0 or more.
    ///
    /// # Errors
    /// Those of [`Context::output`], or of the encoding.
    fn encode(self, context: &mut Context<'_>) -> Result<i32>;
}

impl Output for () {
    fn encode(self, _context: &mut Context<'_>) -> Result<i32> {
        Ok(0)
    }
}

macro_rules! bytes_as_output {
    ($($type:ty),*) => {$(
        impl Output for $type {
            fn encode(self, context: &mut Context<'_>) -> Result<i32> {
                context.output(self.as_ref()).map(|()| 0)
            }
        }
    )*};
}
bytes_as_output!(&[u8], &str, Vec<u8>, String);

/// A return value with an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<T = ()> {
    /// The return value. A negative one is an error number, as in `-2`, and the output is dropped.
    pub ret: i32,
    /// The output.
    pub output: T,
}

impl<T: Output> Output for Reply<T> {
    fn encode(self, context: &mut Context<'_>) -> Result<i32> {
        if self.ret < 0 {
            return Err(Errno::from_return(self.ret).into());
        }
        self.output.encode(context)?;
        Ok(self.ret)
    }
}

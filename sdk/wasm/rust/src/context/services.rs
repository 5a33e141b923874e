//! What is not the object.

use alloc::{string::String, string::ToString as _};
use core::fmt;

use super::{Context, checked};
use crate::{
    Reply, Result,
    object_class::radula::objclass::{calls, env, log},
};

/// The most bytes the host gives at a time.
const RANDOM_CHUNK: usize = 4096;

/// About the running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info<'call> {
    /// Pool of the object.
    pub pool: &'call str,
    /// Its namespace; `""` is the default one.
    pub namespace: &'call str,
    /// Its name.
    pub oid: &'call str,
    /// Who asked, as text.
    pub origin: &'call str,
    /// Version of the object before this transaction; 0 when it does not exist.
    pub version: u64,
    /// Position of this call in its compound operation, from 0.
    pub subop: u32,
}

/// What is left of the limits of the running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsLeft {
    /// Instructions, in the engine's units; the maximum when unlimited.
    pub instructions: u64,
    /// Milliseconds to the deadline.
    pub milliseconds: u64,
    /// Bytes the call may still read from the object.
    pub object_read: u64,
    /// Bytes the call may still write to the object.
    pub object_written: u64,
    /// Bytes of output.
    pub output: u64,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "errors are said in the first lines; those of every function stand at Context"
)]
impl<'call> Context<'call> {
    /// About this call.
    pub fn info(&self) -> Result<Info<'call>> {
        let object = env::object_id();
        Ok(Info {
            pool: object.pool.leak(),
            namespace: object.namespace.leak(),
            oid: object.oid.leak(),
            origin: String::leak(env::origin()),
            version: env::version(),
            subop: env::subop(),
        })
    }

    /// What is left of the limits of this call.
    #[must_use]
    pub fn limits_left(&self) -> LimitsLeft {
        let left = env::limits_left();
        LimitsLeft {
            instructions: left.instructions,
            milliseconds: left.milliseconds,
            object_read: left.object_read,
            object_written: left.object_written,
            output: left.output,
        }
    }

    /// Calls another method on the same object, in this transaction. When it fails its writes are undone, and the
    /// method that called goes on as it likes. `EOPNOTSUPP` when there is no such class or method, `EPERM` when it needs
    /// a flag this method lacks.
    pub fn call(&mut self, class: &str, method: &str, input: &[u8]) -> Result<Reply<&'call [u8]>> {
        let reply = checked(calls::call(class, method, input))?;
        Ok(Reply {
            ret: reply.ret,
            output: reply.output.leak(),
        })
    }

    /// Appends to what the client gets; discarded when the method fails.
    pub fn output(&mut self, data: &[u8]) -> Result {
        self.output.extend_from_slice(data);
        Ok(())
    }

    /// Logs one line, at Ceph's level: 0 error, 20 chatter.
    pub fn log(&self, level: i32, text: impl fmt::Display) -> Result {
        log::log(level, &text.to_string());
        Ok(())
    }

    /// Fills `buffer` with unpredictable bytes.
    pub fn random(&self, buffer: &mut [u8]) -> Result {
        for chunk in buffer.chunks_mut(RANDOM_CHUNK) {
            // Chunks are small enough for any integer.
            let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            chunk.copy_from_slice(&env::random(length));
        }
        Ok(())
    }

    /// Never an error: the engine stops a WASM class by itself. Here so that native classes compile.
    pub fn interrupted(&self) -> Result {
        Ok(())
    }
}

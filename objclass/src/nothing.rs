//! The surroundings of code that runs outside any call, as while a class is opened: no object, and no other class.

use crate::{
    CallError, CallInfo, Context, Errno, Fault, Host, LogRecord, ObjectContext, ObjectError,
    ObjectId, ObjectRead, ObjectWrite, Page, PageLimit, Pair, Reply, Stat, Work,
};
use bytes::Bytes;

/// No object: everything is refused with `EPERM`.
#[derive(Debug)]
pub struct NoObject {
    info: CallInfo,
    work: Work,
}

impl Default for NoObject {
    fn default() -> Self {
        Self {
            info: CallInfo {
                object: ObjectId {
                    pool: String::new(),
                    namespace: String::new(),
                    oid: String::new(),
                },
                version: 0,
                subop: 0,
                origin: String::new(),
            },
            work: Work::unlimited(),
        }
    }
}

type Refused<T> = Result<T, ObjectError>;

fn refused<T>() -> Refused<T> {
    Err(Errno::EPERM.into())
}

impl ObjectRead for NoObject {
    fn stat(&mut self) -> Refused<Stat> {
        refused()
    }
    fn read(&mut self, _: u64, _: u64) -> Refused<Bytes> {
        refused()
    }
    fn xattr(&mut self, _: &[u8]) -> Refused<Bytes> {
        refused()
    }
    fn xattrs(&mut self) -> Refused<Vec<Pair>> {
        refused()
    }
    fn omap_keys(&mut self, _: &[u8], _: PageLimit) -> Refused<Page<Bytes>> {
        refused()
    }
    fn omap_vals(&mut self, _: &[u8], _: &[u8], _: PageLimit) -> Refused<Page<Pair>> {
        refused()
    }
    fn omap_val(&mut self, _: &[u8]) -> Refused<Bytes> {
        refused()
    }
    fn omap_vals_by_keys(&mut self, _: &[&[u8]]) -> Refused<Vec<Pair>> {
        refused()
    }
    fn omap_header(&mut self) -> Refused<Bytes> {
        refused()
    }
}

impl ObjectWrite for NoObject {
    fn create(&mut self, _: bool) -> Refused<()> {
        refused()
    }
    fn remove(&mut self) -> Refused<()> {
        refused()
    }
    fn write(&mut self, _: u64, _: Bytes) -> Refused<()> {
        refused()
    }
    fn write_full(&mut self, _: Bytes) -> Refused<()> {
        refused()
    }
    fn replace(&mut self, _: u64, _: Bytes) -> Refused<()> {
        refused()
    }
    fn truncate(&mut self, _: u64) -> Refused<()> {
        refused()
    }
    fn zero(&mut self, _: u64, _: u64) -> Refused<()> {
        refused()
    }
    fn set_xattr(&mut self, _: &[u8], _: Bytes) -> Refused<()> {
        refused()
    }
    fn omap_set(&mut self, _: &[(&[u8], Bytes)]) -> Refused<()> {
        refused()
    }
    fn omap_remove(&mut self, _: &[&[u8]]) -> Refused<()> {
        refused()
    }
    fn omap_remove_range(&mut self, _: &[u8], _: &[u8]) -> Refused<()> {
        refused()
    }
    fn omap_clear(&mut self) -> Refused<()> {
        refused()
    }
    fn omap_set_header(&mut self, _: Bytes) -> Refused<()> {
        refused()
    }
}

impl ObjectContext for NoObject {
    fn info(&self) -> &CallInfo {
        &self.info
    }
    fn work(&mut self) -> &mut Work {
        &mut self.work
    }
    fn hide_writes(&mut self) -> Refused<()> {
        Ok(())
    }
    fn show_writes(&mut self) {}
    fn begin_nested(&mut self) -> Result<(), Fault> {
        Ok(())
    }
    fn end_nested(&mut self, _: bool) -> Result<(), Fault> {
        Ok(())
    }
}

/// No host: no other class can be called (`EPERM`), what is logged goes nowhere, and random bytes are unpredictable.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl Host for NoHost {
    fn log(&self, _: LogRecord<'_>) {}

    fn call(&self, _: &mut Context<'_>, _: &str, _: &str, _: &[u8]) -> Result<Reply, CallError> {
        Err(Errno::EPERM.into())
    }

    fn random(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            // Zeroes would pass for random bytes. The call that asked ends as a trap; the process lives.
            panic!("the system gives no random bytes: {error}");
        }
    }
}

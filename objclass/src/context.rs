//! The per-call view a method gets: flags enforced, bytes charged, nothing ambient.

use std::fmt;

use bytes::Bytes;

use crate::{
    Budget, CallError, CallInfo, CallRefused, Errno, Host, LimitKind, LogRecord, MethodFlags,
    ObjectContext, ObjectError, Page, PageLimit, Pair, Reply, Stat, text::escaped,
};

/// Deepest nesting of calls, whatever the limits say: each level costs host stack.
const MAX_DEPTH: u32 = 16;

/// Longest text of one log record, in bytes before escaping. Longer text is cut.
const MAX_LOG_TEXT: usize = 4096;

/// What a call sees: its object through [`read`](Context::read) and [`write`](Context::write), its budget, the
/// log, nested calls. Ceph calls it `hctx`.
pub struct Context<'a> {
    object: &'a mut dyn ObjectContext,
    budget: &'a mut Budget,
    host: &'a dyn Host,
    class: &'a str,
    access: MethodFlags,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("class", &self.class)
            .field("access", &self.access)
            .field("object", &self.object.info().object)
            .finish_non_exhaustive()
    }
}

type Refusable<T> = Result<T, CallRefused>;

impl<'a> Context<'a> {
    /// The view for one call of a method with flags `access` of class `class`.
    pub fn new(
        object: &'a mut dyn ObjectContext,
        budget: &'a mut Budget,
        host: &'a dyn Host,
        class: &'a str,
        access: MethodFlags,
    ) -> Self {
        Self {
            object,
            budget,
            host,
            class,
            access,
        }
    }

    /// The same object, budget and host for a nested call of a method with flags `access` of class `class`.
    /// Access never widens: flags the caller lacks are dropped.
    pub fn narrowed<'b>(&'b mut self, class: &'b str, access: MethodFlags) -> Context<'b> {
        Context {
            object: &mut *self.object,
            budget: &mut *self.budget,
            host: self.host,
            class,
            access: access & self.access,
        }
    }

    /// The flags of the running method.
    #[must_use]
    pub fn access(&self) -> MethodFlags {
        self.access
    }

    /// The class this call belongs to.
    #[must_use]
    pub fn class(&self) -> &str {
        self.class
    }

    /// Object, version, position in the compound operation, origin.
    #[must_use]
    pub fn info(&self) -> &CallInfo {
        self.object.info()
    }

    /// The account of this call.
    pub fn budget(&mut self) -> &mut Budget {
        self.budget
    }

    /// Size and mtime. Needs no flag, as in Ceph.
    ///
    /// # Errors
    /// `ENOENT` when the object does not exist.
    pub fn stat(&mut self) -> Refusable<Stat> {
        self.alive()?;
        let result = self.object.stat();
        settle(self.budget, result)
    }

    /// The reading half of the object.
    ///
    /// # Errors
    /// `EPERM` when the method is not flagged `RD`.
    pub fn read(&mut self) -> Refusable<Reader<'_>> {
        self.alive()?;
        if !self.access.contains(MethodFlags::RD) {
            return Err(Errno::EPERM.into());
        }
        Ok(Reader {
            object: &mut *self.object,
            budget: &mut *self.budget,
        })
    }

    /// The writing half of the object.
    ///
    /// # Errors
    /// `EPERM` when the method is not flagged `WR`.
    pub fn write(&mut self) -> Refusable<Writer<'_>> {
        self.alive()?;
        if !self.access.contains(MethodFlags::WR) {
            return Err(Errno::EPERM.into());
        }
        Ok(Writer {
            object: &mut *self.object,
            budget: &mut *self.budget,
        })
    }

    /// Calls another method on the same object, in the same transaction. When it fails its writes are undone and
    /// the caller may go on.
    ///
    /// # Errors
    /// The callee's errno; `EOPNOTSUPP` for an unknown class or method; `EPERM` when it needs a flag the caller
    /// lacks. [`CallRefused::Ended`] when the callee reached a limit: the budget is one.
    pub fn call(&mut self, class: &str, method: &str, input: &[u8]) -> Refusable<Reply> {
        if !self.budget.charge(LimitKind::NestedCalls, 1) {
            return Err(CallRefused::Ended);
        }
        if self.budget.depth() >= MAX_DEPTH {
            self.budget.hit(LimitKind::NestedCalls);
            return Err(CallRefused::Ended);
        }
        if let Err(fault) = self.object.begin_nested() {
            self.budget.fail(fault);
            return Err(CallRefused::Ended);
        }
        self.budget.enter();
        let host = self.host;
        let result = host.call(self, class, method, input);
        self.budget.leave();
        if let Err(fault) = self.object.end_nested(result.is_ok()) {
            self.budget.fail(fault);
        }
        match result {
            _ if self.budget.ended() => Err(CallRefused::Ended),
            Ok(reply) => Ok(reply),
            Err(CallError::Host(fault)) => {
                self.budget.fail(fault);
                Err(CallRefused::Ended)
            }
            Err(error) => Err(error.errno().into()),
        }
    }

    /// Logs one record at Ceph's `level` (0 error … 20 chatter). `text` is guest-controlled: it is charged, cut
    /// to 4 KiB and escaped to one printable line.
    ///
    /// # Errors
    /// [`CallRefused::Ended`] when the log limit is reached.
    pub fn log(&mut self, level: i32, text: &[u8]) -> Refusable<()> {
        // Every record costs something even when empty, so that a loop of empty records ends.
        if !self.budget.charge(LimitKind::Log, text.len() as u64 + 16) {
            return Err(CallRefused::Ended);
        }
        let text = escaped(text, MAX_LOG_TEXT);
        self.host.log(LogRecord {
            class: self.class,
            level,
            text: &text,
        });
        Ok(())
    }

    /// Fills `buffer` with unpredictable bytes.
    pub fn random(&self, buffer: &mut [u8]) {
        self.host.random(buffer);
    }

    /// The error for a call that is over, to be returned by a backend that saw [`CallRefused::Ended`].
    ///
    /// # Panics
    /// Never; a call that is not over yields a host fault that says so.
    pub fn end(&mut self) -> CallError {
        self.budget.take_error().unwrap_or_else(|| {
            CallError::Host(crate::Fault::new(
                "the runtime ended a call that was not over",
            ))
        })
    }

    fn alive(&self) -> Refusable<()> {
        if self.budget.ended() {
            Err(CallRefused::Ended)
        } else {
            Ok(())
        }
    }
}

/// Turns the host's answer into the guest's; a fault ends the call.
fn settle<T>(budget: &mut Budget, result: Result<T, ObjectError>) -> Refusable<T> {
    match result {
        Ok(value) => Ok(value),
        Err(ObjectError::Errno(errno)) => Err(errno.into()),
        Err(ObjectError::Fault(fault)) => {
            budget.fail(fault);
            Err(CallRefused::Ended)
        }
    }
}

fn charge(budget: &mut Budget, kind: LimitKind, amount: usize) -> Refusable<()> {
    if budget.charge(kind, amount as u64) {
        Ok(())
    } else {
        Err(CallRefused::Ended)
    }
}

/// Reads on the object, charged to `object-read` and `omap-keys`. Semantics and errors are those of
/// [`ObjectRead`](crate::ObjectRead).
#[derive(Debug)]
pub struct Reader<'c> {
    object: &'c mut dyn ObjectContext,
    budget: &'c mut Budget,
}

#[expect(
    clippy::missing_errors_doc,
    reason = "the errors are ObjectRead's, plus Ended at a limit"
)]
impl Reader<'_> {
    /// Bytes of data; a `length` of 0 means to the end.
    pub fn read(&mut self, offset: u64, length: u64) -> Refusable<Bytes> {
        // Charged from the size, before anything is read or allocated.
        let stat = self.object.stat();
        let size = settle(self.budget, stat)?.size;
        let rest = size.saturating_sub(offset);
        let length = if length == 0 { rest } else { length.min(rest) };
        if !self.budget.charge(LimitKind::ObjectRead, length) {
            return Err(CallRefused::Ended);
        }
        if length == 0 {
            return Ok(Bytes::new());
        }
        let result = self.object.read(offset, length);
        settle(self.budget, result)
    }

    /// The value of one xattr.
    pub fn xattr(&mut self, name: &[u8]) -> Refusable<Bytes> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        let result = self.object.xattr(name);
        let value = settle(self.budget, result)?;
        charge(self.budget, LimitKind::ObjectRead, value.len())?;
        Ok(value)
    }

    /// All xattrs.
    pub fn xattrs(&mut self) -> Refusable<Vec<Pair>> {
        let result = self.object.xattrs();
        let pairs = settle(self.budget, result)?;
        self.charge_pairs(&pairs)?;
        Ok(pairs)
    }

    /// Omap keys behind `start_after`, at most `max`.
    pub fn omap_keys(&mut self, start_after: &[u8], max: u64) -> Refusable<Page<Bytes>> {
        let limit = self.page_limit(max);
        let result = self.object.omap_keys(start_after, limit);
        let page = settle(self.budget, result)?;
        charge(self.budget, LimitKind::OmapKeys, page.entries.len())?;
        charge(
            self.budget,
            LimitKind::ObjectRead,
            page.entries.iter().map(Bytes::len).sum(),
        )?;
        Ok(page)
    }

    /// Omap entries behind `start_after` whose keys begin with `prefix`, at most `max`.
    pub fn omap_vals(
        &mut self,
        start_after: &[u8],
        prefix: &[u8],
        max: u64,
    ) -> Refusable<Page<Pair>> {
        let limit = self.page_limit(max);
        let result = self.object.omap_vals(start_after, prefix, limit);
        let page = settle(self.budget, result)?;
        self.charge_pairs(&page.entries)?;
        Ok(page)
    }

    /// The value of one omap key.
    pub fn omap_val(&mut self, key: &[u8]) -> Refusable<Bytes> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        let result = self.object.omap_val(key);
        let value = settle(self.budget, result)?;
        charge(self.budget, LimitKind::ObjectRead, value.len())?;
        Ok(value)
    }

    /// The entries of those `keys` that exist.
    pub fn omap_vals_by_keys(&mut self, keys: &[&[u8]]) -> Refusable<Vec<Pair>> {
        charge(self.budget, LimitKind::OmapKeys, keys.len())?;
        let result = self.object.omap_vals_by_keys(keys);
        let pairs = settle(self.budget, result)?;
        charge(self.budget, LimitKind::ObjectRead, pair_bytes(&pairs))?;
        Ok(pairs)
    }

    /// The omap header.
    pub fn omap_header(&mut self) -> Refusable<Bytes> {
        let result = self.object.omap_header();
        let header = settle(self.budget, result)?;
        charge(self.budget, LimitKind::ObjectRead, header.len())?;
        Ok(header)
    }

    /// A page one entry larger than the budget, so that the entry that breaks it is seen and nothing more is
    /// gathered.
    fn page_limit(&self, max: u64) -> PageLimit {
        PageLimit {
            entries: max.min(self.budget.left(LimitKind::OmapKeys).saturating_add(1)),
            bytes: self.budget.left(LimitKind::ObjectRead),
        }
    }

    fn charge_pairs(&mut self, pairs: &[Pair]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, pairs.len())?;
        charge(self.budget, LimitKind::ObjectRead, pair_bytes(pairs))
    }
}

fn pair_bytes(pairs: &[Pair]) -> usize {
    pairs
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum()
}

/// Writes on the object, charged to `object-written` and `omap-keys` before they are buffered. Semantics and
/// errors are those of [`ObjectWrite`](crate::ObjectWrite).
#[derive(Debug)]
pub struct Writer<'c> {
    object: &'c mut dyn ObjectContext,
    budget: &'c mut Budget,
}

/// What a write costs beyond its bytes: the record it occupies in the transaction, measured with writes of one byte that
/// do not merge.
const WRITE_BASE: usize = 128;

#[expect(
    clippy::missing_errors_doc,
    reason = "the errors are ObjectWrite's, plus Ended at a limit"
)]
impl Writer<'_> {
    /// Creates the object.
    pub fn create(&mut self, exclusive: bool) -> Refusable<()> {
        self.charged(0, |object| object.create(exclusive))
    }

    /// Removes the object.
    pub fn remove(&mut self) -> Refusable<()> {
        self.charged(0, |object| object.remove())
    }

    /// Writes at `offset`.
    pub fn write(&mut self, offset: u64, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| object.write(offset, data))
    }

    /// Replaces the content.
    pub fn write_full(&mut self, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| object.write_full(data))
    }

    /// Replaces the content with `data` at `offset` and nothing else: `truncate(0)` and `write`, as Ceph's
    /// `cls_cxx_replace`.
    pub fn replace(&mut self, offset: u64, data: Bytes) -> Refusable<()> {
        self.charged(data.len(), |object| {
            // When the write is refused the truncation must not stay: a guest may catch the refusal and go on.
            object.begin_nested()?;
            let result = object.truncate(0).and_then(|()| object.write(offset, data));
            object.end_nested(result.is_ok())?;
            result
        })
    }

    /// Cuts or extends the content.
    pub fn truncate(&mut self, size: u64) -> Refusable<()> {
        self.charged(0, |object| object.truncate(size))
    }

    /// Zeroes a range.
    pub fn zero(&mut self, offset: u64, length: u64) -> Refusable<()> {
        self.charged(0, |object| object.zero(offset, length))
    }

    /// Sets one xattr.
    pub fn set_xattr(&mut self, name: &[u8], value: Bytes) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, 1)?;
        self.charged(name.len() + value.len(), |object| {
            object.set_xattr(name, value)
        })
    }

    /// Sets omap entries.
    pub fn omap_set(&mut self, entries: &[(&[u8], Bytes)]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, entries.len())?;
        let bytes = entries
            .iter()
            .map(|(key, value)| key.len() + value.len() + WRITE_BASE)
            .sum();
        self.charged(bytes, |object| object.omap_set(entries))
    }

    /// Removes omap keys.
    pub fn omap_remove(&mut self, keys: &[&[u8]]) -> Refusable<()> {
        charge(self.budget, LimitKind::OmapKeys, keys.len())?;
        let bytes = keys.iter().map(|key| key.len() + WRITE_BASE).sum();
        self.charged(bytes, |object| object.omap_remove(keys))
    }

    /// Removes the omap keys in `[begin, end)`.
    pub fn omap_remove_range(&mut self, begin: &[u8], end: &[u8]) -> Refusable<()> {
        self.charged(begin.len() + end.len(), |object| {
            object.omap_remove_range(begin, end)
        })
    }

    /// Removes all omap keys and the header.
    pub fn omap_clear(&mut self) -> Refusable<()> {
        self.charged(0, |object| object.omap_clear())
    }

    /// Sets the omap header.
    pub fn omap_set_header(&mut self, header: Bytes) -> Refusable<()> {
        self.charged(header.len(), |object| object.omap_set_header(header))
    }

    fn charged(
        &mut self,
        bytes: usize,
        write: impl FnOnce(&mut dyn ObjectContext) -> Result<(), ObjectError>,
    ) -> Refusable<()> {
        charge(self.budget, LimitKind::ObjectWritten, bytes + WRITE_BASE)?;
        let result = write(self.object);
        settle(self.budget, result)
    }
}

//! The per-call view a method gets: flags enforced, bytes charged, nothing ambient.

mod reader;
mod writer;

use std::fmt;

use crate::{
    Budget, CallError, CallInfo, CallRefused, Caller, Errno, Fault, Host, LimitKind, LogRecord,
    MethodFlags, ObjectContext, ObjectError, Reply, Stat, Timestamp, stack,
    text::{self, escaped},
};

pub use reader::Reader;
pub use writer::Writer;

/// Deepest nesting of calls, whatever the limits say: each level costs host stack.
const MAX_DEPTH: u32 = 16;

/// Stack a nested call needs before its class is even looked for: enough to open one in any runtime. A class that failed to
/// open for want of stack would stay closed for callers who have enough.
const NESTED_STACK: usize = 512 << 10;

/// More than the limits let one step of a request do.
const OPERATIONS_OF_A_STEP: i32 = 1 << 22;

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
        on(self.object, self.budget, |object| object.stat())
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

    /// Has the method read what the object held when this was called, whatever it writes, until
    /// [`show_writes`](Context::show_writes): what a class in an OSD reads. `stat` sees writes nevertheless.
    ///
    /// # Errors
    /// [`CallRefused::Ended`] when the call is over.
    pub fn hide_writes(&mut self) -> Refusable<()> {
        on(self.object, self.budget, |object| object.hide_writes())
    }

    /// Ends what [`hide_writes`](Context::hide_writes) began.
    pub fn show_writes(&mut self) {
        self.object.show_writes();
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
        if stack::left().is_none_or(|left| left < NESTED_STACK) {
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
        // Opening a callee, running it and undoing it take time of this call.
        let is_in_time = self.budget.check_deadline();
        match result {
            _ if !is_in_time => Err(CallRefused::Ended),
            Ok(reply) => Ok(reply),
            Err(CallError::Host(fault)) => {
                self.budget.fail(fault);
                Err(CallRefused::Ended)
            }
            Err(error) => Err(error.errno().into()),
        }
    }

    /// Logs one record at Ceph's `level` (0 error … 20 chatter). `text` is guest-controlled: it is charged, escaped
    /// to one printable line and cut to [`text::MAX_RECORD`] bytes.
    ///
    /// # Errors
    /// [`CallRefused::Ended`] when the log limit is reached.
    pub fn log(&mut self, level: i32, text: &[u8]) -> Refusable<()> {
        // Every record costs something even when empty, so that a loop of empty records ends.
        if !self.budget.charge(LimitKind::Log, text.len() as u64 + 16) {
            return Err(CallRefused::Ended);
        }
        let text = escaped(text, text::MAX_RECORD);
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

    /// The time: one value through a request, nested calls included, so that what a method decides by it does not change under it.
    pub fn now(&mut self) -> Timestamp {
        let host = self.host;
        *self.budget.now.get_or_insert_with(|| host.now())
    }

    /// Who asks, as data.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::of_origin(&self.info().origin)
    }

    /// The error for a call that is over, to be returned by a backend that saw [`CallRefused::Ended`].
    /// For a call that is not over it is a host fault that says so.
    #[must_use]
    pub fn end(&self) -> CallError {
        self.budget.error().unwrap_or_else(|| {
            CallError::Host(Fault::new("the runtime ended a call that was not over"))
        })
    }

    /// A number no other operation on the object has in this request, nested calls and other steps of it included. It rises
    /// with every read, write and `stat` of a method. Ceph's `cls_current_subop_num`.
    #[must_use]
    pub fn position(&self) -> i32 {
        let steps = i32::try_from(self.info().subop).unwrap_or(i32::MAX);
        let operations = i32::try_from(self.budget.operations).unwrap_or(i32::MAX);
        steps
            .saturating_mul(OPERATIONS_OF_A_STEP)
            .saturating_add(operations)
    }

    /// Before an operation on the object: it is counted, and refused when the call is over.
    fn alive(&mut self) -> Refusable<()> {
        if self.budget.ended() {
            return Err(CallRefused::Ended);
        }
        self.budget.operations = self.budget.operations.saturating_add(1);
        Ok(())
    }
}

/// Has the object do something for this call, and puts the work it was on the budget. A fault ends the call, and so does
/// work that is too much.
fn on<T>(
    object: &mut dyn ObjectContext,
    budget: &mut Budget,
    operation: impl FnOnce(&mut dyn ObjectContext) -> Result<T, ObjectError>,
) -> Refusable<T> {
    budget.lend(object.work());
    let result = operation(object);
    budget.settle(object.work());
    match result {
        Err(ObjectError::Fault(fault)) => {
            budget.fail(fault);
            Err(CallRefused::Ended)
        }
        Err(ObjectError::Ended) => {
            if !budget.ended() {
                budget.fail(Fault::new(
                    "the host stopped working for a call that was not over",
                ));
            }
            Err(CallRefused::Ended)
        }
        _ if budget.ended() => Err(CallRefused::Ended),
        Ok(value) => Ok(value),
        Err(ObjectError::Errno(errno)) => Err(errno.into()),
    }
}

fn charge(budget: &mut Budget, kind: LimitKind, amount: usize) -> Refusable<()> {
    if budget.charge(kind, amount as u64) {
        Ok(())
    } else {
        Err(CallRefused::Ended)
    }
}

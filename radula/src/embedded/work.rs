//! Free work on one object in one transaction: for a host whose operations are not those of [`Operation`].
//!
//! [`Operation`]: crate::Operation

use objclass::{Errno, MethodFlags, ObjectContext as _, ObjectId};
use runtime::{CallHost, Callable};
use store::Receipt;
use transaction::Transaction;

use super::Embedded;
use crate::{
    ExecOptions, ExecReply,
    error::{Cause, Error},
    exec::Call,
    request::Request,
};

/// A method found by name, before anything is known of an object.
#[derive(Debug)]
pub struct Method {
    class: String,
    method: String,
    callable: Callable,
}

impl Method {
    /// Whether it may change its object.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.callable.flags.contains(MethodFlags::WR)
    }
}

/// One object in one transaction.
#[derive(Debug)]
pub struct Work<'a> {
    transaction: &'a mut Transaction,
    host: &'a CallHost<'a>,
    receipt: &'a mut Option<Receipt>,
}

impl Work<'_> {
    /// The object: what is read sees what was written.
    pub fn object(&mut self) -> &mut Transaction {
        self.transaction
    }

    /// Has the commit leave a receipt beside its changes. When nothing was changed there is no commit, and none is left.
    pub fn leave_receipt(&mut self, receipt: Receipt) {
        *self.receipt = Some(receipt);
    }

    /// Runs a method on it, as step `step` of this work.
    ///
    /// # Errors
    /// The method's. What it wrote stays in the transaction: begin a nested scope before to go on without it.
    pub fn exec(
        &mut self,
        step: u32,
        method: &Method,
        input: &[u8],
        options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        self.transaction.set_subop(step);
        let call = Call {
            class: &method.class,
            method: &method.method,
            input,
            options,
        };
        let ran = super::run(&method.callable, self.transaction, self.host, &call);
        ran.map_err(|error| error.of_method(&method.class, &method.method))
    }
}

/// What came of some work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked<T> {
    /// What it answered.
    pub answer: T,
    /// The object's version afterwards; 0 when it does not exist.
    pub version: u64,
    /// Whether the object was changed.
    pub changed: bool,
}

impl Embedded {
    pub(crate) fn method(&self, class: &str, method: &str) -> Result<Method, Error> {
        Ok(Method {
            callable: self.find(class, method)?,
            class: class.to_owned(),
            method: method.to_owned(),
        })
    }

    pub(crate) fn work<T>(
        &self,
        id: ObjectId,
        writes: bool,
        request: Request<'_>,
        body: impl FnOnce(&mut Work<'_>) -> Result<T, Errno>,
    ) -> Result<Worked<T>, Error> {
        let mut before = 0;
        let (answer, version) = self.perform(id, writes, request, |transaction, receipt| {
            before = transaction.info().version;
            let mut work = Work {
                transaction,
                host: &self.host(),
                receipt,
            };
            body(&mut work).map_err(|errno| Cause::Refused(errno).into())
        })?;
        Ok(Worked {
            answer,
            version,
            // Every commit has a version of its own, and what is gone has none.
            changed: version != before,
        })
    }
}

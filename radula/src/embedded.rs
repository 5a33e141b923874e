//! The objects of this process: a store, and the classes that run beside it.

#[cfg(feature = "disk")]
pub(crate) mod disk;
#[cfg(not(feature = "disk"))]
#[path = "embedded/no_disk.rs"]
pub(crate) mod disk;
mod steps;
mod work;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use loader::Loader;
use objclass::{
    CallError, CallInfo, Errno, LimitHit, LimitKind, MethodFlags, ObjectContext, ObjectId, Trap,
};
use runtime::{CallHost, Callable};
use store::{CommitTerms, Durability, Receipt, Store, Wait};
use transaction::{Changes, Quotas, Transaction};

use crate::{
    ExecReply, Operation, OperationReply, Ran,
    config::Config,
    error::{Cause, Error},
    exec::Call,
    reader::ObjectReader,
    request::Request,
};
use steps::Plan;

pub use work::{Method, Work, Worked};

/// A store with the loader of its classes.
#[derive(Debug)]
pub(crate) struct Embedded {
    store: Store,
    loader: Arc<Loader>,
    rules: RwLock<Arc<Rules>>,
}

/// What the configuration says of requests. A request keeps what it began with.
#[derive(Debug)]
struct Rules {
    quotas: Quotas,
    durability: Durability,
    /// How many writers wait for one object at most, and how long.
    object_queue: (usize, Duration),
}

impl From<&Config> for Rules {
    fn from(config: &Config) -> Self {
        Self {
            quotas: config.quotas(),
            durability: match config.is_durable() {
                true => Durability::Sync,
                false => Durability::Buffered,
            },
            object_queue: config.object_queue(),
        }
    }
}

impl Embedded {
    pub(crate) fn new(store: Store, loader: Arc<Loader>, config: &Config) -> Self {
        Self {
            store,
            loader,
            rules: RwLock::new(Arc::new(config.into())),
        }
    }

    pub(crate) fn reconfigure(&self, config: &Config) {
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        *rules = Arc::new(config.into());
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn max_size(&self) -> u64 {
        self.rules().quotas.object_size
    }

    pub(crate) fn exec(
        &self,
        id: ObjectId,
        call: &Call<'_>,
        request: Request<'_>,
    ) -> Result<ExecReply, Error> {
        let method = self.find(call.class, call.method)?;
        let writes = method.flags.contains(MethodFlags::WR);
        let (mut reply, version) = self.perform(id, writes, request, |transaction, _| {
            run(&method, transaction, &self.host(), call)
        })?;
        reply.version = version;
        Ok(reply)
    }

    pub(crate) fn operate(
        &self,
        id: ObjectId,
        operation: &Operation,
        request: Request<'_>,
    ) -> Result<OperationReply, Error> {
        let plan = Plan::of(operation, self)?;
        let (steps, version) = self.perform(id, plan.writes(), request, |transaction, _| {
            plan.run(transaction, &self.host())
        })?;
        Ok(OperationReply::new(steps, operation.names(), version))
    }

    pub(crate) fn reads_only(&self, class: &str, method: &str) -> Result<(), Error> {
        match self.find(class, method)?.flags.contains(MethodFlags::WR) {
            true => Err(Cause::Refused(Errno::EPERM).into()),
            false => Ok(()),
        }
    }

    pub(crate) fn reader(&self, id: ObjectId) -> Result<ObjectReader, Error> {
        store::check_id(&id)?;
        let snapshot = self.store.snapshot(&id)?;
        let head = snapshot.head()?.ok_or(Cause::NoObject)?;
        Ok(ObjectReader::of_snapshot(id, snapshot, head.size))
    }

    fn find(&self, class: &str, method: &str) -> Result<Callable, Error> {
        Callable::find(&self.loader, class, method).map_err(Error::new)
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn host(&self) -> CallHost<'_> {
        CallHost::new(&self.loader, runtime::trace)
    }

    /// Runs `body` in a transaction on the object and commits what it changed, if it succeeds. Returns its answer
    /// and the object's version afterwards.
    ///
    /// A body that does not write runs on a snapshot without waiting for anyone, and not at all when there is no
    /// object. A body that writes has the object for itself until it is committed, and may say what the commit leaves beside.
    fn perform<T>(
        &self,
        id: ObjectId,
        writes: bool,
        request: Request<'_>,
        body: impl FnOnce(&mut Transaction, &mut Option<Receipt>) -> Result<T, Error>,
    ) -> Result<(T, u64), Error> {
        store::check_id(&id)?;
        let rules = self.rules();
        let writing = match writes {
            true => {
                let (longest_queue, longest) = rules.object_queue;
                let wait = Wait::until(Instant::now() + longest).unless_waiting(longest_queue);
                Some(self.store.begin(&id, wait)?)
            }
            false => None,
        };
        let snapshot = match &writing {
            Some(writing) => writing.snapshot()?,
            None => self.store.snapshot(&id)?,
        };
        let version = match snapshot.head()? {
            Some(head) => head.version,
            None if writes => 0,
            None => return Err(Cause::NoObject.into()),
        };
        let info = CallInfo {
            object: id,
            version,
            subop: 0,
            origin: request.origin.to_owned(),
        };
        let mut transaction = Transaction::new(snapshot, info, rules.quotas.clone());
        let mut receipt = None;
        let answer = body(&mut transaction, &mut receipt)?;
        let Some(writing) = writing else {
            return Ok((answer, version));
        };
        let until = transaction.until();
        let Some(changes) = transaction.into_changes() else {
            return Ok((answer, version));
        };
        if let Some((deadline, limit)) = until
            && Instant::now() + changes.commit_time() > deadline
        {
            let kind = LimitKind::Deadline;
            let trap = Trap::from(LimitHit { kind, limit });
            return Err(Error::from(CallError::Trap(trap)));
        }
        let removed = matches!(changes, Changes::Removed);
        let terms = CommitTerms {
            durability: request.durability.unwrap_or(rules.durability),
            pool_objects: Some(rules.quotas.pool_objects),
            receipt,
        };
        let version = writing.commit(changes, terms)?;
        Ok((answer, if removed { 0 } else { version }))
    }
}

/// Runs a method in the transaction of `object`, under the limits of its class or the lower ones asked for.
fn run(
    method: &Callable,
    object: &mut dyn ObjectContext,
    host: &CallHost<'_>,
    call: &Call<'_>,
) -> Result<ExecReply, Error> {
    let mut limits = method.class.limits;
    if let Some(request) = &call.options.limits {
        limits = limits.lowered_by(request);
    }
    let (result, usage) = method.run(object, host, limits, call.input);
    match result {
        Ok(reply) => Ok(ExecReply {
            ret: reply.ret,
            output: reply.output,
            version: 0,
            ran: Some(Ran {
                limits,
                usage,
                class: Arc::clone(&method.class),
            }),
        }),
        Err(error) => Err(Error::from(error).having_spent(limits, usage)),
    }
}

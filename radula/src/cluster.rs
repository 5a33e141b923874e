//! The objects of a Ceph cluster behind the same operations.
//!
//! An [`Operation`] becomes one compound operation of librados, so it is all or nothing there too. librados keeps
//! reads and writes apart; what that and the rest of it make impossible is answered with
//! [`ClusterError::Unsupported`] before anything is sent.

mod failed;
mod listing;
mod pools;
mod reads;
mod writes;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use ceph_client::ClusterUrl;
use objclass::{Errno, Limits, ObjectId, Page};

use crate::{
    ClusterError, ExecOptions, ExecReply, Operation, OperationReply, StepReply,
    config::Config,
    error::{Cause, Error, OpenError},
    exec::Call,
    operation::{Exec, Step},
    reader::ObjectReader,
};
use listing::Listings;
use pools::Pools;

/// An open connection.
#[derive(Debug)]
pub(crate) struct Cluster {
    pools: Pools,
    listings: Listings,
    timeout: Option<Duration>,
    /// Whether output of calls that write is asked for.
    returnvec: bool,
    /// The most bytes of an object, for streams that are read into memory.
    max_size: AtomicU64,
}

impl Cluster {
    pub(crate) fn open(url: &ClusterUrl, config: &Config) -> Result<Self, OpenError> {
        let cluster =
            ceph_client::Cluster::connect(url).map_err(|error| OpenError::Cluster(error.into()))?;
        Ok(Self {
            pools: Pools::new(cluster),
            listings: Listings::default(),
            timeout: url.timeout(),
            returnvec: url.returnvec(),
            max_size: AtomicU64::new(config.quotas().object_size),
        })
    }

    pub(crate) fn exec(&self, id: &ObjectId, call: &Call<'_>) -> Result<ExecReply, Error> {
        refuse_limits(call.options)?;
        store::check_id(id)?;
        let exec = Exec {
            class: call.class.to_owned(),
            method: call.method.to_owned(),
            input: Bytes::copy_from_slice(call.input),
            options: call.options.clone(),
        };
        let steps = [Step::Exec(Box::new(exec))];
        let (mut replies, version) = self.run(id, &steps).map_err(Error::without_step)?;
        match replies.pop() {
            Some(StepReply::Exec(reply)) => Ok(ExecReply { version, ..*reply }),
            other => {
                unreachable!("an operation of one call has the reply of one call, not {other:?}")
            }
        }
    }

    pub(crate) fn operate(
        &self,
        id: &ObjectId,
        operation: &Operation,
    ) -> Result<OperationReply, Error> {
        store::check_id(id)?;
        for (index, step) in operation.steps().iter().enumerate() {
            if let Step::Exec(exec) = step {
                refuse_limits(&exec.options).map_err(|error| error.of_step(index, step.name()))?;
            }
        }
        let (steps, version) = self.run(id, operation.steps())?;
        Ok(OperationReply::new(steps, operation.names(), version))
    }

    /// Reads and calls go into a read operation, plain writes and calls into a write operation. A cluster carries out
    /// a read operation whose calls write as a write; only there calls have output.
    fn run(&self, id: &ObjectId, steps: &[Step]) -> Result<(Vec<StepReply>, u64), Error> {
        let pool = self.pools.get(&id.pool, &id.namespace)?;
        if steps.iter().any(Step::writes) {
            writes::run(self, &pool, &id.oid, steps)
        } else {
            reads::run(self, &pool, &id.oid, steps)
        }
    }

    pub(crate) fn reads_only(&self) -> Result<(), Error> {
        // Its OSDs know the methods' flags and do not tell: a method that writes must not run on every object.
        Err(Cause::Refused(Errno::EOPNOTSUPP).into())
    }

    pub(crate) fn reader(&self, id: ObjectId) -> Result<ObjectReader, Error> {
        store::check_id(&id)?;
        // A cluster keeps no snapshot for us: one read is one moment.
        let whole = [Step::Read(0, None)];
        let (mut replies, _) = self.run(&id, &whole).map_err(Error::without_step)?;
        match replies.pop() {
            Some(StepReply::Bytes(data)) => Ok(ObjectReader::of_bytes(id, data)),
            other => {
                unreachable!("an operation of one read has the reply of one read, not {other:?}")
            }
        }
    }

    pub(crate) fn max_size(&self) -> u64 {
        self.max_size.load(Ordering::Relaxed)
    }

    pub(crate) fn reconfigure(&self, config: &Config) {
        let max = config.quotas().object_size;
        self.max_size.store(max, Ordering::Relaxed);
    }

    /// As [`Store::list`](store::Store::list).
    pub(crate) fn list(
        &self,
        pool: &str,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        let fresh = || match namespace {
            Some(namespace) => self.pools.get(pool, namespace),
            None => self.pools.of_all_namespaces(pool),
        };
        self.listings
            .page(fresh, pool, namespace, after, prefix, max)
    }

    pub(crate) fn pools(&self) -> Result<Vec<String>, Error> {
        self.pools.names()
    }

    /// What an operation that failed at `steps` says.
    fn failed(&self, error: ceph_client::OperationError, steps: &[Step]) -> Error {
        failed::failed(error, steps, self.timeout)
    }
}

/// Limits travel with no request of RADOS; the OSD's own configuration has them.
fn refuse_limits(options: &ExecOptions) -> Result<(), Error> {
    if options
        .limits
        .is_none_or(|limits| limits == Limits::UNLIMITED)
    {
        return Ok(());
    }
    Err(unsupported(
        "limits of a single call; the limits of a class are in radula.toml beside the OSD's classes",
    ))
}

fn unsupported(what: &'static str) -> Error {
    ClusterError::Unsupported { what }.into()
}

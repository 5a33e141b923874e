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

use std::time::Duration;

use ceph_client::ClusterUrl;
use objclass::{Limits, ObjectId, Page};

use crate::{
    ClusterError, ExecOptions, ExecReply, OpenError, Operation, OperationReply, StepReply,
    error::Error,
    operation::{Exec, Step},
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
}

impl Cluster {
    pub(crate) fn open(url: &ClusterUrl) -> Result<Self, OpenError> {
        let cluster =
            ceph_client::Cluster::connect(url).map_err(|error| OpenError::Cluster(error.into()))?;
        Ok(Self {
            pools: Pools::new(cluster),
            listings: Listings::default(),
            timeout: url.timeout(),
            returnvec: url.returnvec(),
        })
    }

    pub(crate) fn exec(
        &self,
        id: &ObjectId,
        class: &str,
        method: &str,
        input: &[u8],
        options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        refuse_limits(options)?;
        store::check_id(id)?;
        let exec = Exec {
            class: class.to_owned(),
            method: method.to_owned(),
            input: bytes::Bytes::copy_from_slice(input),
            options: options.clone(),
        };
        let steps = [Step::Exec(Box::new(exec))];
        let reply = self.run(id, &steps).map_err(Error::without_step)?;
        match reply.steps.into_iter().next() {
            Some(StepReply::Exec(reply)) => Ok(*reply),
            // An operation of one call has the reply of one call.
            _ => Ok(ExecReply::of_cluster(0, bytes::Bytes::new(), reply.version)),
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
        self.run(id, operation.steps())
    }

    /// Reads and calls go into a read operation, plain writes and calls into a write operation. A cluster carries out
    /// a read operation whose calls write as a write; only there calls have output.
    fn run(&self, id: &ObjectId, steps: &[Step]) -> Result<OperationReply, Error> {
        let pool = self.pools.get(&id.pool, &id.namespace)?;
        if steps.iter().any(Step::writes) {
            writes::run(self, &pool, &id.oid, steps)
        } else {
            reads::run(self, &pool, &id.oid, steps)
        }
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

/// The operation's answer, with the version in every call of it.
fn answered(mut steps: Vec<StepReply>, version: u64) -> OperationReply {
    for step in &mut steps {
        if let StepReply::Exec(reply) = step {
            reply.version = version;
        }
    }
    OperationReply { steps, version }
}

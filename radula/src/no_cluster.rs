//! Says that this build reaches no cluster.

use objclass::{ObjectId, Page};

use crate::{
    ExecReply, Operation, OperationReply,
    config::{ClusterUrl, Config},
    error::{Error, OpenError},
    exec::Call,
    reader::ObjectReader,
};

/// There is none.
#[derive(Debug)]
pub(crate) enum Cluster {}

impl Cluster {
    pub(crate) fn open(_url: &ClusterUrl, _config: &Config) -> Result<Self, OpenError> {
        Err(OpenError::NoRados)
    }

    pub(crate) fn reconfigure(&self, _config: &Config) {
        match *self {}
    }

    pub(crate) fn exec(&self, _id: &ObjectId, _call: &Call<'_>) -> Result<ExecReply, Error> {
        match *self {}
    }

    pub(crate) fn operate(
        &self,
        _id: &ObjectId,
        _operation: &Operation,
    ) -> Result<OperationReply, Error> {
        match *self {}
    }

    pub(crate) fn reads_only(&self) -> Result<(), Error> {
        match *self {}
    }

    pub(crate) fn reader(&self, _id: ObjectId) -> Result<ObjectReader, Error> {
        match *self {}
    }

    pub(crate) fn max_size(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn list(
        &self,
        _pool: &str,
        _namespace: Option<&str>,
        _after: Option<&ObjectId>,
        _prefix: &str,
        _max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        match *self {}
    }

    pub(crate) fn pools(&self) -> Result<Vec<String>, Error> {
        match *self {}
    }
}

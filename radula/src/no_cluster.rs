//! Says that this build reaches no cluster.

use objclass::{ObjectId, Page};

use crate::{
    ExecOptions, ExecReply, OpenError, Operation, OperationReply, config::ClusterUrl, error::Error,
};

/// There is none.
#[derive(Debug)]
pub(crate) enum Cluster {}

impl Cluster {
    pub(crate) fn open(_url: &ClusterUrl) -> Result<Self, OpenError> {
        Err(OpenError::NoRados)
    }

    pub(crate) fn exec(
        &self,
        _id: &ObjectId,
        _class: &str,
        _method: &str,
        _input: &[u8],
        _options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        match *self {}
    }

    pub(crate) fn operate(
        &self,
        _id: &ObjectId,
        _operation: &Operation,
    ) -> Result<OperationReply, Error> {
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

//! The objects of one pool and namespace, and everything that can be done to them.

mod entries;
mod filter;
mod stream;
mod verbs;
mod work;

use std::{fmt, sync::Arc};

use objclass::{ObjectId, Page};
use store::Durability;

use crate::{
    ExecOptions, ExecReply, Operation, OperationReply, StepReply, error::Error, exec::Call,
    objects::Objects, request::Request,
};

pub use self::filter::{Filter, FilteredPage};

/// Who asks, as `CallInfo::origin` tells classes, when the embedding program did not say.
const ORIGIN: &str = "embedded";

/// A handle on the objects of one pool and namespace, after librados' `IoCtx`. Cheap to clone; can be used from
/// many threads.
///
/// Writers of one object take turns in the order they came; readers see the object as last committed and wait for
/// nobody. Every method is one atomic operation; [`operate`](IoCtx::operate) makes one of several.
#[derive(Clone)]
pub struct IoCtx {
    objects: Arc<Objects>,
    pool: String,
    namespace: String,
    origin: Arc<str>,
    durability: Option<Durability>,
}

impl fmt::Debug for IoCtx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IoCtx")
            .field("pool", &self.pool)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl IoCtx {
    pub(crate) fn new(objects: Arc<Objects>, pool: String, namespace: String) -> Self {
        Self {
            objects,
            pool,
            namespace,
            origin: ORIGIN.into(),
            durability: None,
        }
    }

    /// The same pool with another namespace; `""` is the default one.
    #[must_use]
    pub fn with_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// The same objects, with `origin` as who is asking, for classes to see. A cluster tells its classes the address of
    /// the client instead.
    #[must_use]
    pub fn with_origin(mut self, origin: &str) -> Self {
        self.origin = origin.into();
        self
    }

    /// The same objects, with a durability other than the configured one. A cluster knows only that of its pools: what it
    /// acknowledged is on disk.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = Some(durability);
        self
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &str {
        &self.pool
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The full id of object `oid`.
    #[must_use]
    pub fn object(&self, oid: &str) -> ObjectId {
        ObjectId {
            pool: self.pool.clone(),
            namespace: self.namespace.clone(),
            oid: oid.to_owned(),
        }
    }

    /// Runs a method of a class beside the object.
    ///
    /// # Errors
    /// The class does not open, has no such method, answered with an error number, or was ended; the object does
    /// not exist and the method does not write; the store failed. Nothing is applied then.
    pub fn exec(
        &self,
        oid: &str,
        class: &str,
        method: &str,
        input: impl AsRef<[u8]>,
    ) -> Result<ExecReply, Error> {
        self.exec_with(oid, class, method, input, &ExecOptions::default())
    }

    /// As [`exec`](IoCtx::exec), with options.
    ///
    /// # Errors
    /// As [`exec`](IoCtx::exec).
    pub fn exec_with(
        &self,
        oid: &str,
        class: &str,
        method: &str,
        input: impl AsRef<[u8]>,
        options: &ExecOptions,
    ) -> Result<ExecReply, Error> {
        let call = Call {
            class,
            method,
            input: input.as_ref(),
            options,
        };
        self.objects
            .exec(self.object(oid), &call, self.request())
            .map_err(|error| error.of_method(class, method).of_object(self.object(oid)))
    }

    /// Runs a compound operation: all of it or nothing.
    ///
    /// # Errors
    /// The error of the first step that failed, with its index. Nothing is applied then.
    pub fn operate(&self, oid: &str, operation: &Operation) -> Result<OperationReply, Error> {
        self.objects
            .operate(self.object(oid), operation, self.request())
            .map_err(|error| error.of_object(self.object(oid)))
    }

    /// Lists the names of the objects after `after` that begin with `prefix`, at most `max`, in byte order: one page of
    /// [`objects`](IoCtx::objects).
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn list(
        &self,
        after: Option<&str>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<String>, Error> {
        let after = after.map(|oid| self.object(oid));
        let page = self.page(Some(&self.namespace), after.as_ref(), prefix, max)?;
        Ok(page.map(|id| id.oid))
    }

    /// As [`list`](IoCtx::list), in all namespaces of the pool.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn list_all(
        &self,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        self.page(None, after, prefix, max)
    }

    fn page(
        &self,
        namespace: Option<&str>,
        after: Option<&ObjectId>,
        prefix: &str,
        max: usize,
    ) -> Result<Page<ObjectId>, Error> {
        self.objects.list(&self.pool, namespace, after, prefix, max)
    }

    fn request(&self) -> Request<'_> {
        Request {
            origin: &self.origin,
            durability: self.durability,
        }
    }

    /// Runs an operation of one step and takes its reply out.
    fn one(&self, oid: &str, operation: &Operation) -> Result<StepReply, Error> {
        let mut reply = self.operate(oid, operation).map_err(Error::without_step)?;
        let Some(reply) = reply.steps.pop() else {
            unreachable!("an operation of one step has one reply");
        };
        Ok(reply)
    }
}

//! Ours from inside: a class without the engine around it, on a transaction that outlives the calls.

use std::sync::Arc;

use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    Limits, LogRecord, MethodFlags, Module, ObjectId, ObjectWrite as _, Reply,
};
use transaction::{Absent, Quotas, Transaction};

use crate::{model::Failure, world};

/// A class and its object.
#[derive(Debug)]
pub struct Alone {
    class: Arc<dyn Class>,
    name: String,
    object: Transaction,
}

/// Nobody to call, nobody who listens.
#[derive(Debug)]
pub struct Nobody;

impl Host for Nobody {
    fn log(&self, _: LogRecord<'_>) {}

    fn call(&self, _: &mut Context<'_>, _: &str, _: &str, _: &[u8]) -> Result<Reply, CallError> {
        Err(Errno::EOPNOTSUPP.into())
    }

    fn random(&self, _: &mut [u8]) {}
}

/// A transaction on an object with a record and an xattr `a`.
///
/// # Errors
/// The quotas refuse it, which they do not.
pub fn object() -> Result<Transaction, Failure> {
    let info = CallInfo {
        object: ObjectId {
            pool: "bench".into(),
            namespace: String::new(),
            oid: "object".into(),
        },
        version: 0,
        subop: 0,
        origin: "bench".into(),
    };
    let mut object = Transaction::new(Box::new(Absent), info, Quotas::default());
    object
        .write_full(world::record().into())
        .map_err(|error| format!("{error:?}"))?;
    object
        .set_xattr(b"a", bytes::Bytes::from_static(b"value"))
        .map_err(|error| format!("{error:?}"))?;
    Ok(object)
}

/// Tells the classes of a run apart: a backend may know a class by the digest of its file.
fn digest(name: &str) -> Digest {
    let mut digest = [1; 32];
    for (at, byte) in digest.iter_mut().zip(name.bytes()) {
        *at = byte;
    }
    Digest(digest)
}

impl Alone {
    /// Opens `file` as class `name`.
    ///
    /// # Errors
    /// It does not open.
    pub fn open(
        backend: &dyn ClassBackend,
        name: &str,
        file: &std::path::Path,
    ) -> Result<Self, Failure> {
        let module = Module {
            class: ClassName::new(name)?,
            file: file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            bytes: std::fs::read(file)?.into(),
            digest: digest(name),
        };
        Ok(Self {
            class: backend.open(&module, &Limits::INSTALLED)?,
            name: name.to_owned(),
            object: object()?,
        })
    }

    /// The position of `method`.
    ///
    /// # Errors
    /// There is none.
    pub fn method(&self, method: &str) -> Result<usize, Failure> {
        let mut methods = self.class.methods().iter();
        let found = methods.position(|known| known.name.as_str() == method);
        found.ok_or_else(|| format!("class {} has no method {method}", self.name).into())
    }

    /// A call as the engine makes it: a fresh budget and context.
    ///
    /// # Errors
    /// The call's.
    pub fn call(&mut self, method: usize, input: &[u8]) -> Result<Reply, Failure> {
        let mut budget = Budget::new(Limits::INSTALLED);
        let access = MethodFlags::RD | MethodFlags::WR;
        let mut context = Context::new(&mut self.object, &mut budget, &Nobody, &self.name, access);
        let reply = self.class.call(method, &mut context, input)?;
        budget.close();
        Ok(reply)
    }
}

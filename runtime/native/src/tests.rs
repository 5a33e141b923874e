//! Tests on class files compiled on the spot.
#![expect(
    clippy::disallowed_methods,
    reason = "tests compile their own class files"
)]

mod abi;
mod calls;
mod files;
mod registration;
mod sdk;
mod threads;
mod versions;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    Limits, LogRecord, Module, ObjectId, OpenError, Reply,
};
use transaction::{Absent, Quotas, Transaction};

use crate::{NativeBackend, Refused};

/// The directory of the current header.
fn header() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../abi")
}

/// The directory of the header as the first release of this ABI had it.
fn pinned_header() -> PathBuf {
    header().join("1.0")
}

/// Compiles C against the header in `include`.
fn compile_against(include: &Path, source: &str, flags: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let (input, output) = (
        directory.path().join("class.c"),
        directory.path().join("out"),
    );
    fs::write(&input, source).unwrap();
    let compiler = Command::new("cc")
        .args([
            "-std=gnu11",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
        ])
        .args(["-fvisibility=hidden", "-I"])
        .arg(include)
        .arg("-o")
        .arg(&output)
        .arg(&input)
        .args(flags)
        .output()
        .expect("a C compiler is needed: install cc");
    assert!(
        compiler.status.success(),
        "{}",
        String::from_utf8_lossy(&compiler.stderr)
    );
    fs::read(output).unwrap()
}

/// Compiles C against the current header.
fn compile(source: &str) -> Vec<u8> {
    compile_against(&header(), source, &[])
}

/// A class `name` of version 1 with one method `run` and whatever `body` holds beside it.
fn class_source(name: &str, body: &str) -> String {
    format!("#include \"objclass.h\"\nOBJCLASS(\"{name}\", \"1\")\n{body}\n")
}

/// A class with one method `run`, flagged and implemented as given.
fn one_method(name: &str, flags: &str, run: &str) -> String {
    class_source(
        name,
        &format!(
            "static int32_t run(objclass_call *call, objclass_bytes input)
             {{ (void)call; (void)input; {run} }}
             int32_t objclass_init(objclass_registry *r)
             {{ return objclass_register(r, \"run\", {flags}, run); }}"
        ),
    )
}

fn module(name: &str, bytes: Vec<u8>) -> Module {
    Module {
        class: ClassName::new(name).unwrap(),
        file: format!("libcls_{name}.so"),
        digest: Digest(*blake3::hash(&bytes).as_bytes()),
        bytes: bytes.into(),
    }
}

fn open(name: &str, bytes: Vec<u8>) -> Result<Arc<dyn Class>, OpenError> {
    NativeBackend::new().open(&module(name, bytes), &Limits::INSTALLED)
}

/// The reason this backend itself gave.
fn refused(result: Result<Arc<dyn Class>, OpenError>) -> Refused {
    match result {
        Err(OpenError::Backend(error)) => *error.downcast::<Refused>().unwrap(),
        other => panic!("expected this backend's own reason, got {other:?}"),
    }
}

/// A host with some classes, which remembers the log.
#[derive(Debug, Default)]
struct World {
    classes: BTreeMap<String, Arc<dyn Class>>,
    log: Mutex<Vec<(String, i32, String)>>,
}

impl World {
    fn with(classes: impl IntoIterator<Item = (&'static str, Arc<dyn Class>)>) -> Self {
        Self {
            classes: classes
                .into_iter()
                .map(|(n, c)| (n.to_owned(), c))
                .collect(),
            log: Mutex::default(),
        }
    }

    /// A world with the class `name` compiled from `source`.
    fn of(name: &'static str, source: &str) -> Self {
        Self::with([(name, open(name, compile(source)).unwrap())])
    }

    fn exec(
        &self,
        object: &mut Transaction,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        self.exec_within(Limits::INSTALLED, object, class, method, input)
    }

    fn exec_within(
        &self,
        limits: Limits,
        object: &mut Transaction,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let target = &self.classes[class];
        let index = index(&**target, method).expect("the method is there");
        let mut budget = Budget::new(limits);
        let flags = target.methods()[index].flags;
        let mut context = Context::new(object, &mut budget, self, class, flags);
        let answer = target.call(index, &mut context, input);
        // As every host: what came too late does not count.
        let _ = budget.close();
        match budget.error() {
            Some(ended) => Err(ended),
            None => answer,
        }
    }

    fn logged(&self) -> Vec<(String, i32, String)> {
        self.log.lock().unwrap().clone()
    }
}

fn index(class: &dyn Class, method: &str) -> Option<usize> {
    class
        .methods()
        .iter()
        .position(|m| m.name.as_str() == method)
}

impl Host for World {
    fn log(&self, record: LogRecord<'_>) {
        self.log.lock().unwrap().push((
            record.class.to_owned(),
            record.level,
            record.text.to_owned(),
        ));
    }

    fn call(
        &self,
        context: &mut Context<'_>,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let target = self.classes.get(class).ok_or(Errno::EOPNOTSUPP)?;
        let index = index(&**target, method).ok_or(Errno::EOPNOTSUPP)?;
        let flags = target.methods()[index].flags;
        if !context.access().contains(flags) {
            return Err(Errno::EPERM.into());
        }
        target.call(index, &mut context.narrowed(class, flags), input)
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(4);
    }
}

/// An object that does not exist yet.
fn object() -> Transaction {
    let object = ObjectId {
        pool: "pool".into(),
        namespace: "space".into(),
        oid: "oid".into(),
    };
    let info = CallInfo {
        object,
        version: 7,
        subop: 2,
        origin: "client.1 test".into(),
    };
    Transaction::new(Box::new(Absent), info, Quotas::default())
}

fn output(result: Result<Reply, CallError>) -> Bytes {
    result.unwrap().output
}

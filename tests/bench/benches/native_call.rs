//! What a call of a native method costs on top of the call itself: `cargo bench -p radula-bench --bench native_call`.
//!
//! From the inside out: the bare function; the same through the class (budget, context, handle, checks of the answer);
//! and through the whole engine on the memory store (class and method found by name, object looked up, snapshot,
//! transaction, usage). The rows between say where the rest goes.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark compiles its own class"
)]

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Arc, LazyLock},
};

use divan::{Bencher, black_box};
use libloading::os::unix::{Library, Symbol};
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Host, Limits,
    LogRecord, MethodFlags, Module, ObjectId, Reply,
};
use radula::{Config, IoCtx, Radula};
use runtime_native::NativeBackend;
use transaction::{Quotas, Transaction};

fn main() {
    divan::main();
}

/// Everything the rows share, made once.
struct Fixture {
    directory: tempfile::TempDir,
    class: Arc<dyn Class>,
    engine: IoCtx,
    radula: Radula,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("libcls_noop.so");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiled = Command::new("cc")
        .args([
            "-std=c11",
            "-O2",
            "-fPIC",
            "-shared",
            "-fvisibility=hidden",
            "-I",
        ])
        .arg(root.join("../../sdk/c"))
        .arg("-o")
        .arg(&file)
        .arg(root.join("benches/noop.c"))
        .status();
    assert!(compiled.unwrap().success());
    let bytes = fs::read(&file).unwrap();
    let module = Module {
        class: ClassName::new("noop").unwrap(),
        file: "libcls_noop.so".into(),
        digest: Digest(*blake3::hash(&bytes).as_bytes()),
        bytes: bytes.into(),
    };
    let class = NativeBackend::new()
        .open(&module, &Limits::INSTALLED)
        .unwrap();
    let config = Config::builtin(&Default::default())
        .with("store", "memory")
        .unwrap()
        .with("class_dir", directory.path())
        .unwrap();
    let radula = Radula::open(config).unwrap();
    let engine = radula.ioctx("bench");
    engine.write_full("object", "content").unwrap();
    engine.exec("object", "noop", "noop", b"").unwrap();
    Fixture {
        directory,
        class,
        engine,
        radula,
    }
});

#[derive(Debug)]
struct Nothing;

impl Host for Nothing {
    fn log(&self, _record: LogRecord<'_>) {}
    fn call(
        &self,
        _context: &mut Context<'_>,
        _class: &str,
        _method: &str,
        _input: &[u8],
    ) -> Result<Reply, CallError> {
        Ok(Reply::default())
    }
    fn random(&self, _buffer: &mut [u8]) {}
}

fn object() -> ObjectId {
    ObjectId {
        pool: "bench".into(),
        namespace: String::new(),
        oid: "object".into(),
    }
}

fn transaction() -> Transaction {
    let snapshot = FIXTURE.radula.store().unwrap().snapshot(&object()).unwrap();
    let info = CallInfo {
        object: object(),
        version: 1,
        subop: 0,
        origin: "bench".into(),
    };
    Transaction::new(snapshot, info, Quotas::default())
}

fn method(name: &str) -> usize {
    let mut methods = FIXTURE.class.methods().iter();
    methods
        .position(|method| method.name.as_str() == name)
        .unwrap()
}

#[repr(C)]
struct Bytes {
    data: *const u8,
    size: usize,
}

/// The floor: the function itself, through a pointer.
#[divan::bench(sample_size = 1000)]
fn direct(bencher: Bencher<'_, '_>) {
    type Noop = unsafe extern "C" fn(*mut u8, Bytes) -> i32;
    let path = FIXTURE.directory.path().join("libcls_noop.so");
    // SAFETY: the class was compiled above and has no constructors.
    let library = unsafe { Library::new(&path) }.unwrap();
    // SAFETY: this is the type of the function in `noop.c`.
    let noop: Symbol<Noop> = unsafe { library.get("noop") }.unwrap();
    bencher.bench_local(|| {
        let input = Bytes {
            data: black_box(std::ptr::null()),
            size: 0,
        };
        // SAFETY: the function touches neither argument.
        unsafe { black_box(*noop)(black_box(std::ptr::null_mut()), input) }
    });
}

/// Through the class: a fresh budget and context, the handle, the answer checked.
#[divan::bench(args = ["noop", "echo"], sample_size = 1000)]
fn class(bencher: Bencher<'_, '_>, name: &str) {
    let (mut object, index) = (transaction(), method(name));
    bencher.bench_local(|| {
        let mut budget = Budget::new(Limits::INSTALLED);
        let mut context = Context::new(&mut object, &mut budget, &Nothing, "noop", MethodFlags::RD);
        FIXTURE.class.call(index, &mut context, black_box(b"input"))
    });
}

/// Through the engine on the memory store, as a client calls it.
#[divan::bench(args = ["noop", "echo"], sample_size = 1000)]
fn engine(bencher: Bencher<'_, '_>, name: &str) {
    bencher.bench_local(|| {
        FIXTURE
            .engine
            .exec("object", "noop", name, black_box(b"input"))
    });
}

/// Part of `engine`: finding the class by name.
#[divan::bench(sample_size = 1000)]
fn part_open_class(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| FIXTURE.radula.loader().open(black_box("noop")));
}

/// Part of `engine`: the object looked up, a snapshot of it, the transaction over it, all dropped again.
#[divan::bench(sample_size = 1000)]
fn part_transaction(bencher: Bencher<'_, '_>) {
    bencher.bench_local(transaction);
}

/// Part of `engine`, and half of it of `class`: the account of the call, opened and closed with a look at the clock.
#[divan::bench(sample_size = 1000)]
fn part_budget(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let mut budget = Budget::new(black_box(Limits::INSTALLED));
        budget.close()
    });
}

//! What a call of a WASM method costs: `cargo bench -p radula-bench --bench wasm_call`.
//!
//! `say_hello` of the bundled classes in C, AssemblyScript and Rust, in one run: through the whole engine on the memory store;
//! through the class; and bare, with the engine's own wasmtime and nothing of ours: a store with limits, an instance from
//! the pre-linked component, the call, the drop. `core` does the same with a core module, without the component model. On
//! one thread and on two: a call that takes as long on two threads as on one has twice the throughput.
//!
//! `compute` runs one loop of arithmetic native, in WASM and in Lua.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the bundled classes"
)]

#[path = "../../../runtime/wasm/tests/wasm/guest.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod guest;

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use divan::{Bencher, black_box};
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    Limits, LogRecord, MethodFlags, Module, ObjectId, Reply,
};
use radula::{Config, IoCtx, Radula};
use runtime_wasm::{Compiler, WasmBackend, WasmOptions};
use transaction::{Absent, Quotas, Transaction};
use wasmtime::{
    Engine, Store, StoreLimits, StoreLimitsBuilder,
    component::{
        Component, ComponentExportIndex, ComponentType, InstancePre, Lift, Linker, TypedFunc,
    },
};

fn main() {
    divan::main();
}

const CLASSES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../classes");

/// The greeters: C, AssemblyScript, Rust.
const GUESTS: [&str; 3] = ["hellowasm_c", "hellowasm_as", "hellowasm"];

fn file(class: &str) -> Vec<u8> {
    fs::read(Path::new(CLASSES).join(format!("wasm/cls_{class}.wasm"))).unwrap()
}

fn backend() -> WasmBackend {
    let mut options = WasmOptions::default();
    options.compiler = Compiler::InProcess;
    WasmBackend::with_options(options)
}

fn open(bytes: Vec<u8>) -> Arc<dyn Class> {
    let module = Module {
        class: ClassName::new("guest").unwrap(),
        file: "cls_guest.wasm".into(),
        digest: Digest(*blake3::hash(&bytes).as_bytes()),
        bytes: bytes.into(),
    };
    backend().open(&module, &Limits::INSTALLED).unwrap()
}

fn position(class: &Arc<dyn Class>, name: &str) -> usize {
    let mut methods = class.methods().iter();
    methods
        .position(|method| method.name.as_str() == name)
        .unwrap()
}

static ENGINE: LazyLock<IoCtx> = LazyLock::new(|| {
    let config = Config::builtin(&Default::default())
        .with("store", "memory")
        .and_then(|config| config.with("wasm_class_dir", Path::new(CLASSES).join("wasm")))
        .and_then(|config| config.with("wasm_compiler", "in-process"))
        .unwrap();
    Radula::open(config).unwrap().ioctx("bench")
});

/// Through the engine on the memory store, as a client calls it.
#[divan::bench(args = GUESTS, threads = [1, 2], sample_size = 200, sample_count = 200)]
fn engine(bencher: Bencher<'_, '_>, guest: &str) {
    let objects = &*ENGINE;
    objects.exec("object", guest, "say_hello", b"Ceph").unwrap();
    bencher.bench(|| {
        objects
            .exec("object", guest, "say_hello", black_box(b"Ceph"))
            .unwrap()
    });
}

#[derive(Debug)]
struct Nobody;

impl Host for Nobody {
    fn log(&self, _: LogRecord<'_>) {}

    fn call(&self, _: &mut Context<'_>, _: &str, _: &str, _: &[u8]) -> Result<Reply, CallError> {
        Err(Errno::EOPNOTSUPP.into())
    }

    fn random(&self, _: &mut [u8]) {}
}

fn object() -> Transaction {
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
    Transaction::new(Box::new(Absent), info, Quotas::default())
}

fn call(class: &Arc<dyn Class>, method: usize, object: &mut Transaction, input: &[u8]) -> Reply {
    let mut budget = Budget::new(Limits {
        deadline_ms: 60_000,
        fuel: u64::MAX,
        ..Limits::INSTALLED
    });
    let access = MethodFlags::RD | MethodFlags::WR;
    let mut context = Context::new(object, &mut budget, &Nobody, "guest", access);
    class.call(method, &mut context, input).unwrap()
}

/// Through the class: budget, context, instance, call.
#[divan::bench(args = GUESTS, threads = [1, 2], sample_size = 200, sample_count = 200)]
fn class(bencher: Bencher<'_, '_>, guest: &str) {
    let class = open(file(guest));
    let method = position(&class, "say_hello");
    bencher
        .with_inputs(object)
        .bench_refs(|object| call(&class, method, object, black_box(b"Ceph")));
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct Answer {
    #[expect(dead_code, reason = "lifted, as the engine does")]
    ret: i32,
    output: Bytes,
}

#[derive(ComponentType, Lift, Debug)]
#[component(record)]
#[expect(dead_code, reason = "lifted, as the engine does")]
struct Failure {
    errno: u32,
    message: String,
}

struct Bare {
    engine: Engine,
    pre: InstancePre<StoreLimits>,
    call: ComponentExportIndex,
}

impl Bare {
    fn new(guest: &str) -> Self {
        let engine = runtime_wasm::engine_for_benchmarks();
        let component = Component::from_binary(&engine, &file(guest)).unwrap();
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        Self {
            pre: linker.instantiate_pre(&component).unwrap(),
            call: component.get_export_index(None, "call").unwrap(),
            engine,
        }
    }

    fn call(&self, input: &[u8]) -> Bytes {
        let mut store = limited(&self.engine);
        let instance = self.pre.instantiate(&mut store).unwrap();
        let function = instance.get_func(&mut store, self.call).unwrap();
        // SAFETY: the bundled classes have this export with this type; the engine's own tests open them.
        let call: CallExport<'_> = unsafe { TypedFunc::new_unchecked(function) };
        let (answer,) = call.call(&mut store, (0, input)).unwrap();
        answer.unwrap().output
    }
}

/// The export `call` of a class.
type CallExport<'a> = TypedFunc<(u32, &'a [u8]), (Result<Answer, Failure>,)>;

fn limited(engine: &Engine) -> Store<StoreLimits> {
    let limits = StoreLimitsBuilder::new().memory_size(16 << 20).build();
    let mut store = Store::new(engine, limits);
    store.limiter(|limits| limits);
    store.set_fuel(1_000_000_000).unwrap();
    store.set_epoch_deadline(1_000_000);
    store
}

/// The floor: wasmtime alone, with the engine's settings.
#[divan::bench(args = GUESTS, threads = [1, 2], sample_size = 200, sample_count = 200)]
fn bare(bencher: Bencher<'_, '_>, guest: &str) {
    let bare = Bare::new(guest);
    assert_eq!(bare.call(b"Ceph"), "Hello, Ceph! (from WASM)");
    bencher.bench(|| bare.call(black_box(b"Ceph")));
}

/// The same work as a core module: the input copied in, the output copied out by hand.
const CORE: &str = r#"(module
  (memory (export "memory") 2)
  (data (i32.const 1024) "Hello, ") (data (i32.const 1100) "! (from WASM)")
  (func (export "call") (param $len i32) (result i32)
    (memory.copy (i32.const 1031) (i32.const 2048) (local.get $len))
    (memory.copy (i32.add (i32.const 1031) (local.get $len)) (i32.const 1100) (i32.const 13))
    (i32.add (local.get $len) (i32.const 20))))"#;

/// A fresh instance of a core module, without the component model.
#[divan::bench(threads = [1, 2], sample_size = 200, sample_count = 200)]
fn core(bencher: Bencher<'_, '_>) {
    let engine = runtime_wasm::engine_for_benchmarks();
    let module = wasmtime::Module::new(&engine, wat::parse_str(CORE).unwrap()).unwrap();
    let linker = wasmtime::Linker::new(&engine);
    let pre = linker.instantiate_pre(&module).unwrap();
    let call = |input: &[u8]| {
        let mut store = limited(&engine);
        let instance = pre.instantiate(&mut store).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        memory.write(&mut store, 2048, input).unwrap();
        let call = instance
            .get_typed_func::<i32, i32>(&mut store, "call")
            .unwrap();
        let length = i32::try_from(input.len()).unwrap();
        let length = call.call(&mut store, length).unwrap();
        let length = usize::try_from(length).unwrap();
        Bytes::copy_from_slice(&memory.data(&store)[1024..][..length])
    };
    assert_eq!(call(b"Ceph"), "Hello, Ceph! (from WASM)");
    bencher.bench(|| call(black_box(b"Ceph")));
}

/// Rounds of the loop of `compute`.
const ROUNDS: i64 = 200_000;

/// One loop of 64-bit arithmetic.
mod compute {
    use super::*;

    #[divan::bench]
    fn native(bencher: Bencher<'_, '_>) {
        bencher.bench(|| {
            let mut x = black_box(1_i64);
            for round in 0..black_box(ROUNDS) {
                x = x.wrapping_mul(6_364_136_223_846_793_005) ^ (x >> 29) ^ round;
            }
            x
        });
    }

    #[divan::bench]
    fn wasm(bencher: Bencher<'_, '_>) {
        let body = format!(
            "(local $x i64) (local $i i64) (local.set $x (i64.const 1))
             (loop $l
               (local.set $x (i64.xor (i64.xor
                 (i64.mul (local.get $x) (i64.const 6364136223846793005))
                 (i64.shr_s (local.get $x) (i64.const 29))) (local.get $i)))
               (local.set $i (i64.add (local.get $i) (i64.const 1)))
               (br_if $l (i64.lt_s (local.get $i) (i64.const {ROUNDS}))))
             (call $reply (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 1)) (i32.const 0) (i32.const 0))"
        );
        let class = open(guest::run("r", &body));
        bencher
            .with_inputs(object)
            .bench_refs(|object| call(&class, 0, object, b""));
    }

    #[divan::bench]
    fn lua(bencher: Bencher<'_, '_>) {
        let text = format!(
            "function run(input, output)
               local x = 1
               for i = 0, {ROUNDS} - 1 do x = (x * 6364136223846793005) ~ (x >> 29) ~ i end
               return x & 1
             end
             cls.register(run, 'r')"
        );
        let module = Module {
            class: ClassName::new("guest").unwrap(),
            file: "cls_guest.lua".into(),
            bytes: text.into(),
            digest: Digest([1; 32]),
        };
        let backend = runtime_lua::LuaBackend::new();
        let class = backend.open(&module, &Limits::INSTALLED).unwrap();
        bencher
            .with_inputs(object)
            .bench_refs(|object| call(&class, 0, object, b""));
    }
}

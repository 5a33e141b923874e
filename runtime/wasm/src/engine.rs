//! The engines of this process: how guests are compiled, where their instances live, and what ticks.
//!
//! There is one engine for each way to run, made when the first class needs it and kept for the life of the process: its
//! pool is address space, not memory, and a signal handler cannot be taken back.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use objclass::Fault;
use rustix::process::{Resource, getrlimit};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
    WasmFeatures,
};

use crate::{places::Places, ticker};

/// Guest frames may use this much of the stack of the thread that calls.
pub(crate) const WASM_STACK: usize = 256 << 10;

/// Core instances of one component. Those that tools make from one core module have three: the module, and two that
/// break the cycle between it and its imports.
pub(crate) const CORE_INSTANCES: u32 = 16;

/// Tables of one component.
pub(crate) const TABLES: u32 = 8;

/// Memories of one component: one for each module that is not the one its tool made.
pub(crate) const MEMORIES: u32 = 4;

/// Elements of one table.
pub(crate) const TABLE_ELEMENTS: usize = 16_384;

/// Memory of one place that stays in the process between calls, and is cleared by copying; what lies beyond is given back. As
/// much as a Rust guest begins with that keeps its stack of 1 MiB.
const RESIDENT: usize = 2 << 20;

/// Places that stay ready for the class they served last.
const WARM: u32 = 32;

/// The features of WebAssembly a class may use: what compilers emit by default, nothing else.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::CALL_INDIRECT_OVERLONG)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::BULK_MEMORY_OPT)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);

/// How much address space instances reserve. It costs none of the machine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Layout {
    /// 4 GiB each, all that 32 bits can address, and a guard after them: accesses need no check.
    Roomy,
    /// 256 MiB each, for hosts without signals: accesses are checked in code anyway.
    Checked,
    /// 64 MiB each and few of them, for processes whose address space is limited.
    Compact,
}

impl Layout {
    const ALL: [Layout; 3] = [Layout::Roomy, Layout::Checked, Layout::Compact];

    /// Bytes one memory can grow to, whatever its limit says.
    pub(crate) fn reservation(self) -> u64 {
        match self {
            Layout::Roomy => 4 << 30,
            Layout::Checked => 256 << 20,
            Layout::Compact => 64 << 20,
        }
    }

    fn guard(self) -> u64 {
        match self {
            Layout::Roomy => 32 << 20,
            Layout::Checked | Layout::Compact => 0,
        }
    }

    /// Calls that can run at one time; those nested in each other count each. More wait.
    fn calls(self) -> u32 {
        match self {
            Layout::Roomy | Layout::Checked => 256,
            Layout::Compact => 16,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Layout::Roomy => "roomy",
            Layout::Checked => "checked",
            Layout::Compact => "compact",
        }
    }
}

/// One way to run guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mode {
    pub(crate) signals: bool,
    pub(crate) layout: Layout,
}

impl Mode {
    /// The way for this process, which may use signals or not.
    pub(crate) fn for_this_process(signals: bool) -> Self {
        let is_limited = getrlimit(Resource::As).current.is_some();
        let layout = match (is_limited, signals) {
            (true, _) => Layout::Compact,
            (false, true) => Layout::Roomy,
            (false, false) => Layout::Checked,
        };
        Self { signals, layout }
    }

    /// The word for it between us and the compiler.
    pub(crate) fn name(self) -> String {
        let traps = if self.signals {
            "signals"
        } else {
            "no-signals"
        };
        format!("{}-{traps}", self.layout.name())
    }

    /// The mode called `name`.
    pub(crate) fn from_name(name: &str) -> Option<Mode> {
        Layout::ALL
            .into_iter()
            .flat_map(|layout| [true, false].map(|signals| Mode { signals, layout }))
            .find(|mode| mode.name() == name)
    }
}

/// What both sides of the compiler agree on.
fn config(mode: Mode) -> Config {
    let mut config = Config::new();
    config
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(FEATURES, true)
        // For the code wasmtime itself makes between two components of one class, which copies from memory to memory.
        // Modules are validated with [`FEATURES`] before they are compiled, and have one memory.
        .wasm_multi_memory(true)
        .consume_fuel(true)
        .operator_cost(costs())
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .cranelift_nan_canonicalization(true)
        .native_unwind_info(false)
        .signals_based_traps(mode.signals)
        .memory_may_move(false)
        .memory_reservation(mode.layout.reservation())
        .memory_guard_size(mode.layout.guard())
        .guard_before_linear_memory(mode.layout.guard() > 0)
        .memory_init_cow(true);
    config
}

/// Fuel of what does more than one instruction's work. Bulk operations cost a unit for each byte or element already.
fn costs() -> OperatorCost {
    let mut costs = OperatorCost::new();
    // A page is zeroed by the kernel and again when it is given back.
    costs.MemoryGrow = u8::MAX;
    costs.variable.memory_grow_per_page = u8::MAX;
    costs.TableGrow = u8::MAX;
    costs
}

/// An engine that compiles and runs nothing.
pub(crate) fn for_compiling(mode: Mode) -> wasmtime::Result<Engine> {
    Engine::new(&config(mode))
}

fn pool(mode: Mode) -> PoolingAllocationConfig {
    let calls = mode.layout.calls();
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls * 4)
        .total_memories(calls * 2)
        .total_tables(calls * 4)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(mode.layout.reservation()).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(RESIDENT)
        .max_unused_warm_slots(WARM)
        .table_keep_resident(TABLE_ELEMENTS * size_of::<usize>())
        // A page that is on its way to another place, or swapped out, is not "present", and a scan for dirty pages passes
        // it over: the next instance would find what the last one wrote.
        .pagemap_scan(Enabled::No)
        // What a call dirtied beyond what stays resident goes back at its end: sixteen large ones would hold 256 MiB.
        .decommit_batch_size(1);
    pool
}

/// An engine with its pool and its clock, for all classes of one mode.
pub(crate) struct SharedEngine {
    pub(crate) engine: Engine,
    pub(crate) mode: Mode,
    pub(crate) places: Places,
    /// What compiled code must have been compiled for: version, settings and processor.
    pub(crate) fingerprint: [u8; 32],
}

impl fmt::Debug for SharedEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedEngine").field(&self.mode).finish()
    }
}

static ENGINES: Mutex<Vec<Arc<SharedEngine>>> = Mutex::new(Vec::new());

/// The engine of this process for guests of `mode`.
///
/// # Errors
/// The system does not give the address space, or the processor lacks what compiled code needs.
pub(crate) fn shared(mode: Mode) -> Result<Arc<SharedEngine>, Fault> {
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = engines.iter().find(|engine| engine.mode == mode) {
        return Ok(Arc::clone(shared));
    }
    let mut config = config(mode);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(mode)));
    let engine = Engine::new(&config).map_err(|error| {
        Fault::new(format!(
            "the wasm runtime does not start: {error:#}; it needs address space for its instances"
        ))
    })?;
    ticker::tick(&engine);
    let shared = Arc::new(SharedEngine {
        fingerprint: fingerprint(&engine),
        places: Places::new(mode.layout.calls()),
        engine,
        mode,
    });
    engines.push(Arc::clone(&shared));
    Ok(shared)
}

/// What artifacts of `engine` depend on, in 32 bytes.
pub(crate) fn fingerprint(engine: &Engine) -> [u8; 32] {
    struct Bytes(blake3::Hasher);
    impl Hasher for Bytes {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut bytes = Bytes(blake3::Hasher::new_derive_key(
        "radula runtime-wasm 1 engine fingerprint",
    ));
    engine.precompile_compatibility_hash().hash(&mut bytes);
    *bytes.0.finalize().as_bytes()
}

/// The engine guests of this process run on, for benchmarks that measure what stands around it.
#[doc(hidden)]
#[must_use]
pub fn engine_for_benchmarks() -> Engine {
    match shared(Mode::for_this_process(true)) {
        Ok(shared) => shared.engine.clone(),
        Err(fault) => panic!("{fault}"),
    }
}

//! WASM: our runtime, and wasmtime alone, which instantiates the same component for every call: configured as ours is, which is
//! the floor, and as it comes.

use std::process::Command;

use objclass::ObjectRead as _;
use transaction::Transaction;
use wasmtime::{
    Config, Engine, PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder,
    component::{Component, ComponentType, InstancePre, Lift, Linker},
};

use super::{class, process};
use crate::{
    model::{Absent, Failure, Role, Subject},
    rows,
    runners::{Once, timed},
    world::World,
};

const COMPILER: &str = "clang-19";

/// The methods in the order the class registers them.
const METHODS: [&str; 5] = ["noop", "say_hello", "greet", "ten", "echo"];

/// Whether this build can run the benchmark's WASM class, which is compiled on first use.
///
/// # Errors
/// [`Absent::Missing`] says what it lacks.
pub fn available(world: &World) -> Result<(), Absent> {
    let runtimes = runtime::default_runtimes();
    let row = runtimes.iter().find(|row| row.kind == runtime::WASM);
    if row.is_none_or(|row| row.backend.is_none()) {
        return Err(Absent::Missing("this build has no wasm runtime".into()));
    }
    let file = world.classes()?.wasm.join("cls_benchwasm.wasm");
    if file.is_file() {
        return Ok(());
    }
    let tool = world.program("radula-wasm").ok_or_else(|| {
        Absent::Missing("the tool `radula-wasm` is not built beside this program".into())
    })?;
    process::installed(COMPILER, "--version").map_err(|absent| match absent {
        Absent::Missing(_) => {
            Absent::Missing(format!("no {COMPILER}; `cargo xtask install` installs it"))
        }
        failed @ Absent::Failed(_) => failed,
    })?;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let core = world.directory("wasm")?;
    let module = core.path().join("core.wasm");
    // As the header of the SDK says, but for speed rather than size, as the native class is.
    let mut compiler = Command::new(COMPILER);
    compiler
        .current_dir(&root)
        .args(["--target=wasm32-wasi", "-std=c2x", "-O2", "-mbulk-memory"])
        .args(["-nostartfiles", "-I", "sdk/wasm/c", "-o"])
        .arg(&module)
        .arg("-Wl,--no-entry,--stack-first,-z,stack-size=16384,--strip-debug")
        .arg("tests/bench/classes/bench_class.c")
        .args(
            ["objclass.c", "allocator.c", "object_class.c"]
                .map(|file| format!("sdk/wasm/c/{file}")),
        );
    let made = file.with_extension("made");
    let mut component = Command::new(tool);
    component.arg("component").arg(&module).arg(&made);
    for mut step in [compiler, component] {
        let output = step.output()?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{:?}: {}: {text}", step.get_program(), output.status).into());
        }
    }
    std::fs::rename(&made, &file)?;
    Ok(())
}

/// The component of the benchmark's WASM class.
///
/// # Errors
/// As [`available`].
pub fn class_file(world: &World) -> Result<Vec<u8>, Absent> {
    available(world)?;
    let file = world.classes()?.wasm.join("cls_benchwasm.wasm");
    Ok(std::fs::read(file).map_err(Failure::from)?)
}

/// Compiles a component once and loads it `count` times, with wasmtime configured as ours is.
///
/// # Errors
/// That of wasmtime.
pub fn loaded(bytes: &[u8], count: u64) -> Result<Vec<Component>, Failure> {
    let load = || {
        let engine = runtime_wasm::engine_for_benchmarks();
        let compiled = engine.precompile_component(bytes)?;
        // SAFETY: the same engine made these bytes a moment ago.
        let load = |_| unsafe { Component::deserialize(&engine, &compiled) };
        (0..count).map(load).collect::<wasmtime::Result<_>>()
    };
    load().map_err(|error| Failure::from(error.to_string()))
}

/// The subjects of a row about one call.
#[must_use]
pub fn call(job: &'static str, input: fn() -> Vec<u8>, answer: fn() -> Vec<u8>) -> Vec<Subject> {
    vec![
        bare(
            Role::Floor,
            "bare wasmtime, configured as ours",
            Bare::configured_as_ours,
            job,
            input,
            answer,
        ),
        bare(
            Role::Peer,
            "bare wasmtime, its default pool",
            Bare::with_default_pool,
            job,
            input,
            answer,
        ),
        ours("engine, memory store", job, input, answer),
    ]
}

fn bare(
    role: Role,
    name: &str,
    make: fn(&[u8]) -> Result<Bare, Failure>,
    job: &'static str,
    input: fn() -> Vec<u8>,
    answer: fn() -> Vec<u8>,
) -> Subject {
    Subject::new(role, name, move |world| {
        let (mut bare, input) = (make(&class_file(world)?)?, input());
        let position = METHODS.iter().position(|known| *known == job);
        let method = u32::try_from(position.ok_or("the floor does not know the method")?)?;
        rows::checked(move || bare.call(method, &input), answer)
    })
}

/// The subjects of a row about computing.
#[must_use]
pub fn compute(job: &'static str, input: fn() -> Vec<u8>, answer: fn() -> Vec<u8>) -> Vec<Subject> {
    let unlimited = Subject::new(Role::Ours, "wasm, limits off", move |world| {
        available(world)?;
        let objects = rows::unlimited(world)?.ioctx("bench");
        let input = input();
        rows::checked(
            move || rows::exec(&objects, "benchwasm", job, &input),
            answer,
        )
    });
    vec![ours("wasm, limits on", job, input, answer), unlimited]
}

/// The subjects of the row about starting.
#[must_use]
pub fn startup() -> Vec<Subject> {
    let command = |name, kept: bool| {
        Subject::new(Role::Ours, name, move |world| {
            available(world)?;
            let mut command = rows::startup_command(world, "benchwasm")?;
            let directory = world.directory("compiled")?;
            let mut run = 0u64;
            Ok(Once(move || {
                let cache = directory.path().join(run.to_string());
                run += u64::from(!kept);
                command.environment = vec![("RADULA_WASM_CACHE_DIR", cache)];
                timed(|| command.run())
            }))
        })
    };
    vec![
        command("radula exec, class compiled at the start", false),
        command("radula exec, compiled before", true),
    ]
}

fn ours(name: &str, job: &'static str, input: fn() -> Vec<u8>, answer: fn() -> Vec<u8>) -> Subject {
    Subject::new(Role::Ours, name, move |world| {
        available(world)?;
        let objects = rows::patient(world)?.ioctx("bench");
        let input = input();
        rows::checked(
            move || rows::exec(&objects, "benchwasm", job, &input),
            answer,
        )
    })
}

/// What a method answers: the records of the world.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Reply {
    ret: i32,
    output: Vec<u8>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
struct Refusal {
    errno: u32,
    message: String,
}

/// A component linked once, and one host function. Of ours there is nothing: no budget, no context, no account.
struct Bare {
    engine: Engine,
    linked: InstancePre<StoreLimits>,
    /// Whether the engine counts instructions and watches a clock, as ours does.
    is_limited: bool,
}

impl Bare {
    fn configured_as_ours(bytes: &[u8]) -> Result<Self, Failure> {
        Self::new(&runtime_wasm::engine_for_benchmarks(), bytes, true)
    }

    fn with_default_pool(bytes: &[u8]) -> Result<Self, Failure> {
        let mut config = Config::new();
        config.allocation_strategy(PoolingAllocationConfig::default());
        let engine = Engine::new(&config).map_err(|error| Failure::from(error.to_string()))?;
        Self::new(&engine, bytes, false)
    }

    fn new(engine: &Engine, bytes: &[u8], is_limited: bool) -> Result<Self, Failure> {
        let linked = Self::link(engine, bytes, class::object()?)
            .map_err(|error| Failure::from(error.to_string()))?;
        Ok(Self {
            engine: engine.clone(),
            linked,
            is_limited,
        })
    }

    fn link(
        engine: &Engine,
        bytes: &[u8],
        object: Transaction,
    ) -> wasmtime::Result<InstancePre<StoreLimits>> {
        let component = Component::new(engine, bytes)?;
        let mut linker = Linker::new(engine);
        let object = std::sync::Mutex::new(object);
        linker
            .instance("radula:objclass/object-read@1.0.0")?
            .func_wrap("getxattr", move |_, (name,): (Vec<u8>,)| {
                let mut object = object
                    .lock()
                    .map_err(|_| wasmtime::Error::msg("poisoned"))?;
                Ok((object
                    .xattr(&name)
                    .map(|value| value.to_vec())
                    .map_err(|_| 2u32),))
            })?;
        // Whatever else the component imports ends the call: the floor's methods use none of it.
        linker.define_unknown_imports_as_traps(&component)?;
        linker.instantiate_pre(&component)
    }

    fn call(&mut self, method: u32, input: &[u8]) -> Result<Vec<u8>, Failure> {
        self.answer(method, input)
            .map_err(|error| Failure::from(error.to_string()))?
            .map(|reply| reply.output)
            .map_err(|refusal| format!("errno {}: {}", refusal.errno, refusal.message).into())
    }

    fn answer(&self, method: u32, input: &[u8]) -> wasmtime::Result<Result<Reply, Refusal>> {
        let limits = StoreLimitsBuilder::new().memory_size(16 << 20).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        if self.is_limited {
            store.set_fuel(1_000_000_000)?;
            store.set_epoch_deadline(1_000_000);
        }
        let instance = self.linked.instantiate(&mut store)?;
        let call = instance
            .get_typed_func::<(u32, &[u8]), (Result<Reply, Refusal>,)>(&mut store, "call")?;
        let (answer,) = call.call(&mut store, (method, input))?;
        if let Ok(reply) = &answer
            && reply.ret != 0
        {
            return Err(wasmtime::Error::msg("the method answers another number"));
        }
        Ok(answer)
    }
}

//! Methods that compute, in every language, with limits on and off.

use std::{path::Path, sync::Arc};

use objclass::LimitKind;
use radula::{Config, Radula};
use runtime::Runtime;
use runtime_lua::{Guards, LuaBackend};
use runtime_wasm::{WasmBackend, WasmOptions};

use super::{call::checked, effort};
use crate::{
    model::{Effort, Failure, Role, Row, Subject, Unit},
    runners::Once,
    subjects::{direct::Direct, stock},
    world::{DECODE, World, furnish},
};

const EFFORT: Effort = effort(11, 20, 2, 1);

struct Job {
    name: &'static str,
    title: &'static str,
    input: fn() -> Vec<u8>,
    answer: fn() -> Vec<u8>,
    /// Methods of the Lua class that do it, each with what is special.
    lua: &'static [(&'static str, &'static str)],
    /// The whole job as a script, for stock Lua.
    script: fn() -> String,
}

const JOBS: [Job; 3] = [
    Job {
        name: "loop",
        title: "a loop of 10 million steps",
        input: Vec::new,
        answer: || {
            let sum = (1..=10_000_000u64).fold(0u64, |x, i| {
                (x ^ (x >> 13)).wrapping_mul(31).wrapping_add(i)
            });
            (sum & i64::MAX.unsigned_abs()).to_string().into_bytes()
        },
        lua: &[("loop", "")],
        script: || "local x = 0 for i = 1, 10000000 do x = (x ~ (x >> 13)) * 31 + i end".into(),
    },
    Job {
        name: "strings",
        title: "20,000 strings made and joined",
        input: Vec::new,
        // "item N" and a comma each, without the last comma.
        answer: || {
            (1..=20_000u64)
                .map(|n| 6 + n.to_string().len())
                .sum::<usize>()
                .saturating_sub(1)
                .to_string()
                .into_bytes()
        },
        lua: &[("strings", "")],
        script: || {
            "local p = {} for i = 1, 20000 do p[i] = 'item ' .. i end local s = #table.concat(p, ',')".into()
        },
    },
    Job {
        name: "json",
        title: "64 KiB of JSON decoded",
        input: document,
        answer: || items().sum::<u64>().to_string().into_bytes(),
        lua: &[
            ("json_host", ", json.decode"),
            ("json_script", ", decoder in Lua"),
        ],
        script: || {
            let text = String::from_utf8_lossy(&document()).into_owned();
            format!(
                "{DECODE} local total = 0 for _, item in ipairs(decode([==[{text}]==])) do total = total + item.id end"
            )
        },
    },
];

fn items() -> std::ops::RangeInclusive<u64> {
    1..=800
}

fn document() -> Vec<u8> {
    let items = items().map(|n| {
        format!(
            r#"{{"id":{n},"name":"item \"{n}\"","price":{n}.25,"tags":["one","two"],"sold":false}}"#
        )
    });
    format!("[{}]", items.collect::<Vec<_>>().join(",\n")).into_bytes()
}

pub(super) fn rows() -> Vec<Row> {
    JOBS.iter().map(row).collect()
}

fn row(job: &'static Job) -> Row {
    let mut subjects = vec![
        direct(job),
        engine(job, "native, engine".into(), "benchnative", job.name, false),
    ];
    for &(method, special) in job.lua {
        let named = |limits: &str| format!("lua{special}, {limits}");
        subjects.push(engine(job, named("limits on"), "benchlua", method, false));
        subjects.push(engine(job, named("limits off"), "benchlua", method, true));
    }
    subjects.push(Subject::new(
        Role::Peer,
        "stock Lua, no limits",
        move |_| {
            let script = std::ffi::CString::new((job.script)())?;
            Ok(Once(move || stock::stock(&script, 0)))
        },
    ));
    subjects.extend(crate::subjects::wasm::compute(
        job.name, job.input, job.answer,
    ));
    Row {
        id: format!("compute/{}", job.name),
        title: job.title.to_owned(),
        what: "The same job as C called directly, as a native class, as a Lua class with its limits and without limits \
               and what enforces them, in stock Lua, and as a WASM class.",
        fair: "C and WASM are compiled from one source, but by two compilers (cc and clang) and with two allocators: the \
               system's, and the SDK's, which only counts up. Native against WASM therefore compares what authors get, not \
               code generators. Every subject's answer is compared before it is measured, except stock Lua's, which runs \
               the text alone, without a call around it.",
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects,
    }
}

fn direct(job: &'static Job) -> Subject {
    Subject::new(Role::Floor, "C, called directly", move |world| {
        let (direct, input) = (Direct::load(&world.library()?)?, (job.input)());
        let call = move || {
            let number = match job.name {
                "loop" => direct.run(),
                "strings" => direct.strings(),
                _ => direct.json(&input),
            };
            Ok(number.to_string().into_bytes())
        };
        checked(call, job.answer)
    })
}

fn engine(
    job: &'static Job,
    name: String,
    class: &'static str,
    method: &'static str,
    unlimited: bool,
) -> Subject {
    Subject::new(Role::Ours, name, move |world| {
        let radula = if unlimited {
            without_limits(world)?
        } else {
            patient(world)?
        };
        let (objects, input) = (radula.ioctx("bench"), (job.input)());
        checked(
            move || super::call::exec(&objects, class, method, &input),
            job.answer,
        )
    })
}

/// The limits of an installed class, but an hour for each call: a busy machine is no reason to fail.
pub(crate) fn patient(world: &World) -> Result<Radula, Failure> {
    let config = world.config(Path::new("memory"))?;
    let radula = Radula::open(config.with("limits.installed.deadline", "60min")?)?;
    furnish(&radula)?;
    Ok(radula)
}

/// No limits, and nothing that enforces them. What the review of the engine does to see attacks succeed.
pub(crate) fn without_limits(world: &World) -> Result<Radula, Failure> {
    let mut config: Config = world.config(Path::new("memory"))?;
    for kind in LimitKind::ALL {
        // A guest still lives in memory of a known size.
        let value = match kind {
            LimitKind::Memory => (64u64 << 20).to_string(),
            LimitKind::Deadline => "60min".to_owned(),
            _ => (i64::MAX).to_string(),
        };
        config = config.with(&format!("limits.installed.{kind}"), value)?;
    }
    // Without the image nothing would be cleared away, the output of the call before included.
    let guards = Guards {
        image: true,
        ..Guards::NONE
    };
    let mut wasm = WasmOptions::default();
    wasm.guards = runtime_wasm::Guards {
        fresh_instance: true,
        ..runtime_wasm::Guards::NONE
    };
    let runtimes = vec![
        Runtime::new(runtime::LUA, Arc::new(LuaBackend::with_guards(guards))),
        Runtime::new(runtime::WASM, Arc::new(WasmBackend::with_options(wasm))),
    ];
    let radula = Radula::builder().config(config).runtimes(runtimes).open()?;
    furnish(&radula)?;
    Ok(radula)
}

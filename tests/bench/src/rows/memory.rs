//! Memory of a loaded class and of an object. Each subject is a process of its own, and the figure what its resident
//! memory grew by, divided by the count.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use radula::Durability;

use super::{classes, effort, many};
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Subject, Unit},
    runners::Once,
    subjects::{
        process::{self, Server},
        redis, tarantool, wasm,
    },
    world::{World, object_name, record},
};

const EFFORT: Effort = effort(3, 0, 1, 0);

/// The first argument of a process that measures itself.
const CHILD: &str = "measure-memory";

pub(super) fn rows() -> Vec<Row> {
    let classes = |world: &World| if world.quick() { 200 } else { 2_000 };
    let row = |id: &str, title: &str, what, fair, subjects| Row {
        id: format!("memory/{id}"),
        title: title.to_owned(),
        what,
        fair,
        unit: Unit::Bytes,
        series: None,
        effort: EFFORT,
        subjects,
    };
    vec![
        row(
            "class/native",
            "a loaded native class",
            "Resident memory of a process for each native class that is loaded and was called once.",
            "The floor loads the same files with `dlopen` and nothing else.",
            vec![
                child(Role::Floor, "dlopen alone", "dlopen", classes),
                child(Role::Ours, "loaded and called", "native", classes),
            ],
        ),
        row(
            "class/lua",
            "a loaded Lua class",
            "Resident memory of a process for each Lua class that is loaded and was called once.",
            "The floor is a Lua state with the same libraries and text, made by mlua and kept. Ours keeps a state and the \
             image it starts from.",
            vec![
                child(Role::Floor, "mlua, a kept state", "mlua", classes),
                child(Role::Ours, "loaded and called", "lua", classes),
            ],
        ),
        row(
            "class/wasm",
            "a loaded WASM class",
            "Resident memory of a process for each WASM class that is loaded and was called once.",
            "The floor is the same component, compiled by wasmtime under our settings and loaded from memory. Nothing of it is \
             linked or called.",
            vec![
                child(Role::Floor, "wasmtime, loaded alone", "wasmtime", classes),
                child(Role::Ours, "loaded and called", "wasm", classes),
            ],
        ),
        row(
            "object",
            "an object with a record of 100 bytes",
            "Resident memory of the process for each object of a name of 15 bytes and data of 100.",
            "The same names and data for all. The floor is a hash map of the language; ours keeps pool, namespace, \
             version and time with each object, and room for xattrs and omap. The disk store keeps in memory what its \
             cache and write buffer hold; the servers what they need to answer.",
            vec![
                child(Role::Floor, "hash map", "map", many),
                child(Role::Ours, "memory store", "memory", many),
                child(Role::Ours, "disk store", "disk", many),
                server("Redis", many, |world, count| {
                    redis::start(world, "off", count)
                }),
                server("Tarantool", many, |world, count| {
                    tarantool::start(world, "none", count)
                }),
            ],
        ),
    ]
}

fn child(role: Role, name: &str, kind: &'static str, count: fn(&World) -> u64) -> Subject {
    Subject::new(role, name, move |world| {
        let (directory, count) = (world.directory("memory")?, count(world));
        let written = match kind {
            "dlopen" => Some("native"),
            "wasmtime" => Some("wasm"),
            "native" | "lua" | "wasm" => Some(kind),
            _ => None,
        };
        if let Some(language) = written {
            classes::write_classes(world, language, directory.path(), count)?;
        }
        Ok(Once(move || {
            let output = Command::new(std::env::current_exe()?)
                .args([CHILD, kind, &count.to_string()])
                .arg(directory.path())
                .output()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if !output.status.success() {
                let error = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(format!("{}: {}", output.status, error.trim()).into());
            }
            Ok(text.trim().parse()?)
        }))
    })
}

fn server(
    name: &str,
    count: fn(&World) -> u64,
    start: fn(&World, u64) -> Result<Server, Absent>,
) -> Subject {
    Subject::new(Role::Peer, name, move |world| {
        let count = count(world);
        let resident = |count: u64| Ok::<_, Absent>(start(world, count)?.resident()?);
        let (empty, full) = (resident(0)?, resident(count)?);
        let each = per(full.saturating_sub(empty), count);
        Ok(Once(move || Ok(each)))
    })
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
pub(super) fn per(bytes: u64, count: u64) -> f64 {
    bytes as f64 / count.max(1) as f64
}

/// Resident bytes of process `id`.
///
/// # Errors
/// The system does not tell.
pub(crate) fn resident(id: &str) -> Result<u64, Failure> {
    let text = fs::read_to_string(format!("/proc/{id}/statm"))?;
    let pages = text.split(' ').nth(1).ok_or("statm has no second field")?;
    Ok(pages.parse::<u64>()? * rustix::param::page_size() as u64)
}

/// The process that measures itself: see [`child`].
pub(super) fn child_process() -> Option<ExitCode> {
    process::child(CHILD, |kind, count, directory| {
        println!("{}", grow(kind, count, directory)?);
        Ok(())
    })
}

/// Bytes that each of `count` things of a kind adds to this process.
fn grow(kind: &str, count: u64, directory: &Path) -> Result<f64, Failure> {
    let before;
    // What is measured is kept until it was.
    let _kept: Box<dyn std::any::Any> = match kind {
        "dlopen" => {
            let files: Vec<PathBuf> = (0..count)
                .map(|number| classes::file("native", directory, number))
                .collect();
            before = resident("self")?;
            let libraries: Result<Vec<_>, _> = files
                .iter()
                // SAFETY: compiled by this program from a source without constructors.
                .map(|file| unsafe { libloading::os::unix::Library::new(file) })
                .collect();
            Box::new(libraries?)
        }
        "wasmtime" => {
            let bytes = fs::read(classes::file("wasm", directory, 0))?;
            // Compiling leaves memory behind that is not of what is loaded.
            drop(wasm::loaded(&bytes, 1)?);
            before = resident("self")?;
            Box::new(wasm::loaded(&bytes, count)?)
        }
        "native" | "lua" | "wasm" => {
            let radula = classes::open(kind, directory)?;
            let objects = radula.ioctx("bench");
            objects.write_full("object", "")?;
            before = resident("self")?;
            for number in 0..count {
                objects.exec("object", &classes::class_name(number), "noop", b"")?;
            }
            Box::new(radula)
        }
        "mlua" => {
            before = resident("self")?;
            let states: Result<Vec<_>, Failure> = (0..count)
                .map(|_| {
                    let object = crate::subjects::class::object()?;
                    let object = std::rc::Rc::new(std::cell::RefCell::new(object));
                    crate::subjects::mlua::Peer::new("function noop() end return noop", &object)
                })
                .collect();
            Box::new(states?)
        }
        "map" => {
            before = resident("self")?;
            let map: HashMap<String, Vec<u8>> =
                (0..count).map(|n| (object_name(n), record())).collect();
            Box::new(map)
        }
        "memory" | "disk" => {
            let store = match kind {
                "memory" => PathBuf::from("memory"),
                _ => directory.join("store"),
            };
            let config = radula::Config::builtin(&radula::Sources::default());
            let radula = radula::Radula::open(config.with("store", store)?)?;
            let objects = radula.ioctx("bench").with_durability(Durability::Buffered);
            before = resident("self")?;
            for number in 0..count {
                objects.write_full(&object_name(number), record())?;
            }
            Box::new(radula)
        }
        other => return Err(format!("nothing is called {other:?}").into()),
    };
    Ok(per(resident("self")?.saturating_sub(before), count))
}

//! Many loaded classes: whether a call gets dearer with those that are not called.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use radula::{Config, Radula};

use super::effort;
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Subject, Unit},
    runners::Calls,
    world::{World, compile_native},
};

const EFFORT: Effort = effort(15, 60, 2, 10);

/// The least class there is, for each of the many.
const LUA: &str = "function noop() end\nobjclass.register(noop, 'w')\n";

/// A placeholder of the length of a class name, in the compiled file.
const NAME: &str = "c0000000";

/// The name of class `number`.
#[must_use]
pub(super) fn class_name(number: u64) -> String {
    format!("c{number:07}")
}

pub(super) fn rows() -> Vec<Row> {
    let subjects = |language: &'static str| {
        vec![
            subject(Role::Floor, language, 1, "1 class loaded"),
            subject(Role::Ours, language, 100, "100 classes loaded"),
            match language {
                // Each takes several mappings of the process, and Linux gives it 65,530 (`vm.max_map_count`).
                "wasm" => subject(Role::Ours, language, 1_000, "1,000 classes loaded"),
                _ => subject(Role::Ours, language, 10_000, "10,000 classes loaded"),
            },
        ]
    };
    let row = |language: &'static str| Row {
        id: format!("classes/{language}"),
        title: format!("{language}: a call of one class among many"),
        what: "A method that does nothing, called through the engine on the memory store, of a class chosen at random \
               among those loaded.",
        fair: "The floor is the engine itself with one class. All classes have the same text; with many of them the \
               processor's caches hold less of each, which is part of what many classes cost.",
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects: subjects(language),
    };
    ["native", "lua", "wasm"].map(row).into()
}

fn subject(role: Role, language: &'static str, count: u64, name: &str) -> Subject {
    Subject::new(role, name, move |world| {
        if world.quick() && language == "native" && count > 1_000 {
            let reason = "loading so many libraries takes longer than a quick run";
            return Err(Absent::Missing(reason.into()));
        }
        let directory = world.directory("classes")?;
        write_classes(world, language, directory.path(), count)?;
        let radula = open(language, directory.path())?;
        let objects = radula.ioctx("bench");
        let mut number = 0u64;
        let mut random = fastrand::Rng::with_seed(1);
        let names: Vec<_> = (0..count).map(class_name).collect();
        objects.write_full("object", "")?;
        let call = move || {
            let _kept = &directory;
            let random = random.u64(..);
            // Each once, so that all are loaded, and then at random.
            let next = if number < count {
                number
            } else {
                random % count
            };
            number += 1;
            let index = usize::try_from(next)?;
            objects.exec("object", &names[index], "noop", b"")?;
            Ok::<(), Failure>(())
        };
        let mut calls = call;
        for _ in 0..count {
            calls()?;
        }
        Ok(Calls::new(calls)?)
    })
}

/// An engine in memory with the classes of `directory`.
pub(super) fn open(language: &str, directory: &Path) -> Result<Radula, Failure> {
    let key = match language {
        "native" => "class_dir",
        "wasm" => "wasm_class_dir",
        _ => "lua_class_dir",
    };
    let config = Config::default().in_memory().with(key, directory)?;
    Ok(Radula::open(config)?)
}

/// Writes `count` classes into `directory`.
pub(super) fn write_classes(
    world: &World,
    language: &str,
    directory: &Path,
    count: u64,
) -> Result<(), Absent> {
    let class = match language {
        "native" => template(directory)?,
        "wasm" => crate::subjects::wasm::class_file(world)?,
        _ => LUA.as_bytes().to_vec(),
    };
    let write = |number| {
        let path = file(language, directory, number);
        match language {
            "native" => fs::write(&path, renamed(&class, &class_name(number)))?,
            _ => fs::write(&path, &class)?,
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644))
    };
    (0..count)
        .try_for_each(write)
        .map_err(|error| Failure::from(error).into())
}

fn template(directory: &Path) -> Result<Vec<u8>, Failure> {
    let file = directory.join("template");
    compile_native(&file, &[&format!("-DNAME=\"{NAME}\"")])?;
    let bytes = fs::read(&file)?;
    fs::remove_file(&file)?;
    Ok(bytes)
}

/// The file with the class name that its name asks for. A compiler for each would take hours.
fn renamed(compiled: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = compiled.to_vec();
    let mut from = 0;
    while let Some(at) = bytes[from..]
        .windows(NAME.len())
        .position(|window| window == NAME.as_bytes())
    {
        bytes[from + at..from + at + NAME.len()].copy_from_slice(name.as_bytes());
        from += at + NAME.len();
    }
    bytes
}

/// Where class `number` is.
pub(super) fn file(language: &str, directory: &Path, number: u64) -> std::path::PathBuf {
    let name = class_name(number);
    directory.join(match language {
        "native" => format!("libcls_{name}.so"),
        _ => format!("cls_{name}.{language}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_library_is_the_class_of_its_new_name() {
        let world = World::bare();
        let directory = world.directory("renamed").unwrap();
        write_classes(&world, "native", directory.path(), 3).unwrap();
        let radula = open("native", directory.path()).unwrap();
        radula.ioctx("bench").write_full("object", "").unwrap();
        let reply = radula
            .ioctx("bench")
            .exec("object", &class_name(2), "noop", b"");
        assert_eq!(reply.unwrap().ret, 0);
    }
}

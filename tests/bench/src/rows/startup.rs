//! Process start to first answer.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use super::effort;
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Subject, Unit},
    runners::{Once, timed},
    subjects::{redis, tarantool},
    world::World,
};

const EFFORT: Effort = effort(15, 0, 2, 0);

pub(super) fn rows() -> Vec<Row> {
    let mut lua = commands("benchlua");
    lua.extend([
        peer("Redis: server to first FCALL", |world| {
            let server = redis::start(world, "off", 0)?;
            let answer =
                redis::Client::connect(&server)?.ask(&["FCALL", "say_hello", "0", "Ceph"])?;
            expect(answer.is_some_and(|text| text == "Hello, Ceph!"))
        }),
        peer("Tarantool: server to first call", |world| {
            let server = tarantool::start(world, "none", 0)?;
            let mut client = tarantool::Client::connect(&server)?;
            let answer = client.call("say_hello", "Ceph")?;
            let found = answer.windows(12).any(|window| window == b"Hello, Ceph!");
            expect(found)
        }),
    ]);
    vec![
        row("native", commands("benchnative")),
        row("lua", lua),
        row("wasm", crate::subjects::wasm::startup()),
    ]
}

fn row(language: &str, mut subjects: Vec<Subject>) -> Row {
    subjects.insert(0, floor());
    Row {
        id: format!("startup/{language}"),
        title: format!("{language}: process start to first answer"),
        what: "`radula exec` of say_hello, from starting the process to its end: on the memory store, on a new disk \
               store, on one that was used before; and with a compile cache where there is one.",
        fair: "The floor starts a process that does nothing. Files are in the system's cache for all. A server is \
               started once for many calls, a command for each; for the servers the figure includes connecting and one \
               answer, and the kill.",
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects,
    }
}

fn floor() -> Subject {
    Subject::new(Role::Floor, "a process that does nothing", |_| {
        Ok(Once(|| {
            timed(|| {
                let status = Command::new("true").status()?;
                status
                    .success()
                    .then_some(())
                    .ok_or_else(|| "true is not".into())
            })
        }))
    })
}

fn peer(name: &str, start: impl Fn(&World) -> Result<(), Absent> + 'static) -> Subject {
    let start = Arc::new(start);
    Subject::new(Role::Peer, name, move |world| {
        // Once here, so that what is not installed is missing.
        start(world)?;
        let (start, world) = (Arc::clone(&start), world.again());
        Ok(Once(move || {
            timed(|| match start(&world) {
                Ok(()) => Ok(()),
                Err(Absent::Missing(reason)) => Err(reason.into()),
                Err(Absent::Failed(failure)) => Err(failure),
            })
        }))
    })
}

fn expect(answered: bool) -> Result<(), Absent> {
    if answered {
        Ok(())
    } else {
        Err("the server answers something else".into())
    }
}

/// What state a command finds.
#[derive(Clone, Copy, Debug)]
enum Store {
    Memory,
    New,
    Used,
}

fn commands(class: &'static str) -> Vec<Subject> {
    [
        ("radula exec, memory store", Store::Memory),
        ("radula exec, new disk store", Store::New),
        ("radula exec, used disk store", Store::Used),
    ]
    .into_iter()
    .map(|(name, store)| {
        Subject::new(Role::Ours, name, move |world| {
            let mut first = command(world, class)?;
            let directory = world.directory("startup")?;
            let mut run = 0u64;
            first.prepare(store, directory.path().join("used"));
            let mut command = first;
            Ok(Once(move || {
                if let Store::New = store {
                    run += 1;
                    command.store = directory.path().join(run.to_string());
                }
                timed(|| command.run())
            }))
        })
    })
    .collect()
}

/// `radula exec` of say_hello.
#[derive(Debug)]
pub(crate) struct Exec {
    program: PathBuf,
    directories: [(&'static str, PathBuf); 3],
    class: &'static str,
    store: PathBuf,
    /// Further settings, as environment variables.
    pub(crate) environment: Vec<(&'static str, PathBuf)>,
}

/// The command that calls `class`.
pub(crate) fn command(world: &World, class: &'static str) -> Result<Exec, Absent> {
    let program = world.program("radula").ok_or_else(|| {
        Absent::Missing("the command `radula` is not built beside this program".into())
    })?;
    let classes = world.classes()?;
    Ok(Exec {
        program,
        directories: [
            ("--class-dir", classes.native.clone()),
            ("--lua-class-dir", classes.lua.clone()),
            ("--wasm-class-dir", classes.wasm.clone()),
        ],
        class,
        store: PathBuf::from("memory"),
        environment: Vec::new(),
    })
}

impl Exec {
    fn prepare(&mut self, store: Store, directory: PathBuf) {
        if let Store::Used = store {
            self.store = directory;
        }
    }

    /// Runs it and looks at its answer.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        for (flag, directory) in &self.directories {
            command.arg(flag).arg(directory);
        }
        command.arg("--store").arg(&self.store);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        let output = command
            // say_hello of the benchmark's classes reads, and so wants an object.
            .args(["exec", "object", self.class, "greet", "Ceph"])
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() && output.stdout == b"Hello, Ceph!" {
            return Ok(());
        }
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("radula exec: {}: {}", output.status, error.trim()).into())
    }
}

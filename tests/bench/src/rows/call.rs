//! What one call costs, by language and by what the method does.

use std::{cell::RefCell, ffi::CString, rc::Rc};

use radula::IoCtx;
use runtime_lua::LuaBackend;
use runtime_native::NativeBackend;

use super::effort;
use crate::{
    model::{Absent, Effort, Failure, Role, Row, Subject, Unit},
    runners::Calls,
    subjects::{
        class::{self, Alone},
        direct::Direct,
        image::Image,
        mlua::Peer,
    },
    world::World,
};

/// Many short rounds: calls are short, and so is what disturbs them.
pub(super) const EFFORT: Effort = effort(25, 40, 3, 5);

/// A method, its input, and the peers' text of it.
struct Job {
    name: &'static str,
    title: &'static str,
    input: fn() -> Vec<u8>,
    answer: fn() -> Vec<u8>,
    /// A function of a string in Lua, for floor and peers.
    script: &'static str,
}

const JOBS: [Job; 4] = [
    Job {
        name: "noop",
        title: "a method that does nothing",
        input: Vec::new,
        answer: Vec::new,
        script: "return function() end",
    },
    Job {
        name: "say_hello",
        title: "say_hello",
        input: || b"Ceph".to_vec(),
        answer: || b"Hello, Ceph!".to_vec(),
        script: "return function(input) if #input > 100 then return end return 'Hello, ' .. input .. '!' end",
    },
    Job {
        name: "ten",
        title: "10 host calls (getxattr)",
        input: Vec::new,
        answer: Vec::new,
        script: "return function() for _ = 1, 10 do getxattr('a') end end",
    },
    Job {
        name: "echo",
        title: "4 KiB in and out",
        input: || vec![b'x'; 4096],
        answer: || vec![b'x'; 4096],
        script: "return function(input) return input end",
    },
];

pub(super) fn rows() -> Vec<Row> {
    [native, lua, wasm]
        .into_iter()
        .flat_map(|row| JOBS.iter().map(row))
        .collect()
}

fn row(
    job: &Job,
    language: &str,
    what: &'static str,
    fair: &'static str,
    subjects: Vec<Subject>,
) -> Row {
    Row {
        id: format!("call/{language}/{}", job.name),
        title: format!("{language}: {}", job.title),
        what,
        fair,
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects,
    }
}

/// Through the whole engine on the memory store, as an embedding program calls it.
pub(super) fn engine(
    job: &'static str,
    class: &'static str,
    input: fn() -> Vec<u8>,
    answer: fn() -> Vec<u8>,
) -> Subject {
    Subject::new(Role::Ours, "engine, memory store", move |world| {
        let objects = world.engine()?.ioctx("bench");
        let input = input();
        let call = move || exec(&objects, class, job, &input);
        checked(call, answer)
    })
}

pub(crate) fn exec(
    objects: &IoCtx,
    class: &str,
    method: &str,
    input: &[u8],
) -> Result<Vec<u8>, Failure> {
    Ok(objects
        .exec("object", class, method, input)?
        .output
        .to_vec())
}

/// A subject answers what it should before it is measured.
pub(crate) fn checked<F: FnMut() -> Result<Vec<u8>, Failure>>(
    mut call: F,
    answer: fn() -> Vec<u8>,
) -> Result<Calls<F>, Absent> {
    let (found, wanted) = (call()?, answer());
    if found != wanted {
        let shown = String::from_utf8_lossy(&found);
        return Err(format!("answers {shown:?}, which is wrong").into());
    }
    Ok(Calls::new(call)?)
}

fn alone<B: objclass::ClassBackend + 'static>(
    job: &'static Job,
    class: &'static str,
    file: fn(&World) -> Result<std::path::PathBuf, Failure>,
    backend: fn() -> B,
) -> Subject {
    Subject::new(Role::Ours, "class alone, without engine", move |world| {
        let mut class = Alone::open(&backend(), class, &file(world)?)?;
        let (method, input) = (class.method(job.name)?, (job.input)());
        checked(
            move || Ok(class.call(method, &input)?.output.to_vec()),
            job.answer,
        )
    })
}

fn native(job: &'static Job) -> Row {
    let floor = Subject::new(
        Role::Floor,
        "the function through a pointer",
        move |world| {
            let direct = Direct::load(&world.library()?)?;
            let (input, mut object) = ((job.input)(), class::object()?);
            let call = move || {
                Ok(match job.name {
                    "noop" => {
                        std::hint::black_box(direct.noop());
                        Vec::new()
                    }
                    "say_hello" => direct.hello(&input),
                    "ten" => {
                        if direct.ten(&mut object) < 0 {
                            return Err("the xattr is not there".into());
                        }
                        Vec::new()
                    }
                    _ => direct.echo(&input),
                })
            };
            checked(call, job.answer)
        },
    );
    row(
        job,
        "native",
        "The same C function called directly, by the class alone (budget, context, handle, checks of the answer), and \
         through the engine (class and method found by name, object looked up, snapshot, transaction, answer).",
        "One source and one compiler for all. The floor gets no handle and checks nothing; its answer is copied to the \
         heap, as that of a class is.",
        vec![
            floor,
            alone(job, "benchnative", World::library, NativeBackend::new),
            engine(job.name, "benchnative", job.input, job.answer),
        ],
    )
}

fn lua(job: &'static Job) -> Row {
    let image = Subject::new(Role::Floor, "image restored, lua_pcall", move |_| {
        let script = CString::new(job.script)?;
        let (mut image, input) = (Image::new(&script, class::object()?)?, (job.input)());
        checked(move || image.call(&input), job.answer)
    });
    let fresh = Subject::new(Role::Peer, "mlua, a state for every call", move |_| {
        let object = Rc::new(RefCell::new(class::object()?));
        let input = (job.input)();
        checked(
            move || Peer::new(job.script, &object)?.call(&input),
            job.answer,
        )
    });
    let warm = Subject::new(Role::Peer, "mlua, one warm state, no limits", move |_| {
        let peer = Peer::new(job.script, &Rc::new(RefCell::new(class::object()?)))?;
        let input = (job.input)();
        checked(move || peer.call(&input), job.answer)
    });
    let file = |world: &World| Ok(world.classes()?.lua.join("cls_benchlua.lua"));
    row(
        job,
        "lua",
        "A method in Lua through the engine and through the class alone, beside a bare restored memory image, a state \
         made for every call (what Ceph's class `lua` does) and one state that all calls share.",
        "All run the same interpreter. Floor and peers get one host function and plain strings where a class gets all \
         of them and buffers; the warm state isolates nothing and limits nothing. All of this favours them.",
        vec![
            image,
            alone(job, "benchlua", file, LuaBackend::new),
            engine(job.name, "benchlua", job.input, job.answer),
            fresh,
            warm,
        ],
    )
}

fn wasm(job: &'static Job) -> Row {
    let mut subjects = crate::subjects::wasm::call(job.name, job.input, job.answer);
    subjects.push(crate::subjects::extism::call(job.name));
    row(
        job,
        "wasm",
        "A method in WebAssembly through the engine, beside a bare wasmtime that instantiates the same component for \
         every call, and extism with a plug-in that does the same.",
        "Ours and bare wasmtime run the same component, compiled from the same C as the native class. The floor has our \
         engine's settings (pool, fuel, clock) and of ours nothing else: no budget, no object, one host function. With \
         its default pool wasmtime counts no fuel, but gives every instance's pages back to the kernel. Extism keeps one instance for all calls and sets no limits; \
         its plug-ins speak another interface, so it runs a plug-in of its own.",
        subjects,
    )
}

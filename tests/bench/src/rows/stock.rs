//! What a call of one of Ceph's own class libraries costs, beside the same method in C against our header.

use std::path::{Path, PathBuf};

use radula::Radula;
use runtime_native::NativeBackend;

use super::call::{EFFORT, checked, engine, exec};
use crate::{
    model::{Absent, Failure, Role, Row, Subject, Unit},
    runners::Calls,
    subjects::class::Alone,
    world::{World, furnish},
};

const METHOD: &str = "say_hello";

/// Where Debian puts Ceph's classes.
const DIRECTORY: &str = "/usr/lib/x86_64-linux-gnu/rados-classes";

pub(super) fn rows() -> Vec<Row> {
    let ours = Subject::new(Role::Floor, "our header, class alone", |world| {
        alone("benchnative", &world.library()?)
    });
    let stock = Subject::new(Role::Ours, "Ceph's library, class alone", |_| {
        alone("hello", &library()?)
    });
    let through = Subject::new(Role::Ours, "Ceph's library, engine", |world| {
        library()?;
        let objects = stock_engine(world)?.ioctx("bench");
        checked(move || exec(&objects, "hello", METHOD, b"Ceph"), answer)
    });
    vec![Row {
        id: format!("call/stock/{METHOD}"),
        title: format!("Ceph's own library: {METHOD}"),
        what: "A method of Ceph's own libcls_hello.so, which asks the host library, beside the same method in C against our header; \
               by the class alone and through the engine.",
        fair: "Both do and answer the same. Ceph's gets bufferlists, which outlive a call, so input and output are copied; ours is lent \
               the input.",
        unit: Unit::Seconds,
        series: None,
        effort: EFFORT,
        subjects: vec![
            ours,
            stock,
            engine(METHOD, "benchnative", || b"Ceph".to_vec(), answer),
            through,
        ],
    }]
}

fn answer() -> Vec<u8> {
    b"Hello, Ceph!".to_vec()
}

fn library() -> Result<PathBuf, Absent> {
    let library = Path::new(DIRECTORY).join("libcls_hello.so");
    if library.exists() {
        return Ok(library);
    }
    Err(Absent::Missing(
        "Ceph's classes are not here (Debian: apt-get install ceph-osd)".into(),
    ))
}

fn alone(
    class: &str,
    file: &Path,
) -> Result<Calls<impl FnMut() -> Result<Vec<u8>, Failure> + use<>>, Absent> {
    let mut class = Alone::open(&NativeBackend::new(), class, file)?;
    let method = class.method(METHOD)?;
    checked(
        move || Ok(class.call(method, b"Ceph")?.output.to_vec()),
        answer,
    )
}

fn stock_engine(world: &World) -> Result<Radula, Failure> {
    let config = world.config(Path::new("memory"))?;
    let radula = Radula::open(config.with("class_dir", DIRECTORY)?)?;
    furnish(&radula)?;
    Ok(radula)
}
